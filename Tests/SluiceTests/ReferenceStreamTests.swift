import Foundation
import Testing

@testable import Sluice
@testable import SluiceTestSupport

// The oracle of the differential test, held to the standards' own words and to Foundation's reader; and what the engine is
// known to read otherwise.

@Suite("the slow reference reader")
struct ReferenceStreamTests {
    private static func reference(_ text: String, _ format: WireFormat) -> ReferenceStream {
        ReferenceStream.read(Array(text.utf8), ReferenceTable(format))
    }

    private struct Example: Sendable, CustomTestStringConvertible {
        var format: WireFormat
        var stream: String
        var deltas: [String]
        var status = StreamEnd.Status.truncated
        var testDescription: String { stream }
    }

    private static let examples = [
        // WHATWG HTML 9.2.6: several data lines, a mark at the start, line ends of all kinds, names that mean nothing.
        Example(
            format: .rawText, stream: "\u{FEFF}data: YHOO\r\ndata: +2\rdata:10\n\n: c\n\nid: 1\nnews: x\ndata\n\n",
            deltas: ["text choice 0 tool 0 at 0 \"YHOO\\n+2\\n10\" \"\""]),
        Example(
            format: .textField, stream: "event: error\ndata: no\n\ndata: [DONE]\n\n",
            deltas: ["error choice 0 tool 0 at 0 \"no\" \"\""], status: .failed),
        // RFC 8259 section 7: escapes, pairs, and halves without another.
        Example(
            format: .textField, stream: "data: {\"te\\u0078t\" : \"\\ud83d\\ude00\\/\\ude00\" }\n\ndata: [DONE]\n\n",
            deltas: ["text choice 0 tool 0 at 0 \"😀/�\" \"\""], status: .complete),
        Example(
            format: .ollamaGenerate,
            stream: "{\"response\":\"a\\ud83d\"}\n \n{\"response\":\"\\ude00\",\"thinking\":\"\\ud83d\",\"done\":true}",
            deltas: [
                "text choice 0 tool 0 at 0 \"a\" \"\"", "text choice 0 tool 0 at 25 \"😀\" \"\"",
                "reasoning choice 0 tool 0 at 78 \"�\" \"\"",
            ], status: .complete),
        // Of a name that comes again the last counts; numbers stand before or behind what they belong to.
        Example(
            format: .openAIChat,
            stream:
                "data: {\"choices\":[{\"delta\":{\"content\":\"x\",\"content\":\"y\"},\"index\":3},{\"delta\":{\"tool_calls\":"
                + "[{\"id\":\"i\",\"function\":{\"arguments\":\"{\"},\"index\":2}]}}],\"usage\":{\"prompt_tokens\":5}}\n\n",
            deltas: [
                "text choice 3 tool 0 at 0 \"y\" \"\"", "toolCall choice 1 tool 2 at 0 \"i\" \"\"",
                "toolArguments choice 1 tool 2 at 0 \"{\" \"\"", "usage choice 0 tool 0 at 0 \"\" \"\" 5/-1",
            ]),
        Example(
            format: .geminiGenerate,
            stream:
                "data: {\"candidates\":[{\"content\":{\"parts\":[{\"functionCall\":{\"args\":{\"a\":[1]},\"name\":\"f\"}},"
                + "{\"text\":\"t\",\"thought\":true}]}}]}\n\n",
            deltas: [
                "toolCall choice 0 tool 0 at 0 \"\" \"f\" counted",
                "toolArguments choice 0 tool 0 at 0 \"{\\\"a\\\":[1]}\" \"\" whole counted",
                "reasoning choice 0 tool 0 at 0 \"t\" \"\"",
            ]),
        Example(
            format: .textField,
            stream: "data: {\"text\":\"\\q\"}\n\nerror: {}\ndata: {\"x\":\"\\q\",\"text\":\"t\"}\n\ndata: {",
            deltas: [
                "malformed choice 0 tool 0 at 0 \"\" \"\" event 1 [\"invalid-escape\"]",
                "malformed choice 0 tool 0 at 21 \"\" \"\" event 2 [\"stray-error\"]",
                "text choice 0 tool 0 at 31 \"t\" \"\"",
                "malformed choice 0 tool 0 at 60 \"\" \"\" event 4 [\"incomplete-event\"]",
            ]),
    ]

