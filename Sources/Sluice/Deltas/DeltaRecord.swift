internal import CSluiceSimdjson

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

    /// `tool` is the number of the block that a text or detail belongs to: of kinds without an origin.
    var hasBlock: Bool {
        get { flags & Self.numbered != 0 }
        set { set(Self.numbered, newValue) }
    }

    /// Who runs the tool call: bits 4 to 6 of the flags.
    var origin: UInt8 {
        get { flags >> 4 & 7 }
        set { flags = flags & 0x8F | (newValue & 7) << 4 }
    }

    private static var continuation: UInt8 { 8 }
    private static var numbered: UInt8 { 16 }
    private static var whole: UInt8 { 1 }
    private static var plan: UInt8 { 2 }
    private static var counted: UInt8 { 4 }

    private mutating func set(_ flag: UInt8, _ value: Bool) {
        flags = value ? flags | flag : flags & ~flag
    }
}
