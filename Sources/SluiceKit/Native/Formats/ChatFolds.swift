// Formats whose events are all alike: chunks of the object.

extension FoldFormat {
    /// As `ChatCompletionStreamState` of OpenAI's Python client, with these differences, since the API without
    /// streaming does otherwise: roles, ids, types and formats are not repeated; numbers are not added; fields of the
    /// answer and of choices that come after the first chunk are kept; a usage is not erased by a later chunk without
    /// one; a call with another id is another call; calls have no `index`.
    static let openAIChat = chunks(
        "openai-chat",
        [FoldMember("object", .constant("chat.completion")), FoldMember("choices", .list(FoldList(chatChoice)))])

    /// OpenAI's client has no such helper; this is what the API sends.
    static let openAICompletions = chunks(
        "openai-completions", [FoldMember("choices", .list(FoldList(.merge(choiceMembers, others: .last))))])

    /// Documents without choices that name their type are keep-alives, unless they have an error.
    private static func chunks(_ name: String, _ members: [FoldMember]) -> FoldFormat {
        let rule = FoldRule.merge(members + answerMembers, others: .last)
        let others: [FoldAction.Condition] = [.missing("choices"), .missing("type"), .missing("event")]
        return FoldFormat(
            name,
            [
                FoldAction(when: [.present("choices")], by: rule),
                FoldAction(when: [.missing("choices"), .present("error")], by: rule),
                FoldAction(when: others + [.missing("error")], by: rule),
            ])
    }

    /// The members of an answer that each chunk repeats. OpenAI's padding is no part of the answer.
    private static let answerMembers = [
        FoldMember("id", .first), FoldMember("object", .first), FoldMember("created", .first),
        FoldMember("model", .first), FoldMember("obfuscation", .drop), FoldMember("p", .drop),
        FoldMember("x_groq", .merge([], others: .last)),
    ]

    private static let choiceMembers = [
        FoldMember("text", .join), FoldMember("finish_reason", .whole), FoldMember("stop_reason", .whole),
        FoldMember("logprobs", .append), FoldMember("token_ids", .append), FoldMember("seed", .last),
        FoldMember("content_filter_results", .merge([], others: .last)),
    ]

    private static let chatChoice = FoldRule.merge(
        choiceMembers + [
            FoldMember("delta", as: "message", chatMessage),
            FoldMember("message", .last, unless: "delta"),
        ], others: .last)

    private static let chatMessage = FoldRule.merge(
        [
            FoldMember("role", .whole), FoldMember("content", .parts), FoldMember("channel", .whole),
            FoldMember("tool_calls", .list(FoldList(unless: .call, chatCall))),
            // Groq's tools: at their start, and again with their results.
            FoldMember("executed_tools", .list(FoldList(.merge([], others: .last)))),
            FoldMember("provider_metadata", .whole), FoldMember("index", .drop), FoldMember("token_id", .last),
        ], others: .join)

    private static let chatCall = FoldRule.merge(
        [
            FoldMember("index", .drop), FoldMember("id", .first), FoldMember("type", .whole),
            FoldMember("function", .merge([FoldMember("name", .name)], others: .join)),
        ], others: .join)

    // MARK: Ollama

    static let ollamaGenerate = FoldFormat(
        "ollama-generate",
        .merge(
            [
                FoldMember("response", .join), FoldMember("thinking", .join), FoldMember("logprobs", .append),
                FoldMember("tool_calls", .append),
            ], others: .last))

    static let ollamaChat = FoldFormat(
        "ollama-chat",
        .merge([FoldMember("message", ollamaMessage), FoldMember("logprobs", .append)], others: .last))

    private static let ollamaMessage = FoldRule.merge(
        [
            FoldMember("content", .join), FoldMember("thinking", .join), FoldMember("tool_calls", .append),
            FoldMember("images", .append),
        ], others: .whole)

    // MARK: Gemini

    static let geminiGenerate = FoldFormat(
        "gemini-generate",
        .merge([FoldMember("candidates", .list(FoldList(geminiCandidate)))], others: .last))

    private static let geminiCandidate = FoldRule.merge(
        [
            FoldMember("content", .merge([FoldMember("parts", .parts)], others: .whole)),
            FoldMember("citationMetadata", .append), FoldMember("logprobsResult", .append),
        ], others: .last)

    // MARK: Others

    /// As an answer that was asked for with details: all tokens are in `details.tokens`.
    static let huggingFaceTGI = FoldFormat(
        "hf-tgi",
        [
            FoldAction(
                by: .merge(
                    [
                        FoldMember("index", .drop), FoldMember("token", .drop), FoldMember("top_tokens", .drop),
                        FoldMember("details", .merge([], others: .last)),
                    ], others: .last)),
            FoldAction(from: "token", to: [.member("details"), .member("tokens")], by: .each),
        ])

    /// The tokens of the prompt are counted in the first event, those of the answer in each.
    static let watsonx = FoldFormat(
        "watsonx",
        .merge([FoldMember("results", .list(FoldList(watsonxResult)))], others: .last))

    private static let watsonxResult = FoldRule.merge(
        [FoldMember("generated_text", .join), FoldMember("input_token_count", .first)], others: .last)

    static let writerCompletions = FoldFormat(
        "writer-completions",
        [
            FoldAction(from: "value", to: [.member("choices"), .firstElement, .member("text")], by: .join),
            FoldAction(by: .merge([FoldMember("value", .drop)], others: .last)),
        ])

    static let workersAI = FoldFormat(
        "workers-ai",
        .merge(
            [FoldMember("response", .join), FoldMember("tool_calls", .append), FoldMember("p", .drop)], others: .last))
}
