import Foundation
import Testing

@testable import Sluice
@testable import SluiceTestSupport

// What people feed to a parser by mistake: bodies that nobody has decoded, text in other encodings, errors instead of
// streams. Each must say what it is, however it is cut.

@Suite("input that is no stream, or not yet one")
struct WrongInputTests {
    private static let events =
        "data: {\"choices\":[{\"delta\":{\"content\":\"a\"}}]}\n\ndata: {\"choices\":[{\"delta\":{\"content\":\"b\"}}]}\n\n"
        + "data: [DONE]\n\n"

    /// A body in chunks of `size` bytes, as HTTP/1.1 sends it.
    private static func chunked(_ text: String, of size: Int, line: (Int) -> String = { String($0, radix: 16) })
        -> [UInt8]
    {
        let bytes = Array(text.utf8)
        var body: [UInt8] = []
        for start in stride(from: 0, to: bytes.count, by: size) {
            let chunk = bytes[start..<min(start + size, bytes.count)]
            body += Array((line(chunk.count) + "\r\n").utf8) + chunk + Array("\r\n".utf8)
        }
        return body + Array("0\r\n\r\n".utf8)
    }

    /// The log of the bytes, which must be the same at every split.
    private static func log(_ bytes: [UInt8], _ format: WireFormat? = nil, _ framing: Framing? = nil) throws -> WireLog
    {
        var format = format
        if let framing { format?.framing = framing }
        let run = try WireRun(format)
        let whole = run.log(Chunks(whole: bytes))
        #expect(run.difference(from: whole, over: Chunks.everySplit(of: bytes)) == nil)
        return whole
    }

