// What Google's streams say beside the answer.

extension WireFormat {
    static let geminiDetails: [Rule] =
        [
            Rule("responseId", .responseID),
            Rule("modelVersion", .model),
            Rule("createTime", .created),
            Rule("modelStatus", .custom("model-status")),
            Rule("promptFeedback", .safety),
            Rule("candidates[].safetyRatings[]", .safety),
            Rule("candidates[].finishMessage", .stopDetails),
            Rule("candidates[].citationMetadata.citations[]", .citation),
            Rule("candidates[].citationMetadata.citationSources[]", .citation),
            Rule("candidates[].groundingMetadata", .grounding),
            Rule("candidates[].urlContextMetadata", .grounding),
            Rule("candidates[].logprobsResult", .logprobs),
            Rule("candidates[].avgLogprobs", .custom("average-logprobs")),
            Rule("candidates[].tokenCount", .custom("candidate-tokens")),
            Rule("candidates[].continuationToken", .custom("continuation-token")),
        ]
        + [
            ("thoughtSignature", Field.signature), ("inlineData", .file), ("fileData", .file),
            ("codeExecutionResult", .toolResult), ("toolResponse", .toolResult), ("functionResponse", .toolResult),
            ("audioTranscription", .custom("transcript")), ("mediaResolution", .custom("media-resolution")),
            ("mediaProcessing", .custom("media-processing")), ("partMetadata", .custom("metadata")),
            ("audioMetadata", .custom("metadata")), ("documentMetadata", .custom("metadata")),
            ("speechMetadata", .custom("metadata")), ("spreadsheetMetadata", .custom("metadata")),
            ("videoMetadata", .custom("metadata")),
        ].map { Rule("candidates[].content.parts[].\($0)", $1) } + [
            Rule("usageMetadata.totalTokenCount", .totalTokens),
            Rule("usageMetadata.cachedContentTokenCount", .cachedTokens),
            Rule("usageMetadata.thoughtsTokenCount", .addedReasoningTokens),
            Rule("usageMetadata.toolUsePromptTokenCount", .addedToolTokens),
            Rule(
                "usageMetadata.promptTokensDetails[].tokenCount", .audioInputTokens,
                when: .equals("usageMetadata.promptTokensDetails[].modality", "AUDIO")),
            Rule(
                "usageMetadata.candidatesTokensDetails[].tokenCount", .audioOutputTokens,
                when: .equals("usageMetadata.candidatesTokensDetails[].modality", "AUDIO")),
            Rule("usageMetadata.trafficType", .serviceTier),
            Rule("usageMetadata", .usage),
        ]

    static let interactionDetails: [Rule] =
        interactionUsageDetails("interaction.usage") + interactionUsageDetails("usage") + [
            Rule("interaction.id", .responseID),
            Rule("interaction_id", .responseID),
            Rule("interaction.model", .model),
            Rule("interaction.agent", .custom("agent")),
            Rule("interaction.created", .created),
            Rule("interaction.updated", .custom("updated")),
            Rule("interaction.service_tier", .serviceTier),
            Rule("interaction.continuation_token", .custom("continuation-token")),
            Rule("continuation_token", .custom("continuation-token")),
            Rule("interaction.steps[]", .item),
            Rule("metadata", .custom("metadata")),
            Rule("step_usage", .custom("step-usage")),
            Rule("step.type", .block),
            Rule("step.signature", .signature),
            Rule("step.error", .custom("step-error")),
            Rule("step.server_name", .custom("server-name")),
            Rule("step.search_type", .custom("search-type")),
            Rule("step.retrieval_type", .custom("retrieval-type")),
            Rule("step", .toolResult, when: .present("step.call_id")),
            Rule("step.content[].annotations[]", .citation),
            Rule("step.summary[].annotations[]", .citation),
            Rule("step.summary[]", .image, when: .equals("step.summary[].type", "image")),
            Rule("delta.signature", .signature),
            Rule("delta.annotations[]", .citation),
            Rule("delta.content.annotations[]", .citation),
            Rule("delta.server_name", .custom("server-name")),
            Rule("delta.retrieval_type", .custom("retrieval-type")),
        ]
        + ["audio", "document", "image", "video"].flatMap { type in
            let field = type == "audio" ? Field.audio : type == "image" ? .image : .file
            return [
                Rule("delta", field, when: .equals("delta.type", type)),
                Rule("delta.content", field, when: .equals("delta.content.type", type)),
                Rule("step.content[]", field, when: .equals("step.content[].type", type)),
            ]
        }
        + [
            "code_execution", "file_search", "function", "google_maps", "google_search", "mcp_server_tool",
            "processing", "retrieval", "tool_search", "url_context",
        ].map { Rule("delta", .toolResult, when: .equals("delta.type", "\($0)_result")) }

    /// Thoughts and results of tools are not among the output's and the input's.
    private static func interactionUsageDetails(_ usage: String) -> [Rule] {
        [
            Rule("\(usage).total_tokens", .totalTokens),
            Rule("\(usage).total_cached_tokens", .cachedTokens),
            Rule("\(usage).total_thought_tokens", .addedReasoningTokens),
            Rule("\(usage).total_tool_use_tokens", .addedToolTokens),
            Rule(usage, .usage),
        ]
    }
}
