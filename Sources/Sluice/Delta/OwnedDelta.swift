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
/// A copy allocates where a text is longer than 15 bytes, and for what few deltas have: a tool call's id and name, an
/// error's type, token counts, a problem.
public struct OwnedDelta: Sendable, Hashable {
    /// What few deltas have; apart, so that the others are small to copy.
    private struct Details: Sendable, Hashable {
        var toolID = ""
        var toolName = ""
        var errorType = ""
        var inputTokens: Int?
        var outputTokens: Int?
        var problem: SluiceError?
    }

    private final class Box: Sendable {
        let details: Details

        init(_ details: Details) { self.details = details }
    }

    /// What it is about.
    public var kind: DeltaKind
    /// Which of n parallel completions, as ``Delta/choice``.
    public var choice: Int
    /// Which tool call of that choice, as ``Delta/tool``.
    public var tool: Int
    /// Text, arguments, the reason of a finish, or an error's message, of the kinds of ``Delta/bytes``; else empty.
    public var text: String
    /// The arguments are a whole JSON object, or the usage is all that is known by now, as ``Delta/isWhole``.
    public var isWhole: Bool
    /// The reasoning is a plan for tool calls, as ``Delta/isToolPlan``.
    public var isToolPlan: Bool
    /// The stream does not number tool calls, as ``Delta/isToolCounted``.
    public var isToolCounted: Bool
    /// Where the event that brought it begins: bytes from the stream's first.
    public var eventOffset: UInt64
    /// Nil where there are none of the details.
    private var box: Box?

    /// A copy of `delta`.
    public init(copying delta: borrowing Delta) {
        kind = delta.kind
        choice = delta.choice
        tool = delta.tool
        text = delta.string
        isWhole = delta.isWhole
        isToolPlan = delta.isToolPlan
        isToolCounted = delta.isToolCounted
        eventOffset = delta.eventOffset
        switch kind {
        case .toolCall:
            details = Details(toolID: String(copying: delta.toolID), toolName: String(copying: delta.toolName))
        case .error: details = Details(errorType: String(copying: delta.errorType))
        case .usage: details = Details(inputTokens: delta.inputTokens, outputTokens: delta.outputTokens)
        case .malformed: details = Details(problem: delta.problem)
        default: break
        }
    }
}

extension OwnedDelta {
    /// The id of a ``DeltaKind/toolCall``, empty where the stream gives none, and for other kinds.
    public var toolID: String {
        get { box?.details.toolID ?? "" }
        set { details.toolID = newValue }
    }
    /// The name of a ``DeltaKind/toolCall``, empty where the stream gives none, and for other kinds.
    public var toolName: String {
        get { box?.details.toolName ?? "" }
        set { details.toolName = newValue }
    }
    /// The type or code of an ``DeltaKind/error``, empty where the stream gives none, and for other kinds.
    public var errorType: String {
        get { box?.details.errorType ?? "" }
        set { details.errorType = newValue }
    }
    /// Tokens of the request, where a ``DeltaKind/usage`` delta has them; nil for other kinds.
    public var inputTokens: Int? {
        get { box?.details.inputTokens }
        set { details.inputTokens = newValue }
    }
    /// Tokens of the answer, where a ``DeltaKind/usage`` delta has them; nil for other kinds.
    public var outputTokens: Int? {
        get { box?.details.outputTokens }
        set { details.outputTokens = newValue }
    }
    /// What was wrong with the event of a ``DeltaKind/malformed`` delta; nil for other kinds.
    public var problem: SluiceError? {
        get { box?.details.problem }
        set { details.problem = newValue }
    }

    private var details: Details {
        get { box?.details ?? Details() }
        set { box = newValue == Details() ? nil : Box(newValue) }
    }

    /// Equal when all that they say is.
    public static func == (left: OwnedDelta, right: OwnedDelta) -> Bool {
        left.kind == right.kind && left.choice == right.choice && left.tool == right.tool && left.text == right.text
            && left.isWhole == right.isWhole && left.isToolPlan == right.isToolPlan
            && left.isToolCounted == right.isToolCounted && left.eventOffset == right.eventOffset
            && left.details == right.details
    }

    /// Hashes what tells most deltas apart.
    public func hash(into hasher: inout Hasher) {
        hasher.combine(kind)
        hasher.combine(choice)
        hasher.combine(tool)
        hasher.combine(text)
        hasher.combine(eventOffset)
    }
}
