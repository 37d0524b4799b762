extension WireFormat {
    /// Replicate: plain text, whose meaning the event's type gives. Several data lines are several lines of text. The data of
    /// the last event is `{}`, or says why it is the last.
    public static let replicate = WireFormat(
        name: "replicate", framing: .sse, payload: .text,
        rules: [
            Rule("$", .text, when: .event("output")),
            Rule("$", .finish, when: .event("done")),
            Rule("$", .terminal, when: .event("done")),
            Rule("$", .errorMessage, when: .event("error")),
        ],
        signature: [
            [.event("output")]
        ])
}
