extension WireFormat {
    /// Anthropic's Messages. The `index` of a content block is the tool call's number; text blocks are numbered too.
    public static let anthropicMessages = WireFormat(
        name: "anthropic-messages", framing: .sse,
        rules: anthropicRules + errorRules,
        signature: [
            [.equals("type", "message_start")],
            [.equals("type", "content_block_start")],
            [.equals("type", "content_block_delta")],
            [.equals("type", "ping")],
            [.equals("type", "error"), .present("error.message")],
        ])

    /// Also used inside Bedrock's documents for Anthropic's models.
    static let anthropicRules = [
        Rule("index", .tool),
        Rule("content_block.text", .text),
        Rule("content_block.thinking", .reasoning),
        Rule("content_block.id", .toolID),
        Rule("content_block.name", .toolName),
        Rule("delta.text", .text),
        Rule("delta.thinking", .reasoning),
        Rule("delta.partial_json", .toolArguments),
        Rule("delta.stop_reason", .finish),
        Rule("message.usage.input_tokens", .inputTokens),
        Rule("message.usage.output_tokens", .outputTokens),
        Rule("usage.input_tokens", .inputTokens),
        Rule("usage.output_tokens", .outputTokens),
        Rule("type", .terminal, when: .equals("type", "message_stop")),
    ]
}
