import Foundation
import Sluice
import SluiceKit
import Testing

/// A recorded answer and what the next request has of it.
private struct Turn: CustomTestStringConvertible, Sendable {
    var format: WireFormat
    var testDescription: String { format.name }
    var documents: [String]
    /// What the answer becomes.
    var elements: [String]
    /// What the results of its calls become: `7` each, the last one an error.
    var results: [String]

    var stream: [UInt8] {
        let end = format.framing == .ndjson ? "\n" : "\n\n"
        let head = format.framing == .ndjson ? "" : "data: "
        return Array(documents.map { head + $0 + end }.joined().utf8)
    }

    static let all = [
        Turn(
            format: .openAIChat,
            documents: [
                #"{"choices":[{"index":0,"delta":{"role":"assistant","content":null,"refusal":null,"reasoning":"Hm"}}]}"#,
                #"{"choices":[{"index":0,"delta":{"reasoning_details":[{"type":"reasoning.text","text":"Hm","index":0}]}}]}"#,
                #"{"choices":[{"index":0,"delta":{"reasoning_details":[{"type":"reasoning.text","signature":"S=","index":0}]}}]}"#,
                #"{"choices":[{"index":0,"delta":{"annotations":[{"type":"url_citation"}]}}]}"#,
                #"{"choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"id":"a","type":"function","function":{"name":"f","arguments":"{\"x\": 1}"}}]}}]}"#,
                #"{"choices":[{"index":0,"delta":{"tool_calls":[{"index":1,"id":"b","function":{"name":"g","arguments":""}}]},"finish_reason":"tool_calls"}]}"#,
                #"[DONE]"#,
            ],
            elements: [
                #"{"role":"assistant","content":null,"reasoning":"Hm","reasoning_details":[{"type":"reasoning.text","text":"Hm","#
                    + #""index":0,"signature":"S="}],"tool_calls":[{"id":"a","type":"function","function":{"name":"f","#
                    + #""arguments":"{\"x\": 1}"}},{"type":"function","id":"b","function":{"name":"g","arguments":"{}"}}]}"#
            ],
            results: [
                #"{"role":"tool","tool_call_id":"a","content":"7"}"#,
                #"{"role":"tool","tool_call_id":"b","content":"7"}"#,
            ]),
        Turn(
            format: .openAIResponses,
            documents: [
                #"{"type":"response.created","response":{"id":"r","object":"response","status":"in_progress","output":[]}}"#,
                #"{"type":"response.output_item.done","output_index":0,"item":{"id":"rs","type":"reasoning","summary":[],"encrypted_content":"E=","status":null}}"#,
                #"{"type":"response.output_item.done","output_index":1,"item":{"id":"fc","type":"function_call","status":"completed","call_id":"a","name":"f","arguments":"{}","created_by":"m"}}"#,
                #"{"type":"response.output_item.done","output_index":2,"item":{"id":"ct","type":"custom_tool_call","call_id":"b","name":"g","input":"do"}}"#,
                #"{"type":"response.completed","response":{"id":"r","object":"response","status":"completed","output":[]}}"#,
            ],
            elements: [
                #"{"id":"rs","type":"reasoning","summary":[],"encrypted_content":"E="}"#,
                #"{"id":"fc","type":"function_call","status":"completed","call_id":"a","name":"f","arguments":"{}"}"#,
                #"{"id":"ct","type":"custom_tool_call","call_id":"b","name":"g","input":"do"}"#,
            ],
            results: [
                #"{"type":"function_call_output","call_id":"a","output":"7"}"#,
                #"{"type":"custom_tool_call_output","call_id":"b","output":"7"}"#,
            ]),
        Turn(
            format: .anthropicMessages,
            documents: [
                #"{"type":"message_start","message":{"id":"m","type":"message","role":"assistant","model":"m","content":[],"usage":{"input_tokens":1}}}"#,
                #"{"type":"content_block_start","index":0,"content_block":{"type":"thinking","thinking":"","signature":""}}"#,
                #"{"type":"content_block_delta","index":0,"delta":{"type":"thinking_delta","thinking":"Hm"}}"#,
                #"{"type":"content_block_delta","index":0,"delta":{"type":"signature_delta","signature":"S="}}"#,
                #"{"type":"content_block_start","index":1,"content_block":{"type":"text","text":"","citations":null}}"#,
                #"{"type":"content_block_start","index":2,"content_block":{"type":"text","text":"","citations":[]}}"#,
                #"{"type":"content_block_delta","index":2,"delta":{"type":"citations_delta","citation":{"type":"char_location","cited_text":"c","document_index":0,"document_title":null,"start_char_index":0,"end_char_index":1,"file_id":null}}}"#,
                #"{"type":"content_block_delta","index":2,"delta":{"type":"text_delta","text":"Hi"}}"#,
                #"{"type":"content_block_start","index":3,"content_block":{"type":"tool_use","id":"a","name":"f","input":{}}}"#,
                #"{"type":"content_block_delta","index":3,"delta":{"type":"input_json_delta","partial_json":"{\"x\":1}"}}"#,
                #"{"type":"content_block_stop","index":3}"#,
                #"{"type":"content_block_start","index":4,"content_block":{"type":"tool_use","id":"b","name":"g","input":{}}}"#,
                #"{"type":"content_block_stop","index":4}"#,
                #"{"type":"message_delta","delta":{"stop_reason":"tool_use","stop_sequence":null},"usage":{"output_tokens":9}}"#,
                #"{"type":"message_stop"}"#,
            ],
            elements: [
                #"{"role":"assistant","content":[{"type":"thinking","thinking":"Hm","signature":"S="},{"type":"text","#
                    + #""text":"Hi","citations":[{"type":"char_location","cited_text":"c","document_index":0,"#
                    + #""document_title":null,"start_char_index":0,"end_char_index":1}]},{"type":"tool_use","id":"a","#
                    + #""name":"f","input":{"x":1}},{"type":"tool_use","id":"b","name":"g","input":{}}]}"#
            ],
            results: [
                #"{"role":"user","content":[{"type":"tool_result","tool_use_id":"a","content":"7"},"#
                    + #"{"type":"tool_result","tool_use_id":"b","content":"7","is_error":true}]}"#
            ]),
        Turn(
            format: .geminiGenerate,
            documents: [
                #"{"candidates":[{"content":{"role":"model","parts":[{"text":"Hm","thought":true}]},"index":0}]}"#,
                #"{"candidates":[{"content":{"role":"model","parts":[{"functionCall":{"id":"a","name":"f","args":{"x":1}},"thoughtSignature":"S="}]},"index":0}]}"#,
                #"{"candidates":[{"content":{"role":"model","parts":[{"functionCall":{"name":"g","args":{}}}]},"index":0}]}"#,
                #"{"candidates":[{"content":{"role":"model","parts":[{"text":""}]},"finishReason":"STOP","index":0}],"usageMetadata":{"promptTokenCount":1}}"#,
            ],
            elements: [
                #"{"role":"model","parts":[{"text":"Hm","thought":true},{"functionCall":{"id":"a","name":"f","args":{"x":1}},"#
                    + #""thoughtSignature":"S="},{"functionCall":{"name":"g","args":{}}}]}"#
            ],
            results: [
                #"{"role":"user","parts":[{"functionResponse":{"id":"a","name":"f","response":{"output":7}}},"#
                    + #"{"functionResponse":{"name":"g","response":{"error":7}}}]}"#
            ]),
        Turn(
            format: .ollamaChat,
            documents: [
                #"{"model":"m","message":{"role":"assistant","content":"","thinking":"Hm"},"done":false}"#,
                #"{"model":"m","message":{"role":"assistant","content":"","tool_calls":[{"function":{"name":"f","arguments":{"x":1}}}]},"done":false}"#,
                #"{"model":"m","message":{"role":"assistant","content":""},"done":true,"done_reason":"stop"}"#,
            ],
            elements: [
                #"{"role":"assistant","content":"","thinking":"Hm","tool_calls":[{"function":{"name":"f","arguments":{"x":1}}}]}"#
            ],
            results: [#"{"role":"tool","tool_name":"f","content":"7"}"#]),
    ]
}

@Suite("the next request", .hangGuard)
struct ConversationTests {
    @Test("an answer and the results of its calls are what the provider takes back", arguments: Turn.all)
    fileprivate func turns(_ turn: Turn) async throws {
        var conversation = try #require(Conversation(formatName: turn.format.name))
        var message = try #require(AssistantMessage(formatName: turn.format.name))
        #expect(message.elements.isEmpty)
        let source = DrivenSource(turn.stream.cut(every: 50))
        let deltas = source.deltas(format: turn.format, kinds: [.answer, .payload], idleTimeout: nil)
        var results: [ToolResult] = []
        for try await event in deltas.toolCalls() {
            switch event {
            case .delta(let delta): try message.add(delta)
            case .completed(let call) where call.isForClient: results.append(ToolResult(of: call, "7"))
            default: break
            }
        }
        results[results.count - 1].isError = results.count > 1
        conversation.add(message)
        #expect(conversation.elements == turn.elements)
        conversation.add(results)
        #expect(Array(conversation.elements.dropFirst(turn.elements.count)) == turn.results)
        #expect(conversation.json == "[" + (turn.elements + turn.results).joined(separator: ",") + "]")

        // Without a copy of each delta the same.
        var parser = StreamParser(format: turn.format, kinds: [.answer, .payload])
        var same = try #require(AssistantMessage(formatName: turn.format.name))
        var reader = parser.read(turn.stream.span)
        while let delta = try reader.next() { try same.add(delta) }
        #expect(same.elements == turn.elements)
    }

    @Test("questions and texts are messages of the form, escaped")
    func texts() throws {
        let expected = [
            "gemini-generate":
                #"[{"role":"user","parts":[{"text":"\"a\"\n"}]},{"role":"model","parts":[{"text":"b"}]}]"#
        ]
        for name in AssistantMessage.formatNames {
            var conversation = try #require(Conversation(formatName: name))
            conversation.add(json: "{}")
            conversation.removeAll()
            conversation.add(user: "\"a\"\n")
            conversation.add(assistant: "b")
            conversation.add(assistant: "")
            conversation.add([])
            let plain = #"[{"role":"user","content":"\"a\"\n"},{"role":"assistant","content":"b"}]"#
            #expect(conversation.json == expected[name] ?? plain, "\(name)")
            conversation.removeLast()
            #expect(conversation.elements.count == 1)
        }
        #expect(Conversation(formatName: "raw-text") == nil && AssistantMessage(formatName: "cohere-v2") == nil)
    }

    @Test("what was cut is left out: thinking without a signature, and a message of nothing")
    func cut() throws {
        let whole = Turn.all[2]
        var parser = StreamParser(format: whole.format, kinds: .payload)
        var message = try #require(AssistantMessage(formatName: whole.format.name))
        let stream = Array(whole.documents.prefix(3).map { "data: \($0)\n\n" }.joined().utf8)
        var reader = parser.read(stream.span)
        while let delta = try reader.next() { try message.add(delta) }
        #expect(message.elements.isEmpty)
        // An error instead of an answer.
        for name in AssistantMessage.formatNames {
            var message = try #require(AssistantMessage(formatName: name))
            var parser = StreamParser(format: WireFormat.named(name), kinds: .payload)
            let error = Array("data: {\"error\":{\"message\":\"no\"}}\n\n".utf8)
            let line = Array("{\"error\":\"no\"}\n".utf8)
            var reader = parser.read(name == "ollama-chat" ? line.span : error.span)
            while let delta = try reader.next() { try message.add(delta) }
            #expect(message.elements.isEmpty, "\(name)")
        }
    }
}
