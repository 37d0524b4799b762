import Sluice
import SluiceKit
import Testing

@Suite("native responses of OpenAI")
struct NativeResponsesTests {
    private static let events = [
        #"{"type":"response.created","response":{"id":"r","status":"in_progress","output":[]}}"#,
        #"{"type":"response.output_item.added","output_index":0,"item":{"type":"reasoning","summary":[]}}"#,
        #"{"type":"response.reasoning_summary_part.added","output_index":0,"summary_index":0,"part":{"type":"s","#
            + #""text":""}}"#,
        #"{"type":"response.reasoning_summary_text.delta","output_index":0,"summary_index":0,"delta":"Th"}"#,
        #"{"type":"response.reasoning_summary_text.delta","output_index":0,"summary_index":0,"delta":"ink"}"#,
        #"{"type":"response.output_item.added","output_index":2,"item":{"type":"function_call","name":"f","#
            + #""arguments":""}}"#,
        #"{"type":"response.output_item.added","output_index":1,"item":{"type":"message","content":[]}}"#,
        #"{"type":"response.content_part.added","output_index":1,"content_index":0,"part":{"type":"output_text","#
            + #""text":"","#
            + #""annotations":[]}}"#,
        #"{"type":"response.output_text.delta","output_index":1,"content_index":0,"delta":"Hel","logprobs":[]}"#,
        #"{"type":"response.function_call_arguments.delta","output_index":2,"delta":"{\"a\":"}"#,
        #"{"type":"response.output_text.delta","output_index":1,"content_index":0,"delta":"lo","#
            + #""logprobs":[{"token":"lo"}]}"#,
        #"{"type":"response.output_text.annotation.added","output_index":1,"content_index":0,"annotation_index":0,"#
            + #""annotation":{"url":"u"}}"#,
        #"{"type":"response.function_call_arguments.delta","output_index":2,"delta":"1}"}"#,
    ]
    private static let items =
        #"[{"type":"reasoning","summary":[{"type":"s","text":"Think"}]},"#
        + #"{"type":"message","content":[{"type":"output_text","text":"Hello","annotations":[{"url":"u"}],"#
        + #""logprobs":[{"token":"lo"}]}]},{"type":"function_call","name":"f","arguments":"{\"a\":1}"}]"#

    @Test("without its end, the response has the items that the events made")
    func folded() throws {
        let json = try joined("openai-responses", Self.events)
        #expect(json == #"{"id":"r","status":"in_progress","output":\#(Self.items)}"#)
    }

    @Test(
        "the response of the last event counts; one without output has the items",
        arguments: ["completed", "incomplete", "failed"])
    func final(_ status: String) throws {
        let end = { (output: String) in
            #"{"type":"response.\#(status)","response":{"id":"r","status":"\#(status)"\#(output),"usage":{"n":1}}}"#
        }
        let own = #","output":[{"type":"message","content":[]}]"#
        #expect(
            try joined("openai-responses", Self.events + [end(own)])
                == #"{"id":"r","status":"\#(status)"\#(own),"usage":{"n":1}}"#)
        for output in [#","output":[]"#, #","output":null"#] {
            #expect(
                try joined("openai-responses", Self.events + [end(output)])
                    == #"{"id":"r","status":"\#(status)","output":\#(Self.items),"usage":{"n":1}}"#)
        }
        #expect(
            try joined("openai-responses", Self.events + [end("")])
                == #"{"id":"r","status":"\#(status)","usage":{"n":1},"output":\#(Self.items)}"#)
    }

    @Test("refusals, code, custom input and whole values")
    func otherTexts() throws {
        let item = { (fields: String) in
            #"{"type":"response.output_item.added","output_index":0,"item":{\#(fields)}}"#
        }
        let created = #"{"type":"response.created","response":{"id":"r"}}"#
        for (kind, member) in [("custom_tool_call_input", "input"), ("code_interpreter_call_code", "code")] {
            let json = try joined(
                "openai-responses",
                [
                    created, item(#""type":"x""#),
                    #"{"type":"response.\#(kind).delta","output_index":0,"delta":"a"}"#,
                    #"{"type":"response.\#(kind).delta","output_index":0,"delta":"b"}"#,
                ])
            #expect(json == #"{"id":"r","output":[{"type":"x","\#(member)":"ab"}]}"#)
        }
        let refusal = [
            created, item(#""type":"message","content":[]"#),
            #"{"type":"response.refusal.delta","output_index":0,"content_index":0,"delta":"N"}"#,
            #"{"type":"response.refusal.done","output_index":0,"content_index":0,"refusal":"No."}"#,
        ]
        #expect(
            try joined("openai-responses", refusal)
                == #"{"id":"r","output":[{"type":"message","content":[{"refusal":"No."}]}]}"#)
        let done =
            #"{"type":"response.output_item.done","output_index":0,"item":{"type":"message","#
            + #""status":"completed"}}"#
        let json = try joined("openai-responses", refusal + [done])
        #expect(json == #"{"id":"r","output":[{"type":"message","status":"completed"}]}"#)
    }

    @Test("a delta for an item that has not begun is out of place; an error is a member")
    func outOfPlace() throws {
        var message = NativeMessage(formatName: "openai-responses")!
        let delta = #"{"type":"response.output_text.delta","output_index":0,"content_index":0,"delta":"a"}"#
        #expect(refusal(&message, delta) == .unexpectedPayload)
        try message.add(#"{"type":"response.created","response":{"id":"r","output":[]}}"#)
        #expect(refusal(&message, delta) == .unexpectedPayload)
        try message.add(#"{"type":"error","sequence_number":3,"code":"c","message":"m"}"#)
        let json = String(decoding: message.json(), as: UTF8.self)
        #expect(json == #"{"id":"r","output":[],"error":{"code":"c","message":"m"}}"#)
    }
}
