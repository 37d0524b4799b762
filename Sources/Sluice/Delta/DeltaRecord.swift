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
    /// An event could not be read; the stream goes on behind it.
    case malformed
}

/// A delta as the engine keeps it until it is read: where its bytes lie, not the bytes.
struct DeltaRecord {
    var kind: DeltaKind
    var choice: Int32 = 0
    var tool: Int32 = 0
    /// The arguments are a whole JSON object rather than a piece of its text; the usage is all that is known.
    var isWhole = false
    /// The reasoning is a plan for tool calls.
    var isPlan = false
    /// The tool's number was counted, not given.
    var isCounted = false
    /// Text, arguments, reason, tool id, or error message.
    var bytes = Slice()
    /// Tool name or error type.
    var other = Slice()

    /// Of usage, the request's tokens, -1 where not told; of a malformed event, the number of its problem. Both stand in
    /// place of bytes, which neither has.
    var input: Int {
        get { bytes.offset }
        set { bytes = Slice(region: .chunk, offset: newValue, length: 0) }
    }
    /// Of usage, the answer's tokens, -1 where not told.
    var output: Int {
        get { other.offset }
        set { other = Slice(region: .chunk, offset: newValue, length: 0) }
    }
}
