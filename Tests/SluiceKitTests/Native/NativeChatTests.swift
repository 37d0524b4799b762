import Sluice
import SluiceKit
import Testing

@Suite("native chat completions")
struct NativeChatTests {
    private static let head = #"{"id":"c","object":"chat.completion","created":7,"model":"m","choices":["#

    @Test("text is joined, roles are not, and the last usage counts")
    func text() throws {
        let json = try joined(
            "openai-chat",
            [
                chunk(#"{"role":"assistant","content":"","refusal":null}"#),
                chunk(#"{"role":"assistant","content":"Hel"}"#, #","usage":null"#),
                chunk(#"{"role":"assistant","content":"lo"}"#, #","usage":{"total_tokens":1}"#),
                chunk("{}", finish: #""stop""#),
                #"{"id":"c","object":"chat.completion.chunk","choices":[],"usage":{"total_tokens":2.50}}"#,
                #"{"id":"c","object":"chat.completion.chunk","choices":[],"usage":null}"#, "[DONE]",
            ])
        #expect(
            json == Self.head
                + #"{"index":0,"message":{"role":"assistant","content":"Hello","refusal":null},"#
                + #""finish_reason":"stop"}],"#
                + #""usage":{"total_tokens":2.50}}"#)
    }

    @Test("choices are in the order of their numbers, whatever the order of their first chunks")
    func choices() throws {
        let json = try joined(
            "openai-chat",
            [
                chunk(#"{"content":"c"}"#, index: 10), chunk(#"{"content":"b"}"#, index: 2),
                chunk(#"{"content":"a"}"#), chunk(#"{"content":"B"}"#, index: 2),
            ])
        let choice = { (index: Int, text: String) in
            #"{"index":\#(index),"message":{"content":"\#(text)"},"finish_reason":null}"#
        }
        #expect(json == Self.head + [choice(0, "a"), choice(2, "bB"), choice(10, "c")].joined(separator: ",") + "]}")
    }

    @Test("parallel calls are joined by index; another id with a name is another call")
    func calls() throws {
        let first =
            #"{"tool_calls":[{"index":0,"id":"a","type":"function","function":{"name":"f","arguments":""}},"#
            + #"{"index":1,"id":"b","type":"function","function":{"name":"g","arguments":"{"}}]}"#
        let json = try joined(
            "openai-chat",
            [
                chunk(first), chunk(#"{"tool_calls":[{"index":1,"function":{"arguments":"}"}}]}"#),
                chunk(#"{"tool_calls":[{"index":0,"id":null,"type":null,"function":{"name":null,"arguments":"[]"}}]}"#),
                chunk(
                    #"{"tool_calls":[{"index":0,"id":"c","type":"function","function":{"name":"h","#
                        + #""arguments":"1"}}]}"#),
                chunk(#"{"tool_calls":[{"index":0,"function":{"arguments":"2"}}]}"#),
            ])
        let call = { (id: String, name: String, text: String) in
            #"{"id":"\#(id)","type":"function","function":{"name":"\#(name)","arguments":"\#(text)"}}"#
        }
        let calls = [call("a", "f", "[]"), call("c", "h", "12"), call("b", "g", "{}")].joined(separator: ",")
        #expect(json == Self.head + #"{"index":0,"message":{"tool_calls":[\#(calls)]},"finish_reason":null}]}"#)
    }

    @Test("calls without an index are numbered by their position, a name may come in pieces or again")
    func callsWithoutIndex() throws {
        let json = try joined(
            "openai-chat",
            [
                chunk(#"{"tool_calls":[{"id":"a","function":{"name":"get_"}},{"id":"b","function":{"name":"x"}}]}"#),
                chunk(#"{"tool_calls":[{"id":"a","function":{"name":"time"}},{"id":"b","function":{"name":"x"}}]}"#),
            ])
        #expect(json.contains(#"[{"id":"a","function":{"name":"get_time"}},{"id":"b","function":{"name":"x"}}]"#))
    }

    @Test("log probabilities are appended")
    func logprobs() throws {
        let piece = { (text: String) in
            #"{"choices":[{"index":0,"delta":{"content":"\#(text)"},"logprobs":{"content":[{"token":"\#(text)","#
                + #""logprob":-1e-05}],"#
                + #""refusal":null}}]}"#
        }
        let json = try joined("openai-chat", [piece("a"), piece("b")])
        #expect(
            json.contains(
                #""logprobs":{"content":[{"token":"a","logprob":-1e-05},{"token":"b","logprob":-1e-05}],"#
                    + #""refusal":null}"#))
    }

    @Test("reasoning, refusals, citations and fields that nobody knows are kept")
    func unknownFields() throws {
        let json = try joined(
            "openai-chat",
            [
                chunk(
                    #"{"reasoning_content":"th","annotations":[{"url":"a"}]}"#,
                    #","provider":"p","#
                        + #""citations":["a"]"#),
                chunk(
                    #"{"reasoning_content":"ink","annotations":[{"url":"b"}]}"#,
                    #","citations":["a","b"],"#
                        + #""x_groq":{"id":1}"#),
                chunk(#"{"refusal":"no","new":{"text":"x","id":"1","name":"n"}}"#, #","x_groq":{"usage":2}"#),
                chunk(
                    #"{"refusal":"pe","new":{"text":"y","id":"1","name":"n"}}"#, finish: #""stop""#,
                    #","obfuscation":"zz""#),
            ])
        #expect(json.contains(#""message":{"reasoning_content":"think","annotations":[{"url":"a"},{"url":"b"}],"#))
        #expect(json.contains(#""refusal":"nope","new":{"text":"xy","id":"1","name":"n"}},"finish_reason":"stop"}]"#))
        #expect(json.hasSuffix(#""provider":"p","citations":["a","b"],"x_groq":{"id":1,"usage":2}}"#))
    }

    @Test("tools that Groq runs come at their start and again with their results")
    func executedTools() throws {
        let tool = { (fields: String) in chunk(#"{"executed_tools":[{"index":0,"name":"n",\#(fields)}]}"#) }
        let json = try joined("openai-chat", [tool(#""type":"function""#), tool(#""type":"search","output":"o""#)])
        #expect(json.contains(#"{"executed_tools":[{"index":0,"name":"n","type":"search","output":"o"}]}"#))
    }

    @Test("reasoning details are joined by index and type")
    func reasoningDetails() throws {
        let detail = { (fields: String) in chunk(#"{"reasoning_details":[{"index":0,\#(fields),"format":"f"}]}"#) }
        let json = try joined(
            "openai-chat",
            [
                detail(#""type":"reasoning.text","text":"a""#), detail(#""type":"reasoning.text","text":"b""#),
                detail(#""type":"reasoning.encrypted","data":"x""#),
                detail(#""type":"reasoning.encrypted","data":"y","id":"i""#),
            ])
        #expect(
            json.contains(
                #"[{"index":0,"type":"reasoning.text","text":"ab","format":"f"},"#
                    + #"{"index":0,"type":"reasoning.encrypted","data":"xy","format":"f","id":"i"}]"#))
    }

    @Test("content may be parts, text, or both")
    func parts() throws {
        let json = try joined(
            "openai-chat",
            [
                chunk(#"{"content":""}"#),
                chunk(#"{"content":[{"type":"thinking","thinking":[{"type":"text","text":"a"}]}]}"#),
                chunk(#"{"content":[{"type":"thinking","thinking":[{"type":"text","text":"b"}]}]}"#),
                chunk(#"{"content":"c"}"#), chunk(#"{"content":"d"}"#),
                chunk(#"{"content":[{"type":"reference","reference_ids":[1]},{"type":"text","text":"e"}]}"#),
            ])
        #expect(
            json.contains(
                #""content":[{"type":"thinking","thinking":[{"type":"text","text":"ab"}]},{"type":"text","text":"cd"},"#
                    + #"{"type":"reference","reference_ids":[1]},{"type":"text","text":"e"}]"#))
    }

    @Test("a message counts if no delta is beside it")
    func wholeMessages() throws {
        let both = #"{"choices":[{"index":0,"message":{"content":"Hello"},"delta":{"content":"Hel"}}]}"#
        #expect(try joined("openai-chat", [both]) == #"{"choices":[{"index":0,"message":{"content":"Hel"}}]}"#)
        let one = #"{"choices":[{"index":0,"message":{"content":"Hello"}}]}"#
        #expect(try joined("openai-chat", [one]) == one)
    }

    @Test("an error is a member of what came before it")
    func errors() throws {
        let error = #"{"error":{"message":"no","code":429}}"#
        #expect(try joined("openai-chat", [error]) == error)
        let json = try joined("openai-chat", [chunk(#"{"content":"a"}"#), error])
        #expect(json.hasSuffix(#""finish_reason":null}],"error":{"message":"no","code":429}}"#))
    }

    @Test("keep-alives that are documents say nothing", arguments: [#"{"type":"ping"}"#, #"{"event":"heartbeat"}"#])
    func keepAlives(_ document: String) throws {
        let piece = chunk(#"{"content":"a"}"#)
        #expect(try joined("openai-chat", [document, piece, document]) == joined("openai-chat", [piece]))
        let error = #"{"type":"error","error":{"message":"no"}}"#
        #expect(try joined("openai-chat", [document, error]) == error)
    }

    @Test("content filter results are merged")
    func filters() throws {
        let piece = { (results: String) in
            #"{"choices":[{"index":0,"content_filter_results":\#(results),"delta":{}}]}"#
        }
        let json = try joined("openai-chat", [piece(#"{"hate":{"filtered":false}}"#), piece("{}")])
        #expect(json.contains(#""content_filter_results":{"hate":{"filtered":false}}"#))
    }

    @Test("text completions have text and parallel arrays of log probabilities")
    func completions() throws {
        let piece = { (text: String, offset: Int, finish: String) in
            #"{"id":"c","object":"text_completion","choices":[{"index":0,"text":"\#(text)","#
                + #""logprobs":{"tokens":["\#(text)"],"#
                + #""text_offset":[\#(offset)]},"finish_reason":\#(finish)}]}"#
        }
        let json = try joined("openai-completions", [piece("a", 0, "null"), piece("b", 1, #""length""#)])
        #expect(
            json == #"{"id":"c","object":"text_completion","choices":[{"index":0,"text":"ab","#
                + #""logprobs":{"tokens":["a","b"],"#
                + #""text_offset":[0,1]},"finish_reason":"length"}]}"#)
    }
}
