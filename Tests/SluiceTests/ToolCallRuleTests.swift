import Testing

@testable import Sluice
@testable import SluiceTestSupport

// Streams on which the engine and the slow reference reader once differed, held to the words of docs/READING.md, section 3.

@Suite("the rules of tool calls")
struct ToolCallRuleTests {
    private struct Example: Sendable, CustomTestStringConvertible {
        var title: String
        var format = DifferentialSource.custom.format
        var limits = Limits()
        var events: [String]
        var deltas: [String]
        var testDescription: String { title }

        var bytes: [UInt8] {
            let isSSE = format.framing == .sse
            return Array(events.map { isSSE ? "data: \($0)\n\n" : $0 + "\n" }.joined().utf8)
        }
    }

    private static let examples = order + elements

    private static let order = [
        Example(
            title: "calls that end together come by choice, then by number",
            events: [
                #"{"c":1,"n":0,"f":"h"}"#, #"{"n":1,"f":"g"}"#, #"{"n":0,"f":"f"}"#, #"{"c":1,"stop":"s","bye":1}"#,
            ],
            deltas: [
                #"toolCall 1.0 "" "h""#, #"toolCall 0.1 "" "g""#, #"toolCall 0.0 "" "f""#,
                #"toolArguments 0.0 "{}" "" whole"#, #"toolArguments 0.1 "{}" "" whole"#,
                #"toolArguments 1.0 "{}" "" whole"#, #"finish 1.0 "s" """#,
            ]),
        Example(
            title: "held arguments and missing ones come in the same order",
            events: [#"{"n":0,"held":{}}"#, #"{"n":5,"held":"h"}"#, #"{"n":0,"f":"f"}"#, "END"],
            deltas: [
                #"toolCall 0.0 "" "f""#, #"toolArguments 0.0 "{}" "" whole"#, #"toolArguments 0.5 "h" """#,
            ]),
        Example(
            title: "an answer that is cut ends the calls that are open",
            events: [
                #"{"n":0,"srv":"s"}"#, #"{"n":1,"f":"f"}"#, #"{"stop":"length"}"#, #"{"n":0,"held":"h"}"#,
                #"{"bye":1}"#,
            ],
            deltas: [
                #"toolCall 0.0 "" "s" server"#, #"toolCall 0.1 "" "f""#, #"finish 0.0 "length" """#,
                #"toolArguments 0.0 "h" """#,
            ]),
    ]

    private static let elements = [
        Example(
            title: "an object that spans lines is bound by the limit of an event", limits: Limits(eventBytes: 9),
            events: ["{", #""t":"xyz"}"#, #"{"t":"y"}"#],
            deltas: [#"malformed 0.0 "" "" event-too-large"#, #"text 0.0 "y" """#]),
        Example(
            title: "so is one that the input ends in", limits: Limits(eventBytes: 9),
            events: ["{", #""t":"xyz""#], deltas: [#"malformed 0.0 "" "" event-too-large"#]),
    ]

    @Test("of the engine and of the reference are these", arguments: examples)
    private func deltas(_ example: Example) throws {
        let wanted = ReferenceStream.read(example.bytes, ReferenceTable(example.format), example.limits)
        #expect(wanted.deltas.map(Self.show) == example.deltas, "reference")
        var reader = DifferentialReader()
        let found = try reader.read(example.bytes, example.format, example.limits)
        #expect(found.deltas.map(Self.show) == example.deltas, "engine")
        #expect(found.difference(fromReference: wanted) == nil)
    }

    @Test("white space around an error's document is not part of its message")
    func errorMessage() throws {
        let bytes = Array("event: error\ndata\ndata: {\"a\":1}\ndata\n\n".utf8)
        var reader = DifferentialReader()
        let found = try reader.read(bytes, .openAIChat)
        #expect(found.deltas.map(Self.show) == [#"error 0.0 "{\"a\":1}" """#])
        #expect(
            found.difference(fromReference: ReferenceStream.read(bytes, ReferenceTable(.openAIChat))) == nil)
    }

    private static func show(_ delta: ReferenceDelta) -> String {
        let texts = [delta.bytes, delta.other].map { "\"\(VisibleBytes.write($0))\"" }.joined(separator: " ")
        let marks =
            [
                delta.origin == .client ? "" : "\(delta.origin)", delta.isContinuation ? "continued" : "",
                delta.isWhole ? "whole" : "", delta.isToolCounted ? "counted" : "",
            ] + delta.codes.sorted()
        return "\(delta.kind) \(delta.choice).\(delta.tool) \(texts)"
            + marks.filter { !$0.isEmpty }.map { " " + $0 }.joined()
    }
}

extension Limits {
    fileprivate init(choices: Int? = nil, eventBytes: Int? = nil) {
        self.init()
        if let choices { maxChoices = choices }
        if let eventBytes { maxEventBytes = eventBytes }
    }
}
