public import NIOCore
public import NIOHTTP1
public import Sluice

/// An HTTP response that is no stream: an error of the server, a page, a redirection.
///
/// A loop over ``AsyncHTTPClient/HTTPClientResponse/deltas(format:limits:kinds:errorBodyLimit:firstByteTimeout:idleTimeout:keepAlives:clock:)``
/// throws it as the cause of a `StreamInterruption`, which returns it as ``SluiceKit/StreamInterruption/response``.
///
/// ```swift
/// do {
///     for try await delta in response.deltas(format: .openAIChat) { print(delta.text) }
/// } catch {
///     guard let refusal = error.response else { throw error }
///     print(refusal.status.code, refusal.message, refusal.details.code, refusal.requestID ?? "", refusal.retryAfter ?? .zero)
/// }
/// ```
public struct ResponseError: Error, Sendable {
    /// Why the response is not read as a stream.
    public enum Cause: Sendable, Hashable {
        /// Its status is not one of success (200 to 299).
        case status
        /// Its content type is that of a page, an image or the like.
        case contentType
    }

    /// Why the response is not read as a stream.
    public var cause: Cause
    /// The response's status.
    public var status: HTTPResponseStatus
    /// The response's headers.
    public var headers: HTTPHeaders
    /// The provider's message, read from the body by the rules for errors in streams; the beginning of the body if that is plain
    /// text; else the status with its reason.
    public var message: String
    /// The error's type, code and parameter, as far as the body has them.
    public var details: ErrorDetails
    /// The body, up to the limit that was given.
    public var body: ByteBuffer
    /// Whether the body was longer than the limit.
    public var isBodyCut: Bool

    /// The id under which the provider has logged the request: from a header, or else from the body.
    public var requestID: String? {
        for name in Self.requestIDNames {
            if let value = headers.first(name: name), !value.isEmpty { return value }
        }
        return details.requestID.isEmpty ? nil : details.requestID
    }

    /// How long to wait before the request is repeated: from `retry-after-ms` or `retry-after`, or else from the body.
    ///
    /// A date counts from the time of this access. Nil if the response does not say, or says what is no time.
    public var retryAfter: Duration? {
        RetryAfter.delay(headers, now: RetryAfter.now) ?? details.retryAfterSeconds.flatMap(RetryAfter.duration)
    }

    /// The more specific first: proxies add ids of their own.
    private static let requestIDNames = [
        "x-request-id", "request-id", "apim-request-id", "x-ms-request-id", "x-amzn-requestid", "x-goog-request-id",
        "x-litellm-call-id", "x-correlation-id", "x-trace-id", "cf-ray",
    ]
}

extension ResponseError: CustomStringConvertible {
    /// The status, the message, and what helps to find the request again or to repeat it.
    public var description: String {
        var text = "HTTP \(status.code) \(status.reasonPhrase)"
        if cause == .contentType {
            text += " with content type '\(headers.first(name: "content-type") ?? "")', which is no stream"
        }
        if !message.isEmpty, message != status.reasonPhrase { text += ": \(message)" }
        let name = details.code.isEmpty ? details.type : details.code
        if !name.isEmpty { text += " (\(name))" }
        if let requestID { text += ", request \(requestID)" }
        if let retryAfter { text += ", retry after \(retryAfter)" }
        return text
    }
}
