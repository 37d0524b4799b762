import Foundation
import Testing

@Suite("saved HTTP responses", .hangGuard)
struct HTTPResponseTests {
    private static let answer = chatText("one ") + chatText("two") + chatDone
    private static let body = Data(answer.utf8)
    private static let chunkedHeader = "Transfer-Encoding: chunked"

    private func cat(_ data: Data, _ more: String...) async throws -> Tool.Result {
        try await Tool.run(["cat"] + more, input: data)
    }

    static let wholeResponses: [(name: String, data: Data)] = [
        ("until the end of the input", Saved.response(body: body)),
        ("Content-Length", Saved.response("content-length: \(body.count)", body: body)),
        ("chunked", Saved.response(chunkedHeader, body: Saved.chunked(body))),
        ("chunks of a byte", Saved.response(chunkedHeader, body: Saved.chunked(body, size: 1))),
        (
            "extensions and trailers",
            Saved.response(
                chunkedHeader, body: Saved.chunked(body, extension: " ;a=\"b;c\"", trailer: "X-Sum: 1\r\nY: 2\r\n"))
        ),
        ("chunked, and decoded by curl", Saved.response(chunkedHeader, body: body)),
        ("gzip, and decoded by curl", Saved.response("Content-Encoding: gzip", "Content-Length: 9", body: body)),
        ("br, and decoded by curl", Saved.response("Content-Encoding: br", body: body)),
        ("identity", Saved.response("Content-Encoding: identity", body: body)),
        (
            "blocks before it",
            Data(
                ("HTTP/1.1 200 Connection established\r\n\r\nHTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n"
                    + "HTTP/1.1 302 Found\r\nContent-Length: 154\r\nLocation: /x\r\n\r\n").utf8)
                + Saved.response(body: body)
        ),
        (
            "a redirect with its page",
            Data("HTTP/1.1 302 Found\r\nContent-Length: 8\r\n\r\n<a href>HTTP/2 200 \r\n\r\n".utf8) + body
        ),
        ("HTTP/2", Data("HTTP/2 200 \r\ncontent-type: text/event-stream\r\n\r\n".utf8) + body),
        ("line feeds alone", Data("HTTP/1.1 200 OK\nA: b\n\n".utf8) + body),
        ("a header line without a colon", Data("HTTP/1.1 200 OK\r\nodd\r\n\r\n".utf8) + body),
    ]

    @Test("are read without their headers", arguments: wholeResponses.map(\.name))
    func whole(_ name: String) async throws {
        let data = try #require(Self.wholeResponses.first { $0.name == name }).data
        for command in [["cat"], ["cat", "--strategy", "ring"], ["cat", "--chunk", "3"]] {
            let result = try await Tool.run(command, input: data)
            #expect(result.output == "one two" && result.errors == "" && result.status == 0, "\(result)")
        }
        let json = try await cat(data, "--json")
        #expect(json.lines.last?.contains("\"bytes\":\(Self.body.count),") == true, "\(json.output)")
        let frames = try await Tool.run(["frames"], input: data)
        #expect(frames.output == (try await Tool.run(["frames"], input: Self.body)).output)
        let tagged = try await cat(data, "--tag")
        #expect(tagged.output == "-: one two\n" && tagged.status == 0)
    }

    #if os(Linux)
    /// Short, with everything that a cut can separate.
    private static let dense: Data = {
        let text = "data: {\"w\":\"hé\"}\n\ndata: [DONE]\n\n"
        return Data("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n\(chunkedHeader)\r\n\r\n".utf8)
            + Saved.chunked(Data(text.utf8), size: 13, extension: ";x=1", trailer: "T: 1\r\n")
    }()

