extension WireFormat {
    /// OpenAI's chat completions, also used by about 25 other services (Azure, Groq, Mistral, DeepSeek, vLLM, …).
    ///
    /// Mistral sends content as a list of parts and may omit a tool call's index. Groq repeats usage under `x_groq`. Services
    /// send reasoning as `reasoning`, `reasoning_content` or both; Snowflake sends only `reasoning_details`.
    public static let openAIChat = WireFormat(
        name: "openai-chat", framing: .sse, terminalPayloads: ["[DONE]"],
        rules: [
            Rule("choices[].index", .choice),
            Rule("choices[].delta.content", .text),
            Rule("choices[].delta.content[].text", .text),
            Rule("choices[].delta.content[].thinking[].text", .reasoning),
            Rule("choices[].delta.reasoning_content", .reasoning),
            Rule("choices[].delta.reasoning", .reasoning, when: .empty("choices[].delta.reasoning_content")),
            Rule(
                "choices[].delta.reasoning_details[].text", .reasoning,
                when: .empty("choices[].delta.reasoning_content"), .empty("choices[].delta.reasoning")),
            Rule("choices[].delta.refusal", .refusal),
            Rule("choices[].delta.tool_calls[].index", .tool),
            Rule("choices[].delta.tool_calls[].id", .toolID),
            Rule("choices[].delta.tool_calls[].function.name", .toolName),
            Rule("choices[].delta.tool_calls[].function.arguments", .toolArguments),
            Rule("choices[].finish_reason", .finish),
            Rule("usage.prompt_tokens", .inputTokens),
            Rule("usage.completion_tokens", .outputTokens),
            Rule("x_groq.usage.prompt_tokens", .inputTokens),
            Rule("x_groq.usage.completion_tokens", .outputTokens),
        ] + errorRules,
        signature: [
            [.equals("object", "chat.completion.chunk")],
            [.present("choices[].delta")],
            [.present("prompt_filter_results[]")],
        ])

    /// An error at the top of a document: a string, or an object with a message and a type or code.
    static let errorRules = [
        Rule("error", .error),
        Rule("error.message", .errorMessage),
        Rule("error.code", .errorType),
        Rule("error.type", .errorType, when: .empty("error.code")),
    ]
}
