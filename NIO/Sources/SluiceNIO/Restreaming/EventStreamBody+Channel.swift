public import NIOCore
public import NIOHTTP1

extension EventStreamBody {
    /// Writes a whole response with this body to the channel of an HTTP/1 server.
    ///
    /// ```swift
    /// try await body.write(to: outbound, of: channel.channel)
    /// ```
    ///
    /// It waits where the client does not read. When the channel closes or the task is cancelled, the upstream is cancelled, at
    /// once: it need not have anything to send. NIO notices a client that has closed its connection whether the channel reads
    /// or not, unless remote half-closure is allowed; then cancel the task when the channel's input ends.
    /// - Parameters:
    ///   - outbound: The channel's writer.
    ///   - channel: The channel.
    ///   - version: The request's version of HTTP.
    ///   - headers: More headers; those of ``headers`` are added unless they are there.
    /// - Throws: what the events end with, `CancellationError` after the channel was closed, and what the writer throws. The
    ///   response is incomplete then: close the channel.
    public func write(
        to outbound: NIOAsyncChannelOutboundWriter<HTTPServerResponsePart>, of channel: any Channel,
        version: HTTPVersion = .http1_1, headers: HTTPHeaders = HTTPHeaders()
    ) async throws {
        var headers = headers
        for (name, value) in Self.headers where !headers.contains(name: name) { headers.add(name: name, value: value) }
        try await outbound.write(.head(HTTPResponseHead(version: version, status: .ok, headers: headers)))
        let writing = Task {
            for try await buffer in self { try await outbound.write(.body(.byteBuffer(buffer))) }
            try await outbound.write(.end(nil))
        }
        channel.closeFuture.whenComplete { _ in writing.cancel() }
        try await withTaskCancellationHandler {
            try await writing.value
        } onCancel: {
            writing.cancel()
        }
    }
}
