internal import CSluiceSimdjson

/// One thing that the stream says: a piece of text, a tool call, a finish, usage, an error.
///
/// A delta is a view: its bytes lie in your chunk or in the parser's buffers, and the compiler sees to it that it is not
/// kept beyond the next read. Copy what you keep, with ``string`` for example.
///
/// ```swift
/// var parser = try StreamParser(format: .openAIChat)
/// let chunk: [UInt8] = Array("data: {\"choices\":[{\"index\":1,\"delta\":{\"content\":\"h\\u00e9\"}}]}\n\n".utf8)
/// var reader = parser.read(chunk.span)
/// if let delta = try reader.next() {
///     assert(delta.kind == .text && delta.choice == 1)
///     assert(delta.string == "hé" && delta.bytes.byteCount == 3)
/// }
/// ```
public struct Delta: ~Escapable {
    /// What it is about.
    public let kind: DeltaKind
    /// Which of n parallel completions, from 0. 0 for ``DeltaKind/usage``, ``DeltaKind/error`` and ``DeltaKind/malformed``.
    public let choice: Int
    /// Of ``DeltaKind/toolCall`` and ``DeltaKind/toolArguments``, which tool call of that choice; content blocks count in the
    /// same row where the provider numbers them so. 0 for other kinds.
    public let tool: Int
    /// Where the event that brought it begins: bytes from the stream's first. Of several lines of one event, the offset of
    /// the first; of what only the stream's end brings forth, its end.
    public let eventOffset: UInt64

    @usableFromInline let main: RawSpan
    @usableFromInline let place: RecordPlace
    @usableFromInline let page: PagePlace

    /// What nearly everyone asks for is taken from the record at once, the rest when it is asked for. Nothing here is a
    /// reference: it would be retained and released each time a delta is handed on.
    @_lifetime(immortal)
    @inlinable
    @inline(__always)
    init(_ place: RecordPlace, _ page: PagePlace) {
        kind = place.kind
        choice = place.choice
        tool = place.tool
        eventOffset = place.event
        main = page.span(place.region, place.offset, place.length)
        self.place = place
        self.page = page
    }

    /// Of ``DeltaKind/toolArguments``, whether they are a whole JSON object rather than a piece of its text; of
    /// ``DeltaKind/usage``, whether it is all that is known by now. False for other kinds.
    public var isWhole: Bool { (kind == .toolArguments || kind == .usage) && place.record.isWhole }

    /// Of ``DeltaKind/reasoning``, whether it is a plan for tool calls, which some providers tell apart from reasoning proper.
    /// False for other kinds.
    public var isToolPlan: Bool { kind == .reasoning && place.record.isPlan }

    /// Of ``DeltaKind/toolCall`` and ``DeltaKind/toolArguments``, whether the stream does not number tool calls, so that
    /// ``tool`` counts them in order of arrival. False for other kinds.
    public var isToolCounted: Bool { (kind == .toolCall || kind == .toolArguments) && place.record.isCounted }

    /// The text of ``DeltaKind/text``, ``DeltaKind/reasoning``, ``DeltaKind/refusal`` and ``DeltaKind/partial``, the arguments
    /// of ``DeltaKind/toolArguments``, the reason of ``DeltaKind/finish``, or the message of ``DeltaKind/error``, as UTF-8.
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

    /// The id of a ``DeltaKind/toolCall``, empty where the stream gives none. Empty for other kinds.
    public var toolID: UTF8Span {
        @_lifetime(copy self) get { Self.checked(kind == .toolCall ? main : RawSpan()) }
    }

    /// The name of a ``DeltaKind/toolCall``, empty where the stream gives none. Empty for other kinds.
    public var toolName: UTF8Span {
        @_lifetime(copy self) get { Self.checked(kind == .toolCall ? other : RawSpan()) }
    }

    /// The type or code of an ``DeltaKind/error``, empty where the stream gives none. Empty for other kinds.
    public var errorType: UTF8Span {
        @_lifetime(copy self) get { Self.checked(kind == .error ? other : RawSpan()) }
    }

    /// Tokens of the request, where a ``DeltaKind/usage`` delta has them. Nil for other kinds.
    public var inputTokens: Int? { kind == .usage && place.record.input >= 0 ? place.record.input : nil }

    /// Tokens of the answer, where a ``DeltaKind/usage`` delta has them. Nil for other kinds.
    public var outputTokens: Int? { kind == .usage && place.record.output >= 0 ? place.record.output : nil }

    /// What was wrong with the event of a ``DeltaKind/malformed`` delta. Nil for other kinds.
    public var problem: SluiceError? { kind == .malformed ? page.problem(place.record.input) : nil }

    /// A tool's name or an error's type; nothing in records of other kinds.
    var other: RawSpan {
        @_lifetime(copy self)
        get {
            let record = place.record
            return page.span(Int(record.other_region), Int(record.other_offset), Int(record.other_length))
        }
    }

    // simdjson has checked the payload that the bytes come from, and escapes decode to whole scalars.
    @_lifetime(copy bytes)
    private static func checked(_ bytes: RawSpan) -> UTF8Span {
        unsafe UTF8Span(unchecked: Span<UInt8>(_bytes: bytes))
    }
}
