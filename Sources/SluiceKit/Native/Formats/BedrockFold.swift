// Amazon Bedrock. Its SDKs have no helper; this is what Converse and InvokeModel send.

extension FoldFormat {
    /// Converse: what an event is follows from its members, since its name is in the frame. Nova's events through
    /// InvokeModel are the same, each under its name.
    static let converse = FoldFormat("bedrock", converse("") + novaEvents.flatMap { converse($0 + ".") })

    private static let novaEvents = [
        "messageStart", "contentBlockStart", "contentBlockDelta", "contentBlockStop", "messageStop", "metadata",
    ]

    private static func converse(_ prefix: String) -> [FoldAction] {
        let message: [FoldAction.Step] = [.member("output"), .member("message")]
        let number = FoldPath(prefix + "contentBlockIndex")
        let block = message + [.member("content"), .element(number)]
        let cited = block + [.member("citationsContent")]
        let reasoning = block + [.member("reasoningContent")]
        func delta(_ path: String, _ target: [FoldAction.Step], _ rule: FoldRule) -> FoldAction {
            FoldAction(when: [.present(number)], from: FoldPath(prefix + "delta." + path), to: target, by: rule)
        }
        let end = [
            "stopReason", "additionalModelResponseFields", "usage", "metrics", "trace", "performanceConfig", "message",
        ]
        return [
            FoldAction(
                when: [.missing(number)], from: FoldPath(prefix + "role"), to: message + [.member("role")], by: .last),
            FoldAction(when: [.present(number)], from: FoldPath(prefix + "start"), to: block, by: .last),
            FoldAction(
                when: [.present(number), .notHeld(cited)], from: FoldPath(prefix + "delta.text"),
                to: block + [.member("text")], by: .join),
            FoldAction(
                when: [.present(number), .held(cited)], from: FoldPath(prefix + "delta.text"),
                to: cited + [.member("content"), .firstElement, .member("text")], by: .join),
            delta("toolUse.input", block + [.member("toolUse"), .member("input")], .encoded),
            delta("toolResult", block + [.member("toolResult"), .member("content")], .append),
            delta("image", block + [.member("image")], .joinedMembers),
            delta("citation", block, .wrap("text", into: ["citationsContent", "content"])),
            delta("citation", cited + [.member("citations")], .each),
            delta("reasoningContent.text", reasoning + [.member("reasoningText"), .member("text")], .join),
            delta("reasoningContent.signature", reasoning + [.member("reasoningText"), .member("signature")], .join),
            delta("reasoningContent.redactedContent", reasoning + [.member("redactedContent")], .last),
        ]
            + end.map {
                FoldAction(
                    when: [.missing(number)], from: FoldPath(prefix + $0), to: [.member(FoldName($0))], by: .last)
            }
    }

    /// InvokeModel's documents of Llama, Mistral's and Cohere's older models, and Claude's oldest: pieces of an object.
    static let invokedModel = FoldFormat(
        "bedrock",
        .merge(
            ["generation", "completion", "text"].map { FoldMember(FoldName($0), .join) } + [
                FoldMember("outputs", .list(FoldList(.merge([FoldMember("text", .join)], others: .last)))),
                FoldMember("prompt_token_count", .first), FoldMember("amazon-bedrock-invocationMetrics", .drop),
            ], others: .last))

    /// Titan's answers have their text in results, its events do not.
    static let titan: FoldFormat = {
        let result: [FoldAction.Step] = [.member("results"), .firstElement]
        let moved = ["index", "outputText", "completionReason", "totalOutputTextTokenCount"]
        let dropped = (moved + ["amazon-bedrock-invocationMetrics"]).map { FoldMember(FoldName($0), .drop) }
        return FoldFormat(
            "bedrock",
            [
                FoldAction(by: .merge(dropped, others: .last)),
                FoldAction(from: "totalOutputTextTokenCount", to: result + [.member("tokenCount")], by: .last),
                FoldAction(from: "outputText", to: result + [.member("outputText")], by: .join),
                FoldAction(from: "completionReason", to: result + [.member("completionReason")], by: .last),
            ])
    }()

    /// Cohere's Command: pieces of generations.
    static let command: FoldFormat = {
        let generations: [FoldAction.Step] = [.member("generations")]
        return FoldFormat(
            "bedrock",
            [
                FoldAction(
                    when: [.present("index")], from: "text",
                    to: generations + [.element("index"), .member("text")], by: .join),
                FoldAction(
                    when: [.missing("index")], from: "text",
                    to: generations + [.firstElement, .member("text")], by: .join),
                FoldAction(
                    from: "finish_reason", to: generations + [.firstElement, .member("finish_reason")], by: .last),
            ])
    }()

    /// The format of a document that InvokeModel carries.
    static func invoked(_ document: IncrementalJSON) -> FoldFormat {
        if document.member("choices", of: 0) != nil { return .openAIChat }
        if novaEvents.contains(where: { document.member(FoldName($0), of: 0) != nil }) { return .converse }
        if document.member("event_type", of: 0) != nil { return .cohereV1 }
        if document.member("is_finished", of: 0) != nil { return .command }
        if document.member("completion", of: 0) != nil { return .invokedModel }
        if document.member("type", of: 0) != nil { return .anthropicMessages }
        if document.member("outputText", of: 0) != nil { return .titan }
        return .invokedModel
    }
}
