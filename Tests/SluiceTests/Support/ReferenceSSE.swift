@testable import Sluice

// Server-Sent Events as WHATWG HTML 9.2.6 puts them, in its own order: decode the whole input, split it into lines,
// interpret line by line. Slow, and written from the standard's text alone.

struct ReferenceSSE {
    private struct Line {
        var text: [Unicode.Scalar]
        var offset: UInt64
        var isEnded: Bool
    }

    private static let carriageReturn: Unicode.Scalar = "\r"
    private static let lineFeed: Unicode.Scalar = "\n"

    private var data = ""
    private var eventType = ""
    private var idBuffer = ""
    private var idString = ""
    private var retry: Int?
    private var start: UInt64 = 0
    private var log = FrameLog()

    /// The log of the whole input; with `flush` an unfinished last event is an event.
    static func log(_ bytes: [UInt8], flush: Bool) -> FrameLog {
        var reader = ReferenceSSE()
        for line in lines(of: bytes) {
            if !line.isEnded && !flush { break }
            reader.interpret(line)
        }
        if flush { reader.flush() }
        reader.log.lastEventID = reader.idString
        return reader.log
    }

    /// The stream's lines. An unended last line counts where it is not empty.
    private static func lines(of bytes: [UInt8]) -> [Line] {
        var scalars = Array(String(decoding: bytes, as: UTF8.self).unicodeScalars)
        if scalars.first == "\u{FEFF}" { scalars.removeFirst() }
        let offsets = lineOffsets(of: bytes)
        var lines: [Line] = []
        var text: [Unicode.Scalar] = []
        var index = 0
        while index < scalars.count {
            let scalar = scalars[index]
            index += 1
            guard scalar == carriageReturn || scalar == lineFeed else {
                text.append(scalar)
                continue
            }
            if scalar == carriageReturn && index < scalars.count && scalars[index] == lineFeed { index += 1 }
            lines.append(Line(text: text, offset: offsets[lines.count], isEnded: true))
            text = []
        }
        if !text.isEmpty { lines.append(Line(text: text, offset: offsets[lines.count], isEnded: false)) }
        return lines
    }

    /// Where each line begins: line ends are the same bytes before and after decoding.
    private static func lineOffsets(of bytes: [UInt8]) -> [UInt64] {
        var offsets: [UInt64] = [0]
        for index in bytes.indices {
            let isEnd =
                bytes[index] == 0x0A || (bytes[index] == 0x0D && !(index + 1 < bytes.count && bytes[index + 1] == 0x0A))
            if isEnd { offsets.append(UInt64(index + 1)) }
        }
        return offsets
    }

    private mutating func interpret(_ line: Line) {
        if data.isEmpty && eventType.isEmpty { start = line.offset }
        if line.text.isEmpty { return dispatch(isUnterminated: false) }
        guard let colon = line.text.firstIndex(of: ":") else { return process(line.text, []) }
        if colon == 0 { return }
        var value = line.text[(colon + 1)...]
        if value.first == " " { value = value.dropFirst() }
        process(Array(line.text[..<colon]), Array(value))
    }

    private mutating func process(_ field: [Unicode.Scalar], _ value: [Unicode.Scalar]) {
        var text = ""
        text.unicodeScalars.append(contentsOf: value)
        if field == ["e", "v", "e", "n", "t"] {
            eventType = text
        } else if field == ["d", "a", "t", "a"] {
            data.unicodeScalars.append(contentsOf: value)
            data.unicodeScalars.append(Self.lineFeed)
        } else if field == ["i", "d"] {
            if !value.contains("\0") { idBuffer = text }
        } else if field == ["r", "e", "t", "r", "y"] {
            let areDigits = value.allSatisfy { $0 >= "0" && $0 <= "9" }
            if areDigits && !value.isEmpty { retry = Int(text) ?? retry }
        }
    }

    private mutating func dispatch(isUnterminated: Bool) {
        idString = idBuffer
        if data.isEmpty {
            eventType = ""
            return
        }
        data.unicodeScalars.removeLast()
        var frame = OwnedFrame(offset: start, number: UInt64(log.entries.count + 1))
        frame.event = Array(eventType.utf8)
        frame.data = Array(data.utf8)
        frame.id = Array(idString.utf8)
        frame.retry = retry
        frame.isUnterminated = isUnterminated
        log.entries.append(.frame(frame))
        data = ""
        eventType = ""
        retry = nil
    }

    /// Not the standard's, but what servers that drop the last blank line make necessary.
    private mutating func flush() {
        if !data.isEmpty { dispatch(isUnterminated: true) }
    }
}

extension FrameLog {
    /// With every byte string decoded as the standard decodes the stream; the engine hands bytes on as they came.
    var decoded: FrameLog {
        func repaired(_ bytes: [UInt8]) -> [UInt8] { Array(String(decoding: bytes, as: UTF8.self).utf8) }
        var copy = self
        copy.entries = entries.map {
            guard case .frame(var frame) = $0 else { return $0 }
            frame.event = repaired(frame.event)
            frame.data = repaired(frame.data)
            frame.id = repaired(frame.id)
            return .frame(frame)
        }
        copy.endedInsideEvent = false
        return copy
    }
}
