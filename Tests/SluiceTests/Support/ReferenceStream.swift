import Sluice

// A whole stream read the plain way, by a wire format's public table: the oracle of the differential test.
//
// It is written from RFC 8259, WHATWG HTML 9.2.6 and what the public types say of themselves, knows nothing of shapes,
// plans, skeletons or chunks, and shares no code with the engine. Every framing, JSON and plain text.

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
    /// Of an event that could not be read, its number.
    var event = 0
    /// And what may be said to be wrong with it.
    var codes: Set<String> = []
}

struct ReferenceStream {
    private(set) var deltas: [ReferenceDelta] = []
    private(set) var frames = 0
    private(set) var malformed = 0
    private(set) var ignoredLines = 0
    private(set) var status = StreamEnd.Status.truncated
    /// Hardly a line of it is one of Server-Sent Events, and none makes an event.
    private(set) var isNoStream = false
    /// The limit whose passing has ended the stream.
    private(set) var failure: String?

    var format: WireFormat { table.format }

    private let table: ReferenceTable
    private let limits: Limits
    private var events = 0
    private var memory = ReferenceMemory()
    private var sawError = false

    /// What a stream comes to.
    static func read(_ bytes: [UInt8], _ table: ReferenceTable, _ limits: Limits = Limits()) -> ReferenceStream {
        let isSSE = table.format.framing == .sse
        let found = ReferenceFrames.read(bytes, table.format.framing, limits)
        var stream = ReferenceStream(table, limits)
        var isAtEnd = true
        for frame in found.frames where stream.failure == nil {
            stream.take(frame)
            if stream.failure != nil {
                isAtEnd = frame.isUnterminated
                stream.ignoredLines = frame.ignoredLines
            }
        }
        // What ended a stream early has ended it before its last halves of pairs are told.
        for half in isAtEnd ? stream.memory.halves : [] {
            stream.deltas.append(
                ReferenceDelta(
                    kind: half.kind, choice: half.choice, tool: half.tool, offset: bytes.count,
                    bytes: Array("\u{FFFD}".utf8), isToolPlan: half.isToolPlan, isToolCounted: half.isToolCounted))
        }
        if stream.failure == nil { stream.ignoredLines = found.ignoredLines }
        let isUnknown = isSSE && stream.frames == 0 && found.ignoredLines > found.knownLines
        stream.isNoStream = stream.failure == nil && isUnknown && (stream.events == 0 || isBinary(bytes.prefix(32)))
        let hasStray = found.frames.contains { $0.problem.map(ReferenceFrame.strays.contains) ?? false }
        let isComplete =
            stream.memory.sawTerminal && stream.memory.numbers.missing == 0 && !hasStray && !stream.isNoStream
            && stream.failure == nil
        stream.status =
            stream.sawError ? .failed : isComplete ? .complete : bytes.isEmpty ? .empty : .truncated
        return stream
    }

    /// Whether there are bytes that no text has, but for a last character that is cut.
    private static func isBinary(_ bytes: ArraySlice<UInt8>) -> Bool {
        if bytes.contains(where: { $0 < 0x20 && ![0x09, 0x0A, 0x0D].contains($0) }) { return true }
        return (0...min(3, bytes.count)).allSatisfy { String(validating: bytes.dropLast($0), as: UTF8.self) == nil }
    }

    private init(_ table: ReferenceTable, _ limits: Limits) {
        self.table = table
        self.limits = limits
    }

    private mutating func take(_ frame: ReferenceFrame) {
        events += 1
        if let problem = frame.problem { return report(frame, [problem]) }
        frames += 1
        let isText = table.format.payload == .text
        let isError = frame.isError
        if isText || frame.payload.first != UInt8(ascii: "{") {
            if table.format.terminalPayloads.contains(where: { Array($0.utf8) == frame.payload }) {
                memory.sawTerminal = true
                return
            }
            if !isText && !isError && isKeepAlive(frame.payload) { return }
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
        if !memory.numbers.fit(reading.position ?? -1, total: reading.total ?? -1) {
            report(frame, ["misnumbered-event"])
        }
        sawError = sawError || reading.deltas.contains { $0.kind == .error }
    }

    /// Data that says nothing: it is empty, an empty string, a comment in the wrong place, or another format's end.
    private func isKeepAlive(_ payload: [UInt8]) -> Bool {
        payload.isEmpty || payload.first == UInt8(ascii: ":")
            || ["\"\"", "[DONE]"].contains { Array($0.utf8) == payload }
    }

    /// An event that cannot be read leaves no trace but this; if it is an error by its type, its data is the message.
    private mutating func fail(_ frame: ReferenceFrame, _ isError: Bool, _ codes: Set<String>) {
        let known = frame.isUnterminated ? codes.intersection(Self.limitCodes).union(["incomplete-event"]) : codes
        guard isError else { return report(frame, codes.isSubset(of: Self.limitCodes) ? codes : known) }
        let message = Array(String(decoding: frame.payload, as: UTF8.self).utf8)
        deltas.append(ReferenceDelta(kind: .error, offset: frame.offset, bytes: message))
        sawError = true
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

/// What one event of a stream leaves to the next.
struct ReferenceMemory {
    /// Half a pair that a text ended with, for the next text of the same kind, choice and tool call.
    struct Half {
        var kind: DeltaKind
        var choice: Int
        var tool: Int
        var isToolPlan: Bool
        var isToolCounted: Bool
        var unit: UInt16
    }

    var halves: [Half] = []
    /// Tool calls so far, where the format leaves them to be counted.
    var toolCalls = 0
    var sawTerminal = false
    var numbers = ReferenceNumbers()
}

/// The numbers that a stream has given its events since it began to count.
struct ReferenceNumbers {
    private var seen: [Int] = []
    private(set) var missing = 0

    /// Whether the next event's number, and its count of events, are what they should be; -1: it has none.
    mutating func fit(_ position: Int, total: Int) -> Bool {
        var fits = true
        if position >= 0 {
            let number = min(position, Int(Int32.max) - 1)
            if number == 0 { seen = [] }
            let isFromOne = number == 1 && seen.isEmpty
            let wanted = seen.max().map { $0 + 1 } ?? (isFromOne ? 1 : 0)
            if number > wanted { missing += number - wanted }
            fits = number == wanted
            // Where the first are missing, the count is taken to begin at 0.
            if number > wanted && seen.isEmpty { seen.append(0) }
            seen.append(number)
        }
        guard total >= 0 else { return fits }
        if let first = seen.first, let last = seen.max() {
            let count = last - first + 1
            if total > count && fits { missing += total - count }
            if total > count || total < (position >= 0 ? count - 1 : count) { fits = false }
        }
        seen = []
        return fits
    }
}
