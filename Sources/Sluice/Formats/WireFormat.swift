/// How a provider's stream is read: a framing, and a table of rules from JSON paths to fields.
///
/// Custom formats can use everything that the built-in formats use:
///
/// ```swift
/// let mine = WireFormat(
///     name: "mine", framing: .sse,
///     rules: [
///         Rule("payload.words[].w", .text),
///         Rule("kind", .terminal, when: .equals("kind", "bye")),
///     ])
/// ```
public struct WireFormat: Sendable, Hashable {
    /// The type of a frame's payload.
    public enum Payload: Sendable, Hashable {
        /// One JSON object.
        case json
        /// Plain text; rules refer to it by the path `$`.
        case text
    }

    /// How the tool calls of one choice are numbered.
    public enum ToolNumbering: Sendable, Hashable {
        /// The stream numbers them; a missing number is 0.
        case given
        /// The stream does not number them; Sluice counts them in order of arrival.
        case counted
    }

    /// The name, as of ``StreamParser/formatName``; for built-in formats also of `--format` and ``WireFormat/named(_:)``.
    public var name: String
    /// How the stream is split into frames.
    public var framing: Framing
    /// The type of the frames' payloads.
    public var payload: Payload
    /// Payloads that are not documents and mark the stream as complete, such as `[DONE]`.
    public var terminalPayloads: [String]
    /// How tool calls are numbered.
    public var toolNumbering: ToolNumbering
    /// Whether a document with usage replaces all earlier counts, so that a count that it omits becomes unknown.
    public var tellsUsageWhole: Bool
    /// The rules from paths to fields. Every rule applies whose path has a value and whose conditions hold.
    public var rules: [Rule]
    /// Kinds of events that carry nothing which the rules would read, such as `message_start`: they do not count as unread.
    ///
    /// An event's kind is its `type`, or else its `event_type`, its SSE event type, or its `object`.
    public var silentEvents: [String]
    /// What a first payload of this format looks like, for detection among the built-in formats: a list of alternatives, each
    /// of which matches if all its conditions hold.
    public var signature: [[Condition]]

    /// Creates a custom format. A parser compiles it; ``validate()`` checks whether it can be compiled.
    public init(
        name: String, framing: Framing, payload: Payload = .json, terminalPayloads: [String] = [],
        toolNumbering: ToolNumbering = .given, tellsUsageWhole: Bool = false, rules: [Rule],
        silentEvents: [String] = [], signature: [[Condition]] = []
    ) {
        self.name = name
        self.framing = framing
        self.payload = payload
        self.terminalPayloads = terminalPayloads
        self.toolNumbering = toolNumbering
        self.tellsUsageWhole = tellsUsageWhole
        self.rules = rules
        self.silentEvents = silentEvents
        self.signature = signature
    }

    /// Checks whether the format can be compiled. A parser of a format that cannot be throws the same error from its first read.
    ///
    /// - Throws: ``SluiceError/Code/invalidPath`` for a path that is malformed, too long or in too many arrays, for a condition that
    ///   rules must not have, or if there are too many rules or conditions; ``SluiceError/Code/outOfMemory`` if allocation fails.
    /// - Complexity: that of creating a parser for the format.
    public func validate() throws(SluiceError) { _ = try CompiledFormat.of(self, .max) }
}

/// A rule from one path to one field, which applies if all its conditions hold.
///
/// ```swift
/// let rules = [
///     Rule("choices[].text", .text),
///     Rule("choices[].index", .choice),
///     Rule("\"x.usage\".output", .outputTokens),
/// ]
/// let parser = StreamParser(format: WireFormat(name: "mine", framing: .ndjson, rules: rules))
/// assert(parser.formatName == "mine")
/// ```
public struct Rule: Sendable, Hashable {
    /// The path of the value, such as `choices[].delta.content`; `$` is the payload of a text format.
    public var path: String
    /// What the value means.
    public var field: Field
    /// The conditions, all of which have to hold.
    public var conditions: [Condition]
    /// What the value is the whole of; nil for a piece. A whole value is only emitted if no piece of it came.
    public var whole: Whole?
    /// Who runs the tool calls that a rule for a tool's id or name begins.
    public var origin: ToolOrigin

    /// Creates a rule that applies if all `conditions` hold.
    public init(
        _ path: String, _ field: Field, whole: Whole? = nil, origin: ToolOrigin = .client,
        when conditions: Condition...
    ) {
        self.path = path
        self.field = field
        self.conditions = conditions
        self.whole = whole
        self.origin = origin
    }

    /// What a value repeats as a whole, from the smallest to the largest.
    ///
    /// Of text, reasoning and refusals, the value is emitted if no piece came since the last value with the same or a larger
    /// extent. Of arguments, it is emitted if the call has none so far.
    public enum Whole: UInt8, Sendable, Hashable {
        /// One text: `response.output_text.done`.
        case text
        /// A part of an item: `response.content_part.done`.
        case part
        /// An item or message: `response.output_item.done`.
        case item
        /// The answer: `response.completed`.
        case answer
    }
}

/// Who runs a tool call.
///
/// ```swift
/// let rule = Rule("block.name", .toolName, origin: .server, when: .equals("block.type", "server_tool_use"))
/// assert(rule.origin == .server)
/// ```
public enum ToolOrigin: UInt8, Sendable, Hashable, CaseIterable {
    /// The client runs a function with JSON arguments.
    case client
    /// The client runs a custom tool, whose input is plain text or has a form of its own (shell, patches, computer use).
    case custom
    /// The provider runs it, or has run it: nothing is to be done.
    case server
    /// The provider runs it on a server of the Model Context Protocol.
    case mcp
    /// The provider asks whether it may run it.
    case approval
}

/// A condition of a rule. Its path is looked up in the same array elements as the path of the rule.
///
/// ```swift
/// let isThought = Condition.isTrue("parts[].thought")
/// let rules = [
///     Rule("parts[].text", .reasoning, when: isThought),
///     Rule("parts[].text", .text, when: .isNotTrue("parts[].thought")),
/// ]
/// assert(rules[0].conditions == [isThought])
/// ```
public enum Condition: Sendable, Hashable {
    /// The path has this string.
    case equals(String, String)
    /// The path has a value other than this string.
    case differs(String, String)
    /// The path has a value other than null.
    case present(String)
    /// The path has no value, or null or an empty string.
    case empty(String)
    /// The path has a value other than null and an empty string.
    case notEmpty(String)
    /// The path has the value true.
    case isTrue(String)
    /// The path has no value, or a value other than true.
    case isNotTrue(String)
    /// The frame has this event type.
    case event(String)
    /// The block that the value belongs to began, in an earlier event, with this type: the value of a rule for ``Field/block`` with
    /// the same choice and the same number, which rules for ``Field/tool`` give.
    case block(String)
    /// The path has a string that begins with this one. Only in signatures.
    case hasPrefix(String, String)
    /// The document has no other keys than these. Only in signatures.
    case hasOnly([String])
    /// The framing marks the frame as an error.
    case errorEvent
    /// The framing does not mark the frame as an error.
    case notErrorEvent

    /// Whether the condition depends on the bytes of the value, not only on its presence and JSON type.
    var comparesValue: Bool {
        switch self {
        case .equals, .differs: true
        default: false
        }
    }

    var path: String? {
        switch self {
        case .equals(let path, _), .differs(let path, _), .present(let path), .empty(let path), .notEmpty(let path),
            .isTrue(let path), .isNotTrue(let path), .hasPrefix(let path, _):
            path
        case .event, .block, .errorEvent, .notErrorEvent, .hasOnly: nil
        }
    }
}
