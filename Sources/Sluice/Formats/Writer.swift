extension WireFormat {
    /// Writer's completions; its chat is ``openAIChat``.
    public static let writerCompletions = WireFormat(
        name: "writer-completions", framing: .sse, terminalPayloads: ["[DONE]"],
        rules: [Rule("value", .text)] + errorRules,
        signature: [
            [.present("value"), .hasOnly(["value"])]
        ])
}
