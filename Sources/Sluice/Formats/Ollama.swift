extension WireFormat {
    /// Ollama's /api/generate.
    public static let ollamaGenerate = WireFormat(
        name: "ollama-generate", framing: .ndjson,
        rules: [
            Rule("response", .text),
            Rule("thinking", .reasoning),
        ] + ollamaEndRules + ollamaDetails,
        signature: [
            [.present("response"), .present("done")]
        ])

    /// Ollama's /api/chat. Each tool call is complete in one document and has no number.
    public static let ollamaChat = WireFormat(
        name: "ollama-chat", framing: .ndjson, toolNumbering: .counted,
        rules: [
            Rule("message.content", .text),
            Rule("message.thinking", .reasoning),
            Rule("message.tool_calls[].id", .toolID),
            Rule("message.tool_calls[].function.name", .toolName),
            Rule("message.tool_calls[].function.arguments", .toolArguments),
        ] + ollamaEndRules + ollamaDetails,
        signature: [
            [.present("message.role"), .present("done")],
            [.present("message.content"), .present("done")],
            [.present("message.content"), .present("model")],
        ])

    /// Ollama's /api/pull: no text, only whether it succeeded.
    public static let ollamaPull = WireFormat(
        name: "ollama-pull", framing: .ndjson,
        rules: [
            Rule("status", .finish, when: .equals("status", "success")),
            Rule("status", .terminal, when: .equals("status", "success")),
            // Not that of an error.
            Rule("status", .ignored, when: .empty("message"), .empty("title")),
        ] + errorRules,
        signature: [
            [.equals("status", "pulling manifest")],
            [.present("status"), .present("digest")],
        ])

    private static let ollamaEndRules =
        [
            Rule("done_reason", .finish),
            Rule("prompt_eval_count", .inputTokens),
            Rule("eval_count", .outputTokens),
            Rule("done", .terminal, when: .isTrue("done")),
        ] + errorRules
}
