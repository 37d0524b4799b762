/// Joins deltas into the answer as it would have been without streaming.
///
/// ```swift
/// var parser = StreamParser(format: .openAIChat)
/// var answer = Accumulator()
/// let chunk: [UInt8] = Array("data: {\"choices\":[{\"delta\":{\"content\":\"Hi\"}}]}\n\ndata: [DONE]\n\n".utf8)
/// try parser.parse(chunk.span, into: &answer)
/// try parser.finish(into: &answer)
/// assert(answer.choices[0]?.text == "Hi")
/// ```
///
/// Pieces are joined in order of arrival with nothing between them. A tool call begins with each delta of that kind which is no
/// continuation. Usage holds the latest counts. Arguments that arrive as a whole JSON object are put into canonical
/// form: sorted keys, no white space.
///
/// The memory is bounded for streams of any length. Text, reasoning, refusals and arguments take at most
/// ``Limits/maxAccumulatedBytes`` together; ids, names and reasons take at most as many again. There are at most
/// ``Limits/maxToolCalls`` calls in all choices together, and at most ``Limits/maxChoices`` choices. The first
/// ``Limits/maxProblems`` problems are stored. A delta that exceeds a limit is dropped and reported, or `add` throws, as
/// ``Limits/whenExceeded`` says. ``add(_:spillingTo:)`` passes text to a sink instead of dropping it.
public struct Accumulator: Sendable, Hashable {
    /// One of n parallel completions.
    public struct Choice: Sendable, Hashable {
        var textBytes: [UInt8] = []
        var reasoningBytes: [UInt8] = []
        var toolPlanBytes: [UInt8] = []
        var refusalBytes: [UInt8] = []

        /// The answer's text so far, without the text that was spilled to a sink.
        public var text: String { String(decoding: textBytes, as: UTF8.self) }
        /// The reasoning so far, without the text that was spilled to a sink.
        public var reasoning: String { String(decoding: reasoningBytes, as: UTF8.self) }
        /// The plan for tool calls so far, if the provider separates it from reasoning.
        public var toolPlan: String { String(decoding: toolPlanBytes, as: UTF8.self) }
        /// The refusal so far.
        public var refusal: String { String(decoding: refusalBytes, as: UTF8.self) }
        /// Tool calls, in order of arrival.
        public internal(set) var toolCalls: [ToolCall] = []
        /// Of each number of the stream, the last call and the last block that have it.
        var numbered: [Int: Numbered] = [:]
        /// Why the choice ended; nil until it has ended.
        public var finishReason: String?
        /// The parts of the choice, in order of arrival; at most 65,536 in all choices.
        public var blocks: [Accumulator.Block] { storedBlocks.isEmpty ? onlyText.map { [$0] } ?? [] : storedBlocks }
        /// Empty while all there is of the choice is one text.
        var storedBlocks: [Accumulator.Block] = []
        var ends = Ends()
    }

    /// One tool call.
    public struct ToolCall: Sendable, Hashable {
        /// The call's number in the stream; nil if the stream does not number calls.
        public var index: Int?
        /// The call's id; nil if the stream has none.
        public var id: String?
        /// The name of the function; nil if the stream has none.
        public var name: String?
        /// Who runs the call.
        public var origin = ToolOrigin.client
        var argumentBytes: [UInt8] = []
        var number: Int

        /// The arguments so far, without those that were spilled to a sink.
        public var arguments: String { String(decoding: argumentBytes, as: UTF8.self) }
    }

    /// An error that the stream carried.
    public struct StreamError: Sendable, Hashable {
        /// The error's type or code; empty if there is none.
        public var type: String
        /// The error's message.
        public var message: String
        /// What else the error says; nil if there is nothing.
        public var details: ErrorDetails?
    }

    /// The place of bytes in the answer: one text of one choice.
    public struct Part: Sendable, Hashable {
        /// The texts of a choice.
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
        /// The text within the choice.
        public var field: Field

        /// Creates a part: one text of one choice.
        public init(choice: Int, field: Field) {
            self.choice = choice
            self.field = field
        }
    }

    /// The choices that have received deltas, by number.
    public internal(set) var choices: [Int: Choice] = [:]
    /// The latest token counts; nil if the stream has none.
    public internal(set) var usage: Usage?
    /// What the stream says beside the answer, if ``DeltaKind/detail`` was selected: its id, its model, the provider's own usage,
    /// fields of one's own. Those of a block are in ``Choice/blocks``.
    public internal(set) var details: [Detail] = []
    /// The last error that the stream carried.
    public internal(set) var error: StreamError?
    /// The text that a failed server had sent before its error, if the error repeats it.
    public internal(set) var partial: String?
    /// The errors of unreadable events and dropped deltas: the first ``Limits/maxProblems`` of them.
    public internal(set) var problems: [SluiceError] = []
    /// The number of all problems, including those that are not stored.
    public internal(set) var problemCount: UInt64 = 0
    /// Bytes of text, reasoning, refusals and arguments in memory.
    public internal(set) var heldBytes = 0
    /// Bytes of text, reasoning, refusals and arguments that were passed to a sink.
    public internal(set) var spilledBytes: UInt64 = 0
    /// Bytes of text, reasoning, refusals and arguments that were dropped because a limit was exceeded.
    public internal(set) var droppedBytes: UInt64 = 0

