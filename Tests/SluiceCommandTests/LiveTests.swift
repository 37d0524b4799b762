import Foundation
import Testing

@Suite("while the stream goes on", .serialized, .hangGuard)
struct LiveTests {
    @Test("text is printed as soon as its event has come", arguments: ["borrowed", "ring", "linear"])
    func progress(strategy: String) async throws {
        let tool = try LiveTool("--strategy", strategy)
        for word in ["one", "two", "three"] {
            try tool.write(chatText(word))
            #expect(try tool.read(word.utf8.count) == word)
        }
        try tool.write(chatDone)
        try tool.input.fileHandleForWriting.close()
        #expect(await tool.end() == 0)
    }

    @Test("JSON lines come as soon as their event has come")
    func jsonProgress() async throws {
        let tool = try LiveTool("--json", "--text", "w")
        try tool.write("{\"w\":\"a\"}\n")
        let line = "{\"kind\":\"text\",\"choice\":0,\"text\":\"a\"}\n"
        #expect(try tool.read(line.utf8.count) == line)
        try tool.input.fileHandleForWriting.close()
        #expect(await tool.end() == 3)
    }

    @Test("Ctrl-C keeps what was printed", arguments: [[], ["--json"], ["frames"], ["collect"]])
    func interrupt(arguments: [String]) async throws {
        let tool = try LiveTool(arguments.first ?? "cat")
        try tool.write(chatText("Hi") + "data: {\"choi")
        if arguments != ["collect"] {
            #expect(try tool.read(1) != "")
        } else {
            try await Task.sleep(for: .milliseconds(300))
        }
        tool.signal(SIGINT)
        #expect(await tool.end() == 130)
        #expect(tool.errors.fileHandleForReading.availableData.isEmpty)
        if arguments.isEmpty { #expect(try tool.read(10) == "i") }
    }

    @Test("a reader that has seen enough ends the command quietly", arguments: [[], ["--json"], ["frames"]])
    func closedPipe(arguments: [String]) async throws {
        try await Folder.with { folder in
            let file = try folder.file("long", String(repeating: chatText("a line\\n"), count: 50_000))
            let tool = try LiveTool(arguments.first ?? "cat", file)
            #expect(try tool.read(1) != "")
            try tool.output.fileHandleForReading.close()
            #expect(await tool.end() == 0)
            #expect(tool.errors.fileHandleForReading.availableData.isEmpty)
        }
    }

    @Test(
        "output that cannot be written is an error", .enabled(if: FileManager.default.fileExists(atPath: "/dev/full")))
    func fullDisk() async throws {
        let process = Process()
        let errors = Pipe()
        process.executableURL = Tool.url
        process.arguments = ["formats"]
        process.standardOutput = FileHandle(forWritingAtPath: "/dev/full")
        process.standardError = errors
        try await process.runToEnd()
        let message = String(decoding: errors.fileHandleForReading.availableData, as: UTF8.self)
        #expect(message == "sluice: cannot write to standard output: No space left on device\n")
        #expect(process.terminationStatus == 1)
    }
}
