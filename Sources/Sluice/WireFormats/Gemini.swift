extension WireFormat {
    /// Google's generateContent: SSE with `alt=sse`, otherwise one JSON array. Function calls are complete and have no number.
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
            Rule("candidates[].finishReason", .finish),
            Rule("candidates[].finishReason", .terminal),
            Rule("promptFeedback.blockReason", .terminal),
            Rule("usageMetadata.promptTokenCount", .inputTokens),
            Rule("usageMetadata.candidatesTokenCount", .outputTokens),
            Rule("error", .error),
            Rule("error.message", .errorMessage),
            Rule("error.status", .errorType),
        ],
        signature: [
            [.present("candidates[]")],
            [.present("usageMetadata")],
            [.present("promptFeedback")],
            [.present("error.status"), .present("error.code")],
        ])

    /// Google's Interactions.
    public static let geminiInteractions = WireFormat(
        name: "gemini-interactions", framing: .sse, terminalPayloads: ["[DONE]"],
        rules: [
            Rule("index", .tool),
            Rule("delta.text", .text, when: .equals("delta.type", "text")),
            Rule("delta.text", .reasoning, when: .equals("delta.type", "thought")),
            Rule("delta.text", .reasoning, when: .equals("delta.type", "thought_summary")),
            Rule("delta.content.text", .reasoning, when: .equals("delta.type", "thought_summary")),
            Rule("step.id", .toolID, when: .equals("step.type", "function_call")),
            Rule("step.name", .toolName, when: .equals("step.type", "function_call")),
            Rule("delta.arguments", .toolArguments, when: .equals("delta.type", "arguments_delta")),
            Rule("interaction.status", .finish, when: .equals("event_type", "interaction.completed")),
            Rule("interaction.usage.total_input_tokens", .inputTokens),
            Rule("interaction.usage.total_output_tokens", .outputTokens),
            Rule("event_type", .terminal, when: .equals("event_type", "interaction.completed")),
        ] + errorRules,
        signature: [
            [.equals("event_type", "interaction.created")],
            [.present("interaction.id")],
            [.equals("event_type", "step.start")],
            [.equals("event_type", "step.delta")],
        ])
}
