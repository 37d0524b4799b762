// The order in which a provider documents its events, as data. A rule says which events it is about, what has to have happened
// before, and what has happened with it. What has happened is a set of names; a name with a `#` stands for one choice, block or
// item, by its key:
//
//     content_block_start  index 0    sets    block#      block#0
//     content_block_delta  index 0    needs   block#      there is block#0
//     content_block_delta  index 1    needs   block#      there is no block#1: a finding
//     message_stop                    forbids block#*     no block may be open
//
// Tables with these rules are in OrderTables.swift.

/// A condition on an event.
enum EventMatch: Sendable {
    /// The path has this text.
    case equals(String, String)
    /// The path has a value that is neither null nor an empty text.
    case filled(String)
    /// The path has no such value.
    case unfilled(String)
    case isTrue(String)
    /// The path is an array without elements, or missing.
    case empty(String)
    /// The framing's own type of the event, as AWS has it.
    case event(String)
}

/// Something that must or must not have happened before.
struct EventNeed: Sendable {
    var state: String
    var severity: Severity
    var expected: String

    init(_ state: String, _ severity: Severity, _ expected: String) {
        self.state = state
        self.severity = severity
        self.expected = expected
    }
}

/// What one kind of event needs, and what it changes.
struct EventRule: Sendable {
    /// For messages.
    var name: String
    var when: [EventMatch]
    /// An array whose elements the rule is about, one by one; paths then begin at the element.
    var each: String?
    /// Paths of the numbers that tell apart what a `#` stands for; a missing one counts as 0.
    var keys: [String] = []
    var needs: [EventNeed] = []
    var forbids: [EventNeed] = []
    var sets: [String] = []
    var clears: [String] = []
    /// Nothing may come behind it.
    var isTerminal = false
}

/// What a format's events have to be like.
struct EventOrder: Sendable {
    var formats: [String]
    /// Paths that messages and rules need.
    var paths: [String]
    var rules: [EventRule]
    /// Payloads that are no documents, behind which nothing may come.
    var terminalPayloads: [String] = []
    /// Where events have numbers that are consecutive.
    var number: String?
    /// What must have happened at the end, unless the stream carried an error.
    var ends: [EventNeed] = []
    /// What must not be left open at the end.
    var open: [EventNeed] = []
    /// SSE's event field has the same name as the document's `type`.
    var repeatsType = false
    /// How bad it is that something comes behind the terminal marker.
    var behindTerminal = Severity.warning

    /// The order of a format, if there is one.
    static func of(_ format: String) -> EventOrder? { all.first { $0.formats.contains(format) } }

    /// Events that say that the stream has failed; no marker comes behind them.
    static let errorMatches: [EventMatch] = [.equals("type", "error"), .filled("error")]
}
