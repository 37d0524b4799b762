import Foundation
import Testing

@Suite("sluice collect")
struct CollectTests {
    @Test("the whole answer is one JSON object")
    func whole() async throws {
        let result = try await Tool.run("collect", input: fullAnswer)
        #expect(
            result.output == """
                {"file":"-","format":"openai-chat","status":"complete","choices":{"0":{"text":"Hi there 🌊","reasoning":\
                "Hm.","tool_plan":"","refusal":"","tool_calls":[{"index":0,"id":"c1","name":"look","origin":"client",\
                "arguments":"{\\"at\\":1}"}],"finish_reason":"tool_calls",\(fullBlocks)}},"usage":{"input":3,"output":5,\
                "all_input":3,"all_output":5},"error":null,"details":{"usage":{"prompt_tokens":3,"completion_tokens":5}}\
                \(allRead)}

                """)
        #expect(result.status == 0)
    }

    private var fullBlocks: String {
        let blocks = [
            #"{"kind":"reasoning","number":null,"type":null,"text":"Hm.","details":[]}"#,
            #"{"kind":"text","number":null,"type":null,"text":"Hi there 🌊","details":[]}"#,
            #"{"kind":"tool_call","number":0,"type":null,"tool_call":0,"details":[]}"#,
        ]
        return "\"blocks\":[" + blocks.joined(separator: ",") + "]"
    }

    @Test("blocks have their order, types, signatures and results; what is said of the answer is beside them")
    func details() async throws {
        let events = [
            #"{"type":"message_start","message":{"id":"m1","model":"c","usage":{"input_tokens":9,"cache_read_input_tokens":90}}}"#,
            #"{"type":"content_block_start","index":0,"content_block":{"type":"thinking","thinking":""}}"#,
            #"{"type":"content_block_delta","index":0,"delta":{"type":"thinking_delta","thinking":"hm"}}"#,
            #"{"type":"content_block_delta","index":0,"delta":{"type":"signature_delta","signature":"EqQ="}}"#,
            #"{"type":"content_block_delta","index":1,"delta":{"type":"text_delta","text":"Hi"}}"#,
            #"{"type":"message_stop"}"#,
        ]
        let result = try await Tool.run("collect", input: events.map { "data: \($0)\n\n" }.joined())
        #expect(result.output.contains(#""blocks":[{"kind":"reasoning","number":0,"type":"thinking","text":"hm","#))
        #expect(result.output.contains(#""details":[{"name":"signature","value":"EqQ="}]}"#))
        #expect(result.output.contains(#"{"kind":"text","number":1,"type":null,"text":"Hi","details":[]}]"#))
        #expect(result.output.contains(#""usage":{"input":9,"output":null,"cached":90,"all_input":99}"#))
        #expect(result.output.contains(#""details":{"response-id":"m1","model":"c","usage":{"#))
        let lines = try await Tool.run(
            "cat", "--json", "--details", "--payloads", input: events.map { "data: \($0)\n\n" }.joined())
        #expect(lines.lines.contains(#"{"kind":"reasoning","choice":0,"block":0,"text":"hm"}"#))
        #expect(lines.lines.contains(#"{"kind":"detail","choice":0,"block":0,"name":"signature","value":"EqQ="}"#))
        #expect(lines.lines.contains(#"{"kind":"payload","event":"","value":{"type":"message_stop"}}"#))
        let text = try await Tool.run("cat", "--details", input: "")
        #expect(text.status == 1 && text.errors.contains("add --json"))
    }

    @Test("what was never told is null or empty")
    func untold() async throws {
        let result = try await Tool.run("collect", input: chatText("Hi"))
        #expect(
            result.output == """
                {"file":"-","format":"openai-chat","status":"truncated","choices":{"0":{"text":"Hi","reasoning":"",\
                "tool_plan":"","refusal":"","tool_calls":[],"finish_reason":null,"blocks":[{"kind":"text","number":null,\
                "type":null,"text":"Hi","details":[]}]}},"usage":null,"error":null,"details":{}\(allRead)}

                """)
        #expect(result.status == 3)
    }

    @Test("choices stand in the order of their numbers")
    func choices() async throws {
        let input = [10, 2, 0].map { chatText("x", choice: $0) }.joined() + chatDone
        let result = try await Tool.run("collect", input: input)
        let places = ["\"0\":", "\"2\":", "\"10\":"].map { result.output.range(of: $0)?.lowerBound }
        #expect(places.allSatisfy { $0 != nil })
        #expect(places.compactMap { $0 } == places.compactMap { $0 }.sorted())
    }

    @Test("each file has its line, and one that cannot be opened has none")
    func files() async throws {
        try await Folder.with { folder in
            let first = try folder.file("1", chatText("one") + chatDone)
            let second = try folder.file("2", chatText("two"))
            let result = try await Tool.run("collect", first, "/no/such/file", second)
            #expect(result.lines.count == 2)
            #expect(result.lines.first?.hasPrefix("{\"file\":\"\(first)\",") == true)
            #expect(result.lines.last?.hasPrefix("{\"file\":\"\(second)\",") == true)
            #expect(result.errors.contains("sluice: cannot open /no/such/file: No such file or directory\n"))
            #expect(result.status == 1)
        }
    }

    @Test("with --native, each file's line is the provider's object")
    func native() async throws {
        try await Folder.with { folder in
            let first = try folder.file("1", chatText("one") + chatText("two") + "data: {\n\n" + chatDone)
            let second = try folder.file("2", #"{"model":"m","response":"a","done":true}"# + "\n")
            let result = try await Tool.run("collect", "--native", first, second)
            #expect(result.lines.count == 2)
            #expect(result.lines.first?.contains(#""message":{"content":"onetwo"}"#) == true)
            #expect(result.lines.last == #"{"model":"m","response":"a","done":true}"#)
            #expect(result.errors.contains("malformed-payload") && result.status == 2)
        }
        let none = try await Tool.run("collect", "--native", "--format", "raw-text", input: "data: hello\n\n")
        #expect(none.output.isEmpty && none.status == 2)
        #expect(none.errors.contains("no object that is sent without streaming"))
        let cut = try await Tool.run("collect", "--native", input: chatText("one"))
        #expect(cut.status == 3 && cut.output.contains("one") && cut.errors.contains("truncated"))
    }

    @Test("what is no stream has no format")
    func noStream() async throws {
        let result = try await Tool.run("collect", input: "hello\n")
        #expect(
            result.output
                == "{\"file\":\"-\",\"format\":null,\"status\":\"truncated\",\"choices\":{},\"usage\":null,\"error\":null,\"details\":{}\(allRead)}\n"
        )
        #expect(result.status == 2)
    }
}
