import Testing

@testable import Sluice
@testable import SluiceTestSupport

// No byte is looked at twice for its delimiter, whatever the chunks: the engine counts what it looks at.

@Suite("linear cost")
struct LinearCostTests {
    static let streamBytes = 24_000
    static let sizes = [1, 7, 64, 1448, 1_000_000]

    static let streams: [(framing: Framing, piece: String, opening: String)] = [
        (.sse, "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\" word\"}}]}\n\n", ""),
        (.sse, ": comment\r\nevent: e\r\nid: 7\r\ndata: a\r\ndata: b\r\n\r\n", "\u{FEFF}"),
        (.ndjson, "{\"message\":{\"role\":\"assistant\",\"content\":\" word\"},\"done\":false}\n", ""),
        (.jsonArray, "{\"candidates\":[{\"content\":{\"parts\":[{\"text\":\" \\\"word\\\"\"}]}}]},\r\n", "["),
    ]

    @Test("every byte is scanned once, whatever the chunks", arguments: streams)
    func everyByteOnce(_ framing: Framing, _ piece: String, _ opening: String) {
        let bytes = Array((opening + String(repeating: piece, count: Self.streamBytes / piece.utf8.count)).utf8)
        for feeding in Feeding.allCases {
            for size in Self.sizes {
                for known in [framing, nil] {
                    var parser = FrameParser(framing: known, layout: feeding.layout)
                    let log = FrameRun(framing: known, feeding: feeding).log(Chunks(bytes, of: size), &parser)
                    check(
                        parser.scannedBytes == bytes.count,
                        "\(feeding), \(size): \(parser.scannedBytes) of \(bytes.count)")
                    #expect(log.frames.count == Self.streamBytes / piece.utf8.count, "\(feeding), \(size)")
                    #expect(log.problems.isEmpty, "\(feeding), \(size)")
                }
            }
        }
    }

    @Test(
        "one large event in chunks of a byte is scanned once",
        arguments: [(Framing.sse, 262_144), (.ndjson, 65_536), (.jsonArray, 65_536)])
    func oneLargeEvent(_ framing: Framing, _ size: Int) {
        let text = String(repeating: "0123456789abcde ", count: size / 16)
        let document = "{\"text\":\"\(text)\"}"
        let bytes = Array(
            (framing == .sse ? "data: \(document)\n\n" : framing == .ndjson ? "\(document)\n" : "[\(document)]").utf8)
        for feeding in Feeding.allCases {
            var parser = FrameParser(framing: framing, layout: feeding.layout)
            let log = FrameRun(framing: framing, feeding: feeding).log(Chunks(bytes, of: 1), &parser)
            check(parser.scannedBytes == bytes.count, "\(feeding): \(parser.scannedBytes) of \(bytes.count)")
            #expect(log.frames.map(\.data) == [Array(document.utf8)], "\(feeding)")
        }
    }

    @Test("an event of two lines with 128 KiB each is scanned once")
    func largeLines() {
        let line = "data: " + String(repeating: "x", count: 131_072) + "\r\n"
        let bytes = Array((line + line + "\r\n").utf8)
        for feeding in Feeding.allCases {
            var parser = FrameParser(framing: .sse, layout: feeding.layout)
            let log = FrameRun(framing: .sse, feeding: feeding).log(Chunks(bytes, of: 3), &parser)
            check(parser.scannedBytes == bytes.count, "\(feeding): \(parser.scannedBytes) of \(bytes.count)")
            #expect(log.frames.map(\.data.count) == [262_145], "\(feeding)")
        }
    }

    @Test("a token stream scans every byte once, also before its format is known", arguments: streams)
    func tokenStreams(_ framing: Framing, _ piece: String, _ opening: String) throws {
        let bytes = Array((opening + String(repeating: piece, count: 4000 / piece.utf8.count)).utf8)
        for size in Self.sizes {
            for fills in [false, true] {
                var engine = Engine()
                var stream = TokenStream()
                try read(Chunks(bytes, of: size), fills: fills, &engine, &stream)
                check(stream.scannedBytes == bytes.count, "\(size): \(stream.scannedBytes) of \(bytes.count)")
                #expect(stream.end.bytes == bytes.count, "\(size)")
            }
        }
    }

    @Test(
        "documents that cannot be read are walked a few times, however many they are", arguments: [0, 16],
        [1, 2, 7, 300])
    func unreadableDocuments(_ templates: Int, _ distance: Int) throws {
        var limits = Limits()
        limits.maxTemplates = templates
        let events = (0..<2_000).map { "data: {\"text\":\"word\($0 % distance == 0 ? "\\x" : "  ")\"}\n\n" }
        let bytes = Array(events.joined().utf8)
        var engine = Engine()
        var stream = TokenStream(format: .textField, limits: limits)
        var log = DeltaLog()
        try log.take(engine.read(bytes.span, of: &stream))
        #expect(stream.end.malformedEvents == UInt64((2_000 + distance - 1) / distance))
        let walked = engine.core.work.parser.walkedBytes
        #expect(walked <= 5 * UInt64(bytes.count), "\(walked) of \(bytes.count)")
    }

    private func read(_ chunks: Chunks, fills: Bool, _ engine: inout Engine, _ stream: inout TokenStream) throws {
        var log = DeltaLog()
        for chunk in chunks.slices {
            if fills {
                try lendFresh(chunk) { bytes throws(SluiceError) in try stream.fill(bytes) }
                try log.take(engine.pull(&stream))
            } else {
                try lendFresh(chunk) { bytes throws(SluiceError) in try log.take(engine.read(bytes, of: &stream)) }
            }
        }
        try log.take(engine.finish(&stream))
    }
}
