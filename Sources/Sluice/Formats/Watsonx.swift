extension WireFormat {
    /// IBM watsonx text generation; its chat is ``openAIChat``. The first document has the request's token count; later ones
    /// have 0.
    public static let watsonx = WireFormat(
        name: "watsonx", framing: .sse,
        rules: [
            Rule("results[].generated_text", .text),
            Rule("results[].stop_reason", .finish, when: .differs("results[].stop_reason", "not_finished")),
            Rule("results[].stop_reason", .terminal, when: .differs("results[].stop_reason", "not_finished")),
            Rule("results[].input_token_count", .inputTokens, when: .differs("results[].input_token_count", "0")),
            Rule("results[].generated_token_count", .outputTokens),
            Rule("errors", .error),
        ] + errorRules,
        signature: [
            [.present("results[].generated_text")]
        ])
}
