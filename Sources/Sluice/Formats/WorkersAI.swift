extension WireFormat {
    /// Cloudflare's Workers AI: `{"response","p"}`, where `p` is padding. Its compatible routes are ``openAIChat``.
    ///
    /// Tool calls come as OpenAI's do, in numbered pieces under `function`; some models send each whole, with `name` and
    /// `arguments`.
    public static let workersAI = WireFormat(
        name: "workers-ai", framing: .sse, terminalPayloads: ["[DONE]"],
        rules: [
            Rule("response", .text),
            Rule("tool_calls[].index", .tool),
            Rule("tool_calls[].id", .toolID),
            Rule("tool_calls[].function.name", .toolName),
            Rule("tool_calls[].function.arguments", .toolArguments),
            Rule("tool_calls[].name", .toolName),
            Rule("tool_calls[].arguments", .toolArguments),
            Rule("usage.prompt_tokens", .inputTokens),
            Rule("usage.completion_tokens", .outputTokens),
        ] + errorRules,
        signature: [
            [.present("response"), .present("p")],
            [.present("tool_calls"), .present("p")],
            [.present("response"), .hasOnly(["response", "tool_calls", "usage", "p"])],
        ])
}
