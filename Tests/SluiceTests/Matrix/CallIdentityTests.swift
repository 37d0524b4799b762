import Testing

@testable import Sluice
@testable import SluiceTestSupport

// "Identity of tool calls" in docs/READING.md, as a table of small chat streams and the calls that they have.

@Suite("identity of tool calls")
struct CallIdentityTests {
    /// A stream: the content of `tool_calls` in each of its events, and the calls as `id name arguments`.
    struct Case: Sendable, CustomTestStringConvertible {
        var title: String
        var events: [String]
        var calls: [String]
        /// What comes behind the calls.
        var ending = [#"{"choices":[{"delta":{},"finish_reason":"tool_calls"}]}"#, "[DONE]"]
        var testDescription: String { title }

        init(_ title: String, _ events: [String], _ calls: [String], ending: [String]? = nil) {
            self.title = title
            self.events = events
            self.calls = calls
            self.ending = ending ?? self.ending
        }

        var bytes: [UInt8] {
            let deltas = events.map { #"{"choices":[{"delta":{"tool_calls":[\#($0)]}}]}"# }
            return Array((deltas + ending).map { "data: \($0)\n\n" }.joined().utf8)
        }
    }

    /// An element of `tool_calls`; what is nil is left out. The values are JSON.
    private static func call(
        _ index: String? = "0", id: String? = nil, name: String? = nil, _ arguments: String? = nil
    ) -> String {
        func members(_ pairs: [(String, String?)]) -> String {
            "{" + pairs.compactMap { name, value in value.map { "\"\(name)\":\($0)" } }.joined(separator: ",") + "}"
        }
        let function = members([("name", name), ("arguments", arguments.map { "\"\($0)\"" })])
        return members([("index", index), ("id", id), ("function", function == "{}" ? nil : function)])
    }

    private static let (a, b, f, g) = (#""a""#, #""b""#, #""f""#, #""g""#)

    private static let ids = [
        Case("a whole call", [call(id: a, name: f, "7")], ["a f 7"]),
        Case("pieces", [call(id: a, name: f, ""), call("0", "1"), call("0", "2")], ["a f 12"]),
        Case("the id again", [call(id: a, name: f), call(id: a, "1"), call(id: a, "2")], ["a f 12"]),
        Case("empty ids", [call(id: a, name: f), call(id: "\"\"", "1"), call(id: "\"\"", "2")], ["a f 12"]),
        Case("null ids", [call(id: a, name: f), call(id: "null", "1"), call(id: "null", "2")], ["a f 12"]),
        Case("another id without a name", [call(id: a, name: f, "1"), call(id: b, "2")], ["a f 12"]),
        Case("another id with an empty name", [call(id: a, name: f, "1"), call(id: b, name: "\"\"", "2")], ["a f 12"]),
        Case("another id with a null name", [call(id: a, name: f, "1"), call(id: b, name: "null", "2")], ["a f 12"]),
        Case("another id with a name", [call(id: a, name: f, "1"), call(id: b, name: g, "2")], ["a f 1", "b g 2"]),
        Case(
            "another id, the same name", [call(id: a, name: f, "1"), call(id: b, name: f, "2")], ["a f 1", "b f 2"]),
        Case("another id before arguments", [call(id: a, name: f), call(id: b, name: g, "2")], ["a f {}", "b g 2"]),
        Case("the id behind the name", [call("0", name: f), call(id: a), call("0", "1")], ["a f 1"]),
        Case("the id behind arguments", [call("0", name: f, "1"), call(id: a, "2")], ["a f 12"]),
        Case("the id first", [call(id: a), call("0", name: f), call("0", "1")], ["a f 1"]),
        Case("no id", [call("0", name: f, "1"), call("0", "2")], [" f 12"]),
        Case("no name", [call(id: a, "1"), call("0", "2")], ["a  12"]),
    ]

    /// A call whose arguments are an object.
    private static func object(_ value: Int) -> String {
        #"{"function":{"name":"f","arguments":{"x":\#(value)}}}"#
    }

    private static let names = [
        Case(
            "a name in pieces", [call(id: a, name: "\"get_\""), call("0", name: "\"it\""), call("0", "1")],
            ["a get_it 1"]),
        Case("the last piece with arguments", [call(id: a, name: f), call("0", name: g, "1")], ["a fg 1"]),
        Case(
            "a name in pieces, then whole", [call(id: a, name: f), call("0", name: g), call("0", name: "\"fg\"", "1")],
            ["a fg 1"]),
        Case(
            "the name again", [call(id: a, name: f, "1"), call(id: a, name: f, "2"), call("0", name: f, "3")],
            ["a f 123"]),
        Case("the name again before arguments", [call(id: a, name: f), call("0", name: f), call("0", "1")], ["a f 1"]),
        Case("null names", [call(id: a, name: f, "1"), call("0", name: "null", "2")], ["a f 12"]),
        Case("empty names", [call(id: a, name: "\"\""), call("0", name: f), call("0", name: "\"\"", "2")], ["a f 2"]),
        Case(
            "another name behind arguments, with the id", [call(id: a, name: f, "1"), call(id: a, name: g, "2")],
            ["a f 12"]),
        Case("another name without an id", [call(id: a, name: f, "1"), call("0", name: g, "2")], ["a f 1", " g 2"]),
        Case(
            "another name of a call without an id", [call("0", name: f, "1"), call(id: b, name: g, "2")],
            [" f 1", "b g 2"]),
        Case("another name, no ids", [call("0", name: f, "1"), call("0", name: g, "2")], [" f 1", " g 2"]),
        Case("another name behind empty arguments", [call("0", name: f, ""), call("0", name: g, "2")], [" fg 2"]),
        Case(
            "objects of one name, no ids", [object(1) + "," + object(2), object(3)],
            ["f 1", "f 2", "f 3"].map { name in
                #" \#(name.prefix(1)) {"x":\#(name.suffix(1))}"#
            }),
        Case("an escaped name again", [call(id: a, name: f, "1"), call("0", name: #""\u0066""#, "2")], ["a f 12"]),
    ]

    private static let numbers = [
        Case("two numbers", [call("0", id: a, name: f, "1"), call("1", id: b, name: g, "2")], ["a f 1", "b g 2"]),
        Case(
            "numbers with a gap", [call("5", id: a, name: f, "1"), call("2", id: b, name: g, "2")], ["a f 1", "b g 2"]),
        Case(
            "interleaved",
            [
                call("0", id: a, name: f) + "," + call("1", id: b, name: g), call("1", "2"), call("0", "1"),
                call("0", "3") + "," + call("1", "4"),
            ], ["a f 13", "b g 24"]),
        Case("numbers of -1", [call("-1", id: a, name: f, "1"), call("-1", "2")], ["a f 12"]),
        Case(
            "two calls of -1", [call("-1", id: a, name: f, "1"), call("-1", id: b, name: g, "2")], ["a f 1", "b g 2"]),
        Case(
            "no numbers", [call(nil, id: a, name: f, "1"), call(nil, "2"), call(nil, id: b, name: g, "3")],
            ["a f 12", "b g 3"]),
        Case("null numbers", [call("null", id: a, name: f, "1"), call("null", "2")], ["a f 12"]),
        Case(
            "the id instead of the number",
            [
                call("0", id: a, name: f), call("1", id: b, name: g), call(nil, id: b, "2"), call("-1", id: a, "1"),
            ], ["a f 1", "b g 2"]),
        Case(
            "whole calls at one number",
            [
                call("0", id: a, name: f, "1") + "," + call("0", id: b, name: g, "2"),
                call("0", id: "\"c\"", name: f, "3"),
            ], ["a f 1", "b g 2", "c f 3"]),
        Case(
            "a call again", [call("0", id: a, name: f, "1"), call("1", id: b, name: g, "2"), call("0", "3")],
            ["a f 13", "b g 2"]),
    ]

    private static let cut = #"{"choices":[{"delta":{},"finish_reason":"length"}]}"#
    private static let custom = #"{"index":0,"id":"a","type":"custom","custom":{"name":"f"}}"#

    private static let ends = [
        Case("no arguments", [call(id: a, name: f), call("1", id: b, name: g, "")], ["a f {}", "b g {}"]),
        Case("no arguments of a cut answer", [call(id: a, name: f)], ["a f "], ending: [cut, "[DONE]"]),
        Case("no arguments before an error", [call(id: a, name: f)], ["a f "], ending: [#"{"error":"e"}"#, "[DONE]"]),
        Case("no arguments where it stops", [call(id: a, name: f)], ["a f "], ending: []),
        Case("no arguments, no finish reason", [call(id: a, name: f)], ["a f {}"], ending: ["[DONE]"]),
        Case("no input of a custom tool", [custom], ["a f "]),
        Case("input of a custom tool", [custom, #"{"index":0,"custom":{"input":"ls"}}"#], ["a f ls"]),
    ]

    @Test("streams have these calls", arguments: ids + names + numbers + ends)
    func calls(_ wanted: Case) throws {
        var engine = Engine()
        let bytes = wanted.bytes
        for chunks in [Chunks(whole: bytes), Chunks(bytes, of: 1), Chunks(bytes, of: 7)] {
            for feeding in [Feeding.borrowed, .ring] {
                let log = DeltaRun(format: .openAIChat, feeding: feeding).log(chunks, &engine)
                #expect(Self.calls(of: log.deltas) == wanted.calls, "\(feeding), \(chunks)")
                #expect(log.failure == nil && log.end?.malformedEvents == 0 && log.end?.unreadEvents == 0)
                #expect(try Self.accumulated(chunks, feeding) == wanted.calls, "\(feeding), \(chunks), joined")
            }
        }
    }

    /// The calls as deltas tell them: each begins with one that is no continuation.
    private static func calls(of deltas: [LoggedDelta]) -> [String] {
        var calls: [(tool: Int, id: String, name: String, arguments: String)] = []
        for delta in deltas {
            if delta.kind == .toolCall && !delta.isContinuation { calls.append((delta.tool, "", "", "")) }
            guard let last = calls.lastIndex(where: { $0.tool == delta.tool }) else { continue }
            if delta.kind == .toolCall {
                calls[last].id += delta.text
                calls[last].name += delta.other
            } else if delta.kind == .toolArguments {
                calls[last].arguments += delta.text
            }
        }
        return calls.map { "\($0.id) \($0.name) \($0.arguments)" }
    }

    private static func accumulated(_ chunks: Chunks, _ feeding: Feeding) throws -> [String] {
        var parser = StreamParser(format: .openAIChat, layout: feeding.layout)
        var answer = Accumulator()
        for chunk in chunks.slices {
            if feeding == .ring {
                try lendFresh(chunk) { bytes throws(SluiceError) in try parser.fill(bytes) }
                var reader = parser.pull()
                while let delta = try reader.next() { try answer.add(delta) }
            } else {
                try parser.parse(Array(chunk).span, into: &answer)
            }
        }
        try parser.finish(into: &answer)
        return (answer.choices[0]?.toolCalls ?? []).map { "\($0.id ?? "") \($0.name ?? "") \($0.arguments)" }
    }
}
