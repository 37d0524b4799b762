/// How bad a finding is.
enum Severity: String, Sendable {
    /// The standard of the framing or of JSON is violated, or something of the answer is lost.
    case error
    /// Standard clients read it, but it is not what the provider documents.
    case warning
}

/// One thing that is wrong with a stream.
struct Finding {
    var severity: Severity
    /// A stable name of what is checked, such as `blank-line-missing`.
    var code: String
    /// Where it is: bytes from the response's first.
    var offset: UInt64
    /// Number of the event, the first being 1.
    var event: UInt64
    var found: String
    var expected: String
}
