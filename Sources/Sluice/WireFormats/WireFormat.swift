/// Which provider's documents a stream carries: framing, and a table of rules from JSON paths to fields.
///
/// The built-in formats use nothing that a table of your own cannot:
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
    /// What a frame's payload is.
    public enum Payload: Sendable, Hashable {
        /// One JSON object.
        case json
        /// Plain text, which the rules know as the path `$`.
        case text
    }

    /// How tool calls of one choice are told apart.
    public enum ToolNumbering: Sendable, Hashable {
        /// The stream numbers them; where it leaves the number out, it is 0.
        case given
        /// The stream does not; Sluice counts them in order of arrival.
        case counted
    }

    /// The name that `--format` and ``WireFormat/named(_:)`` know.
    public var name: String
    /// How the stream is cut into frames.
    public var framing: Framing
    /// What the frames carry.
    public var payload: Payload
    /// Payloads that are no documents but say that the stream is complete, such as `[DONE]`.
    public var terminalPayloads: [String]
    /// How tool calls are numbered.
    public var toolNumbering: ToolNumbering
    /// A document that tells usage tells all of it: what it leaves out is not known any more.
    public var tellsUsageWhole: Bool
    /// From paths to fields; all rules whose conditions hold apply.
    public var rules: [Rule]
    /// What a first payload of this format looks like: each alternative is a list of conditions that all hold.
    public var signature: [[Condition]]

    /// A table of one's own.
    public init(
        name: String, framing: Framing, payload: Payload = .json, terminalPayloads: [String] = [],
        toolNumbering: ToolNumbering = .given, tellsUsageWhole: Bool = false, rules: [Rule],
        signature: [[Condition]] = []
    ) {
        self.name = name
        self.framing = framing
        self.payload = payload
        self.terminalPayloads = terminalPayloads
        self.toolNumbering = toolNumbering
        self.tellsUsageWhole = tellsUsageWhole
        self.rules = rules
        self.signature = signature
    }
}

/// What a path's value means.
///
/// ```swift
/// let names = Field.allCases.map(\.rawValue)
/// assert(names.contains("tool-arguments") && Field(rawValue: "text") == .text)
/// ```
public enum Field: String, Sendable, CaseIterable {
    /// Text of the answer.
    case text
    /// Text of the model's reasoning.
    case reasoning
    /// What the model means to do with its tools: reasoning that stands apart from ``reasoning``.
    case toolPlan = "tool-plan"
    /// Text of a refusal.
    case refusal
    /// The number of the choice that the enclosing element belongs to.
    case choice
    /// The number of the tool call that the enclosing element belongs to.
    case tool
    /// A tool call's identifier.
    case toolID = "tool-id"
    /// A tool call's function name.
    case toolName = "tool-name"
    /// A piece of a tool call's arguments, or the whole of them as a JSON object.
    case toolArguments = "tool-arguments"
    /// Why a choice ended.
    case finish
    /// Tokens of the request.
    case inputTokens = "input-tokens"
    /// Tokens of the answer.
    case outputTokens = "output-tokens"
    /// An error's type or code.
    case errorType = "error-type"
    /// An error's message.
    case errorMessage = "error-message"
    /// An error as a whole: a string, or an object whose message is read by other rules.
    case error
    /// What a server that failed had sent until then.
    case partial
    /// The number that the stream gives this event, counting from 0 or 1: where one is left out, that is told.
    case position
    /// How many events the stream has numbered, told by the last of them.
    case total
    /// Its presence says that the stream is complete.
    case terminal
    /// A base64 string that holds another document of this format.
    case document
}

/// From one path to one field, when all conditions hold.
///
/// ```swift
/// let rules = [
///     Rule("choices[].text", .text),
///     Rule("choices[].index", .choice),
///     Rule("\"x.usage\".output", .outputTokens),
/// ]
/// let parser = try StreamParser(format: WireFormat(name: "mine", framing: .ndjson, rules: rules))
/// assert(parser.formatName == "mine")
/// ```
public struct Rule: Sendable, Hashable {
    /// The value's path, such as `choices[].delta.content`; `$` is the payload of a text format.
    public var path: String
    /// What the value means.
    public var field: Field
    /// What must hold beside it.
    public var conditions: [Condition]

    /// A rule that applies when every one of `conditions` holds.
    public init(_ path: String, _ field: Field, when conditions: Condition...) {
        self.path = path
        self.field = field
        self.conditions = conditions
    }
}

/// Something that must hold for a rule to apply. Paths are looked up in the same array elements as the rule's own.
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
    /// The string at the path is this one.
    case equals(String, String)
    /// The value at the path is there, and another than this one.
    case differs(String, String)
    /// The path has a value other than null.
    case present(String)
    /// The path has no value, null or an empty string.
    case empty(String)
    /// The path has a value, but not null or an empty string.
    case notEmpty(String)
    /// The path has the value true.
    case isTrue(String)
    /// The path has not the value true.
    case isNotTrue(String)
    /// The frame's event type is this one.
    case event(String)
    /// The framing marks the frame as an error.
    case errorEvent
    /// The framing does not mark the frame as an error.
    case notErrorEvent

    /// The condition depends on the bytes of the value, not only on whether and what kind of value there is.
    var comparesValue: Bool {
        switch self {
        case .equals, .differs: true
        default: false
        }
    }

    var path: String? {
        switch self {
        case .equals(let path, _), .differs(let path, _), .present(let path), .empty(let path), .notEmpty(let path),
            .isTrue(let path), .isNotTrue(let path):
            path
        case .event, .errorEvent, .notErrorEvent: nil
        }
    }
}
