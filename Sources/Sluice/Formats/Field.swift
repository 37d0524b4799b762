/// What the value at a path means.
///
/// Most fields are of the answer: text, tool calls, usage. The others are ``details``: each value becomes a delta of kind
/// ``DeltaKind/detail`` with the field's name. A format of one's own may have fields of its own:
///
/// ```swift
/// let rules = [Rule("delta.text", .text), Rule("delta.mood", .custom("mood"))]
/// let format = WireFormat(name: "mine", framing: .sse, rules: rules)
/// var parser = StreamParser(format: format, kinds: .all)
/// let chunk: [UInt8] = Array("data: {\"delta\":{\"text\":\"Hi\",\"mood\":\"calm\"}}\n\n".utf8)
/// var moods: [String] = []
/// try parser.parse(chunk.span) { delta in
///     if String(copying: delta.name) == "mood" { moods.append(delta.string) }
/// }
/// assert(moods == ["calm"] && Field(rawValue: "text") == .text)
/// ```
public struct Field: RawRepresentable, Sendable, Hashable, CaseIterable {
    /// What the rules do with a value.
    enum Meaning: String, Sendable, CaseIterable {
        case text, reasoning, refusal, choice, tool, finish, error, partial, position, total, terminal, document,
            ignored
        case toolPlan = "tool-plan"
        case toolID = "tool-id"
        case toolName = "tool-name"
        case toolArguments = "tool-arguments"
        case heldArguments = "held-arguments"
        case partialArguments = "partial-arguments"
        case toolContinues = "tool-continues"
        case toolEnd = "tool-end"
        case inputTokens = "input-tokens"
        case outputTokens = "output-tokens"
        case errorType = "error-type"
        case errorMessage = "error-message"
        case encodedText = "encoded-text"
        case detail

        /// Whether its value may be an object or array.
        var takesContainers: Bool {
            switch self {
            case .toolArguments, .heldArguments, .partialArguments, .toolEnd, .error, .terminal, .detail: true
            default: false
            }
        }
    }

    let meaning: Meaning
    /// The field's name, in lower case with hyphens; for ``details`` that of their deltas.
    public let rawValue: String

    private init(_ meaning: Meaning) {
        self.meaning = meaning
        rawValue = meaning.rawValue
    }

    private init(detail name: String) {
        meaning = .detail
        rawValue = name
    }

    /// The field with this name among ``allCases``; nil if there is none.
    public init?(rawValue: String) {
        guard let known = Self.allCases.first(where: { $0.rawValue == rawValue }) else { return nil }
        self = known
    }

    /// A field of one's own: each value becomes a delta of kind ``DeltaKind/detail`` with this name.
    public static func custom(_ name: String) -> Field { Field(detail: name) }

    /// The fields of the built-in formats.
    public static var allCases: [Field] {
        Meaning.allCases.filter { $0 != .detail }.map { Field($0) } + details
    }
}

extension Field {
    /// Text of the answer.
    public static let text = Field(.text)
    /// Text of the model's reasoning.
    public static let reasoning = Field(.reasoning)
    /// The model's plan for tool calls, which some providers separate from ``reasoning``.
    public static let toolPlan = Field(.toolPlan)
    /// Text of a refusal.
    public static let refusal = Field(.refusal)
    /// The number of the choice that the enclosing array element belongs to.
    public static let choice = Field(.choice)
    /// The number of the tool call that the enclosing array element belongs to; at the top of a document, that of the block.
    public static let tool = Field(.tool)
    /// A tool call's identifier.
    public static let toolID = Field(.toolID)
    /// A tool call's function name.
    public static let toolName = Field(.toolName)
    /// A piece of a tool call's arguments, or all arguments as a JSON object.
    public static let toolArguments = Field(.toolArguments)
    /// All arguments of a tool call as its first event has them. They are emitted when the call ends, if no piece came.
    public static let heldArguments = Field(.heldArguments)
    /// An array of values with JSON paths, which make up a tool call's arguments: Gemini's `partialArgs`.
    public static let partialArguments = Field(.partialArguments)
    /// True if later events go on with a call that the format counts: their elements have neither an id nor a name.
    public static let toolContinues = Field(.toolContinues)
    /// A value that ends a tool call, before the stream does. A call without arguments then has `{}`.
    public static let toolEnd = Field(.toolEnd)
    /// Why a choice ended.
    public static let finish = Field(.finish)
    /// Tokens of the request.
    public static let inputTokens = Field(.inputTokens)
    /// Tokens of the answer.
    public static let outputTokens = Field(.outputTokens)
    /// An error's type or code.
    public static let errorType = Field(.errorType)
    /// An error's message.
    public static let errorMessage = Field(.errorMessage)
    /// An error as a whole: a string, or an object whose message is read by other rules.
    public static let error = Field(.error)
    /// The text that a failed server had sent before its error.
    public static let partial = Field(.partial)
    /// The number that the stream gives this event, counting from 0 or 1. Missing numbers are reported.
    public static let position = Field(.position)
    /// The number of numbered events in all, as sent with the last of them.
    public static let total = Field(.total)
    /// A value that marks the stream as complete.
    public static let terminal = Field(.terminal)
    /// A base64 string that holds another document of this format.
    public static let document = Field(.document)
    /// Base64 of a piece of text of the answer. Bytes that are no UTF-8 become U+FFFD.
    public static let encodedText = Field(.encodedText)
    /// A value that is known and emits nothing: its event does not count as unread.
    public static let ignored = Field(.ignored)
}

// MARK: Details

