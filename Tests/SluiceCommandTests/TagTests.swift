import Foundation
import Testing

@Suite("several streams at once", .serialized, .hangGuard)
struct TagTests {
    @Test("each line begins with its stream's name, and no line is torn")
    func lines() async throws {
        try await Folder.with { folder in
            var paths: [String] = []
            for name in ["planner", "coder"] {
                let events = (0..<3000).map { chatText("\(name) line \($0)\\n") }.joined() + chatText("the end")
                paths.append(try folder.file(name, events + chatDone))
            }
            let result = try await Tool.run(["cat", "--tag", "--chunk", "1000"] + paths, input: Data())
            #expect(result.status == 0 && result.errors.isEmpty)
            for name in ["planner", "coder"] {
                let own = result.lines.filter { $0.hasPrefix(name + ": ") }.map { String($0.dropFirst(name.count + 2)) }
                #expect(own == (0..<3000).map { "\(name) line \($0)" } + ["the end"])
            }
            #expect(result.lines.count == 6002)
            let firstCoder = try #require(result.lines.firstIndex { $0.hasPrefix("coder") })
            #expect(firstCoder < 1000, "they were read one behind the other")
        }
    }

    @Test("JSON objects carry their stream's name, and each stream has an end of its own")
    func json() async throws {
        try await Folder.with { folder in
            let whole = try folder.file("a.sse", fullAnswer)
            let cut = try folder.file("b.sse", chatText("Hi"))
            let failed = try folder.file("c.sse", chatText("Ho") + chatError)
            let result = try await Tool.run(["cat", "--tag", "--json", whole, cut, failed], input: Data())
            #expect(result.status == 4)
            let objects = try result.lines.map {
                try #require(try JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any])
            }
            func kinds(_ stream: String) -> [String] {
                objects.filter { $0["stream"] as? String == stream }.compactMap { $0["kind"] as? String }
            }
            func status(_ stream: String) -> String? {
                objects.last { $0["stream"] as? String == stream }?["status"] as? String
            }
            #expect(kinds("a.sse").count == 9 && status("a.sse") == "complete")
            #expect(kinds("b.sse") == ["text", "end"] && status("b.sse") == "truncated")
            #expect(kinds("c.sse") == ["text", "error", "end"] && status("c.sse") == "failed")
            #expect(result.errors.contains("b.sse: the stream ended without its terminal marker"))
            let plain = try await Tool.run("cat", "--json", input: fullAnswer)
            let untagged = result.lines.filter { $0.contains("a.sse") }
                .map { $0.replacingOccurrences(of: "\"stream\":\"a.sse\",", with: "") }
            #expect(untagged == plain.lines)
        }
    }

    @Test("files of one name are told apart, and one that is missing does not stop the others")
    func names() async throws {
        try await Folder.with { folder in
            try FileManager.default.createDirectory(
                at: folder.url.appendingPathComponent("x"), withIntermediateDirectories: true)
            let first = try folder.file("same", chatText("one") + chatDone)
            let second = try folder.file("x/same", chatText("two") + chatDone)
            let missing = folder.url.appendingPathComponent("missing").path
            let result = try await Tool.run(["cat", "--tag", first, missing, second], input: Data())
            #expect(Set(result.lines) == ["\(first): one", "\(second): two"])
            #expect(result.status == 1 && result.errors.contains("cannot open missing: No such file"))
        }
    }

    @Test("what ends a stream early is reported once, as it is without the others")
    func errors() async throws {
        try await Folder.with { folder in
            let page = try folder.file("page", "<html>\n<body>502</body>\n")
            let long = try folder.file(
                "long", chatText("one\\n") + chatText(String(repeating: "x", count: 500)) + chatDone)
            let unknown = try folder.file("unknown", (0..<40).map { "data: {\"q\":\($0)}\n\n" }.joined())
            let limits = ["--limit", "maxEventBytes=300", "--limit", "whenExceeded=fail"]
            for path in [page, long, unknown] {
                let alone = try await Tool.run(["cat"] + limits + [path], input: Data())
                let tagged = try await Tool.run(["cat", "--tag"] + limits + [path], input: Data())
                let name = try #require(path.split(separator: "/").last)
                #expect(alone.status == 2 && tagged.status == 2)
                #expect(tagged.errors == alone.errors.replacingOccurrences(of: path, with: String(name)))
                #expect(tagged.errors.split(separator: "\n").count == 1, "\(tagged.errors)")
            }
        }
    }

    @Test("what comes first is shown first, and a line that stands still is shown after a moment")
    func live() async throws {
        try await Folder.with { folder in
            let path = folder.url.appendingPathComponent("agent").path
            // Contract: the path outlives the call.
            let made = unsafe mkfifo(path, 0o600)
            #expect(made == 0)
            let tool = try LiveTool("cat", "--tag", "-", path)
            let agent = try FileHandle(forUpdating: URL(fileURLWithPath: path))
            try agent.write(contentsOf: Data(chatText("from the agent\\nand").utf8))
            #expect(try tool.readLine() == "agent: from the agent")
            // Nothing ends this line.
            #expect(try tool.readLine() == "agent: and")
            try tool.write(chatText("from a pipe\\n") + chatDone)
            #expect(try tool.readLine() == "-: from a pipe")
            try agent.write(contentsOf: Data((chatText(" more") + chatDone).utf8))
            try agent.close()
            try tool.input.fileHandleForWriting.close()
            #expect(try tool.readLine() == "agent:  more")
            #expect(await tool.end() == 0)
        }
    }

    @Test("one that stalls ends, and the others go on")
    func stall() async throws {
        try await Folder.with { folder in
            let whole = try folder.file("whole", chatText("all of it") + chatDone)
            let tool = try LiveTool("cat", "--tag", "--timeout", "0.5", "-", whole)
            try tool.write(chatText("part"))
            #expect(Set([try tool.readLine(), try tool.readLine()]) == ["-: part", "whole: all of it"])
            #expect(await tool.end() == 5)
        }
    }

    @Test("options that do not go together are refused")
    func refused() async throws {
        let spill = try await Tool.run("cat", "--tag", "--spill", "x", "a")
        #expect(spill.status != 0 && spill.errors.contains("leave out --tag"))
        let text = try await Tool.run("cat", "--tag", "--text", "w", "a")
        #expect(text.status != 0 && text.errors.contains("needs --framing"))
    }
}
