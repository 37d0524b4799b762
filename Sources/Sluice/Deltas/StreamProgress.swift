internal import CSluiceSimdjson

/// The status and counts of a stream. While the stream is being read, they are as if the input ended here.
///
/// ```swift
/// var parser = StreamParser(format: .textField)
/// let chunk: [UInt8] = Array("data: {\"text\":\"Hi\"}\n\n".utf8)
/// try parser.parse(chunk.span) { _ in }
/// let end = try parser.finish { _ in }
/// assert(end.status == .truncated)  // [DONE] never came
/// assert(end.frames == 1 && end.deltas == 1 && end.bytes == 21)
/// ```
public struct StreamEnd: Sendable, Hashable {
    /// Whether a stream is complete.
    public enum Status: String, Sendable, Hashable {
        /// The terminal marker was received, no error, and no event is known to be missing.
        case complete
        /// A choice has ended, with a finish reason, and the input ended between events, but the terminal marker was not
        /// received.
        case finished
        /// Bytes were received, but neither the terminal marker nor a finish reason, or an event is known to be missing.
        case truncated
        /// The stream carried an error.
        case failed
        /// Nothing was received, or nothing but keep-alives and terminal payloads.
        case empty
    }

    /// Whether the stream is complete. Final after the end of the input, as by ``StreamParser/finish()``.
    public var status: Status
    /// Bytes read. If an exceeded limit ended the stream, the bytes before the event that exceeded it.
    public var bytes: UInt64
    /// Frames emitted by the framing.
    public var frames: UInt64
    /// Deltas read from the frames, without those of kind ``DeltaKind/malformed``.
    public var deltas: UInt64
    /// Events that could not be read, or whose number shows that others are missing.
    public var malformedEvents: UInt64
    /// Events that no rule reads and that are no keep-alives.
    public var unreadEvents: UInt64
    /// The first kinds of unread events, at most 8.
    public var unreadKinds: [UnreadKind]
    /// Events that are missing according to the stream's own numbers. Such a stream is not complete.
    public var missingEvents: UInt64
    /// SSE lines with a field name that the standard does not define.
    public var ignoredLines: UInt64
    /// Whether the input ended inside an event.
    public var endedInsideEvent: Bool
}

/// A kind of events that no rule of the format reads.
///
/// ```swift
/// var parser = StreamParser(format: .anthropicMessages)
/// let chunk: [UInt8] = Array("data: {\"type\":\"news\",\"of\":\"the day\"}\n\n".utf8)
/// try parser.parse(chunk.span) { _ in }
/// let kinds = try parser.finish { _ in }.unreadKinds
/// assert(kinds.map(\.name) == ["news"] && kinds[0].count == 1)
/// ```
public struct UnreadKind: Sendable, Hashable {
    /// The events' `type`, or else their `event_type`, SSE event type or `object`, or else their top-level keys: at most 64
    /// bytes, printable.
    public var name: String
    /// The number of events of this kind.
    public var count: UInt64
    /// Offset of the first of them, in bytes from the beginning of the stream.
    public var offset: UInt64
    /// Number of the first of them, the first event of the stream being 1.
    public var event: UInt64
}

extension StreamEnd {
    /// The state of a stream before its first byte.
    public init() { self = StreamProgress().end(bytes: 0, FramerRest(), isWhole: true) }
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
    /// What the events have read so far, as in ``reads``.
    private var noted = Self.unnoted
    var sawStrayError = false
    var endedInsideEvent = false
    var toolCount: Int32 = 0
    /// Frames and problems so far: the number of the current one.
    var events: UInt64 = 0
    var frames: UInt64 = 0
    var deltas: UInt64 = 0
    var malformed: UInt64 = 0
    var numbering = EventNumbering()
    /// Nil until the first tool call.
    var calls: ToolCallTable?
    /// Nil until the first unread event.
    var unread: UnreadEvents?
    /// High surrogates whose low surrogate has not been received yet; usually empty.
    var pendingSurrogates: [PendingSurrogate] = []

    init() {}

    /// The progress of a piece from the middle of a stream.
    init(numbering: EventNumbering) { self.numbering = numbering }

    /// The state that is restored if an event turns out to be unreadable.
    struct Checkpoint {
        var sawTerminal: Bool
        var sawFinish: Bool
        var came: UInt16
        var details: UInt64
        var toolCount: Int32
        var pendingSurrogates: [PendingSurrogate]?
    }

    var checkpoint: Checkpoint {
        @inline(__always) get {
            calls?.begin()
            return Checkpoint(
                sawTerminal: sawTerminal, sawFinish: sawFinish, came: came, details: details,
                toolCount: toolCount,
                pendingSurrogates: pendingSurrogates.isEmpty ? nil : pendingSurrogates)
        }
    }

    mutating func restore(_ checkpoint: Checkpoint) {
        sawTerminal = checkpoint.sawTerminal
        sawFinish = checkpoint.sawFinish
        came = checkpoint.came
        details = checkpoint.details
        calls?.rollback()
        toolCount = checkpoint.toolCount
        pendingSurrogates = checkpoint.pendingSurrogates ?? []
    }

