import Foundation
import Testing

/// Anthropic's events, of which the format knows only the named ones.
private func event(_ type: String, _ more: String = "\"of\":\"the day\"") -> String {
    "data: {\"type\":\"\(type)\",\(more)}\n\n"
}

private let blockText = event("content_block_delta", "\"index\":0,\"delta\":{\"type\":\"text_delta\",\"text\":\"Hi\"}")
private let messageStop = "data: {\"type\":\"message_stop\"}\n\n"

@Suite("how a stream ends, in every output")
struct StreamEndTests {
    private static let advice =
        "; read text in them with 'sluice cat --text PATH', or look at them with 'sluice frames'\n"

    @Test("unread events are named with their counts and first places, and do not change the exit status")
    func unread() async throws {
        let first = blockText.utf8.count
        let second = first + event("news").utf8.count * 2
        let input = blockText + event("news") + event("news") + event("weather") + messageStop
        let message =
            "sluice: standard input: 3 events were not read: news (2, first at byte \(first), event 2), "
            + "weather (1, at byte \(second), event 4)" + Self.advice
        let kinds =
            "\"unread_events\":3,\"unread_kinds\":[{\"name\":\"news\",\"count\":2,\"offset\":\(first),\"event\":2},"
            + "{\"name\":\"weather\",\"count\":1,\"offset\":\(second),\"event\":4}]}\n"
        for command in [["cat"], ["cat", "--json"], ["collect"], ["stats"]] {
            let result = try await Tool.run(command, input: Data(input.utf8))
            #expect(result.errors == message && result.status == 0, "\(command)")
            if command != ["cat"] && command != ["stats"] { #expect(result.output.hasSuffix(kinds), "\(command)") }
        }
        let stats = try await Tool.run("stats", "--json", input: input)
        #expect(stats.output.contains("\"unread_events\":3,"))
        let report = try await Tool.run("stats", input: input)
        #expect(report.output.contains("5, 3 of them not read\n"), "\(report.output)")
        let one = try await Tool.run("cat", input: blockText + event("news") + messageStop)
        #expect(
            one.errors == "sluice: standard input: 1 event was not read: news (at byte \(first), event 2)" + Self.advice
        )
    }

