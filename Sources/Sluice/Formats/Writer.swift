extension WireFormat {
    /// Writer's completions; its chat is ``openAIChat``.
    public static let writerCompletions = WireFormat(
        name: "writer-completions", framing: .sse, terminalPayloads: ["[DONE]"],
        rules: [
            Rule("value", .text),
            // Applications, and questions of a graph.
            Rule("delta.content", .text),
            Rule("data.answer", .text),
            Rule("delta.title", .custom("title")),
            Rule("delta.stages[]", .custom("stage")),
            Rule("data.question", .custom("question")),
            Rule("data.references", .grounding),
            Rule("data.sources[]", .grounding),
            Rule("data.subqueries[]", .grounding),
        ] + errorRules,
        signature: [
            [.present("value"), .hasOnly(["value"])],
            [.present("delta.stages"), .hasOnly(["delta"])],
            [.present("data.answer"), .hasOnly(["data"])],
        ])
}
