internal import Sluice

// Strings and keys, piece by piece.

extension IncrementalJSON {
    mutating func beginString(isKey: Bool) {
        self.isKey = isKey
        start = text.count
        state = .string
        if !isKey { current = addString() }
    }

    private mutating func addString() -> Int32 {
        let node = Int32(clamping: nodes.count)
        _ = add(.string)
        nodes[Int(node)].textStart = start
        return node
    }

    /// Reads characters up to a quote, a backslash or the end of the piece.
    mutating func takeCharacters(_ bytes: Span<UInt8>, _ index: inout Int) -> SluiceError.Code? {
        let maxCount = maxTextCount
        while index < bytes.count {
            let byte = bytes[index]
            // Checked before copying: a piece may be much larger than the limit.
            if text.count >= maxCount, byte != UInt8(ascii: "\"") {
                show()
                return .answerTooLarge
            }
            if pendingBytes > 0 {
                guard byte >= least && byte <= most else { return .invalidUTF8 }
                (least, most) = (0x80, 0xBF)
                pendingBytes -= 1
                text.append(byte)
            } else if byte == UInt8(ascii: "\"") {
                index += 1
                endString()
                return nil
            } else if byte == UInt8(ascii: "\\") {
                index += 1
                state = .escape
                break
            } else if byte < 0x20 {
                return .malformedPayload
            } else {
                if high != 0 { endLoneHalf() }
                guard byte < 0x80 || beginCharacter(byte) else { return .invalidUTF8 }
                text.append(byte)
            }
            index += 1
        }
        show()
        return nil
    }

    /// Makes the received part of a string available, without an incomplete last character.
    private mutating func show() {
        guard !isKey, pendingBytes == 0 else { return showWhole() }
        nodes[Int(current)].textCount = text.count - start
    }

    private mutating func showWhole() {
        guard !isKey else { return }
        var end = text.count
        while end > start, text[end - 1] & 0xC0 == 0x80 { end -= 1 }
        nodes[Int(current)].textCount = max(0, end - 1 - start)
    }

    private mutating func endString() {
        if high != 0 { endLoneHalf() }
        if isKey {
            keyStart = start
            keyCount = text.count - start
            state = .colon
        } else {
            show()
            nodes[Int(current)].isComplete = true
            state = open < 0 ? .done : .commaOrEnd
        }
    }

    /// The Unicode standard's table 3-7: which bytes may follow the first.
    private mutating func beginCharacter(_ byte: UInt8) -> Bool {
        switch byte {
        case 0xC2...0xDF: pendingBytes = 1
        case 0xE0: (pendingBytes, least) = (2, 0xA0)
        case 0xED: (pendingBytes, most) = (2, 0x9F)
        case 0xE1...0xEF: pendingBytes = 2
        case 0xF0: (pendingBytes, least) = (3, 0x90)
        case 0xF4: (pendingBytes, most) = (3, 0x8F)
        case 0xF1...0xF3: pendingBytes = 3
        default: return false
        }
        return true
    }

    // MARK: Escapes

    mutating func takeEscape(_ byte: UInt8) -> Bool {
        let plain: UInt8
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): plain = byte
        case UInt8(ascii: "b"): plain = 0x08
        case UInt8(ascii: "f"): plain = 0x0C
        case UInt8(ascii: "n"): plain = 0x0A
        case UInt8(ascii: "r"): plain = 0x0D
        case UInt8(ascii: "t"): plain = 0x09
        case UInt8(ascii: "u"):
            (digits, unit) = (0, 0)
            state = .unicode
            return true
        default: return false
        }
        if high != 0 { endLoneHalf() }
        text.append(plain)
        state = .string
        show()
        return true
    }

    mutating func takeDigit(_ byte: UInt8) -> Bool {
        guard let digit = Character(Unicode.Scalar(byte)).hexDigitValue, byte < 0x80 else { return false }
        unit = unit << 4 | UInt16(digit)
        digits += 1
        guard digits == 4 else { return true }
        state = .string
        if high != 0 && unit & 0xFC00 == 0xDC00 {
            append(UInt32(high & 0x3FF) << 10 + UInt32(unit & 0x3FF) + 0x10000)
            high = 0
        } else {
            if high != 0 { endLoneHalf() }
            if unit & 0xFC00 == 0xD800 { high = unit } else { append(UInt32(unit)) }
        }
        show()
        return true
    }

    private mutating func endLoneHalf() {
        let half = UInt32(high)
        high = 0
        append(half)
    }

    private mutating func append(_ value: UInt32) {
        if keepsHalves, value & 0xFFFF_F800 == 0xD800 { return text.append(contentsOf: Halves.encoded(value)) }
        let scalar = Unicode.Scalar(value) ?? "\u{FFFD}"
        for byte in String(scalar).utf8 { text.append(byte) }
    }
}
