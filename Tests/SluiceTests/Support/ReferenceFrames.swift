// A stream cut into payloads the plain way, on the bytes as they came: Server-Sent Events as WHATWG HTML 9.2.6 interprets
// them, or lines. ReferenceSSE decodes the stream first, as the standard has it; here bytes that are not UTF-8 must
// reach the document that they are in, and limits count the bytes as they came.

import Sluice

struct ReferenceFrame {
    var offset = 0
    var event: [UInt8] = []
    var payload: [UInt8] = []
    /// The input ended before the frame did.
    var isUnterminated = false
    /// SSE: the last event ID as of this frame.
    var id: [UInt8] = []
    /// No frame, but this is wrong: a limit was passed, or a line beside the framing looks like an error.
    var problem: String?
    /// Lines of no meaning up to this frame.
    var ignoredLines = 0
}

struct ReferenceFrames {
    private(set) var frames: [ReferenceFrame] = []
    /// Lines whose field means nothing to the standard.
    private(set) var ignoredLines = 0
    private(set) var comments = 0

    private let limits: Limits
    private var data: [UInt8]?
    private var dataLines = 0
    private var event: [UInt8] = []
    private var id: [UInt8] = []
    private(set) var lastID: [UInt8] = []
    private var start = 0
    private var hasStray = false
    /// The event at hand has passed a limit: what is left of it is passed over.
    private var isSkipping = false

    private init(_ limits: Limits) { self.limits = limits }

    private struct Line {
        var text: ArraySlice<UInt8>
        var offset: Int
        var isEnded = true
    }

    /// What Server-Sent Events a stream has; its end dispatches the last one, finished or not.
    static func events(_ bytes: [UInt8], _ limits: Limits = Limits()) -> ReferenceFrames {
        var reader = ReferenceFrames(limits)
        for line in lines(bytes) { reader.interpret(line) }
        // The line feed behind the last carriage return counts where no line comes behind it.
        if !reader.isSkipping && !reader.isEmpty && bytes.count - reader.start > limits.maxEventBytes {
            reader.skip("event-too-large", reader.start, isUnterminated: false)
        }
        if reader.data != nil { reader.dispatch(isUnterminated: true) }
        return reader
    }

    private static func lines(_ bytes: [UInt8]) -> [Line] {
        var lines: [Line] = []
        var start = 0
        var index = 0
        while index < bytes.count {
            let byte = bytes[index]
            index += 1
            guard byte == 0x0A || byte == 0x0D else { continue }
            lines.append(Line(text: bytes[start..<index - 1], offset: start))
            if byte == 0x0D && index < bytes.count && bytes[index] == 0x0A { index += 1 }
            start = index
        }
        if start < bytes.count { lines.append(Line(text: bytes[start...], offset: start, isEnded: false)) }
        if let first = lines.first, first.text.starts(with: [0xEF, 0xBB, 0xBF]) {
            lines[0].text = first.text.dropFirst(3)
        }
        return lines
    }

    private mutating func add(_ frame: ReferenceFrame) {
        frames.append(frame)
        frames[frames.count - 1].ignoredLines = ignoredLines
    }

    private var isEmpty: Bool { data == nil && event.isEmpty }

    /// Passes over the event, up to its blank line.
    private mutating func skip(_ code: String, _ offset: Int, isUnterminated: Bool) {
        add(ReferenceFrame(offset: offset, isUnterminated: isUnterminated, problem: code))
        isSkipping = true
        data = nil
        event = []
    }

    private mutating func interpret(_ line: Line) {
        let isBlank = line.isEnded && line.text.isEmpty && line.offset == line.text.startIndex
        if isSkipping {
            isSkipping = !isBlank
            return
        }
        if isEmpty { start = line.offset }
        if line.text.endIndex + (line.isEnded ? 1 : 0) - start > limits.maxEventBytes {
            skip("event-too-large", start, isUnterminated: false)
            isSkipping = !isBlank
            return
        }
        guard !line.text.isEmpty else {
            if line.isEnded { dispatch(isUnterminated: false) }
            return
        }
        let colon = line.text.firstIndex(of: 0x3A)
        if colon == line.text.startIndex {
            comments += 1
            return
        }
        let field = line.text[..<(colon ?? line.text.endIndex)]
        var value = colon.map { line.text[($0 + 1)...] } ?? []
        if value.first == 0x20 { value = value.dropFirst() }
        switch String(decoding: field, as: UTF8.self) {
        case "data":
            dataLines = (data == nil ? 0 : dataLines) + 1
            if dataLines > limits.maxDataLinesPerEvent { return skip(line, "too-many-data-lines") }
            data = (data.map { $0 + [0x0A] } ?? []) + value
        case "event":
            if value.count > limits.maxEventNameBytes { return skip(line, "event-name-too-long") }
            event = Array(value)
        case "id":
            if value.contains(0) { return }
            if value.count > limits.maxIDBytes { return skip(line, "id-too-long") }
            id = Array(value)
        case "retry": break
        default: ignore(line)
        }
    }

    private mutating func skip(_ line: Line, _ code: String) {
        skip(code, start, isUnterminated: !line.isEnded)
    }

    private mutating func ignore(_ line: Line) {
        if line.text.allSatisfy({ $0 == 0x20 || $0 == 0x09 }) { return }
        ignoredLines += 1
        let looksLikeError = line.text.starts(with: "error:".utf8) && line.text.count > 6 || line.text.first == 0x7B
        guard looksLikeError, !hasStray else { return }
        hasStray = true
        add(ReferenceFrame(offset: line.text.startIndex, problem: "stray-error"))
    }

    private mutating func dispatch(isUnterminated: Bool) {
        lastID = id
        if let data {
            add(
                ReferenceFrame(
                    offset: start, event: event, payload: data, isUnterminated: isUnterminated, id: lastID))
        }
        data = nil
        event = []
    }

    /// The lines of NDJSON: LF ends one, a CR before it is none of its text, and blank ones are passed over.
    static func documents(_ bytes: [UInt8], _ limits: Limits = Limits()) -> ReferenceFrames {
        var reader = ReferenceFrames(limits)
        var rest = bytes[...]
        while !rest.isEmpty {
            let end = rest.firstIndex(of: 0x0A)
            var text = rest[..<(end ?? rest.endIndex)]
            let offset = text.startIndex
            rest = end.map { rest[($0 + 1)...] } ?? []
            if text.count + (end == nil ? 0 : 1) > limits.maxEventBytes {
                reader.add(ReferenceFrame(offset: offset, problem: "event-too-large"))
                continue
            }
            if offset == 0 && text.starts(with: [0xEF, 0xBB, 0xBF]) { text = text.dropFirst(3) }
            if text.last == 0x0D { text = text.dropLast() }
            if text.allSatisfy({ $0 == 0x20 || $0 == 0x09 }) { continue }
            reader.add(
                ReferenceFrame(offset: offset, payload: Array(text), isUnterminated: end == nil))
        }
        return reader
    }
}
