// Cohere's clients have no helper; this is what the API sends.

extension FoldFormat {
    static let cohereV2 = FoldFormat(
        "cohere-v2", kind: "type",
        [
            FoldAction(
                of: ["message-start"],
                by: .merge([FoldMember("type", .drop), FoldMember("delta", .drop)], others: .last)),
            FoldAction(
                of: ["message-start"], from: "delta.message", to: message, by: .merge(emptyMembers, others: .last)),
            FoldAction(of: ["content-start"], from: "delta.message.content", to: new("content"), by: .last),
            FoldAction(
                of: ["content-delta"], from: "delta.message.content", to: content,
                by: .merge(contentMembers, others: .last),
                begins: false),
            FoldAction(of: ["content-delta"], from: "logprobs", to: [.member("logprobs")], by: .append, begins: false),
            FoldAction(
                of: ["tool-plan-delta"], from: "delta.message.tool_plan", to: message + [.member("tool_plan")],
                by: .join),
            FoldAction(of: ["tool-call-start"], from: "delta.message.tool_calls", to: new("tool_calls"), by: .last),
            FoldAction(
                of: ["tool-call-delta"], from: "delta.message.tool_calls", to: call, by: .joinedMembers, begins: false),
            FoldAction(of: ["citation-start"], from: "delta.message.citations", to: new("citations"), by: .last),
            FoldAction(of: ["message-end"], from: "delta", by: .merge([], others: .last)),
        ])

    private static let message: [FoldAction.Step] = [.member("message")]
    private static let content = message + [.member("content"), .element("index")]
    private static let call = message + [.member("tool_calls"), .element("index")]

    private static func new(_ member: FoldName) -> [FoldAction.Step] {
        message + [.member(member), .newElement("index")]
    }

    /// The stream begins with all members empty; an answer has those with something in them.
    private static let emptyMembers = ["content", "tool_plan", "tool_calls", "citations"].map {
        FoldMember(FoldName($0), .drop)
    }

    private static let contentMembers = [FoldMember("text", .join), FoldMember("thinking", .join)]

    /// The last event has the whole answer; before it there are its pieces.
    static let cohereV1 = FoldFormat(
        "cohere-v1", kind: "event_type",
        [
            FoldAction(of: ["stream-start"], from: "generation_id", to: [.member("generation_id")], by: .last),
            FoldAction(of: ["text-generation"], from: "text", to: [.member("text")], by: .join),
            FoldAction(of: ["tool-calls-generation"], from: "tool_calls", to: [.member("tool_calls")], by: .last),
            FoldAction(of: ["citation-generation"], from: "citations", to: [.member("citations")], by: .append),
            FoldAction(
                of: ["search-queries-generation"], from: "search_queries", to: [.member("search_queries")], by: .last),
            FoldAction(of: ["search-results"], by: .merge(searchMembers, others: .drop)),
            FoldAction(of: ["stream-end"], from: "response", by: .last),
            FoldAction(of: ["stream-end"], from: "finish_reason", to: [.member("finish_reason")], by: .last),
        ])

    private static let searchMembers = [FoldMember("search_results", .append), FoldMember("documents", .append)]
}
