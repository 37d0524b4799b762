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
        Rule("response.id", .responseID),
        Rule("response.generation_id", .responseID),
        Rule("response.prompt", .custom("prompt")),
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
        Rule("delta.toolResultMetadata", .custom("tool-result-metadata")),
        Rule("start.toolUse.serverName", .custom("server-name")),
        Rule("hookEventId", .custom("hook")),
        Rule("name", .custom("hook-name"), when: .event("hookEvent")),
        Rule("type", .custom("hook-type"), when: .event("hookEvent")),
        Rule("decision", .custom("hook-decision")),
        Rule("reason", .custom("reason")),
        Rule("fieldList[]", .custom("invalid-field")),
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
        Rule("conversation_id", .conversationID),
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
            Rule($0, .custom(String($0.map { $0 == "_" ? "-" : $0 })))
        }

    static let tgiDetails: [Rule] = [
        Rule("token.logprob", .logprobs),
        Rule("top_tokens[]", .custom("top-tokens")),
        Rule("details.seed", .custom("seed")),
    ]

    /// A2A's: ids of tasks and contexts, artifacts, data and files.
    static let a2aDetails: [Rule] =
        ["result.", "result.task.", "task."].flatMap { task in
            [
                Rule("\(task)id", .responseID), Rule("\(task)contextId", .conversationID),
                Rule("\(task)metadata", .custom("metadata")),
                Rule("\(task)status.timestamp", .custom("status-time")),
                Rule("\(task)history[]", .item),
            ]
        }
        + [
            "result.", "result.statusUpdate.", "statusUpdate.", "result.artifactUpdate.", "artifactUpdate.",
            "result.message.", "message.",
        ]
        .flatMap { update in
            [
                Rule("\(update)taskId", .responseID), Rule("\(update)contextId", .conversationID),
                Rule("\(update)metadata", .custom("metadata")), Rule("\(update)messageId", .itemID),
                Rule("\(update)status.timestamp", .custom("status-time")),
                Rule("\(update)status.state", .custom("state")),
                Rule("\(update)artifact.artifactId", .itemID), Rule("\(update)artifact.name", .block),
                Rule("\(update)artifact.description", .custom("description")),
                Rule("\(update)artifact.metadata", .custom("metadata")),
                Rule("\(update)artifact.parts[]", .file, when: .present("\(update)artifact.parts[].file")),
                Rule("\(update)artifact.parts[]", .file, when: .present("\(update)artifact.parts[].url")),
                Rule("\(update)artifact.parts[]", .file, when: .present("\(update)artifact.parts[].raw")),
                Rule("\(update)artifact.parts[].data", .custom("data")),
                Rule("\(update)artifact.parts[].metadata", .custom("metadata")),
                Rule("\(update)parts[]", .file, when: .present("\(update)parts[].file")),
                Rule("\(update)parts[].data", .custom("data")),
                Rule("\(update)parts[].metadata", .custom("metadata")),
            ]
        }

    /// The AI SDK's: files, sources, results, data of one's own.
    static let aiSDKDetails: [Rule] = [
        Rule("messageId", .responseID),
        Rule("messageMetadata", .custom("metadata")),
        Rule("output", .toolResult),
        Rule("errorText", .toolResult, when: .equals("type", "tool-output-error")),
        Rule("url", .file, when: .equals("type", "file")),
        Rule("url", .citation, when: .equals("type", "source-url")),
        Rule("title", .citation, when: .equals("type", "source-document")),
        Rule("title", .custom("title"), when: .equals("type", "source-url")),
        Rule("filename", .custom("filename")),
        Rule("mediaType", .custom("media-type")),
        Rule("sourceId", .itemID),
        Rule("approvalId", .custom("approval-id")),
        Rule("reason", .stopDetails),
        Rule("data", .custom("data")),
        Rule("providerMetadata", .custom("provider-fields")),
    ]

    /// OpenAI's Assistants: images, annotations, results of tools, ids.
    static let assistantDetails: [Rule] = {
        let outputs = ["delta.step_details.tool_calls[].", "step_details.tool_calls[]."].flatMap { call in
            [
                Rule("\(call)code_interpreter.outputs[]", .toolResult),
                Rule("\(call)file_search", .toolResult),
                Rule("\(call)function.output", .toolResult),
            ]
        }
        let contents = ["delta.content[].", "content[]."].flatMap { part in
            [
                Rule("\(part)image_file", .image), Rule("\(part)image_url", .image),
                Rule("\(part)text.annotations[]", .citation),
            ]
        }
        return outputs + contents + [
            Rule("id", .responseID), Rule("model", .model), Rule("thread_id", .conversationID),
            Rule("created_at", .created), Rule("assistant_id", .custom("agent")),
            Rule("usage.total_tokens", .totalTokens), Rule("usage", .usage),
            Rule("incomplete_details", .stopDetails), Rule("param", .custom("error-parameter")),
            Rule("misalignment", .safety),
        ]
    }()

    /// Bedrock's agents, flows and retrievals: traces, citations, files.
    static let bedrockAgentDetails: [Rule] = [
        Rule("attribution.citations[]", .citation), Rule("citation", .citation), Rule("files[]", .file),
        Rule("generatedResponsePart", .citation), Rule("retrievedReferences[]", .citation),
        Rule("trace", .custom("trace")), Rule("attributes", .custom("trace")),
        Rule("invocationInputs[]", .item), Rule("reason", .custom("reason")),
        Rule("resourceName", .custom("resource")), Rule("results[]", .toolResult),
        Rule("generatedResponse.citations[]", .citation), Rule("nextToken", .custom("next-token")),
        Rule("action", .safety), Rule("nodeName", .custom("node")), Rule("nodeType", .custom("node-type")),
        Rule("agentId", .custom("agent")), Rule("sessionId", .conversationID), Rule("id", .itemID),
        Rule("invocationId", .itemID),
    ]

    /// Messages that servers of the Model Context Protocol send beside the result.
    static let mcpDetails: [Rule] = [
        Rule("params", .custom("notification")), Rule("result.structuredContent", .toolResult),
        Rule("result.isError", .custom("is-error")), Rule("result._meta", .custom("metadata")),
        Rule("result.content[]", .image, when: .equals("result.content[].type", "image")),
        Rule("result.content[]", .audio, when: .equals("result.content[].type", "audio")),
        Rule("result.content[]", .file, when: .equals("result.content[].type", "resource")),
        Rule("result.content[]", .file, when: .equals("result.content[].type", "resource_link")),
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
        Rule("speaker_id", .custom("speaker")),
        Rule("audio_language", .custom("language")),
        Rule("language", .custom("language")),
        Rule("model", .model),
        Rule("segments[]", .custom("segment")),
        Rule("usage.service_tier", .serviceTier),
        // Speech, of OpenAI, Mistral and Together.
        Rule("audio", .audio),
        Rule("audio_data", .audio),
        Rule("b64", .audio),
        Rule("usage.total_tokens", .totalTokens),
        Rule("usage.input_token_details.audio_tokens", .audioInputTokens),
        Rule("usage", .usage),
    ]
}
