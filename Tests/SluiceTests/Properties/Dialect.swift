import Sluice

@testable import SluiceTestSupport

// How each provider says what streams say: the shapes are those of docs and recordings, written by hand, so that no
// generated document comes out of the tables that it tests.

/// One event's content, before it is written.
struct Rendering: Sendable {
    enum Content: Sendable {
        case document(JSONTree)
        case bytes([UInt8])
    }

    var content: Content
    /// The event's type, where it matters.
    var event: String?
    /// What the event says beside the act that it was made for.
    var also: [StreamAct] = []
    /// No other may be put into the same event.
    var isAlone = false

    init(_ tree: JSONTree, event: String? = nil, also: [StreamAct] = [], isAlone: Bool = false) {
        content = .document(tree)
        self.event = event
        self.also = also
        self.isAlone = isAlone
    }

    init(_ text: String, event: String? = nil, also: [StreamAct] = []) {
        content = .bytes(Array(text.utf8))
        self.event = event
        self.also = also
        isAlone = true
    }
}

struct Dialect: Sendable {
    /// What a format has words for.
    struct Abilities: OptionSet, Sendable {
        let rawValue: Int
        static let text = Abilities(rawValue: 1)
        static let reasoning = Abilities(rawValue: 2)
        static let toolPlan = Abilities(rawValue: 4)
        static let refusal = Abilities(rawValue: 8)
        static let toolCalls = Abilities(rawValue: 16)
        static let wholeCalls = Abilities(rawValue: 32)
        static let finish = Abilities(rawValue: 64)
        static let usage = Abilities(rawValue: 128)
        /// Errors have a type.
        static let errorTypes = Abilities(rawValue: 256)
        /// There are several choices.
        static let choices = Abilities(rawValue: 512)
        /// A stream can say that it is complete by that alone.
        static let terminal = Abilities(rawValue: 1024)
        /// Calls and ids that come whole have ids too.
        static let ids = Abilities(rawValue: 2048)
    }

    typealias Render = @Sendable (StreamAct, inout SeededGenerator) -> Rendering?

    let format: WireFormat
    let abilities: Abilities
    /// Framings that its documents may come in, the usual one first.
    let framings: [Framing]
    /// Reasons of a finish; empty for any.
    let reasons: [String]
    /// The content of an event for an act; nil for an act that the format has no words for.
    let render: Render

    init(
        _ format: WireFormat, _ abilities: Abilities, framings: [Framing]? = nil, reasons: [String] = [],
        _ render: @escaping Render
    ) {
        self.format = format
        self.abilities = abilities
        self.framings = framings ?? [format.framing]
        self.reasons = reasons
        self.render = render
    }

    static let all: [Dialect] = openAI + services + agents + sessions + texts
    static func named(_ name: String) -> Dialect? { all.first { $0.format.name == name } }

    // MARK: What several have in common

    static let anyLines: [Framing] = [.sse, .sse, .sse, .ndjson, .jsonArray]
    static let lines: [Framing] = [.sse, .sse, .sse, .ndjson]

    /// A number as JSON has it: also with a fraction that is none.
    static func number(_ value: Int, _ generator: inout SeededGenerator) -> JSONTree {
        if value == 0 && generator.oneIn(30) { return .plain("-0") }
        return .plain(generator.oneIn(30) ? "\(value).0" : "\(value)")
    }

    /// Tokens: what no integer holds is as if it were not told.
    static func tokens(_ count: Int?, _ generator: inout SeededGenerator) -> JSONTree {
        if let count { return number(count, &generator) }
        return .plain(
            generator.pick(["null", "1e3", "99999999999999999999", "1E+400", "true", "{}", "[]", "\"5\"", "-7"]))
    }

    static func members(_ pairs: [(String, JSONTree?)]) -> JSONTree {
        .object(pairs.compactMap { pair in pair.1.map { JSONTree.Member(name: pair.0, value: $0) } })
    }

    /// An error at the top: a string, or an object with a message and a type or code, maybe under an event of that type.
    static func error(_ type: String, _ message: [UInt16], _ generator: inout SeededGenerator) -> Rendering {
        let code: JSONTree = Int(type) != nil && generator.oneIn(2) ? .plain(type) : .string(type)
        var tree: JSONTree = ["error": ["message": .text(message), "type": .string(type), "param": .null]]
        switch generator.pick([0, 0, 1, 2]) {
        case 0 where type.isEmpty: tree = ["error": .text(message)]
        case 1: tree = ["type": "error", "error": ["code": code, "message": .text(message)]]
        // A code that is a word says more than a type, and a number less.
        case 2 where Int(type) == nil: tree = ["error": ["type": "other", "code": code, "message": .text(message)]]
        default: break
        }
        if type.isEmpty, case .object(let members) = tree, members.count == 1, generator.oneIn(2) {
            tree = ["error": ["message": .text(message)]]
        }
        // An empty code leaves the type to be told.
        if type.isEmpty { tree = tree.withoutTypes }
        return Rendering(tree, event: generator.oneIn(2) ? "error" : nil)
    }

    /// An error in a format whose events have types, which must not stand beside it.
    static func lonelyError(
        _ type: String, _ message: [UInt16], _ generator: inout SeededGenerator
    ) -> Rendering {
        var rendering = error(type, message, &generator)
        rendering.isAlone = true
        return rendering
    }

    static let keepAlives = ["{}", "{\"type\":\"ping\"}"]

    /// An event that says nothing, or nothing that is known.
    static func silence(_ format: WireFormat, _ generator: inout SeededGenerator) -> Rendering {
        let isDone = format.terminalPayloads.contains("[DONE]")
        switch Int.random(in: 0..<6, using: &generator) {
        case 0 where format.framing != .jsonArray && format.framing != .awsEventStream:
            return Rendering(generator.pick(["\"\"", ": keepalive", isDone ? ":" : "[DONE]"]))
        case 1: return Rendering(["type": "ping"], isAlone: true)
        case 2: return Rendering(["zz": ["choices": [["delta": ["content": "no"]]], "error": "no"]], also: [.unread])
        default: return Rendering(.exact([:]))
        }
    }
}

extension JSONTree {
    fileprivate var withoutTypes: JSONTree {
        guard case .object(let members) = self else { return self }
        let kept = members.filter { !["type", "code"].contains($0.name) }
        return .object(kept.map { .init(name: $0.name, value: $0.name == "error" ? $0.value.withoutTypes : $0.value) })
    }
}
