@testable import Sluice

// NDJSON and JSON arrays cut the plain way: all bytes at hand, one at a time.

enum ReferenceNDJSON {
    static func log(_ bytes: [UInt8], flush: Bool) -> FrameLog {
        var log = FrameLog()
        var offset = 0
        var lines = bytes.split(separator: 0x0A, omittingEmptySubsequences: false)
        if !flush || lines.last?.isEmpty == true { lines.removeLast() }
        for (index, line) in lines.enumerated() {
            var text = line
            if index == 0 && text.starts(with: [0xEF, 0xBB, 0xBF]) { text = text.dropFirst(3) }
            if text.last == 0x0D { text = text.dropLast() }
            if !text.allSatisfy({ $0 == 0x20 || $0 == 0x09 }) {
                var frame = OwnedFrame(offset: UInt64(offset), number: UInt64(log.entries.count + 1))
                frame.data = Array(text)
                frame.isUnterminated = line.endIndex == bytes.endIndex
                log.entries.append(.frame(frame))
            }
            offset += line.count + 1
        }
        return log
    }
}

struct ReferenceJSONArray {
    private let bytes: [UInt8]
    private var position = 0
    private var log = FrameLog()
    private var isGapReported = false

    static func log(_ bytes: [UInt8], flush: Bool) -> FrameLog {
        var reader = ReferenceJSONArray(bytes: bytes)
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { reader.position = 3 }
        while reader.position < bytes.count { reader.step(flush) }
        return reader.log
    }

    private init(bytes: [UInt8]) { self.bytes = bytes }

    private mutating func step(_ flush: Bool) {
        guard bytes[position] != UInt8(ascii: "{") else { return object(flush) }
        let element = bytes[position...].prefix { !" \t\r\n,[]{".utf8.contains($0) }
        let isQuiet = element.isEmpty || Self.quiet.contains(Array(element))
        if !isQuiet && !isGapReported {
            isGapReported = true
            // It is none from the byte on that none of them has there.
            let known = (0...element.count).last { count in
                Self.quiet.contains { $0.starts(with: element.prefix(count)) }
            }
            let problem = OwnedProblem(
                .malformedPayload, offset: UInt64(position + (known ?? 0)), event: UInt64(log.entries.count + 1))
            log.entries.append(.problem(problem))
        }
        position += max(1, element.count)
    }

    /// Elements that carry nothing.
    private static let quiet = ["null", "0", "\"\""].map { Array($0.utf8) }

    private mutating func object(_ flush: Bool) {
        let start = position
        isGapReported = false
        let isEnded = skipValue()
        guard isEnded || flush else { return }
        var frame = OwnedFrame(offset: UInt64(start), number: UInt64(log.entries.count + 1))
        frame.data = Array(bytes[start..<position])
        frame.isUnterminated = !isEnded
        log.entries.append(.frame(frame))
    }

    /// Goes behind the bracket that closes the one here; false where the input ends before.
    private mutating func skipValue() -> Bool {
        var open = 0
        while position < bytes.count {
            let byte = bytes[position]
            position += 1
            if byte == UInt8(ascii: "\"") { skipString() }
            if byte == UInt8(ascii: "{") || byte == UInt8(ascii: "[") { open += 1 }
            if byte == UInt8(ascii: "}") || byte == UInt8(ascii: "]") { open -= 1 }
            if open == 0 { return true }
        }
        return false
    }

    private mutating func skipString() {
        while position < bytes.count {
            let byte = bytes[position]
            position += 1
            if byte == UInt8(ascii: "\"") { return }
            if byte == UInt8(ascii: "\\") { position = min(position + 1, bytes.count) }
        }
    }
}
