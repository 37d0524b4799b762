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
                "arguments":"{\\"at\\":1}"}],"finish_reason":"tool_calls"}},"usage":{"input":3,"output":5},\
                "error":null\(allRead)}

                """)
        #expect(result.status == 0)
    }

    @Test("what was never told is null or empty")
    func untold() async throws {
        let result = try await Tool.run("collect", input: chatText("Hi"))
        #expect(
            result.output == """
                {"file":"-","format":"openai-chat","status":"truncated","choices":{"0":{"text":"Hi","reasoning":"",\
                "tool_plan":"","refusal":"","tool_calls":[],"finish_reason":null}},"usage":null,"error":null\(allRead)}

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
            #expect(result.errors.contains("incomplete-event") && result.status == 2)
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
                == "{\"file\":\"-\",\"format\":null,\"status\":\"truncated\",\"choices\":{},\"usage\":null,\"error\":null\(allRead)}\n"
        )
        #expect(result.status == 2)
    }
}
