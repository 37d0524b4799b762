// One table a provider, by the provider's own documentation of its stream. Errors are what makes the answer unreadable or
// incomplete; what standard clients still read is a warning.

extension EventOrder {
    static let all: [EventOrder] = [
        anthropicMessages, openAIChat, openAICompletions, openAIResponses, geminiGenerate, geminiInteractions, cohereV2,
        cohereV1, ollama, huggingFaceTGI, bedrock, deltaDone, plain,
    ]

    static let anthropicMessages = EventOrder(
        formats: ["anthropic-messages"], paths: ["type", "index", "error"],
        rules: [
            EventRule(
                name: "message_start", when: [.equals("type", "message_start")],
                forbids: [EventNeed("started", .error, "one message_start a stream")], sets: ["started"]),
            EventRule(
                name: "content_block_start", when: [.equals("type", "content_block_start")], keys: ["index"],
                needs: [EventNeed("started", .error, "message_start before it")],
                forbids: [
                    EventNeed("block#", .error, "content_block_stop of that index before it"),
                    EventNeed("block#*", .warning, "content_block_stop of the block before it"),
                ], sets: ["block#"]),
            EventRule(
                name: "content_block_delta", when: [.equals("type", "content_block_delta")], keys: ["index"],
                needs: [EventNeed("block#", .error, "content_block_start of that index before it")]),
            EventRule(
                name: "content_block_stop", when: [.equals("type", "content_block_stop")], keys: ["index"],
                needs: [EventNeed("block#", .error, "content_block_start of that index before it")], clears: ["block#"]),
            EventRule(
                name: "message_delta", when: [.equals("type", "message_delta")],
                needs: [EventNeed("started", .error, "message_start before it")],
                forbids: [EventNeed("block#*", .warning, "content_block_stop of each block before it")], sets: ["delta"]
            ),
            EventRule(
                name: "message_stop", when: [.equals("type", "message_stop")],
                needs: [
                    EventNeed("started", .error, "message_start before it"),
                    EventNeed("delta", .warning, "message_delta, with the reason, before it"),
                ],
                forbids: [EventNeed("block#*", .warning, "content_block_stop of each block before it")],
                sets: ["stopped"],
                isTerminal: true),
        ],
        ends: [EventNeed("stopped", .error, "message_stop as the last event")], repeatsType: true)

    static let openAIChat = chat(
        formats: ["openai-chat"], content: [.filled("delta.content")],
        begins: EventRule(
            name: "the first chunk of a choice", when: [.unfilled("delta.role")], each: "choices", keys: ["index"],
            needs: [EventNeed("begun#", .warning, "delta.role in the first chunk of a choice")], sets: ["begun#"]))

    static let openAICompletions = chat(
        formats: ["openai-completions"], content: [.filled("text")])

    private static func chat(formats: [String], content: [EventMatch], begins: EventRule? = nil) -> EventOrder {
        let choice = [
            begins,
            EventRule(name: "a chunk", when: [], each: "choices", keys: ["index"], sets: ["begun#"]),
            EventRule(
                name: "text", when: content, each: "choices", keys: ["index"],
                forbids: [EventNeed("finished#", .warning, "no text behind the finish_reason of its choice")]),
            EventRule(
                name: "tool calls", when: [.filled("delta.tool_calls")], each: "choices", keys: ["index"],
                forbids: [EventNeed("finished#", .warning, "no tool calls behind the finish_reason of their choice")]),
            EventRule(
                name: "finish_reason", when: [.filled("finish_reason")], each: "choices", keys: ["index"],
                forbids: [EventNeed("finished#", .warning, "one finish_reason a choice")],
                sets: ["finished#", "finished"]),
            EventRule(
                name: "the chunk with usage and no choices", when: [.filled("usage"), .empty("choices")],
                needs: [EventNeed("finished", .warning, "finish_reason before it")]),
        ]
        return EventOrder(
            formats: formats,
            paths: [
                "choices.index", "choices.delta.role", "choices.delta.content", "choices.delta.tool_calls",
                "choices.text",
                "choices.finish_reason", "usage", "error",
            ],
            rules: choice.compactMap(\.self), terminalPayloads: ["[DONE]"],
            ends: [
                EventNeed("finished", .error, "a finish_reason"),
                EventNeed("terminal", .warning, "'data: [DONE]' at the end"),
            ])
    }