    @Test("the size of a chunk before the first field is told once, and the events that are whole are read")
    func chunkedBetweenEvents() throws {
        let event = Self.events.utf8.count / 2
        for line in ["%x", "%X", "%04x", "%x  ", "%x;name=value"] {
            let bytes = Self.chunked(Self.events, of: 200) { String(format: line, $0) }
            let log = try Self.log(bytes)
            let offset = String(format: line, min(200, Self.events.utf8.count)).utf8.count + 2
            #expect(
                log.lines == [
                    "malformed undecoded-body offset=\(offset) event=1", "text choice=0 \"a\"", "text choice=0 \"b\"",
                    "end truncated frames=3 deltas=2",
                ], "\(line), \(event)")
            #expect(log.problems.first?.detail.contains("decode chunked transfer encoding first") == true)
        }
    }

    @Test("chunks that end inside events cut them, and what cut them is told before", arguments: [7, 20, 30, 59])
    func chunkedInsideEvents(size: Int) throws {
        let log = try Self.log(Self.chunked(Self.events, of: size), .openAIChat)
        #expect(log.problems.first?.code == .undecodedBody)
        #expect(log.lines.last?.hasPrefix("end truncated") == true)
        #expect(log.problems.filter { $0.code == .undecodedBody || $0.code == .strayError }.count == 1)
    }

    @Test("so it is behind headers, blank lines and a byte order mark, before comments, ids and documents")
    func chunkedBehindOthers() throws {
        let size = "5\r\n"
        for before in ["", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", "\n\r\n", "\u{FEFF}", "1\r\n"] {
            for first in [": x", "id: 1", "event: x", "retry: 1", "data", "data:", "{\"a\":1}", "[{\"a\":1}"] {
                let bytes = Array((before + size + first + "\n\n" + Self.events).utf8)
                let log = try Self.log(bytes, .openAIChat, .sse)
                #expect(log.lines.first == "malformed undecoded-body offset=\((before + size).utf8.count) event=1")
                #expect(log.lines.last?.hasPrefix("end truncated") == true)
            }
        }
    }

    @Test("a first field that shows a chunk size, and exceeds a limit, has both problems", arguments: [1, 3, 7, 1_000])
    func twoProblems(_ size: Int) throws {
        var limits = Limits()
        limits.maxEventNameBytes = 4
        let bytes = Array(("5\r\nevent: output\ndata: x\n\n" + Self.events).utf8)
        let wanted = ReferenceStream.read(bytes, ReferenceTable(.openAIChat), limits)
        #expect(wanted.deltas.prefix(2).map(\.codes) == [["undecoded-body"], ["event-name-too-long"]])
        for maxTemplates in [0, 16] {
            var reader = DifferentialReader(maxTemplates: maxTemplates)
            let cuts = Array(stride(from: size, to: bytes.count, by: size))
            let found = try reader.read(bytes, .openAIChat, limits, cuts: cuts)
            #expect(found.difference(fromReference: wanted) == nil)
        }
    }

    @Test(
        "lines that are no chunk sizes, and sizes in other places, are passed over",
        arguments: [
            "5\n", "5g\r\n", "0x5\r\n", "12345678901234567\r\n", " 5\r\n", "5 5\r\n", ": x\n5\r\n", "id: 1\n5\r\n",
            "5\r\nx\r\n", "5\r\n\r\nx: y\n", "data: {}\n\n5\r\n", ";\r\n",
        ])
    func noChunkSizes(_ before: String) throws {
        let log = try Self.log(Array((before + Self.events).utf8), .openAIChat)
        #expect(log.problems.isEmpty)
        #expect(log.lines.prefix(2) == ["text choice=0 \"a\"", "text choice=0 \"b\""])
        #expect(log.lines.last?.hasPrefix("end complete") == true)
    }

    @Test("frames are the standard's: nothing but its fields counts there")
    func framesAreExact() throws {
        var parser = FrameParser(framing: .sse)
        let bytes = Self.chunked(Self.events, of: 200)
        var reader = parser.read(bytes.span)
        var count = 0
        while let frame = try reader.next() {
            count += 1
            #expect(frame.number == UInt64(count))
        }
        #expect(count == 3)
    }

    @Test("lines of JSON in chunks are told to be that, whether the framing was given or not")
    func chunkedLines() throws {
        let lines = "{\"response\":\"a\",\"done\":false}\n{\"response\":\"b\",\"done\":true}\n"
        let detected = try Self.log(Self.chunked(lines, of: 30))
        #expect(detected.problems.first?.code == .undecodedBody)
        let given = try Self.log(Self.chunked(lines, of: 30), .ollamaGenerate)
        #expect(given.problems.first?.detail.contains("decode chunked transfer encoding first") == true)
        #expect(given.lines.contains("text choice=0 \"a\""))
    }

    @Test(
        "a second byte order mark is told, and what is behind the line is read",
        arguments: ["data: x", "id: 1", ": x", "{\"a\":1}"])
    func secondMark(_ line: String) throws {
        let mark = "\u{FEFF}"
        for before in [mark, "data: {}\n\n", mark + ": x\n"] {
            let bytes = Array((before + mark + line + "\n\n" + Self.events).utf8)
            let log = try Self.log(bytes, .openAIChat)
            let number = before.contains("data") ? 2 : 1
            #expect(
                log.lines.first == "malformed stray-byte-order-mark offset=\(before.utf8.count) event=\(number)")
            #expect(log.lines.dropFirst().prefix(2) == ["text choice=0 \"a\"", "text choice=0 \"b\""])
            #expect(log.lines.last?.hasPrefix("end truncated") == true)
        }
    }

    private static func wide(_ text: String, _ width: Int, bigEndian: Bool) -> [UInt8] {
        text.utf8.flatMap { byte in
            let zeros = [UInt8](repeating: 0, count: width - 1)
            return bigEndian ? zeros + [byte] : [byte] + zeros
        }
    }

    @Test("text in wider units is told by its zeros, whatever it holds", arguments: [2, 4], [false, true])
    func wideText(width: Int, bigEndian: Bool) throws {
        let name = width == 2 ? "UTF-16" : "UTF-32"
        let event = "data: {\"a\":1}\n\n"
        let document = "{\"response\":\"a\"}\n"
        for text in [event, document, "[\(document)]", ": comment\n\n", "\n\n" + event, "event: x\r\n"] {
            for mark in ["", "\u{FEFF}"] {
                var bytes = Self.wide(text, width, bigEndian: bigEndian)
                if !mark.isEmpty {
                    let unit: [UInt8] = bigEndian ? [0xFE, 0xFF] : [0xFF, 0xFE]
                    let zeros = [UInt8](repeating: 0, count: width - 2)
                    bytes = (bigEndian ? zeros + unit : unit + zeros) + bytes
                }
                let log = try Self.log(bytes)
                #expect(log.problems.last?.code == .notAStream, "\(text), \(mark)")
                #expect(log.problems.last?.detail.contains(name) == true, "\(text), \(mark): \(log.problems)")
                #expect(log.problems.count == 1)
            }
        }
    }

    @Test("a message of Amazon's is none of them, however few of its bytes come at first")
    func amazonStays() throws {
        for length in [0, 1, 80, 81, 300, 70_000] {
            let payload = "{\"bytes\":\"" + String(repeating: "x", count: length) + "\"}"
            let message = AWSMessage(payload: payload, event: "chunk").bytes
            for count in 1...message.count where count < 40 || count == message.count {
                var parser = FrameParser(framing: nil)
                for byte in message[..<count] {
                    let chunk = [byte]
                    var reader = parser.read(chunk.span)
                    while let frame = try reader.next() { #expect(frame.number == 1) }
                }
                #expect(parser.framing == .awsEventStream || parser.framing == nil)
                if count > 12 { #expect(parser.framing == .awsEventStream, "\(count) of \(message.count)") }
            }
        }
    }

    /// What is no stream, and what the error must say of it.
    static let others: [(name: String, bytes: [UInt8], hint: String)] = [
        ("gzip in chunks", Array("1f\r\n".utf8) + [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 3, 0x4B], "chunked transfer"),
        ("deflate", [0x78, 0x9C, 0x4B, 0x49, 0x2C, 0x49, 0xB4, 0x52, 0xA8, 0x04, 0x00], "deflate"),
        ("brotli", [0x8B, 0x05, 0x80, 0x64, 0x61, 0x74, 0x61, 0x3A, 0x20, 0x78, 0x0A, 0x0A, 0x03], "br or deflate"),
        ("xz", [0xFD, 0x37, 0x7A, 0x58, 0x5A, 0x00, 0x00, 0x04], "xz"),
        ("bzip2", Array("BZh91AY&SY".utf8), "bzip2"),
        ("a string of events", Array("\"data: {\\\"choices\\\":[]}\\n\\ndata: [DONE]\\n\\n\"".utf8), "JSON string"),
        ("a string of a document", Array("\"{\\\"choices\\\":[]}\\n\"\n".utf8), "JSON string"),
        ("a year and text", Array("2024\r\nwas a good year\r\n".utf8), "neither"),
        ("text that ends inside a character", Array("Überholtes ist nicht mehr viel w".utf8.dropLast()), "neither"),
        ("text of 32 bytes that are cut", Array("thirty-one bytes and then some ü\n".utf8), "neither"),
    ]

    @Test("what is no stream is said to be none, with a hint at what it is", arguments: others.indices)
    func noStream(_ index: Int) throws {
        let (name, bytes, hint) = Self.others[index]
        let log = try Self.log(bytes)
        #expect(log.lines.first == "stopped not-a-stream offset=0 event=0", "\(name)")
        #expect(log.problems.first?.detail.contains(hint) == true, "\(name): \(log.problems)")
    }

    @Test("a long body that is no text is no stream, though lines of it begin like comments and documents")
    func longBinary() throws {
        var random = SeededGenerator(seed: 7)
        for start in [[0x1F, 0x8B, 8], [0x28, 0xB5, 0x2F, 0xFD], [0x8B, 0x05]] as [[UInt8]] {
            var bytes = start
            while bytes.count < 200_000 { bytes.append(UInt8(truncatingIfNeeded: random.next())) }
            bytes += Array("\n: not a comment\n{\u{1}\n".utf8)
            let run = try WireRun(nil)
            let log = run.log(Chunks(whole: bytes))
            #expect(log.problems.map(\.code) == [.notAStream])
            #expect(log.problems.last?.detail.contains("decompress") == true || start.count == 2)
            #expect(run.difference(from: log, over: [1, 7, 4096].map { Chunks(bytes, of: $0) }) == nil)
            // One line in many thousand looks like an error all the same.
            let unlucky = start + Array("\n{\" }\n".utf8) + bytes
            let told = run.log(Chunks(whole: unlucky))
            #expect(told.problems.map(\.code) == [.strayError, .notAStream])
            #expect(run.difference(from: told, over: [1, 7, 4096].map { Chunks(unlucky, of: $0) }) == nil)
        }
    }

    @Test("events whose blank lines are missing are named as that", arguments: [1, 7, 4096])
    func missingBlankLines(_ size: Int) throws {
        let event = "data: {\"text\":\"a\"}\n"
        for text in [event + event + "\n", event + "data: [DONE]\n\n", event + event] {
            let run = try WireRun(.textField)
            let log = run.log(Chunks(Array((event + "\n" + text).utf8), of: size))
            #expect(log.problems.map(\.event) == [2])
            #expect(log.problems.first?.detail.contains("blank lines between events are missing") == true)
        }
        let lines = "data: {\ndata: \"text\":tru}\n\n"
        let log = try WireRun(.textField).log(Chunks(whole: Array(lines.utf8)))
        #expect(log.problems.first?.detail.contains("blank lines") == false)
    }

    @Test("a data line among documents has one field, whatever its value looks like")
    func fieldInField() throws {
        let document = "{\"response\":\"a\",\"done\":false}\n"
        for value in ["event: x", "data: \(document.dropLast())", String(repeating: "data:", count: 500)] {
            let log = try Self.log(Array((document + "data: \(value)\n" + document).utf8), .ollamaGenerate)
            #expect(log.problems.map(\.code) == [.malformedPayload] && log.problems.map(\.event) == [2])
        }
    }

    @Test("a stream that is cut inside its first lines is one, and ends too early")
    func cutAtOnce() throws {
        let text = "\u{FEFF}event: x\nid: 1\nretry: 5\ndata: {\"text\":\"a\"}\nevent: y\n\n"
        for count in 1..<text.utf8.count {
            let log = try Self.log(Array(text.utf8.prefix(count)), .textField)
            #expect(log.problems.allSatisfy { $0.code == .incompleteEvent }, "\(count): \(log.problems)")
            // Whole lines without data say nothing.
            let prefix = text.utf8.prefix(count)
            let isQuiet = prefix.last == 0x0A && !String(decoding: prefix, as: UTF8.self).contains("data")
            #expect(log.lines.last?.hasPrefix(isQuiet ? "end empty" : "end truncated") == true, "\(count)")
        }
        for text in ["d", "dat", "eve", "i", "retr"] {
            #expect(try Self.log(Array(text.utf8)).lines == ["end truncated frames=0 deltas=0 inside-event"], "\(text)")
            #expect(try Self.log(Array((text + "\n").utf8)).problems.last?.code == .notAStream, "\(text)")
        }
        #expect(try Self.log(Array("da t".utf8)).problems.last?.code == .notAStream)
    }

    @Test("comments alone are a stream that has not begun; a few odd lines among them do not change that")
    func commentsOnly() throws {
        for text in [": a\n\n", ": a\n\nx: y\n: b\n", "x: y\n: a\n"] {
            #expect(try Self.log(Array(text.utf8)).lines == ["end empty frames=0 deltas=0"], "\(text)")
        }
        #expect(try Self.log(Array("x: y\ny: z\n: a\n".utf8)).problems.last?.code == .notAStream)
    }

    @Test(
        "one document that no format knows is said to be one, and whether it looks like an error",
        arguments: [
            ("{\"message\":\"Unauthorized\"}\n", "API error"), ("{\"id\":\"x\",\"output\":[]}\n", "\"stream\": true"),
            ("[{\"id\":\"x\"}]", "\"stream\": true"),
        ])
    func oneDocument(_ text: String, _ hint: String) throws {
        let log = try Self.log(Array(text.utf8))
        #expect(log.problems.map(\.code) == [.unknownFormat], "\(text)")
        #expect(log.problems.last?.detail.contains(hint) == true, "\(text): \(log.problems)")
    }

    @Test(
        "one document that is an error by its form is the stream's error",
        arguments: [
            ("{\"detail\":\"Not Found\"}", "Not Found"), ("{\n  \"errors\": [\"x\"]\n}\n", "x"),
            ("{\"title\":\"Gone\",\"status\":410}", "Gone"),
            ("{\"message\":\"Unauthorized\",\"code\":401}\n", "Unauthorized"),
        ])
    func errorDocument(_ text: String, _ message: String) throws {
        let found = DeltaRun().log(Chunks(whole: Array(text.utf8)))
        #expect(found.failure == nil && found.end?.status == .failed)
        #expect(found.deltas.map(\.kind) == [.error] && found.deltas.first?.text == message)
        #expect(try Self.log(Array(text.utf8)).problems.isEmpty)
    }

    @Test("several documents are not said to be one")
    func severalDocuments() throws {
        let log = try Self.log(Array("{\"what\":1}\n{\"what\":2}\n".utf8))
        #expect(log.problems.last?.code == .unknownFormat)
        #expect(log.problems.last?.detail.contains("one JSON document") == false)
    }

    @Test("where the format is given, the first event that cannot be read says what the input may be")
    func givenFormats() throws {
        let page = Array("<html>502 Bad Gateway</html>\n".utf8)
        #expect(try Self.log(page, .ollamaChat).problems.first?.detail.contains("HTML") == true)
        #expect(try Self.log(page, .bedrock).problems.first?.detail.contains("HTML") == true)
        #expect(try Self.log(page, .geminiGenerate, .jsonArray).problems.first?.detail.contains("HTML") == true)
        let second = Array("{\"response\":\"a\"}\n".utf8) + page
        #expect(try Self.log(second, .ollamaGenerate).problems.first?.detail.contains("HTML") == false)
        var broken = AWSMessage(payload: "{\"a\":1}").bytes
        broken[9] ^= 1
        let log = try Self.log(broken + AWSMessage(payload: "{}").bytes, .bedrock)
        #expect(log.problems.map(\.code) == [.checksumMismatch])
        #expect(log.problems.first?.detail.contains("it is") == false)
    }

    @Test("no corpus has anything that is taken for wrong input", arguments: CorporaTests.names)
    func corporaAreRight(_ name: String) throws {
        let found = collect(try CorporaTests.bytes(name), chunkBytes: 4096, .borrowed)
        #expect(found.failure == nil)
        #expect(found.answer.problems.isEmpty)
    }

    @Test("and no recording", .enabled(if: Recordings.areThere, "needs the recordings beside the project; skipped"))
    func recordingsAreRight() throws {
        for recording in Recordings.all {
            let bytes = try recording.bytes()
            let found = collect(bytes, chunkBytes: bytes.count, .borrowed)
            let wrong = found.answer.problems.filter { $0.code == .undecodedBody || $0.code == .strayByteOrderMark }
            #expect(wrong.isEmpty, "\(recording.file)")
            #expect(found.failure?.code != .notAStream, "\(recording.file)")
        }
    }

    @Test("a stream in memory that several threads read begins as that of one does", arguments: [0, 300_000])
    func parallel(_ blanks: Int) throws {
        let many = String(repeating: Self.events, count: 8000)
        for before in ["", "HTTP/1.1 200 OK\r\n", "5\r\n", ": x\n"] {
            let bytes = Array((before + String(repeating: "\n", count: blanks) + many).utf8)
            let wanted = collect(bytes, chunkBytes: bytes.count, .borrowed, format: .openAIChat)
            let found = try ParallelParser.parse(bytes.span, format: .openAIChat, workers: 3, into: Accumulator()) {
                try? $0.add($1)
            }
            #expect(found.end == wanted.end, "\(before)")
            #expect(found.results.flatMap(\.problems) == wanted.answer.problems, "\(before)")
        }
    }

    @Test("of what is no stream all bytes count, whichever buffer they came through", arguments: Feeding.allCases)
    func bytesOfNoStream(_ feeding: Feeding) {
        // Binary, but for its last line, which looks like an error beside the framing and is told first.
        let bytes = [UInt8](repeating: 0xFF, count: 40) + Array("\nx\n{\"error\":\"x\"}".utf8)
        for size in [1, 7, 45, 1000] {
            let log = DeltaRun(format: .openAIChat, feeding: feeding).log(Chunks(bytes, of: size))
            #expect(log.failure?.code == SluiceError.Code.notAStream.rawValue, "chunks of \(size)")
            #expect(log.deltas.count == 1 && log.end?.bytes == UInt64(bytes.count), "chunks of \(size): \(log)")
        }
    }
}
