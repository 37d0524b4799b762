/// Bounds of the events and memory of one stream. Exceeding one is an error with a code, an offset and the event's number.
///
/// ```swift
/// var limits = Limits()
/// limits.maxEventBytes = 1 << 20
/// limits.whenExceeded = .fail
/// let parser = StreamParser(format: .openAIChat, limits: limits)
/// assert(parser.end.bytes == 0)
/// ```
///
/// A value equal to a limit is accepted; a greater one exceeds it. A limit below zero counts as zero.
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
    /// What happens if an event exceeds a limit.
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
    /// Upper bound of choice numbers, which start from 0 and have to be less; 16,384 by default, 1 at least.
    ///
    /// A choice without a number has its index in the array.
    public var maxChoices = 16_384
    /// Upper bound of tool call numbers of a choice, which start from 0 and have to be less; 16,384 by default.
    ///
    /// If a stream does not number its calls, it bounds their count; so it does in an ``Accumulator`` and SluiceKit's
    /// `ToolArguments`.
    public var maxToolCalls = 16_384
    /// Event templates that an engine keeps; 16 by default and at most. It affects the speed, never the deltas.
    ///
    /// An event that matches a template is compared instead of parsed. With 0, simdjson indexes every byte, and templates are
    /// compared with its index.
    public var maxTemplates = 16
    /// Bytes of text, reasoning, arguments, ids, names and reasons that an ``Accumulator`` holds; 64 MiB by default.
    ///
    /// A ``SpillSink`` receives text beyond it. In SluiceKit it bounds the value of an `IncrementalJSON`, and all calls of a
    /// `ToolArguments` together.
    public var maxAccumulatedBytes = 64 << 20
    /// Errors of unreadable events that an ``Accumulator`` stores; 100 by default. All are counted. SluiceKit's
    /// `ToolArguments` stores as many problems.
    public var maxProblems = 100
    /// What happens if an event exceeds a limit; skip by default.
    public var whenExceeded = WhenExceeded.skip

    /// The defaults.
    public init() {}
}

extension Limits {
    /// The limits within their valid ranges: none is below zero, and those that are counted in 32 bits fit.
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
        limits.maxTemplates = clamp(maxTemplates)
        limits.maxAccumulatedBytes = clamp(maxAccumulatedBytes, to: .max)
        limits.maxProblems = clamp(maxProblems)
        return limits
    }
}

extension SluiceError.Code {
    /// True if a limit was exceeded; ``Limits/whenExceeded`` determines what happens to the event.
    public var isOfLimit: Bool {
        switch self {
        case .eventTooLarge, .tooManyDataLines, .eventNameTooLong, .idTooLong, .nestedTooDeep, .tooManyFields,
            .tooManyChoices, .tooManyToolCalls, .answerTooLarge:
            true
        default: false
        }
    }
}
