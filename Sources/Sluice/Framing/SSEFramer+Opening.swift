// The lines before a stream's first field or comment: nothing, a byte order mark, HTTP headers that somebody kept, or the
// size of a chunk of HTTP's chunked coding (RFC 9112, section 7.1), which nobody has decoded:
//
//     1f CR LF
//     data: {"choices":[{"delta": CR LF
//     1a CR LF
//     {"content":"Hi"}}]} LF LF CR LF
//
// To the standard sizes are fields without a meaning, so a stream whose chunks happen to end between lines reads well
// enough, and one whose chunks do not loses what stands behind a cut. Hence the first size is reported. Further ones are
// not looked for: in the middle of a stream a line of digits may be anything.

/// How far the beginning of a stream has been read.
enum StreamOpening: UInt8 {
    /// Nothing has come; a byte order mark may.
    case start
    /// Lines have come that mean nothing.
    case noise
    /// The last of them that is not blank was the size of a chunk.
    case chunkSize
    /// A field or comment has come.
    case over
}

extension SSEFramer {
    /// Takes a line of the opening; returns where it begins behind a byte order mark, which is not part of it.
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

    /// Whether the standard takes the line as a field or comment.
    private func isField(_ start: Int, _ end: Int, _ window: Window) -> Bool {
        var colon = start
        while colon < end && colon - start < 6 && window[colon] != 0x3A { colon += 1 }
        guard colon == end || window[colon] == 0x3A else { return false }
        return colon == start || window.matches(start, colon, "data") || window.matches(start, colon, "event")
            || window.matches(start, colon, "id") || window.matches(start, colon, "retry")
    }

    /// Whether the input's last line, which nothing ends, is the beginning of a byte order mark or a field's name.
    func isCutField(_ start: Int, _ end: Int, _ window: Window) -> Bool {
        let beginnings: [StaticString] = ["d", "da", "dat", "e", "ev", "eve", "even", "i", "r", "re", "ret", "retr"]
        guard opening == .start else { return beginnings.contains { window.matches(start, end, $0) } }
        let word = window.word(at: start, upTo: end)
        if end - start == 1 && word == 0xEF || end - start == 2 && word == 0xBBEF { return true }
        let name = isMarked(start, end, window) ? start + 3 : start
        return beginnings.contains { window.matches(name, end, $0) }
    }

    /// Servers that fail in the middle of a stream write errors beside the framing: `error: {…}`, or a bare document. And
    /// streams that were put one behind the other have a byte order mark in the way of a field.
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

    /// A bracket is no sign alone: in bytes that are no text it begins many a line.
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

/// Whether the bytes are the first line of an HTTP chunk, without its line end: hexadecimal digits, maybe space, maybe
/// `;` and an extension.
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
