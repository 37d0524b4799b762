extension WireFormat {
    /// OpenAI's Assistants. The type of a tool call that OpenAI runs is its name.
    public static let openAIAssistants = WireFormat(
        name: "openai-assistants", framing: .sse, terminalPayloads: ["[DONE]"],
        rules: [
            Rule("delta.content[].text.value", .text),
            Rule("delta.content[].refusal", .refusal),
            Rule("content[].refusal", .refusal, whole: .item, when: .event("thread.message.completed")),
            Rule("content[].text.value", .text, whole: .item, when: .event("thread.message.completed")),
            Rule("delta.step_details.tool_calls[].index", .tool),
        ] + assistantToolRules("delta.step_details.tool_calls[]", nil)
            + assistantToolRules("step_details.tool_calls[]", .item)
            + assistantToolRules("required_action.submit_tool_outputs.tool_calls[]", .answer)
            + assistantEndRules + errorRules + assistantDetails,
        // Of steps, the kind is the type of their details.
        silentEvents: [
            "thread.created", "thread.run.created", "thread.run.queued", "thread.run.in_progress",
            "thread.run.cancelling", "thread.message.created", "thread.message.in_progress",
            "thread.message.incomplete", "message_creation", "tool_calls",
        ],
        signature: [
            [.equals("object", "thread")],
            [.hasPrefix("object", "thread.")],
        ])

    private static func assistantToolRules(_ call: String, _ whole: Rule.Whole?) -> [Rule] {
        ["code_interpreter", "file_search"].flatMap { type in
            [
                Rule("\(call).id", .toolID, origin: .server, when: .equals("\(call).type", type)),
                Rule(
                    "\(call).type", .toolName, origin: .server,
                    when: .equals("\(call).type", type), .present("\(call).id")),
            ]
        } + [
            Rule("\(call).id", .toolID, when: .equals("\(call).type", "function")),
            Rule("\(call).function.name", .toolName),
            Rule("\(call).function.arguments", .toolArguments, whole: whole),
            Rule("\(call).code_interpreter.input", .toolArguments, whole: whole),
        ]
    }

    private static let assistantEndRules: [Rule] =
        ["completed", "incomplete", "failed", "requires_action", "cancelled", "expired"].flatMap { status in
            [
                Rule("status", .finish, when: .event("thread.run.\(status)")),
                Rule("usage.prompt_tokens", .inputTokens, when: .event("thread.run.\(status)")),
                Rule("usage.completion_tokens", .outputTokens, when: .event("thread.run.\(status)")),
            ]
        } + [Rule("last_error", .error, when: .event("thread.run.failed"))]

    /// OpenAI's transcriptions; with speakers, the text comes in segments. And speech, also Mistral's and Together's.
    public static let openAIAudio = WireFormat(
        name: "openai-audio", framing: .sse, terminalPayloads: ["[DONE]"],
        rules: [
            Rule("delta", .text, when: .equals("type", "transcript.text.delta")),
            Rule("text", .text, whole: .part, when: .equals("type", "transcript.text.segment")),
            Rule("text", .text, whole: .answer, when: .equals("type", "transcript.text.done")),
            Rule("type", .terminal, when: .equals("type", "transcript.text.done")),
            Rule("type", .terminal, when: .equals("type", "speech.audio.done")),
            Rule("usage.prompt_tokens", .inputTokens),
            Rule("usage.completion_tokens", .outputTokens),
            Rule("usage.input_tokens", .inputTokens),
            Rule("usage.output_tokens", .outputTokens),
        ] + errorRules + audioDetails,
        silentEvents: ["speech.audio.delta", "audio.tts.chunk"],
        signature: [
            [.equals("type", "transcript.text.delta")],
            [.equals("type", "speech.audio.delta")],
            [.equals("type", "speech.audio.done")],
            [.equals("object", "audio.tts.chunk")],
            [.equals("type", "transcript.text.segment")],
            [.equals("type", "transcript.text.done")],
        ])

    /// The Model Context Protocol's JSON-RPC over SSE: the text of a tool's result.
    public static let mcpJSONRPC = WireFormat(
        name: "mcp-jsonrpc", framing: .sse,
        rules: [
            Rule("result.content[].text", .text),
            Rule("result", .terminal),
        ] + errorRules + mcpDetails,
        signature: [
            [.present("jsonrpc"), .present("result.content[]")],
            [.present("jsonrpc"), .present("result.protocolVersion")],
            [.present("jsonrpc"), .present("result.tools[]")],
            [.present("jsonrpc"), .hasPrefix("method", "notifications/")],
        ])
}
