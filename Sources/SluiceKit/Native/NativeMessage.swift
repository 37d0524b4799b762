public import Sluice

/// Joins the documents of a stream into the object that the API would have sent without streaming.
///
/// Add the payload of each event: the JSON document without its framing.
///
/// ```swift
/// var message = NativeMessage(formatName: "openai-chat")!
/// try message.add(#"{"id":"c1","object":"chat.completion.chunk","choices":[{"index":0,"delta":{"content":"Hel"}}]}"#)
/// try message.add(#"{"id":"c1","object":"chat.completion.chunk","choices":[{"index":0,"delta":{"content":"lo"}}]}"#)
/// let json = String(decoding: message.json(), as: UTF8.self)
/// assert(json == #"{"id":"c1","object":"chat.completion","choices":[{"index":0,"message":{"content":"Hello"}}]}"#)
/// ```
///
/// Fields that no table names are kept. Numbers are kept as they were sent. Of repeated keys the last counts. A
/// surrogate pair that is cut between two events is joined; an unpaired surrogate becomes U+FFFD. What is nested in
/// more than 30 levels is not joined: the last value counts.
///
/// | format | the object is that of |
/// |---|---|
/// | `openai-chat` | `ChatCompletionStreamState` of OpenAI's Python client |
/// | `openai-responses` | `get_final_response` of OpenAI's Python client |
/// | `anthropic-messages` | `get_final_message` of Anthropic's Python client |
/// | the others of ``formatNames`` | the API without streaming; no official client builds it |
///
/// Formats without such an object: `openai-assistants`, `openai-audio`, `mistral-transcription`, `ai-sdk-ui`, `a2a`,
/// `mcp-jsonrpc`, `bedrock-agent`, `ollama-pull`, `replicate`, `delta-done`, `text-field`, `raw-text`.
///
/// An error in the stream is the object's member `error`, or the object if nothing came before it.
///
/// The memory is bounded by ``/Sluice/Limits/maxAccumulatedBytes``, which counts keys, strings, numbers and 160 bytes
/// for each value. Growing strings may reserve as much memory again.
public struct NativeMessage: Sendable {
    private static let formats: [FoldFormat] = [
        .openAIChat, .openAICompletions, .anthropicMessages, .openAIResponses, .geminiGenerate, .geminiInteractions,
        .mistralConversations, .cohereV2, .cohereV1, .ollamaGenerate, .ollamaChat, .huggingFaceTGI, .watsonx,
        .converse, .workersAI, .writerCompletions,
    ]

    /// The names of the wire formats that have an object.
    public static var formatNames: [String] { formats.map(\.name) }

    /// Recursive steps are as deep as a document.
    private static let mostNestingDepth = 128

    private var format: FoldFormat
    /// Whether documents may carry another document in base64, whose format the first one decides.
    private let carriesDocuments: Bool
    private let limits: Limits
    private(set) var tree = JSONTree()

    /// The number of documents that were added or refused.
    public private(set) var documentCount: UInt64 = 0

    /// Creates an empty object; nil if the format has none.
    ///
    /// - Parameters:
    ///   - formatName: the name of a built-in wire format, as `WireFormat.name`.
    ///   - limits: ``/Sluice/Limits/maxAccumulatedBytes`` bounds the object and each document,
    ///     ``/Sluice/Limits/maxNestingDepth`` the nesting of each document, with a maximum of 128.
    public init?(formatName: String, limits: Limits = Limits()) {
        guard let format = Self.formats.first(where: { $0.name == formatName }) else { return nil }
        self.format = format
        carriesDocuments = formatName == FoldFormat.converse.name
        self.limits = Self.clamped(limits)
    }

    private static func clamped(_ limits: Limits) -> Limits {
        var limits = limits.clamped
        limits.maxNestingDepth = min(limits.maxNestingDepth, mostNestingDepth)
        return limits
    }

    /// The bytes of the object as ``/Sluice/Limits/maxAccumulatedBytes`` counts them.
    public var heldBytes: Int { tree.size }

    /// Whether nothing was joined yet.
    public var isEmpty: Bool { tree[JSONTree.root].kind == .null }

    /// The object so far: members in order of arrival, without white space; `null` before the first document.
    ///
    /// - Complexity: linear in the size of the object. Nothing is kept.
    public func json() -> [UInt8] { tree.json(limits) }

