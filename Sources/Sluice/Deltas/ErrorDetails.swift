/// What an error in a stream says beside its message. Fields that the stream does not have are empty or nil.
///
/// ```swift
/// var parser = StreamParser(format: .openAIChat)
/// let chunk: [UInt8] = Array("data: {\"error\":{\"message\":\"Too long\",\"param\":\"messages\"}}\n\n".utf8)
/// var parameter = ""
/// try parser.parse(chunk.span) { parameter = $0.errorDetails?.parameter ?? "" }
/// assert(parameter == "messages")
/// ```
public struct ErrorDetails: Sendable, Hashable {
    /// The class of the error, such as `invalid_request_error`.
    public var type = ""
    /// Its code, such as `context_length_exceeded` or `429`.
    public var code = ""
    /// The parameter of the request that caused it.
    public var parameter = ""
    /// The id under which the provider has logged the request.
    public var requestID = ""
    /// Seconds after which the request may be repeated.
    public var retryAfterSeconds: Double?

    /// Creates empty details.
    public init() {}
}
