// A stream must not control the terminal: an escape sequence in it can rename the window, write to the clipboard, move the
// cursor over other lines, or hide text. So on a terminal, and in messages everywhere, every character that acts is shown:
//
//     C0 controls and DEL, except LF and TAB      ^[    ^M    ^?
//     C1 controls, U+0080 to U+009F               <U+009B>
//     bidi embeddings, overrides and isolates     <U+202E>
//     bytes that are not UTF-8                    <9B>
//
// A CR directly before an LF is part of the line's end, and stays. Bidi marks (U+200E, U+200F, U+061C) stay too: they are
// ordinary in Arabic and Hebrew text, and reorder nothing beyond their neighbours.

/// Shows control characters in text that arrives in pieces cut anywhere.
struct TerminalText {
    /// The beginning of a character whose other bytes have not arrived.
    private var partial: [UInt8] = []
    /// A CR that an LF may follow.
    private var hasReturn = false

    /// Appends what is to be seen of `span`.
    mutating func append(_ span: RawSpan, to output: inout ByteStore) {
        let bytes = Span<UInt8>(_bytes: span)
        var index = 0
        while index < bytes.count {
            let start = index
            while index < bytes.count && Self.isPlain(bytes[index]) { index += 1 }
            if index > start {
                end(&output, before: bytes[start])
                output.append(span.extracting(start..<index))
            }
            if index < bytes.count {
                take(bytes[index], &output)
                index += 1
            }
        }
    }

    /// Appends a character that was waiting for its end, which does not arrive.
    mutating func end(_ output: inout ByteStore) {
        guard hasReturn || !partial.isEmpty else { return }
        end(&output, before: 0)
    }

    /// Printable ASCII, TAB and LF.
    private static func isPlain(_ byte: UInt8) -> Bool {
        byte >= 0x20 && byte < 0x7F || byte == 0x0A || byte == 0x09
    }

    private mutating func end(_ output: inout ByteStore, before next: UInt8) {
        if hasReturn {
            hasReturn = false
            if next == 0x0A { output.append(byte: 0x0D) } else { output.append("^M" as StaticString) }
        }
        for byte in partial { Self.append("<", UInt32(byte), digits: 2, &output) }
        partial.removeAll(keepingCapacity: true)
    }

    /// Takes a byte that is not plain.
    private mutating func take(_ byte: UInt8, _ output: inout ByteStore) {
        if !partial.isEmpty && Self.continues(partial, byte) {
            partial.append(byte)
            if partial.count == Self.length(partial[0]) { appendCharacter(&output) }
            return
        }
        end(&output, before: byte)
        switch byte {
        case 0x0D: hasReturn = true
        case 0x7F: output.append("^?" as StaticString)
        case ..<0x20:
            output.append(byte: 0x5E)
            output.append(byte: byte + 0x40)
        default:
            partial.append(byte)
            if Self.length(byte) == 0 { end(&output, before: byte) }
        }
    }

    private mutating func appendCharacter(_ output: inout ByteStore) {
        let scalar = String(decoding: partial, as: UTF8.self).unicodeScalars.first ?? "\u{FFFD}"
        if Self.acts(scalar) {
            Self.append("<U+", scalar.value, digits: 4, &output)
        } else {
            output.append(partial.span.raw)
        }
        partial.removeAll(keepingCapacity: true)
    }

    /// The character does something to a terminal, or to the order of what it shows.
    static func acts(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0...0x1F, 0x7F...0x9F, 0x202A...0x202E, 0x2066...0x2069: true
        default: false
        }
    }

    /// The character as a terminal is to show it.
    static func shown(_ scalar: Unicode.Scalar) -> String {
        guard acts(scalar) else { return String(scalar) }
        switch scalar.value {
        case 0x7F: return "^?"
        case ..<0x20: return "^" + String(Unicode.Scalar(UInt8(scalar.value) + 0x40))
        default:
            let digits = String(scalar.value, radix: 16, uppercase: true)
            return "<U+" + String(repeating: "0", count: max(0, 4 - digits.count)) + digits + ">"
        }
    }

    /// Bytes of a character that begins with this one; 0 where none does.
    private static func length(_ lead: UInt8) -> Int {
        switch lead {
        case 0xC2...0xDF: 2
        case 0xE0...0xEF: 3
        case 0xF0...0xF4: 4
        default: 0
        }
    }

    /// Well-formed UTF-8 goes on with this byte (Unicode, table 3-7).
    private static func continues(_ partial: [UInt8], _ byte: UInt8) -> Bool {
        guard partial.count == 1 else { return (0x80...0xBF).contains(byte) }
        switch partial[0] {
        case 0xE0: return (0xA0...0xBF).contains(byte)
        case 0xED: return (0x80...0x9F).contains(byte)
        case 0xF0: return (0x90...0xBF).contains(byte)
        case 0xF4: return (0x80...0x8F).contains(byte)
        default: return (0x80...0xBF).contains(byte)
        }
    }

    private static func append(_ head: StaticString, _ value: UInt32, digits: Int, _ output: inout ByteStore) {
        output.append(head)
        let text = String(value, radix: 16, uppercase: true)
        let padded = String(repeating: "0", count: max(0, digits - text.count)) + text + ">"
        output.append(padded.utf8.span.raw)
    }
}
