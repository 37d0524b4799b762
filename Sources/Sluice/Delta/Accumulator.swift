/// Collects deltas into what the answer would have been without streaming.
///
/// ```swift
/// var parser = try StreamParser(format: .openAIChat)
/// var answer = Accumulator()
/// let chunk: [UInt8] = Array("data: {\"choices\":[{\"delta\":{\"content\":\"Hi\"}}]}\n\ndata: [DONE]\n\n".utf8)
/// try parser.parse(chunk.span, into: &answer)
/// try parser.finish(into: &answer)
/// assert(answer.choices[0]?.text == "Hi")
/// ```
///
/// Pieces are joined in order of arrival with nothing between them. A tool call whose number comes again with another id
/// is a new call. Usage is what was told last. Arguments that come as a whole JSON object are put into canonical form:
/// sorted keys, no white space.
///
/// What it holds is bounded, however long the stream is. Text, reasoning, refusals and arguments are
/// ``Limits/maxAccumulatedBytes`` together, and so are ids, names and reasons; calls and choices are counted
/// (``Limits/maxToolCalls`` of all choices, ``Limits/maxChoices``), and of problems the first ``Limits/maxProblems`` are
/// kept. Past a limit a delta is dropped and reported, or the adding throws: ``Limits/whenExceeded`` says which. With
/// ``add(_:spillingTo:)`` text past the limit is dropped nowhere, but handed to a sink.
public struct Accumulator: Sendable, Hashable {
    /// One of n parallel completions.
    public struct Choice: Sendable, Hashable {
        var textBytes: [UInt8] = []
        var reasoningBytes: [UInt8] = []
        var toolPlanBytes: [UInt8] = []
        var refusalBytes: [UInt8] = []

        /// The answer's text so far, behind what was spilled.
        public var text: String { String(decoding: textBytes, as: UTF8.self) }
        /// The reasoning so far, behind what was spilled.
        public var reasoning: String { String(decoding: reasoningBytes, as: UTF8.self) }
        /// The plan for tool calls so far, where the provider tells it apart from reasoning.
        public var toolPlan: String { String(decoding: toolPlanBytes, as: UTF8.self) }
        /// The refusal so far.
        public var refusal: String { String(decoding: refusalBytes, as: UTF8.self) }
        /// Tool calls, in order of arrival.
        public internal(set) var toolCalls: [ToolCall] = []
        /// Of each of the stream's numbers, the position in `toolCalls` of the last call that had it.
        var lastCalls: [Int: Int] = [:]
        /// Why the choice ended, once it has.
        public var finishReason: String?
    }

    /// One tool call.
    public struct ToolCall: Sendable, Hashable {
        /// The number that the stream gives it; nil where the stream does not number calls.
        public var index: Int?
        /// Its id, nil where the stream gives none.
        public var id: String?
        /// Its name, nil where the stream gives none.
        public var name: String?
        var argumentBytes: [UInt8] = []
        var number: Int

        /// The arguments so far, behind what was spilled.
        public var arguments: String { String(decoding: argumentBytes, as: UTF8.self) }
    }

    /// Token counts.
    public struct Usage: Sendable, Hashable {
        /// Tokens of the request.
        public var input: Int?
        /// Tokens of the answer.
        public var output: Int?

        /// Counts as far as they are known.
        public init(input: Int?, output: Int?) {
            self.input = input
            self.output = output
        }
    }

    /// An error that the stream carried.
    public struct StreamError: Sendable, Hashable {
        /// Its type or code, empty where there is none.
        public var type: String
        /// Its message.
        public var message: String
    }

    /// What bytes belong to: one text of one choice.
    public struct Part: Sendable, Hashable {
        /// Which of a choice's texts.
        public enum Field: Sendable, Hashable {
            /// ``Choice/text``.
            case text
            /// ``Choice/reasoning``.
            case reasoning
            /// ``Choice/toolPlan``.
            case toolPlan
            /// ``Choice/refusal``.
            case refusal
            /// ``ToolCall/arguments`` of the call at this position of ``Choice/toolCalls``.
            case arguments(toolCall: Int)
        }

        /// The choice's number.
        public var choice: Int
        /// Which of its texts.
        public var field: Field

        /// One text of one choice.
        public init(choice: Int, field: Field) {
            self.choice = choice
            self.field = field
        }
    }

    /// The choices that anything was said of, by number.
    public internal(set) var choices: [Int: Choice] = [:]
    /// The token counts told last, nil when none were.
    public internal(set) var usage: Usage?
    /// The last error that the stream carried.
    public internal(set) var error: StreamError?
    /// What a server that failed says it had sent until then, where it says so.
    public internal(set) var partial: String?
    /// The first events that could not be read, and what was dropped first: at most ``Limits/maxProblems`` of them.
    public internal(set) var problems: [SluiceError] = []
    /// All problems, those that are not kept too.
    public internal(set) var problemCount: UInt64 = 0
    /// Bytes of text, reasoning, refusals and arguments that are held.
    public internal(set) var heldBytes = 0
    /// Bytes of them that a sink has taken.
    public internal(set) var spilledBytes: UInt64 = 0
    /// Bytes of them that were dropped because a limit was passed.
    public internal(set) var droppedBytes: UInt64 = 0

