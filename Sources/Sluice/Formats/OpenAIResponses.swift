extension WireFormat {
    /// OpenAI's Responses. The event's type is in the document; an `event` line may repeat it.
    ///
    /// Everything comes up to five times: in deltas, in a `.done` event, with its part, with its item, and with the response. A
    /// tool call without a name has its item's type as name. Perplexity tells its steps as `thought`.
    public static let openAIResponses = WireFormat(
        name: "openai-responses", framing: .sse, terminalPayloads: ["[DONE]"],
        rules: responsesPieceRules + responsesDoneRules
            + responsesItemRules("item", .item, when: .equals("type", "response.output_item.done"))
            + responsesItemRules("response.output[]", .answer) + responsesItemRules("output[]", .answer)
            + responsesEndRules + errorRules + responsesDetails,
        silentEvents: responsesSilentEvents,
        signature: [
            [.equals("response.object", "response")],
            [.hasPrefix("type", "response."), .present("sequence_number")],
            [.hasPrefix("type", "response."), .present("output_index")],
            [.hasPrefix("type", "response."), .present("response")],
            [.hasPrefix("type", "response."), .present("item_id")],
            [.hasPrefix("type", "response."), .present("delta")],
            [.equals("object", "response"), .present("output")],
        ])

    private static let responsesPieceRules =
        [
            Rule("delta", .text, when: .equals("type", "response.output_text.delta")),
            Rule("delta", .text, when: .equals("type", "response.audio.transcript.delta")),
            Rule("delta", .reasoning, when: .equals("type", "response.reasoning_summary_text.delta")),
            Rule("delta", .reasoning, when: .equals("type", "response.reasoning_text.delta")),
            Rule("thought", .reasoning),
            Rule("delta", .refusal, when: .equals("type", "response.refusal.delta")),
            Rule("output_index", .tool),
        ]
        + [
            "function_call_arguments", "custom_tool_call_input", "mcp_call_arguments", "code_interpreter_call_code",
        ].map { Rule("delta", .toolArguments, when: .equals("type", "response.\($0).delta")) }

    private static let responsesDoneRules = [
        Rule("text", .text, whole: .text, when: .equals("type", "response.output_text.done")),
        Rule("text", .reasoning, whole: .text, when: .equals("type", "response.reasoning_summary_text.done")),
        Rule("text", .reasoning, whole: .text, when: .equals("type", "response.reasoning_text.done")),
        Rule("refusal", .refusal, whole: .text, when: .equals("type", "response.refusal.done")),
        Rule("arguments", .toolArguments, whole: .text, when: .equals("type", "response.function_call_arguments.done")),
        Rule("arguments", .toolArguments, whole: .text, when: .equals("type", "response.mcp_call_arguments.done")),
        Rule("input", .toolArguments, whole: .text, when: .equals("type", "response.custom_tool_call_input.done")),
        Rule("code", .toolArguments, whole: .text, when: .equals("type", "response.code_interpreter_call_code.done")),
        // A reasoning item without a summary: its content is read with the item.
        Rule(
            "item.id", .ignored,
            when: .equals("type", "response.output_item.done"), .equals("item.type", "reasoning"),
            .empty("item.encrypted_content")),
        responsesPart("text", .text, "content_part", .equals("part.type", "output_text")),
        responsesPart("text", .reasoning, "content_part", .equals("part.type", "reasoning_text")),
        responsesPart("refusal", .refusal, "content_part", .equals("part.type", "refusal")),
        responsesPart("text", .reasoning, "reasoning_part", .present("part.type")),
        responsesPart("text", .reasoning, "reasoning_summary_part", .present("part.type")),
    ]

    private static func responsesPart(_ key: String, _ field: Field, _ event: String, _ isKind: Condition) -> Rule {
        Rule("part.\(key)", field, whole: .part, when: .equals("type", "response.\(event).done"), isKind)
    }

    private static let responsesEndRules: [Rule] =
        ["completed", "incomplete", "failed", "cancelled"].flatMap { status in
            [
                Rule(
                    "response.status", .finish,
                    when: .equals("type", "response.\(status)"), .empty("response.incomplete_details.reason")),
                Rule(
                    "status", .finish,
                    when: .equals("status", status), .equals("object", "response"),
                    .empty("incomplete_details.reason")),
                Rule("type", .terminal, when: .equals("type", "response.\(status)")),
                Rule("status", .terminal, when: .equals("status", status), .equals("object", "response")),
            ]
        } + [
            Rule("response.incomplete_details.reason", .finish, when: .equals("type", "response.incomplete")),
            Rule("incomplete_details.reason", .finish, when: .equals("object", "response")),
            Rule("response.usage.input_tokens", .inputTokens),
            Rule("response.usage.output_tokens", .outputTokens),
            Rule("usage.input_tokens", .inputTokens),
            Rule("usage.output_tokens", .outputTokens),
            Rule("response.error", .error),
        ]

    // MARK: Items

    /// A kind of tool call: the type of its item, who runs it, and the keys of its id, name and arguments.
    private struct ResponsesCall {
        var type: String
        var origin: ToolOrigin
        var id = "call_id"
        var name = "type"
        var arguments: [String] = []
        /// The item's `execution`, where the type does not say who runs the call.
        var execution: String?
    }

    private static let responsesCalls = [
        ResponsesCall(type: "function_call", origin: .client, name: "name", arguments: ["arguments"]),
        ResponsesCall(type: "custom_tool_call", origin: .custom, name: "name", arguments: ["input"]),
        ResponsesCall(type: "shell_call", origin: .custom, arguments: ["action"]),
        ResponsesCall(type: "local_shell_call", origin: .custom, arguments: ["action"]),
        ResponsesCall(type: "apply_patch_call", origin: .custom, arguments: ["operation"]),
        ResponsesCall(type: "computer_call", origin: .custom, arguments: ["action", "actions"]),
        ResponsesCall(type: "tool_search_call", origin: .custom, arguments: ["arguments"], execution: "client"),
        ResponsesCall(type: "mcp_call", origin: .mcp, id: "id", name: "name", arguments: ["arguments"]),
        ResponsesCall(
            type: "mcp_approval_request", origin: .approval, id: "id", name: "name", arguments: ["arguments"]),
        ResponsesCall(type: "code_interpreter_call", origin: .server, id: "id", arguments: ["code"]),
    ]

    /// The rules of an item. Its arguments are read where they are complete: the item that is added has empty ones.
    private static func responsesItemRules(
        _ item: String, _ whole: Rule.Whole, when isComplete: Condition? = nil
    ) -> [Rule] {
        let isMessage = Condition.equals("\(item).type", "message")
        let isReasoning = Condition.equals("\(item).type", "reasoning")
        var rules = [
            Rule("\(item).content[].text", .text, whole: whole, when: isMessage),
            Rule("\(item).content[].refusal", .refusal, whole: whole, when: isMessage),
            Rule("\(item).content[].text", .reasoning, whole: whole, when: isReasoning),
            Rule("\(item).summary[].text", .reasoning, whole: whole, when: isReasoning),
        ]
        for call in responsesCalls {
            var isCall = [Condition.equals("\(item).type", call.type)]
            if let execution = call.execution { isCall.append(.equals("\(item).execution", execution)) }
            var added = [
                Rule("\(item).\(call.id)", .toolID, origin: call.origin),
                Rule("\(item).\(call.name)", .toolName, origin: call.origin),
            ]
            let complete = call.arguments.map { Rule("\(item).\($0)", .toolArguments, whole: whole) }
            for index in added.indices { added[index].conditions = isCall }
            rules += added
            rules += complete.map { rule in
                var rule = rule
                rule.conditions = isCall + (isComplete.map { [$0] } ?? [])
                return rule
            }
        }
        return rules
    }

    /// Shell commands are read with their item.
    private static let responsesSilentEvents =
        [
            "created", "in_progress", "queued", "output_item.added", "content_part.added", "reasoning_part.added",
            "reasoning_summary_part.added", "audio.done", "audio.transcript.done", "reasoning.started",
            "reasoning.stopped", "skill.loaded", "shell_call_command.added", "shell_call_command.delta",
            "shell_call_command.done",
        ].map { "response.\($0)" }
        + [
            ("web_search_call", ["in_progress", "searching", "completed"]),
            ("file_search_call", ["in_progress", "searching", "completed"]),
            ("code_interpreter_call", ["in_progress", "interpreting", "completed"]),
            ("image_generation_call", ["in_progress", "generating", "completed"]),
            ("mcp_call", ["in_progress", "completed", "failed"]), ("compaction", ["compacting"]),
            ("fusion_call", ["in_progress", "completed", "panel.added"]),
            ("reasoning", ["search_queries", "image_search_queries"]),
            ("mcp_list_tools", ["in_progress", "completed", "failed"]),
        ].flatMap { call, steps in steps.map { "response.\(call).\($0)" } }
}
