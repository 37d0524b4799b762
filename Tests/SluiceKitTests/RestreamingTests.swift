import Foundation
import Sluice
import SluiceKit
import Testing

@Suite("re-streaming")
struct RestreamingTests {
    struct Read: Equatable {
        var data: String
        var event: String
        var id: String
    }

    private static func read(_ text: String) throws -> [Read] {
        var found: [Read] = []
        var parser = FrameParser(framing: .sse)
        func copy(_ span: RawSpan) -> String {
            let bytes = Span<UInt8>(_bytes: span)
            return String(decoding: (0..<bytes.count).map { bytes[$0] }, as: UTF8.self)
        }
        let bytes = Array(text.utf8)
        var reader = parser.read(bytes.span)
        while let frame = try reader.next() {
            found.append(Read(data: copy(frame.payload), event: copy(frame.event), id: copy(frame.lastEventID)))
        }
        return found
    }

    @Test("what is written is what a reader reads")
    func roundTrip() throws {
        let datas = [
            "", "x", " leading", "a\nb", "a\r\nb\rc\n", "\n\n", ":colon", "data: x", "h\u{e9} \u{2028}\u{1F600}",
            "\u{FEFF}x",
        ]
        for data in datas {
            let event = ServerSentEvent(data, event: "kind\n", id: "i\0d", retry: .milliseconds(1500))
            let wanted = data.replacingOccurrences(of: "\r\n", with: "\n").replacingOccurrences(of: "\r", with: "\n")
            #expect(
                try Self.read(event.text) == [Read(data: wanted, event: "kind", id: "id")], "\(data.debugDescription)")
            #expect(event.text.contains("retry: 1500\n"))
        }
        #expect(try Self.read(ServerSentEvent.comment("a\nb") + ServerSentEvent("x").text).map(\.data) == ["x"])
    }

    @Test("a delta goes to a browser and comes back")
    func deltas() throws {
        let text = "quotes \" and \\ and \n and \u{1} and \u{1F600} and \u{2029}"
        let written = try JSONEncoder().encode(["text": text])
        var parser = StreamParser(format: .textField)
        var sent = ""
        let bytes = Array("data: \(String(decoding: written, as: UTF8.self))\n\n".utf8)
        try parser.parse(bytes.span) { sent += ServerSentEvent(OwnedDelta(copying: $0)).text }
        let data = try #require(try Self.read(sent).first).data
        let back = try #require(try JSONSerialization.jsonObject(with: Data(data.utf8)) as? [String: Any])
        #expect(back["text"] as? String == text && back["kind"] as? String == "text" && back["choice"] as? Int == 0)
        // Sluice reads what it has sent on.
        var again = StreamParser(format: .textField)
        var answer = Accumulator()
        try again.parse(Array(sent.utf8).span, into: &answer)
        #expect(answer.choices[0]?.text == text)
    }

    @Test("the JSON is what the command prints, whatever the kind")
    func kinds() throws {
        let lines = [
            #"{"choices":[{"index":1,"delta":{"reasoning_content":"r","refusal":"no"}}]}"#,
            #"{"choices":[{"index":0,"delta":{"tool_calls":[{"index":2,"id":"c","function":{"name":"f","arguments":"{"}}]}}]}"#,
            #"{"choices":[{"index":0,"delta":{},"finish_reason":"stop"}],"usage":{"prompt_tokens":1,"completion_tokens":2}}"#,
            #"{"error":{"type":"t","message":"m"}}"#, "{",
        ]
        var parser = StreamParser(format: .openAIChat)
        var found: [String] = []
        try parser.parse(Array(lines.map { "data: \($0)\n\n" }.joined().utf8).span) {
            found.append(OwnedDelta(copying: $0).json)
        }
        #expect(
            found.dropLast() == [
                #"{"kind":"reasoning","choice":1,"text":"r"}"#, #"{"kind":"refusal","choice":1,"text":"no"}"#,
                #"{"kind":"tool_call","choice":0,"tool":2,"id":"c","name":"f","origin":"client"}"#,
                #"{"kind":"tool_arguments","choice":0,"tool":2,"text":"{"}"#,
                #"{"kind":"finish","choice":0,"reason":"stop"}"#, #"{"kind":"usage","input":1,"output":2}"#,
                #"{"kind":"error","type":"t","code":null,"message":"m","param":null,"request_id":null,"retry_after":null}"#,
            ])
        #expect(found.last?.hasPrefix(#"{"kind":"malformed","code":"malformed-payload""#) == true)
    }
}
