// Formats of custom servers, as FastAPI and Express tutorials suggest them.

extension WireFormat {
    /// FastAPI with sse-starlette: `{"delta","done","chunk_index"}`, ping comments, and `event: error` with a message and
    /// the text sent before.
    public static let deltaDone = WireFormat(
        name: "delta-done", framing: .sse,
        rules: [
            Rule("delta", .text),
            Rule("done", .terminal, when: .isTrue("done")),
            Rule("chunk_index", .position),
            Rule("total_chunks", .total),
            Rule("message", .errorMessage, when: .errorEvent),
            Rule("partial", .partial, when: .errorEvent),
        ] + errorRules,
        signature: [
            [.present("delta"), .present("done")],
            [.present("delta"), .present("chunk_index")],
        ])

    /// An Express or similar relay: `{"text"}`, and `[DONE]` or `{"done":true}`.
    public static let textField = WireFormat(
        name: "text-field", framing: .sse, terminalPayloads: ["[DONE]"],
        rules: [
            Rule("text", .text),
            Rule("finish_reason", .finish),
            Rule("done", .terminal, when: .isTrue("done")),
        ] + errorRules,
        signature: [
            [.present("text"), .hasOnly(["text", "id", "index", "done", "finish_reason", "timestamp"])],
            [
                .equals("type", "text"), .present("text"),
                .hasOnly(["type", "text", "id", "index", "done", "timestamp"]),
            ],
        ])

    /// FastAPI's StreamingResponse: the data is the text itself.
    public static let rawText = WireFormat(
        name: "raw-text", framing: .sse, payload: .text, terminalPayloads: ["[DONE]"],
        rules: [
            Rule("$", .text, when: .notErrorEvent),
            Rule("$", .errorMessage, when: .errorEvent),
        ])
}
