/// A delta that may be kept, sent and compared: ``Delta`` with its bytes copied.
///
/// ```swift
/// var parser = try StreamParser(format: .textField)
/// let chunk: [UInt8] = Array("data: {\"text\":\"Hi\"}\n\n".utf8)
/// var kept: [OwnedDelta] = []
/// try parser.parse(chunk.span) { kept.append(OwnedDelta(copying: $0)) }
/// assert(kept[0].kind == .text && kept[0].text == "Hi")
/// ```
///
/// A copy allocates where a text is longer than 15 bytes.
public struct OwnedDelta: Sendable, Hashable {
    /// What it is about.
    public var kind: DeltaKind
    /// Which of n parallel completions, from 0.
    public var choice: Int
    /// Which tool call of that choice.
    public var tool: Int
    /// Text, reasoning, refusal, arguments, the reason of a finish, or an error's message.
    public var text: String
    /// A tool call's id, empty where the stream gives none.
    public var toolID: String
    /// A tool call's name, empty where the stream gives none.
    public var toolName: String
    /// An error's type or code, empty where the stream gives none.
    public var errorType: String
    /// Tokens of the request, where a usage delta tells them.
    public var inputTokens: Int?
    /// Tokens of the answer, where a usage delta tells them.
    public var outputTokens: Int?
    /// What was wrong with the event of a ``DeltaKind/malformed`` delta.
    public var problem: SluiceError?
    /// The arguments are a whole JSON object, not a piece of its text; the usage is all that is known by now.
    public var isWhole: Bool
    /// The reasoning is a plan for tool calls.
    public var isToolPlan: Bool
    /// The stream does not number tool calls; ``tool`` counts them in order of arrival.
    public var isToolCounted: Bool
    /// Where the event that tells it begins: bytes from the stream's first.
    public var eventOffset: UInt64

    /// A copy of `delta`.
    public init(copying delta: borrowing Delta) {
        kind = delta.kind
        choice = delta.choice
        tool = delta.tool
        let isCall = kind == .toolCall
        text = isCall ? "" : delta.string
        toolID = isCall ? delta.string : ""
        toolName = isCall ? String(copying: delta.toolName) : ""
        errorType = kind == .error ? String(copying: delta.errorType) : ""
        inputTokens = delta.inputTokens
        outputTokens = delta.outputTokens
        problem = delta.problem
        isWhole = delta.isWhole
        isToolPlan = delta.isToolPlan
        isToolCounted = delta.isToolCounted
        eventOffset = delta.eventOffset
    }
}
