import Testing

@testable import Sluice
@testable import SluiceTestSupport

// What a stream is, told from how it begins; and what is said of one that is none.

@Suite("detection")
struct WireDetectionTests {
    @Test(
        "the framing shows in the first bytes, however few come at a time",
        arguments: [
            ("data: x\n\n", Framing.sse), (": ping\n\n", .sse), ("\u{FEFF}data: x\n\n", .sse),
            ("\n\nevent: a\ndata: x\n\n", .sse),
            ("id\n\n", .sse), ("{\"a\":1}\n", .ndjson), ("\u{FEFF}{\"a\":1}\n", .ndjson), (" \n {\"a\":1}\n", .ndjson),
            ("{ \"a\":1}\n", .ndjson),
            ("[{\"a\":1}]", .jsonArray), (" \r\n[\n{}]", .jsonArray), ("{\n\"a\":1}", .jsonArray),
            ("{\r\n  \"a\":1\r\n}", .jsonArray),
            ("{  \n}", .jsonArray), ("{}", .ndjson), ("\u{0}\u{0}\u{0}\u{10}", .awsEventStream),
        ])
    func framing(_ text: String, _ framing: Framing) {
        for size in [1, 2, 3, 64] {
            var parser = FrameParser(framing: nil)
            var run = FrameRun(framing: nil)
            _ = run.log(Chunks(Array(text.utf8), of: size), &parser)
            #expect(parser.framing == framing, "borrowed, chunks of \(size)")
            var other = FrameParser(framing: nil)
            run.feeding = .ring
            _ = run.log(Chunks(Array(text.utf8), of: size), &other)
            #expect(other.framing == framing, "ring, chunks of \(size)")
        }
    }

    @Test("white space alone tells no framing, and is no error")
    func whiteSpace() throws {
        for text in ["", " ", "\n\n", "\u{FEFF}", "\r\n \t"] {
            let log = try Self.log(text)
            #expect(log.lines.count == 1, "\(VisibleBytes.write(Array(text.utf8)))")
            #expect(log.lines[0].hasPrefix("end \(text.isEmpty ? "empty" : "truncated") frames=0 deltas=0"))
        }
    }

