public import Sluice

/// One Server-Sent Event to send, for example to a browser's `EventSource`.
///
/// ```swift
/// let event = ServerSentEvent("one\ntwo", event: "message", id: "7")
/// assert(event.text == "event: message\nid: 7\ndata: one\ndata: two\n\n")
/// let ping = ServerSentEvent.comment("still here")
/// assert(ping == ": still here\n\n")
/// ```
///
/// A reader that follows the standard (WHATWG HTML, 9.2) gets the same data, except that each CR, LF and CRLF becomes LF: the
/// format has no other line end. JSON without raw line ends is not changed.
public struct ServerSentEvent: Sendable, Hashable {
    /// The event's data; may have several lines.
    public var data: String
    /// The event's type; nil for none, which readers treat as `message`. Line ends and NUL in it are removed.
    public var event: String?
    /// The event's id, which a client sends when it reconnects; nil for none. Line ends and NUL in it are removed.
    public var id: String?
    /// How long a client should wait before it reconnects; nil to send no `retry` line.
    ///
    /// It is sent in milliseconds, rounded to the nearest: at least 0, and at most 9,007,199,254,740,991, the largest integer
    /// that JavaScript represents exactly.
    public var retry: Duration?

    /// Creates an event with this data.
    public init(_ data: String, event: String? = nil, id: String? = nil, retry: Duration? = nil) {
        self.data = data
        self.event = event
        self.id = id
        self.retry = retry
    }

    /// Creates an event with a delta as JSON, as `sluice cat --json` prints it. With `names`, the event's type is its kind.
    public init(_ delta: OwnedDelta, names: Bool = false) {
        self.init(delta.json, event: names ? delta.kindName : nil)
    }

    /// The bytes to send as text, including the blank line that ends the event.
    public var text: String {
        var text = ""
        if let event { text += "event: \(Self.oneLine(event))\n" }
        if let id { text += "id: \(Self.oneLine(id))\n" }
        if let retry { text += "retry: \(retry.milliseconds(upTo: (1 << 53) - 1))\n" }
        for line in Self.lines(data) { text += line.isEmpty ? "data\n" : "data: \(line)\n" }
        return text + "\n"
    }

    /// Returns a comment, which readers ignore. Comments keep proxies from closing an idle connection.
    public static func comment(_ text: String) -> String {
        lines(text).map { ": \($0)\n" }.joined() + "\n"
    }

    /// The lines of the text, split as the standard does: at CR, LF and CRLF only.
    private static func lines(_ text: String) -> [String] {
        var lines = [""]
        var isBehindReturn = false
        for scalar in text.unicodeScalars {
            if scalar == "\r" || (scalar == "\n" && !isBehindReturn) {
                lines.append("")
            } else if scalar != "\n" {
                lines[lines.count - 1].unicodeScalars.append(scalar)
            }
            isBehindReturn = scalar == "\r"
        }
        return lines
    }

    private static func oneLine(_ text: String) -> String {
        String(String.UnicodeScalarView(text.unicodeScalars.filter { $0 != "\r" && $0 != "\n" && $0 != "\0" }))
    }
}

extension OwnedDelta {
    /// The kind's name, as in the output of `sluice cat --json`.
    var kindName: String {
        switch kind {
        case .text: "text"
        case .reasoning: "reasoning"
        case .refusal: "refusal"
        case .toolCall: "tool_call"
        case .toolArguments: "tool_arguments"
        case .finish: "finish"
        case .usage: "usage"
        case .partial: "partial"
        case .error: "error"
        case .malformed: "malformed"
        case .detail: "detail"
        case .payload: "payload"
        }
    }

    private var originName: String {
        switch toolOrigin {
        case .client: "client"
        case .custom: "custom"
        case .server: "server"
        case .mcp: "mcp"
        case .approval: "approval"
        }
    }

    /// The members of an error: null for what the stream does not say.
    private var errorMembers: String {
        func member(_ name: String, _ text: String) -> String {
            ",\"\(name)\":" + (text.isEmpty ? "null" : Self.quoted(text))
        }
        let details = errorDetails ?? ErrorDetails()
        // A delta's own type may be the code.
        let type = details.type.isEmpty && errorType != details.code ? errorType : details.type
        let delay = details.retryAfterSeconds.map(Self.number) ?? "null"
        return member("type", type) + member("code", details.code) + ",\"message\":\(Self.quoted(text))"
            + member("param", details.parameter) + member("request_id", details.requestID) + ",\"retry_after\":\(delay)"
    }

    /// A number as JSON has it, without a fraction if there is none.
    private static func number(_ value: Double) -> String {
        guard value.isFinite else { return "null" }
        return abs(value) < 1e15 && value == value.rounded() ? "\(Int64(value))" : "\(value)"
    }

    /// The delta as one JSON object without line ends, as `sluice cat --json` prints it.
    ///
    /// A tool call that completes an earlier one has `"continuation":true`; the command joins it to that call where it can.
    public var json: String {
        let head = "{\"kind\":\"\(kindName)\""
        let place = ",\"choice\":\(choice)" + (block.map { ",\"block\":\($0)" } ?? "")
        func number(_ value: Int?) -> String { value.map { "\($0)" } ?? "null" }
        switch kind {
        case .text, .reasoning, .refusal, .partial:
            return head + place + ",\"text\":\(Self.quoted(text))" + (isToolPlan ? ",\"plan\":true}" : "}")
        case .toolCall:
            return head + place + ",\"tool\":\(tool),\"id\":\(Self.quoted(toolID)),\"name\":\(Self.quoted(toolName))"
                + ",\"origin\":\"\(originName)\"" + (isContinuation ? ",\"continuation\":true}" : "}")
        case .toolArguments: return head + place + ",\"tool\":\(tool),\"text\":\(Self.quoted(text))}"
        case .finish: return head + place + ",\"reason\":\(Self.quoted(text))}"
        case .usage: return head + ",\"input\":\(number(inputTokens)),\"output\":\(number(outputTokens))}"
        case .error: return head + errorMembers + "}"
        case .detail: return head + place + ",\"name\":\(Self.quoted(name)),\"value\":\(value)}"
        case .payload: return head + ",\"event\":\(Self.quoted(name)),\"value\":\(value)}"
        case .malformed:
            let message = problem.map { "\($0)" } ?? ""
            return head + ",\"code\":\(Self.quoted(problem?.code.rawValue ?? "")),\"message\":\(Self.quoted(message))}"
        }
    }

    /// The value of a detail or payload: JSON on one line, or a string.
    private var value: String {
        guard isJSON else { return Self.quoted(text) }
        let isBroken = text.utf8.contains { $0 == 0x0A || $0 == 0x0D }
        // Line ends between the values of a document are white space; strings have none.
        return isBroken ? String(decoding: text.utf8.map { $0 == 0x0A || $0 == 0x0D ? 0x20 : $0 }, as: UTF8.self) : text
    }

    static func quoted(_ text: String) -> String {
        var quoted = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": quoted += "\\\""
            case "\\": quoted += "\\\\"
            case "\n": quoted += "\\n"
            case "\r": quoted += "\\r"
            case "\t": quoted += "\\t"
            case "\u{8}": quoted += "\\b"
            case "\u{C}": quoted += "\\f"
            case "\0"..<" ":
                let digits = String(scalar.value, radix: 16)
                quoted += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: quoted.unicodeScalars.append(scalar)
            }
        }
        return quoted + "\""
    }
}
