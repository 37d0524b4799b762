extension WireFormat {
    /// OpenAI's legacy text completions.
    public static let openAICompletions = WireFormat(
        name: "openai-completions", framing: .sse, terminalPayloads: ["[DONE]"],
        rules: [
            Rule("choices[].index", .choice),
            Rule("choices[].text", .text),
            Rule("token.logprob", .logprobs),
            Rule("choices[].finish_reason", .finish),
        ] + chatUsageRules + choiceErrorRules + errorRules + chatHeadDetails + chatUsageDetails,
        signature: [
            [.equals("object", "text_completion")],
            [.present("choices[].text")],
        ])
}
