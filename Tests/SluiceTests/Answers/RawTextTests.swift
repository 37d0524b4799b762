import Testing

@testable import Sluice
@testable import SluiceTestSupport

// Events whose data is text as it stands are known by what stands around it: whatever a line holds, and wherever chunks cut
// it, what comes out must be what framing alone makes of it.

@Suite("known events of raw text")
struct RawTextTests {
    private static let plain: [@Sendable (Int) -> String] = [
        { "data: token\($0)\n\n" }, { "data: token\($0)\r\n\r\n" }, { "event: message\ndata: token\($0)\n\n" },
    ]

    /// Text of each length around those of vectors, and the bytes that end, join or spoil a line.
    private static let texts: [String] =
        (0...70).map { String(repeating: "x", count: $0) }
        + [
            " two", "  three", "[DONE]", "[DONE", "[DONE] ", "[done]", "{\"a\":1}", "\"\"", "a\tb", "a\u{0}b", "a\rb",
            "a\r", "\r", "\rdata: b",
        ]
        + [
            "a\ndata: b", "a\ndata: ", "\ndata: ", "a\ndata:", "\ndata: \ndata: ", "é\ndata: ", "[DONE]\ndata: ",
            "a\nid: 4", "a\n: c", "a\r\ndata: b", "é", "水門が開く", "🙂", "a\u{7F}",
            String(repeating: "é", count: 40),
        ]
        + [
            String(repeating: "水", count: 30) + "\r", String(repeating: "x", count: 33) + "\rdata: y",
            String(repeating: "z", count: 400),
        ]

    private static let around: [@Sendable (String) -> String] = [
        { "data: \($0)\n\n" }, { "data:\($0)\n\n" }, { "data: \($0)\r\n\r\n" }, { "data: \($0)\r\r" },
        { "data: \($0)\n\r\n" },
        { "data: \($0)\r\n\n" }, { "event: message\ndata: \($0)\n\n" }, { "event: error\ndata: \($0)\n\n" },
        { "id: 7\ndata: \($0)\n\n" }, { ": comment\n\ndata: \($0)\n\n" }, { "data: \($0)\nretry: 9\n\n" },
        { "data\n\n: \($0)\n" },
    ]

    @Test("each text, behind known ones, in chunks of any size", arguments: plain.indices)
    func eachText(_ index: Int) throws {
        let known = (0..<6).map { Self.plain[index]($0) }.joined()
        let behind = (6..<9).map { Self.plain[index]($0) }.joined()
        let ending = index == 1 ? "\r\n\r\n" : "\n\n"
        for text in Self.texts {
            let bytes = Array((known + (index == 2 ? "event: message\n" : "") + "data: " + text + ending + behind).utf8)
            try TemplateCheck(.rawText).check(bytes, sizes: [1, 7, 60, 61, 97, 1 << 16])
        }
    }

    @Test("drawn texts and lines around them, at any limit", arguments: Seeds.rounds(60))
    func drawn(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let usual = Self.plain.randomElement(using: &generator)!
        var text = (0..<4).map { usual($0) }.joined()
        for number in 0..<80 {
            if Int.random(in: 0..<3, using: &generator) > 0 {
                text += usual(number)
            } else {
                let texts = generator.oneIn(2) ? Self.texts[...] : Self.texts[71...]
                let around = generator.oneIn(2) ? Self.around[0] : generator.pick(Self.around)
                text += around(texts.randomElement(using: &generator)!)
            }
        }
        var limits = Limits()
        limits.maxEventBytes = [1 << 20, 80, 20].randomElement(using: &generator)!
        limits.maxEventNameBytes = [1024, 6].randomElement(using: &generator)!
        limits.maxDataLinesPerEvent = [65_536, 2, 1].randomElement(using: &generator)!
        var bytes = Array(text.utf8)
        // What is no UTF-8 is repaired.
        for _ in 0..<Int.random(in: 0...3, using: &generator) {
            bytes[Int.random(in: bytes.indices, using: &generator)] = UInt8.random(in: 0x80...0xFF, using: &generator)
        }
        let sizes = (0..<10).map { _ in Int.random(in: 1...900, using: &generator) }
        try TemplateCheck(.rawText, limits).check(bytes, sizes: sizes + [1 << 16])
    }

    @Test("the slow reference reads the same", arguments: Seeds.rounds(20))
    func reference(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        var text = ""
        for number in 0..<200 {
            let isUsual = Int.random(in: 0..<3, using: &generator) > 0
            text +=
                isUsual
                ? Self.plain[0](number)
                : Self.around.randomElement(using: &generator)!(Self.texts.randomElement(using: &generator)!)
        }
        let bytes = Array(text.utf8)
        let wanted = ReferenceStream.read(bytes, ReferenceTable(.rawText))
        var reader = DifferentialReader(maxTemplates: 16)
        for _ in 0..<2 {
            #expect(try reader.read(bytes, .rawText).difference(fromReference: wanted) == nil)
        }
    }

    @Test(
        "a marker of a format of one's own is none of its texts, be it empty, and texts of other kinds are not wanted")
    func markers() throws {
        for marker in ["", "x", "END", "\n", "END\n", String(repeating: "m", count: 80)] {
            var format = WireFormat.rawText
            format.name = "mine"
            format.terminalPayloads = [marker]
            let known = (0..<8).map { "data: \($0)\n\n" }.joined()
            let data = marker.replacing("\n", with: "\ndata: ")
            let bytes = Array((known + known + "data: \(data)\n\n" + known).utf8)
            try TemplateCheck(format).check(bytes, sizes: [5, 61, 200, 1 << 16])
            var parser = StreamParser(format: format)
            try parser.parse(bytes.span) { _ in }
            #expect(try parser.finish { _ in }.status == .complete, "\(marker)")
        }
        var parser = StreamParser(format: .rawText, kinds: [.finish])
        var found = 0
        try parser.parse(Array((0..<600).map { "data: \($0)\n\n" }.joined().utf8).span) { _ in found += 1 }
        let end = try parser.finish { _ in }
        #expect(found == 0 && end.frames == 600)
    }
}
