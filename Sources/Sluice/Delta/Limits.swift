/// What one stream may take; passing a limit is an error with a name, an offset and the event's number.
///
/// ```swift
/// var limits = Limits()
/// limits.maxEventBytes = 1 << 20
/// limits.whenExceeded = .fail
/// let parser = try StreamParser(format: .openAIChat, limits: limits)
/// assert(parser.end.bytes == 0)
/// ```
///
/// A value up to a limit is read, and one more is not. A limit below zero counts as zero.
///
/// | what | limit | error |
/// |---|---|---|
/// | bytes of an event, framing included | ``maxEventBytes`` | ``SluiceError/Code/eventTooLarge`` |
/// | data lines joined into one payload | ``maxDataLinesPerEvent`` | ``SluiceError/Code/tooManyDataLines`` |
/// | bytes of an event's type | ``maxEventNameBytes`` | ``SluiceError/Code/eventNameTooLong`` |
/// | bytes of an event's id | ``maxIDBytes`` | ``SluiceError/Code/idTooLong`` |
/// | brackets open at once | ``maxNestingDepth`` | ``SluiceError/Code/nestedTooDeep`` |
/// | fields read from a payload | ``maxCapturesPerEvent`` | ``SluiceError/Code/tooManyFields`` |
/// | choices, by their numbers | ``maxChoices`` | ``SluiceError/Code/tooManyChoices`` |
/// | tool calls, by their numbers | ``maxToolCalls`` | ``SluiceError/Code/tooManyToolCalls`` |
/// | bytes that an ``Accumulator`` holds, or SluiceKit's tool arguments | ``maxAccumulatedBytes`` | ``SluiceError/Code/answerTooLarge`` |
public struct Limits: Sendable, Hashable {
    /// What happens where a limit is passed, whichever it is.
    public enum WhenExceeded: Sendable, Hashable {
        /// The event is skipped to its end and reported: a delta of kind ``DeltaKind/malformed`` with the limit's error.
        case skip
        /// The stream ends with the limit's error.
        case fail
    }

    /// Bytes of one event, framing included; 16 MiB by default, 1 GiB at most.
    public var maxEventBytes = 16 << 20
    /// `data` lines of one Server-Sent Event, which are joined into one payload; 65,536 by default, 1 at least.
    public var maxDataLinesPerEvent = 65_536
    /// Bytes of an event's type: SSE's `event` field, AWS's `:event-type` or `:exception-type`; 1,024 by default.
    public var maxEventNameBytes = 1024
    /// Bytes of SSE's `id` field, and so of the last event ID that a stream keeps; 8,192 by default, which is as long a
    /// `Last-Event-ID` header as servers take.
    public var maxIDBytes = 8192
    /// Brackets open at once in one payload; 1,024 by default.
    public var maxNestingDepth = 1024
    /// Fields read from one payload; 65,536 by default.
    public var maxCapturesPerEvent = 65_536
    /// Choices are numbered from 0 and below this; 16,384 by default, 1 at least. The number of a delta's choice may be an array's
    /// index.
    public var maxChoices = 16_384
    /// Tool calls are numbered from 0 and below this, in each choice; 16,384 by default. Where a stream does not number
    /// them, or an ``Accumulator`` or SluiceKit's `ToolArguments` keeps them, it is their count.
    public var maxToolCalls = 16_384
    /// Kinds of events that the stream's engine remembers by their bytes, so that the next of the kind is compared rather
    /// than parsed; 16 by default and at most. With 0 every byte goes through simdjson, and kinds of events are compared along
    /// its index. It changes the speed, never the deltas.
    public var maxSkeletons = 16
    /// Bytes of text, reasoning, arguments, ids, names and reasons that an ``Accumulator`` holds; 64 MiB by default. With a
    /// ``SpillSink``, what is more is handed to it. In SluiceKit it bounds the value of an `IncrementalJSON`, and all calls of
    /// a `ToolArguments` together.
    public var maxAccumulatedBytes = 64 << 20
    /// Events that could not be read of which an ``Accumulator`` keeps the error; 100 by default. All are counted. SluiceKit's
    /// `ToolArguments` keeps as many problems.
    public var maxProblems = 100
    /// What to do where a limit is passed; skip unless told.
    public var whenExceeded = WhenExceeded.skip

    /// The defaults.
    public init() {}
}

extension Limits {
    /// What is counted in 32 bits stays within them, whatever was asked for, and nothing is below zero.
    package var clamped: Limits {
        func clamp(_ value: Int, from least: Int = 0, to most: Int = Int(Int32.max)) -> Int {
            min(max(value, least), most)
        }
        var limits = self
        limits.maxEventBytes = clamp(maxEventBytes, to: 1 << 30)
        limits.maxDataLinesPerEvent = clamp(maxDataLinesPerEvent, from: 1)
        limits.maxEventNameBytes = clamp(maxEventNameBytes)
        limits.maxIDBytes = clamp(maxIDBytes)
        limits.maxNestingDepth = clamp(maxNestingDepth)
        limits.maxCapturesPerEvent = clamp(maxCapturesPerEvent)
        limits.maxChoices = clamp(maxChoices, from: 1)
        limits.maxToolCalls = clamp(maxToolCalls)
        limits.maxSkeletons = clamp(maxSkeletons)
        limits.maxAccumulatedBytes = clamp(maxAccumulatedBytes, to: .max)
        limits.maxProblems = clamp(maxProblems)
        return limits
    }
}

extension SluiceError.Code {
    /// A limit was passed; ``Limits/whenExceeded`` says what becomes of the event.
    public var isOfLimit: Bool {
        switch self {
        case .eventTooLarge, .tooManyDataLines, .eventNameTooLong, .idTooLong, .nestedTooDeep, .tooManyFields,
            .tooManyChoices, .tooManyToolCalls, .answerTooLarge:
            true
        default: false
        }
    }
}
