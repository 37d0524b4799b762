extension WireFormat {
    /// Anthropic's Messages. The `index` of a content block is the tool call's number; text blocks are numbered too.
    public static let anthropicMessages = WireFormat(
        name: "anthropic-messages", framing: .sse,
        rules: anthropicRules
            + anthropicContentRules("message.content[]") + anthropicContentRules("content[]") + [
                // A message that was not streamed.
                Rule("stop_reason", .finish, when: .equals("type", "message")),
                Rule("type", .terminal, when: .equals("type", "message")),
            ] + errorRules + anthropicDetails,
        silentEvents: ["message_start", "content_block_stop", "message_stop"],
        signature: [
            [.equals("type", "message_start")],
            [.equals("type", "content_block_start")],
            [.equals("type", "content_block_delta")],
            [.equals("type", "content_block_stop")],
            [.equals("type", "message_delta")],
            [.equals("type", "message_stop")],
            [.equals("type", "message"), .equals("role", "assistant"), .present("content[].type")],
        ])

    /// Also used inside Bedrock's documents for Anthropic's models.
    static let anthropicRules =
        [
            Rule("index", .tool),
            Rule("content_block.text", .text),
            Rule("content_block.thinking", .reasoning),
        ] + anthropicToolRules("content_block") + [
            Rule("content_block.input", .heldArguments),
            Rule("delta.text", .text),
            Rule("delta.thinking", .reasoning),
            Rule("delta.partial_json", .toolArguments),
            Rule("index", .toolEnd, when: .equals("type", "content_block_stop")),
            Rule("delta.stop_reason", .finish),
            Rule("message.usage.input_tokens", .inputTokens),
            Rule("message.usage.output_tokens", .outputTokens),
            Rule("usage.input_tokens", .inputTokens),
            Rule("usage.output_tokens", .outputTokens),
            Rule("type", .terminal, when: .equals("type", "message_stop")),
        ]

    /// The content of a whole message.
    private static func anthropicContentRules(_ block: String) -> [Rule] {
        [
            Rule("\(block).text", .text, whole: .answer),
            Rule("\(block).thinking", .reasoning, whole: .answer),
        ] + anthropicToolRules(block) + [
            Rule("\(block).input", .toolArguments, whole: .answer)
        ]
    }

    private static func anthropicToolRules(_ block: String) -> [Rule] {
        let kinds: [(String, ToolOrigin)] = [
            ("tool_use", .client), ("server_tool_use", .server), ("mcp_tool_use", .mcp),
        ]
        return kinds.flatMap { type, origin in
            [
                Rule("\(block).id", .toolID, origin: origin, when: .equals("\(block).type", type)),
                Rule("\(block).name", .toolName, origin: origin, when: .equals("\(block).type", type)),
            ]
        }
    }
}
