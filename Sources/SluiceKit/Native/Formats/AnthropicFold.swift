extension FoldFormat {
    /// As `accumulate_event` of Anthropic's Python client, which leaves out deltas that it does not know: those are
    /// joined here. Counts of `message_delta` are totals, so they replace those of `message_start`.
    static let anthropicMessages = FoldFormat(
        "anthropic-messages", kind: "type",
        [
            FoldAction(of: ["message_start"], from: "message", by: .last),
            FoldAction(
                of: ["content_block_start"], from: "content_block", to: [.member("content"), .newElement("index")],
                by: .last, begins: false),
            block("text_delta", .join, "text"),
            block("thinking_delta", .join, "thinking"),
            block("signature_delta", .last, "signature"),
            FoldAction(
                of: ["content_block_delta"], when: [.isOne("delta.type", of: ["input_json_delta"])],
                from: "delta.partial_json",
                to: block + [.member("input")], by: .encoded, begins: false),
            FoldAction(
                of: ["content_block_delta"], when: [.isOne("delta.type", of: ["citations_delta"])],
                from: "delta.citation",
                to: block + [.member("citations")], by: .each, begins: false),
            FoldAction(
                of: ["content_block_delta"], when: [.isOne("delta.type", of: ["compaction_delta"])], from: "delta",
                to: block, by: .merge([FoldMember("type", .drop), FoldMember("content", .join)], others: .last),
                begins: false),
            FoldAction(of: ["message_delta"], from: "delta", by: .merge([], others: .last), begins: false),
            FoldAction(
                of: ["message_delta"],
                by: .merge([FoldMember("type", .drop), FoldMember("delta", .drop), usage], others: .last),
                begins: false),
            FoldAction(of: ["error"], by: .merge([FoldMember("type", .first)], others: .last)),
        ])

    private static let block: [FoldAction.Step] = [.member("content"), .element("index")]
    private static let usage = FoldMember("usage", .merge([], others: .last))

    private static func block(_ type: FoldName, _ rule: FoldRule, _ name: String) -> FoldAction {
        FoldAction(
            of: ["content_block_delta"], when: [.isOne("delta.type", of: [type])], from: FoldPath("delta." + name),
            to: block + [.member(FoldName(name))], by: rule, begins: false)
    }
}
