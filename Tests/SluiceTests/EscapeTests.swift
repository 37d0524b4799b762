import Testing

@testable import Sluice
@testable import SluiceTestSupport

// Escapes are decoded eight bytes at a time, and long texts by the library's own search and copy: wherever an escape stands,
// around the lengths where one gives way to the other, the text must come out whole.

@Suite("escapes in texts of any length")
struct EscapeTests {
    private static let escapes = [("\\n", "\n"), ("\\u00e9", "é"), ("\\ud83d\\ude42", "🙂"), ("\\\\", "\\")]

    /// The text as a first event has it, which is parsed; read by its template it has to be the same.
    private func text(of escaped: String) throws -> String? {
        let parsed = try text(of: escaped, behind: 0)
        #expect(try text(of: escaped, behind: 6) == parsed, "by its template")
        return parsed
    }

    private func text(of escaped: String, behind known: Int) throws -> String? {
        var parser = StreamParser(format: .textField)
        var found = ""
        let before = (0..<known).map { "data: {\"text\":\"k\($0)\"}\n\n" }.joined()
        let event = "data: {\"text\":\"\(escaped)\"}\n\n"
        // Short texts are decoded with the bytes behind them, where there are any.
        let behind = "data: {\"text\":\"the one behind\"}\n\n"
        let range = before.utf8.count..<(before + event).utf8.count
        try parser.parse(Array((before + event + behind).utf8).span) {
            if range.contains(Int($0.eventOffset)) { found += $0.string }
        }
        return try parser.finish { _ in }.malformedEvents == 0 ? found : nil
    }

    @Test("one escape, at each place of texts up to 200 bytes", arguments: escapes)
    func oneEscape(escaped: String, plain: String) throws {
        for length in 0...200 {
            let before = String((0..<length).map { Character(Unicode.Scalar(UInt8(0x61 + $0 % 26))) })
            for behind in ["", "z", String(repeating: "y", count: 70)] {
                #expect(try text(of: before + escaped + behind) == before + plain + behind, "\(length) bytes before it")
            }
        }
    }

    @Test("each letter behind a backslash, at each place of texts up to 18 bytes")
    func letters() throws {
        let meanings: [Character: Character] = [
            "n": "\n", "\"": "\"", "\\": "\\", "/": "/", "t": "\t", "r": "\r", "b": "\u{8}", "f": "\u{c}",
        ]
        for byte in UInt8(0x20)..<0x7F where byte != UInt8(ascii: "u") {
            let letter = Character(Unicode.Scalar(byte))
            for length in 0...16 {
                let before = String("nbt/f\"rn/tbfrn/b".filter { $0 != "\"" }.prefix(length))
                for behind in ["", "n", "\\n/"] {
                    let plain = meanings[letter].map { before + String($0) + (behind == "\\n/" ? "\n/" : behind) }
                    #expect(
                        try text(of: before + "\\" + String(letter) + behind) == plain,
                        "\(letter), \(length) bytes before it")
                }
            }
        }
    }

    @Test("drawn texts of escapes and letters", arguments: Seeds.rounds(20))
    func drawn(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let parts = [
            ("\\n", "\n"), ("\\\\", "\\"), ("\\\"", "\""), ("\\r", "\r"), ("\\/", "/"), ("\\u0041", "A"),
            ("\\u00e9", "é"),
            ("n", "n"), ("b", "b"), ("/", "/"), ("é", "é"), (" ", " "), ("words", "words"),
        ]
        for _ in 0..<200 {
            let drawn = (0..<Int.random(in: 0...12, using: &generator)).map { _ in
                parts[Int.random(in: 0..<(Bool.random(using: &generator) ? parts.count : 5), using: &generator)]
            }
            let escaped = drawn.map(\.0).joined()
            #expect(try text(of: escaped) == drawn.map(\.1).joined(), "\(escaped)")
        }
    }

    @Test("two escapes, with texts around 64 bytes before, between and behind")
    func twoEscapes() throws {
        let lengths = [0, 1, 7, 8, 9, 55, 56, 57, 62, 63, 64, 65, 66, 71, 72, 73, 127, 128, 129, 1_000]
        for first in lengths {
            for second in lengths {
                let before = String(repeating: "a", count: first)
                let between = String(repeating: "b", count: second)
                let escaped = try text(of: before + "\\\"" + between + "\\/" + between)
                #expect(escaped == before + "\"" + between + "/" + between, "\(first) and \(second) bytes")
            }
        }
    }

    @Test("an escape that JSON does not know, behind texts around 64 bytes")
    func badEscape() throws {
        for length in [0, 7, 8, 56, 63, 64, 65, 72, 128, 1_000] {
            let before = String(repeating: "a", count: length)
            for bad in ["\\q", "\\u12g4", "\\x41"] {
                #expect(try text(of: before + bad + before) == nil, "\(bad) behind \(length) bytes")
            }
        }
    }

    @Test("units side by side, with surrogates, letters and plain text between them", arguments: Seeds.rounds(20))
    func units(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let pieces: [(String, String)] = [
            ("\\u0041", "A"), ("\\u00E9", "é"), ("\\u6c34", "水"), ("\\uFFFF", "\u{FFFF}"), ("\\u0800", "\u{800}"),
            ("\\u07ff", "\u{7FF}"), ("\\ud83d\\uDE42", "🙂"), ("\\n", "\n"), ("a", "a"), ("水", "水"),
            ("long text", "long text"),
            // A half alone, and two of the same kind: the next piece ends it.
            ("\\ud83d-", "\u{FFFD}-"), ("\\ude42", "\u{FFFD}"), ("\\ud83d\\ud83d.", "\u{FFFD}\u{FFFD}."),
        ]
        for _ in 0..<200 {
            let chosen = (0..<Int.random(in: 0..<12, using: &generator)).map { _ in
                pieces.randomElement(using: &generator)!
            }
            let escaped = chosen.map(\.0).joined()
            // A text that ends with half a pair waits for the other half.
            #expect(try text(of: escaped) == chosen.map(\.1).joined(), "\(escaped)")
        }
    }

    @Test("units with a digit that is none, or too few, at each place")
    func badUnits() throws {
        for before in ["", "\\u6c34", "\\u6c34\\u6c34", "text ", String(repeating: "t", count: 70)] {
            for place in 0..<4 {
                for bad in ["g", "/", ":", "@", "`", "G", "-", " ", "é"] {
                    var digits = ["0", "0", "e", "9"]
                    digits[place] = bad
                    #expect(try text(of: before + "\\u" + digits.joined()) == nil, "\(before) \(digits)")
                }
                #expect(try text(of: before + "\\u" + "00e9".prefix(place)) == nil, "\(before) \(place) digits")
            }
        }
    }
}