    /// Adds the document of the next event. Empty payloads, payloads that begin with `:`, and `[DONE]` are ignored.
    ///
    /// - Throws: `malformedPayload`, `invalidUTF8`, `invalidEscape` or `incompleteEvent` if the payload is not JSON,
    ///   `nestedTooDeep`, `unexpectedPayload` if it is not an object or is out of place, such as a piece of a content
    ///   block that has not begun, `invalidBase64`, and `answerTooLarge` if the object might exceed the limit with it.
    ///   The offset is that in the payload; ``/Sluice/SluiceError/event`` is the number of the document. The object is
    ///   unchanged, and the next document may be added.
    /// - Complexity: linear in the bytes of the payload.
    public mutating func add(_ payload: Span<UInt8>) throws(SluiceError) {
        if Self.isMarker(payload) { return }
        documentCount += 1
        do throws(SluiceError) {
            try addDocument(payload)
        } catch {
            var error = error
            error.event = documentCount
            throw error
        }
    }

    /// As ``add(_:)-(Span<UInt8>)``, for bytes such as ``/Sluice/Frame/payload``.
    public mutating func add(_ payload: RawSpan) throws(SluiceError) { try add(Span<UInt8>(_bytes: payload)) }

    /// As ``add(_:)-(Span<UInt8>)``.
    public mutating func add(_ payload: String) throws(SluiceError) { try add(payload.utf8Span.span) }

    private mutating func addDocument(_ payload: Span<UInt8>) throws(SluiceError) {
        let document = try read(payload)
        guard carriesDocuments, let bytes = document.member("bytes", of: 0) else { return try fold(document) }
        guard let carried = Base64.decoded(document.text(of: bytes)) else {
            throw SluiceError(.invalidBase64, detail: "the embedded document is not base64; it was left out")
        }
        let inner = try read(carried.span)
        if isEmpty { format = FoldFormat.invoked(inner) }
        try fold(inner)
    }

    private mutating func read(_ payload: Span<UInt8>) throws(SluiceError) -> IncrementalJSON {
        var document = IncrementalJSON(limits: limits)
        document.keepsHalves = true
        try document.append(payload)
        try document.finish()
        tree.count(steps: document.dropRepeatedKeys())
        guard document.nodes[0].kind == .object else {
            throw SluiceError(.unexpectedPayload, detail: "the document is not an object; it was left out")
        }
        return document
    }

    private mutating func fold(_ document: IncrementalJSON) throws(SluiceError) {
        let added = document.nodes.count * JSONTree.nodeBytes + document.text.count
        guard tree.size + added <= limits.maxAccumulatedBytes else {
            throw SluiceError(
                .answerTooLarge,
                detail: "the object would take more than \(limits.maxAccumulatedBytes) bytes (maxAccumulatedBytes)")
        }
        try format.fold(document, into: &tree)
    }

    private static func isMarker(_ payload: Span<UInt8>) -> Bool {
        var start = 0
        while start < payload.count, payload[start] <= 0x20 { start += 1 }
        if start == payload.count || payload[start] == UInt8(ascii: ":") { return true }
        let marker = Array("[DONE]".utf8)
        guard payload.count - start >= marker.count else { return false }
        for index in marker.indices where payload[start + index] != marker[index] { return false }
        return true
    }
}

/// Base64 with the standard alphabet, as AWS writes it.
enum Base64 {
    /// The bytes; nil if the text is not base64.
    static func decoded(_ text: ArraySlice<UInt8>) -> [UInt8]? {
        guard text.count.isMultiple(of: 4) else { return nil }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.count / 4 * 3)
        let end = text.lastIndex { $0 != UInt8(ascii: "=") }.map { $0 + 1 } ?? text.startIndex
        guard text.endIndex - end < 3 else { return nil }
        var bits: UInt32 = 0
        var count = 0
        for character in text[text.startIndex..<end] {
            guard let value = value(of: character) else { return nil }
            bits = bits << 6 | value
            count += 6
            if count >= 8 {
                count -= 8
                bytes.append(UInt8(truncatingIfNeeded: bits >> UInt32(count)))
            }
        }
        return bytes
    }

    private static func value(of character: UInt8) -> UInt32? {
        switch character {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"): UInt32(character - UInt8(ascii: "A"))
        case UInt8(ascii: "a")...UInt8(ascii: "z"): UInt32(character - UInt8(ascii: "a")) + 26
        case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt32(character - UInt8(ascii: "0")) + 52
        case UInt8(ascii: "+"): 62
        case UInt8(ascii: "/"): 63
        default: nil
        }
    }
}
