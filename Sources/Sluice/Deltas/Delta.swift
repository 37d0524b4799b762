internal import CSluiceSimdjson

/// One piece of a stream: text, a tool call, a finish reason, usage, an error.
///
/// A delta is a view: its bytes are in your chunk or in the parser's buffers, and the compiler rejects its use after the next
/// read. Copy what you store, for example with ``string`` or ``OwnedDelta``.
///
/// ```swift
/// var parser = StreamParser(format: .openAIChat)
/// let chunk: [UInt8] = Array("data: {\"choices\":[{\"index\":1,\"delta\":{\"content\":\"h\\u00e9\"}}]}\n\n".utf8)
/// var reader = parser.read(chunk.span)
/// if let delta = try reader.next() {
///     assert(delta.kind == .text && delta.choice == 1)
///     assert(delta.string == "hé" && delta.bytes.byteCount == 3)
/// }
/// ```
public struct Delta: ~Escapable {
    /// What the delta contains.
    public let kind: DeltaKind
    /// The number of the parallel completion, from 0. 0 for ``DeltaKind/usage``, ``DeltaKind/error``,
    /// ``DeltaKind/malformed`` and ``DeltaKind/payload``.
    public let choice: Int
    /// The number of the tool call within its choice, of ``DeltaKind/toolCall`` and ``DeltaKind/toolArguments``; 0 for other
    /// kinds.
    ///
    /// Some providers number tool calls and other content blocks in one sequence, so numbers may have gaps.
    @inlinable
    public var tool: Int { kind == .toolCall || kind == .toolArguments ? place.tool : 0 }
    /// Offset of the delta's event, in bytes from the beginning of the stream.
    ///
    /// For an event of several lines, the offset of its first line; for a delta that only the end of the input causes, the
    /// offset of that end.
    public let eventOffset: UInt64

    @usableFromInline let main: RawSpan
    @usableFromInline let place: RecordPlace
    @usableFromInline let page: PagePlace

    /// Loads the properties that most callers use; the others are read from the record on access. No stored property is a
    /// reference, which would be retained and released each time that a delta is passed on.
    @_lifetime(immortal)
    @inlinable
    @inline(__always)
    init(_ place: RecordPlace, _ page: PagePlace) {
        kind = place.kind
        choice = place.choice
        eventOffset = place.event
        main = page.span(place.region, place.offset, place.length)
        self.place = place
        self.page = page
    }

    /// True if ``DeltaKind/toolArguments`` are a whole JSON object rather than a piece of its text, or if ``DeltaKind/usage``
    /// replaces all earlier counts. False for other kinds.
    public var isWhole: Bool { (kind == .toolArguments || kind == .usage) && place.record.isWhole }

    /// True if ``DeltaKind/reasoning`` is a plan for tool calls, which some providers separate from other reasoning. False for
    /// other kinds.
    public var isToolPlan: Bool { kind == .reasoning && place.record.isPlan }

    /// True for ``DeltaKind/toolCall`` and ``DeltaKind/toolArguments`` if the stream does not number tool calls, so that
    /// ``tool`` counts them in order of arrival. False for other kinds.
    public var isToolCounted: Bool { (kind == .toolCall || kind == .toolArguments) && place.record.isCounted }

    /// The number of the content block, item or step that a text, reasoning, refusal or detail belongs to; nil if the stream
    /// does not number them, or ``DeltaKind/detail`` is not selected. Nil for other kinds.
    ///
    /// Where blocks are numbered, tool calls are numbered with them: ``tool`` is the number of a call's block.
    public var block: Int? {
        switch kind {
        case .text, .reasoning, .refusal, .detail: place.record.hasBlock ? place.tool : nil
        default: nil
        }
    }

    /// The name of a ``DeltaKind/detail``, that of its ``Field``; of a ``DeltaKind/payload`` the event's type, empty if there is
    /// none. Empty for other kinds.
    public var name: UTF8Span {
        @_lifetime(copy self) get { Self.checked(kind == .detail || kind == .payload ? other : RawSpan()) }
    }

