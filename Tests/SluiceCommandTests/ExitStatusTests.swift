import Foundation
import Testing

@Suite("exit status")
struct ExitStatusTests {
    @Test(
        "says how the stream ended",
        arguments: [
            ("complete", chatText("a") + chatDone, 0),
            ("malformed", chatText("a") + brokenEvent + chatDone, 2),
            ("no stream", "hello\n", 2),
            ("no format", "data: {\"q\":1}\n\n", 2),
            ("truncated", chatText("a"), 3),
            ("truncated inside an event", chatText("a") + "data: {\"cho", 3),
            ("empty", "", 2),
            ("nothing but comments", ": ping\n\n: ping\n\n", 2),
            ("finished", chatText("a") + chatFinish, 0),
            ("finished, and cut behind", chatText("a") + chatFinish + "data: {\"cho", 3),
            ("an error in the stream", chatText("a") + chatError, 4),
            ("an error counts before a malformed event", brokenEvent + chatText("a") + chatError, 4),
            ("a malformed event counts before a truncation", chatText("a") + brokenEvent, 2),
        ])
    func ofStreams(name: String, input: String, status: Int32) async throws {
        for command in ["cat", "collect"] {
            let result = try await Tool.run(command, input: input)
            #expect(result.status == status, "\(name), \(command)")
            #expect(result.errors.isEmpty == (status == 0), "\(name), \(command)")
        }
    }

    @Test(
        "is 1 for a command line that is wrong, and the reason is reported",
        arguments: [
            ["--bogus"], ["--chunk", "0"], ["--chunk", "x"], ["--strategy", "heap"], ["--format", "x"],
            ["--format", "sse"],
            ["--framing", "sse"], ["--text", "a..b"], ["--text", "a", "--framing", "x"], ["--done", "a"],
            ["--limit", "maxEventBytes=-1"], ["--limit", "maxEventBytes"], ["--limit", "maxBytes=1"],
            ["--limit", "whenExceeded=stop"], ["--reasoning", "maybe"], ["frames", "--eof", "x"],
            ["formats", "a", "b"],
        ])
    func ofUsage(arguments: [String]) async throws {
        let result = try await Tool.run(arguments, input: Data())
        #expect(result.status == 1)
        #expect(result.output == "")
        #expect(result.errors.hasPrefix("sluice: "))
    }

    @Test("is documented in every help", arguments: [["--help"], ["cat", "--help"], ["collect", "--help"], ["help"]])
    func isDocumented(arguments: [String]) async throws {
        let result = try await Tool.run(arguments, input: Data())
        #expect(result.status == 0)
        #expect(result.output.contains("EXIT STATUS"))
        #expect(result.errors == "")
    }

    @Test("is 1 for a file that cannot be opened, and the others are read")
    func ofMissingFile() async throws {
        let result = try await Tool.run("/no/such/file", "-", input: chatText("Hi"))
        #expect(result.output == "Hi")
        #expect(result.errors.hasPrefix("sluice: cannot open /no/such/file: No such file or directory\n"))
        #expect(result.status == 1)
    }

    @Test("is 1 for what cannot be read")
    func ofFolder() async throws {
        for command in ["cat", "collect", "frames"] {
            let result = try await Tool.run(command, "/")
            #expect(result.output == "")
            #expect(
                result.errors
                    == "sluice: cannot read /: it is a folder without a recording (none of stream.sse, stream.ndjson, "
                    + "stream.json, stream.aws); give a file, or a folder that 'sluice record' has written\n")
            #expect(result.status == 1)
        }
    }

    @Test("a malformed event is one line with file, offset, number and excerpt, and the end says how many there are")
    func malformed() async throws {
        try await Folder.with { folder in
            let file = try folder.file("a.sse", chatText("a") + brokenEvent + chatDone)
            let result = try await Tool.run(file)
            let offset = chatText("a").utf8.count
            #expect(result.output == "a")
            #expect(
                result.errors
                    == "sluice: \(file): the event is not valid JSON; it was skipped (malformed-payload, byte \(offset), event 2): {broken\n"
                    + "sluice: the stream is complete, but 1 event could not be read\n"
            )
        }
    }

    @Test("a message of the stream takes one line and moves no cursor")
    func oneLine() async throws {
        let input = "data: {\"error\":{\"message\":\"a\\nb\\u001b[2Jc\"}}\n\n"
        let result = try await Tool.run(input: input)
        #expect(result.errors.hasPrefix("sluice: standard input: the stream carried an error: a\\nb^[[2Jc\n"))
    }

    @Test("an event that is too large is skipped and reported", arguments: ["borrowed", "ring", "linear"])
    func tooLarge(strategy: String) async throws {
        let input = chatText("a") + chatText(String(repeating: "x", count: 5000)) + chatText("b") + chatDone
        let result = try await Tool.run("--limit", "maxEventBytes=1000", "--strategy", strategy, input: input)
        #expect(result.output == "ab")
        #expect(result.errors.contains("event-too-large"))
        #expect(result.status == 2)
    }

    @Test("any split and each strategy give the same output", arguments: ["borrowed", "ring", "linear"])
    func splits(strategy: String) async throws {
        for chunk in ["1", "2", "3", "7", "64", "65536", "1000000"] {
            let result = try await Tool.run("--json", "--strategy", strategy, "--chunk", chunk, input: fullAnswer)
            #expect(result.output == fullAnswerJSON)
            #expect(result.status == 0)
        }
        let result = try await Tool.run("--json", "--strategy", strategy, input: fullAnswer)
        #expect(result.output == fullAnswerJSON)
    }

    @Test("a stream whose own numbers show a gap says so, and is not complete")
    func gap() async throws {
        let events = [0, 1, 4].map { "data: {\"delta\":\"w\($0) \",\"done\":false,\"chunk_index\":\($0)}\n\n" }
        let end = "data: {\"delta\":\"\",\"done\":true,\"chunk_index\":5,\"total_chunks\":5}\n\n"
        let result = try await Tool.run("cat", input: events.joined() + end)
        #expect(result.output == "w0 w1 w4 " && result.status == 2)
        #expect(result.errors.contains("the stream numbers this event 4, but 2 was expected: 2 are missing"))
        #expect(result.errors.contains("2 events are missing by the stream's own numbering"))
    }
}
