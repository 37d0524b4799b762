extension WireFormat {
    /// OpenAI's images, generated and edited, also by gateways. Images are details: partial ones, then the complete one.
    public static let openAIImages = WireFormat(
        name: "openai-images", framing: .sse, terminalPayloads: ["[DONE]"],
        rules: ["image_generation", "image_edit"].flatMap { kind in
            [
                Rule("type", .terminal, when: .equals("type", "\(kind).completed")),
                Rule("b64_json", .custom("partial-image"), when: .equals("type", "\(kind).partial_image")),
                Rule("b64_json", .image, when: .equals("type", "\(kind).completed")),
            ]
        } + [
            Rule("text", .text, when: .equals("type", "image_generation.text_chunk")),
            Rule("usage.input_tokens", .inputTokens),
            Rule("usage.output_tokens", .outputTokens),
            Rule("usage.prompt_tokens", .inputTokens, when: .empty("usage.input_tokens")),
            Rule("usage.completion_tokens", .outputTokens, when: .empty("usage.output_tokens")),
            Rule("usage.total_tokens", .totalTokens),
            Rule("usage.cost", .cost),
            Rule("usage", .usage),
            Rule("created", .created),
            Rule("created_at", .created),
            Rule("media_type", .custom("media-type")),
            Rule("output_format", .custom("media-type")),
            Rule("phase", .custom("phase")),
        ] + errorRules,
        silentEvents: ["image_generation.partial_image", "image_edit.partial_image"],
        signature: [
            [.equals("type", "image_generation.partial_image")],
            [.equals("type", "image_generation.completed")],
            [.equals("type", "image_generation.text_chunk")],
            [.equals("type", "image_edit.partial_image")],
            [.equals("type", "image_edit.completed")],
        ])
}
