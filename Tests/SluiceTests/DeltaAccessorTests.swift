import Testing

@testable import Sluice
@testable import SluiceTestSupport

// Each accessor answers for its kinds alone, and a copy answers as the view did.

@Suite("accessors of deltas")
struct DeltaAccessorTests {
    /// What one accessor says: of the view, and of the copy.
    struct Answer: Equatable {
        var view: String
        var copy: String
        /// Empty, nil, false or 0.
        var isNothing: Bool
    }

    struct Accessor: Sendable {
        var name: String
        var kinds: Set<DeltaKind>
        /// Kinds of which no format tells it.
        var unseen: Set<DeltaKind> = []
    }

    static let texts: Set<DeltaKind> = [
        .text, .reasoning, .refusal, .toolArguments, .finish, .partial, .error, .detail, .payload,
    ]

    static let accessors = [
        Accessor(name: "bytes", kinds: texts), Accessor(name: "text", kinds: texts),
        Accessor(name: "string", kinds: texts), Accessor(name: "toolID", kinds: [.toolCall]),
        Accessor(name: "toolName", kinds: [.toolCall]), Accessor(name: "errorType", kinds: [.error]),
        Accessor(name: "inputTokens", kinds: [.usage]), Accessor(name: "outputTokens", kinds: [.usage]),
        Accessor(name: "problem", kinds: [.malformed]), Accessor(name: "isWhole", kinds: [.toolArguments, .usage]),
        Accessor(name: "isToolPlan", kinds: [.reasoning]),
        Accessor(name: "isToolCounted", kinds: [.toolCall, .toolArguments]),
        Accessor(
            name: "choice",
            kinds: [.text, .reasoning, .refusal, .toolCall, .toolArguments, .finish, .partial, .detail],
            unseen: [.partial]),
        Accessor(name: "block", kinds: [.text, .reasoning, .refusal, .detail]),
        Accessor(name: "name", kinds: [.detail, .payload]), Accessor(name: "isJSON", kinds: [.detail, .payload]),
        Accessor(name: "tool", kinds: [.toolCall, .toolArguments]),
    ]

    private static func answers(_ delta: borrowing Delta) -> [String: Answer] {
        let copy = OwnedDelta(copying: delta)
        var answers: [String: Answer] = [:]
        func text(_ name: String, _ view: String, _ copy: String) {
            answers[name] = Answer(view: view, copy: copy, isNothing: view.isEmpty)
        }
        func value<Value>(_ name: String, _ view: Value?, _ copy: Value?) {
            answers[name] = Answer(
                view: "\(String(describing: view))", copy: "\(String(describing: copy))", isNothing: view == nil)
        }
        func number(_ name: String, _ view: Int, _ copy: Int) {
            answers[name] = Answer(view: "\(view)", copy: "\(copy)", isNothing: view == 0)
        }
        func flag(_ name: String, _ view: Bool, _ copy: Bool) { number(name, view ? 1 : 0, copy ? 1 : 0) }
        text("bytes", String(decoding: delta.bytes.copied, as: UTF8.self), copy.text)
        text("text", String(copying: delta.text), copy.text)
        text("string", delta.string, copy.text)
        text("toolID", String(copying: delta.toolID), copy.toolID)
        text("toolName", String(copying: delta.toolName), copy.toolName)
        text("errorType", String(copying: delta.errorType), copy.errorType)
        value("inputTokens", delta.inputTokens, copy.inputTokens)
        value("outputTokens", delta.outputTokens, copy.outputTokens)
        value("problem", delta.problem, copy.problem)
        flag("isWhole", delta.isWhole, copy.isWhole)
        flag("isToolPlan", delta.isToolPlan, copy.isToolPlan)
        flag("isJSON", delta.isJSON, copy.isJSON)
        text("name", String(copying: delta.name), copy.name)
        value("block", delta.block, copy.block)
        flag("isToolCounted", delta.isToolCounted, copy.isToolCounted)
        number("choice", delta.choice, copy.choice)
        number("tool", delta.tool, copy.tool)
        number("eventOffset", Int(delta.eventOffset), Int(copy.eventOffset))
        return answers
    }

    /// What no golden file has: all kinds of another choice than the first.
    private static let secondChoice = Array(
        [
            #""reasoning_content":"r""#, #""refusal":"no""#,
            #""annotations":[{"n":1}]"#,
            #""tool_calls":[{"index":1,"id":"c","function":{"name":"f","arguments":"{}"}}]"#,
        ].map { "data: {\"choices\":[{\"index\":1,\"delta\":{\($0)}}]}\n\n" }.joined().utf8)

    /// Every stream of the golden files, each again and again through one engine, so that events are read by parsing and by
    /// what was learnt of them.
    private static func eachDelta(_ body: (DeltaKind, [String: Answer], String) -> Void) throws {
        for format in WireFormat.all {
            var cases = try WireGoldenFile(format.name).cases.map {
                (title: $0.title, framing: $0.framing, input: $0.input)
            }
            if format.name == "openai-chat" { cases.append(("a second choice", nil, secondChoice)) }
            for wanted in cases {
                var engine = Engine()
                var format = format
                format.framing = wanted.framing ?? format.framing
                for _ in 0..<4 {
                    var stream = TokenStream(format: format, kinds: .all)
                    let place = "\(format.name): \(wanted.title)"
                    do throws(SluiceError) {
                        var reader = engine.read(wanted.input.span, of: &stream)
                        while let delta = try reader.next() { body(delta.kind, answers(delta), place) }
                        reader = engine.finish(&stream)
                        while let delta = try reader.next() { body(delta.kind, answers(delta), place) }
                    } catch {}
                }
            }
        }
    }

    @Test("each answers for its kinds alone, and of all of them; views and copies say the same")
    func kinds() throws {
        var seen: [String: Set<DeltaKind>] = [:]
        var kinds: Set<DeltaKind> = []
        try Self.eachDelta { kind, answers, place in
            kinds.insert(kind)
            check(answers["eventOffset"].map { $0.view == $0.copy } == true, "\(place): eventOffset")
            for accessor in Self.accessors {
                guard let answer = answers[accessor.name] else { return check(false, "\(accessor.name) is not asked") }
                check(answer.view == answer.copy, "\(place): \(accessor.name) of \(kind): \(answer)")
                if !answer.isNothing {
                    seen[accessor.name, default: []].insert(kind)
                    check(accessor.kinds.contains(kind), "\(place): \(accessor.name) of \(kind): \(answer)")
                }
            }
        }
        #expect(kinds == Set(DeltaKind.allCases))
        for accessor in Self.accessors {
            #expect(seen[accessor.name] == accessor.kinds.subtracting(accessor.unseen), "\(accessor.name)")
        }
    }
}