extension Field {
    /// The fields whose values become deltas of kind ``DeltaKind/detail``. Strings are emitted with their escapes decoded, other
    /// values as JSON; empty strings, arrays and objects are not emitted.
    public static let details: [Field] =
        onceDetails + [
            citation, grounding, signature, toolResult, image, encryptedReasoning, audio, file, logprobs, block, part,
            item,
            itemID, safety, stopSequence, stopDetails, totalTokens, cachedTokens, addedCachedTokens, cacheWriteTokens,
            addedCacheWriteTokens, reasoningTokens, addedReasoningTokens, toolTokens, addedToolTokens, audioInputTokens,
            audioOutputTokens, cost, usage,
        ]

    /// Those that an answer has once: of all events, the first with a value that is not empty counts.
    static let onceDetails = [
        responseID, model, created, serviceTier, systemFingerprint, requestID, provider, conversationID,
    ]

    /// The response's id, to which a next request can refer.
    public static let responseID = Field(detail: "response-id")
    /// The model that answered.
    public static let model = Field(detail: "model")
    /// When the response was created, as the provider writes it.
    public static let created = Field(detail: "created")
    /// The service tier that answered, by which some providers bill.
    public static let serviceTier = Field(detail: "service-tier")
    /// The configuration of the servers that answered.
    public static let systemFingerprint = Field(detail: "system-fingerprint")
    /// The id under which the provider has logged the request.
    public static let requestID = Field(detail: "request-id")
    /// The provider behind a gateway.
    public static let provider = Field(detail: "provider")

    /// The conversation, session or thread that the answer belongs to.
    public static let conversationID = Field(detail: "conversation-id")

    /// The type of a block, item or part that begins, such as `thinking`; ``Delta/block`` is its number.
    public static let block = Field(detail: "block")
    /// The type of a part of a block that begins, such as `summary_text`.
    public static let part = Field(detail: "part")
    /// A finished block or item as JSON, as it is sent back in a next request.
    public static let item = Field(detail: "item")
    /// The id of a block or item, by which it is sent back.
    public static let itemID = Field(detail: "item-id")
    /// A signature without which reasoning, or a call, cannot be sent back.
    public static let signature = Field(detail: "signature")
    /// Reasoning that only the provider can read, and that can be sent back.
    public static let encryptedReasoning = Field(detail: "encrypted-reasoning")
    /// A citation or annotation of the text, as JSON or as an address.
    public static let citation = Field(detail: "citation")
    /// What the text is grounded on, as JSON: searches, sources, supports.
    public static let grounding = Field(detail: "grounding")
    /// The result of a tool that the provider ran, or a piece of it.
    public static let toolResult = Field(detail: "tool-result")
    /// Audio: base64, or JSON.
    public static let audio = Field(detail: "audio")
    /// An image: base64, an address, or JSON.
    public static let image = Field(detail: "image")
    /// A file: base64, an address, or JSON.
    public static let file = Field(detail: "file")
    /// Log probabilities of tokens, as JSON.
    public static let logprobs = Field(detail: "logprobs")
    /// Safety ratings or results of content filters, as JSON.
    public static let safety = Field(detail: "safety")
    /// The stop sequence that ended the answer.
    public static let stopSequence = Field(detail: "stop-sequence")
    /// What else is said of the end.
    public static let stopDetails = Field(detail: "stop-details")

    /// Tokens of request and answer together, as the provider counts them.
    public static let totalTokens = Field(detail: "total-tokens")
    /// Tokens of the request that were read from a cache, and that ``inputTokens`` includes.
    public static let cachedTokens = Field(detail: "cached-tokens")
    /// Tokens of the request that were read from a cache, and that ``inputTokens`` does not include.
    public static let addedCachedTokens = Field(detail: "added-cached-tokens")
    /// Tokens of the request that were written to a cache, and that ``inputTokens`` includes.
    public static let cacheWriteTokens = Field(detail: "cache-write-tokens")
    /// Tokens of the request that were written to a cache, and that ``inputTokens`` does not include.
    public static let addedCacheWriteTokens = Field(detail: "added-cache-write-tokens")
    /// Tokens of reasoning that ``outputTokens`` includes.
    public static let reasoningTokens = Field(detail: "reasoning-tokens")
    /// Tokens of reasoning that ``outputTokens`` does not include.
    public static let addedReasoningTokens = Field(detail: "added-reasoning-tokens")
    /// Tokens of the results of tools that ``inputTokens`` includes.
    public static let toolTokens = Field(detail: "tool-tokens")
    /// Tokens of the results of tools that ``inputTokens`` does not include.
    public static let addedToolTokens = Field(detail: "added-tool-tokens")
    /// Tokens of audio in the request.
    public static let audioInputTokens = Field(detail: "audio-input-tokens")
    /// Tokens of audio in the answer.
    public static let audioOutputTokens = Field(detail: "audio-output-tokens")
    /// What the answer cost, in the provider's currency.
    public static let cost = Field(detail: "cost")
    /// The provider's own usage, as JSON.
    public static let usage = Field(detail: "usage")
}

extension Field {
    /// The bit of `StreamProgress.reads` that says that a detail came before: one each for those that an answer has once, and
    /// for those that whole values may repeat; all others share the last. 0 for fields that are no details.
    var cameBit: UInt64 {
        guard meaning == .detail else { return 0 }
        let place = Self.details.prefix(Self.lastCameBit).firstIndex(of: self) ?? Self.lastCameBit
        return 1 << UInt64(Self.firstCameBit + place)
    }

    /// Bits that no delta's kind, and nothing else of `reads`, has: see CSluiceSimdjson.h.
    private static var firstCameBit: Int { 35 }
    private static var lastCameBit: Int { 12 }
    static var cameBits: UInt64 { 0x1FFF << UInt64(firstCameBit) }
    static let onceBits: UInt64 = onceDetails.reduce(0) { $0 | $1.cameBit }

    var isOnce: Bool { Self.onceDetails.contains(self) }
}
