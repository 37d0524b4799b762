import Sluice
import Testing

@testable import SluiceTestSupport

// The oracle of the differential test, held to the words of docs/READING.md.

@Suite("the slow reference reader and READING.md")
struct ReferenceReadingTests {
    private struct Example: Sendable, CustomTestStringConvertible {
        var title: String
        var format = DifferentialSource.custom.format
        var lines: [String]
        var deltas: [String] = []
        var unread: [String] = []
        var status = StreamEnd.Status.truncated
        var testDescription: String { title }
    }

    private static let examples = [
        Example(
            title: "keep-alives and terminal payloads say nothing",
            lines: ["{}", " null ", ": x", "ping", #"{"type":"ping"}"#, " END "], status: .empty),
        Example(
            title: "a finish reason is the end of a stream without a marker", lines: [#"{"t":"x","stop":"s"}"#],
            deltas: [#"text choice 0 tool 0 at 0 "x" """#, #"finish choice 0 tool 0 at 0 "s" """#], status: .finished),
        Example(
            title: "a whole value says what no piece has said",
            lines: [
                #"{"t":"a"}"#, #"{"text":"a"}"#, #"{"text":"b"}"#, #"{"part":"ab"}"#, #"{"part":"c"}"#,
                #"{"item":"abc"}"#,
                #"{"bye":1}"#,
            ],
            deltas: [
                #"text choice 0 tool 0 at 0 "a" """#, #"text choice 0 tool 0 at 23 "b" """#,
                #"text choice 0 tool 0 at 50 "c" """#,
            ], status: .complete),
        Example(
            title: "calls without arguments have them when they end",
            lines: [
                #"{"n":0,"id":"i","f":"f"}"#, #"{"n":1,"f":"g","held":{"h":1}}"#, #"{"n":2,"srv":"s"}"#,
                #"{"end":1,"n":1}"#, #"{"bye":1}"#,
            ],
            deltas: [
                #"toolCall choice 0 tool 0 at 0 "i" "f""#, #"toolCall choice 0 tool 1 at 25 "" "g""#,
                #"toolCall choice 0 tool 2 at 56 "" "s" origin=server"#,
                #"toolArguments choice 0 tool 1 at 74 "{\"h\":1}" "" whole"#,
                #"toolArguments choice 0 tool 0 at 90 "{}" "" whole"#,
            ], status: .complete),
        Example(
            title: "ids and names continue a call or begin the next",
            lines: [
                #"{"n":0,"id":"i","f":"f"}"#, #"{"n":0,"f":"g"}"#, #"{"n":0,"f":"fg"}"#, #"{"id":"i","a":"1"}"#,
                #"{"n":0,"f":"h"}"#, #"{"n":0,"id":"j"}"#, #"{"n":0,"id":"k","f":"h"}"#,
            ],
            deltas: [
                #"toolCall choice 0 tool 0 at 0 "i" "f""#, #"toolCall choice 0 tool 0 at 25 "" "g" continued"#,
                #"toolArguments choice 0 tool 0 at 58 "1" """#, #"toolCall choice 0 tool 0 at 77 "" "h""#,
                #"toolCall choice 0 tool 0 at 93 "j" "" continued"#,
                #"toolArguments choice 0 tool 0 at 110 "{}" "" whole"#, #"toolCall choice 0 tool 0 at 110 "k" "h""#,
            ]),
        Example(
            title: "errors in common forms have details, falsy ones are none",
            lines: [
                #"{"error":"","t":"x"}"#, #"{"error":{"message":"m","code":7,"type":"y"},"request_id":"r"}"#,
                #"{"detail":[{"loc":["b",0],"msg":"n"}],"retryDelay":"39s"}"#, #"{"error":{"a":1}}"#,
                #"{"message":"fine","code":200}"#, #"{"error":"s","type":"error","status":"failed"}"#,
            ],
            deltas: [
                #"text choice 0 tool 0 at 0 "x" """#,
                #"error choice 0 tool 0 at 21 "m" "y" class="y" code="7" request="r""#,
                #"error choice 0 tool 0 at 84 "n" "" param="b.0" retry=39.0"#,
                #"error choice 0 tool 0 at 142 "{\"a\":1}" """#, #"error choice 0 tool 0 at 190 "s" """#,
            ], unread: ["message,code 1 at 160 event 5"], status: .failed),
        Example(
            title: "events that nothing reads are counted by kind, silent ones are not",
            lines: [
                #"{"type":"hush","x":1}"#, #"{"p":"1","x":[{"role":"r"},null]}"#, #"{"type":"a\tb","x":1}"#,
                #"{"y":1,"x":0}"#,
                #"{"type":"a\tb","x":2}"#,
            ], unread: [#"a\tb 2 at 56 event 3"#, "y,x 1 at 78 event 4"]),
    ]

    @Test("streams are read as it says", arguments: examples)
    private func readings(_ example: Example) {
        let bytes = Array(example.lines.map { $0 + "\n" }.joined().utf8)
        let found = ReferenceStream.read(bytes, ReferenceTable(example.format))
        #expect(found.deltas.map(\.shown) == example.deltas)
        #expect(found.unreadKinds.map { "\($0.name) \($0.count) at \($0.offset) event \($0.event)" } == example.unread)
        #expect(found.status == example.status)
    }
}
