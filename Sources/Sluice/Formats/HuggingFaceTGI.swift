extension WireFormat {
    /// Hugging Face's text-generation-inference. Special tokens are not text; `data:` is sent without a space.
    public static let huggingFaceTGI = WireFormat(
        name: "hf-tgi", framing: .sse,
        rules: [
            Rule("token.text", .text, when: .isNotTrue("token.special")),
            Rule("token.text", .ignored, when: .isTrue("token.special")),
            Rule("details.finish_reason", .finish),
            Rule("details.input_length", .inputTokens),
            Rule("details.generated_tokens", .outputTokens),
            Rule("generated_text", .terminal),
        ] + errorRules + tgiDetails,
        signature: [
            [.present("token.text")]
        ])
}
