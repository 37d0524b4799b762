import Sluice

// JSON as it is written on one line: compact, UTF-8 as it is, and only those escapes that JSON demands; on a terminal also
// those of other characters that would act on it, which changes nothing for a reader of JSON.

extension Output {
    mutating func append(number: Int) {
        if number >= 0 && number < 10 { return append(byte: UInt8(truncatingIfNeeded: 0x30 + number)) }
        append(String(number))
    }

    /// A string in its quotes, from valid UTF-8.
    mutating func appendJSON(_ text: UTF8Span) {
        append(byte: 0x22)
        if showsControls { return appendShownJSON(text) }
        let bytes = text.span
        var start = 0
        for index in bytes.indices {
            let byte = bytes[index]
            if byte >= 0x20 && byte != 0x22 && byte != 0x5C { continue }
            append(bytes.raw.extracting(start..<index))
            start = index + 1
            appendEscape(byte)
        }
        append(bytes.raw.extracting(start..<bytes.count))
        append(byte: 0x22)
    }

    /// The text between the quotes, and the closing quote.
    private mutating func appendShownJSON(_ text: UTF8Span) {
        for scalar in String(copying: text).unicodeScalars {
            if TerminalText.acts(scalar) && scalar.value >= 0x7F {
                appendHexEscape(scalar.value)
            } else if scalar.value < 0x20 || scalar == "\"" || scalar == "\\" {
                appendEscape(UInt8(truncatingIfNeeded: scalar.value))
            } else {
                append(String(scalar))
            }
        }
        append(byte: 0x22)
    }

    mutating func appendJSON(_ text: String) {
        appendJSON(text.utf8Span)
    }

    /// JSON as the stream has it on one line, or a string if readers would reject it.
    mutating func append(json text: String) {
        // The package of the server, which prints no JSON, does not see what the engine has for this package.
        #if !SLUICE_REPLAY
        guard EmbeddedJSON.isFit(text) else { return appendJSON(text) }
        #endif
        // Line ends between values are white space, and strings have none; other characters that act on a terminal are in strings.
        let isPlain = !showsControls && !text.utf8.contains { $0 == 0x0A || $0 == 0x0D }
        if isPlain { return append(text) }
        for scalar in text.unicodeScalars {
            if scalar.value < 0x20 {
                append(byte: 0x20)
            } else if showsControls && TerminalText.acts(scalar) && scalar.value >= 0x7F {
                appendHexEscape(scalar.value)
            } else {
                append(String(scalar))
            }
        }
    }

    /// The string, or null.
    mutating func appendJSON(_ text: String?) {
        if let text { appendJSON(text) } else { append("null" as StaticString) }
    }

    /// The number, or null.
    mutating func appendJSON(_ number: Int?) {
        if let number { append(number: number) } else { append("null" as StaticString) }
    }

    /// Bytes as text, with U+FFFD for what is not UTF-8, as WHATWG's decoder puts it.
    mutating func appendJSON(repairing bytes: RawSpan) {
        let span = Span<UInt8>(_bytes: bytes)
        if let text = try? UTF8Span(validating: span) { return appendJSON(text) }
        var copy: [UInt8] = []
        for index in span.indices { copy.append(span[index]) }
        appendJSON(String(decoding: copy, as: UTF8.self))
    }

    private mutating func appendEscape(_ byte: UInt8) {
        switch byte {
        case 0x22: append("\\\"" as StaticString)
        case 0x5C: append("\\\\" as StaticString)
        case 0x08: append("\\b" as StaticString)
        case 0x09: append("\\t" as StaticString)
        case 0x0A: append("\\n" as StaticString)
        case 0x0C: append("\\f" as StaticString)
        case 0x0D: append("\\r" as StaticString)
        default: appendHexEscape(UInt32(byte))
        }
    }

    private mutating func appendHexEscape(_ unit: UInt32) {
        let digits = "0123456789abcdef".utf8.span
        append("\\u" as StaticString)
        for shift in [12, 8, 4, 0] { append(byte: digits[Int(unit >> UInt32(shift) & 15)]) }
    }
}
