extension WireFormat {
    /// Replicate: plain text, whose meaning the event's type gives. Several data lines are several lines of text. What the last
    /// event says beside its type is `{}`.
    public static let replicate = WireFormat(
        name: "replicate", framing: .sse, payload: .text,
        rules: [
            Rule("$", .text, when: .event("output")),
            Rule("$", .terminal, when: .event("done")),
            Rule("$", .errorMessage, when: .event("error")),
        ],
        signature: [
            [.event("output")]
        ])
}
