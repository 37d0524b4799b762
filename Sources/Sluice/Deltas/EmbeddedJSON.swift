/// JSON of a stream that is to be written into another document.
///
/// A payload's JSON is checked, except for escapes in strings that no rule reads, and it may nest as deep as the limits allow.
/// Readers of the other document reject unknown escapes, and many end at some hundred levels.
package enum EmbeddedJSON {
    /// Brackets open at once that any reader takes.
    package static var mostDepth: Int { 256 }

    /// Whether JSON whose escapes are unchecked may be embedded as it is; otherwise write it as a string.
    ///
    /// - Complexity: linear in the bytes of `text`.
    package static func isFit(_ text: String) -> Bool {
        var depth = 0
        var isInString = false
        var bytes = text.utf8.makeIterator()
        while let byte = bytes.next() {
            switch byte {
            case 0x22: isInString.toggle()
            case 0x5C: guard isEscape(&bytes) else { return false }
            case 0x5B, 0x7B: if !isInString { depth += 1 }
            case 0x5D, 0x7D: if !isInString { depth -= 1 }
            default: break
            }
            if depth > mostDepth { return false }
        }
        return true
    }

    /// Reads what follows a backslash.
    private static func isEscape(_ bytes: inout String.UTF8View.Iterator) -> Bool {
        switch bytes.next() {
        case 0x22, 0x5C, 0x2F, 0x62, 0x66, 0x6E, 0x72, 0x74: return true
        case 0x75:
            for _ in 0..<4 {
                guard let digit = bytes.next(), isHexDigit(digit) else { return false }
            }
            return true
        default: return false
        }
    }

    private static func isHexDigit(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || (0x41...0x46).contains(byte) || (0x61...0x66).contains(byte)
    }
}
