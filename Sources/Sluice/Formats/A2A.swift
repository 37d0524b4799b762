extension WireFormat {
    /// The Agent2Agent protocol: JSON-RPC over SSE of versions 0.3 and 1.0, and 1.0's documents without an envelope.
    ///
    /// Version 0.3 names the document by `kind`; 1.0 wraps each in a key. A task's state is its finish reason.
    public static let a2a = WireFormat(
        name: "a2a", framing: .sse,
        rules: statusRules("result.", ended: zeroThreeStates) + [
            Rule("result.final", .terminal, when: .isTrue("result.final")),
            Rule("result.kind", .terminal, when: .equals("result.kind", "message")),
            Rule("result.parts[].text", .text, when: .equals("result.kind", "message")),
            Rule("result.artifact.parts[].text", .text),
            Rule("result.artifacts[].parts[].text", .text, whole: .answer),
        ] + oneZeroRules("result.") + oneZeroRules("") + errorRules + a2aDetails,
        signature: [
            [.equals("jsonrpc", "2.0"), .equals("result.kind", "task")],
            [.equals("jsonrpc", "2.0"), .equals("result.kind", "message")],
            [.equals("jsonrpc", "2.0"), .equals("result.kind", "status-update")],
            [.equals("jsonrpc", "2.0"), .equals("result.kind", "artifact-update")],
        ]
            + ["result.", ""].flatMap { root -> [[Condition]] in
                [
                    [.present(root + "task.status.state")],
                    [.present(root + "message.parts[]"), .present(root + "message.role")],
                    [.present(root + "statusUpdate.status.state")],
                    [.present(root + "artifactUpdate.artifact.parts[]")],
                ]
            })

    /// Version 1.0's documents, each under its name.
    private static func oneZeroRules(_ root: String) -> [Rule] {
        let statuses = ["task.", "statusUpdate."].flatMap { statusRules(root + $0, ended: oneZeroStates) }
        return statuses + [
            Rule(root + "message.parts[].text", .text),
            Rule(root + "message", .terminal, when: .present(root + "message.role")),
            Rule(root + "artifactUpdate.artifact.parts[].text", .text),
            Rule(root + "task.artifacts[].parts[].text", .text, whole: .answer),
        ]
    }

    /// The message and state of a task. The message of a failed task is the error's.
    private static func statusRules(_ place: String, ended: [String]) -> [Rule] {
        let state = place + "status.state"
        let text = place + "status.message.parts[].text"
        let failed = ended[0]
        return [
            Rule(text, .text, when: .differs(state, failed)),
            Rule(text, .errorMessage, when: .equals(state, failed)),
            Rule(state, .error, when: .equals(state, failed)),
            Rule(state, .ignored),
        ]
            + ended.flatMap { name in
                [
                    Rule(state, .finish, when: .equals(state, name)),
                    Rule(state, .terminal, when: .equals(state, name)),
                ]
            }
    }

    /// States in which a stream ends, the failure first.
    private static let zeroThreeStates = [
        "failed", "completed", "canceled", "rejected", "input-required", "auth-required",
    ]
    private static let oneZeroStates = zeroThreeStates.map {
        "TASK_STATE_" + String($0.uppercased().map { $0 == "-" ? "_" : $0 })
    }
}
