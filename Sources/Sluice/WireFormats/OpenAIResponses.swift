extension WireFormat {
    /// OpenAI's Responses. The event's type is in the document; an `event` line may repeat it.
    public static let openAIResponses = WireFormat(
        name: "openai-responses", framing: .sse, terminalPayloads: ["[DONE]"],
        rules: [
            Rule("delta", .text, when: .equals("type", "response.output_text.delta")),
            Rule("delta", .reasoning, when: .equals("type", "response.reasoning_summary_text.delta")),
            Rule("delta", .reasoning, when: .equals("type", "response.reasoning_text.delta")),
            Rule("delta", .refusal, when: .equals("type", "response.refusal.delta")),
            Rule("delta", .toolArguments, when: .equals("type", "response.function_call_arguments.delta")),
            Rule("output_index", .tool),
            Rule(
                "item.call_id", .toolID,
                when: .equals("type", "response.output_item.added"), .equals("item.type", "function_call")),
            Rule(
                "item.name", .toolName,
                when: .equals("type", "response.output_item.added"), .equals("item.type", "function_call")),
            Rule("response.status", .finish, when: .equals("type", "response.completed")),
            Rule("response.status", .finish, when: .equals("type", "response.failed")),
            Rule(
                "response.status", .finish,
                when: .equals("type", "response.incomplete"), .empty("response.incomplete_details.reason")),
            Rule("response.incomplete_details.reason", .finish, when: .equals("type", "response.incomplete")),
            Rule("response.usage.input_tokens", .inputTokens),
            Rule("response.usage.output_tokens", .outputTokens),
            Rule("response.error.code", .errorType),
            Rule("response.error.message", .errorMessage),
            Rule("code", .errorType, when: .equals("type", "error")),
            Rule("message", .errorMessage, when: .equals("type", "error")),
            Rule("type", .terminal, when: .equals("type", "response.completed")),
            Rule("type", .terminal, when: .equals("type", "response.incomplete")),
            Rule("type", .terminal, when: .equals("type", "response.failed")),
        ] + errorRules,
        signature: [
            [.equals("response.object", "response")],
            [.present("sequence_number"), .present("type")],
            [.equals("type", "response.created")],
            [.equals("type", "response.output_text.delta")],
        ])
}
