extension FoldFormat {
    /// Mistral's conversations. Its clients have no helper; this is what the API sends. An entry's type is that of its
    /// events without the event: `message.output`, `function.call`, `tool.execution`, `agent.handoff`.
    static let mistralConversations = FoldFormat(
        "mistral-conversations", kind: "type",
        [
            FoldAction(
                of: ["conversation.response.started"],
                by: .merge(
                    [
                        FoldMember("type", as: "object", .constant("conversation.response")),
                        FoldMember("created_at", .drop),
                    ],
                    others: .last)),
            entry(["message.output.delta"], "message.output", [FoldMember("content", .parts)]),
            entry(["function.call.delta"], "function.call", [FoldMember("arguments", .join)]),
            entry(
                ["tool.execution.started", "tool.execution.delta", "tool.execution.done"], "tool.execution",
                [FoldMember("arguments", .join)]),
            entry(["agent.handoff.started", "agent.handoff.done"], "agent.handoff", []),
            FoldAction(of: ["conversation.response.done"], from: "usage", to: [.member("usage")], by: .last),
            FoldAction(
                of: ["conversation.response.error"], to: [.member("error")],
                by: .merge([FoldMember("type", .drop)], others: .last)),
        ])

    private static func entry(_ events: [FoldName], _ type: FoldName, _ members: [FoldMember]) -> FoldAction {
        let numbers = [FoldMember("output_index", .drop), FoldMember("content_index", .drop)]
        let rule = FoldRule.merge(
            members + numbers + [FoldMember("type", .constant(type)), FoldMember("created_at", .first)], others: .whole)
        return FoldAction(of: events, to: [.member("outputs"), .element("output_index")], by: rule)
    }
}
