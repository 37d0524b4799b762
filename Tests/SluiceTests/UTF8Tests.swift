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

    private static func isValid(_ text: [UInt8]) -> Bool { String(validating: text, as: UTF8.self) != nil }

    /// Reads each text as that of an event whose template is known, and checks that it comes out if it is valid, and is an
    /// error if it is not.
    private func check(_ texts: some Sequence<[UInt8]>, maxTemplates: Int = 16) throws {
        let begin = Array("data: {\"text\":\"".utf8)
        let end = Array("\"}\n\n".utf8)
        var stream: [UInt8] = []
        for _ in 0..<8 { stream += begin + Array("known".utf8) + end }
        let known = stream.count
        var wanted: [[UInt8]?] = []
        for text in texts {
            let isValid = Self.isValid(text)
            wanted.append(isValid ? text : nil)
            stream += begin + text + end
            // Templates are asked for ever more seldom where nothing matches.
            if !isValid { for _ in 0..<2 { stream += begin + Array("known".utf8) + end } }
        }
        var limits = Limits()
        limits.maxTemplates = maxTemplates
        var parser = StreamParser(format: .textField, limits: limits)
        var found: [[UInt8]?] = []
        try parser.parse(stream.span) { delta in
            if delta.eventOffset < UInt64(known) { return }
            if delta.kind == .malformed { return found.append(nil) }
            if delta.string != "known" { found.append(delta.bytes.copied) }
        }
        #expect(found.count == wanted.count)
        let wrong = zip(found, wanted).first { $0 != $1 }
        #expect(wrong == nil, "\(wrong?.0 as Any) instead of \(wrong?.1 as Any)")
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

    /// Reads raw texts, each behind enough that are known, and followed by another that is not ASCII.
    private func checkRaw(_ texts: [[UInt8]], _ ending: String) throws {
        let known = Array("data: known\(ending)data: 水\(ending)".utf8)
        var stream: [UInt8] = []
        var wanted: [String] = []
        for text in texts {
            stream += known + Array("data: ".utf8) + text + Array(ending.utf8) + known
            wanted += ["known", "水", String(decoding: text, as: UTF8.self), "known", "水"]
        }
        var parser = StreamParser(format: .rawText)
        var found: [String] = []
        try parser.parse(stream.span) { found.append($0.string) }
        #expect(found.count == wanted.count)
        let wrong = zip(found, wanted).first { $0 != $1 }
        #expect(wrong == nil, "\(wrong?.0 as Any) instead of \(wrong?.1 as Any)")
    }
}
