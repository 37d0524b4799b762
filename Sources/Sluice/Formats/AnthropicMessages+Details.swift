// What Anthropic's Messages say beside the answer.

extension WireFormat {
    /// Also used inside Bedrock's documents for Anthropic's models.
    static let anthropicDetails: [Rule] =
        anthropicHeadDetails("message.", nil) + anthropicHeadDetails("", .equals("type", "message"))
        + anthropicBlockDetails("content_block", .equals("type", "content_block_start"))
        + anthropicBlockDetails("content[]", .equals("type", "message")) + [
            Rule("delta.signature", .signature),
            Rule("delta.citation", .citation),
            Rule("delta.estimated_tokens", .custom("estimated-tokens")),
            Rule("delta.content", .custom("compaction"), when: .equals("delta.type", "compaction_delta")),
            Rule("delta.encrypted_content", .encryptedReasoning),
            Rule("delta.stop_sequence", .stopSequence),
            Rule("delta.stop_details", .stopDetails),
            Rule("delta.container", .custom("container")),
            Rule("context_management", .custom("context-management")),
            Rule("input_transformations[]", .custom("input-transformation")),
            Rule("request_id", .requestID, when: .equals("type", "error")),
        ] + anthropicUsageDetails("usage")

    private static func anthropicHeadDetails(_ place: String, _ condition: Condition?) -> [Rule] {
        var rules = [
            Rule("\(place)id", .responseID),
            Rule("\(place)model", .model),
            Rule("\(place)container", .custom("container")),
            Rule("\(place)context_management", .custom("context-management")),
            Rule("\(place)input_transformations[]", .custom("input-transformation")),
            Rule("\(place)diagnostics", .custom("cache-diagnostics")),
            Rule("\(place)stop_sequence", .stopSequence),
            Rule("\(place)stop_details", .stopDetails),
        ]
        if let condition { for index in rules.indices { rules[index].conditions.append(condition) } }
        return place.isEmpty ? rules : rules + anthropicUsageDetails("\(place)usage")
    }

    /// Cached tokens are not among the input's.
    private static func anthropicUsageDetails(_ usage: String) -> [Rule] {
        [
            Rule("\(usage).service_tier", .serviceTier),
            Rule("\(usage).cache_read_input_tokens", .addedCachedTokens),
            Rule("\(usage).cache_creation_input_tokens", .addedCacheWriteTokens),
            Rule("\(usage).output_tokens_details.thinking_tokens", .reasoningTokens),
            Rule(usage, .usage),
        ]
    }

    /// Of a block. The result of a tool is the whole block, which says of which call.
    private static func anthropicBlockDetails(_ block: String, _ condition: Condition) -> [Rule] {
        let type = "\(block).type"
        var rules = [
            Rule(type, .block),
            Rule("\(block).signature", .signature),
            Rule("\(block).data", .encryptedReasoning, when: .equals(type, "redacted_thinking")),
            Rule("\(block).encrypted_content", .encryptedReasoning),
            Rule("\(block).citations[]", .citation),
            Rule(block, .toolResult, when: .present("\(block).tool_use_id")),
            Rule("\(block).file_id", .file),
            Rule("\(block).caller", .custom("caller")),
            Rule("\(block).server_name", .custom("server-name")),
            Rule("\(block).toolset_name", .custom("toolset-name")),
            Rule("\(block).content", .custom("compaction"), when: .equals(type, "compaction")),
            Rule(block, .custom("compaction"), when: .equals(type, "compaction")),
            Rule(block, .custom("fallback"), when: .equals(type, "fallback")),
            Rule(block, .custom("tool-listing"), when: .equals(type, "mcp_tool_listing")),
        ]
        for index in rules.indices { rules[index].conditions.append(condition) }
        return rules
    }
}
