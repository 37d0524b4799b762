import NIOCore
import NIOEmbedded
import NIOHTTP1
import NIOPosix
import Sluice
import SluiceKit
import SluiceNIO
import Testing

@Suite("channel handlers", .hangGuard)
struct HandlerTests {
    /// What a channel has emitted, apart from heads.
    private struct Emitted {
        var deltas: [OwnedDelta] = []
        var ends: [StreamEnd] = []
        var heads = 0

        init(_ channel: EmbeddedChannel) throws {
            while let part = try channel.readInbound(as: DeltaPart.self) {
                switch part {
                case .head: heads += 1
                case .delta(let delta): deltas.append(delta)
                case .end(let end): ends.append(end)
                }
            }
        }
    }

    private func head(_ status: HTTPResponseStatus = .ok, _ headers: HTTPHeaders = [:]) -> HTTPClientResponsePart {
        .head(HTTPResponseHead(version: .http1_1, status: status, headers: headers))
    }

    @Test("buffers give the deltas of their bytes, however they are cut", arguments: KitCorpus.all)
    func buffers(corpus: KitCorpus) throws {
        let bytes = try corpus.bytes(20_000)
        let expected = try SynchronousReading(bytes, format: corpus.format)
        for size in [1, 7, 1_000, 20_000] {
            let channel = EmbeddedChannel(handler: BufferDeltaHandler(format: corpus.format))
            for piece in bytes.cut(every: size) { try channel.writeInbound(ByteBuffer(bytes: piece)) }
            channel.pipeline.fireChannelInactive()
            let emitted = try Emitted(channel)
            #expect(emitted.deltas == expected.deltas && emitted.ends == [expected.end])
        }
    }

    @Test("a handler with a closure lends views, and emits the end alone")
    func views() throws {
        let bytes = try KitCorpus.all[0].bytes(20_000)
        let expected = try SynchronousReading(bytes, format: .openAIChat)
        let log = Log()
        let handler = BufferDeltaHandler(format: .openAIChat) { log.deltas.append(OwnedDelta(copying: $0)) }
        let channel = EmbeddedChannel(handler: handler)
        try channel.writeInbound(ByteBuffer(bytes: bytes))
        channel.pipeline.fireUserInboundEventTriggered(ChannelEvent.inputClosed)
        channel.pipeline.fireChannelInactive()
        let emitted = try Emitted(channel)
        #expect(log.deltas == expected.deltas && emitted.deltas.isEmpty && emitted.ends == [expected.end])
    }

    private final class Log { var deltas: [OwnedDelta] = [] }

