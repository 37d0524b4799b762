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
            Rule(
                "delta.message.tool_calls.function.arguments", .heldArguments, when: .equals("type", "tool-call-start")),
            Rule(
                "delta.message.tool_calls.function.arguments", .toolArguments, when: .equals("type", "tool-call-delta")),
            Rule("index", .toolEnd, when: .equals("type", "tool-call-end")),
            Rule("delta.finish_reason", .finish),
            Rule("delta.usage.tokens.input_tokens", .inputTokens),
            Rule("delta.usage.tokens.output_tokens", .outputTokens),
            Rule(
                "delta.usage.billed_units.input_tokens", .inputTokens, when: .empty("delta.usage.tokens.input_tokens")),
            Rule(
                "delta.usage.billed_units.output_tokens", .outputTokens,
                when: .empty("delta.usage.tokens.output_tokens")),
            Rule("delta.error", .error),
            Rule("delta.finish_reason", .error, when: .equals("delta.finish_reason", "ERROR"), .empty("delta.error")),
            Rule("type", .terminal, when: .equals("type", "message-end")),
        ] + errorRules + cohereV2Details,
        silentEvents: ["message-start", "content-start", "content-end", "tool-call-end", "citation-end"],
        signature: [
            [.equals("type", "message-start")],
            [.equals("type", "content-start")],
            [.equals("type", "content-delta")],
            [.equals("type", "content-end")],
            [.equals("type", "tool-plan-delta")],
            [.equals("type", "tool-call-start")],
            [.equals("type", "tool-call-delta")],
            [.equals("type", "message-end")],
        ])

    /// Cohere's v1 chat. Its tool calls come in pieces and then whole; the whole ones are read.
    public static let cohereV1 = WireFormat(
        name: "cohere-v1", framing: .ndjson, toolNumbering: .counted,
        rules: [
            Rule("text", .text, when: .equals("event_type", "text-generation")),
            Rule("text", .toolPlan, when: .equals("event_type", "tool-calls-chunk")),
            Rule("text", .toolPlan, whole: .item, when: .equals("event_type", "tool-calls-generation")),
            Rule("response.text", .text, whole: .answer, when: .equals("event_type", "stream-end")),
            Rule("tool_calls[].name", .toolName, when: .equals("event_type", "tool-calls-generation")),
            Rule("tool_calls[].parameters", .toolArguments, when: .equals("event_type", "tool-calls-generation")),
            Rule("finish_reason", .finish, when: .equals("event_type", "stream-end")),
            Rule("response.meta.tokens.input_tokens", .inputTokens),
            Rule("response.meta.tokens.output_tokens", .outputTokens),
            Rule(
                "response.meta.billed_units.input_tokens", .inputTokens,
                when: .empty("response.meta.tokens.input_tokens")),
            Rule(
                "response.meta.billed_units.output_tokens", .outputTokens,
                when: .empty("response.meta.tokens.output_tokens")),
            Rule("response.error", .error),
            // The older Generate.
            Rule("response.generations[].text", .text, whole: .answer),
            Rule("err", .error),
            Rule("finish_reason", .error, when: .equals("finish_reason", "ERROR"), .empty("response.error")),
            Rule("event_type", .terminal, when: .equals("event_type", "stream-end")),
        ] + errorRules + cohereV1Details,
        silentEvents: ["stream-start", "tool-calls-chunk", "debug"],
        signature: [
            [.present("event_type"), .present("is_finished")]
        ])
}
