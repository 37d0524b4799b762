public import AsyncHTTPClient
public import NIOCore
internal import NIOHTTP1
public import Sluice
public import SluiceKit

extension HTTPClientResponse {
    /// Returns the deltas of the response's body, after a look at its status and content type.
    ///
    /// ```swift
    /// let response = try await client.execute(request, deadline: .distantFuture)
    /// for try await delta in response.deltas(format: .openAIChat) where delta.kind == .text { print(delta.text) }
    /// ```
    ///
    /// A response that is no stream ends the loop with a `StreamInterruption` whose `response` is a ``ResponseError``: one
    /// with a status other than 200 to 299, or with the content type of a page. A JSON document in place of a stream is read as
    /// its one event, as far as the format has rules for whole answers or errors.
    ///
    /// The next part of the body is requested after the deltas of the previous one were consumed. The connection is closed when
    /// the loop ends before the body does, and when its task is cancelled. The timeouts begin with the loop, when the head has
    /// arrived: `execute` has its own deadline, for the whole response, so give it one that is long enough.
    /// - Parameters:
    ///   - format: The stream's format; nil to detect it from the first events.
    ///   - limits: Bounds of the stream and of the message.
    ///   - kinds: Delta kinds to emit. `malformed` is always emitted.
    ///   - errorBodyLimit: Bytes of an error's body that are read and kept.
    ///   - firstByteTimeout: How long to wait for the first part of the body; nil for no timeout.
    ///   - idleTimeout: How long to wait for each further part; nil for no timeout.
    ///   - keepAlives: Whether a part of nothing but keep-alives resets the timeouts.
    ///   - clock: The clock that measures the timeouts.
    /// - Returns: a sequence that can be iterated once, and has the message so far. The body is not read before that.
    public func deltas(
        format: WireFormat? = nil, limits: Limits = Limits(), kinds: DeltaKinds = .answer,
        errorBodyLimit: Int = 64 * 1024, firstByteTimeout: Duration? = .seconds(300),
        idleTimeout: Duration? = .seconds(30), keepAlives: KeepAlives = .counted,
        clock: some Clock<Duration> = ContinuousClock()
    ) -> DeltaSequence {
        chunks(format: format, limits: limits, errorBodyLimit: errorBodyLimit).deltas(
            format: format, limits: limits, kinds: kinds, firstByteTimeout: firstByteTimeout, idleTimeout: idleTimeout,
            keepAlives: keepAlives, clock: clock)
    }

    /// Returns what is to be parsed of the response's body, for `MergedDeltas`: `DeltaSource(id, response.chunks())`.
    ///
    /// - Parameters:
    ///   - format: The stream's format; nil if it is not known.
    ///   - limits: A JSON document of more than `maxEventBytes` is not collected.
    ///   - errorBodyLimit: Bytes of an error's body that are read and kept.
    /// - Returns: a sequence that can be iterated once. It throws ``ResponseError`` and what the body throws.
    public func chunks(
        format: WireFormat? = nil, limits: Limits = Limits(), errorBodyLimit: Int = 64 * 1024
    ) -> ResponseChunks {
        ResponseChunks(
            body: body,
            intake: ResponseIntake(
                status, headers, format?.framing, errorBodyLimit: errorBodyLimit, documentLimit: limits.maxEventBytes))
    }
}

/// The parts of a response's body that are to be parsed.
///
/// Created by ``AsyncHTTPClient/HTTPClientResponse/chunks(format:limits:errorBodyLimit:)``.
public struct ResponseChunks: AsyncSequence, Sendable {
    /// A part of the body; never empty, unless the server's is.
    public typealias Element = ByteBufferView

    let body: HTTPClientResponse.Body
    let intake: ResponseIntake

    /// Returns an iterator. A body can be iterated once.
    public func makeAsyncIterator() -> Iterator { Iterator(body: body.makeAsyncIterator(), intake: intake) }

    /// Reads the body.
    public struct Iterator: AsyncIteratorProtocol {
        var body: HTTPClientResponse.Body.AsyncIterator
        var intake: ResponseIntake
        private var isOver = false

        init(body: HTTPClientResponse.Body.AsyncIterator, intake: ResponseIntake) {
            self.body = body
            self.intake = intake
        }

        /// Returns the next part, or nil at the end of the body.
        ///
        /// - Throws: ``ResponseError`` if the response is no stream, and what the body throws.
        public mutating func next() async throws -> ByteBufferView? {
            while !isOver {
                if !intake.isFull, let buffer = try await body.next() {
                    if let part = intake.take(buffer) { return part.readableBytesView }
                } else {
                    isOver = true
                    return try intake.finish()?.readableBytesView
                }
            }
            return nil
        }
    }
}

extension StreamInterruption {
    /// The response that is no stream, if that is the cause.
    public var response: ResponseError? {
        if case .source(let error) = cause { error as? ResponseError } else { nil }
    }
}
