import Sluice
import Testing

@Suite("owned deltas")
struct OwnedDeltaTests {
    @Test("an owned delta says what the delta said, and outlives the parser")
    func copies() throws {
        let text = #"""
            data: {"choices":[{"index":0,"delta":{"tool_calls":[{"index":1,"id":"c","function":{"name":"f","arguments":"{"}}]}}]}

            data: {"choices":[{"index":2,"delta":{"content":"a text of more than fifteen bytes"},"finish_reason":"stop"}]}

            data: {"choices":[],"usage":{"prompt_tokens":3,"completion_tokens":4}}

            data: {"error":{"type":"overloaded","message":"later"}}

            data: {

            """#
        var kept: [OwnedDelta] = []
        do {
            var parser = StreamParser(format: .openAIChat)
            try parser.parse(Array(text.utf8).span) { kept.append(OwnedDelta(copying: $0)) }
            _ = try parser.finish { kept.append(OwnedDelta(copying: $0)) }
        }
        #expect(kept.map(\.kind) == [.toolCall, .toolArguments, .text, .finish, .usage, .error, .malformed])
        #expect(kept[0].toolID == "c" && kept[0].toolName == "f" && kept[0].tool == 1 && kept[0].text.isEmpty)
        #expect(kept[1].text == "{" && kept[1].tool == 1)
        #expect(kept[2].text == "a text of more than fifteen bytes" && kept[2].choice == 2)
        #expect(kept[3].text == "stop" && kept[3].eventOffset == kept[2].eventOffset)
        #expect(kept[4].inputTokens == 3 && kept[4].outputTokens == 4)
        #expect(kept[5].errorType == "overloaded" && kept[5].text == "later")
        #expect(kept[6].problem?.event == 5)
    }
}
