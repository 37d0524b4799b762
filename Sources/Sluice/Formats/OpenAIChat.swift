extension WireFormat {
    /// OpenAI's chat completions, also used by about 25 other services (Azure, Groq, Mistral, DeepSeek, vLLM, …).
    ///
    /// Mistral sends content as a list of parts and may omit a tool call's index. Groq repeats usage under `x_groq`. Services
    /// send reasoning under one or several of five names; Snowflake sends only `reasoning_details`, and tool calls of a form
    /// of its own. Perplexity and Writer repeat the delta, or the text so far, as `message`.
    public static let openAIChat = WireFormat(
        name: "openai-chat", framing: .sse, terminalPayloads: ["[DONE]"],
        rules: chatTextRules + chatToolRules + chatMessageRules + chatUsageRules + choiceErrorRules + errorRules
            + chatDetails,
        signature: [
            [.equals("object", "chat.completion.chunk")],
            [.equals("object", "chat.completion")],
            [.present("choices[].delta")],
            [.present("choices[].message")],
            [.present("prompt_filter_results[]")],
        ])

    private static let chatTextRules = [
        Rule("choices[].index", .choice),
        Rule("choices[].delta.content", .text),
        Rule("choices[].delta.content[].text", .text),
        Rule("choices[].delta.audio.transcript", .text, when: .empty("choices[].delta.content")),
        Rule("choices[].delta.content[].thinking", .reasoning),
        Rule("choices[].delta.content[].thinking[].text", .reasoning),
        Rule("choices[].delta.content[].summary[].text", .reasoning),
        Rule("choices[].delta.reasoning_content", .reasoning),
        Rule("choices[].delta.reasoning", .reasoning, when: .empty("choices[].delta.reasoning_content")),
        Rule(
            "choices[].delta.reasoning_text", .reasoning,
            when: .empty("choices[].delta.reasoning_content"), .empty("choices[].delta.reasoning")),
        chatReasoning("choices[].delta.reasoning_details[].text"),
        chatReasoning("choices[].delta.reasoning_details[].summary"),
        chatReasoning("choices[].delta.thinking_blocks[].thinking"),
        Rule("choices[].delta.reasoning_steps[].thought", .reasoning),
        Rule("choices[].delta.refusal", .refusal),
        Rule("choices[].finish_reason", .finish),
    ]

    /// Reasoning in a list, which the services that also send it as one string repeat there.
    private static func chatReasoning(_ path: String) -> Rule {
        Rule(
            path, .reasoning,
            when: .empty("choices[].delta.reasoning_content"), .empty("choices[].delta.reasoning"),
            .empty("choices[].delta.reasoning_text"))
    }

    private static let chatToolRules = [
        Rule("choices[].delta.tool_calls[].index", .tool),
        Rule(
            "choices[].delta.tool_calls[].id", .toolID, origin: .custom,
            when: .present("choices[].delta.tool_calls[].custom.name")),
        Rule("choices[].delta.tool_calls[].id", .toolID),
        Rule("choices[].delta.tool_calls[].function.name", .toolName),
        Rule("choices[].delta.tool_calls[].function.arguments", .toolArguments),
        Rule("choices[].delta.tool_calls[].custom.name", .toolName, origin: .custom),
        Rule("choices[].delta.tool_calls[].custom.input", .toolArguments),
        // Before tool calls had ids, there was one function call.
        Rule("choices[].delta.function_call.name", .toolName),
        Rule("choices[].delta.function_call.arguments", .toolArguments),
        // Snowflake.
        Rule("choices[].delta.tool_use_id", .toolID, when: .equals("choices[].delta.type", "tool_use")),
        Rule("choices[].delta.name", .toolName, when: .equals("choices[].delta.type", "tool_use")),
        Rule("choices[].delta.input", .toolArguments, when: .equals("choices[].delta.type", "tool_use")),
    ]

    /// The message of an answer that was not streamed. Only with a finish reason: Writer repeats every delta as a message.
    private static let chatMessageRules = [
        chatMessage("content", .text),
        chatMessage("content[].text", .text),
        chatMessage("audio.transcript", .text),
        chatMessage("reasoning_content", .reasoning),
        Rule(
            "choices[].message.reasoning", .reasoning, whole: .answer,
            when: .present("choices[].finish_reason"), .empty("choices[].message.reasoning_content")),
        chatMessage("refusal", .refusal),
        Rule(
            "choices[].message.tool_calls[].id", .toolID, origin: .custom,
            when: .present("choices[].finish_reason"), .present("choices[].message.tool_calls[].custom.name")),
        chatMessage("tool_calls[].id", .toolID),
        chatMessage("tool_calls[].function.name", .toolName),
        chatMessage("tool_calls[].function.arguments", .toolArguments),
        chatMessage("tool_calls[].custom.name", .toolName, origin: .custom),
        chatMessage("tool_calls[].custom.input", .toolArguments),
        chatMessage("function_call.name", .toolName),
        chatMessage("function_call.arguments", .toolArguments),
    ]

    private static func chatMessage(_ path: String, _ field: Field, origin: ToolOrigin = .client) -> Rule {
        let isRead = Condition.present("choices[].finish_reason")
        // The last piece of the text may come beside the whole of it.
        if field == .text {
            return Rule(
                "choices[].message.\(path)", field, whole: .answer, when: isRead, .empty("choices[].delta.content"))
        }
        let isCall = field == .toolID || field == .toolName
        return Rule(
            "choices[].message.\(path)", field, whole: isCall ? nil : .answer, origin: origin, when: isRead)
    }

    /// Also of ``openAICompletions``.
    static let chatUsageRules = [
        Rule("usage.prompt_tokens", .inputTokens),
        Rule("usage.completion_tokens", .outputTokens),
        Rule("usage.input_tokens", .inputTokens, when: .empty("usage.prompt_tokens")),
        Rule("usage.output_tokens", .outputTokens, when: .empty("usage.completion_tokens")),
        Rule("choices[].usage.prompt_tokens", .inputTokens),
        Rule("choices[].usage.completion_tokens", .outputTokens),
        Rule("x_groq.usage.prompt_tokens", .inputTokens),
        Rule("x_groq.usage.completion_tokens", .outputTokens),
    ]

    /// Errors that are not at the top of a document: OpenRouter's, Groq's, and MiniMax's status. Also of ``openAICompletions``.
    static let choiceErrorRules = [
        Rule("choices[].error", .error),
        Rule("choices[].error.message", .errorMessage),
        Rule("choices[].error.code", .errorType),
        Rule("x_groq.error", .error),
        Rule(
            "choices[].finish_reason", .error,
            when: .equals("choices[].finish_reason", "error"), .empty("error"), .empty("choices[].error")),
        Rule("base_resp", .error, when: .differs("base_resp.status_code", "0")),
        Rule("base_resp.status_msg", .errorMessage, when: .differs("base_resp.status_code", "0")),
    ]

    /// An error at the top of a document. The engine finds its message, type and code.
    static let errorRules = [Rule("error", .error)]
}
