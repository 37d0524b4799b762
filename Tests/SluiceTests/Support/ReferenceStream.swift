import Sluice

// A whole stream read the plain way, by a wire format's public table: the oracle of the differential test.
//
// It is written from RFC 8259, WHATWG HTML 9.2.6, docs/READING.md and what the public types say of themselves, knows nothing of
// shapes, plans, templates or chunks, and shares no code with the engine. Every framing, JSON and plain text.

/// A delta, or an event that could not be read.
struct ReferenceDelta: Equatable {
    var kind: DeltaKind
    var choice = 0
    var tool = 0
    var offset = 0
    /// Text, arguments, reason, tool id or error message.
    var bytes: [UInt8] = []
    /// Tool name or error type.
    var other: [UInt8] = []
    var input: Int?
    var output: Int?
    var isWhole = false
    var isToolPlan = false
    var isToolCounted = false
    /// The number of the block that it belongs to.
    var block: Int?
    /// Of an event that could not be read, its number.
    var event = 0
    /// And what may be said to be wrong with it.
    var codes: Set<String> = []
    /// Of a tool call: who runs it, and whether it completes one that has begun.
    var origin = ToolOrigin.client
    var isContinuation = false
    /// Of an error: what else it says.
    var details: ErrorDetails?
}

/// A kind of events that no rule reads, with the place of the first of them.
struct ReferenceUnread: Equatable {
    var name: String
    var count: Int
    var offset: Int
    var event: Int
}

struct ReferenceStream {
    private(set) var deltas: [ReferenceDelta] = []
    private(set) var frames = 0
    private(set) var malformed = 0
    private(set) var ignoredLines = 0
    private(set) var unread = 0
    /// The first 8 kinds of those.
    private(set) var unreadKinds: [ReferenceUnread] = []
    private(set) var status = StreamEnd.Status.truncated
    /// The input ends inside an event.
    private(set) var endsInside = false
    /// Hardly a line of it is one of Server-Sent Events, and none makes an event.
    private(set) var isNoStream = false
    /// The limit whose passing has ended the stream.
    private(set) var failure: String?

    var format: WireFormat { table.format }

    private let table: ReferenceTable
    private let framing: Framing
    private let limits: Limits
    private var events = 0
    /// Events that are keep-alives or terminal payloads.
    private var idleEvents = 0
    private var memory = ReferenceMemory()
    private var sawError = false

    /// What a stream comes to.
    static func read(_ bytes: [UInt8], _ table: ReferenceTable, _ limits: Limits = Limits()) -> ReferenceStream {
        let framing = ReferenceFraming.of(bytes, table.format)
        let isSSE = framing == .sse
        let found = ReferenceFrames.read(bytes, framing, limits)
        var stream = ReferenceStream(table, framing, limits)
        var isAtEnd = true
        var malformed = 0
        for frame in found.frames where stream.failure == nil {
            malformed = stream.malformed
            stream.take(frame)
            if stream.failure != nil {
                isAtEnd = frame.isUnterminated
                stream.ignoredLines = frame.ignoredLines
            }
        }
        // An error that ends a stream early leaves its open calls and pending surrogates unreported.
        if isAtEnd { stream.finish(at: bytes.count) }
        if stream.failure == nil { stream.ignoredLines = found.ignoredLines }
        let isUnknown = isSSE && stream.frames == 0 && found.ignoredLines > found.knownLines
        stream.isNoStream = stream.failure == nil && isUnknown && (stream.events == 0 || isBinary(bytes.prefix(32)))
        let hasStray = found.frames.contains { $0.problem.map(ReferenceFrame.strays.contains) ?? false }
        let isWhole = stream.memory.numbers.missing == 0 && !hasStray && !stream.isNoStream && stream.failure == nil
        // A document that is whole needs no line end.
        let isWholeLine =
            framing == .ndjson && found.frames.last?.isUnterminated == true && stream.malformed == malformed
        let endsInside = found.endsInside && !isWholeLine
        stream.endsInside = endsInside
        let isFinished = stream.memory.sawFinish && stream.malformed == 0 && !endsInside
        let isSilent = bytes.isEmpty || isSSE && !endsInside && ReferenceFraming.hasQuietLine(bytes)
        let isIdle = stream.events == 0 ? isSilent : stream.idleEvents == stream.events && !endsInside
        let isEmpty = isWhole && isIdle
        stream.status =
            stream.sawError
            ? .failed
            : isEmpty
                ? .empty
                : isWhole && stream.memory.sawTerminal ? .complete : isWhole && isFinished ? .finished : .truncated
        return stream
    }

