// What OpenAI's Responses say beside the answer.

extension WireFormat {
    static let responsesDetails: [Rule] =
        responsesHeadDetails("response.", [.present("response.object")])
        + responsesHeadDetails("", [.equals("object", "response")]) + responsesEventDetails
        + responsesItemDetails("item", nil, when: .equals("type", "response.output_item.done"))
        + responsesItemDetails("output[]", .answer, when: nil)

    /// Of the response, at the start and the end of a stream, or as a document that was not streamed.
    private static func responsesHeadDetails(_ place: String, _ conditions: [Condition]) -> [Rule] {
        let usage = "\(place)usage"
        var rules = [
            Rule("\(place)id", .responseID),
            Rule("\(place)model", .model),
            Rule("\(place)created_at", .created),
            Rule("\(place)service_tier", .serviceTier, when: .notEmpty("\(usage).output_tokens")),
            Rule("\(place)completed_at", .custom("completed")),
            Rule("\(place)conversation.id", .conversationID),
            Rule("\(place)error_type", .custom("error-type")),
            Rule("\(place)error.metadata", .custom("error-metadata")),
            Rule("\(place)error.param", .custom("error-parameter")),
            Rule("\(place)incomplete_details", .stopDetails),
            Rule("\(place)moderation", .safety),
            Rule("\(place)safeguard_results[]", .safety),
            Rule("\(place)access_programs", .custom("access-programs")),
            Rule("\(place)alignment", .custom("alignment")),
            Rule("\(place)input_transformations[]", .custom("input-transformation")),
            Rule("\(place)image", .custom("image-context")),
            Rule("\(place)openrouter_metadata", .custom("gateway")),
            Rule("\(place)prompt_cache_diagnostics", .custom("cache-diagnostics")),
            Rule("\(place)tool_usage", .custom("tool-usage")),
            Rule("\(usage).total_tokens", .totalTokens),
            Rule("\(usage).input_tokens_details.cached_tokens", .cachedTokens),
            Rule("\(usage).input_tokens_details.cache_write_tokens", .cacheWriteTokens),
            Rule("\(usage).output_tokens_details.reasoning_tokens", .reasoningTokens),
            Rule("\(usage).cost", .cost, when: .empty("\(usage).cost.total_cost")),
            Rule("\(usage).cost.total_cost", .cost),
            Rule(usage, .usage),
        ]
        for index in rules.indices { rules[index].conditions += conditions }
        return rules
    }

    private static let responsesEventDetails: [Rule] = {
        let added = Condition.equals("type", "response.output_item.added")
        let isPart = ["content_part", "reasoning_part", "reasoning_summary_part"]
        return [
            Rule("item.type", .block, when: added),
            Rule("item.id", .itemID, when: added),
            Rule("annotation", .citation),
            Rule("logprobs[]", .logprobs, when: .equals("type", "response.output_text.delta")),
            Rule("delta", .audio, when: .equals("type", "response.audio.delta")),
            Rule("partial_image_b64", .custom("partial-image")),
            Rule("agent.agent_name", .custom("agent")),
            Rule("param", .custom("error-parameter"), when: .equals("type", "error")),
            Rule("delta", .custom("panel-text"), when: .equals("type", "response.fusion_call.panel.delta")),
            Rule(
                "delta", .custom("panel-reasoning"), when: .equals("type", "response.fusion_call.panel.reasoning.delta")
            ),
            Rule("status_code", .custom("panel-status")),
            Rule("usage", .custom("step-usage"), when: .present("item_id")),
            Rule("delta", .toolResult, when: .equals("type", "response.shell_call_output_content.delta")),
            Rule("delta", .custom("patch"), when: .equals("type", "response.apply_patch_call_operation_diff.delta")),
            Rule("diff", .custom("patch"), when: .equals("type", "response.apply_patch_call_operation_diff.done")),
            // OpenRouter's and Perplexity's.
            Rule("analysis", .custom("analysis")),
            Rule("analyst_model", .custom("analyst-model")),
            Rule("judge_model", .custom("judge-model")),
            Rule("content", .custom("panel-answer"), when: .equals("type", "response.fusion_call.panel.completed")),
            Rule("error", .custom("panel-error"), when: .equals("type", "response.fusion_call.panel.failed")),
            Rule("debug", .custom("debug")),
            Rule("results", .toolResult),
            Rule("contents", .toolResult),
            Rule("queries", .custom("queries")),
            Rule("urls", .custom("urls")),
        ]
            + ["added", "delta", "completed", "failed", "reasoning.delta"].map {
                Rule("model", .custom("panel-model"), when: .equals("type", "response.fusion_call.panel.\($0)"))
            }
            + isPart.map { Rule("part.type", .part, when: .equals("type", "response.\($0).added")) }
    }()

    /// Of an item that is complete. All that it has is in its JSON; what is asked for most is named.
    private static func responsesItemDetails(_ item: String, _ whole: Rule.Whole?, when done: Condition?) -> [Rule] {
        var rules = [
            Rule("\(item).encrypted_content", .encryptedReasoning),
            Rule("\(item).signature", .signature, whole: whole),
            Rule("\(item).thought_signature", .signature, whole: whole),
            Rule("\(item).result", .image, whole: whole, when: .equals("\(item).type", "image_generation_call")),
            Rule("\(item).results", .toolResult, whole: whole),
            Rule("\(item).outputs", .toolResult, whole: whole),
            Rule("\(item).output", .toolResult, whole: whole),
            Rule("\(item).contents", .toolResult, whole: whole),
            Rule("\(item).tools", .toolResult, whole: whole, when: .equals("\(item).type", "mcp_list_tools")),
            Rule("\(item).action", .toolResult, whole: whole, when: .equals("\(item).type", "web_search_call")),
            Rule(item, .item),
        ]
        if done == nil {
            rules.append(Rule("\(item).content[].annotations[]", .citation, whole: whole))
            rules.append(Rule("\(item).content[].logprobs[]", .logprobs))
            rules.append(Rule("\(item).type", .block))
        }
        for index in rules.indices { if let done { rules[index].conditions.append(done) } }
        return rules
    }
}
