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
    /// Which of n parallel completions, from 0.
    public let choice: Int
    /// Which tool call of that choice; content blocks count in the same row where the provider numbers them so.
    public let tool: Int
    /// Where the event that tells it begins: bytes from the stream's first. Of several lines of one event, the offset of
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

    /// The arguments are a whole JSON object, not a piece of its text; the usage is all that is known by now.
    public var isWhole: Bool { place.record.isWhole }

    /// The reasoning is a plan for tool calls, which some providers tell apart from reasoning proper.
    public var isToolPlan: Bool { place.record.isPlan }

    /// The stream does not number tool calls; ``tool`` counts them in order of arrival.
    public var isToolCounted: Bool { place.record.isCounted }

    /// Text, reasoning, refusal, arguments, the reason of a finish, a tool call's id, an error's message or its part, as UTF-8.
    public var bytes: RawSpan {
        @_lifetime(copy self) get { main }
    }

    /// ``bytes`` as valid UTF-8.
    public var text: UTF8Span {
        // simdjson has checked the payload that the bytes come from, and escapes decode to whole scalars.
        @_lifetime(copy self) get { unsafe UTF8Span(unchecked: Span<UInt8>(_bytes: main)) }
    }

    /// A copy of ``text``; allocates.
    public var string: String { String(copying: text) }

    /// A tool call's id, empty where the stream gives none.
    public var toolID: UTF8Span {
        @_lifetime(copy self) get { text }
    }

    /// A tool call's name, empty where the stream gives none.
    public var toolName: UTF8Span {
        @_lifetime(copy self)
        get {
            let record = place.record
            let other = page.span(
                Int(record.other_region), Int(record.other_offset), Int(record.other_length))
            return unsafe UTF8Span(unchecked: Span<UInt8>(_bytes: other))
        }
    }

    /// An error's type or code, empty where the stream gives none.
    public var errorType: UTF8Span {
        @_lifetime(copy self) get { toolName }
    }

    /// Tokens of the request, where a usage delta tells them.
    public var inputTokens: Int? { kind == .usage && place.record.input >= 0 ? place.record.input : nil }

    /// Tokens of the answer, where a usage delta tells them.
    public var outputTokens: Int? { kind == .usage && place.record.output >= 0 ? place.record.output : nil }

    /// What was wrong with the event of a ``DeltaKind/malformed`` delta.
    public var problem: SluiceError? { kind == .malformed ? page.problem(place.record.input) : nil }
}
