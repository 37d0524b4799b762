import Testing

@testable import Sluice

// Escapes are decoded eight bytes at a time, and long texts by the library's own search and copy: wherever an escape stands,
// around the lengths where one gives way to the other, the text must come out whole.

@Suite("escapes in texts of any length")
struct EscapeTests {
    private static let escapes = [("\\n", "\n"), ("\\u00e9", "é"), ("\\ud83d\\ude42", "🙂"), ("\\\\", "\\")]

    private func text(of escaped: String) throws -> String? {
        var parser = try StreamParser(format: .textField)
        var found = ""
        try parser.parse(Array("data: {\"text\":\"\(escaped)\"}\n\n".utf8).span) { found += $0.string }
        return try parser.finish().malformedEvents == 0 ? found : nil
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
}
