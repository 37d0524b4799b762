// What Cohere, Bedrock, Mistral, Ollama and servers of open models say beside the answer.

extension WireFormat {
    static let cohereV2Details: [Rule] = [
        Rule("id", .responseID, when: .equals("type", "message-start")),
        Rule("delta.message.content.type", .block),
        Rule("delta.message.citations", .citation),
        Rule("logprobs", .logprobs),
        Rule("prompt", .custom("prompt")),
        Rule("delta.usage.cached_tokens", .cachedTokens),
        Rule("delta.usage", .usage),
    ]

    static let cohereV1Details: [Rule] = [
        Rule("generation_id", .responseID),
        Rule("response.response_id", .custom("response-id-v1")),
        Rule("citations[]", .citation),
        Rule("documents[]", .grounding),
        Rule("search_results[]", .grounding),
        Rule("search_queries[]", .custom("search-query")),
        Rule("prompt", .custom("prompt")),
        Rule("tool_call_delta", .custom("tool-call-piece")),
        Rule("response.meta.cached_tokens", .cachedTokens),
        Rule("response.meta", .usage),
        Rule("response.is_search_required", .custom("search-required")),
    ]

    /// Converse's. Cached tokens are not among the input's.
    static let converseDetails: [Rule] = [
        Rule("start.toolResult", .toolResult),
        Rule("delta.toolResult[]", .toolResult),
        Rule("start.image", .image),
        Rule("delta.image", .image),
        Rule("delta.reasoningContent.signature", .signature),
        Rule("delta.reasoningContent.redactedContent", .encryptedReasoning),
        Rule("additionalModelResponseFields", .stopDetails),
        Rule("usage.totalTokens", .totalTokens),
        Rule("usage.cacheReadInputTokens", .addedCachedTokens),
        Rule("usage.cacheWriteInputTokens", .addedCacheWriteTokens),
        Rule("metrics", .custom("metrics")),
        Rule("performanceConfig", .custom("performance")),
        Rule("serviceTier.type", .serviceTier),
        Rule("trace", .safety),
        Rule("originalMessage", .custom("original-message")),
        Rule("originalStatusCode", .custom("original-status")),
        Rule("\"amazon-bedrock-invocationMetrics\"", .custom("metrics")),
        Rule("\"amazon-bedrock-trace\"", .safety),
        // Nova's, each document under its type.
        Rule("contentBlockDelta.delta.reasoningContent.signature", .signature),
        Rule("metadata.usage.totalTokens", .totalTokens),
        Rule("metadata.usage.cacheReadInputTokenCount", .addedCachedTokens),
        Rule("metadata.usage.cacheWriteInputTokenCount", .addedCacheWriteTokens),
        Rule("metadata.usage", .usage),
    ]

    static let mistralConversationDetails: [Rule] = [
        Rule("conversation_id", .responseID),
        Rule("model", .model),
        Rule("created_at", .created),
        Rule("agent_id", .custom("agent")),
        Rule("id", .itemID, when: .equals("type", "message.output.delta")),
        Rule("content.signature", .signature),
        Rule("content", .citation, when: .equals("content.type", "tool_reference")),
        Rule("content", .file, when: .equals("content.type", "tool_file")),
        Rule("content", .file, when: .equals("content.type", "document_url")),
        Rule("content.image_url", .image),
        Rule("content.thinking[]", .citation, when: .differs("content.thinking[].type", "text")),
        Rule("info", .toolResult, when: .equals("type", "tool.execution.done")),
        Rule("previous_agent_name", .custom("handoff-from")),
        Rule("previous_agent_id", .custom("handoff-from-id")),
        Rule("next_agent_name", .custom("handoff-to")),
        Rule("next_agent_id", .custom("handoff-to-id")),
        Rule("usage.total_tokens", .totalTokens),
        Rule("usage.connector_tokens", .toolTokens),
        Rule("usage", .usage),
    ]

    static let ollamaDetails: [Rule] =
        [
            Rule("model", .model),
            Rule("created_at", .created),
            Rule("logprobs[]", .logprobs),
            Rule("context", .custom("context")),
            Rule("image", .image),
            Rule("message.images[]", .image),
            Rule("message.tool_name", .custom("tool-name")),
            Rule("completed", .custom("completed-steps")),
            Rule("total", .custom("total-steps")),
        ]
        + ["total_duration", "load_duration", "prompt_eval_duration", "eval_duration"].map {
            Rule($0, .custom($0.replacing("_", with: "-")))
        }

    static let tgiDetails: [Rule] = [
        Rule("token.logprob", .logprobs),
        Rule("top_tokens[]", .custom("top-tokens")),
        Rule("details.seed", .custom("seed")),
    ]

    /// Transcriptions: speakers and times of segments, log probabilities, languages.
    static let audioDetails: [Rule] = [
        Rule("logprobs[]", .logprobs),
        Rule("languages[]", .custom("language")),
        Rule("speaker", .custom("speaker")),
        Rule("start", .custom("start-seconds")),
        Rule("end", .custom("end-seconds")),
        Rule("segment_id", .itemID),
        Rule("id", .itemID, when: .equals("type", "transcript.text.segment")),
        Rule("usage.total_tokens", .totalTokens),
        Rule("usage.input_token_details.audio_tokens", .audioInputTokens),
        Rule("usage", .usage),
    ]
}