    static let openAIResponses: EventOrder = {
        func type(_ name: String) -> [EventMatch] { [.equals("type", "response." + name)] }
        let item = EventNeed("item#", .error, "response.output_item.added of that output_index before it")
        let part = EventNeed("part#", .warning, "response.content_part.added of that part before it")
        let created = EventNeed("created", .warning, "response.created before it")
        let deltas = [
            "function_call_arguments.delta", "function_call_arguments.done", "reasoning_summary_text.delta",
            "reasoning_text.delta", "output_item.done", "content_part.added",
        ]
        let terminals = ["completed", "incomplete", "failed"]
        return EventOrder(
            formats: ["openai-responses"],
            paths: ["type", "output_index", "content_index", "sequence_number", "error"],
            rules: [
                EventRule(
                    name: "response.created", when: type("created"),
                    forbids: [EventNeed("created", .error, "one response.created a stream")], sets: ["created"]),
                EventRule(name: "response.in_progress", when: type("in_progress"), needs: [created]),
                EventRule(
                    name: "response.output_item.added", when: type("output_item.added"), keys: ["output_index"],
                    needs: [created],
                    forbids: [EventNeed("item#", .error, "another output_index, or the item's end before it")],
                    sets: ["item#"]),
            ]
                + deltas.map { name in
                    EventRule(name: "response." + name, when: type(name), keys: ["output_index"], needs: [item])
                } + [
                    EventRule(
                        name: "response.content_part.added", when: type("content_part.added"),
                        keys: ["output_index", "content_index"], sets: ["part#"]),
                    EventRule(
                        name: "response.output_text.delta", when: type("output_text.delta"),
                        keys: ["output_index", "content_index"], needs: [part]),
                    EventRule(
                        name: "response.refusal.delta", when: type("refusal.delta"),
                        keys: ["output_index", "content_index"], needs: [part]),
                    EventRule(
                        name: "response.content_part.done", when: type("content_part.done"),
                        keys: ["output_index", "content_index"], needs: [part], clears: ["part#"]),
                    EventRule(
                        name: "response.output_item.done", when: type("output_item.done"), keys: ["output_index"],
                        clears: ["item#"]),
                ]
                + terminals.map { name in
                    EventRule(
                        name: "response." + name, when: type(name), needs: [created],
                        forbids: name == "completed"
                            ? [EventNeed("item#*", .warning, "response.output_item.done of each item before it")] : [],
                        sets: ["ended"], isTerminal: true)
                },
            terminalPayloads: ["[DONE]"], number: "sequence_number",
            ends: [EventNeed("ended", .error, "response.completed, .incomplete or .failed at the end")],
            repeatsType: true)
    }()

    static let geminiGenerate = EventOrder(
        formats: ["gemini-generate"],
        paths: [
            "candidates.index", "candidates.finishReason", "candidates.content.parts.text",
            "promptFeedback.blockReason",
            "error",
        ],
        rules: [
            EventRule(
                name: "parts", when: [.filled("content.parts.text")], each: "candidates", keys: ["index"],
                forbids: [EventNeed("finished#", .warning, "no text behind the finishReason of its candidate")]),
            EventRule(
                name: "finishReason", when: [.filled("finishReason")], each: "candidates", keys: ["index"],
                sets: ["finished#", "finished"]),
            EventRule(name: "blockReason", when: [.filled("promptFeedback.blockReason")], sets: ["finished"]),
        ],
        ends: [EventNeed("finished", .error, "a finishReason in the last event")])

    static let geminiInteractions: EventOrder = {
        let step = EventNeed("step#", .error, "step.start of that index before it")
        return EventOrder(
            formats: ["gemini-interactions"], paths: ["event_type", "index", "error"],
            rules: [
                EventRule(
                    name: "step.start", when: [.equals("event_type", "step.start")], keys: ["index"],
                    forbids: [EventNeed("step#", .error, "step.stop of that index before it")], sets: ["step#"]),
                EventRule(
                    name: "step.delta", when: [.equals("event_type", "step.delta")], keys: ["index"], needs: [step]),
                EventRule(
                    name: "step.stop", when: [.equals("event_type", "step.stop")], keys: ["index"], needs: [step],
                    clears: ["step#"]),
                EventRule(
                    name: "interaction.completed", when: [.equals("event_type", "interaction.completed")],
                    sets: ["ended"], isTerminal: true),
            ],
            terminalPayloads: ["[DONE]"], ends: [EventNeed("ended", .error, "interaction.completed at the end")])
    }()

