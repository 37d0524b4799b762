// The lines before a stream's first field or comment: none, a byte order mark, HTTP headers, or a chunk size of HTTP's chunked
// transfer encoding (RFC 9112, section 7.1) that was not decoded:
//
//     1f CR LF
//     data: {"choices":[{"delta": CR LF
//     1a CR LF
//     {"content":"Hi"}}]} LF LF CR LF
//
// The standard ignores sizes as unknown fields, so a stream is read correctly if its chunks end between lines, and loses the
// text after a cut otherwise. Therefore the first size is reported. Later ones are not searched for: in the middle of a stream,
// a line of digits may be anything.

/// The state of the beginning of a stream.
enum StreamOpening: UInt8 {
    /// No line was read; a byte order mark may follow.
    case start
    /// Only lines without a meaning were read.
    case noise
    /// Only lines without a meaning were read, and the last that is not blank was a chunk size.
    case chunkSize
    /// A field or comment was read.
    case over
}

extension SSEFramer {
    /// Processes a line of the opening; returns its beginning, after a byte order mark if there is one.
    mutating func open(to end: Int, _ input: inout Input) -> Int {
        let window = input.window
        var start = lineStart
        if opening == .start {
            opening = .noise
            if isMarked(start, end, window) { start += 3 }
        }
        guard start < end else { return start }
        let isBehindSize = opening == .chunkSize
        let isDocument = window[start] == 0x7B || window[start] == 0x5B
        if isField(start, end, window) || isBehindSize && isDocument {
            opening = .over
            if isBehindSize { note(.undecodedBody, start, end, &input) }
        } else {
            opening = swallowsLineFeed && isChunkSize(window.slice(start, end - start)) ? .chunkSize : .noise
        }
        return start
    }

    private func isMarked(_ start: Int, _ end: Int, _ window: Window) -> Bool {
        end - start >= 3 && window.word(at: start, upTo: start + 3) == 0xBF_BBEF
    }

    /// Whether the line is a field of the standard or a comment.
    private func isField(_ start: Int, _ end: Int, _ window: Window) -> Bool {
        var colon = start
        while colon < end && colon - start < 6 && window[colon] != 0x3A { colon += 1 }
        guard colon == end || window[colon] == 0x3A else { return false }
        return colon == start || window.matches(start, colon, "data") || window.matches(start, colon, "event")
            || window.matches(start, colon, "id") || window.matches(start, colon, "retry")
    }

    /// Whether the input's unterminated last line is the beginning of a byte order mark or of a field's name.
    func isCutField(_ start: Int, _ end: Int, _ window: Window) -> Bool {
        let beginnings: [StaticString] = ["d", "da", "dat", "e", "ev", "eve", "even", "i", "r", "re", "ret", "retr"]
        guard opening == .start else { return beginnings.contains { window.matches(start, end, $0) } }
        let word = window.word(at: start, upTo: end)
        if end - start == 1 && word == 0xEF || end - start == 2 && word == 0xBBEF { return true }
        let name = isMarked(start, end, window) ? start + 3 : start
        return beginnings.contains { window.matches(name, end, $0) }
    }

    /// Notes a line that shows that a part of the stream is lost. Servers that fail in the middle of a stream write errors
    /// outside the framing: `error: {…}`, or a bare document. Concatenated streams have a byte order mark before a field.
    mutating func noteStrayLine(_ start: Int, _ end: Int, _ input: inout Input) {
        let window = input.window
        let isErrorField = end - start > 6 && window.matches(start, start + 6, "error:")
        if isErrorField || beginsDocument(start, end, window) {
            note(.strayError, start, end, &input)
        } else if isMarked(start, end, window), start + 3 < end,
            isField(start + 3, end, window) || beginsDocument(start + 3, end, window)
        {
            note(.strayByteOrderMark, start, end, &input)
        }
    }

    /// A bracket alone is not enough: in binary input, many lines begin with one.
    private func beginsDocument(_ start: Int, _ end: Int, _ window: Window) -> Bool {
        guard window[start] == 0x7B else { return false }
        guard start + 1 < end else { return true }
        let next = window[start + 1]
        guard next == 0x22 || next == 0x7D || next == 0x20 || next == 0x09 else { return false }
        return (start..<end).allSatisfy { window[$0] >= 0x20 || window[$0] == 0x09 }
    }

    private mutating func note(_ code: SluiceError.Code, _ start: Int, _ end: Int, _ input: inout Input) {
        guard reportsStrayErrors && !reportedStrayError else { return }
        opening = .over
        reportedStrayError = true
        lineProblem = FrameProblem(code, at: start, limit: end - start, &input)
    }
}

/// Whether the bytes are the first line of an HTTP chunk, without its line end: hexadecimal digits, optionally spaces,
/// optionally `;` and an extension.
func isChunkSize(_ line: Window) -> Bool {
    var digits = 0
    while digits < line.count && isHexadecimal(line[digits]) { digits += 1 }
    guard digits > 0, digits <= 16 else { return false }
    var next = digits
    while next < line.count && (line[next] == 0x20 || line[next] == 0x09) { next += 1 }
    return next == line.count || line[next] == 0x3B
}

private func isHexadecimal(_ byte: UInt8) -> Bool {
    (0x30...0x39).contains(byte) || (0x41...0x46).contains(byte) || (0x61...0x66).contains(byte)
}
