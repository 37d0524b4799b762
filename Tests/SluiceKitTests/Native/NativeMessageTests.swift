import Sluice
import SluiceKit
import Testing

@Suite("native messages of Anthropic")
struct NativeAnthropicTests {
    private static let start =
        #"{"type":"message_start","message":{"id":"m","type":"message","role":"assistant","content":[],"#
        + #""stop_reason":null,"usage":{"input_tokens":5,"output_tokens":1}}}"#
    private static let end =
        #"{"type":"message_delta","delta":{"stop_reason":"end_turn","stop_sequence":null},"usage":{"output_tokens":9},"#
        + #""context_management":{"applied_edits":[]}}"#

    private static func begin(_ index: Int, _ block: String) -> String {
        #"{"type":"content_block_start","index":\#(index),"content_block":\#(block)}"#
    }

    private static func delta(_ index: Int, _ delta: String) -> String {
        #"{"type":"content_block_delta","index":\#(index),"delta":\#(delta)}"#
    }

    @Test("thinking with its signature between tool calls; blocks may be interleaved")
    func interleaved() throws {
        let json = try joined(
            "anthropic-messages",
            [
                Self.start, #"{"type":"ping"}"#, Self.begin(0, #"{"type":"thinking","thinking":"","signature":""}"#),
                Self.delta(0, #"{"type":"thinking_delta","thinking":"Let "}"#),
                Self.begin(1, #"{"type":"tool_use","id":"t","name":"f","input":{}}"#),
                Self.delta(1, #"{"type":"input_json_delta","partial_json":""}"#),
                Self.delta(0, #"{"type":"thinking_delta","thinking":"me"}"#),
                Self.delta(1, #"{"type":"input_json_delta","partial_json":"{\"city\": \"Par"}"#),
                Self.delta(0, #"{"type":"signature_delta","signature":"sig"}"#),
                Self.delta(1, #"{"type":"input_json_delta","partial_json":"is\\n\", \"n\": 1.50}"}"#),
                #"{"type":"content_block_stop","index":0}"#, #"{"type":"content_block_stop","index":1}"#,
                Self.begin(2, #"{"type":"tool_use","id":"u","name":"g","input":{}}"#), Self.end,
                #"{"type":"message_stop"}"#,
            ])
        #expect(
            json == #"{"id":"m","type":"message","role":"assistant","content":["#
                + #"{"type":"thinking","thinking":"Let me","signature":"sig"},"#
                + #"{"type":"tool_use","id":"t","name":"f","input":{"city":"Paris\n","n":1.50}},"#
                + #"{"type":"tool_use","id":"u","name":"g","input":{}}],"stop_reason":"end_turn","#
                + #""usage":{"input_tokens":5,"output_tokens":9},"stop_sequence":null,"#
                + #""context_management":{"applied_edits":[]}}"#)
    }

    @Test("citations are collected beside the text")
    func citations() throws {
        let json = try joined(
            "anthropic-messages",
            [
                Self.start, Self.begin(0, #"{"type":"text","text":"A","citations":null}"#),
                Self.delta(0, #"{"type":"citations_delta","citation":{"cited_text":"x"}}"#),
                Self.delta(0, #"{"type":"text_delta","text":"B"}"#),
                Self.delta(0, #"{"type":"citations_delta","citation":{"cited_text":"y"}}"#),
            ])
        #expect(json.contains(#"{"type":"text","text":"AB","citations":[{"cited_text":"x"},{"cited_text":"y"}]}"#))
    }

    @Test(
        "the input of a stream that is cut has what is complete; text that is not JSON stays text",
        arguments: [
            (#"{\"a\":[1,2"#, #"{"a":[1]}"#), (#"{\"a\":1,\"b\":\"xy"#, #"{"a":1}"#), (#"{\"a\":tr"#, "{}"),
            ("{]", #""{]""#), (#"{\"a\":1}}"#, #""{\"a\":1}}""#),
        ])
    func cutInput(_ pieces: String, _ input: String) throws {
        let json = try joined(
            "anthropic-messages",
            [
                Self.start, Self.begin(0, #"{"type":"tool_use","id":"t","name":"f","input":{}}"#),
                Self.delta(0, #"{"type":"input_json_delta","partial_json":"\#(pieces)"}"#),
            ])
        #expect(json.contains(#""input":\#(input)}"#))
    }

    @Test("events out of place throw, change nothing, and the next goes on")
    func outOfPlace() throws {
        var message = NativeMessage(formatName: "anthropic-messages")!
        #expect(refusal(&message, Self.end) == .unexpectedPayload)
        #expect(refusal(&message, Self.delta(0, #"{"type":"text_delta","text":"B"}"#)) == .unexpectedPayload)
        try message.add(Self.start)
        #expect(refusal(&message, Self.delta(0, #"{"type":"text_delta","text":"B"}"#)) == .unexpectedPayload)
        try message.add(Self.begin(0, #"{"type":"text","text":""}"#))
        #expect(refusal(&message, Self.delta(1, #"{"type":"text_delta","text":"B"}"#)) == .unexpectedPayload)
        let unnumbered = #"{"type":"content_block_delta","delta":{"type":"text_delta","text":"B"}}"#
        #expect(refusal(&message, unnumbered) == .unexpectedPayload)
        try message.add(Self.delta(0, #"{"type":"text_delta","text":"B"}"#))
        #expect(String(decoding: message.json(), as: UTF8.self).contains(#"[{"type":"text","text":"B"}]"#))
    }

    @Test("an error is the object, or a member of it")
    func errors() throws {
        let error = #"{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}"#
        #expect(try joined("anthropic-messages", [error]) == error)
        let json = try joined("anthropic-messages", [Self.start, error])
        #expect(json.hasPrefix(#"{"id":"m","type":"message""#))
        #expect(json.hasSuffix(#""error":{"type":"overloaded_error","message":"Overloaded"}}"#))
    }
}
