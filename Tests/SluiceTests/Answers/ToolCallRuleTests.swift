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

    /// The only format here whose calls have no numbers.
    private static let numberless = WireFormat(
        name: "numberless", framing: .ndjson,
        rules: [
            Rule("id", .toolID), Rule("f", .toolName), Rule("a", .toolArguments), Rule("end", .toolEnd),
            Rule("bye", .terminal),
        ])

    private static func gemini(_ parts: String) -> String {
        #"{"candidates":[{"content":{"parts":[\#(parts)]}}]}"#
    }

    private static let examples = order + ids + numbers + elements + counted

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

    private static let ids = [
        Example(
            title: "an id that two calls have means the one that took it last",
            events: [
                #"{"n":1,"a":"0"}"#, #"{"id":"j","a":"1"}"#, #"{"n":1,"id":"j"}"#, #"{"id":"j","a":"2"}"#,
                #"{"n":0,"id":"j"}"#, #"{"id":"j","a":"3"}"#,
            ],
            deltas: [
                #"toolArguments 0.1 "0" """#, #"toolCall 0.0 "j" """#, #"toolArguments 0.0 "1" """#,
                #"toolCall 0.1 "j" """#, #"toolArguments 0.1 "2" """#, #"toolArguments 0.1 "3" """#,
            ]),
        Example(
            title: "an id means no call once another call has its number",
            events: [
                #"{"n":2,"id":"j"}"#, #"{"n":1,"id":"j"}"#, #"{"n":1,"id":"k","f":"f"}"#, #"{"id":"j","a":"1"}"#,
            ],
            deltas: [
                #"toolCall 0.2 "j" """#, #"toolCall 0.1 "j" """#, #"toolArguments 0.1 "{}" "" whole"#,
                #"toolCall 0.1 "k" "f""#, #"toolCall 0.0 "j" """#, #"toolArguments 0.0 "1" """#,
            ]),
        Example(
            title: "an event that cannot be read takes no id",
            events: [#"{"n":2,"id":"j"}"#, #"{"n":1,"id":"j","t":"\q"}"#, #"{"id":"j","a":"1"}"#],
            deltas: [
                #"toolCall 0.2 "j" """#, #"malformed 0.0 "" "" invalid-escape"#, #"toolArguments 0.2 "1" """#,
            ]),
        Example(
            title: "a number decides, whatever the id", format: .mistralConversations,
            events: [
                #"{"type":"function.call.delta","name":"f1","output_index":0}"#,
                #"{"type":"function.call.delta","tool_call_id":"c1","name":"f1","output_index":1}"#,
                #"{"type":"function.call.delta","tool_call_id":"c1","name":"f1","output_index":0,"arguments":"1"}"#,
                #"{"type":"function.call.delta","tool_call_id":"c1","name":"f1","arguments":"2"}"#,
                #"{"type":"function.call.delta","tool_call_id":"c1","name":"f1","output_index":1,"arguments":"3"}"#,
            ],
            deltas: [
                #"toolCall 0.0 "" "f1""#, #"toolCall 0.1 "c1" "f1""#, #"toolCall 0.0 "c1" "" continued"#,
                #"toolArguments 0.0 "1" """#, #"toolArguments 0.0 "2" """#, #"toolArguments 0.1 "3" """#,
            ]),
    ]

    private static let numbers = [
        Example(
            title: "an empty id and name are no call that counts", format: .aiSDKUI,
            events: [
                #"{"type":"tool-input-start","toolCallId":"","toolName":""}"#,
                #"{"type":"tool-input-start","toolCallId":"a","toolName":"f"}"#,
                #"{"type":"tool-input-start","toolCallId":"b","toolName":"f"}"#,
            ],
            deltas: [#"toolCall 0.0 "a" "f""#, #"toolCall 0.1 "b" "f""#]),
        Example(
            title: "an end with an id that no call has does nothing", format: numberless,
            events: [
                #"{"id":"x","f":"f"}"#, #"{"end":1,"id":"y"}"#, #"{"end":1,"id":"z","f":"g"}"#,
                #"{"id":"x","a":"1"}"#,
            ],
            deltas: [
                #"toolCall 0.0 "x" "f""#, #"toolCall 0.1 "y" """#, #"toolArguments 0.1 "{}" "" whole"#,
                #"toolCall 0.2 "z" "g""#, #"toolArguments 0.2 "{}" "" whole"#, #"toolArguments 0.0 "1" """#,
            ]),
        Example(
            title: "an end has no choice that a limit could bound", limits: Limits(choices: 1),
            events: [#"{"end":1,"n":0,"c":3}"#, #"{"n":0,"id":"i","c":3}"#],
            deltas: [#"malformed 0.0 "" "" too-many-choices"#]),
    ]

    private static let elements = [
        Example(
            title: "the first name of an element is its name", events: [#"{"f":"f","mcp":"m\q","a":"1"}"#],
            deltas: [#"toolCall 0.0 "" "f""#, #"toolArguments 0.0 "1" """#]),
        Example(
            title: "an object that spans lines is bound by the limit of an event", limits: Limits(eventBytes: 9),
            events: ["{", #""t":"xyz"}"#, #"{"t":"y"}"#],
            deltas: [#"malformed 0.0 "" "" event-too-large"#, #"text 0.0 "y" """#]),
        Example(
            title: "so is one that the input ends in", limits: Limits(eventBytes: 9),
            events: ["{", #""t":"xyz""#], deltas: [#"malformed 0.0 "" "" event-too-large"#]),
    ]

    private static let counted = [
        Example(
            title: "an empty name ends the call that is kept open", format: .geminiGenerate,
            events: [
                gemini(#"{"functionCall":{"name":"f","willContinue":true}}"#), gemini(#"{"functionCall":{"name":""}}"#),
            ],
            deltas: [#"toolCall 0.0 "" "f" counted"#, #"toolArguments 0.0 "{}" "" whole counted"#]),
        Example(
            title: "an end does not end the call that begins behind it", format: .geminiGenerate,
            events: [
                gemini(#"{"functionCall":{"name":"f","willContinue":true}}"#),
                gemini(#"{"functionCall":{}},{"functionCall":{"name":"g","willContinue":true}}"#),
                gemini(#"{"functionCall":{"args":{"x":1}}}"#),
            ],
            deltas: [
                #"toolCall 0.0 "" "f" counted"#, #"toolArguments 0.0 "{}" "" whole counted"#,
                #"toolCall 0.1 "" "g" counted"#, #"toolArguments 0.1 "{\"x\":1}" "" whole counted"#,
            ]),
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