    @Test("what comes before the first telling payload is read, once the format is known")
    func earlierPayloads() throws {
        let chat =
            "data: {\"object\":\"chat.completion.chunk\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"a\"}}]}\n\n"
        let log = try Self.log("data: {\"note\":1}\n\ndata: {\"error\":\n\n: x\n\n" + chat + "data: [DONE]\n\n")
        #expect(log.formatName == "openai-chat")
        #expect(
            log.lines == [
                "malformed malformed-payload offset=18 event=2", "text choice=0 \"a\"",
                "end complete frames=4 deltas=1 unread=1",
            ])
    }

    @Test(
        "an error that many formats share is read, where nothing else tells the format",
        arguments: [
            ("data: {\"error\":{\"message\":\"bad key\",\"type\":\"auth\"}}\n\n", "auth"),
            ("data: {\"error\":\"bad key\"}\n\n", ""),
            ("{\n  \"error\": {\n    \"message\": \"bad key\",\n    \"type\": \"auth\"\n  }\n}\n", "auth"),
            ("{\"error\":{\"message\":\"bad key\",\"type\":\"auth\"}}", "auth"), ("{\"error\":\"bad key\"}\n", ""),
            ("{\n  \"error\": {\n    \"message\": \"bad key\"\n  }\n}\n", ""),
            ("event: error\ndata: {\"error\":{\"message\":\"bad key\"}}\n\n", ""),
        ])
    func sharedError(_ text: String, _ type: String) throws {
        let log = try Self.log(text)
        #expect(log.lines.first == "error type=\"\(type)\" \"bad key\"")
        #expect(log.lines.count == 2 && log.lines[1].hasPrefix("end failed frames=1 deltas=1"))
    }

    @Test("payloads of no known format end the stream, with the first of them shown")
    func unknownFormat() throws {
        let first = "{\"hello\":\"world\"}"
        for (text, offset) in [
            ("data: \(first)\n\ndata: {}\n\n", 0), (": x\n\ndata: \(first)\n\n", 5), ("\(first)\n{}\n", 0),
            ("[\(first)]", 1),
        ] {
            let log = try Self.log(text)
            #expect(log.lines.first == "stopped unknown-format offset=\(offset) event=1", "\(text)")
            #expect(log.problems.first?.excerpt == first)
            #expect(log.problems.first?.detail.contains("name the format") == true)
        }
    }

    @Test("no more than 32 payloads are kept for a format to show")
    func patience() throws {
        let unknown = "data: {\"a\":1}\n\n"
        let chat = "data: {\"choices\":[{\"delta\":{\"content\":\"x\"}}]}\n\n"
        let early = try Self.log(String(repeating: unknown, count: 31) + chat)
        #expect(early.lines == ["text choice=0 \"x\"", "end truncated frames=32 deltas=1 unread=31"])
        let late = try Self.log(String(repeating: unknown, count: 32) + chat)
        #expect(late.lines.first == "stopped unknown-format offset=0 event=1")
        #expect(late.lines.last?.hasPrefix("end truncated") == true)
    }

    @Test("keep-alives tell no format, however many come, not even that the text is raw")
    func keepAlivesOnly() throws {
        let chat = "data: {\"choices\":[{\"delta\":{\"content\":\"x\"}}]}\n\n"
        for alive in ["data: : ping\n\n", "data:\n\n", "data: \"\"\n\n"] {
            let early = try Self.log(String(repeating: alive, count: 31) + chat)
            #expect(early.lines == ["text choice=0 \"x\"", "end truncated frames=32 deltas=1"])
            let late = try Self.log(String(repeating: alive, count: 32) + chat)
            #expect(late.lines == ["text choice=0 \"x\"", "end truncated frames=33 deltas=1"])
        }
    }

    @Test("64 KiB of white space before the first byte are lines of Server-Sent Events, fewer tell nothing")
    func leadingWhiteSpace() throws {
        let run = try WireRun(nil)
        let line = "{\"response\":\"a\",\"done\":true}\n"
        for (space, bracket) in [("\n", ""), (" ", ""), ("\r\n", ""), (" ", "{"), ("\n", "[")] {
            for count in [100, 65_535, 65_536, 65_537] {
                let filled = bracket == "{" ? "{" + String(repeating: space, count: count) + line.dropFirst() : nil
                let white = String(repeating: space, count: count / space.utf8.count)
                let bytes = Array((filled ?? white + bracket + line).utf8)
                let log = run.log(Chunks(whole: bytes))
                if count == 100 { #expect(log.lines.first == "text choice=0 \"a\"", "\(space) \(bracket)") }
                #expect(run.difference(from: log, over: [Chunks(bytes, of: 3)], feedings: [.borrowed]) == nil)
                let chunks = [63, 65_536].map { Chunks(bytes, of: $0) }
                #expect(run.difference(from: log, over: chunks, feedings: [.borrowed, .ring]) == nil)
            }
        }
    }

    @Test("white space before a document does not make it text", arguments: [" ", "\t ", "   "])
    func spaceBeforeDocument(_ space: String) throws {
        for text in [
            "data:  \(space){\"text\":\"a\"}\n\ndata: [DONE]\n\n", "\(space){\"response\":\"a\",\"done\":true}\n",
        ] {
            let log = try Self.log(text)
            #expect(log.lines.first == "text choice=0 \"a\"")
            #expect(log.lines.last?.hasPrefix("end complete") == true)
        }
    }

    @Test("text that is no JSON is raw text")
    func rawText() throws {
        let log = try Self.log("data: Once\n\ndata:  upon\n\ndata: [DONE]\n\n")
        #expect(log.formatName == "raw-text")
        #expect(log.lines == ["text choice=0 \"Once\"", "text choice=0 \" upon\"", "end complete frames=3 deltas=2"])
    }

    /// What is no stream, its first bytes, and what the error must say.
    static let noStreams: [(name: String, bytes: [UInt8], hint: String)] = [
        ("gzip", [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 3, 0x4B, 0x0A, 0xCB, 0x48, 0x0D, 0x80], "gzip"),
        ("gzip in one line", [0x1F, 0x8B, 8, 1, 1, 1, 1, 1, 1, 3], "gzip"),
        ("zstd", [0x28, 0xB5, 0x2F, 0xFD, 4, 0x0A, 0x61], "zstd"),
        ("a web page", Array("<!DOCTYPE html>\n<html>\n<body>502 Bad Gateway</body>\n</html>\n".utf8), "HTML"),
        ("a web page in one line", Array("<html>502</html>".utf8), "HTML"),
        (
            "HTTP headers",
            Array("HTTP/1.1 502 Bad Gateway\r\nContent-Type: text/html\r\nContent-Length: 0\r\n\r\n".utf8),
            "HTTP headers"
        ),
        ("UTF-16, little end first", [0xFF, 0xFE] + Array("data: x\n\n".utf8).flatMap { [$0, 0] }, "UTF-16"),
        ("UTF-16, big end first", [0xFE, 0xFF] + Array("data: x\n\n".utf8).flatMap { [0, $0] }, "UTF-16"),
        ("plain text", Array("upstream connect error or disconnect/reset before headers\n".utf8), "neither"),
        ("plain text with a colon", Array("Error: no such host\n".utf8), "neither"),
    ]

    @Test("what is no stream is said to be none, with a hint at what it is", arguments: noStreams.indices)
    func noStream(_ index: Int) throws {
        let (name, bytes, hint) = Self.noStreams[index]
        let run = try WireRun(nil)
        let log = run.log(Chunks(whole: bytes))
        #expect(log.lines.first == "stopped not-a-stream offset=0 event=0")
        #expect(log.lines.count == 2 && log.lines[1].hasPrefix("end truncated frames=0 deltas=0"))
        #expect(log.problems.first?.code == .notAStream, "\(name)")
        #expect(log.problems.first?.detail.contains(hint) == true, "\(name): \(log.problems)")
        #expect(log.problems.first?.detail.contains("\(bytes.count) bytes") == true, "\(name)")
        #expect(run.difference(from: log, over: Chunks.everySplit(of: bytes)) == nil, "\(name)")
    }

    @Test("a stream behind HTTP headers is read all the same")
    func headersBeforeStream() throws {
        let log = try Self.log(
            "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\ndata: {\"text\":\"a\"}\n\ndata: [DONE]\n\n")
        #expect(log.lines == ["text choice=0 \"a\"", "end complete frames=2 deltas=1"])
    }

    @Test("a table of one's own may take the name of one that Sluice knows, and is not detected")
    func ownFormat() throws {
        let mine = WireFormat(name: "openai-chat", framing: .sse, rules: [Rule("t", .text)])
        let bytes = Array("data: {\"t\":\"a\",\"choices\":[{\"delta\":{\"content\":\"b\"}}]}\n\n".utf8)
        #expect(WireRun.publicLog(mine, bytes).lines.first == "text choice=0 \"a\"")
    }

    @Test("every name finds its format, and no other does")
    func names() {
        #expect(WireFormat.all.count == 31)
        #expect(Set(WireFormat.all.map(\.name)).count == 31)
        for format in WireFormat.all { #expect(WireFormat.named(format.name)?.name == format.name) }
        for name in ["", "openai", "OpenAI-chat", "openai-chat "] { #expect(WireFormat.named(name) == nil) }
    }

    /// The log of a text with its format detected, which must be the same at every split.
    private static func log(_ text: String) throws -> WireLog {
        let run = try WireRun(nil)
        let engine = EngineCore()
        let bytes = Array(text.utf8)
        let whole = run.log(Chunks(whole: bytes), engine)
        #expect(run.difference(fromEverySize: whole, of: bytes, upTo: 80, engine) == nil, "\(text)")
        return whole
    }
}

@Suite("ends of streams")
struct WireEndTests {
    @Test("a finish that says ERROR is a failure")
    func errorFinish() {
        let second = "event: message-end\ndata: {\"type\":\"message-end\",\"delta\":{\"finish_reason\":\"ERROR\"}}\n\n"
        #expect(WireRun.publicLog(.cohereV2, Array(second.utf8)).lines.last?.hasPrefix("end failed") == true)
        let first = "{\"is_finished\":true,\"event_type\":\"stream-end\",\"finish_reason\":\"ERROR\"}\n"
        #expect(WireRun.publicLog(.cohereV1, Array(first.utf8)).lines.last?.hasPrefix("end failed") == true)
    }

    @Test("an error's code is its type, whichever of the two stands first")
    func codeAndType() {
        let fields = ["\"message\":\"m\"", "\"code\":\"c\"", "\"type\":\"t\""]
        let types = [[0, 1, 2], [0, 2, 1], [2, 1, 0]].map { order in
            let document = "{\"error\":{" + order.map { fields[$0] }.joined(separator: ",") + "}}"
            return WireRun.publicLog(.openAIChat, Array("data: \(document)\n\n".utf8)).lines.first
        }
        #expect(Set(types).count == 1, "\(types)")
    }
}
