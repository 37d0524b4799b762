// Amazon's event stream cut into frames the plain way, and base64, both from their standards' text alone:
// https://docs.aws.amazon.com/transcribe/latest/dg/streaming-setting-up.html#streaming-event-stream, the CRC-32 of IEEE
// 802.3, and RFC 4648.

import Sluice

struct ReferenceAWS {
    private let bytes: [UInt8]
    private let limits: Limits
    private var position = 0
    private var isLost = false
    private(set) var frames: [ReferenceFrame] = []

    /// The messages of a stream. What is none is passed over byte by byte and told once.
    static func messages(_ bytes: [UInt8], _ limits: Limits = Limits()) -> [ReferenceFrame] {
        read(bytes, limits).frames
    }

    static func endsBetweenMessages(_ bytes: [UInt8], _ limits: Limits) -> Bool {
        read(bytes, limits).position == bytes.count
    }

    private static func read(_ bytes: [UInt8], _ limits: Limits) -> ReferenceAWS {
        var reader = ReferenceAWS(bytes, limits)
        while reader.position + 12 <= bytes.count {
            let (total, headers) = (reader.number(reader.position, 4), reader.number(reader.position + 4, 4))
            let isPrelude = total >= 16 && headers <= total - 16 && reader.isSound(reader.position, 8)
            if !isPrelude {
                reader.skipByte()
                continue
            }
            reader.isLost = false
            // A longer one is passed over to its end, wherever that is.
            if total > limits.maxEventBytes {
                reader.report("event-too-large")
            } else if reader.position + total <= bytes.count {
                reader.take(total, headers)
            } else {
                break
            }
            reader.position += total
        }
        return reader
    }

    private init(_ bytes: [UInt8], _ limits: Limits) {
        self.bytes = bytes
        self.limits = limits
    }

    private func number(_ start: Int, _ count: Int) -> Int {
        bytes[start..<start + count].reduce(0) { $0 << 8 | Int($1) }
    }

    /// Whether behind the bytes at `start` comes their checksum.
    private func isSound(_ start: Int, _ count: Int) -> Bool {
        Self.checksum(bytes[start..<start + count]) == number(start + count, 4)
    }

    private static func checksum(_ bytes: ArraySlice<UInt8>) -> Int {
        var rest = 0xFFFF_FFFF
        for byte in bytes {
            rest ^= Int(byte)
            for _ in 0..<8 { rest = rest % 2 == 0 ? rest / 2 : rest / 2 ^ 0xEDB8_8320 }
        }
        return rest ^ 0xFFFF_FFFF
    }

    private mutating func skipByte() {
        if !isLost { report("checksum-mismatch") }
        isLost = true
        position += 1
    }

    private mutating func report(_ problem: String) {
        frames.append(ReferenceFrame(offset: position, problem: problem))
    }

    private mutating func take(_ total: Int, _ headers: Int) {
        guard isSound(position, total - 4) else { return report("checksum-mismatch") }
        let body = position + 12 + headers
        var frame = ReferenceFrame(offset: position, payload: Array(bytes[body..<position + total - 4]))
        guard read(bytes[(position + 12)..<body], &frame) else { return report("malformed-headers") }
        guard frame.event.count <= limits.maxEventNameBytes else { return report("event-name-too-long") }
        frame.errorName = frame.isError ? frame.event : []
        frames.append(frame)
    }

    /// Bytes of a value by its type: booleans are their type, 6 and 7 begin with their length.
    private static let sizes = [0, 0, 1, 2, 4, 8, nil, nil, 8, 16]

    private func read(_ headers: ArraySlice<UInt8>, _ frame: inout ReferenceFrame) -> Bool {
        var rest = headers
        func take(_ count: Int) -> [UInt8]? {
            guard rest.count >= count else { return nil }
            defer { rest = rest.dropFirst(count) }
            return Array(rest.prefix(count))
        }
        while let length = rest.popFirst() {
            guard let name = take(Int(length)), let type = rest.popFirst(), type < 10 else { return false }
            var size = Self.sizes[Int(type)]
            if size == nil { size = take(2).map { Int($0[0]) << 8 | Int($0[1]) } }
            guard let size, let value = take(size) else { return false }
            guard type == 7 else { continue }
            switch String(decoding: name, as: UTF8.self) {
            case ":event-type", ":exception-type", ":error-code": frame.event = value
            case ":message-type": frame.isError = value != Array("event".utf8)
            default: break
            }
        }
        return true
    }
}

enum ReferenceBase64 {
    /// The bytes that `text` stands for, in either of RFC 4648's alphabets, padded or not; nil where it stands for none.
    static func decode(_ text: [UInt8]) -> [UInt8]? {
        let letters = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
        var digits: [Int] = []
        for byte in text.reversed().drop(while: { $0 == UInt8(ascii: "=") }).reversed() {
            let plain =
                byte == UInt8(ascii: "-") ? UInt8(ascii: "+") : byte == UInt8(ascii: "_") ? UInt8(ascii: "/") : byte
            guard let digit = letters.firstIndex(of: plain) else { return nil }
            digits.append(digit)
        }
        var bytes: [UInt8] = []
        for start in stride(from: 0, to: digits.count, by: 4) {
            let group = digits[start..<min(start + 4, digits.count)]
            if group.count == 1 { return nil }
            var word = 0
            for place in 0..<4 { word = word << 6 | (place < group.count ? group[start + place] : 0) }
            bytes += [UInt8(word >> 16), UInt8(word >> 8 & 255), UInt8(word & 255)].prefix(group.count - 1)
        }
        return bytes
    }
}
