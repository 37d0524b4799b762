import Testing

@testable import Sluice
@testable import SluiceTestSupport

// Known events that chunks cut: put by unframed, and read with their end, or framed after all where that is another than was
// to be expected. Chunks are large enough that this happens, and the same bytes without templates say what must come out.

@Suite("known events that chunks cut")
struct CutEventTests {
    struct Stream: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var format: WireFormat
        /// Events enough to learn their templates from.
        var known: [UInt8]
        var rest: [UInt8]

        init(_ name: String, _ format: WireFormat, _ event: (Int) -> String) {
            testDescription = name
            self.format = format
            known = (0..<8).flatMap { Array(event($0).utf8) }
            rest = (8..<16).flatMap { Array(event($0).utf8) }
        }

        var bytes: [UInt8] { known + rest }
    }

    private static let words = [
        "a", " word", "", "\\n", " \\ud83d\\ude42", " é", String(repeating: "x", count: 70), "\\\"",
    ]

    private static func chat(_ number: Int) -> String {
        "data: {\"id\":\"chatcmpl-0\",\"created\":17000\(10 + number / 3),\"choices\":[{\"index\":0,\"delta\":{\"content\":\""
            + words[number % words.count] + "\"},\"finish_reason\":null}]}\n\n"
    }

    static let streams = [
        Stream("chat", .openAIChat, chat),
        Stream("chat with CRLF", .openAIChat) { chat($0).replacing("\n", with: "\r\n") },
        Stream("messages", .anthropicMessages) {
            "event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":\($0 / 12),\"delta\":"
                + "{\"type\":\"text_delta\",\"text\":\"\(words[$0 % words.count])\"}}\n\n"
        },
        Stream("chat behind ids", .openAIChat) { "id: \($0 * 13)\n" + chat($0) },
        Stream("messages behind ids with CRLF", .anthropicMessages) {
            "id:4b2e-\($0)\r\nevent: content_block_delta\r\ndata: {\"type\":\"content_block_delta\",\"index\":0,\"delta\":"
                + "{\"type\":\"text_delta\",\"text\":\"\(words[$0 % words.count])\"}}\r\n\r\n"
        },
        Stream("texts", .rawText) { "data: \($0) \(words[$0 % words.count]) and so on, for as long as it takes\n\n" },
        Stream("lines", .ollamaGenerate) {
            "{\"model\":\"m\",\"created_at\":\"2026-01-01T00:00:00.\(100_000 + $0 * 977)Z\",\"response\":\""
                + words[$0 % words.count] + "\",\"done\":false}\n"
        },
        Stream("lines with CRLF", .ollamaChat) {
            "{\"message\":{\"role\":\"assistant\",\"content\":\"\(words[$0 % words.count])\"},\"n\":\($0),\"done\":false}\r\n"
        },
    ]

    private func wanted(_ bytes: [UInt8], _ format: WireFormat) -> DeltaLog {
        var limits = Limits()
        limits.maxTemplates = 0
        return DeltaRun(format: format, limits: limits).log(Chunks(whole: bytes))
    }

    private func check(_ bytes: [UInt8], _ format: WireFormat, _ all: [Chunks], _ name: @autoclosure () -> String) {
        let difference = DeltaRun(format: format).difference(from: wanted(bytes, format), over: all)
        if let difference { Issue.record("\(name()): \(difference)") }
    }

    /// The first cut is behind what is known, the second at every byte of what follows, the third anywhere behind it.
    private func cuts(of stream: Stream) -> [Chunks] {
        let first = stream.known.count
        let bytes = stream.bytes
        return ((first + 1)..<bytes.count).map { cut in
            Chunks(bytes, at: [first, cut] + (cut % 3 == 0 ? [] : [min(bytes.count, cut + 256 + cut % 97)]))
        }
    }

    @Test("the same deltas, wherever they are cut", arguments: streams)
    func everyCut(_ stream: Stream) {
        check(stream.bytes, stream.format, cuts(of: stream), stream.testDescription)
    }

    @Test("the input ends behind the cut", arguments: streams)
    func endOfInput(_ stream: Stream) {
        for end in stride(from: stream.known.count + 300, to: stream.bytes.count, by: 1) {
            let bytes = Array(stream.bytes[..<end])
            check(bytes, stream.format, [Chunks(bytes, at: [stream.known.count])], "\(end) bytes")
        }
    }

    @Test("what comes behind the cut is no such event", arguments: streams)
    func otherEvent(_ stream: Stream) {
        let endings = [
            "\n\n", "\r\n\r\n", "\"}\n\n", "{\n", "\u{0}", ": comment\n", "data: more\n\n", "\\", "\\u", "é",
        ]
        for cut in stride(from: stream.known.count + 300, to: stream.bytes.count, by: 5) {
            let ending = endings[cut % endings.count]
            let bytes = stream.bytes[..<cut] + Array(ending.utf8) + stream.bytes[stream.known.count...]
            check(
                Array(bytes), stream.format, [Chunks(Array(bytes), at: [stream.known.count, cut])],
                "\(ending.debugDescription) at \(cut)")
        }
    }

    @Test("the same deltas, where chunks are about as long as events, and cut each once or twice", arguments: streams)
    func everySize(_ stream: Stream) {
        let bytes = stream.bytes + stream.rest + stream.rest
        check(bytes, stream.format, (48...400).map { Chunks(bytes, of: $0) }, stream.testDescription)
    }

    @Test(
        "an event that goes on over many chunks is compared three times at most, then framed", arguments: [false, true])
    func longEvent(_ fills: Bool) throws {
        let long = String(repeating: "0123456789", count: 40_000)
        let stream = Stream("long", .openAIChat) { number in
            "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"\(number == 12 ? long : "a")\"}}]}\n\n"
        }
        var engine = Engine()
        var tokens = TokenStream(format: stream.format)
        var log = DeltaLog()
        for chunk in Chunks(stream.bytes, of: 300).slices {
            if fills {
                try lendFresh(chunk) { bytes throws(SluiceError) in try tokens.fill(bytes) }
                try log.take(engine.pull(&tokens))
            } else {
                try lendFresh(chunk) { bytes throws(SluiceError) in try log.take(engine.read(bytes, of: &tokens)) }
            }
        }
        try log.take(engine.finish(&tokens))
        #expect(log.text().utf8.count == long.utf8.count + 15)
        #expect(tokens.scannedBytes == stream.bytes.count)
    }

    @Test(
        "what was filled and not pulled comes before the next chunk, and so does what was carried", arguments: streams)
    func filledBetween(_ stream: Stream) throws {
        let wanted = wanted(stream.bytes, stream.format)
        let start = stream.known.count + 3
        for first in start..<start + 200 {
            for length in [1, 47, 48, 60, 300] where first + length < stream.bytes.count {
                let parts = Chunks(stream.bytes, at: [first, first + length]).slices
                var parser = StreamParser(format: stream.format)
                var log = DeltaLog()
                try lendFresh(parts[0]) { bytes throws(SluiceError) in try log.take(parser.read(bytes)) }
                try lendFresh(parts[1]) { bytes throws(SluiceError) in try parser.fill(bytes) }
                try lendFresh(parts[2]) { bytes throws(SluiceError) in try log.take(parser.read(bytes)) }
                try log.take(parser.finish())
                if log.deltas != wanted.deltas {
                    Issue.record("cut at \(first) and \(first + length): \(log.firstDifference(from: wanted))")
                }
            }
        }
    }

    @Test("events of many lines among known ones leave nothing behind, however many chunks end with known ones")
    func joinedAmongKnown() throws {
        let known = "data: {\"text\":\"known\"}\n\n"
        let joined = "data: {\"text\":\ndata: \"\(String(repeating: "x", count: 1_000))\"}\n\n"
        let chunk = Array((known + joined + known + known).utf8)
        var engine = Engine()
        var stream = TokenStream(format: .textField)
        // So it keeps its core, as a parser does, and tells what that holds.
        try stream.fill([UInt8]().span)
        var texts = 0
        for _ in 0..<400 {
            var reader = engine.read(chunk.span, of: &stream)
            while try reader.next() != nil { texts += 1 }
        }
        #expect(texts == 400 * 4)
        #expect(stream.allocatedBytes <= 16_384, "\(stream.allocatedBytes) bytes")
    }
}