    /// The end of the input ends the texts that wait for the second half of a pair.
    private mutating func finish(at offset: Int) {
        for half in memory.halves {
            deltas.append(
                ReferenceDelta(
                    kind: half.kind, choice: half.choice, tool: half.tool, offset: offset,
                    bytes: Array("\u{FFFD}".utf8), isToolPlan: half.isToolPlan, isToolCounted: half.isToolCounted,
                    block: half.block))
        }
    }

    /// Whether there are bytes that no text has, but for a last character that is cut.
    private static func isBinary(_ bytes: ArraySlice<UInt8>) -> Bool {
        if bytes.contains(where: { $0 < 0x20 && ![0x09, 0x0A, 0x0D].contains($0) }) { return true }
        return (0...min(3, bytes.count)).allSatisfy { String(validating: bytes.dropLast($0), as: UTF8.self) == nil }
    }

    private init(_ table: ReferenceTable, _ framing: Framing, _ limits: Limits) {
        self.table = table
        self.framing = framing
        self.limits = limits
    }

    private mutating func take(_ sent: ReferenceFrame) {
        events += 1
        if let problem = sent.problem { return report(sent, [problem]) }
        frames += 1
        var frame = sent
        if framing == .ndjson {
            // Lines of Server-Sent Events.
            if frame.payload.starts(with: "data:".utf8) {
                frame.payload.removeFirst(frame.payload.starts(with: "data: ".utf8) ? 6 : 5)
            } else if ["event:", "id:", "retry:"].contains(where: { frame.payload.starts(with: $0.utf8) }) {
                idleEvents += 1
                return
            }
        }
        let isError = frame.isError
        if ReferenceSilence.isTerminal(frame.payload, table.format) {
            idleEvents += 1
            memory.sawTerminal = true
            for call in memory.sawError ? [] : memory.calls.end(where: { _ in true }) {
                deltas.append(call)
                deltas[deltas.count - 1].offset = frame.offset
            }
            return
        }
        let isText = table.format.payload == .text
        if !isText && !isError && isKeepAlive(frame) {
            idleEvents += 1
            return
        }
        var reading = ReferenceReading(frame, table, memory, limits)
        if isText {
            reading.readText()
        } else {
            let (root, faults) = ReferenceDocument.read(frame.payload, maxDepth: limits.maxNestingDepth)
            guard let root else { return fail(frame, isError, Set(faults.map(\.rawValue))) }
            let codes = reading.read(root)
            if !codes.isEmpty { return fail(frame, isError, codes) }
        }
        memory = reading.memory
        deltas += reading.deltas
        if reading.isKeepAlive { idleEvents += 1 }
        if let name = reading.unreadName { noteUnread(name, frame) }
        if !memory.numbers.fit(reading.position ?? -1, total: reading.total ?? -1) {
            report(frame, ["misnumbered-event"])
        }
        sawError = sawError || reading.deltas.contains { $0.kind == .error }
        memory.sawError = sawError
    }

    private func isKeepAlive(_ frame: ReferenceFrame) -> Bool {
        ReferenceSilence.isKeepAlive(data: frame.payload) || ReferenceSilence.isKeepAlive(type: frame.event)
    }

    private mutating func noteUnread(_ name: String, _ frame: ReferenceFrame) {
        unread += 1
        if let known = unreadKinds.firstIndex(where: { $0.name == name }) {
            unreadKinds[known].count += 1
        } else if unreadKinds.count < 8 {
            unreadKinds.append(ReferenceUnread(name: name, count: 1, offset: frame.offset, event: events))
        }
    }

    /// An event that cannot be read leaves no trace but this; if it is an error by its type, its data is the message.
    private mutating func fail(_ frame: ReferenceFrame, _ isError: Bool, _ codes: Set<String>) {
        let known = frame.isUnterminated ? codes.intersection(Self.limitCodes).union(["incomplete-event"]) : codes
        guard isError else { return report(frame, codes.isSubset(of: Self.limitCodes) ? codes : known) }
        let message = Array(String(decoding: frame.payload, as: UTF8.self).utf8)
        deltas.append(ReferenceDelta(kind: .error, offset: frame.offset, bytes: message))
        sawError = true
        memory.sawError = true
    }

    private static let limitCodes: Set<String> = [
        "event-too-large", "too-many-data-lines", "event-name-too-long", "id-too-long", "nested-too-deep",
        "too-many-choices", "too-many-tool-calls",
    ]

    private mutating func report(_ frame: ReferenceFrame, _ codes: Set<String>) {
        if limits.whenExceeded == .fail, let code = codes.first, codes.isSubset(of: Self.limitCodes) {
            failure = code
            return
        }
        malformed += 1
        deltas.append(ReferenceDelta(kind: .malformed, offset: frame.offset, event: events, codes: codes))
    }
}
