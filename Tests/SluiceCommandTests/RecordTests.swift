import Foundation
import Testing

@Suite("sluice record", .hangGuard)
struct RecordTests {
    @Test("the bytes are stored as they came, with a line a read")
    func recordsPipe() async throws {
        try await Folder.with { folder in
            let place = folder.url.appendingPathComponent("new/folder")
            let result = try await Tool.run("record", "-o", place.path, input: fullAnswer)
            #expect(result.status == 0)
            #expect(result.output.isEmpty)
            #expect(result.errors.contains("recorded \(fullAnswer.utf8.count) bytes in 1 read "))
            #expect(result.errors.hasSuffix(": openai-chat, complete\n"))
            let recording = Folder(url: place)
            #expect(try recording.names == ["stream.sse", "stream.times"])
            #expect(try recording.text("stream.sse") == fullAnswer)
            #expect(try recording.text("stream.times") == "0\t\(fullAnswer.utf8.count)\n")
        }
    }

    @Test("each read has its own time, and is passed on at once")
    func recordsTimes() async throws {
        try await Folder.with { folder in
            let tool = try LiveTool("record", "--tee", "-o", folder.url.path)
            let pieces = [chatText("one"), chatText("two"), chatDone]
            for piece in pieces {
                try tool.write(piece)
                #expect(try tool.read(piece.utf8.count) == piece)
                try await Task.sleep(for: .milliseconds(20))
            }
            try tool.input.fileHandleForWriting.close()
            #expect(await tool.end() == 0)
            #expect(try folder.text("stream.sse") == pieces.joined())
            let reads = try folder.text("stream.times").split(separator: "\n").map { $0.split(separator: "\t") }
            #expect(reads.map { Int($0[1]) } == pieces.map(\.utf8.count))
            let times = try reads.map { try #require(UInt64($0[0])) }
            #expect(times[0] == 0)
            // The reader saw each piece before the next was written 20 ms later.
            #expect(times[1] >= 20_000_000)
            #expect(times[2] >= times[1] + 20_000_000)
        }
    }

    @Test("a command's output is recorded, and its own failure told")
    func recordsCommand() async throws {
        try await Folder.with { folder in
            let source = try folder.file("source", fullAnswer)
            let fine = folder.url.appendingPathComponent("fine").path
            let result = try await Tool.run("record", "-o", fine, "--", "cat", source)
            #expect(result.status == 0)
            #expect(try folder.text("fine/stream.sse") == fullAnswer)

            let failing = folder.url.appendingPathComponent("failing").path
            let failed = try await Tool.run(
                "record", "-o", failing, "--", "sh", "-c", "cat \"$1\"; exit 7", "sh", source)
            #expect(failed.status == 1)
            #expect(failed.errors.hasSuffix("sluice: 'sh' ended with status 7\n"))
            #expect(try folder.text("failing/stream.sse") == fullAnswer)

            let killed = try await Tool.run("record", "-o", failing, "--force", "--", "sh", "-c", "echo; kill -9 $$")
            #expect(killed.status == 1)
            #expect(killed.errors.hasSuffix("sluice: 'sh' was ended by signal 9\n"))
        }
    }

    @Test("a command that is not there is reported, and leaves nothing behind")
    func missingCommand() async throws {
        try await Folder.with { folder in
            let place = folder.url.appendingPathComponent("new").path
            let result = try await Tool.run("record", "-o", place, "--", "no-such-command-at-all")
            #expect(result.status == 1)
            #expect(result.errors == "sluice: cannot run 'no-such-command-at-all': No such file or directory\n")
            #expect(!FileManager.default.fileExists(atPath: place))
        }
    }

    @Test("a command is ended by a pipe that is closed, as in a shell")
    func brokenPipeOfCommand() async throws {
        try await Folder.with { folder in
            // `yes` complains on standard error where SIGPIPE is ignored.
            let script = "yes | head -n 1"
            let result = try await Tool.run(
                "record", "-o", folder.url.path, "--force", "--", "sh", "-c", script)
            #expect(result.status == 0)
            #expect(!result.errors.contains("yes"))
        }
    }

    @Test("an older recording is kept, unless it is to be written over")
    func overwriting() async throws {
        try await Folder.with { folder in
            _ = try folder.file("stream.ndjson", "old")
            _ = try folder.file("stream.times", "0\t3\n")
            _ = try folder.file("notes", "mine")
            let refused = try await Tool.run("record", "-o", folder.url.path, input: fullAnswer)
            #expect(refused.status == 1)
            #expect(refused.errors.contains("exists already; give --force to write over that recording"))
            #expect(try folder.text("stream.ndjson") == "old")

            let empty = try await Tool.run("record", "-o", folder.url.path, "--force", input: "")
            #expect(empty.status == 2)
            #expect(empty.errors == "sluice: no data arrived, so nothing is recorded\n")
            #expect(try folder.text("stream.ndjson") == "old")

            let done = try await Tool.run("record", "-o", folder.url.path, "--force", input: fullAnswer)
            #expect(done.status == 0)
            #expect(try folder.names == ["notes", "stream.sse", "stream.times"])
        }
    }

    @Test(
        "the file is named by its framing",
        arguments: [
            ("{\"response\":\"a\",\"done\":false}\n{\"response\":\"\",\"done\":true}\n", "stream.ndjson"),
            ("[{\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"a\"}]}}]}]", "stream.json"),
            ("no stream at all", "stream.sse"),
        ])
    func names(input: String, name: String) async throws {
        try await Folder.with { folder in
            let result = try await Tool.run("record", "-o", folder.url.path, input: input)
            #expect(result.status == 0)
            #expect(try folder.names == [name, "stream.times"])
        }
    }

    @Test("Amazon's binary event stream keeps every byte")
    func binary() async throws {
        try await Folder.with { folder in
            let bytes = try #require(Data(base64Encoded: awsAnswer))
            let result = try await Tool.run(["record", "-o", folder.url.path], input: bytes)
            #expect(result.status == 0)
            #expect(try Data(contentsOf: folder.url.appendingPathComponent("stream.aws")) == bytes)
        }
    }

    @Test("Ctrl-C ends the recording and keeps what has come", arguments: [false, true])
    func interrupt(runsCommand: Bool) async throws {
        try await Folder.with { folder in
            let source = try folder.file("source", fullAnswer)
            let place = folder.url.appendingPathComponent("kept").path
            let command = ["--", "sh", "-c", "cat \"$1\"; exec sleep 100", "sh", source]
            let tool = try LiveTool(["record", "--tee", "-o", place] + (runsCommand ? command : []))
            if !runsCommand { try tool.write(fullAnswer) }
            #expect(try tool.read(fullAnswer.utf8.count) == fullAnswer)
            tool.signal(SIGINT)
            #expect(await tool.end() == 130)
            #expect(try folder.text("kept/stream.sse") == fullAnswer)
            #expect(try folder.text("kept/stream.times").hasPrefix("0\t"))
        }
    }
}

extension Folder {
    /// The names of its files, in order.
    var names: [String] { get throws { try FileManager.default.contentsOfDirectory(atPath: url.path).sorted() } }
}