    @Test("streams are read as the standards and the tables have it", arguments: examples)
    private func standards(_ example: Example) {
        let found = Self.reference(example.stream, example.format)
        #expect(found.deltas.map(\.shown) == example.deltas)
        #expect(found.status == example.status)
    }

    @Test("documents that JSON does not have are faulted, those that it has are read, as Foundation does")
    func documents() throws {
        #expect(Self.accepts(Array(BadInput.payload.utf8)))
        let good = [
            "{}", " {\"a\" : [ ] , \"b\":{}}\r\n", "{\"a\":[-0,0.5e-7,1E+2,[[]],null,true,\"\\u00e9\\\"\\\\🙂\"]}",
        ]
        for document in good {
            #expect(Self.accepts(Array(document.utf8)), "\(document)")
            #expect(throws: Never.self) { try JSONSerialization.jsonObject(with: Data(document.utf8)) }
        }
        var bad = BadInputJSONTests.structure.map { BadInput.edited($0, $1) }
        for wrong in BadInputJSONTests.numbers + BadInputJSONTests.literals {
            bad += ["12", "[1", "\"T\""].map { BadInput.edited($0, ($0 == "[1" ? "[" : "") + wrong + " ") }
        }
        bad += BadInputJSONTests.trailing.map { Array((BadInput.payload + $0).utf8) }
        bad += (UInt8(0)..<0x20).map { BadInput.edited("\"T\"", [0x22, $0, 0x22]) }
        for document in bad {
            #expect(!Self.accepts(document), "\(VisibleBytes.write(document))")
            // Foundation takes a comma before a closing bracket.
            let isLenient = zip(document, document.dropFirst()).contains { $0 == 0x2C && [0x5D, 0x7D].contains($1) }
            let object = try? JSONSerialization.jsonObject(with: Data(document))
            #expect(isLenient || object == nil, "\(VisibleBytes.write(document))")
        }
        for bytes in BadInputTextTests.invalidUTF8 {
            let document = BadInput.edited("\"t\"", [0x22] + bytes + [0x22])
            #expect(ReferenceDocument.read(document).faults == [.text], "\(bytes)")
        }
    }

    private static func accepts(_ document: [UInt8]) -> Bool { ReferenceDocument.read(document).faults.isEmpty }

    @Test("a whole object stays one while half a pair waits, and an error event's data is text")
    func rareReadings() throws {
        let half = "{\"message\":{\"content\":\"\\ud83d\"}}\n"
        let call = "{\"message\":{\"tool_calls\":[{\"function\":{\"arguments\":{\"a\":\"\\\"\"}}}]}}\n"
        try expectSame(Array((half + call).utf8), .ollamaChat)
        try expectSame(Array("event: error\ndata: ".utf8) + [0xFF, 0x0A, 0x0A], .textField)
    }

    @Test("half a pair that the stream ends with stands at its end, also behind an unfinished event in a ring")
    func halfAtTheEnd() throws {
        let bytes = Array("data: {\"text\":\"\\ud83d\"}\n\ndata: {\"te".utf8)
        for fills in [false, true] {
            var parser = StreamParser(format: .textField)
            var offsets: [UInt64] = []
            if fills {
                try parser.fill(bytes.span)
                var reader = parser.pull()
                while let delta = try reader.next() { offsets.append(delta.eventOffset) }
            } else {
                try parser.parse(bytes.span) { offsets.append($0.eventOffset) }
            }
            try parser.finish { if $0.kind == .text { offsets.append($0.eventOffset) } }
            #expect(offsets == [UInt64(bytes.count)])
        }
    }

    private func expectSame(_ bytes: [UInt8], _ format: WireFormat) throws {
        let wanted = ReferenceStream.read(bytes, ReferenceTable(format))
        var reader = DifferentialReader(maxTemplates: 0, keepsPrograms: false)
        let difference = try reader.read(bytes, format).difference(fromReference: wanted)
        #expect(difference == nil)
    }
}
