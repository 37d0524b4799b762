// What OpenAI's chat completions, and the services that follow them, say beside the answer.

extension WireFormat {
    /// Also of ``openAICompletions``.
    static let chatHeadDetails = [
        Rule("id", .responseID),
        Rule("model", .model),
        Rule("created", .created),
        Rule("service_tier", .serviceTier),
        Rule("usage.service_tier", .serviceTier),
        Rule("system_fingerprint", .systemFingerprint),
        Rule("provider", .provider),
        Rule("x_groq.id", .requestID),
        Rule("choices[].logprobs", .logprobs),
        Rule("choices[].top_logprobs", .logprobs),
        Rule("choices[].prompt_logprobs", .custom("prompt-logprobs")),
        Rule("choices[].reasoning_logprobs", .custom("reasoning-logprobs")),
        Rule("choices[].content_filter_results", .safety),
        Rule("prompt_filter_results[]", .safety),
        Rule("moderation", .safety),
        Rule("safeguard_results[]", .safety),
        // vLLM's and SGLang's; a number is that of a token.
        Rule("choices[].stop_reason", .stopSequence),
        Rule("choices[].matched_stop", .stopSequence),
        Rule("choices[].native_finish_reason", .stopDetails),
        Rule("choices[].seed", .custom("seed")),
        Rule("x_groq.seed", .custom("seed")),
        Rule("x_groq.debug", .custom("debug")),
        Rule("x_groq.usage_breakdown", .custom("usage-breakdown")),
        Rule("time_info", .custom("times")),
        Rule("warnings[]", .custom("warning")),
        Rule("provider_specific_fields", .custom("provider-fields")),
        Rule("openrouter_metadata", .custom("gateway")),
        Rule("alignment", .custom("alignment")),
    ]

    /// Counts of tokens and costs. Also of ``openAICompletions``.
    static let chatUsageDetails =
        chatUsageDetails("usage") + chatUsageDetails("x_groq.usage") + chatUsageDetails("choices[].usage")

    private static func chatUsageDetails(_ usage: String) -> [Rule] {
        let told = "\(usage).prompt_tokens_details.cached_tokens"
        let reasoning = "\(usage).completion_tokens_details.reasoning_tokens"
        return [
            Rule("\(usage).total_tokens", .totalTokens),
            Rule(told, .cachedTokens),
            // DeepSeek's, Moonshot's, LiteLLM's and Writer's.
            Rule("\(usage).prompt_cache_hit_tokens", .cachedTokens, when: .empty(told)),
            Rule("\(usage).cached_tokens", .cachedTokens, when: .empty(told)),
            Rule("\(usage).cache_read_input_tokens", .cachedTokens, when: .empty(told)),
            Rule("\(usage).prompt_token_details.cached_tokens", .cachedTokens, when: .empty(told)),
            Rule("\(usage).prompt_tokens_details.cache_write_tokens", .cacheWriteTokens),
            Rule("\(usage).cache_creation_input_tokens", .cacheWriteTokens),
            Rule(reasoning, .reasoningTokens),
            Rule("\(usage).reasoning_tokens", .reasoningTokens, when: .empty(reasoning)),
            Rule("\(usage).prompt_tokens_details.audio_tokens", .audioInputTokens),
            Rule("\(usage).completion_tokens_details.audio_tokens", .audioOutputTokens),
            Rule("\(usage).cost", .cost, when: .empty("\(usage).cost.total_cost")),
            Rule("\(usage).cost.total_cost", .cost),
            Rule(usage, .usage),
        ]
    }

    static let chatDetails: [Rule] =
        chatHeadDetails + chatUsageDetails + chatDeltaDetails("delta", nil)
        + chatDeltaDetails("message", .present("choices[].finish_reason")) + [
            // Perplexity and xAI repeat them in every document.
            Rule("citations", .citation, whole: .answer),
            Rule("search_results", .grounding, whole: .answer),
            Rule("images[]", .custom("search-image")),
            Rule("related_questions", .custom("related-questions")),
        ]

    /// What belongs to a choice: of a piece, or of a message that was not streamed.
    private static func chatDeltaDetails(_ place: String, _ condition: Condition?) -> [Rule] {
        let delta = "choices[].\(place)"
        let part = "\(delta).content[]"
        var rules = [
            Rule("\(delta).annotations[]", .citation),
            Rule("\(delta).audio.id", .custom("audio-id")),
            Rule("\(delta).audio.expires_at", .custom("audio-expires")),
            Rule("\(delta).audio.data", .audio),
            Rule("\(delta).images[]", .image),
            Rule("\(delta).executed_tools[]", .toolResult),
            Rule("\(delta).reasoning_details[].signature", .signature),
            Rule("\(delta).reasoning_details[].data", .encryptedReasoning),
            Rule("\(delta).reasoning_details[]", .custom("reasoning-detail")),
            Rule("\(delta).thinking_blocks[].signature", .signature),
            Rule("\(delta).thinking_blocks[].data", .encryptedReasoning),
            Rule("\(delta).reasoning_opaque", .encryptedReasoning),
            Rule("\(delta).extra_content.google.thought_signature", .signature),
            Rule("\(delta).tool_calls[].extra_content.google.thought_signature", .signature),
            Rule("\(delta).tool_calls[].function.thought_signature", .signature),
            Rule("\(delta).provider_specific_fields", .custom("provider-fields")),
            Rule("\(delta).graph_data", .grounding),
            Rule("\(delta).web_search_data", .grounding),
            Rule("\(delta).reasoning_items[]", .custom("reasoning-detail")),
            Rule("\(delta).reasoning_items[].encrypted_content", .encryptedReasoning),
            Rule("\(delta).llm_data", .custom("llm-data")),
            Rule("\(delta).translation_data", .custom("translation")),
            Rule("\(delta).metadata", .custom("metadata")),
            // Perplexity's steps: what it ran and read beside its thought.
            Rule("\(delta).reasoning_steps[]", .custom("reasoning-step")),
            // Mistral's parts.
            Rule("\(part).signature", .signature),
            Rule("\(part).thinking[]", .citation, when: .differs("\(part).thinking[].type", "text")),
            Rule(part, .citation, when: .equals("\(part).type", "reference")),
            Rule(part, .citation, when: .equals("\(part).type", "tool_reference")),
            Rule("\(part).image_url", .image),
            Rule("\(part).input_audio", .audio),
        ]
        for type in ["document_url", "file", "file_url", "pdf_url", "video_url", "resource", "resource_link"] {
            rules.append(Rule(part, .file, when: .equals("\(part).type", type)))
        }
        guard let condition else { return rules }
        return rules.map { rule in
            var rule = rule
            rule.conditions.append(condition)
            return rule
        }
    }
}