    @Test("give the same when they are cut at any byte, and at every byte")
    func splits() async throws {
        let command = ["cat", "--text", "w"]
        let data = Self.dense
        try await withThrowingTaskGroup(of: Void.self) { group in
            for (count, cut) in (1..<data.count).enumerated() {
                if count >= 8 { try await group.next() }
                group.addTask {
                    let result = try await Tool.run(command, packets: [data[..<cut], data[cut...]])
                    #expect(
                        result.output == "hé" && result.errors == "" && result.status == 0, "cut at \(cut): \(result)")
                }
            }
            try await group.waitForAll()
        }
        let result = try await Tool.run(command, packets: data.map { Data([$0]) })
        #expect(result.output == "hé" && result.errors == "" && result.status == 0)
    }
    #endif

    @Test("are printed chunk by chunk while they arrive")
    func live() async throws {
        for command in [["cat"], ["cat", "--json"], ["frames"], ["cat", "--tag", "--words"]] {
            let tool = try LiveTool(command)
            try tool.write(Saved.head + Self.chunkedHeader + "\r\n\r\n")
            let event = chatText("now\\n")
            try tool.write(String(event.utf8.count, radix: 16) + "\r\n" + event)
            // Nothing ends the chunk yet.
            #expect(try tool.readLine().contains("now"))
            try tool.write("\r\n" + String(chatDone.utf8.count, radix: 16) + "\r\n" + chatDone + "\r\n0\r\n\r\n")
            try tool.input.fileHandleForWriting.close()
            #expect(await tool.end() == 0)
        }
    }

    @Test("are followed while a file grows")
    func follow() async throws {
        try await Folder.with { folder in
            let path = try folder.file("saved", Saved.head)
            let tool = try LiveTool("cat", "--follow", path)
            let file = try FileHandle(forWritingTo: URL(fileURLWithPath: path))
            try file.seekToEnd()
            try file.write(contentsOf: Data("Content-Length: \(Self.body.count)\r\n\r\n".utf8) + Self.body.prefix(120))
            #expect(try tool.read(4) == "one ")
            try file.write(contentsOf: Self.body.dropFirst(120))
            #expect(try tool.read(3) == "two")
            // The response is whole, but something could follow it.
            tool.signal(SIGINT)
            #expect(await tool.end() == 130)
        }
    }

    @Test(
        "have an error with its place where they are damaged",
        arguments: [
            ("zz\r\n", "the chunk size 'zz' is not a hexadecimal number"), ("\r\n", "the chunk size ''"),
            ("-5\r\n", "the chunk size '-5'"), ("12345678901234567\r\n", "the chunk size '12345678901234567'"),
            (String(repeating: "1;", count: 3000), "the line of a chunk's size exceeds 4096 bytes"),
        ])
    func damaged(_ bytes: String, _ problem: String) async throws {
        let intact = Saved.response(Self.chunkedHeader, body: Saved.chunked(Data(chatText("one").utf8)).dropLast(5))
        let result = try await cat(intact + Data(bytes.utf8))
        #expect(result.output == "one" && result.status == 2)
        #expect(
            result.errors.contains(
                "standard input: damaged HTTP response: \(problem)"), "\(result.errors)")
        #expect(result.errors.contains("(byte \(intact.count) of the response)"), "\(result.errors)")
    }

    @Test("have an error where a chunk does not end with its line")
    func unendedChunk() async throws {
        let start = Saved.response(Self.chunkedHeader, body: Data("3\r\n: a".utf8))
        let result = try await cat(start + Data("b\r\n".utf8))
        #expect(result.errors.contains("a chunk is not followed by a line end (byte \(start.count) of the response)"))
        #expect(result.status == 2)
    }

    @Test(
        "that are cut say what is missing, after what there is",
        arguments: [
            (
                Saved.response("Content-Length: \(body.count + 5)", body: body),
                "\(body.count) of the \(body.count + 5) bytes"
            ),
            (Saved.response(chunkedHeader, body: Saved.chunked(body).dropLast(5)), "its body has no last chunk"),
        ])
    func cut(_ data: Data, _ problem: String) async throws {
        let result = try await cat(data)
        #expect(result.output == "one two" && result.status == 3, "\(result)")
        #expect(result.errors.contains("the HTTP response is cut: ") && result.errors.contains(problem))
        let collected = try await Tool.run(["collect"], input: data)
        #expect(collected.output.contains("\"text\":\"one two\"") && collected.status == 3)
        let headers = try await cat(Data("HTTP/1.1 200 OK\r\nA: b".utf8))
        #expect(headers.errors.contains("its header block has no empty line at its end") && headers.status == 3)
    }

    @Test("do not end the input with their body: bytes after it are reported, another response is read")
    func after() async throws {
        let one = Saved.response("Content-Length: \(Self.body.count)", body: Self.body)
        let two = try await cat(one + one)
        #expect(two.output == "one twoone two" && two.status == 0 && two.errors == "")
        let more = try await cat(one + Data("HTTPx and so on".utf8))
        #expect(more.output == "one two" && more.status == 2)
        #expect(more.errors == "sluice: standard input: 15 bytes after the end of the HTTP response are ignored\n")
    }

    @Test(
        "with headers of any length take little memory, and end in an error",
        .enabled(if: FileManager.default.fileExists(atPath: "/proc/self/status")))
    func hugeHeaders() async throws {
        try await Folder.with { folder in
            let problem = "the header block exceeds 262144 bytes"
            func peak(_ name: String, _ part: String, _ count: Int) async throws -> Int {
                let text = "HTTP/1.1 200 OK\r\nX: " + String(repeating: part, count: count)
                return try await LiveTool.peakBytes(of: folder.file(name, text), until: problem)
            }
            let few = try await peak("few", "0123456789", 30_000)
            let lines = try await peak("lines", "0123456789\r\nY: ", 2_000_000)
            let long = try await peak("long", "0123456789", 3_000_000)
            #expect(max(lines, long) - few < 16 << 20, "\(few), \(lines) and \(long) bytes")
        }
    }

    @Test("with an error's status say so, whatever their body is")
    func status() async throws {
        let busy = try await cat(
            Data("HTTP/1.1 429 Too\u{1B}[2J Many\r\n\r\n".utf8) + Data("{\"error\":{\"message\":\"slow\"}}\n".utf8))
        #expect(busy.errors.hasPrefix("sluice: standard input: the server answered HTTP 429 Too^[[2J Many\n"))
        #expect(busy.errors.contains("slow") && busy.status == 4)
        let empty = try await cat(Data("HTTP/2 500 \r\n\r\n".utf8))
        #expect(empty.errors.contains("the server answered HTTP 500\n") && empty.status == 2)
        let moved = try await cat(Data("HTTP/1.1 301 Moved\r\nContent-Length: 5\r\n\r\n<html".utf8))
        #expect(moved.errors.contains("HTTP 301 Moved, a redirect; follow it with 'curl -L'") && moved.status == 2)
        let odd = try await cat(Data("HTTP/1.1 none\r\n\r\n".utf8))
        #expect(odd.errors.contains("the status line 'HTTP/1.1 none' has no status (byte 0") && odd.status == 2)
    }

    @Test("with an encoding that no tool decodes say what to do")
    func unsupported() async throws {
        for name in ["br", "deflate", "gzip, br"] {
            let result = try await cat(
                Saved.response("Content-Encoding: \(name)", body: Data((0..<200).map { UInt8($0) ^ 0x8B })))
            #expect(result.output == "" && result.status == 1)
            #expect(result.errors.contains("has the Content-Encoding '\(name.suffix(name == "deflate" ? 7 : 2))'"))
            #expect(result.errors.contains("'curl --compressed'"))
        }
    }

    @Test("offsets in messages count the body's bytes, and the message says so")
    func offsets() async throws {
        let events = chatText("a") + brokenEvent + chatDone
        let result = try await cat(Saved.response(Self.chunkedHeader, body: Saved.chunked(Data(events.utf8))))
        #expect(result.errors.hasPrefix("sluice: standard input (HTTP body): the event is not valid JSON"))
        #expect(result.errors.contains("byte \(chatText("a").utf8.count), event 2"))
    }

    @Test("text that begins like one is no response", arguments: ["HTTP", "HTTP/", "HTTP/x: 1\n\n", "H\n\n", "P*M"])
    func alike(_ text: String) async throws {
        let result = try await cat(
            Data((text + "\n\n" + Self.answer).utf8), "--text", "choices[].delta.content", "--framing", "sse")
        #expect(result.output == "one two" && result.status == 0, "\(result)")
    }
}
