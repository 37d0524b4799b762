// The lines of a text stream as they are written. Framers skip what their standard says to skip; here it is reported. Nothing is
// kept but the beginning of the line at hand, so a line may be as long as it likes.

/// Checks the lines of Server-Sent Events, NDJSON or a JSON array.
struct LineCheck {
    private enum LineEnd: String {
        case lf = "LF"
        case crlf = "CRLF"
        case cr = "CR"
    }

    private let isSSE: Bool
    private let isNDJSON: Bool
    private(set) var findings: [Finding] = []

    private var offset: UInt64 = 0
    private var event: UInt64 = 1
    /// Of the line that ended last.
    private var eventOfLine: UInt64 = 1
    private var hasReturn = false
    private var firstEnd: LineEnd?
    private var hasMixedEnds = false
    private var utf8 = UTF8Check()
    private var hasInvalidUTF8 = false

    // The line at hand.
    private var lineStart: UInt64 = 0
    private var length: UInt64 = 0
    private var head: [UInt8] = []
    private var colon: UInt64?
    private var hasNull = false
    private var hasOnlyDigits = true
    private var valueLength: UInt64 = 0
    private var valueBeginsWithSpace = false
    /// The event at hand has data, or the document at hand has bytes.
    private var hasData = false
    private var isFirstLine = true
    private var lastVisible: UInt8?
    private var firstVisible: UInt8?

    /// Bytes of a line that are kept for its name.
    private static var headBytes: Int { 48 }
    private static let mark: [UInt8] = [0xEF, 0xBB, 0xBF]
    private static let fields = ["data", "event", "id", "retry"]

    init(isSSE: Bool, isNDJSON: Bool) {
        self.isSSE = isSSE
        self.isNDJSON = isNDJSON
    }

    /// Hands over what was found so far.
    mutating func takeFindings() -> [Finding] {
        defer { findings = [] }
        return findings
    }

    mutating func take(_ byte: UInt8) {
        if !utf8.take(byte) && !hasInvalidUTF8 {
            hasInvalidUTF8 = true
            report(
                .error, "invalid-utf8", at: offset, "bytes that are not UTF-8 (0x\(String(byte, radix: 16)))",
                "UTF-8 throughout")
        }
        if isSSE { takeSSE(byte) } else { takePlain(byte) }
    }

    /// CR, LF and CRLF end a line.
    private mutating func takeSSE(_ byte: UInt8) {
        if hasReturn {
            hasReturn = false
            end(of: byte == 0x0A ? .crlf : .cr, at: offset - 1)
            if byte == 0x0A { return advance(endsLine: true) }
        }
        switch byte {
        case 0x0D:
            endLine()
            hasReturn = true
        case 0x0A:
            endLine()
            end(of: .lf, at: offset)
        default: add(byte)
        }
        advance(endsLine: byte == 0x0A || byte == 0x0D)
    }

    /// LF ends a line; a CR before it is white space.
    private mutating func takePlain(_ byte: UInt8) {
        if byte == 0x0A {
            endLine()
            end(of: hasReturn ? .crlf : .lf, at: hasReturn ? offset - 1 : offset)
        } else {
            add(byte)
        }
        hasReturn = byte == 0x0D
        advance(endsLine: byte == 0x0A)
    }

    private mutating func advance(endsLine: Bool) {
        offset += 1
        if endsLine { lineStart = offset }
    }

    private mutating func add(_ byte: UInt8) {
        length += 1
        if byte > 0x20 {
            lastVisible = byte
            firstVisible = firstVisible ?? byte
        }
        if head.count < Self.headBytes { head.append(byte) }
        guard isSSE else { return }
        if colon == nil {
            if byte == 0x3A { colon = length - 1 }
            return
        }
        valueLength += 1
        if valueLength == 1 && byte == 0x20 {
            valueBeginsWithSpace = true
        } else {
            if byte == 0 { hasNull = true }
            if !(0x30...0x39).contains(byte) { hasOnlyDigits = false }
        }
    }

    /// The input has ended.
    mutating func finish(isJSONArray: Bool) {
        if hasReturn && isSSE { end(of: .cr, at: offset - 1) }
        if length > 0 && isNDJSON {
            report(
                .warning, "line-end-missing", at: lineStart, "the last line has no line end", "LF behind each document")
        }
        if length > 0 { endLine() }
        if isJSONArray, firstVisible == 0x5B, lastVisible != 0x5D {
            report(.error, "array-open", at: offset, "the input ends inside the array", "a closing ']'")
        }
        if utf8.isInside && !hasInvalidUTF8 {
            report(.error, "invalid-utf8", at: offset, "the input ends inside a character", "UTF-8 throughout")
        }
    }

    // MARK: Line ends

    private mutating func end(of kind: LineEnd, at offset: UInt64) {
        // Only SSE has three; in the others CR is white space.
        guard isSSE || isNDJSON else { return }
        let first = firstEnd ?? kind
        firstEnd = first
        guard kind != first, !hasMixedEnds else { return }
        hasMixedEnds = true
        let next = event
        event = eventOfLine
        defer { event = next }
        report(
            .warning, "mixed-line-ends", at: offset,
            "a line that ends by \(kind.rawValue) among lines that end by \(first.rawValue)",
            "one kind of line end")
    }

