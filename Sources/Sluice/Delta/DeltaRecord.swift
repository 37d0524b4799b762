internal import CSluiceSimdjson

/// What a delta is about.
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
    /// A tool call begins, or becomes known better: its id and name.
    case toolCall
    /// A piece of a tool call's arguments, or the whole of them as a JSON object.
    case toolArguments
    /// A choice has ended, and why.
    case finish
    /// Token counts as far as the stream has told them.
    case usage
    /// The stream carried an error.
    case error
    /// What a server that failed says it had sent until then, told with its error.
    case partial
    /// An event could not be read, or shows that others are missing; the stream goes on behind it.
    case malformed
}

/// Kinds of deltas, a bit for each.
typealias DeltaKinds = UInt32

extension DeltaKind {
    var bit: DeltaKinds { 1 << DeltaKinds(rawValue) }
}

extension Set<DeltaKind> {
    /// Events that cannot be read are always told; that some are missing is found by all numbers.
    var bits: DeltaKinds { reduce(DeltaKind.malformed.bit | 1 << DeltaRecord.numbers) { $0 | $1.bit } }
}

/// A delta as the engine keeps it until it is read: where its bytes lie, not the bytes. A type of C, so that what known
/// events bring forth need not be converted.
typealias DeltaRecord = c_sluice_record

extension DeltaRecord {
    init(kind: DeltaKind, choice: Int32 = 0, tool: Int32 = 0) {
        self.init()
        self.kind = kind.rawValue
        self.choice = choice
        self.tool = tool
    }

    /// In place of a kind: no delta, but the numbers that a stream gives its events, ``input`` the event's own and
    /// ``output`` how many there were. Never seen outside of `StreamState`.
    static var numbers: UInt8 { 30 }

    var isNumbers: Bool {
        @inline(__always) get { kind == Self.numbers }
    }

    /// It tells numbers, and has no bytes.
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

    /// Of usage, the request's tokens, -1 where not told; of a malformed event, the number of its problem. Both stand in
    /// place of bytes, which neither has.
    var input: Int {
        @inline(__always) get { Int(offset) }
        set { offset = Int64(newValue) }
    }

    /// Of usage, the answer's tokens, -1 where not told.
    var output: Int {
        @inline(__always) get { Int(other_offset) }
        set { other_offset = Int64(newValue) }
    }

    /// The arguments are a whole JSON object rather than a piece of its text; the usage is all that is known.
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

    private static var whole: UInt8 { 1 }
    private static var plan: UInt8 { 2 }
    private static var counted: UInt8 { 4 }

    private mutating func set(_ flag: UInt8, _ value: Bool) {
        flags = value ? flags | flag : flags & ~flag
    }
}