    /// Appends the progress of the next piece, which was read as if it began the stream.
    mutating func add(_ next: StreamProgress) {
        sawTerminal = sawTerminal || next.sawTerminal
        sawError = sawError || next.sawError
        sawFinish = sawFinish || next.sawFinish
        sawContent = sawContent || next.sawContent
        came |= next.came
        details |= next.details
        sawWhole = sawWhole || next.sawWhole
        add(next.calls)
        add(next.unread)
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

    private mutating func add(_ next: ToolCallTable?) {
        guard let next else { return }
        if let calls { calls.add(next) } else { calls = next }
    }

    private mutating func add(_ next: UnreadEvents?) {
        guard let next else { return }
        let known = unread ?? UnreadEvents()
        known.add(next, afterEvents: events)
        unread = known
    }

    /// The bits of ``came`` of a kind of delta: text, reasoning or refusal.
    @inline(__always)
    static func pieces(of kind: UInt8) -> UInt16 { 0xF << (UInt16(kind) * 4) }

    /// What came, in the form of `c_sluice_run.reads`, where events that match templates are noted: what is set need not be
    /// noted again, so arguments of tool calls are not.
    @inline(__always)
    var reads: UInt64 { noted | (hasOpenCalls ? 0 : Self.settled) }

    /// Notes what events that matched templates have read, and what was read before them.
    @inline(__always)
    mutating func note(_ reads: UInt64) { noted = reads & ~(Self.settled | UInt64(DeltaKind.toolArguments.bit)) }

    /// A choice has ended.
    var sawFinish: Bool {
        get { has(UInt64(DeltaKind.finish.bit)) }
        set { set(UInt64(DeltaKind.finish.bit), newValue) }
    }

    /// An event was more than a keep-alive or a terminal payload.
    var sawContent: Bool {
        get { has(Self.content) }
        set { set(Self.content, newValue) }
    }

    /// A whole text, reasoning or refusal was read.
    var sawWhole: Bool {
        get { has(Self.whole) }
        set { set(Self.whole, newValue) }
    }

    /// For text, reasoning and refusals, four bits each: whether a piece came since the last whole value of each extent.
    var came: UInt16 {
        get { UInt16(truncatingIfNeeded: noted >> C_SLUICE_READS_PIECES) }
        set { noted = noted & ~(0xFFFF << C_SLUICE_READS_PIECES) | UInt64(newValue) << C_SLUICE_READS_PIECES }
    }

    /// The details that came: ``Field/cameBit``.
    var details: UInt64 {
        get { noted & Field.cameBits }
        set { noted = noted & ~Field.cameBits | newValue }
    }

    private func has(_ bit: UInt64) -> Bool { noted & bit != 0 }

    private mutating func set(_ bit: UInt64, _ isSet: Bool) { noted = isSet ? noted | bit : noted & ~bit }

    // C_SLUICE_READS_CONTENT, _WHOLE and _SETTLED, whose macros Swift does not import.
    private static var content: UInt64 { 1 << 32 }
    private static var whole: UInt64 { 1 << 33 }
    /// No tool call lacks arguments.
    static var settled: UInt64 { 1 << 34 }
    /// The kinds of which nothing has to be noted.
    private static var unnoted: UInt64 {
        UInt64(UInt32.max & ~(DeltaKind.finish.bit | DeltaKind.toolArguments.bit))
    }

    /// A tool call still lacks arguments, so that the next event may emit more than it says.
    @inline(__always)
    var hasOpenCalls: Bool {
        guard let calls else { return false }
        return calls.openCount > 0
    }

    /// Notes a delta that is not empty.
    @inline(__always)
    mutating func note(_ kind: DeltaKind) {
        if kind.rawValue <= DeltaKind.refusal.rawValue { came |= Self.pieces(of: kind.rawValue) }
        if kind == .finish { sawFinish = true }
    }

    /// The status and counts; `isWhole` is false if a part of the stream was lost.
    func end(bytes: UInt64, _ framer: FramerRest, isWhole: Bool) -> StreamEnd {
        let isWhole = isWhole && !sawStrayError && numbering.missing == 0
        // If the first event exceeds a limit that ends the stream, no bytes count as read, but some were received.
        // Comments alone make no frame.
        let isSilent = bytes == 0 || framer.hasQuietLines
        let isEmpty =
            !sawContent && isWhole && malformed == 0 && !endedInsideEvent && (frames > 0 || events == 0 && isSilent)
        let isFinished = sawFinish && !endedInsideEvent && malformed == 0
        let status: StreamEnd.Status =
            sawError
            ? .failed
            : isEmpty
                ? .empty : isWhole && sawTerminal ? .complete : isWhole && isFinished ? .finished : .truncated
        return StreamEnd(
            status: status, bytes: bytes, frames: frames, deltas: deltas, malformedEvents: malformed,
            unreadEvents: unread?.count ?? 0, unreadKinds: unread?.kinds ?? [], missingEvents: numbering.missing,
            ignoredLines: framer.ignoredLines, endedInsideEvent: endedInsideEvent)
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
