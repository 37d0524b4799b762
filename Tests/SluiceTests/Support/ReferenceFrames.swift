import Sluice

// A stream cut into payloads the plain way, on the bytes as they came: Server-Sent Events as WHATWG HTML 9.2.6 interprets
// them, lines, or what ReferenceElements and ReferenceAWS make of it. ReferenceSSE decodes the stream first, as the standard has it; here bytes that are not UTF-8 must
// reach the document that they are in.

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
    /// No frame, but something that the framing cannot read, or a line beside it that looks like an error.
    var problem: String?

    /// Problems that are lines beside the framing, by which something of the stream is lost.
    static let strays: Set = ["stray-error", "undecoded-body", "stray-byte-order-mark"]
}

struct ReferenceFrames {
    private(set) var frames: [ReferenceFrame] = []
    /// Lines whose field means nothing to the standard.
    private(set) var ignoredLines = 0
    /// Lines that are none of them, and no data.
    private(set) var knownLines = 0

    private var data: [UInt8]?
    private var event: [UInt8] = []
    private var start = 0
    private var hasStray = false
    /// A field, a comment or a stray line has come.
    private var hasBegun = false
    /// Until then: the last line that is not blank is the size of an HTTP chunk.
    private var isBehindSize = false

    private struct Line {
        var text: ArraySlice<UInt8>
        var offset: Int
        var isEnded = true
        var hasReturn = false
    }

    /// What a stream of that framing has.
    static func read(_ bytes: [UInt8], _ framing: Framing) -> ReferenceFrames {
        switch framing {
        case .sse: return events(bytes)
        case .ndjson: return documents(bytes)
        case .jsonArray: return ReferenceFrames(frames: ReferenceElements.objects(bytes))
        case .awsEventStream: return ReferenceFrames(frames: ReferenceAWS.messages(bytes))
        }
    }

    private init(frames: [ReferenceFrame] = []) { self.frames = frames }

    /// What Server-Sent Events a stream has; its end dispatches the last one, finished or not.
    static func events(_ bytes: [UInt8]) -> ReferenceFrames {
        var reader = ReferenceFrames()
        for line in lines(bytes) { reader.interpret(line) }
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

    private mutating func interpret(_ line: Line) {
        if data == nil && event.isEmpty { start = line.offset }
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
        case "data": data = (data.map { $0 + [0x0A] } ?? []) + value
        case "event":
            knownLines += 1
            event = Array(value)
        case "id", "retry": knownLines += 1
        case let name
        where !line.isEnded && ["data", "event", "id", "retry"].contains { $0.hasPrefix(name) } && colon == nil:
            break
        default: ignore(line)
        }
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
        frames.append(ReferenceFrame(offset: line.text.startIndex, problem: code))
    }

    private mutating func dispatch(isUnterminated: Bool) {
        if let data {
            frames.append(
                ReferenceFrame(
                    offset: start, event: event, payload: data, isUnterminated: isUnterminated,
                    isError: event == Array("error".utf8)))
        }
        data = nil
        event = []
    }

    /// The lines of NDJSON: LF ends one, a CR before it is none of its text, and blank ones are passed over.
    static func documents(_ bytes: [UInt8]) -> ReferenceFrames {
        var reader = ReferenceFrames()
        var rest = bytes[...]
        while !rest.isEmpty {
            let end = rest.firstIndex(of: 0x0A)
            var text = rest[..<(end ?? rest.endIndex)]
            let offset = text.startIndex
            rest = end.map { rest[($0 + 1)...] } ?? []
            if offset == 0 && text.starts(with: [0xEF, 0xBB, 0xBF]) { text = text.dropFirst(3) }
            if text.last == 0x0D { text = text.dropLast() }
            if text.allSatisfy({ $0 == 0x20 || $0 == 0x09 }) { continue }
            reader.frames.append(
                ReferenceFrame(offset: offset, payload: Array(text), isUnterminated: end == nil))
        }
        return reader
    }
}
