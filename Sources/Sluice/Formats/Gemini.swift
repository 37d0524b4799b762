extension WireFormat {
    /// Google's generateContent: SSE with `alt=sse`, otherwise one JSON array. Function calls are complete and have no number.
    ///
    /// Code that Google runs is a call whose name is the language, and a tool that it runs one whose name is the type.
    public static let geminiGenerate = WireFormat(
        name: "gemini-generate", framing: .sse, toolNumbering: .counted, tellsUsageWhole: true,
        rules: [
            Rule("candidates[].index", .choice),
            Rule("candidates[].content.parts[].text", .text, when: .isNotTrue("candidates[].content.parts[].thought")),
            Rule(
                "candidates[].content.parts[].text", .reasoning, when: .isTrue("candidates[].content.parts[].thought")),
            Rule("candidates[].content.parts[].functionCall.id", .toolID),
            Rule("candidates[].content.parts[].functionCall.name", .toolName),
            Rule("candidates[].content.parts[].functionCall.args", .toolArguments),
            Rule("candidates[].content.parts[].functionCall.partialArgs", .partialArguments),
            Rule("candidates[].content.parts[].functionCall.willContinue", .toolContinues),
            Rule(
                "candidates[].content.parts[].functionCall", .toolEnd,
                when: .isNotTrue("candidates[].content.parts[].functionCall.willContinue")),
            Rule("candidates[].content.parts[].executableCode.id", .toolID, origin: .server),
            Rule("candidates[].content.parts[].executableCode.language", .toolName, origin: .server),
            Rule("candidates[].content.parts[].executableCode.code", .toolArguments),
            Rule("candidates[].content.parts[].toolCall.id", .toolID, origin: .server),
            Rule("candidates[].content.parts[].toolCall.toolType", .toolName, origin: .server),
            Rule("candidates[].content.parts[].toolCall.args", .toolArguments),
            Rule("candidates[].finishReason", .finish),
            Rule("candidates[].finishReason", .terminal),
            Rule("promptFeedback.blockReason", .finish),
            Rule("promptFeedback.blockReason", .terminal),
            Rule("usageMetadata.promptTokenCount", .inputTokens),
            Rule("usageMetadata.candidatesTokenCount", .outputTokens),
        ] + errorRules + geminiDetails,
        signature: [
            [.present("candidates[]")],
            [.present("promptFeedback")],
        ])

    /// Google's Interactions.
    public static let geminiInteractions = WireFormat(
        name: "gemini-interactions", framing: .sse, terminalPayloads: ["[DONE]"],
        rules: interactionTextRules + interactionToolRules + [
            Rule("interaction.status", .finish, when: .equals("event_type", "interaction.completed")),
            Rule("interaction.status", .finish, when: .equals("event_type", "interaction.cancelled")),
            Rule("interaction.usage.total_input_tokens", .inputTokens),
            Rule("interaction.usage.total_output_tokens", .outputTokens),
            Rule("event_type", .terminal, when: .equals("event_type", "interaction.completed")),
            Rule("event_type", .terminal, when: .equals("event_type", "interaction.cancelled")),
        ] + errorRules + interactionDetails,
        // The results of Google's tools come in deltas, not with the start of their step.
        silentEvents: ["interaction.created", "interaction.status_update", "step.start", "step.stop"],
        signature: [
            [.hasPrefix("event_type", "interaction."), .present("interaction")],
            [.equals("event_type", "interaction.status_update")],
            [.equals("event_type", "step.start")],
            [.equals("event_type", "step.delta")],
            [.equals("event_type", "step.stop")],
        ])

    /// What a step has at its start is its first piece.
    private static let interactionTextRules = [
        Rule("index", .tool),
        Rule("step.content[].text", .text, when: .equals("step.type", "model_output")),
        Rule("step.summary[].text", .reasoning, when: .equals("step.type", "thought")),
        Rule("delta.text", .text, when: .equals("delta.type", "text")),
        Rule("delta.text", .reasoning, when: .equals("delta.type", "thought")),
        Rule("delta.text", .reasoning, when: .equals("delta.type", "thought_summary")),
        Rule("delta.content.text", .reasoning, when: .equals("delta.type", "thought_summary")),
    ]

    /// Steps that Google runs have no name but their type; their arguments come whole, in one delta.
    private static let interactionToolRules: [Rule] =
        [
            Rule("step.id", .toolID, when: .equals("step.type", "function_call")),
            Rule("step.name", .toolName, when: .equals("step.type", "function_call")),
            Rule("step.id", .toolID, origin: .mcp, when: .equals("step.type", "mcp_server_tool_call")),
            Rule("step.name", .toolName, origin: .mcp, when: .equals("step.type", "mcp_server_tool_call")),
            Rule("step.arguments", .heldArguments),
            Rule("delta.arguments", .toolArguments),
            Rule("index", .toolEnd, when: .equals("event_type", "step.stop")),
        ]
        + [
            "code_execution_call", "file_search_call", "google_maps_call", "google_search_call", "processing_call",
            "retrieval_call", "tool_search_call", "url_context_call",
        ].flatMap { type in
            [
                Rule("step.id", .toolID, origin: .server, when: .equals("step.type", type)),
                Rule("step.type", .toolName, origin: .server, when: .equals("step.type", type)),
            ]
        }
}
