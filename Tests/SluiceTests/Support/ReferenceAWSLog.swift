@testable import Sluice

// Amazon's event stream cut the plain way: all bytes at hand, checksums bit by bit, an index that only moves forward.

struct ReferenceAWSLog {
    private let bytes: [UInt8]
    private var position = 0
    private var log = FrameLog()
    private var isLost = false

    static func log(_ bytes: [UInt8]) -> FrameLog {
        var reader = ReferenceAWSLog(bytes: bytes)
        while reader.step() {}
        reader.log.endedInsideEvent = reader.position < bytes.count
        return reader.log
    }

    private init(bytes: [UInt8]) { self.bytes = bytes }

    private func number(_ offset: Int, _ count: Int = 4) -> Int {
        bytes[offset..<offset + count].reduce(0) { $0 << 8 | Int($1) }
    }

    private func isSound(_ start: Int, _ end: Int) -> Bool {
        AWSMessage.checksum(bytes[start..<end]) == UInt32(number(end))
    }

    /// Reads the message here, or a byte that none begins with; false where the rest is not a whole one.
    private mutating func step() -> Bool {
        guard bytes.count - position >= 12 else { return false }
        let total = number(position)
        let headers = number(position + 4)
        guard total >= 16, headers <= total - 16, isSound(position, position + 8) else {
            if !isLost { report(.checksumMismatch) }
            isLost = true
            position += 1
            return true
        }
        isLost = false
        guard bytes.count - position >= total else { return false }
        if isSound(position, position + total - 4) {
            message(total, position + 12 + headers)
        } else {
            report(.checksumMismatch)
        }
        position += total
        return true
    }

    private mutating func report(_ code: SluiceError.Code) {
        let number = UInt64(log.entries.count + 1)
        log.entries.append(.problem(OwnedProblem(code, offset: UInt64(position), event: number)))
    }

    private mutating func message(_ total: Int, _ body: Int) {
        var frame = OwnedFrame(offset: UInt64(position), number: UInt64(log.entries.count + 1))
        frame.data = Array(bytes[body..<position + total - 4])
        var header = position + 12
        while header < body {
            guard let next = readHeader(header, body, &frame) else { return report(.malformedHeaders) }
            header = next
        }
        log.entries.append(.frame(frame))
    }

    /// Reads the header at `start` and returns where the next begins; nil where it overruns `end`.
    private func readHeader(_ start: Int, _ end: Int, _ frame: inout OwnedFrame) -> Int? {
        let name = start + 1..<start + 1 + Int(bytes[start])
        guard name.upperBound < end else { return nil }
        var value = name.upperBound + 1
        let length: Int
        switch bytes[name.upperBound] {
        case 0, 1: length = 0
        case 2: length = 1
        case 3: length = 2
        case 4: length = 4
        case 5, 8: length = 8
        case 6, 7:
            guard value + 2 <= end else { return nil }
            length = number(value, 2)
            value += 2
        case 9: length = 16
        default: return nil
        }
        guard value + length <= end else { return nil }
        let isType = [":event-type", ":exception-type", ":error-code"].contains {
            bytes[name].elementsEqual($0.utf8)
        }
        if bytes[name.upperBound] == 7 && isType { frame.event = Array(bytes[value..<value + length]) }
        return value + length
    }
}
