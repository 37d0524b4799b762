import Foundation
import Testing

@Suite("waiting, words and spill files", .serialized, .hangGuard)
struct WaitOptionTests {
    @Test("a stream that stalls ends the command, and what was printed stays", arguments: ["cat", "collect"])
    func stall(_ command: String) async throws {
        let tool = try LiveTool(command, "--timeout", "0.3")
        try tool.write(chatText("Hi there") + "data: {\"choi")
        #expect(await tool.end() == 5)
        let errors = String(decoding: tool.errors.fileHandleForReading.availableData, as: UTF8.self)
        #expect(errors.contains("no data arrived for 0.3 s; the stream is not complete, after 2 frames"))
        #expect(try tool.read(8).hasPrefix(command == "cat" ? "Hi there" : "{\"file\":"))
    }

    @Test("a stream that was complete before data stopped is complete")
    func complete() async throws {
        let tool = try LiveTool("--timeout", "0.2")
        try tool.write(chatText("Hi") + chatDone)
        #expect(await tool.end() == 0)
        #expect(tool.errors.fileHandleForReading.availableData.isEmpty)
    }

    @Test("a stream of which no data arrives is ended, even where its framing is to be found out")
    func silent() async throws {
        for arguments in [["--timeout", "0.2"], ["--timeout", "0.2", "--text", "w"]] {
            let tool = try LiveTool(arguments)
            #expect(await tool.end() == 5)
        }
    }

    @Test("a stream that goes on is not ended, however long it takes")
    func slow() async throws {
        let tool = try LiveTool("--timeout", "5")
        for word in ["a ", "b ", "c"] {
            try tool.write(chatText(word))
            #expect(try tool.read(word.utf8.count) == word)
        }
        try tool.write(chatDone)
        try tool.input.fileHandleForWriting.close()
        #expect(await tool.end() == 0)
    }

    @Test("by words: a word comes when it has ended, or after a moment")
    func words() async throws {
        let tool = try LiveTool("--words")
        try tool.write(chatText("Hel") + chatText("lo wor"))
        #expect(try tool.read(6) == "Hello ")
        // Nothing more is written: the rest comes by itself.
        #expect(try tool.read(3) == "wor")
        try tool.write(chatText("ld, it's") + chatDone)
        try tool.input.fileHandleForWriting.close()
        #expect(try tool.read(8) == "ld, it's")
        #expect(await tool.end() == 0)
    }

    @Test("by words the answer is the same")
    func sameWords() async throws {
        let plain = try await Tool.run("cat", input: fullAnswer)
        let words = try await Tool.run("cat", "--words", "--chunk", "1", input: fullAnswer)
        #expect(words.output == plain.output && words.status == plain.status)
        let refused = try await Tool.run("cat", "--words", "--json", input: fullAnswer)
        #expect(refused.status == 1 || refused.status == 64)
    }

    @Test("a log is followed as it grows, until it has been still for long enough")
    func follow() async throws {
        try await Folder.with { folder in
            let path = try folder.file("log", chatText("one "))
            let tool = try LiveTool("--follow", "--timeout", "1.5", path)
            #expect(try tool.read(4) == "one ")
            let log = try FileHandle(forWritingTo: URL(fileURLWithPath: path))
            for word in ["two ", "three"] {
                try log.seekToEnd()
                try log.write(contentsOf: Data(chatText(word).utf8))
                #expect(try tool.read(word.utf8.count) == word)
            }
            try log.write(contentsOf: Data(chatDone.utf8))
            #expect(await tool.end() == 0)
        }
    }

    @Test("Ctrl-C ends the following, and a file that becomes shorter does")
    func followEnds() async throws {
        try await Folder.with { folder in
            let path = try folder.file("log", chatText("one"))
            let tool = try LiveTool("--follow", path)
            #expect(try tool.read(3) == "one")
            tool.signal(SIGINT)
            #expect(await tool.end() == 130)
            let second = try LiveTool("--follow", path)
            #expect(try second.read(3) == "one")
            try Data().write(to: URL(fileURLWithPath: path), options: [])
            #expect(await second.end() == 3)
            let errors = String(decoding: second.errors.fileHandleForReading.availableData, as: UTF8.self)
            #expect(errors.contains("has become shorter while it was followed"))
        }
    }

    @Test("the answer is written to files too", arguments: [[], ["--json"]])
    func spill(_ more: [String]) async throws {
        try await Folder.with { folder in
            let path = folder.url.appendingPathComponent("answer.txt").path
            let long = String(repeating: chatText("a line of text\\n"), count: 20_000)
            let result = try await Tool.run(["cat", "--spill", path] + more, input: Data((long + fullAnswer).utf8))
            #expect(result.status == 0)
            #expect(
                try folder.text("answer.txt") == String(repeating: "a line of text\n", count: 20_000) + "Hi there 🌊")
            #expect(try folder.text("answer.txt.reasoning") == "Hm.")
            #expect(try folder.text("answer.txt.call-0") == "{\"at\":1}")
        }
    }

    @Test("a spill file that cannot be written is an error, and the answer is printed all the same")
    func spillFails() async throws {
        let result = try await Tool.run("cat", "--spill", "/nowhere/answer", input: fullAnswer)
        #expect(result.status == 1 && result.output.contains("there 🌊"))
        #expect(result.errors.contains("cannot write /nowhere/answer"))
        let several = try await Tool.run("cat", "--spill", "x", "a", "b")
        #expect(several.status != 0 && several.errors.contains("--spill takes the answer of one stream"))
    }

    @Test("a timeout that is none is refused", arguments: ["0", "-1", "nan", "x"])
    func refused(_ value: String) async throws {
        let result = try await Tool.run("cat", "--timeout=\(value)", input: fullAnswer)
        #expect(result.status != 0 && result.output.isEmpty)
    }
}