    /// True if the bytes of a ``DeltaKind/detail`` or ``DeltaKind/payload`` are JSON rather than text. False for other kinds.
    public var isJSON: Bool { (kind == .detail || kind == .payload) && place.record.isWhole }

    /// The delta's bytes as UTF-8; which ones depends on ``kind``.
    ///
    /// The text of ``DeltaKind/text``, ``DeltaKind/reasoning``, ``DeltaKind/refusal`` and ``DeltaKind/partial``, the arguments
    /// of ``DeltaKind/toolArguments``, the reason of ``DeltaKind/finish``, the message of ``DeltaKind/error``, the value of a
    /// ``DeltaKind/detail``, or a whole ``DeltaKind/payload``, as UTF-8.
    /// Empty for ``DeltaKind/toolCall``, ``DeltaKind/usage`` and ``DeltaKind/malformed``.
    public var bytes: RawSpan {
        @_lifetime(copy self) get { kind == .toolCall ? RawSpan() : main }
    }

    /// ``bytes`` as valid UTF-8, of the same kinds.
    public var text: UTF8Span {
        @_lifetime(copy self) get { Self.checked(bytes) }
    }

    /// A copy of ``text``, of the same kinds; allocates.
    public var string: String { String(copying: text) }

    /// The id of a ``DeltaKind/toolCall``; empty if the stream has none. Empty for other kinds.
    public var toolID: UTF8Span {
        @_lifetime(copy self) get { Self.checked(kind == .toolCall ? main : RawSpan()) }
    }

    /// The name of a ``DeltaKind/toolCall``; empty if the stream has none. Empty for other kinds.
    public var toolName: UTF8Span {
        @_lifetime(copy self) get { Self.checked(kind == .toolCall ? other : RawSpan()) }
    }

    /// Who runs the call, of a ``DeltaKind/toolCall``; `.client` for other kinds.
    public var toolOrigin: ToolOrigin {
        kind == .toolCall ? ToolOrigin(rawValue: place.record.origin) ?? .client : .client
    }

    /// True if a ``DeltaKind/toolCall`` does not begin a call, but completes the id or name of the last one with its number.
    /// Its name is then the next piece of the name.
    public var isContinuation: Bool { kind == .toolCall && place.record.isContinuation }

    /// What else an ``DeltaKind/error`` says; nil if there is nothing. Nil for other kinds.
    public var errorDetails: ErrorDetails? { kind == .error ? page.errorDetails(ofEvent: place.record.event) : nil }

    /// The type or code of an ``DeltaKind/error``; empty if the stream has none. Empty for other kinds.
    public var errorType: UTF8Span {
        @_lifetime(copy self) get { Self.checked(kind == .error ? other : RawSpan()) }
    }

    /// Tokens of the request; nil if a ``DeltaKind/usage`` delta does not have them. Nil for other kinds.
    public var inputTokens: Int? { kind == .usage && place.record.input >= 0 ? place.record.input : nil }

    /// Tokens of the answer; nil if a ``DeltaKind/usage`` delta does not have them. Nil for other kinds.
    public var outputTokens: Int? { kind == .usage && place.record.output >= 0 ? place.record.output : nil }

    /// The error of the event of a ``DeltaKind/malformed`` delta. Nil for other kinds.
    public var problem: SluiceError? { kind == .malformed ? page.problem(place.record.input) : nil }

    /// A tool's name, an error's type, a detail's name or a payload's event type; empty for records of other kinds.
    var other: RawSpan {
        @_lifetime(copy self)
        get {
            let record = place.record
            return page.span(Int(record.other_region), Int(record.other_offset), Int(record.other_length))
        }
    }

    // simdjson has validated the payload that the bytes come from, and escapes decode to whole scalars.
    @_lifetime(copy bytes)
    private static func checked(_ bytes: RawSpan) -> UTF8Span {
        unsafe UTF8Span(unchecked: Span<UInt8>(_bytes: bytes))
    }
}
