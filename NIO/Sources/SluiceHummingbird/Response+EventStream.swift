public import HTTPTypes
public import Hummingbird
internal import NIOCore
public import SluiceNIO

extension Response {
    /// Creates a response of Server-Sent Events.
    ///
    /// ```swift
    /// router.post("answer") { request, context in
    ///     Response(events: try await answer(request).events().eventStream(), to: request)
    /// }
    /// ```
    ///
    /// It waits where the client does not read. When the client closes its connection, the upstream is cancelled at once. Read
    /// the request's body before, if it is needed: what was not read of it is dropped. Hummingbird closes a connection of HTTP/1
    /// after the response.
    /// - Parameters:
    ///   - events: The body.
    ///   - request: The request that is answered.
    ///   - headers: More headers; those of `EventStreamBody.headers` are added unless they are there.
    public init(events: EventStreamBody, to request: Request, headers: HTTPFields = HTTPFields()) {
        var headers = headers
        for (name, value) in EventStreamBody.headers {
            guard let name = HTTPField.Name(name), headers[name] == nil else { continue }
            headers[name] = value
        }
        // Hummingbird asks for what is behind a body that was replaced, and traps behind one that was read without that.
        var request = request
        request.body = RequestBody(buffer: ByteBuffer())
        let rest = request.body
        let body = ResponseBody { writer in
            try await rest.consumeWithCancellationOnInboundClose { _ in
                for try await buffer in events { try await writer.write(buffer) }
            }
            try await writer.finish(nil)
        }
        self.init(status: .ok, headers: headers, body: body)
    }
}
