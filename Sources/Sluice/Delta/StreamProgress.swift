internal import CSluiceSimdjson

/// The status and counts of a stream. While the stream is being read, they are as if the input ended here.
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
    /// Whether a stream is complete.
    public enum Status: String, Sendable, Hashable {
        /// The terminal marker was received, no error, and no event is known to be missing.
        case complete
        /// Bytes were received, but not the terminal marker, or an event is known to be missing.
        case truncated
        /// The stream carried an error.
        case failed
        /// No byte was received.
        case empty
    }

    /// Whether the stream is complete. Final after the end of the input, as by ``StreamParser/finish(_:)``.
    public var status: Status
    /// Bytes read. If an exceeded limit ended the stream, the bytes before the event that exceeded it.
    public var bytes: UInt64
    /// Frames emitted by the framing.
    public var frames: UInt64
    /// Deltas read from the frames, without those of kind ``DeltaKind/malformed``.
    public var deltas: UInt64
    /// Events that could not be read, or whose number shows that others are missing.
    public var malformedEvents: UInt64
    /// Events that are missing according to the stream's own numbers. Such a stream is not complete.
    public var missingEvents: UInt64
    /// SSE lines with a field name that the standard does not define.
    public var ignoredLines: UInt64
    /// Whether the input ended inside an event.
    public var endedInsideEvent: Bool
}

extension StreamEnd {
    /// The state of a stream before its first byte.
    public init() { self = StreamProgress().end(bytes: 0, ignoredLines: 0, isWhole: true) }
}

/// The counts and flags of one stream: its state apart from its buffers and framer.
struct StreamProgress {
    struct PendingSurrogate {
        var high: UInt16
        /// The raw value of a ``DeltaKind``.
        var kind: UInt8
        /// The record's flags, which separate a plan from other reasoning.
        var flags: UInt8
        var choice: Int32
        var tool: Int32
    }

    var sawTerminal = false
    var sawError = false
    var sawStrayError = false
    var endedInsideEvent = false
    var toolCount: Int32 = 0
    /// Frames and problems so far: the number of the current one.
    var events: UInt64 = 0
    var frames: UInt64 = 0
    var deltas: UInt64 = 0
    var malformed: UInt64 = 0
    var numbering = EventNumbering()
    /// High surrogates whose low surrogate has not been received yet; usually empty.
    var pendingSurrogates: [PendingSurrogate] = []

    /// The state that is restored if an event turns out to be unreadable.
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

    /// Appends the progress of the next piece, which was read as if it began the stream.
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

    /// The status and counts; `isWhole` is false if a part of the stream was lost.
    func end(bytes: UInt64, ignoredLines: UInt64, isWhole: Bool) -> StreamEnd {
        let isComplete = sawTerminal && isWhole && !sawStrayError && numbering.missing == 0
        // If the first event exceeds a limit that ends the stream, no bytes count as read, but some were received.
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

    /// The most texts that may be inside a surrogate pair at once.
    private static var mostPendingSurrogates: Int { 64 }

    /// Returns false if the maximum number of surrogates is pending: this one then counts as unpaired.
    mutating func keepPendingSurrogate(_ high: UInt16, of record: DeltaRecord) -> Bool {
        guard pendingSurrogates.count < Self.mostPendingSurrogates else { return false }
        pendingSurrogates.append(
            PendingSurrogate(
                high: high, kind: record.kind, flags: record.flags, choice: record.choice, tool: record.tool))
        return true
    }
}
