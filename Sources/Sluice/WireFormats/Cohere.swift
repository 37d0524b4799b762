extension WireFormat {
    /// Cohere's v2 chat.
    public static let cohereV2 = WireFormat(
        name: "cohere-v2", framing: .sse,
        rules: [
            Rule("index", .tool),
            Rule("delta.message.content.text", .text),
            Rule("delta.message.content.thinking", .reasoning),
            Rule("delta.message.tool_plan", .toolPlan),
            Rule("delta.message.tool_calls.id", .toolID),
            Rule("delta.message.tool_calls.function.name", .toolName),
            Rule("delta.message.tool_calls.function.arguments", .toolArguments),
            Rule("delta.finish_reason", .finish),
            Rule("delta.usage.tokens.input_tokens", .inputTokens),
            Rule("delta.usage.tokens.output_tokens", .outputTokens),
            Rule("delta.error", .error),
            Rule("delta.error.message", .errorMessage),
            Rule("delta.finish_reason", .error, when: .equals("delta.finish_reason", "ERROR"), .empty("delta.error")),
            Rule("type", .terminal, when: .equals("type", "message-end")),
        ],
        signature: [
            [.equals("type", "message-start")],
            [.equals("type", "content-start")],
            [.equals("type", "content-delta")],
            [.equals("type", "tool-plan-delta")],
        ])

    /// Cohere's v1 chat.
    public static let cohereV1 = WireFormat(
        name: "cohere-v1", framing: .ndjson, toolNumbering: .counted,
        rules: [
            Rule("text", .text, when: .equals("event_type", "text-generation")),
            Rule("tool_calls[].name", .toolName, when: .equals("event_type", "tool-calls-generation")),
            Rule("tool_calls[].parameters", .toolArguments, when: .equals("event_type", "tool-calls-generation")),
            Rule("finish_reason", .finish, when: .equals("event_type", "stream-end")),
            Rule("response.meta.tokens.input_tokens", .inputTokens),
            Rule("response.meta.tokens.output_tokens", .outputTokens),
            Rule("response.error", .errorMessage),
            Rule("finish_reason", .error, when: .equals("finish_reason", "ERROR"), .empty("response.error")),
            Rule("event_type", .terminal, when: .equals("event_type", "stream-end")),
        ],
        signature: [
            [.present("event_type"), .present("is_finished")]
        ])
}