    // MARK: Lines

    private mutating func endLine() {
        eventOfLine = event
        var name = head
        if isFirstLine && name.starts(with: Self.mark) {
            name.removeFirst(3)
            if isSSE {
                report(
                    .warning, "byte-order-mark", at: lineStart, "a byte order mark at the beginning",
                    "none: the standard skips it, many clients do not")
            } else {
                report(
                    .error, "byte-order-mark", at: lineStart, "a byte order mark", "JSON without one (RFC 8259, 8.1)")
            }
        } else if name.starts(with: Self.mark) && isSSE {
            report(
                .error, "byte-order-mark", at: lineStart, "a byte order mark within the stream",
                "none: it makes the line's field unknown, so the line is lost")
            return reset()
        }
        let isMarkOnly = length == 3 && isFirstLine && head.starts(with: Self.mark)
        isFirstLine = false
        if isSSE { check(field: name, isBlank: length == 0 || isMarkOnly) } else if isNDJSON { checkDocument() }
        reset()
    }

    private mutating func reset() {
        length = 0
        head.removeAll(keepingCapacity: true)
        colon = nil
        hasNull = false
        hasOnlyDigits = true
        valueLength = 0
        valueBeginsWithSpace = false
    }

    private mutating func checkDocument() {
        let isBlank = head.allSatisfy { $0 == 0x20 || $0 == 0x09 || $0 == 0x0D } && length <= Self.headBytes
        if isBlank {
            report(.warning, "blank-line", at: lineStart, "a blank line", "a JSON document on each line")
        } else {
            event += 1
        }
    }

    private mutating func check(field: [UInt8], isBlank: Bool) {
        if isBlank {
            if hasData { event += 1 }
            hasData = false
            return
        }
        let removed = head.count - field.count
        let nameBytes = colon.map { field.prefix(max(0, Int($0) - removed)) } ?? field[...]
        let name = String(decoding: nameBytes, as: UTF8.self)
        if colon != nil && name.isEmpty { return }  // a comment
        let isKnown = Self.fields.contains(name) && (colon != nil || length == UInt64(head.count))
        guard isKnown else { return reportField(name) }
        let digits = valueLength - (valueBeginsWithSpace ? 1 : 0)
        switch name {
        case "data": hasData = true
        case "id" where hasNull:
            report(
                .warning, "null-in-id", at: lineStart, "an id with a NUL, which the standard ignores",
                "an id without NUL")
        case "retry" where !hasOnlyDigits || digits == 0:
            report(
                .warning, "retry-not-a-number", at: lineStart,
                "a retry that is not a number, which the standard ignores",
                "ASCII digits: milliseconds")
        default: break
        }
        if colon == nil {
            report(
                .warning, "colon-missing", at: lineStart, "the field '\(name)' without a colon",
                "'\(name):' and a value")
        }
    }

    private mutating func reportField(_ name: String) {
        let shown = String(name.unicodeScalars.prefix(32).map(Character.init))
        if name == "error" {
            report(
                .error, "stray-error", at: lineStart,
                "a field 'error', which the standard ignores: clients never see the error",
                "'event: error' and a data line")
        } else if colon == nil {
            report(
                .warning, "stray-line", at: lineStart, "a line without a colon, '\(shown)', which the standard ignores",
                "a field (data, event, id, retry), or a comment that begins with ':'")
        } else {
            report(
                .warning, "unknown-field", at: lineStart, "the field '\(shown)', which the standard ignores",
                "data, event, id, retry, or a comment that begins with ':'")
        }
    }

    private mutating func report(
        _ severity: Severity, _ code: String, at offset: UInt64, _ found: String, _ expected: String
    ) {
        findings.append(
            Finding(severity: severity, code: code, offset: offset, event: event, found: found, expected: expected))
    }
}

/// Whether bytes are UTF-8 (Unicode, table 3-7), one by one.
struct UTF8Check {
    private var left = 0
    private var range: ClosedRange<UInt8> = 0x80...0xBF

    /// A character has begun and not ended.
    var isInside: Bool { left > 0 }

    /// False for a byte that cannot stand here; the next is taken as a beginning.
    mutating func take(_ byte: UInt8) -> Bool {
        if left > 0 {
            let isRight = range.contains(byte)
            left = isRight ? left - 1 : 0
            range = 0x80...0xBF
            return isRight
        }
        switch byte {
        case ..<0x80: return true
        case 0xC2...0xDF: left = 1
        case 0xE0...0xEF: left = 2
        case 0xF0...0xF4: left = 3
        default: return false
        }
        range =
            switch byte {
            case 0xE0: 0xA0...0xBF
            case 0xED: 0x80...0x9F
            case 0xF0: 0x90...0xBF
            case 0xF4: 0x80...0x8F
            default: 0x80...0xBF
            }
        return true
    }
}