    let limits: Limits
    /// Bytes of ids, names and reasons.
    var nameBytes = 0
    var callCount = 0
    var blockCount = 0
    /// A text was dropped, so later text is dropped too: it would not join the held text.
    var dropsText = false
    /// A tool call was dropped, so later arguments may not belong to the last call with their number.
    var dropsCalls = false

    /// Creates an empty accumulator.
    public init(limits: Limits = Limits()) {
        self.limits = limits.clamped
    }

    /// Adds a delta; copies its bytes.
    ///
    /// If ``Limits/whenExceeded`` is `.skip`, all text after the first dropped piece is dropped too, so that the held text has
    /// no gap.
    /// - Throws: `answerTooLarge`, `tooManyToolCalls` or `tooManyChoices`, with the offset of the delta's event, if a limit is
    ///   exceeded and ``Limits/whenExceeded`` is `.fail`. The deltas added before are kept.
    public mutating func add(_ delta: borrowing Delta) throws(SluiceError) {
        var none = NoSink()
        try add(delta, &none, hasSink: false)
    }

    /// As ``add(_:)-(Delta)``, for a copied delta.
    public mutating func add(_ delta: OwnedDelta) throws(SluiceError) {
        var none = NoSink()
        try add(delta, &none, hasSink: false)
    }

    /// As ``add(_:)-(Delta)``, but text that exceeds ``Limits/maxAccumulatedBytes`` first moves all held text to `sink`.
    ///
    /// The bytes of a part that the sink received, followed by the held bytes of that part, are the whole part.
    /// - Throws: the errors of the sink, and as ``add(_:)-(Delta)`` for ids, names, calls and choices, which are not spilled.
    public mutating func add<Sink: SpillSink & ~Copyable>(
        _ delta: borrowing Delta, spillingTo sink: inout Sink
    ) throws(SluiceError) {
        try add(delta, &sink, hasSink: true)
    }

    /// The first value of a detail of the answer, such as `.responseID` or `.model`; nil if there is none.
    public func detail(_ field: Field) -> String? { details.first { $0.name == field.rawValue }?.value }

    /// Moves all held text, reasoning, refusals and arguments to `sink`. Call it at the end of a stream.
    ///
    /// The order is that of the choices' numbers, and within a choice text, reasoning, plan, refusal, arguments of its calls.
    /// - Throws: the errors of the sink. Parts that the sink has stored are not passed to it again.
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

/// Stores the text that exceeds an ``Accumulator``'s limit, in a file or a socket for example.
///
/// The pieces of one part arrive in order, each of whole characters. Pieces of several parts are interleaved, so a sink that
/// writes them to one place has to separate them.
public protocol SpillSink: ~Copyable {
    /// Stores the next piece of a part. `bytes` are valid only during the call.
    ///
    /// - Throws: an error if the piece could not be stored, with a code such as ``SluiceError/Code/sinkFailed``. The whole
    ///   piece then counts as not stored.
    mutating func take(_ bytes: RawSpan, of part: Accumulator.Part) throws(SluiceError)
}

extension StreamParser {
    /// Adds every delta of a borrowed chunk to `answer`.
    ///
    /// - Throws: as ``DeltaReader/next()``, and as ``Accumulator/add(_:)-(Delta)``. Either ends the stream, because the
    ///   rest of the chunk is lost.
    public mutating func parse(_ chunk: Span<UInt8>, into answer: inout Accumulator) throws(SluiceError) {
        var reader = read(chunk)
        while let delta = try reader.next() { try answer.add(delta) }
    }

    /// Ends the input: adds the remaining deltas to `answer`, and returns how the stream ended.
    ///
    /// - Throws: as a reader of ``finish()``, and as ``Accumulator/add(_:)-(Delta)``.
    @discardableResult
    public mutating func finish(into answer: inout Accumulator) throws(SluiceError) -> StreamEnd {
        var reader = finish()
        while let delta = try reader.next() { try answer.add(delta) }
        return end
    }
}

extension RawSpan {
    /// A copy of the bytes, made with one block copy.
    package var copiedBytes: [UInt8] { Window(lending: self).copy() }
}
