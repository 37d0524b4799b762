import Foundation
import Sluice
import SluiceKit
import Testing

@Suite("sluice cat")
struct CatTests {
    @Test("the recorded stream gives exactly its text")
    func recording() async throws {
        let folder = Tool.package.appendingPathComponent("corpora/openai-completions")
        let text = try String(contentsOf: folder.appendingPathComponent("stream.txt"), encoding: .utf8)
        let result = try await Tool.run("cat", folder.appendingPathComponent("stream.sse").path)
        #expect(result.output == text)
        #expect(result.errors == "")
        #expect(result.status == 0)
    }

    @Test("without a subcommand, input is read as by cat", arguments: [[], ["-"], ["cat"], ["cat", "-"]])
    func isDefault(arguments: [String]) async throws {
        let result = try await Tool.run(arguments, input: Data((chatText("Hi") + chatDone).utf8))
        #expect(result.output == "Hi")
        #expect(result.status == 0)
    }

    @Test("reasoning and tool calls stand on lines of their own")
    func fullText() async throws {
        let result = try await Tool.run(input: fullAnswer)
        #expect(result.output == "Hm.\nHi there 🌊\n⚙ look(c1) {\"at\":1}\n")
    }

    @Test("reasoning can be hidden")
    func hiddenReasoning() async throws {
        let result = try await Tool.run("--reasoning", "hide", input: fullAnswer)
        #expect(result.output == "Hi there 🌊\n⚙ look(c1) {\"at\":1}\n")
    }

    @Test("two tool calls whose arguments alternate are told apart")
    func alternatingTools() async throws {
        func piece(_ index: Int, _ rest: String) -> String { chat("\"tool_calls\":[{\"index\":\(index),\(rest)}]") }
        let input =
            piece(0, "\"id\":\"a\",\"function\":{\"name\":\"f\",\"arguments\":\"1\"}")
            + piece(1, "\"id\":\"b\",\"function\":{\"name\":\"g\",\"arguments\":\"2\"}")
            + piece(0, "\"function\":{\"arguments\":\"3\"}") + chatText("so") + chatDone
        let result = try await Tool.run(input: input)
        #expect(result.output == "⚙ f(a) 1\n⚙ g(b) 2\n⚙ f(a) 3\nso")
    }

    @Test("of two choices the first is printed as it comes, the other behind it")
    func choices() async throws {
        let input =
            chatText("Yes", choice: 0) + chatText("No", choice: 1) + chatText(".", choice: 0) + chatText("!", choice: 1)
            + chatDone
        let result = try await Tool.run(input: input)
        #expect(result.output == "Yes.\n\n[choice 1]\nNo!")
    }

    @Test("every delta is one JSON object, and the last line says how the stream has ended")
    func json() async throws {
        let result = try await Tool.run("--json", input: fullAnswer)
        #expect(result.output == fullAnswerJSON)
        #expect(result.status == 0)
    }

    @Test("JSON has the escapes that it demands and no others")
    func jsonEscapes() async throws {
        let text = #"a\"\\\/\b\f\n\r\t\u0001é\u00e9\ud83c\udf0a"# + "\u{7F}"
        let result = try await Tool.run("--json", input: chatText(text) + chatDone)
        let expected = #"{"kind":"text","choice":0,"text":"a\"\\/\b\f\n\r\t\u0001éé🌊"# + "\u{7F}\"}"
        #expect(result.lines.first == expected)
    }

