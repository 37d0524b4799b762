extension WireFormat {
    /// Amazon Bedrock: the documents of Converse, or with InvokeModel those of the model's provider, wrapped in base64.
    public static let bedrock = WireFormat(
        name: "bedrock", framing: .awsEventStream,
        rules: [Rule("bytes", .document), Rule("message", .errorMessage, when: .errorEvent)]
            + converseRules + novaRules + invokedModelRules + invokedChatRules + anthropicRules + converseDetails
            + anthropicDetails,
        silentEvents: ["messageStart", "contentBlockStart", "contentBlockStop"] + anthropicMessages.silentEvents,
        signature: [
            // Base64 of a document; that of a text is an agent's.
            [.hasPrefix("bytes", "ey")],
            [.hasPrefix("bytes", "ew")],
            [.present("p"), .present("role")],
            [.present("contentBlockIndex")],
            [.event("messageStart")],
        ])

    /// Converse's documents, unwrapped: the event's type names them.
    private static let converseRules =
        [
            Rule("contentBlockIndex", .tool),
            Rule("contentBlockIndex", .toolEnd, when: .event("contentBlockStop")),
            Rule("delta.reasoningContent.text", .reasoning),
            Rule("delta.toolUse.input", .toolArguments),
            Rule("stopReason", .finish),
            Rule("stopReason", .terminal),
            Rule("usage.inputTokens", .inputTokens),
            Rule("usage.outputTokens", .outputTokens),
        ] + converseCalls("start.toolUse.")

    /// Amazon's Nova through InvokeModel: Converse's documents, each under its type.
    private static let novaRules =
        [
            Rule("contentBlockDelta.contentBlockIndex", .tool),
            Rule("contentBlockDelta.delta.text", .text),
            Rule("contentBlockDelta.delta.reasoningContent.text", .reasoning),
            Rule("contentBlockDelta.delta.toolUse.input", .toolArguments),
            Rule("contentBlockStart.contentBlockIndex", .tool),
            Rule("contentBlockStop.contentBlockIndex", .tool),
            Rule("contentBlockStop.contentBlockIndex", .toolEnd),
            Rule("messageStop.stopReason", .finish),
            Rule("messageStop.stopReason", .terminal),
            Rule("metadata.usage.inputTokens", .inputTokens),
            Rule("metadata.usage.outputTokens", .outputTokens),
        ] + converseCalls("contentBlockStart.start.toolUse.")

    /// The id and name of a call, which is the client's unless its type says otherwise.
    private static func converseCalls(_ place: String) -> [Rule] {
        let type = place + "type"
        return [("toolUseId", Field.toolID), ("name", .toolName)].flatMap { name, field in
            [
                Rule(place + name, field, when: .empty(type)),
                Rule(place + name, field, when: .differs(type, "server_tool_use")),
                Rule(place + name, field, origin: .server, when: .equals(type, "server_tool_use")),
            ]
        }
    }

    /// InvokeModel's documents without `choices`, and Bedrock's counts, which the last document of a stream has.
    private static let invokedModelRules = [
        Rule("\"amazon-bedrock-invocationMetrics\".inputTokenCount", .inputTokens),
        Rule("\"amazon-bedrock-invocationMetrics\".outputTokenCount", .outputTokens),
        Rule("\"amazon-bedrock-invocationMetrics\"", .terminal),
        Rule(
            "\"amazon-bedrock-guardrailAction\"", .finish,
            when: .equals("\"amazon-bedrock-guardrailAction\"", "INTERVENED")),
        // Amazon's Titan.
        Rule("outputText", .text),
        Rule("completionReason", .finish),
        Rule("completionReason", .terminal),
        Rule("inputTextTokenCount", .inputTokens),
        Rule("totalOutputTextTokenCount", .outputTokens),
        // Meta's Llama, whose every document counts the tokens so far, and Anthropic's oldest models.
        Rule("generation", .text),
        Rule("completion", .text),
        Rule("stop_reason", .finish),
        Rule("stop_reason", .terminal),
        Rule("prompt_token_count", .inputTokens),
        Rule("generation_token_count", .outputTokens, when: .notEmpty("stop_reason")),
        // Mistral's oldest models.
        Rule("outputs[].text", .text),
        Rule("outputs[].stop_reason", .finish),
        // Cohere's Command: pieces, or one document with `generations`; and Command R.
        Rule("index", .choice, when: .present("is_finished")),
        Rule("text", .text, when: .present("is_finished"), .empty("event_type")),
        Rule("text", .text, when: .equals("event_type", "text-generation")),
        Rule("tool_calls[].name", .toolName, when: .equals("event_type", "tool-calls-generation")),
        Rule("tool_calls[].parameters", .toolArguments, when: .equals("event_type", "tool-calls-generation")),
        Rule("finish_reason", .finish, when: .isTrue("is_finished")),
        Rule("is_finished", .terminal, when: .isTrue("is_finished"), .empty("index")),
        Rule("generations[].index", .choice),
        Rule("generations[].text", .text, whole: .answer),
        Rule("generations[].finish_reason", .finish),
    ]

    /// InvokeModel's documents with `choices`: OpenAI's, Qwen's, AI21's and Writer's are chat chunks; DeepSeek's have text,
    /// Mistral's have messages.
    private static let invokedChatRules = [
        Rule("choices[].index", .choice),
        Rule("choices[].delta.content", .text),
        Rule("choices[].delta.reasoning_content", .reasoning),
        Rule("choices[].delta.reasoning", .reasoning, when: .empty("choices[].delta.reasoning_content")),
        Rule("choices[].delta.tool_calls[].index", .tool),
        Rule("choices[].delta.tool_calls[].id", .toolID),
        Rule("choices[].delta.tool_calls[].function.name", .toolName),
        Rule("choices[].delta.tool_calls[].function.arguments", .toolArguments),
        Rule("choices[].text", .text),
        Rule("choices[].message.content", .text),
        Rule("choices[].message.tool_calls[].id", .toolID),
        Rule("choices[].message.tool_calls[].function.name", .toolName),
        Rule("choices[].message.tool_calls[].function.arguments", .toolArguments),
        Rule("choices[].finish_reason", .finish),
        // Some name the token that ended the text beside the reason.
        Rule("choices[].stop_reason", .finish, when: .empty("choices[].finish_reason")),
        Rule("usage.prompt_tokens", .inputTokens),
        Rule("usage.completion_tokens", .outputTokens),
    ]
}
