import Testing

@testable import Sluice
@testable import SluiceTestSupport

// A small valid stream of each format, from its golden file, in every framing that it may come in.

/// One event of a matrix.
struct MatrixEvent: Sendable {
    enum Mark: Sendable { case none, error, exception }

    /// Its SSE type, or of AWS the `:event-type`.
    var type = ""
    var data: String
    /// How the framing marks it as an error.
    var mark = Mark.none
    /// `data` is the bytes as they are.
    var isRaw = false

    var shown: String { "\(type) \(mark == .none ? "" : "\(mark) ")'\(data)'" }

    func bytes(_ framing: Framing) -> [UInt8] {
        if isRaw { return Array(data.utf8) }
        switch framing {
        case .sse:
            let type = mark == .none ? type : "error"
            let lines = data.split(separator: "\n", omittingEmptySubsequences: false).map { "data: \($0)\n" }
            return Array(((type.isEmpty ? "" : "event: \(type)\n") + lines.joined() + "\n").utf8)
        case .ndjson: return Array((data + "\n").utf8)
        case .jsonArray: return Array(data.utf8)
        case .awsEventStream:
            var message = AWSMessage(payload: data)
            let name = mark == .exception ? ":exception-type" : ":event-type"
            if !type.isEmpty { message.headers += AWSMessage.header(name, type) }
            message.headers += AWSMessage.header(":message-type", mark == .exception ? "exception" : "event")
            return message.bytes
        }
    }
}

struct MatrixStream: Sendable, CustomTestStringConvertible {
    /// With the framing of this stream.
    let format: WireFormat
    let events: [MatrixEvent]
    let isDetected: Bool

    var testDescription: String { "\(format.name) \(format.framing.rawValue)" }
    var isText: Bool { format.payload == .text }
    var isNative: Bool { format.framing == WireFormat.named(format.name)?.framing }

    /// Before the first event, between two, before the last and behind it.
    var places: [Int] { Set([0, 1, events.count - 1, events.count]).sorted() }

    static let all: [MatrixStream] = WireFormat.all.flatMap { format in
        let isAlone = format.framing == .awsEventStream || format.payload == .text
        let others: [Framing] = isAlone ? [] : [.ndjson, .jsonArray].filter { $0 != format.framing }
        return ([format.framing] + others).map { MatrixStream(format, $0) }
    }

    /// The first answer with two texts that ends well, or else the first case.
    init(_ format: WireFormat, _ framing: Framing) {
        let cases = (try? WireGoldenFile(format.name).cases) ?? []
        let isPlain = { (one: WireCase) in
            one.framing == nil && (one.detected == format.name || format.name == "raw-text")
                && one.log.split(separator: "\n").count { $0.hasPrefix("text ") } > 1
                && !["error", "malformed", "tool_", "unread", "truncated"].contains { one.log.contains($0) }
        }
        let sample = cases.first(where: isPlain) ?? cases[0]
        let frames = FrameRun(framing: format.framing).log(Chunks(whole: sample.input)).frames
        events = frames.map {
            MatrixEvent(type: String(decoding: $0.event, as: UTF8.self), data: String(decoding: $0.data, as: UTF8.self))
        }
        isDetected = sample.detected == format.name && framing == format.framing
        var format = format
        format.framing = framing
        self.format = format
    }

    /// The stream, with an event put before the one at `place`.
    func bytes(with event: MatrixEvent? = nil, at place: Int = 0) -> [UInt8] {
        var all = events
        if let event { all.insert(event, at: place) }
        return Self.joined(all, format.framing)
    }

    static func joined(_ events: [MatrixEvent], _ framing: Framing) -> [UInt8] {
        guard framing == .jsonArray else { return events.flatMap { $0.bytes(framing) } }
        let elements = events.filter { $0.data != "[DONE]" }.map { $0.bytes(framing) }
        return Array("[".utf8) + elements.joined(separator: ",".utf8) + Array("]".utf8)
    }
}

/// What a stream came to, without numbers of bytes and events.
struct MatrixReading: Equatable {
    var deltas: [LoggedDelta]
    var status: StreamEnd.Status?
    var unread: [String]
    var formatName: String?
    var failure: OwnedProblem?

    init(
        _ format: WireFormat?, _ chunks: Chunks, _ engine: inout Engine, _ feeding: Feeding = .borrowed
    ) {
        let log = DeltaRun(format: format, feeding: feeding).log(chunks, &engine)
        deltas = log.deltas
        status = log.end?.status
        unread = log.end?.unreadKinds.map { "\($0.name) \($0.count)" } ?? []
        formatName = log.format
        failure = log.failure
    }

    var errors: [LoggedDelta] { deltas.filter { $0.kind == .error } }
    var withoutErrors: [LoggedDelta] { deltas.filter { $0.kind != .error } }
}
