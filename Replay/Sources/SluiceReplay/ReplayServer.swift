import Foundation
import Hummingbird
import Logging
import ServiceLifecycle
import Sluice
import Synchronization
import UnixSignals

/// Serves a recording on loopback: the first request gets the first response, and so on, around.
final class ReplayServer: HTTPResponder {
    typealias Context = BasicRequestContext

    private let recording: Recording
    private let buffer: ByteBuffer
    private let pace: Pace
    private let requests = Atomic<Int>(0)

    /// A request's body is read for what it asks, up to here.
    private static var maxRequestBytes: Int { 64 << 20 }

    init(_ recording: Recording, pace: Pace) {
        self.recording = recording
        self.pace = pace
        buffer = ByteBuffer(bytes: recording.bytes)
    }

    /// Serves until SIGINT, SIGTERM or SIGHUP.
    ///
    /// - Parameters:
    ///   - port: 0 for one that is free.
    ///   - isListening: Gets the port as soon as requests are taken.
    /// - Throws: What kept the server from listening.
    func run(port: Int, isListening: @escaping @Sendable (Int) -> Void) async throws {
        let logger = Logger(label: "sluice") { _ in SwiftLogNoOpLogHandler() }
        let application = Application(
            responder: self, configuration: ApplicationConfiguration(address: .hostname("127.0.0.1", port: port)),
            onServerRunning: { channel in isListening(channel.localAddress?.port ?? port) }, logger: logger)
        let group = ServiceGroup(
            configuration: ServiceGroupConfiguration(
                services: [ServiceGroupConfiguration.ServiceConfiguration(service: application)],
                cancellationSignals: [.sigint, .sigterm] + (Interrupt.heedsHangUp ? [.sighup] : []), logger: logger))
        do {
            try await group.run()
        } catch is CancellationError {
            // The signal's doing.
        }
    }

    func respond(to request: Request, context: Context) async throws -> Response {
        let path = request.uri.path
        guard ReplayOptions.routes.contains(where: { Self.matches(path, $0) }) else {
            let known = ReplayOptions.routes.joined(separator: ", ")
            return Self.refusal(.notFound, "nothing is served at '\(path)'; recordings are at \(known)")
        }
        guard request.method == .post || request.method == .get else {
            return Self.refusal(.methodNotAllowed, "\(request.method) is not answered; use POST or GET")
        }
        guard let body = try? await request.body.collect(upTo: Self.maxRequestBytes) else {
            return Self.refusal(.contentTooLarge, "the request's body is over \(Self.maxRequestBytes) bytes")
        }
        if let wish = try? JSONDecoder().decode(Wish.self, from: Data(body.readableBytesView)), wish.stream == false {
            return Self.refusal(.badRequest, "a recording is a stream; ask for it with \"stream\": true")
        }
        return answer(request.method.rawValue, path)
    }

    private func answer(_ method: String, _ path: String) -> Response {
        let number = requests.wrappingAdd(1, ordering: .relaxed).oldValue % recording.responses.count
        let response = recording.responses[number]
        let title = "\(method) \(path): response \(number + 1) of \(recording.responses.count)"
        let (buffer, pace) = (buffer, pace)
        let body = ResponseBody { writer in
            var sent = 0
            do {
                let start = ContinuousClock.now
                for read in response.reads {
                    if let delay = pace.delay(read.nanoseconds) {
                        try await Task.sleep(until: start + delay, tolerance: .zero, clock: .continuous)
                    }
                    guard let bytes = buffer.getSlice(at: read.bytes.lowerBound, length: read.bytes.count) else {
                        break
                    }
                    try await writer.write(bytes)
                    sent += bytes.readableBytes
                }
                try await writer.finish(nil)
                Self.log("\(title), \(sent) bytes")
            } catch {
                Self.log("\(title): the client left after \(sent) of \(response.bytes.count) bytes")
                throw error
            }
        }
        return Response(
            status: .ok,
            headers: [.contentType: Self.contentType(recording.framing), .cacheControl: "no-cache"], body: body)
    }

    /// A request's path may hold anything. A line that nobody reads is dropped: neither requests nor the end wait for it.
    private static func log(_ line: String) {
        System.writeLine(
            "sluice: " + Session.oneLine(line), to: System.standardError, patience: .milliseconds(50))
    }

    /// What the request may say of the form of its answer.
    private struct Wish: Decodable { var stream: Bool? }

    private static func matches(_ path: String, _ route: String) -> Bool {
        guard let star = route.firstIndex(of: "*") else { return path == route }
        let prefix = route[..<star]
        let suffix = route[route.index(after: star)...]
        return path.hasPrefix(prefix) && path.hasSuffix(suffix)
            && path.utf8.count > prefix.utf8.count + suffix.utf8.count
    }

    private static func contentType(_ framing: Framing) -> String {
        switch framing {
        case .sse: "text/event-stream; charset=utf-8"
        case .ndjson: "application/x-ndjson"
        case .jsonArray: "application/json; charset=utf-8"
        case .awsEventStream: "application/vnd.amazon.eventstream"
        }
    }

    /// An error in the form that the official clients print.
    private static func refusal(_ status: HTTPResponse.Status, _ message: String) -> Response {
        struct Body: Encodable {
            struct Failure: Encodable {
                var message: String
                var type = "invalid_request_error"
            }
            var error: Failure
        }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.withoutEscapingSlashes, .sortedKeys]
        let body = (try? encoder.encode(Body(error: Body.Failure(message: message)))) ?? Data()
        log("\(status.code): \(message)")
        return Response(
            status: status, headers: [.contentType: "application/json"],
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: body + Data("\n".utf8))))
    }
}
