import Sluice
import SluiceKit
import Testing

@Suite("native objects of other formats")
struct NativeFormatTests {
    @Test("every built-in format has an object, or is one of those that have none")
    func catalog() {
        let without: Set = [
            "openai-assistants", "openai-images", "openai-agents", "anthropic-agents", "openai-audio",
            "mistral-transcription", "ai-sdk-ui", "a2a", "mcp-jsonrpc",
            "bedrock-agent", "ollama-pull", "replicate", "delta-done", "text-field", "raw-text",
        ]
        for format in WireFormat.all {
            #expect((NativeMessage(formatName: format.name) == nil) == without.contains(format.name), "\(format.name)")
        }
        #expect(Set(NativeMessage.formatNames).union(without) == Set(WireFormat.all.map(\.name)))
        #expect(NativeMessage(formatName: "openai") == nil)
    }

    private struct Case: CustomTestStringConvertible {
        var title: String
        var format: String
        var documents: [String]
        var object: String
        var testDescription: String { title }
    }

    private static func parts(_ parts: String, _ more: String = "") -> String {
        #"{"candidates":[{"content":{"parts":[\#(parts)],"role":"model"},"index":0\#(more)}],"usageMetadata":{"n":1}}"#
    }

    /// More members than are compared one by one.
    private static let many = (0..<20).map { #""k\#($0)":1"# }.joined(separator: ",")

    private static let gemini = [
        Case(
            title: "Gemini's thoughts, text and calls", format: "gemini-generate",
            documents: [
                parts(#"{"text":"Th","thought":true}"#), parts(#"{"text":"ink","thought":true}"#),
                parts(#"{"text":"Hel"}"#), parts(#"{"text":"lo"}"#),
                parts(#"{"functionCall":{"name":"f","args":{"a":1}},"thoughtSignature":"s"}"#),
                parts(#"{"functionCall":{"name":"g","args":{}}}"#), parts(#"{"text":""}"#, #","finishReason":"STOP""#),
            ],
            object: parts(
                #"{"text":"Think","thought":true},{"text":"Hello"},{"functionCall":{"name":"f","args":{"a":1}},"#
                    + #""thoughtSignature":"s"},{"functionCall":{"name":"g","args":{}}}"#, #","finishReason":"STOP""#)),
        Case(
            title: "a signature ends a part of Gemini", format: "gemini-generate",
            documents: [
                parts(#"{"text":"a"}"#), parts(#"{"text":"","thoughtSignature":"s"}"#), parts(#"{"text":"b"}"#),
            ],
            object: parts(#"{"text":"a","thoughtSignature":"s"},{"text":"b"}"#)),
        Case(
            title: "Gemini's arguments, value by value", format: "gemini-generate",
            documents: [
                parts(#"{"functionCall":{"name":"book","willContinue":true}}"#),
                parts(
                    #"{"functionCall":{"partialArgs":[{"jsonPath":"$.city","stringValue":"New ","willContinue":true}],"#
                        + #""willContinue":true}}"#),
                parts(
                    #"{"functionCall":{"partialArgs":[{"jsonPath":"$.city","stringValue":"York"},"#
                        + #"{"jsonPath":"$.who[0].age","numberValue":7},{"jsonPath":"$.who[1]['vip']","#
                        + #""boolValue":true},"#
                        + #"{"jsonPath":"$.none","nullValue":null}],"willContinue":true}}"#),
                parts(#"{"functionCall":{}}"#), parts(#"{"functionCall":{"id":"x"}}"#),
                parts(#"{"functionCall":{"name":"next","args":{}}}"#),
            ],
            object: parts(
                #"{"functionCall":{"name":"book","args":{"city":"New York","who":[{"age":7},{"vip":true}],"#
                    + #""none":null}}},"#
                    + #"{"functionCall":{"id":"x"}},{"functionCall":{"name":"next","args":{}}}"#)),
        Case(
            title: "a call of Gemini that has ended does not go on", format: "gemini-generate",
            documents: [
                parts(#"{"functionCall":{"name":"f",\#(many),"willContinue":true}}"#), parts(#"{"functionCall":{}}"#),
                parts(#"{"functionCall":{"id":"x"}}"#),
            ],
            object: parts(#"{"functionCall":{"name":"f",\#(many),"args":{}}},{"functionCall":{"id":"x"}}"#)),
        Case(
            title: "paths that lead nowhere stay", format: "gemini-generate",
            documents: [
                parts(
                    #"{"functionCall":{"name":"f","partialArgs":[{"jsonPath":"$.a","numberValue":1},"#
                        + #"{"jsonPath":"$.a.b","numberValue":2},{"jsonPath":"$.c[7]","numberValue":3},"#
                        + #"{"jsonPath":"x","numberValue":4}]}}"#)
            ],
            object: parts(
                #"{"functionCall":{"name":"f","args":{"a":1,"c":null},"partialArgs":[{"jsonPath":"$.a.b","#
                    + #""numberValue":2},"#
                    + #"{"jsonPath":"$.c[7]","numberValue":3},{"jsonPath":"x","numberValue":4}]}}"#)),
        Case(
            title: "Interactions", format: "gemini-interactions",
            documents: [
                #"{"event_type":"interaction.created","interaction":{"id":"v","status":"in_progress"}}"#,
                #"{"event_type":"step.start","index":0,"step":{"type":"thought"}}"#,
                #"{"event_type":"step.delta","index":0,"delta":{"type":"thought_summary","content":{"type":"text","#
                    + #""text":"a"}}}"#,
                #"{"event_type":"step.delta","index":0,"delta":{"type":"thought_summary","content":{"type":"text","#
                    + #""text":"b"}}}"#,
                #"{"event_type":"step.delta","index":0,"delta":{"type":"thought_signature","signature":"s"}}"#,
                #"{"event_type":"step.start","index":1,"step":{"type":"function_call","name":"f","arguments":{}}}"#,
                #"{"event_type":"step.delta","index":1,"delta":{"type":"arguments_delta","arguments":"{\"x\":"}}"#,
                #"{"event_type":"step.delta","index":1,"delta":{"type":"arguments_delta","arguments":"2}"}}"#,
                #"{"event_type":"step.start","index":2,"step":{"type":"model_output"}}"#,
                #"{"event_type":"step.delta","index":2,"delta":{"type":"text","text":"c"}}"#,
                #"{"event_type":"step.delta","index":2,"delta":{"type":"text","text":"d"}}"#,
                #"{"event_type":"interaction.completed","interaction":{"id":"v","status":"completed","#
                    + #""usage":{"n":1}}}"#,
            ],
            object: #"{"id":"v","status":"completed","steps":[{"type":"thought","summary":[{"type":"text","#
                + #""text":"ab"}],"#
                + #""signature":"s"},{"type":"function_call","name":"f","arguments":{"x":2}},"#
                + #"{"type":"model_output","content":[{"type":"text","text":"cd"}]}],"usage":{"n":1}}"#),
    ]

    private static func bytes(_ document: String) -> String {
        #"{"bytes":"\#(base64(Array(document.utf8)))","p":"abc"}"#
    }

    private static let bedrock = [
        Case(
            title: "Converse", format: "bedrock",
            documents: [
                #"{"p":"ab","role":"assistant"}"#,
                #"{"contentBlockIndex":0,"delta":{"reasoningContent":{"text":"a"}},"p":"abc"}"#,
                #"{"contentBlockIndex":0,"delta":{"reasoningContent":{"text":"b"}}}"#,
                #"{"contentBlockIndex":0,"delta":{"reasoningContent":{"signature":"s"}}}"#, #"{"contentBlockIndex":0}"#,
                #"{"contentBlockIndex":1,"delta":{"text":"Hel"}}"#, #"{"contentBlockIndex":1,"delta":{"text":"lo"}}"#,
                #"{"contentBlockIndex":2,"start":{"toolUse":{"toolUseId":"t","name":"f"}}}"#,
                #"{"contentBlockIndex":2,"delta":{"toolUse":{"input":"{\"a\":"}}}"#,
                #"{"contentBlockIndex":2,"delta":{"toolUse":{"input":"1}"}}}"#, #"{"p":"a","stopReason":"tool_use"}"#,
                #"{"metrics":{"latencyMs":5},"p":"abcd","usage":{"inputTokens":1}}"#,
            ],
            object: #"{"output":{"message":{"role":"assistant","#
                + #""content":[{"reasoningContent":{"reasoningText":{"text":"ab","#
                + #""signature":"s"}}},{"text":"Hello"},{"toolUse":{"toolUseId":"t","name":"f","input":{"a":1}}}]}},"#
                + #""stopReason":"tool_use","usage":{"inputTokens":1},"metrics":{"latencyMs":5}}"#),
        Case(
            title: "Converse's citations", format: "bedrock",
            documents: [
                #"{"contentBlockIndex":0,"delta":{"text":"a"}}"#,
                #"{"contentBlockIndex":0,"delta":{"citation":{"title":"x"}}}"#,
                #"{"contentBlockIndex":0,"delta":{"text":"b"}}"#,
                #"{"contentBlockIndex":0,"delta":{"citation":{"title":"y"}}}"#,
            ],
            object: #"{"output":{"message":{"content":[{"citationsContent":{"content":[{"text":"ab"}],"#
                + #""citations":[{"title":"x"},{"title":"y"}]}}]}}}"#),
        Case(
            title: "Anthropic's documents through InvokeModel", format: "bedrock",
            documents: [
                bytes(#"{"type":"message_start","message":{"id":"m","content":[]}}"#),
                bytes(#"{"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}"#),
                bytes(#"{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"Hé"}}"#),
            ],
            object: #"{"id":"m","content":[{"type":"text","text":"Hé"}]}"#),
        Case(
            title: "Nova's documents through InvokeModel", format: "bedrock",
            documents: [
                bytes(#"{"messageStart":{"role":"assistant"}}"#),
                bytes(#"{"contentBlockDelta":{"delta":{"text":"a"},"contentBlockIndex":0}}"#),
                bytes(#"{"contentBlockDelta":{"delta":{"text":"b"},"contentBlockIndex":0}}"#),
                bytes(#"{"messageStop":{"stopReason":"end_turn"}}"#),
            ],
            object: #"{"output":{"message":{"role":"assistant","content":[{"text":"ab"}]}},"stopReason":"end_turn"}"#),
        Case(
            title: "Titan's", format: "bedrock",
            documents: [
                bytes(#"{"outputText":"a","index":0,"inputTextTokenCount":5}"#),
                bytes(#"{"outputText":"b","index":0,"totalOutputTextTokenCount":2,"completionReason":"FINISH"}"#),
            ],
            object: #"{"inputTextTokenCount":5,"results":[{"outputText":"ab","tokenCount":2,"#
                + #""completionReason":"FINISH"}]}"#),
        Case(
            title: "Cohere's Command", format: "bedrock",
            documents: [
                bytes(#"{"index":1,"is_finished":false,"text":"a"}"#),
                bytes(
                    #"{"index":0,"is_finished":false,"#
                        + #""text":"b"}"#),
                bytes(#"{"index":1,"is_finished":false,"text":"c"}"#),
                bytes(#"{"is_finished":true,"finish_reason":"COMPLETE"}"#),
            ],
            object: #"{"generations":[{"text":"b"},{"text":"ac","finish_reason":"COMPLETE"}]}"#),
        Case(
            title: "Cohere's Command R", format: "bedrock",
            documents: [
                bytes(#"{"event_type":"text-generation","is_finished":false,"text":"a"}"#),
                bytes(#"{"event_type":"text-generation","is_finished":false,"text":"b"}"#),
            ],
            object: #"{"text":"ab"}"#),
        Case(
            title: "Claude's text completions", format: "bedrock",
            documents: [
                bytes(#"{"type":"completion","completion":"a","stop_reason":null}"#),
                bytes(#"{"type":"completion","completion":"b","stop_reason":"stop_sequence"}"#),
            ],
            object: #"{"type":"completion","completion":"ab","stop_reason":"stop_sequence"}"#),
        Case(
            title: "chat chunks through InvokeModel", format: "bedrock",
            documents: [bytes(#"{"choices":[{"index":0,"delta":{"content":"a"}}]}"#)],
            object: #"{"choices":[{"index":0,"message":{"content":"a"}}]}"#),
        Case(
            title: "Llama's", format: "bedrock",
            documents: [
                bytes(#"{"generation":"a","prompt_token_count":5,"generation_token_count":1,"stop_reason":null}"#),
                bytes(#"{"generation":"b","prompt_token_count":null,"generation_token_count":2,"stop_reason":"stop"}"#),
            ],
            object: #"{"generation":"ab","prompt_token_count":5,"generation_token_count":2,"stop_reason":"stop"}"#),
    ]

    private static let others = [
        Case(
            title: "Cohere, version 2", format: "cohere-v2",
            documents: [
                #"{"id":"i","type":"message-start","delta":{"message":{"role":"assistant","content":[],"tool_plan":"","#
                    + #""tool_calls":[],"citations":[]}}}"#,
                #"{"type":"tool-plan-delta","delta":{"message":{"tool_plan":"I "}}}"#,
                #"{"type":"tool-plan-delta","delta":{"message":{"tool_plan":"will"}}}"#,
                #"{"type":"tool-call-start","index":0,"delta":{"message":{"tool_calls":{"id":"t","type":"function","#
                    + #""function":{"name":"f","arguments":""}}}}}"#,
                #"{"type":"tool-call-delta","index":0,"#
                    + #""delta":{"message":{"tool_calls":{"function":{"arguments":"{}"}}}}}"#,
                #"{"type":"content-start","index":0,"delta":{"message":{"content":{"type":"text","text":""}}}}"#,
                #"{"type":"content-delta","index":0,"delta":{"message":{"content":{"text":"a"}}}}"#,
                #"{"type":"content-delta","index":0,"delta":{"message":{"content":{"text":"b"}}}}"#,
                #"{"type":"citation-start","index":0,"delta":{"message":{"citations":{"start":0,"end":1}}}}"#,
                #"{"type":"message-end","delta":{"finish_reason":"COMPLETE","usage":{"tokens":{"input_tokens":1}}}}"#,
            ],
            object: #"{"id":"i","message":{"role":"assistant","tool_plan":"I will","tool_calls":[{"id":"t","#
                + #""type":"function","#
                + #""function":{"name":"f","arguments":"{}"}}],"content":[{"type":"text","text":"ab"}],"#
                + #""citations":[{"start":0,"end":1}]},"finish_reason":"COMPLETE","#
                + #""usage":{"tokens":{"input_tokens":1}}}"#),
        Case(
            title: "Cohere's thinking and text, which have the same number", format: "cohere-v2",
            documents: [
                #"{"type":"content-start","index":0,"delta":{"message":{"content":{"type":"thinking","#
                    + #""thinking":""}}}}"#,
                #"{"type":"content-delta","index":0,"delta":{"message":{"content":{"thinking":"a"}}}}"#,
                #"{"type":"content-start","index":0,"delta":{"message":{"content":{"type":"text","text":""}}}}"#,
                #"{"type":"content-delta","index":0,"delta":{"message":{"content":{"text":"b"}}}}"#,
            ],
            object: #"{"message":{"content":[{"type":"thinking","thinking":"a"},{"type":"text","text":"b"}]}}"#),
        Case(
            title: "Cohere, version 1", format: "cohere-v1",
            documents: [
                #"{"event_type":"stream-start","generation_id":"g"}"#, #"{"event_type":"text-generation","text":"a"}"#,
                #"{"event_type":"text-generation","text":"b"}"#,
                #"{"event_type":"stream-end","response":{"text":"ab","generation_id":"g"},"finish_reason":"COMPLETE"}"#,
            ],
            object: #"{"text":"ab","generation_id":"g","finish_reason":"COMPLETE"}"#),
        Case(
            title: "Ollama's chat", format: "ollama-chat",
            documents: [
                #"{"model":"m","created_at":"1","message":{"role":"assistant","content":"a","thinking":"t"},"#
                    + #""done":false}"#,
                #"{"model":"m","created_at":"2","message":{"role":"assistant","content":"","#
                    + #""tool_calls":[{"function":{}}]},"#
                    + #""done":false}"#,
                #"{"model":"m","created_at":"3","message":{"role":"assistant","content":"b"},"done":true,"#
                    + #""eval_count":2}"#,
            ],
            object: #"{"model":"m","created_at":"3","message":{"role":"assistant","content":"ab","thinking":"t","#
                + #""tool_calls":[{"function":{}}]},"done":true,"eval_count":2}"#),
        Case(
            title: "Ollama's completions", format: "ollama-generate",
            documents: [
                #"{"model":"m","response":"a","done":false}"#,
                #"{"model":"m","response":"b","done":true,"#
                    + #""context":[1,2]}"#,
            ],
            object: #"{"model":"m","response":"ab","done":true,"context":[1,2]}"#),
        Case(
            title: "TGI", format: "hf-tgi",
            documents: [
                #"{"index":1,"token":{"id":1,"text":"a"},"generated_text":null,"details":null}"#,
                #"{"index":2,"token":{"id":2,"text":"b"},"generated_text":"ab","details":{"finish_reason":"length"}}"#,
            ],
            object: #"{"generated_text":"ab","details":{"tokens":[{"id":1,"text":"a"},{"id":2,"text":"b"}],"#
                + #""finish_reason":"length"}}"#),
        Case(
            title: "watsonx", format: "watsonx",
            documents: [
                #"{"results":[{"generated_text":"","generated_token_count":0,"input_token_count":8,"#
                    + #""stop_reason":"not_finished"}]}"#,
                #"{"results":[{"generated_text":"a","generated_token_count":1,"input_token_count":0,"#
                    + #""stop_reason":"eos_token"}]}"#,
            ],
            object: #"{"results":[{"generated_text":"a","generated_token_count":1,"input_token_count":8,"#
                + #""stop_reason":"eos_token"}]}"#),
        Case(
            title: "Writer's completions", format: "writer-completions",
            documents: [#"{"value":"a"}"#, #"{"value":"b"}"#], object: #"{"choices":[{"text":"ab"}]}"#),
        Case(
            title: "Workers AI", format: "workers-ai",
            documents: [#"{"response":"a","p":"x"}"#, #"{"response":"b","usage":{"n":1}}"#],
            object: #"{"response":"ab","usage":{"n":1}}"#),
        Case(
            title: "Mistral's conversations", format: "mistral-conversations",
            documents: [
                #"{"type":"conversation.response.started","created_at":"1","conversation_id":"v"}"#,
                #"{"type":"tool.execution.started","created_at":"2","output_index":0,"id":"t","name":"web","#
                    + #""arguments":""}"#,
                #"{"type":"tool.execution.delta","output_index":0,"id":"t","name":"web","arguments":"{}"}"#,
                #"{"type":"tool.execution.done","created_at":"3","output_index":0,"id":"t","name":"web","info":{}}"#,
                #"{"type":"message.output.delta","output_index":1,"id":"m","content_index":0,"role":"assistant","#
                    + #""content":"a"}"#,
                #"{"type":"message.output.delta","output_index":1,"id":"m","content_index":0,"role":"assistant","#
                    + #""content":"b"}"#,
                #"{"type":"message.output.delta","output_index":1,"id":"m","content":{"type":"tool_reference","#
                    + #""tool":"web"}}"#,
                #"{"type":"function.call.delta","output_index":2,"id":"f","name":"g","tool_call_id":"c","#
                    + #""arguments":"{"}"#,
                #"{"type":"function.call.delta","output_index":2,"id":"f","name":"g","tool_call_id":"c","#
                    + #""arguments":"}"}"#,
                #"{"type":"conversation.response.done","usage":{"n":1}}"#,
            ],
            object: #"{"object":"conversation.response","conversation_id":"v","outputs":[{"type":"tool.execution","#
                + #""created_at":"2","id":"t","name":"web","arguments":"{}","info":{}},{"type":"message.output","#
                + #""id":"m","#
                + #""role":"assistant","content":[{"type":"text","text":"ab"},{"type":"tool_reference","#
                + #""tool":"web"}]},"#
                + #"{"type":"function.call","id":"f","name":"g","tool_call_id":"c","arguments":"{}"}],"#
                + #""usage":{"n":1}}"#),
    ]

    @Test("the object of a stream", arguments: gemini + bedrock + others)
    private func object(_ found: Case) throws {
        #expect(try joined(found.format, found.documents) == found.object)
    }

    private static func base64(_ bytes: [UInt8]) -> String {
        let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")
        var text = ""
        for start in stride(from: 0, to: bytes.count, by: 3) {
            let group = bytes[start..<min(start + 3, bytes.count)]
            let bits = group.reduce(0) { $0 << 8 | Int($1) } << (8 * (3 - group.count))
            for place in 0..<4 {
                text.append(place <= group.count ? alphabet[bits >> (18 - 6 * place) & 63] : "=")
            }
        }
        return text
    }
}