    @Test("check warns of the first unread event of each kind")
    func checkUnread() async throws {
        let input = blockText + event("news") + event("news") + messageStop
        let result = try await Tool.run("check", input: input)
        let found = result.lines.filter { $0.contains("is not read") }
        #expect(
            found == [
                "-:\(blockText.utf8.count): event 2: warning: an event of the kind 'news' is not read; expected a kind that "
                    + "the format reads; read its text with --text PATH"
            ])
    }

    @Test(
        "a finished stream is good, unless the marker has to come",
        arguments: [["cat"], ["cat", "--json"], ["collect"]])
    func finished(_ command: [String]) async throws {
        let input = chatText("Hi") + chatFinish
        let place = "after 2 frames, \(input.utf8.count) bytes"
        let result = try await Tool.run(command, input: Data(input.utf8))
        #expect(result.status == 0 && result.errors == "")
        let strict = try await Tool.run(command + ["--strict"], input: Data(input.utf8))
        #expect(strict.status == 3 && strict.output == result.output)
        #expect(strict.errors == "sluice: the stream is finished, but its terminal marker did not come, \(place)\n")
        if command != ["cat"] { #expect(result.output.contains("\"status\":\"finished\"")) }
        let complete = try await Tool.run(command + ["--strict"], input: Data((input + chatDone).utf8))
        #expect(complete.status == 0 && complete.errors == "")
    }

    @Test("stats counts finished streams apart")
    func finishedStatistics() async throws {
        try await Folder.with { folder in
            let first = try folder.file("1", chatText("Hi") + chatFinish)
            let second = try folder.file("2", chatText("Hi") + chatDone)
            let result = try await Tool.run("stats", "--json", first, second)
            #expect(result.status == 0)
            #expect(result.lines.last?.contains("\"streams\":2,\"complete\":1,\"finished\":1,\"truncated\":0,") == true)
        }
    }

    @Test("an answer without anything in it says so", arguments: ["", "\"content\":\"\""])
    func emptyAnswer(_ delta: String) async throws {
        let input = chat(delta, more: ",\"finish_reason\":\"stop\"")
        for command in ["cat", "collect"] {
            let complete = try await Tool.run(command, input: input + chatDone)
            #expect(complete.errors == "sluice: the answer is complete and empty\n" && complete.status == 0)
            let finished = try await Tool.run(command, input: input)
            #expect(finished.errors == "sluice: the answer is finished and empty\n" && finished.status == 0)
        }
    }

    @Test("of a stream with events that cannot be read, the end says how many beside the status")
    func malformed() async throws {
        let input = chatText("Hi") + brokenEvent + brokenEvent
        let complete = try await Tool.run("cat", "--json", input: input + chatDone)
        #expect(complete.errors.hasSuffix("sluice: the stream is complete, but 2 events could not be read\n"))
        #expect(
            complete.output.contains("\"status\":\"complete\"") && complete.output.contains("\"malformed_events\":2,"))
        #expect(complete.status == 2)
        let cut = try await Tool.run("cat", input: input)
        #expect(cut.errors.hasSuffix("\(input.utf8.count) bytes; 2 events could not be read\n") && cut.status == 2)
    }

    @Test("a whole answer where a stream was expected is read, with a hint")
    func document() async throws {
        let hint = "sluice: the input is one whole answer, not a stream; check that the request says \"stream\": true\n"
        let answer =
            "{\"message\":{\"role\":\"assistant\",\"content\":\"Hi\"},\"done_reason\":\"stop\",\"done\":true}\n"
        for command in ["cat", "collect"] {
            let result = try await Tool.run(command, input: answer)
            #expect(result.errors == hint && result.status == 0)
            let stream = try await Tool.run(
                command, input: "{\"message\":{\"content\":\"Hi\"},\"done\":false}\n" + answer)
            #expect(stream.errors == "" && stream.status == 0)
        }
        let event = try await Tool.run("--text", "w", input: "data: {\"w\":\"Hi\",\"done\":true}\n\n")
        #expect(event.errors == "" && event.status == 0)
    }
}

@Suite("events of an unknown format")
struct UnknownFormatTests {
    private static let document =
        "{\"id\":\"a long identifier that is no text\",\"choices\":[{\"foo\":\"Hello\",\"bar\":\"ab\"},{\"foo\":\"!\"}],"
        + "\"response\":\"Hello there\",\"a.b\":\"no path says this name\",\"n\":1,\"e\":\"\",\"x\":{\"y\":[[\"z \\\" z\"]]}}"

    @Test(
        "the message names paths that would read the text, the longest first",
        arguments: ["data: \(document)\n\n", "\(document)\n\(document)\n", document, ": ping\n\ndata: \(document)\n\n"])
    func paths(_ input: String) async throws {
        for arguments in [["cat"], ["cat", "--chunk", "1"], ["cat", "--strategy", "ring"], ["collect"], ["stats"]] {
            let result = try await Tool.run(arguments, input: Data(input.utf8))
            let paths =
                "--text response, --text x.y[][], --text choices[].foo, --text choices[].bar, --text id; or --format"
            #expect(result.errors.contains("give the path of the text, such as \(paths)"), "\(result.errors)")
            #expect(result.status == 2)
            if arguments == ["collect"] { #expect(result.output.contains("\"format\":null,")) }
        }
        let read = try await Tool.run("cat", "--text", "choices[].foo", input: input)
        #expect(read.output.hasPrefix("Hello!"))
    }

    @Test("a document without strings has no path", arguments: ["{\"n\":1}", "{\"n\":[[1,2],{}]", "{\"a b\":\"x\"}"])
    func none(_ document: String) async throws {
        let result = try await Tool.run("cat", input: "data: \(document)\n\n")
        #expect(!result.errors.contains("such as --text"))
        #expect(result.status == 2)
    }
}