    let limits: Limits
    /// Bytes of ids, names and reasons.
    var nameBytes = 0
    var callCount = 0
    /// A text was dropped: what comes behind it would not join what was before.
    var dropsText = false
    /// A tool call was dropped: arguments that come are not those of the last call of their number.
    var dropsCalls = false

    /// Nothing collected yet.
    public init(limits: Limits = Limits()) {
        self.limits = limits.clamped
    }

    /// Takes one delta in; copies its bytes.
    ///
    /// - Throws: a limit that was passed, if ``Limits/whenExceeded`` says so: `answerTooLarge`, `tooManyToolCalls` or
    ///   `tooManyChoices`, with the offset of the delta's event. What was taken before stays. Where they are skipped, all
    ///   text behind the first that is dropped is dropped too, so that what is held has no gap.
    public mutating func add(_ delta: borrowing Delta) throws(SluiceError) {
        var none = NoSink()
        try add(delta, &none, hasSink: false)
    }

    /// As ``add(_:)-(Delta)``, of a delta that was kept.
    public mutating func add(_ delta: OwnedDelta) throws(SluiceError) {
        var none = NoSink()
        try add(delta, &none, hasSink: false)
    }

    /// As ``add(_:)-(Delta)``, but text past ``Limits/maxAccumulatedBytes`` makes room for itself: all that is held is handed to
    /// `sink` first. What the sink has of a part, and what is held of it, are the whole part in this order.
    ///
    /// - Throws: what the sink throws, and as ``add(_:)-(Delta)`` for ids, names, calls and choices, which no sink takes.
    public mutating func add<Sink: SpillSink & ~Copyable>(
        _ delta: borrowing Delta, spillingTo sink: inout Sink
    ) throws(SluiceError) {
        try add(delta, &sink, hasSink: true)
    }

    /// Hands all text, reasoning, refusals and arguments that are held to `sink`: at the end of a stream, what is left.
    ///
    /// Choices in the order of their numbers, of each text, reasoning, plan, refusal and the arguments of its calls.
    /// - Throws: what the sink throws; it is asked for no part again that it has taken.
    public mutating func spill<Sink: SpillSink & ~Copyable>(to sink: inout Sink) throws(SluiceError) {
        for choice in choices.keys.sorted() {
            try spill(choice, .text, \.textBytes, &sink)
            try spill(choice, .reasoning, \.reasoningBytes, &sink)
            try spill(choice, .toolPlan, \.toolPlanBytes, &sink)
            try spill(choice, .refusal, \.refusalBytes, &sink)
            for call in (choices[choice]?.toolCalls ?? []).indices {
                try spill(choice, .arguments(toolCall: call), \.toolCalls[call].argumentBytes, &sink)
            }
        }
    }
}

/// Takes the text that an ``Accumulator`` does not hold any more: a file, a socket, a digest.
///
/// Pieces of one part come in order, each of whole characters; pieces of several parts come in turns, so a sink that writes
/// them all to one place has to tell them apart.
public protocol SpillSink: ~Copyable {
    /// Takes one more piece of a part; must not keep `bytes` beyond the call.
    ///
    /// - Throws: that it could not, with a code such as ``SluiceError/Code/sinkFailed``. Nothing of the piece counts as
    ///   taken then.
    mutating func take(_ bytes: RawSpan, of part: Accumulator.Part) throws(SluiceError)
}

extension StreamParser {
    /// Adds every delta of a borrowed chunk to `answer`.
    ///
    /// - Throws: as ``parse(_:_:)-(RawSpan,_)``, and as ``Accumulator/add(_:)-(Delta)``, which ends the stream too: the rest of the
    ///   chunk is gone with it.
    public mutating func parse(_ chunk: RawSpan, into answer: inout Accumulator) throws(SluiceError) {
        var reader = read(chunk)
        while let delta = try reader.next() { try answer.add(delta) }
    }

    /// As ``parse(_:into:)-(RawSpan,_)``, of bytes such as `[UInt8].span`.
    public mutating func parse(_ chunk: Span<UInt8>, into answer: inout Accumulator) throws(SluiceError) {
        try parse(chunk.rawBytes, into: &answer)
    }

    /// Ends the input: adds what is left to `answer`, and says whether the stream was complete, truncated, failed or empty.
    ///
    /// - Throws: as ``finish(_:)``, and as ``Accumulator/add(_:)-(Delta)``.
    @discardableResult
    public mutating func finish(into answer: inout Accumulator) throws(SluiceError) -> StreamEnd {
        var reader = readEnd()
        while let delta = try reader.next() { try answer.add(delta) }
        return end
    }
}

extension RawSpan {
    /// A copy, made at once and not byte by byte.
    package var copiedBytes: [UInt8] { Window(lending: self).copy() }
}
