// Texts with what breaks readers: every length of UTF-8, what must be escaped, what looks like framing, halves of pairs.

@testable import SluiceTestSupport

enum PropertyText {
    private static let words = [
        "a", "the", " word", " ", "  ", "x1", "0", ",", ".", "\n", "\r\n", "\t", "\"", "\\", "/", "\\n", "\\u0041", "{",
        "}",
        "[", "]", ":", "{\"a\":\"b\"}", "data: x\n\n", "data: [DONE]", "[DONE]", "é", "e\u{301}", "ß", "€", "日本", "🙂",
        "👩‍👩‍👧", "𝄞", "\u{0}", "\u{1}", "\u{1F}", "\u{7F}", "\u{80}", "\u{7FF}", "\u{800}", "\u{2028}", "\u{FEFF}",
        "\u{FFFD}",
        "\u{FFFF}", "\u{10000}", "\u{10FFFF}", "\u{D7FF}", "\u{E000}",
    ].map { Array($0.utf16) }

    private static let halves: [[UInt16]] = [
        [0xD83D], [0xDE42], [0xDBFF], [0xDC00], [0xD800, 0xD800], [0xDFFF, 0xD834],
    ]

    /// UTF-16 of some `most` units or fewer; now and then far more.
    static func units(_ generator: inout SeededGenerator, most: Int, hasHalves: Bool) -> [UInt16] {
        let count =
            generator.oneIn(60)
            ? 1 << Int.random(in: 6...11, using: &generator) : Int.random(in: 0...most, using: &generator)
        // Most text is letters.
        let isPlain = generator.oneIn(3)
        var units: [UInt16] = []
        while units.count < count {
            if hasHalves && generator.oneIn(24) {
                units += generator.pick(halves)
            } else if isPlain {
                units.append(UInt16.random(in: 0x61...0x7A, using: &generator))
            } else {
                units += generator.pick(words)
            }
        }
        return units
    }

    /// The same in up to `most` pieces, which may cut a pair in two.
    static func pieces(of units: [UInt16], _ generator: inout SeededGenerator, most: Int) -> [[UInt16]] {
        let count = Int.random(in: 0..<most, using: &generator)
        let cuts = (0..<count).map { _ in Int.random(in: 0...units.count, using: &generator) }.sorted()
        return zip([0] + cuts, cuts + [units.count]).map { Array(units[$0..<$1]) }
    }
}
