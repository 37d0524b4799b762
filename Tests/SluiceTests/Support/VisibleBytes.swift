/// Bytes written so that every one shows, and read back: `\r \n \t \0 \\ \" \xNN`; other characters stand for their UTF-8.
enum VisibleBytes {
    static func write(_ bytes: [UInt8]) -> String {
        var text = ""
        var rest = bytes[...]
        while let byte = rest.first {
            if byte >= 0x80, let (scalar, length) = printableScalar(rest) {
                text.unicodeScalars.append(scalar)
                rest = rest.dropFirst(length)
                continue
            }
            text += escape(byte)
            rest = rest.dropFirst()
        }
        return text
    }

    private static func escape(_ byte: UInt8) -> String {
        switch byte {
        case 0x0A: return "\\n"
        case 0x0D: return "\\r"
        case 0x09: return "\\t"
        case 0x00: return "\\0"
        case 0x5C: return "\\\\"
        case 0x22: return "\\\""
        case 0x20...0x7E: return String(Unicode.Scalar(byte))
        default:
            let digits = String(byte, radix: 16, uppercase: true)
            return "\\x" + (digits.count < 2 ? "0" : "") + digits
        }
    }

    /// The scalar that `bytes` begin with, if it is one that shows.
    private static func printableScalar(_ bytes: ArraySlice<UInt8>) -> (Unicode.Scalar, Int)? {
        let length = bytes[bytes.startIndex] >= 0xF0 ? 4 : bytes[bytes.startIndex] >= 0xE0 ? 3 : 2
        guard let text = String(validating: bytes.prefix(length), as: UTF8.self) else { return nil }
        guard text.unicodeScalars.count == 1, let scalar = text.unicodeScalars.first else { return nil }
        switch scalar.properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator, .spaceSeparator, .unassigned, .privateUse:
            return nil
        default: return (scalar, length)
        }
    }

    /// Nil where an escape is not one of those above.
    static func read(_ text: some StringProtocol) -> [UInt8]? {
        var bytes: [UInt8] = []
        var rest = Array(text.utf8)[...]
        while let byte = rest.popFirst() {
            guard byte == 0x5C else {
                bytes.append(byte)
                continue
            }
            guard let value = unescape(&rest) else { return nil }
            bytes.append(value)
        }
        return bytes
    }

    private static func unescape(_ rest: inout ArraySlice<UInt8>) -> UInt8? {
        switch rest.popFirst() {
        case UInt8(ascii: "n"): return 0x0A
        case UInt8(ascii: "r"): return 0x0D
        case UInt8(ascii: "t"): return 0x09
        case UInt8(ascii: "0"): return 0x00
        case UInt8(ascii: "\\"): return 0x5C
        case UInt8(ascii: "\""): return 0x22
        case UInt8(ascii: "x"):
            let digits = rest.prefix(2)
            rest = rest.dropFirst(2)
            return digits.count == 2 ? UInt8(String(decoding: digits, as: UTF8.self), radix: 16) : nil
        default: return nil
        }
    }
}
