import Testing

@testable import Sluice
@testable import SluiceTestSupport

// Text that is not plain ASCII is checked by Sluice's own code where it is short, a vector or a character at a time, and by
// simdjson where it is long. Swift's own validation says what is right.

@Suite("UTF-8 of texts of any length, against Swift's own validation")
struct UTF8Tests {
    /// Both sides of each border that the grammar of UTF-8 has.
    private static let bytes: [UInt8] = [
        0x41, 0x7F, 0x80, 0x8F, 0x90, 0x9F, 0xA0, 0xBF, 0xC0, 0xC1, 0xC2, 0xDF, 0xE0, 0xE1, 0xEC, 0xED, 0xEE, 0xEF,
        0xF0,
        0xF1, 0xF3, 0xF4, 0xF5, 0xF7, 0xF8, 0xFF,
    ]

    private func check(_ texts: [[UInt8]], maxTemplates: Int = 16) throws {
        let readings = try TextReadings(texts, maxTemplates: maxTemplates)
        #expect(readings.difference == nil)
    }

    @Test(
        "two, three and four bytes of all kinds, before, behind and between others",
        arguments: [0, 1, 27, 28, 29, 30, 31, 60])
    func kinds(before: Int) throws {
        let start = [UInt8](repeating: 0x61, count: before)
        var texts: [[UInt8]] = []
        for first in Self.bytes {
            for second in Self.bytes {
                texts.append(start + [first, second])
                for third in Self.bytes { texts.append(start + [first, second, third]) }
            }
        }
        try check(texts)
        try check(texts.filter { $0.count % 3 == 0 }, maxTemplates: 0)
    }

    @Test("four bytes of all kinds, at the beginning of a text and cut by the end of a vector", arguments: [0, 28, 62])
    func fourBytes(before: Int) throws {
        let start = [UInt8](repeating: 0x62, count: before)
        for first in Self.bytes where first >= 0xE0 {
            try check(
                Self.bytes.flatMap { second in
                    Self.bytes.flatMap { third in Self.bytes.map { start + [first, second, third, $0] + [0x63] } }
                })
        }
    }

    @Test("characters of all lengths in texts of all lengths, whole and without their last byte")
    func lengths() throws {
        var texts: [[UInt8]] = []
        for character in ["é", "水", "👩🏽‍🚀", "\u{FFFF}", "\u{10FFFF}", "\u{800}", "\u{D7FF}", "\u{E000}"] {
            for count in 1...40 {
                let text = Array(String(repeating: character, count: count).utf8)
                texts += [
                    text, Array(text.dropLast()), Array(text.dropFirst()), Array("a".utf8) + text + Array("z".utf8),
                ]
            }
        }
        try check(texts.filter { !$0.isEmpty })
    }

    @Test("raw text is repaired where it is not UTF-8, and left as it is where it is, behind known events or not")
    func rawText() throws {
        for before in [0, 1, 26, 27, 28, 30, 61, 62, 63, 64, 65, 254, 255] {
            let start = [UInt8](repeating: 0x78, count: before)
            var texts: [[UInt8]] = []
            for first in Self.bytes {
                for second in Self.bytes {
                    for third in [0x80, 0x41, 0xBF, 0xE0] as [UInt8] { texts.append(start + [first, second, third]) }
                }
            }
            for ending in ["\n\n", "\r\n\r\n"] { try checkRaw(texts, ending) }
        }
    }

    private func checkRaw(_ texts: [[UInt8]], _ ending: String) throws {
        let readings = try TextReadings(raw: texts, ending)
        #expect(readings.difference == nil)
    }
}