    @Test("refusals, errors and untold usage have their JSON")
    func otherJSON() async throws {
        let input =
            chat("\"refusal\":\"no\"") + "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":3}}\n\n"
            + chatError
        let result = try await Tool.run("--json", input: input)
        #expect(
            result.output == """
                {"kind":"refusal","choice":0,"text":"no"}
                {"kind":"usage","input":3,"output":null}
                {"kind":"error","type":"server_error","code":null,"message":"too busy","param":null,"request_id":null,"retry_after":null}
                {"kind":"end","status":"failed","frames":3,"deltas":3,"bytes":\(input.utf8.count)\(allRead)}

                """)
        #expect(result.status == 4)
    }

    @Test("files are read one after the other")
    func twoFiles() async throws {
        try await Folder.with { folder in
            let first = try folder.file("1", chatText("one ") + chatDone)
            let second = try folder.file("2", "{\"message\":{\"content\":\"two\"},\"done\":false}\n{\"done\":true}\n")
            let result = try await Tool.run(first, second)
            #expect(result.output == "one two")
            #expect(result.status == 0)
        }
    }

    @Test("where each file's stream ended early is reported with its name")
    func namesFiles() async throws {
        try await Folder.with { folder in
            let first = try folder.file("1", chatText("one"))
            let second = try folder.file("2", chatText("two") + chatDone)
            let result = try await Tool.run(first, second)
            #expect(result.output == "onetwo")
            #expect(
                result.errors == """
                    sluice: \(first): the stream ended without its terminal marker (truncated) after 1 frame, \
                    \(chatText("one").utf8.count) bytes

                    """)
            #expect(result.status == 3)
        }
    }

    @Test("statistics are one line on standard error")
    func statistics() async throws {
        let result = try await Tool.run("--stats", input: fullAnswer)
        let figures = "sluice: 9 frames, 8 deltas, \(fullAnswer.utf8.count) bytes in "
        #expect(result.errors.hasPrefix(figures))
        #expect(result.errors.hasSuffix(" deltas/s\n"))
        #expect(result.errors.contains(/\ s: [0-9.]+ [kM]?B\/s, [0-9.]+ deltas\/s\n$/))
        #expect(result.errors.split(separator: "\n").count == 1)
    }

    @Test("a rate that is slow is not shown as 0, and a rate of nothing is not shown")
    func slowStatistics() async throws {
        let tool = try LiveTool("--stats")
        try tool.write(chatText("Hi"))
        #expect(try tool.read(2) == "Hi")
        try await Task.sleep(for: .seconds(1.2))
        try tool.write(chatDone)
        try tool.input.fileHandleForWriting.close()
        #expect(await tool.end() == 0)
        let errors = String(decoding: tool.errors.fileHandleForReading.availableData, as: UTF8.self)
        // About 100 bytes and one delta in more than a second.
        #expect(errors.contains(/\ s: [0-9.]+ B\/s, 0\.[0-9]+ deltas\/s\n$/), "\(errors)")
        #expect(!errors.contains(" 0.0 ") && !errors.contains(" 0 deltas/s"))

        let events = try await Tool.run("--stats", "--format", "openai-chat", input: chatDone)
        #expect(events.errors.contains(/\ s: [0-9.]+ [kM]?B\/s\n$/), "\(events.errors)")
        let empty = try await Tool.run("--stats")
        #expect(empty.errors.contains(/\nsluice: 0 frames, 0 deltas, 0 bytes in [0-9.]+ s\n$/), "\(empty.errors)")
    }

    @Test("output that is no terminal has no escape codes and no progress bar")
    func noEscapeCodes() async throws {
        let result = try await Tool.run(
            [], input: Data(fullAnswer.utf8), environment: ["TERM": "xterm-256color", "NO_COLOR": ""])
        #expect(!result.output.contains("\u{1B}"))
        #expect(result.errors == "")
    }

    @Test("the JSON of a delta is the one that SluiceKit writes")
    func sameJSON() async throws {
        let odd = chatText("\\b\\f\\n\\u0001\\u001f\\\"\\\\/ é 🌊")
        let stream = odd + chat("\"refusal\":\"no\"", choice: 2) + chatError + fullAnswer
        var parser = StreamParser(format: .openAIChat)
        var lines: [String] = []
        try parser.parse(Array(stream.utf8).span) { lines.append(OwnedDelta(copying: $0).json) }
        let result = try await Tool.run("cat", "--json", input: stream)
        #expect(Array(result.lines.dropLast()) == lines && lines.count > 10)
    }
}
