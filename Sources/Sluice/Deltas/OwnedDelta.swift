/// A copy of a ``Delta`` that can be stored, compared and sent to other tasks.
///
/// ```swift
/// var parser = StreamParser(format: .textField)
/// let chunk: [UInt8] = Array("data: {\"text\":\"Hi\"}\n\n".utf8)
/// var kept: [OwnedDelta] = []
/// try parser.parse(chunk.span) { kept.append(OwnedDelta(copying: $0)) }
/// assert(kept[0].kind == .text && kept[0].text == "Hi")
/// ```
///
/// A copy allocates if its text is longer than 15 bytes, and for details that few deltas have: a tool call's id and name, an
/// error's type, token counts, a problem.
public struct OwnedDelta: Sendable, Hashable {
    /// Details that few deltas have; stored separately, so that the others are small.
    private struct Details: Sendable, Hashable {
        var toolID = ""
        var toolName = ""
        var toolOrigin = ToolOrigin.client
        var isContinuation = false
        var errorType = ""
        var name = ""
        var errorDetails: ErrorDetails?
        var inputTokens: Int?
        var outputTokens: Int?
        var problem: SluiceError?
    }

    private final class Box: Sendable {
        let details: Details

        init(_ details: Details) { self.details = details }
    }

    /// What the delta contains.
    public var kind: DeltaKind
    /// The number of the parallel completion, as ``Delta/choice``.
    public var choice: Int
    /// The number of the tool call within its choice, as ``Delta/tool``.
    public var tool: Int
    /// Text, arguments, the finish reason, or an error's message, for the kinds of ``Delta/bytes``; otherwise empty.
    public var text: String
    /// The arguments are a whole JSON object, or the usage replaces all earlier counts, as ``Delta/isWhole``.
    public var isWhole: Bool
    /// The reasoning is a plan for tool calls, as ``Delta/isToolPlan``.
    public var isToolPlan: Bool
    /// The stream does not number tool calls, as ``Delta/isToolCounted``.
    public var isToolCounted: Bool
    /// Offset of the delta's event, in bytes from the beginning of the stream, as ``Delta/eventOffset``.
    public var eventOffset: UInt64
    /// The bytes of a detail or payload are JSON, as ``Delta/isJSON``.
    public var isJSON: Bool
    /// -1 for none.
    private var blockNumber: Int32
    /// Nil if the delta has no details.
    private var box: Box?

    /// Copies `delta`.
    public init(copying delta: borrowing Delta) {
        kind = delta.kind
        choice = delta.choice
        tool = delta.tool
        text = delta.string
        isWhole = delta.isWhole
        isToolPlan = delta.isToolPlan
        isToolCounted = delta.isToolCounted
        eventOffset = delta.eventOffset
        isJSON = delta.isJSON
        blockNumber = Int32(truncatingIfNeeded: delta.block ?? -1)
        switch kind {
        case .toolCall:
            details = Details(
                toolID: String(copying: delta.toolID), toolName: String(copying: delta.toolName),
                toolOrigin: delta.toolOrigin, isContinuation: delta.isContinuation)
        case .error:
            details = Details(errorType: String(copying: delta.errorType), errorDetails: delta.errorDetails)
        case .usage: details = Details(inputTokens: delta.inputTokens, outputTokens: delta.outputTokens)
        case .malformed: details = Details(problem: delta.problem)
        case .detail, .payload: details = Details(name: String(copying: delta.name))
        default: break
        }
    }
}

extension OwnedDelta {
    /// The id of a ``DeltaKind/toolCall``; empty if the stream has none, and for other kinds.
    public var toolID: String {
        get { box?.details.toolID ?? "" }
        set { details.toolID = newValue }
    }
    /// The name of a ``DeltaKind/toolCall``; empty if the stream has none, and for other kinds.
    public var toolName: String {
        get { box?.details.toolName ?? "" }
        set { details.toolName = newValue }
    }
    /// Who runs a ``DeltaKind/toolCall``; `.client` for other kinds.
    public var toolOrigin: ToolOrigin {
        get { box?.details.toolOrigin ?? .client }
        set { details.toolOrigin = newValue }
    }
    /// The tool call completes an earlier one, as ``Delta/isContinuation``.
    public var isContinuation: Bool {
        get { box?.details.isContinuation ?? false }
        set { details.isContinuation = newValue }
    }
    /// What else an ``DeltaKind/error`` says; nil if there is nothing, and for other kinds.
    public var errorDetails: ErrorDetails? {
        get { box?.details.errorDetails }
        set { details.errorDetails = newValue }
    }
    /// The type or code of an ``DeltaKind/error``; empty if the stream has none, and for other kinds.
    public var errorType: String {
        get { box?.details.errorType ?? "" }
        set { details.errorType = newValue }
    }
    /// The name of a ``DeltaKind/detail``, or the event type of a ``DeltaKind/payload``; empty for other kinds.
    public var name: String {
        get { box?.details.name ?? "" }
        set { details.name = newValue }
    }
    /// The number of the block that the delta belongs to, as ``Delta/block``.
    public var block: Int? {
        get { blockNumber < 0 ? nil : Int(blockNumber) }
        set { blockNumber = newValue.flatMap { Int32(exactly: $0) } ?? -1 }
    }
    /// Tokens of the request; nil if a ``DeltaKind/usage`` delta does not have them, and for other kinds.
    public var inputTokens: Int? {
        get { box?.details.inputTokens }
        set { details.inputTokens = newValue }
    }
    /// Tokens of the answer; nil if a ``DeltaKind/usage`` delta does not have them, and for other kinds.
    public var outputTokens: Int? {
        get { box?.details.outputTokens }
        set { details.outputTokens = newValue }
    }
    /// The error of the event of a ``DeltaKind/malformed`` delta; nil for other kinds.
    public var problem: SluiceError? {
        get { box?.details.problem }
        set { details.problem = newValue }
    }

    private var details: Details {
        get { box?.details ?? Details() }
        set { box = newValue == Details() ? nil : Box(newValue) }
    }

    /// Returns whether all properties are equal.
    public static func == (left: OwnedDelta, right: OwnedDelta) -> Bool {
        left.kind == right.kind && left.choice == right.choice && left.tool == right.tool && left.text == right.text
            && left.isWhole == right.isWhole && left.isToolPlan == right.isToolPlan
            && left.isToolCounted == right.isToolCounted && left.blockNumber == right.blockNumber
            && left.isJSON == right.isJSON && left.eventOffset == right.eventOffset
            && left.details == right.details
    }

    /// Hashes the properties that differ between most deltas.
    public func hash(into hasher: inout Hasher) {
        hasher.combine(kind)
        hasher.combine(choice)
        hasher.combine(tool)
        hasher.combine(text)
        hasher.combine(eventOffset)
    }
}
