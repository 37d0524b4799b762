extension WireFormat {
    /// OpenAI's Agents. A session has turns; items, and the pieces of their text, are numbered by `output_index`.
    ///
    /// A turn's status is its finish reason. The stream is complete when the session is idle, waits for the caller or has failed.
    public static let openAIAgents = WireFormat(
        name: "openai-agents", framing: .sse,
        rules: agentTextRules + agentCallRules + agentEndRules + agentDetails + errorRules,
        silentEvents: ["created", "in_progress"].map { "agent.session.\($0)" }
            + ["created", "in_progress", "item.added", "content_part.added", "content_part.done"].map {
                "agent.session.turn.\($0)"
            }
            + ["reasoning_summary_part.added", "reasoning_summary_part.done", "item.done"].map {
                "agent.session.turn.\($0)"
            }
            + ["active", "closed", "created"].map { "agent.session.subagent.\($0)" }
            + ["connected", "disconnected", "expired", "failed", "pending", "ready", "reset", "suspended"].map {
                "agent.session.environment.\($0)"
            } + ["agent.output.command_execution_output.delta"],
        signature: [
            [.hasPrefix("type", "agent.session.")],
            [.hasPrefix("type", "agent.output.")],
        ])

    private static let agentTextRules = [
        Rule("output_index", .tool),
        Rule("delta", .text, when: .equals("type", "agent.session.turn.output_text.delta")),
        Rule("delta", .reasoning, when: .equals("type", "agent.session.turn.reasoning_summary_text.delta")),
        Rule("text", .text, whole: .text, when: .equals("type", "agent.session.turn.output_text.done")),
        Rule("text", .reasoning, whole: .text, when: .equals("type", "agent.session.turn.reasoning_summary_text.done")),
        Rule(
            "item.content[].text", .text, whole: .item,
            when: .equals("type", "agent.session.turn.item.done"), .equals("item.type", "message")),
        Rule("item.summary[].text", .reasoning, whole: .item, when: .equals("type", "agent.session.turn.item.done")),
    ]

    /// Calls of functions are the client's; all others have run.
    private static let agentCallRules: [Rule] =
        [
            Rule("item.call_id", .toolID, when: .equals("item.type", "function_call")),
            Rule("item.name", .toolName, when: .equals("item.type", "function_call")),
            Rule("item.id", .toolID, origin: .mcp, when: .equals("item.type", "mcp_call")),
            Rule("item.name", .toolName, origin: .mcp, when: .equals("item.type", "mcp_call")),
            Rule("item.arguments", .toolArguments, whole: .item),
        ]
        + ["command_execution", "web_search_call", "computer_use_call", "create_subagent_call"].flatMap { type in
            [
                Rule("item.id", .toolID, origin: .server, when: .equals("item.type", type)),
                Rule("item.type", .toolName, origin: .server, when: .equals("item.type", type)),
            ]
        } + [
            Rule("item.command", .toolArguments, whole: .item),
            Rule("item.action", .toolArguments, whole: .item),
        ]

    private static let agentEndRules: [Rule] =
        ["completed", "failed", "cancelled"].flatMap { status in
            [
                Rule("turn.status", .finish, when: .equals("type", "agent.session.turn.\(status)")),
                Rule("usage.input_tokens", .inputTokens, when: .equals("type", "agent.session.turn.\(status)")),
                Rule("usage.output_tokens", .outputTokens, when: .equals("type", "agent.session.turn.\(status)")),
            ]
        }
        + ["idle", "requires_action", "failed"].map {
            Rule("type", .terminal, when: .equals("type", "agent.session.\($0)"))
        } + [
            Rule("turn.error", .error),
            Rule("session.error", .error),
        ]

    private static let agentDetails: [Rule] = {
        let done = Condition.equals("type", "agent.session.turn.item.done")
        return [
            Rule("session_id", .conversationID),
            Rule("turn_id", .responseID),
            Rule("session.id", .conversationID),
            Rule("turn.id", .responseID),
            Rule("turn.created_at", .created),
            Rule("turn.agent_id", .custom("agent")),
            Rule("turn.completed_at", .custom("completed")),
            Rule("turn.subagent_id", .custom("subagent-id")),
            Rule("session.agent", .custom("agent")),
            Rule("session.metadata", .custom("metadata")),
            Rule("session.review", .custom("review")),
            Rule("session.usage", .custom("session-usage")),
            Rule("session.required_actions[]", .custom("required-action")),
            Rule("subagent", .custom("subagent")),
            Rule("environment", .custom("environment")),
            Rule("environment_id", .custom("environment")),
            Rule("usage.total_tokens", .totalTokens),
            Rule("usage.input_tokens_details.cached_tokens", .cachedTokens),
            Rule("usage.output_tokens_details.reasoning_tokens", .reasoningTokens),
            Rule("usage", .usage),
            Rule("turn.usage", .usage),
            Rule("item.type", .block, when: .equals("type", "agent.session.turn.item.added")),
            Rule("item.id", .itemID, when: .equals("type", "agent.session.turn.item.added")),
            Rule("item.output", .toolResult),
            Rule("item.error", .toolResult),
            Rule("delta", .toolResult, when: .equals("type", "agent.output.command_execution_output.delta")),
            Rule("item", .item, when: done),
            Rule("item", .item, when: .equals("type", "agent.session.turn.item.added")),
            Rule("error.param", .custom("error-parameter")),
        ]
    }()
}
