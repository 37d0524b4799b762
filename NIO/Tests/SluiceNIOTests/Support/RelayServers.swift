import AsyncHTTPClient
import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import NIOHTTP1
import NIOPosix
import SluiceHummingbird
import SluiceKit
import SluiceNIO
import Testing

// Servers in this process that send on what an origin streams, as people write them: with Hummingbird, and with NIO alone.
// A request's target is that of the origin: /openai?tokens=900.

/// What a server does with the body of a request before it answers.
enum BodyUse: String, CaseIterable, Sendable {
    case ignored
    case read
    case replaced
}

enum RelayServer: String, CaseIterable, Sendable {
    case hummingbird
    case nio

    /// Runs the server while `body` runs, which gets its port.
    ///
    /// - Parameter store: Streams that can be resumed; nil for streams that cannot.
    func run<Value: Sendable>(
        heartbeat: Duration? = .seconds(15), clock: some Clock<Duration> = ContinuousClock(),
        store: EventStreamStore? = nil, _ body: @Sendable @escaping (Int) async throws -> Value
    ) async throws -> Value {
        let answer: @Sendable (String, String?) async throws -> EventStreamBody? = { target, lastEventID in
            if let store, let lastEventID {
                switch store.resume(after: lastEventID) {
                case .body(let body): return body
                case .over: return nil
                case .unknown: break
                }
            }
            let path = target.dropFirst().split(separator: "?", maxSplits: 1).map(String.init)
            let origin = try #require(Origin(rawValue: path[0]))
            let events = try await origin.response(path.count > 1 ? path[1] : "")
                .deltas(format: origin.format, firstByteTimeout: nil, idleTimeout: nil).events()
            return store?.open(events) ?? events.eventStream(heartbeat: heartbeat, clock: clock)
        }
        return switch self {
        case .hummingbird: try await runHummingbird(answer, body)
        case .nio: try await runNIO(answer, body)
        }
    }

    private func runHummingbird<Value: Sendable>(
        _ answer: @Sendable @escaping (String, String?) async throws -> EventStreamBody?,
        _ body: @Sendable @escaping (Int) async throws -> Value
    ) async throws -> Value {
        let router = Router()
        router.get("**") { request, _ in
            guard let events = try await answer(request.uri.string, request.headers[.lastEventID]) else {
                return Response(status: .noContent)
            }
            return Response(events: events, to: request)
        }
        router.post("**") { request, _ in
            var request = request
            switch request.headers[.bodyUse].flatMap(BodyUse.init) {
            case .read: _ = try await request.body.collect(upTo: .max)
            case .replaced: _ = try await request.collectBody(upTo: .max)
            case .ignored, nil: break
            }
            let events = try #require(try await answer(request.uri.string, nil))
            return Response(events: events, to: request)
        }
        let (ports, port) = AsyncStream.makeStream(of: Int.self)
        let application = Application(
            router: router, configuration: ApplicationConfiguration(address: .hostname("127.0.0.1", port: 0)),
            onServerRunning: { channel in port.yield(channel.localAddress?.port ?? 0) },
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        return try await withThrowingTaskGroup(of: Value?.self) { group in
            group.addTask {
                try await application.run()
                return nil
            }
            group.addTask {
                var iterator = ports.makeAsyncIterator()
                return try await body(try #require(await iterator.next()))
            }
            defer { group.cancelAll() }
            while let value = try await group.next() {
                if let value { return value }
            }
            throw CancellationError()
        }
    }

    private func runNIO<Value: Sendable>(
        _ answer: @Sendable @escaping (String, String?) async throws -> EventStreamBody?,
        _ body: @Sendable @escaping (Int) async throws -> Value
    ) async throws -> Value {
        typealias Connection = NIOAsyncChannel<HTTPServerRequestPart, HTTPServerResponsePart>
        let server = try await ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .serverChannelOption(.backlog, value: 2_048)
            .bind(host: "127.0.0.1", port: 0) { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.configureHTTPServerPipeline()
                    return try Connection(wrappingChannelSynchronously: channel)
                }
            }
        let port = try #require(server.channel.localAddress?.port)
        let accepting = Task {
            await withDiscardingTaskGroup { connections in
                try? await server.executeThenClose { inbound in
                    for try await connection in inbound {
                        connections.addTask { try? await Self.serve(connection, answer) }
                    }
                }
                connections.cancelAll()
            }
        }
        let result: Result<Value, any Error>
        do { result = .success(try await body(port)) } catch { result = .failure(error) }
        // Not cancelled: a connection that was accepted and is not served would be a mistake to NIO.
        try? await server.channel.close()
        await accepting.value
        return try result.get()
    }

    private static func serve(
        _ connection: NIOAsyncChannel<HTTPServerRequestPart, HTTPServerResponsePart>,
        _ answer: (String, String?) async throws -> EventStreamBody?
    ) async throws {
        try await connection.executeThenClose { inbound, outbound in
            for try await part in inbound {
                guard case .head(let head) = part else { continue }
                if let body = try await answer(head.uri, head.headers.first(name: "last-event-id")) {
                    try await body.write(to: outbound, of: connection.channel)
                } else {
                    try await outbound.write(.head(HTTPResponseHead(version: .http1_1, status: .noContent)))
                    try await outbound.write(.end(nil))
                }
            }
        }
    }
}

extension HTTPField.Name {
    fileprivate static let lastEventID = HTTPField.Name("Last-Event-ID")!
    fileprivate static let bodyUse = HTTPField.Name("Body-Use")!
}