    @Test("what is no stream is the channel's error, and nothing follows it")
    func notAStream() throws {
        let channel = EmbeddedChannel(handler: BufferDeltaHandler())
        #expect(throws: SluiceError.self) {
            try channel.writeInbound(ByteBuffer(string: "<html>\n"))
            try channel.writeInbound(ByteBuffer(string: "<body>\n"))
            channel.pipeline.fireChannelInactive()
            try channel.throwIfErrorCaught()
        }
        channel.pipeline.fireChannelInactive()
        #expect(try Emitted(channel).ends.isEmpty)
    }

    @Test("responses one after the other each have their head, deltas and end")
    func responses() throws {
        let channel = EmbeddedChannel(handler: ResponseDeltaHandler(format: .textField))
        for number in 0..<3 {
            try channel.writeInbound(head(.continue))
            try channel.writeInbound(head(.ok, ["content-type": "text/event-stream"]))
            try channel.writeInbound(
                HTTPClientResponsePart.body(ByteBuffer(string: textEvent("\(number)") + doneEvent)))
            try channel.writeInbound(HTTPClientResponsePart.end(nil))
        }
        let emitted = try Emitted(channel)
        #expect(emitted.heads == 3 && emitted.deltas.map(\.text) == ["0", "1", "2"])
        #expect(emitted.ends.map(\.status) == [.complete, .complete, .complete])
    }

    @Test("a response that the connection's end cuts is truncated")
    func cut() throws {
        let channel = EmbeddedChannel(handler: ResponseDeltaHandler(format: .textField))
        try channel.writeInbound(head())
        try channel.writeInbound(HTTPClientResponsePart.body(ByteBuffer(string: textEvent("a") + "data: {\"te")))
        channel.pipeline.fireChannelInactive()
        let emitted = try Emitted(channel)
        #expect(emitted.deltas.map(\.kind) == [.text, .malformed] && emitted.ends.map(\.status) == [.truncated])
    }

    @Test("an error's response is the channel's error: when it has ended, or is longer than what is kept")
    func refused() throws {
        for limit in [1_000, 8] {
            let channel = EmbeddedChannel(handler: ResponseDeltaHandler(format: .textField, errorBodyLimit: limit))
            try channel.writeInbound(head(.tooManyRequests, ["retry-after": "2"]))
            let body = ByteBuffer(string: #"{"error":{"message":"Slow down"}}"#)
            let error = #expect(throws: ResponseError.self) {
                try channel.writeInbound(HTTPClientResponsePart.body(body))
                try channel.writeInbound(HTTPClientResponsePart.end(nil))
            }
            #expect(error?.retryAfter == .seconds(2) && error?.body.readableBytes == min(limit, body.readableBytes))
            #expect(error?.message == (limit == 8 ? "Too Many Requests" : "Slow down"))
            try channel.writeInbound(HTTPClientResponsePart.body(body))
            try channel.writeInbound(HTTPClientResponsePart.end(nil))
            let emitted = try Emitted(channel)
            #expect(emitted.heads == 0 && emitted.ends.isEmpty && emitted.deltas.isEmpty)
        }
    }

    @Test("a JSON document in place of a stream is read as one event")
    func document() throws {
        let channel = EmbeddedChannel(handler: ResponseDeltaHandler(format: .openAIChat))
        try channel.writeInbound(head(.ok, ["content-type": "application/json"]))
        let body = "{\n\"choices\":[{\"message\":{\"content\":\"Hi\"},\n\"finish_reason\":\"stop\"}]}"
        for piece in Array(body.utf8).cut(every: 9) {
            try channel.writeInbound(HTTPClientResponsePart.body(ByteBuffer(bytes: piece)))
        }
        try channel.writeInbound(HTTPClientResponsePart.end(nil))
        let emitted = try Emitted(channel)
        #expect(emitted.deltas.map(\.text) == ["Hi", "stop"] && emitted.ends.map(\.status) == [.finished])
    }

    @Test(
        "over a socket, the handler reads what a server sends",
        .enabled(if: Servers.python != nil, "make test-nio starts the servers that this test reads"))
    func socket() async throws {
        let port = try Servers.shared.streams.port
        let (parts, continuation) = AsyncStream.makeStream(of: DeltaPart.self)
        let channel = try await ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHTTPClientHandlers()
                    try channel.pipeline.syncOperations.addHandlers(
                        ResponseDeltaHandler(format: .openAIChat), Sink(continuation))
                }
            }
            .connect(host: "127.0.0.1", port: port).get()
        let head = HTTPRequestHead(
            version: .http1_1, method: .GET, uri: "/openai?tokens=2000", headers: ["host": "127.0.0.1"])
        try await channel.writeAndFlush(HTTPClientRequestPart.head(head))
        try await channel.writeAndFlush(HTTPClientRequestPart.end(nil))
        var text = ""
        for await part in parts {
            if case .delta(let delta) = part, delta.kind == .text { text += delta.text }
            if case .end(let end) = part {
                #expect(end.status == .complete)
                break
            }
        }
        #expect(try await text == Servers.shared.meant(2_000))
        try await channel.close()
    }

    private final class Sink: ChannelInboundHandler {
        typealias InboundIn = DeltaPart

        let parts: AsyncStream<DeltaPart>.Continuation

        init(_ parts: AsyncStream<DeltaPart>.Continuation) { self.parts = parts }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) { parts.yield(unwrapInboundIn(data)) }
    }
}
