internal import CSluiceSimdjson

/// How a stream has ended, or would if it ended now: of a stream that is still being read, all is as if the input ended here.
///
/// ```swift
/// var parser = try StreamParser(format: .textField)
/// let chunk: [UInt8] = Array("data: {\"text\":\"Hi\"}\n\n".utf8)
/// try parser.parse(chunk.span) { _ in }
/// let end = try parser.finish()
/// assert(end.status == .truncated)  // [DONE] never came
/// assert(end.frames == 1 && end.deltas == 1 && end.bytes == 21)
/// ```
public struct StreamEnd: Sendable, Hashable {
    /// Whether everything came.
    public enum Status: String, Sendable, Hashable {
        /// The terminal marker was seen, and no error.
        case complete
        /// Bytes came, but not the terminal marker: the answer was cut, or while it is still being read, more of it is to come.
        case truncated
        /// The stream carried an error.
        case failed
        /// Not one byte came: nothing was read yet, or the input ended with nothing in it, which is no answer and no cut one.
        case empty
    }

    /// Whether everything came. It is final once the input was ended, as by ``StreamParser/finish(_:)``.
    public var status: Status
    /// Bytes read; where a limit has ended the stream, those before the event that has passed it.
    public var bytes: UInt64
    /// Frames handed on by the framing.
    public var frames: UInt64
    /// Deltas read from them, not counting events that could not be read.
    public var deltas: UInt64
    /// Events that could not be read, or whose number shows that others are missing.
    public var malformedEvents: UInt64
    /// Events that are missing by the numbers that the stream gives its events; such a stream is not complete.
    public var missingEvents: UInt64
    /// SSE lines with a field name that means nothing to the standard.
    public var ignoredLines: UInt64
    /// The input ended inside an event.
    public var endedInsideEvent: Bool
}

extension StreamEnd {
    /// Of a stream of which nothing has come yet.
    public init() { self = StreamProgress().end(bytes: 0, ignoredLines: 0, isWhole: true) }
}

/// What one stream has come to; all that it keeps beside its buffers and framer.
struct StreamProgress {
    struct PendingSurrogate {
        var high: UInt16
        /// The raw value of a ``DeltaKind``.
        var kind: UInt8
        /// The record's, which tell a plan from other reasoning.
        var flags: UInt8
        var choice: Int32
        var tool: Int32
    }

    var sawTerminal = false
    var sawError = false
    var sawStrayError = false
    var endedInsideEvent = false
    var toolCount: Int32 = 0
    /// Frames and problems so far; the number of the one at hand.
    var events: UInt64 = 0
    var frames: UInt64 = 0
    var deltas: UInt64 = 0
    var malformed: UInt64 = 0
    var numbering = EventNumbering()
    /// High surrogates whose other half has not come yet; nearly always empty.
    var pendingSurrogates: [PendingSurrogate] = []

    /// What an event may change before it turns out to be unreadable.
    struct Checkpoint {
        var sawTerminal: Bool
        var toolCount: Int32
        var pendingSurrogates: [PendingSurrogate]?
    }

    var checkpoint: Checkpoint {
        @inline(__always) get {
            Checkpoint(
                sawTerminal: sawTerminal, toolCount: toolCount,
                pendingSurrogates: pendingSurrogates.isEmpty ? nil : pendingSurrogates)
        }
    }

    mutating func restore(_ checkpoint: Checkpoint) {
        sawTerminal = checkpoint.sawTerminal
        toolCount = checkpoint.toolCount
        pendingSurrogates = checkpoint.pendingSurrogates ?? []
    }

    /// Goes on by what was read behind it as if nothing had been before.
    mutating func add(_ next: StreamProgress) {
        sawTerminal = sawTerminal || next.sawTerminal
        sawError = sawError || next.sawError
        sawStrayError = sawStrayError || next.sawStrayError
        endedInsideEvent = endedInsideEvent || next.endedInsideEvent
        toolCount += next.toolCount
        events += next.events
        frames += next.frames
        deltas += next.deltas
        malformed += next.malformed
        numbering.add(next.numbering)
        pendingSurrogates = next.pendingSurrogates
    }

    /// What it comes to; `isWhole` where nothing of the stream was lost.
    func end(bytes: UInt64, ignoredLines: UInt64, isWhole: Bool) -> StreamEnd {
        let isComplete = sawTerminal && isWhole && !sawStrayError && numbering.missing == 0
        // Where its first event has ended a stream by a limit, no bytes count as read, but some came.
        let isEmpty = bytes == 0 && events == 0 && isWhole
        let status: StreamEnd.Status =
            sawError ? .failed : isComplete ? .complete : isEmpty ? .empty : .truncated
        return StreamEnd(
            status: status, bytes: bytes, frames: frames,
            deltas: deltas, malformedEvents: malformed, missingEvents: numbering.missing,
            ignoredLines: ignoredLines, endedInsideEvent: endedInsideEvent)
    }

    mutating func takePendingSurrogate(of record: DeltaRecord) -> UInt16 {
        let found = pendingSurrogates.firstIndex {
            $0.kind == record.kind && $0.choice == record.choice && $0.tool == record.tool
                && $0.flags == record.flags
        }
        guard let found else { return 0 }
        return pendingSurrogates.remove(at: found).high
    }

    /// Texts that may be inside a surrogate pair at once.
    private static var mostPendingSurrogates: Int { 64 }

    /// False where as many halves wait as may: the other half of this one is not waited for, so it is a lone one.
    mutating func keepPendingSurrogate(_ high: UInt16, of record: DeltaRecord) -> Bool {
        guard pendingSurrogates.count < Self.mostPendingSurrogates else { return false }
        pendingSurrogates.append(
            PendingSurrogate(
                high: high, kind: record.kind, flags: record.flags, choice: record.choice, tool: record.tool))
        return true
    }
}
