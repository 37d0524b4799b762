extension WireFormat {
    /// OpenAI's Assistants.
    public static let openAIAssistants = WireFormat(
        name: "openai-assistants", framing: .sse, terminalPayloads: ["[DONE]"],
        rules: [
            Rule("delta.content[].text.value", .text),
            Rule("delta.step_details.tool_calls[].index", .tool),
            Rule("delta.step_details.tool_calls[].id", .toolID),
            Rule("delta.step_details.tool_calls[].function.name", .toolName),
            Rule(
                "delta.step_details.tool_calls[].type", .toolName,
                when: .equals("delta.step_details.tool_calls[].type", "code_interpreter"),
                .notEmpty("delta.step_details.tool_calls[].id")),
            Rule("delta.step_details.tool_calls[].function.arguments", .toolArguments),
            Rule("delta.step_details.tool_calls[].code_interpreter.input", .toolArguments),
            Rule("status", .finish, when: .event("thread.run.completed")),
            Rule("status", .finish, when: .event("thread.run.incomplete")),
            Rule("status", .finish, when: .event("thread.run.failed")),
            Rule("usage.prompt_tokens", .inputTokens, when: .event("thread.run.completed")),
            Rule("usage.completion_tokens", .outputTokens, when: .event("thread.run.completed")),
            Rule("last_error.code", .errorType, when: .event("thread.run.failed")),
            Rule("last_error.message", .errorMessage, when: .event("thread.run.failed")),
        ] + errorRules,
        signature: [
            [.equals("object", "thread.run")],
            [.equals("object", "thread")],
            [.equals("object", "thread.message.delta")],
        ])

    /// OpenAI's transcriptions.
    public static let openAIAudio = WireFormat(
        name: "openai-audio", framing: .sse, terminalPayloads: ["[DONE]"],
        rules: [
            Rule("delta", .text, when: .equals("type", "transcript.text.delta")),
            Rule("type", .terminal, when: .equals("type", "transcript.text.done")),
            Rule("usage.input_tokens", .inputTokens),
            Rule("usage.output_tokens", .outputTokens),
        ] + errorRules,
        signature: [
            [.equals("type", "transcript.text.delta")],
            [.equals("type", "transcript.text.segment")],
            [.equals("type", "transcript.text.done")],
        ])

    /// The Model Context Protocol's JSON-RPC over SSE: the text of a tool's result.
    public static let mcpJSONRPC = WireFormat(
        name: "mcp-jsonrpc", framing: .sse,
        rules: [
            Rule("result.content[].text", .text),
            Rule("result", .terminal),
        ] + errorRules,
        signature: [
            [.equals("jsonrpc", "2.0")]
        ])
}
