import Foundation
import Testing

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// The command with pipes at both ends, while it runs.
private struct LiveTool {
    let process = Process()
    let input = Pipe()
    let output = Pipe()
    let errors = Pipe()
    private let ends: AsyncStream<Void>

    init(_ arguments: String...) throws {
        process.executableURL = Tool.url
        process.arguments = arguments
        process.standardInput = input
        process.standardOutput = output
        process.standardError = errors
        let (ends, continuation) = AsyncStream.makeStream(of: Void.self)
        process.terminationHandler = { _ in continuation.finish() }
        self.ends = ends
        // At once, and not as a task: the tests below block while they read.
        try process.run()
    }

    /// Waits for the end, and gives the exit status; nil where a signal or the tests' own impatience has ended it.
    func end() async -> Int32? {
        for await _ in ends {}
        if process.isRunning {
            kill(process.processIdentifier, SIGKILL)
            return nil
        }
        return process.terminationReason == .exit ? process.terminationStatus : nil
    }

    func write(_ text: String) throws { try input.fileHandleForWriting.write(contentsOf: Data(text.utf8)) }

    /// Reads until `count` bytes have come, or the output ends.
    func read(_ count: Int) throws -> String {
        var data = Data()
        while data.count < count, let more = try output.fileHandleForReading.read(upToCount: count - data.count),
            !more.isEmpty
        {
            data += more
        }
        return String(decoding: data, as: UTF8.self)
    }
}

@Suite("while the stream goes on", .serialized, .timeLimit(.minutes(1)))
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
        kill(tool.process.processIdentifier, SIGINT)
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
