/// The properties that an ``Accumulator`` reads, of ``Delta`` and ``OwnedDelta``.
protocol DeltaContent: ~Escapable {
    var kind: DeltaKind { get }
    var choice: Int { get }
    var tool: Int { get }
    var isWhole: Bool { get }
    var isToolPlan: Bool { get }
    var isToolCounted: Bool { get }
    var block: Int? { get }
    var isJSON: Bool { get }
    var eventOffset: UInt64 { get }
    /// Text, reasoning, refusal, arguments, the reason of a finish, an error's message.
    var bytes: RawSpan { @_lifetime(borrow self) get }
    /// ``bytes`` as a string.
    var string: String { get }
    var toolIDString: String { get }
    var toolNameString: String { get }
    var errorTypeString: String { get }
    var nameString: String { get }
    var toolOrigin: ToolOrigin { get }
    var isContinuation: Bool { get }
    var errorDetails: ErrorDetails? { get }
    var inputTokens: Int? { get }
    var outputTokens: Int? { get }
    var problem: SluiceError? { get }
}

extension Delta: DeltaContent {
    var toolIDString: String { String(copying: toolID) }
    var toolNameString: String { String(copying: toolName) }
    var errorTypeString: String { String(copying: errorType) }
    var nameString: String { String(copying: name) }
}

extension OwnedDelta: DeltaContent {
    var bytes: RawSpan {
        @_lifetime(borrow self) get { text.utf8Span.span.rawBytes }
    }
    var string: String { text }
    var toolIDString: String { toolID }
    var toolNameString: String { toolName }
    var errorTypeString: String { errorType }
    var nameString: String { name }
}
