// Google's Interactions. The client has no helper; this is the interaction that the API sends, with its steps.

extension FoldFormat {
    static let geminiInteractions = FoldFormat(
        "gemini-interactions", kind: "event_type",
        [
            FoldAction(
                of: ["interaction.created", "interaction.completed", "interaction.cancelled"], from: "interaction",
                by: .merge([FoldMember("steps", .first)], others: .last)),
            FoldAction(
                of: ["interaction.status_update"], from: "status", to: [.member("status")], by: .last, begins: false),
            FoldAction(of: ["step.start"], from: "step", to: step, by: .last),
            delta(["text"], "delta", to: "content", .parts),
            delta(["thought_summary"], "delta.content", to: "summary", .parts),
            delta(["thought_signature"], "delta.signature", to: "signature", .join),
            FoldAction(
                of: ["step.delta"], when: [.missing("delta.type"), .present("delta.signature")],
                from: "delta.signature",
                to: step + [.member("signature")], by: .join, begins: false),
            delta(["arguments", "arguments_delta"], "delta.arguments", to: "arguments", .encoded),
            FoldAction(
                of: ["step.delta"], when: [.differs("delta.type", known)], from: "delta", to: step,
                by: .merge([FoldMember("type", .drop)], others: .join), begins: false),
            FoldAction(of: ["error"], from: "error", to: [.member("error")], by: .last),
        ])

    private static let step: [FoldAction.Step] = [.member("steps"), .element("index")]
    private static let known: [FoldName] = [
        "", "text", "thought_summary", "thought_signature", "arguments", "arguments_delta",
    ]

    private static func delta(
        _ types: [FoldName], _ source: FoldPath, to member: FoldName, _ rule: FoldRule
    ) -> FoldAction {
        FoldAction(
            of: ["step.delta"], when: [.isOne("delta.type", of: types)], from: source, to: step + [.member(member)],
            by: rule, begins: false)
    }
}