    static let cohereV2: EventOrder = {
        func rule(
            _ name: String, needs: EventNeed? = nil, forbids: EventNeed? = nil, sets: [String] = [],
            clears: [String] = [],
            isTerminal: Bool = false
        ) -> EventRule {
            EventRule(
                name: name, when: [.equals("type", name)], keys: ["index"], needs: [needs].compactMap(\.self),
                forbids: [forbids].compactMap(\.self), sets: sets, clears: clears, isTerminal: isTerminal)
        }
        let content = EventNeed("content#", .error, "content-start of that index before it")
        let call = EventNeed("call#", .error, "tool-call-start of that index before it")
        return EventOrder(
            formats: ["cohere-v2"], paths: ["type", "index", "error"],
            rules: [
                rule(
                    "message-start", forbids: EventNeed("started", .error, "one message-start a stream"),
                    sets: ["started"]),
                rule(
                    "content-start", needs: EventNeed("started", .warning, "message-start before it"),
                    sets: ["content#"]),
                rule("content-delta", needs: content), rule("content-end", needs: content, clears: ["content#"]),
                rule("tool-call-start", sets: ["call#"]), rule("tool-call-delta", needs: call),
                rule("tool-call-end", needs: call, clears: ["call#"]),
                rule(
                    "message-end", forbids: EventNeed("content#*", .warning, "content-end of each index before it"),
                    sets: ["ended"], isTerminal: true),
            ],
            ends: [EventNeed("ended", .error, "message-end as the last event")])
    }()

    static let cohereV1 = EventOrder(
        formats: ["cohere-v1"], paths: ["event_type", "error"],
        rules: [
            EventRule(name: "stream-start", when: [.equals("event_type", "stream-start")], sets: ["started"]),
            EventRule(
                name: "text-generation", when: [.equals("event_type", "text-generation")],
                needs: [EventNeed("started", .warning, "stream-start before it")]),
            EventRule(
                name: "stream-end", when: [.equals("event_type", "stream-end")], sets: ["ended"], isTerminal: true),
        ],
        ends: [EventNeed("ended", .error, "stream-end as the last line")])

    static let ollama = EventOrder(
        formats: ["ollama-chat", "ollama-generate"], paths: ["done", "error"],
        rules: [EventRule(name: "done: true", when: [.isTrue("done")], sets: ["ended"], isTerminal: true)],
        ends: [EventNeed("ended", .error, "'done': true in the last line")], behindTerminal: .error)

    static let huggingFaceTGI = EventOrder(
        formats: ["hf-tgi"], paths: ["generated_text", "error"],
        rules: [
            EventRule(name: "generated_text", when: [.filled("generated_text")], sets: ["ended"], isTerminal: true)
        ],
        ends: [EventNeed("ended", .error, "generated_text in the last event")])

    static let bedrock: EventOrder = {
        let block = ["contentBlockIndex"]
        let started = EventNeed("started", .warning, "messageStart before it")
        return EventOrder(
            formats: ["bedrock"], paths: block,
            rules: [
                EventRule(
                    name: "messageStart", when: [.event("messageStart")],
                    forbids: [EventNeed("started", .error, "one messageStart a stream")], sets: ["started", "converse"]),
                // Converse sends no contentBlockStart for text, so a delta opens its block as well.
                EventRule(
                    name: "contentBlockDelta", when: [.event("contentBlockDelta")], keys: block, needs: [started],
                    forbids: [EventNeed("done#", .error, "no delta behind contentBlockStop of its index")],
                    sets: ["block#"]),
                EventRule(
                    name: "contentBlockStart", when: [.event("contentBlockStart")], keys: block, sets: ["block#"]),
                EventRule(
                    name: "contentBlockStop", when: [.event("contentBlockStop")], keys: block,
                    needs: [
                        EventNeed("block#", .warning, "contentBlockStart or contentBlockDelta of that index before it")
                    ],
                    sets: ["done#"], clears: ["block#"]),
                EventRule(
                    name: "messageStop", when: [.event("messageStop")], needs: [started],
                    forbids: [EventNeed("block#*", .warning, "contentBlockStop of each index before it")],
                    sets: ["stopped"]),
            ],
            open: [EventNeed("started", .error, "messageStop at the end")])
    }()

    static let deltaDone = EventOrder(
        formats: ["delta-done"], paths: ["done", "chunk_index", "error", "message", "partial"],
        rules: [EventRule(name: "done: true", when: [.isTrue("done")], sets: ["ended"], isTerminal: true)],
        number: "chunk_index", ends: [EventNeed("ended", .error, "'done': true in the last event")])

    static let plain = EventOrder(
        formats: ["text-field", "raw-text"], paths: ["error"], rules: [], terminalPayloads: ["[DONE]"],
        ends: [EventNeed("terminal", .error, "'data: [DONE]' at the end")])
}
