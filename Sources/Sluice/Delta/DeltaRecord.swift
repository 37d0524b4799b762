internal import CSluiceSimdjson

/// The kinds of deltas.
///
/// ```swift
/// var parser = try StreamParser(format: .textField)
/// let chunk: [UInt8] = Array("data: {\"text\":\n\ndata: {\"text\":\"Hi\"}\n\n".utf8)
/// var kinds: [DeltaKind] = []
/// try parser.parse(chunk.span) { kinds.append($0.kind) }
/// assert(kinds == [.malformed, .text])
/// ```
public enum DeltaKind: UInt8, Sendable, CaseIterable {
    /// Text of the answer.
    case text
    /// Text of the model's reasoning.
    case reasoning
    /// Text of a refusal.
    case refusal
    /// A tool call begins, or the stream completes its id or name.
    case toolCall
    /// A piece of a tool call's arguments, or all arguments as a JSON object.
    case toolArguments
    /// A choice has ended; the text is the reason.
    case finish
    /// Token counts.
    case usage
    /// The stream carried an error.
    case error
    /// The text that a failed server had sent before its error, as repeated in that error.
    case partial
    /// An event could not be read, or its number shows that others are missing; the stream continues after it.
    case malformed
}

/// Kinds of deltas, a bit for each.
typealias DeltaKinds = UInt32

extension DeltaKind {
    var bit: DeltaKinds { 1 << DeltaKinds(rawValue) }
}

extension Set<DeltaKind> {
    /// `malformed` is always emitted, and detection of missing events needs all numbers.
    var bits: DeltaKinds { reduce(DeltaKind.malformed.bit | 1 << DeltaRecord.numbers) { $0 | $1.bit } }
}

/// A delta as the engine stores it until it is read: the location of its bytes, not the bytes. A C type, so that the records
/// of events that match a template need no conversion.
typealias DeltaRecord = c_sluice_record

extension DeltaRecord {
    init(kind: DeltaKind, choice: Int32 = 0, tool: Int32 = 0) {
        self.init()
        self.kind = kind.rawValue
        self.choice = choice
        self.tool = tool
    }

    /// In place of a kind: not a delta, but the numbers that a stream gives its events. ``input`` is the event's number and
    /// ``output`` the number of events in all. Never visible outside of `StreamState`.
    static var numbers: UInt8 { 30 }

    /// In place of a kind: a record that is about to be removed.
    static var removed: UInt8 { 31 }

    var isNumbers: Bool {
        @inline(__always) get { kind == Self.numbers }
    }

    /// It has numbers in place of bytes.
    var hasNumbers: Bool { kind == DeltaKind.usage.rawValue || isNumbers }

    /// Text, arguments, reason, tool id, or error message.
    var bytes: Slice {
        @inline(__always) get { Slice(region, Int(offset), length) }
        @inline(__always) set {
            offset = Int64(newValue.offset)
            length = UInt32(truncatingIfNeeded: newValue.length)
            region = newValue.region.rawValue
        }
    }

    /// Tool name or error type.
    var other: Slice {
        @inline(__always) get { Slice(other_region, Int(other_offset), other_length) }
        set {
            other_offset = Int64(newValue.offset)
            other_length = UInt32(truncatingIfNeeded: newValue.length)
            other_region = newValue.region.rawValue
        }
    }

    /// Of usage, the request's tokens, -1 if unknown; of a malformed event, the index of its problem. Stored in place of the
    /// bytes, which these kinds do not have.
    var input: Int {
        @inline(__always) get { Int(offset) }
        set { offset = Int64(newValue) }
    }

    /// Of usage, the answer's tokens, -1 if unknown.
    var output: Int {
        @inline(__always) get { Int(other_offset) }
        set { other_offset = Int64(newValue) }
    }

    /// The arguments are a whole JSON object rather than a piece of its text; the usage replaces all earlier counts.
    var isWhole: Bool {
        get { flags & Self.whole != 0 }
        set { set(Self.whole, newValue) }
    }

    /// The reasoning is a plan for tool calls.
    var isPlan: Bool {
        get { flags & Self.plan != 0 }
        set { set(Self.plan, newValue) }
    }

    /// The tool's number was counted, not given.
    var isCounted: Bool {
        get { flags & Self.counted != 0 }
        set { set(Self.counted, newValue) }
    }

    /// The tool call's record completes the id or name of a call that an earlier one began.
    var isContinuation: Bool {
        get { flags & Self.continuation != 0 }
        set { set(Self.continuation, newValue) }
    }

    /// Who runs the tool call: bits 4 to 6 of the flags.
    var origin: UInt8 {
        get { flags >> 4 & 7 }
        set { flags = flags & 0x8F | (newValue & 7) << 4 }
    }

    private static var continuation: UInt8 { 8 }
    private static var whole: UInt8 { 1 }
    private static var plan: UInt8 { 2 }
    private static var counted: UInt8 { 4 }

    private mutating func set(_ flag: UInt8, _ value: Bool) {
        flags = value ? flags | flag : flags & ~flag
    }
}
