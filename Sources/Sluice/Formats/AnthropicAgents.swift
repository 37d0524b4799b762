extension WireFormat {
    /// Anthropic's Managed Agents: the events of a session. A message comes in pieces, and then whole; tool calls come whole.
    ///
    /// Tools of the session are run by Anthropic, custom ones by the client. The stream of a session goes on until it is idle.
    public static let anthropicAgents = WireFormat(
        name: "anthropic-agents", framing: .sse, toolNumbering: .counted,
        rules: [
            Rule("delta.content.text", .text, when: .equals("type", "event_delta")),
            Rule("content[].text", .text, whole: .item, when: .equals("type", "agent.message")),
        ]
            + managedCall("agent.tool_use", .server) + managedCall("agent.mcp_tool_use", .mcp)
            + managedCall("agent.custom_tool_use", .client) + [
                Rule("input", .toolArguments),
                Rule("model_usage.input_tokens", .inputTokens),
                Rule("model_usage.output_tokens", .outputTokens),
                Rule("stop_reason.type", .finish, when: .equals("type", "session.status_idle")),
                Rule("type", .terminal, when: .equals("type", "session.status_idle")),
                Rule("type", .terminal, when: .equals("type", "session.status_terminated")),
                Rule("error", .error, when: .equals("type", "session.error")),
            ] + managedDetails + errorRules,
        silentEvents: managedSilentEvents,
        signature: [
            [.hasPrefix("type", "agent."), .present("processed_at")],
            [.hasPrefix("type", "session.status_")],
            [.hasPrefix("type", "span."), .present("id")],
            [.equals("type", "event_start"), .present("event.id")],
            [.equals("type", "event_delta"), .present("event_id")],
        ])

    /// A call that waits for a permission is one that asks.
    private static func managedCall(_ type: String, _ origin: ToolOrigin) -> [Rule] {
        let isCall = Condition.equals("type", type)
        return [
            Rule("id", .toolID, origin: .approval, when: isCall, .equals("evaluated_permission", "ask")),
            Rule("id", .toolID, origin: origin, when: isCall),
            Rule("name", .toolName, origin: .approval, when: isCall, .equals("evaluated_permission", "ask")),
            Rule("name", .toolName, origin: origin, when: isCall),
        ]
    }

    private static let managedDetails: [Rule] =
        ["agent.tool_result", "agent.mcp_tool_result", "user.tool_result", "user.custom_tool_result"].flatMap { type in
            [
                Rule("content", .toolResult, when: .equals("type", type)),
                Rule("is_error", .custom("is-error"), when: .equals("type", type)),
            ]
        }
        + ["thread_message_received", "thread_message_sent"].map {
            Rule("content", .custom("agent-message"), when: .equals("type", "agent.\($0)"))
        } + [
            Rule("content", .custom("user-message"), when: .equals("type", "user.message")),
            Rule("content", .custom("system-message"), when: .equals("type", "system.message")),
            Rule("content[]", .file, when: .equals("type", "agent.message"), .differs("content[].type", "text")),
            Rule("tool_use_id", .itemID),
            Rule("mcp_tool_use_id", .itemID),
            Rule("custom_tool_use_id", .itemID),
            Rule("event.id", .itemID),
            Rule("event.type", .block),
            Rule("mcp_server_name", .custom("server-name")),
            Rule("evaluation", .custom("permission")),
            Rule("session_thread_id", .conversationID),
            Rule("agent_name", .custom("agent")),
            Rule("from_agent_name", .custom("handoff-from")),
            Rule("from_session_thread_id", .custom("handoff-from-id")),
            Rule("to_agent_name", .custom("handoff-to")),
            Rule("to_session_thread_id", .custom("handoff-to-id")),
            Rule("model_usage.cache_read_input_tokens", .addedCachedTokens),
            Rule("model_usage.cache_creation_input_tokens", .addedCacheWriteTokens),
            Rule("model_usage", .usage),
            Rule("usage.list_cost.amount", .cost),
            Rule("usage", .custom("session-usage")),
            Rule("budget", .custom("budget")),
            Rule("stop_details", .stopDetails),
            Rule("stop_reason.event_ids[]", .custom("waits-for")),
            Rule("metadata", .custom("metadata")),
            Rule("title", .custom("title")),
            Rule("result", .custom("outcome")),
            Rule("explanation", .custom("outcome-explanation")),
            Rule("outcome_id", .custom("outcome-id")),
            Rule("deny_message", .custom("deny-message")),
            Rule("rubric", .custom("rubric")),
            Rule("phases[]", .custom("phase")),
            Rule("description", .custom("description")),
        ]

    private static let managedSilentEvents =
        ["event_start", "system.message"]
        + [
            "thinking", "tool_result", "mcp_tool_result", "thread_context_compacted", "thread_message_received",
            "thread_message_sent",
        ].map { "agent.\($0)" }
        + [
            "deleted", "status_rescheduled", "status_running", "thread_created", "thread_status_idle",
            "thread_status_rescheduled", "thread_status_running", "thread_status_terminated", "updated", "usage",
        ].map { "session.\($0)" }
        + [
            "model_request_start", "model_request_end", "outcome_evaluation_start", "outcome_evaluation_ongoing",
            "outcome_evaluation_end",
        ].map { "span.\($0)" }
        + ["custom_tool_result", "define_outcome", "interrupt", "message", "tool_confirmation", "tool_result"].map {
            "user.\($0)"
        }
        + ["created", "error", "phase_started", "phase_ended", "status_ended", "status_idle", "status_running"].map {
            "workflow_run.\($0)"
        }
}
