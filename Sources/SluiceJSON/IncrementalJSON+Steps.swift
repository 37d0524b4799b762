internal import Sluice

// One step of the parser: a byte, or a run of plain bytes of a string.

extension IncrementalJSON {
    /// Parses the bytes at `index` and advances it; returns the error, if there is one.
    @inline(__always)
    mutating func step(_ bytes: Span<UInt8>, _ index: inout Int) -> SluiceError.Code? {
        switch state {
        case .string: return takeCharacters(bytes, &index)
        case .escape:
            guard takeEscape(bytes[index]) else { return .invalidEscape }
        case .unicode:
            guard takeDigit(bytes[index]) else { return .invalidEscape }
        case .number:
            if Self.isOfNumber(bytes[index]) {
                if text.count >= maxTextCount { return .answerTooLarge }
                text.append(bytes[index])
            } else {
                // The byte after a number belongs to the next token.
                guard endNumber() else { return .malformedPayload }
                return nil
            }
        case .literal:
            guard takeLetter(bytes[index]) else { return .malformedPayload }
        case .value, .valueOrEnd, .keyOrEnd, .key, .colon, .commaOrEnd, .done, .failed:
            if let code = takeToken(bytes[index]) { return code }
        }
        index += 1
        return nil
    }

    // MARK: Tokens

    private mutating func takeToken(_ byte: UInt8) -> SluiceError.Code? {
        if byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 { return nil }
        switch (state, byte) {
        case (.keyOrEnd, UInt8(ascii: "}")), (.valueOrEnd, UInt8(ascii: "]")): close()
        case (.keyOrEnd, UInt8(ascii: "\"")), (.key, UInt8(ascii: "\"")): beginString(isKey: true)
        case (.colon, UInt8(ascii: ":")): state = .value
        case (.commaOrEnd, UInt8(ascii: ",")): state = nodes[Int(open)].kind == .object ? .key : .value
        case (.commaOrEnd, UInt8(ascii: "}")):
            guard nodes[Int(open)].kind == .object else { return .malformedPayload }
            close()
        case (.commaOrEnd, UInt8(ascii: "]")):
            guard nodes[Int(open)].kind == .array else { return .malformedPayload }
            close()
        case (.value, _), (.valueOrEnd, _): return beginValue(byte)
        default: return .malformedPayload
        }
        return nil
    }

    private mutating func beginValue(_ byte: UInt8) -> SluiceError.Code? {
        if size + MemoryLayout<Node>.stride > maxSize { return .answerTooLarge }
        switch byte {
        case UInt8(ascii: "{"), UInt8(ascii: "["):
            guard depth < limits.maxNestingDepth else { return .nestedTooDeep }
            let isObject = byte == UInt8(ascii: "{")
            open = add(isObject ? .object : .array)
            depth += 1
            state = isObject ? .keyOrEnd : .valueOrEnd
        case UInt8(ascii: "\""): beginString(isKey: false)
        case UInt8(ascii: "-"), 0x30...0x39:
            start = text.count
            text.append(byte)
            state = .number
        case UInt8(ascii: "t"): begin(.true)
        case UInt8(ascii: "f"): begin(.false)
        case UInt8(ascii: "n"): begin(.null)
        default: return .malformedPayload
        }
        return nil
    }

    private mutating func begin(_ word: Literal) {
        literal = word
        matched = 1
        state = .literal
    }

    private mutating func takeLetter(_ byte: UInt8) -> Bool {
        let word = literal.rawValue.utf8
        guard byte == word[word.index(word.startIndex, offsetBy: matched)] else { return false }
        matched += 1
        if matched == word.count {
            let node = add(literal == .null ? .null : literal == .true ? .true : .false)
            nodes[Int(node)].isComplete = true
            endValue()
        }
        return true
    }

    // MARK: Values

    /// Adds a value to the open container, with the pending key.
    mutating func add(_ kind: JSONView.Kind) -> Int32 {
        let number = Int32(clamping: nodes.count)
        var node = Node(kind: kind, parent: open)
        node.keyStart = keyStart
        node.keyCount = keyCount
        keyStart = -1
        node.textStart = text.count
        nodes.append(node)
        guard open >= 0 else { return number }
        let last = nodes[Int(open)].lastChild
        if last >= 0 { nodes[Int(last)].next = number } else { nodes[Int(open)].firstChild = number }
        nodes[Int(open)].lastChild = number
        nodes[Int(open)].count += 1
        return number
    }

    private mutating func close() {
        nodes[Int(open)].isComplete = true
        open = nodes[Int(open)].parent
        depth -= 1
        endValue()
    }

    private mutating func endValue() { state = open < 0 ? .done : .commaOrEnd }

    // MARK: Numbers

    private static func isOfNumber(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, UInt8(ascii: "-"), UInt8(ascii: "+"), UInt8(ascii: "."), UInt8(ascii: "e"),
            UInt8(ascii: "E"):
            true
        default: false
        }
    }

    /// Adds the number that was read as a value; false if it is invalid.
    mutating func endNumber() -> Bool {
        guard isNumber(from: start) else { return false }
        let node = add(.number)
        nodes[Int(node)].textStart = start
        nodes[Int(node)].textCount = text.count - start
        nodes[Int(node)].isComplete = true
        endValue()
        return true
    }

    /// RFC 8259, 6: minus, int, frac, exp.
    private func isNumber(from start: Int) -> Bool {
        var index = start
        func digits() -> Int {
            let first = index
            while index < text.count, text[index] &- 0x30 < 10 { index += 1 }
            return index - first
        }
        func skip(_ byte: Character) -> Bool {
            guard index < text.count, text[index] == byte.asciiValue else { return false }
            index += 1
            return true
        }
        _ = skip("-")
        let isZero = index < text.count && text[index] == 0x30
        let whole = digits()
        guard whole > 0, !isZero || whole == 1 else { return false }
        if skip(".") { guard digits() > 0 else { return false } }
        if skip("e") || skip("E") {
            if !skip("+") { _ = skip("-") }
            guard digits() > 0 else { return false }
        }
        return index == text.count
    }
}
