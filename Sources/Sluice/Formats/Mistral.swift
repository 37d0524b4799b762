// Mistral's streams that are not chat completions.

extension WireFormat {
    /// Mistral's conversations and agents; its chat is ``openAIChat``.
    ///
    /// Entries are numbered by `output_index`. Each piece of a call's arguments repeats the call's id and name.
    public static let mistralConversations = WireFormat(
        name: "mistral-conversations", framing: .sse,
        rules: [
            Rule("content", .text, when: .equals("type", "message.output.delta")),
            Rule("content.text", .text, when: .equals("type", "message.output.delta")),
            Rule("content.thinking[].text", .reasoning, when: .equals("type", "message.output.delta")),
            Rule("output_index", .tool),
        ] + functionCalls + toolExecutions + [
            Rule("usage.prompt_tokens", .inputTokens),
            Rule("usage.completion_tokens", .outputTokens),
            Rule("type", .terminal, when: .equals("type", "conversation.response.done")),
            Rule("message", .errorMessage, when: .equals("type", "conversation.response.error")),
            Rule("code", .errorType, when: .equals("type", "conversation.response.error")),
        ] + mistralConversationDetails,
        silentEvents: ["conversation.response.started", "agent.handoff.started", "agent.handoff.done"],
        signature: [
            [.equals("type", "conversation.response.started")],
            [.equals("type", "conversation.response.error")],
            [.equals("type", "message.output.delta")],
            [.equals("type", "tool.execution.started")],
            [.equals("type", "function.call.delta")],
        ])

    /// Calls of functions. A call with a confirmation status is run by the provider, as soon as it is allowed.
    private static let functionCalls: [Rule] = {
        let isCall = Condition.equals("type", "function.call.delta")
        let status = "confirmation_status"
        let begins = [("tool_call_id", Field.toolID), ("name", .toolName)].flatMap { path, field in
            [
                Rule(path, field, when: isCall, .empty(status)),
                Rule(path, field, origin: .approval, when: isCall, .equals(status, "pending")),
                Rule(path, field, origin: .server, when: isCall, .equals(status, "allowed")),
                Rule(path, field, origin: .server, when: isCall, .equals(status, "denied")),
            ]
        }
        return begins + [Rule("arguments", .toolArguments, when: isCall)]
    }()

    /// Calls of tools that the provider runs: web search, code, images, documents, connectors.
    private static let toolExecutions: [Rule] = ["started", "delta", "done"].flatMap { step in
        let isStep = Condition.equals("type", "tool.execution." + step)
        return [
            Rule("id", .toolID, origin: .server, when: isStep),
            Rule("name", .toolName, origin: .server, when: isStep),
            Rule("arguments", .toolArguments, when: isStep),
        ]
    }

    /// Mistral's transcriptions. Segments and the end repeat the text.
    public static let mistralTranscription = WireFormat(
        name: "mistral-transcription", framing: .sse,
        rules: [
            Rule("text", .text, when: .equals("type", "transcription.text.delta")),
            Rule("text", .text, whole: .part, when: .equals("type", "transcription.segment")),
            Rule("text", .text, whole: .answer, when: .equals("type", "transcription.done")),
            Rule("usage.prompt_tokens", .inputTokens),
            Rule("usage.completion_tokens", .outputTokens),
            Rule("type", .terminal, when: .equals("type", "transcription.done")),
        ] + errorRules + audioDetails,
        silentEvents: ["transcription.language"],
        signature: [
            [.equals("type", "transcription.language")],
            [.equals("type", "transcription.text.delta")],
            [.equals("type", "transcription.segment")],
            [.equals("type", "transcription.done")],
        ])
}
