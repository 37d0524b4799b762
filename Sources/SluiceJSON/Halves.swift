/// Halves of surrogate pairs in WTF-8: `ED A0…AF xx` is a high one, `ED B0…BF xx` a low one.
package enum Halves {
    /// The UTF-8 of the character whose halves end the first text and begin the second; nil if they do not.
    package static func joined(_ first: ArraySlice<UInt8>, _ second: ArraySlice<UInt8>) -> [UInt8]? {
        guard first.count >= 3, second.count >= 3 else { return nil }
        let end = first.suffix(3)
        let (a, b) = (end[end.startIndex + 1], end[end.startIndex + 2])
        let (c, d) = (second[second.startIndex + 1], second[second.startIndex + 2])
        guard end[end.startIndex] == 0xED, a >= 0xA0, a < 0xB0 else { return nil }
        guard second[second.startIndex] == 0xED, c >= 0xB0 else { return nil }
        let high = UInt32(a & 0x0F) << 6 | UInt32(b & 0x3F)
        let low = UInt32(c & 0x0F) << 6 | UInt32(d & 0x3F)
        guard let scalar = Unicode.Scalar(0x10000 + high << 10 + low) else { return nil }
        return Array(String(scalar).utf8)
    }

    /// The three bytes of half a pair.
    package static func encoded(_ half: UInt32) -> [UInt8] {
        [0xED, UInt8(0x80 | half >> 6 & 0x3F), UInt8(0x80 | half & 0x3F)]
    }

    /// The text with U+FFFD for unpaired halves, which makes it UTF-8.
    package static func repaired(_ text: [UInt8]) -> [UInt8] {
        guard text.contains(0xED) else { return text }
        var text = text
        for index in text.indices.dropLast(2) where text[index] == 0xED && text[index + 1] >= 0xA0 {
            (text[index], text[index + 1], text[index + 2]) = (0xEF, 0xBF, 0xBD)
        }
        return text
    }
}
