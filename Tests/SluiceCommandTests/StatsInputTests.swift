import Foundation
import Testing

@Suite("what sluice stats reads and prints", .hangGuard)
struct StatsInputTests {
    @Test("a file without times has figures that need none, and says so")
    func plainFile() async throws {
        try await Folder.with { folder in
            let path = try folder.file("plain.sse", MadeReads.known.stream)
            let json = try JSONValue(try await Tool.run("stats", "--json", path).output)
            for name in [
                "clock", "ttft_seconds", "tpot_seconds", "tokens_per_second", "stalls", "reads", "itl_p50_seconds",
            ] {
                #expect(json[name] == .null, "\(name)")
            }
            #expect(
                json["tokens"] == .number(5) && json["usage_output"] == .number(6)
                    && json["content_bytes"] == .number(9))
            let text = try await Tool.run("stats", path)
            #expect(text.output.contains("unknown: a file without stream.times; see 'sluice record'"))
            #expect(!text.output.contains("gaps") && text.status == 0)
        }
    }

    @Test("a recording is found by its folder, its stream, and while it goes on")
    func places() async throws {
        try await Folder.with { folder in
            let whole = try MadeReads.write([.plain], "whole", in: folder)
            let part = try MadeReads.write([.plain], "part", in: folder, stream: "stream.part")
            // The last read has come, and its line has not.
            let times = URL(fileURLWithPath: part).appendingPathComponent("stream.part.times")
            try Data((MadeReads.plain.times.split(separator: "\n").prefix(2).joined(separator: "\n") + "\n4").utf8)
                .write(to: times)
            for path in [whole, whole + "/", whole + "/stream.sse", part] {
                let json = try JSONValue(try await Tool.run("stats", "--json", path).output)
                #expect(json["clock"] == .string("recorded") && json["tokens"] == .number(3), "\(path)")
                #expect(json["status"] == .string("complete"), "\(path)")
            }
        }
    }

    @Test(
        "times that are not the stream's are an error",
        arguments: [
            ("0\t5\n", "reports 5 bytes, but the stream has"), ("0\t999999\n", "line 1: the stream has"),
            ("5\t5\n1\t5\n", "line 2: earlier than the read before it"), ("x\n", "line 1: expected nanoseconds, a tab"),
            (String(repeating: "1", count: 100), "expected nanoseconds, a tab"),
            ("99999999999999999999\t5\n", "expected nanoseconds, a tab"),
        ])
    func wrongTimes(_ times: String, _ message: String) async throws {
        try await Folder.with { folder in
            let path = try MadeReads.write([.plain], "wrong", in: folder)
            try Data(times.utf8).write(to: URL(fileURLWithPath: path).appendingPathComponent("stream.times"))
            let result = try await Tool.run("stats", path)
            #expect(result.status == 1 && result.output == "")
            #expect(result.errors.contains("cannot read") && result.errors.contains(message), "\(result.errors)")
        }
    }

    @Test("a format of the user's own is read, whatever its framing")
    func ownFormat() async throws {
        try await Folder.with { folder in
            let reads = MadeReads(reads: [
                (0, "{\"w\":\"a\"}\n"), (10, "{\"w\":\"b\"}\n"), (30, "{\"w\":\"\",\"done\":true}\n"),
            ])
            for name in ["stream.ndjson", "stream.sse"] {
                let path = try MadeReads.write([reads], name, in: folder, stream: name)
                let json = try JSONValue(try await Tool.run("stats", "--json", "--text", "w", path).output)
                #expect(json["tokens"] == .number(2) && json["itl_max_seconds"] == .number(0.01), "\(name)")
                #expect(json["reads"] == .number(3) && json["status"] == .string("complete"), "\(name)")
            }
        }
    }

    @Test("a pipe's reads are timed, and Ctrl-C prints what there is")
    func live() async throws {
        let tool = try LiveTool("stats", "--json")
        // More than a pipe holds: a write returns when the event at its front has been read.
        let padding = String(repeating: ": " + String(repeating: "x", count: 1000) + "\n", count: 300)
        try tool.write(chatText("a") + padding)
        try await Task.sleep(for: .milliseconds(300))
        try tool.write(chatText("b") + padding)
        tool.signal(SIGINT)
        let line = try tool.readLine()
        #expect(await tool.end() == 130)
        let json = try JSONValue(line)
        #expect(json["clock"] == .string("live") && json["status"] == .string("interrupted"))
        #expect(json["tokens"] == .number(2) && json["itl_count"] == .number(1))
        #expect(try #require(json["itl_max_seconds"]?.number) >= 0.3)
        #expect(try #require(json["reads"]?.number) >= 2)
        #expect(try JSONSchema("stats").problems(json).isEmpty)
    }

    @Test("nothing for as long as --timeout says ends the measurement")
    func timeout() async throws {
        let tool = try LiveTool("stats", "--json", "--timeout", "0.3")
        try tool.write(chatText("a"))
        let json = try JSONValue(try tool.readLine())
        #expect(await tool.end() == 5)
        #expect(json["status"] == .string("truncated") && json["tokens"] == .number(1))
    }

    @Test(
        "bars are of blocks, or of ASCII where that is all there is",
        arguments: [
            (["LC_ALL": "C.UTF-8", "TERM": "xterm"], true), (["LC_ALL": "C", "TERM": "xterm"], false),
            (["LC_ALL": "C.UTF-8", "TERM": "dumb"], false), (["LC_ALL": "", "LC_CTYPE": "", "LANG": ""], false),
        ])
    func bars(_ environment: [String: String], _ isUnicode: Bool) async throws {
        try await Folder.with { folder in
            let path = try MadeReads.write([.known], "known", in: folder)
            let result = try await Tool.run(
                ["stats", path], input: Data(), environment: environment.merging(["COLUMNS": "60"]) { $1 })
            #expect(result.output.contains("█") == isUnicode && result.output.contains("##") != isUnicode)
            #expect(result.output.utf8.allSatisfy { $0 < 0x80 } != isUnicode)
            #expect(result.lines.contains { $0.count == 59 }, "\(result.output)")
            #expect(result.output.contains("time to first token     100 ms\n"))
            #expect(result.output.contains("time per output token   412 ms (tokens by the server's usage)\n"))
            #expect(result.output.contains("stalls over 1 s         1, 2.00 s in all; longest 2.00 s from 150 ms"))
        }
    }

    @Test("a table fits the screen: columns and the beginnings of names give way", arguments: [60, 80, 100, 140])
    func width(_ columns: Int) async throws {
        try await Folder.with { folder in
            let path = try MadeReads.write([.known, .plain], "known", in: folder)
            let result = try await Tool.run(
                ["stats", path], input: Data(), environment: ["COLUMNS": "\(columns)", "LC_ALL": "C"])
            let rows = result.lines.prefix(3)
            #expect(rows.allSatisfy { $0.count <= columns }, "\(rows)")
            #expect(rows.first?.contains("TTFT") == true && rows.last?.contains("wn#2 ") == true, "\(rows)")
            #expect(rows.first?.contains("events") == (columns == 140))
        }
    }

    @Test("what a stream says moves no cursor and breaks no line")
    func hostile() async throws {
        let input = chatText("a") + chat("", more: ",\"finish_reason\":\"a\\n\\u001b[2Jb,c\"") + chatDone
        let text = try await Tool.run("stats", input: input)
        #expect(text.output.contains("finish a\\n^[[2Jb,c\n"))
        let csv = try await Tool.run("stats", "--csv", input: input)
        #expect(csv.output.contains("\"a\n\u{1B}[2Jb,c\""))
    }

    @Test(
        "options that do not go together are refused",
        arguments: [
            ["--json", "--csv"], ["--force"], ["--stall", "-1"], ["--stall", "nan"], ["--timeout", "0"],
        ])
    func options(_ arguments: [String]) async throws {
        let result = try await Tool.run(["stats"] + arguments, input: Data())
        #expect(result.status == 1 && result.output == "" && result.errors.contains("--"))
    }

    @Test(
        "damaged streams set the exit status as with cat",
        arguments: [("", 3), (chatError, 4), (brokenEvent + chatDone, 2)])
    func status(_ more: String, _ status: Int) async throws {
        let result = try await Tool.run("stats", "--json", input: chatText("a") + more)
        #expect(Int(result.status) == status && result.lines.count == 1)
    }
}
