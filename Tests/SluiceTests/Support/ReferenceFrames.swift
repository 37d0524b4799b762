import Sluice

// A stream cut into payloads the plain way, on the bytes as they came: Server-Sent Events as WHATWG HTML 9.2.6 interprets
// them, lines, or what ReferenceElements and ReferenceAWS make of it. ReferenceSSE decodes the stream first, as the standard
// has it; here bytes that are not UTF-8 must reach the document that they are in, and limits count the bytes as they came.

struct ReferenceFrame {
    var offset = 0
    var event: [UInt8] = []
    var payload: [UInt8] = []
    /// The input ended before the frame did.
    var isUnterminated = false
    /// The framing says that it is an error: the event's type is `error`, or the message's is another than `event`.
    var isError = false
    /// What kind of error, where the framing says that too.
    var errorName: [UInt8] = []
    /// SSE: the last event ID as of this frame.
    var id: [UInt8] = []
    /// No frame, but this is wrong: a limit was passed, it cannot be read, or a line beside the framing looks like an error.
    var problem: String?
    /// Lines of no meaning up to this frame.
    var ignoredLines = 0

    /// Problems that are lines beside the framing, by which something of the stream is lost.
    static let strays: Set = ["stray-error", "undecoded-body", "stray-byte-order-mark"]
}

struct ReferenceFrames {
    private(set) var frames: [ReferenceFrame] = []
    /// Lines whose field means nothing to the standard.
    private(set) var ignoredLines = 0
    /// Lines that are none of them, and no data.
    private(set) var knownLines = 0
    /// The input ended within an event.
    private(set) var endsInside = false

    private let limits: Limits
    private var data: [UInt8]?
    private var dataLines = 0
    private var event: [UInt8] = []
    private var id: [UInt8] = []
    private(set) var lastID: [UInt8] = []
    private var start = 0
    private var hasStray = false
    /// A field, a comment or a stray line has come.
    private var hasBegun = false
    /// Until then: the last line that is not blank is the size of an HTTP chunk.
    private var isBehindSize = false
    /// The event at hand has passed a limit: what is left of it is passed over.
    private var isSkipping = false

    private init(_ limits: Limits, frames: [ReferenceFrame] = []) {
        self.limits = limits
        self.frames = frames
    }

    private struct Line {
        var text: ArraySlice<UInt8>
        var offset: Int
        var isEnded = true
        var hasReturn = false
    }

    /// What a stream of that framing has.
    static func read(_ bytes: [UInt8], _ framing: Framing, _ limits: Limits = Limits()) -> ReferenceFrames {
        switch framing {
        case .sse: return events(bytes, limits)
        case .ndjson:
            var found = documents(bytes, limits)
            found.endsInside = !bytes.isEmpty && bytes.last != 0x0A
            return found
        case .jsonArray:
            let elements = ReferenceElements.objects(bytes, limits)
            var found = ReferenceFrames(limits, frames: elements.frames)
            found.endsInside = elements.endsInside
            return found
        case .awsEventStream:
            var found = ReferenceFrames(limits, frames: ReferenceAWS.messages(bytes, limits))
            found.endsInside = !ReferenceAWS.endsBetweenMessages(bytes, limits)
            return found
        }
    }

    /// What Server-Sent Events a stream has; its end dispatches the last one, finished or not.
    static func events(_ bytes: [UInt8], _ limits: Limits = Limits()) -> ReferenceFrames {
        var reader = ReferenceFrames(limits)
        let lines = lines(bytes)
        for line in lines { reader.interpret(line) }
        let hasOpenLine = lines.last.map { !$0.isEnded && !$0.text.isEmpty && $0.text.first != 0x3A } ?? false
        reader.endsInside = reader.isSkipping || reader.data != nil || hasOpenLine
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
            lines.append(Line(text: bytes[start..<index - 1], offset: start, hasReturn: byte == 0x0D))
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
        hasBegun = true
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
        if !hasBegun { begin(with: line) }
        let colon = line.text.firstIndex(of: 0x3A)
        if colon == line.text.startIndex {
            knownLines += 1
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
            knownLines += 1
            if value.count > limits.maxEventNameBytes { return skip(line, "event-name-too-long") }
            event = Array(value)
        case "id":
            knownLines += 1
            if value.contains(0) { return }
            if value.count > limits.maxIDBytes { return skip(line, "id-too-long") }
            id = Array(value)
        case "retry": knownLines += 1
        case let name
        where !line.isEnded && ["data", "event", "id", "retry"].contains { $0.hasPrefix(name) } && colon == nil:
            break
        default: ignore(line)
        }
    }

    private mutating func skip(_ line: Line, _ code: String) {
        skip(code, start, isUnterminated: !line.isEnded)
    }

    private mutating func ignore(_ line: Line) {
        if line.text.allSatisfy({ $0 == 0x20 || $0 == 0x09 }) { return }
        if !line.isEnded && line.text.startIndex == 0 && [[0xEF], [0xEF, 0xBB]].contains(Array(line.text)) { return }
        ignoredLines += 1
        let text = String(decoding: line.text, as: UTF8.self)
        if text.hasPrefix("error:") && line.text.count > 6 || Self.isDocument(line.text) {
            tell("stray-error", of: line)
        } else if line.text.starts(with: [0xEF, 0xBB, 0xBF]) {
            let rest = line.text.dropFirst(3)
            if !rest.isEmpty && (Self.isField(rest) || Self.isDocument(rest)) {
                tell("stray-byte-order-mark", of: line)
            }
        }
    }

    /// A line that is not blank, before any that means something.
    private mutating func begin(with line: Line) {
        let isBracket = line.text.first == 0x7B || line.text.first == 0x5B
        if isBehindSize && (Self.isField(line.text) || isBracket) { tell("undecoded-body", of: line) }
        hasBegun = hasBegun || Self.isField(line.text)
        let size = String(decoding: line.text, as: UTF8.self).split(separator: ";", omittingEmptySubsequences: false)[0]
        var digits = Substring(size)
        while digits.last == " " || digits.last == "\t" { digits.removeLast() }
        isBehindSize =
            line.hasReturn && (1...16).contains(digits.unicodeScalars.count)
            && digits.unicodeScalars.allSatisfy { "0123456789abcdefABCDEF".unicodeScalars.contains($0) }
    }

    private static func isDocument(_ text: ArraySlice<UInt8>) -> Bool {
        guard text.first == UInt8(ascii: "{"), text.count > 1 else { return text.elementsEqual("{".utf8) }
        return "\"} \t".utf8.contains(text[text.startIndex + 1]) && !text.contains { $0 < 0x20 && $0 != 0x09 }
    }

    private static func isField(_ text: ArraySlice<UInt8>) -> Bool {
        let name = text.prefix { $0 != UInt8(ascii: ":") }
        return ["", "data", "event", "id", "retry"].contains { Array($0.utf8) == Array(name) }
    }

    private mutating func tell(_ code: String, of line: Line) {
        guard !hasStray else { return }
        hasStray = true
        hasBegun = true
        add(ReferenceFrame(offset: line.text.startIndex, problem: code))
    }

    private mutating func dispatch(isUnterminated: Bool) {
        lastID = id
        if let data {
            add(
                ReferenceFrame(
                    offset: start, event: event, payload: data, isUnterminated: isUnterminated,
                    isError: event == Array("error".utf8), id: lastID))
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
