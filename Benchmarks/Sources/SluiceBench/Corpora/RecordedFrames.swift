import Sluice

/// One event of a recording with what delimits it.
struct RecordedFrame {
    /// The event and the delimiter behind it; of a JSON array the element alone.
    var range: Range<Int>
    /// Of a JSON array: what stands before the element, where another one does.
    var separator: Range<Int>?
    var isElement = false
}

/// Cuts recorded responses into events.
enum RecordedFrames {
    static func cut(_ bytes: [UInt8], _ response: Range<Int>, _ framing: Framing) -> [RecordedFrame] {
        switch framing {
        case .sse: lines(bytes, response, false).map { RecordedFrame(range: $0) }
        case .ndjson: lines(bytes, response, true).map { RecordedFrame(range: $0) }
        case .jsonArray: elements(bytes, response)
        case .awsEventStream: messages(bytes, response).map { RecordedFrame(range: $0) }
        }
    }

    /// Lines, or the lines up to a blank one.
    static func lines(_ bytes: [UInt8], _ range: Range<Int>, _ isLines: Bool) -> [Range<Int>] {
        var frames: [Range<Int>] = []
        var start = range.lowerBound
        var lineStart = start
        for position in range where bytes[position] == 0x0A {
            let isBlank = position == lineStart || (position == lineStart + 1 && bytes[lineStart] == 0x0D)
            lineStart = position + 1
            if isLines || isBlank {
                frames.append(start..<position + 1)
                start = position + 1
            }
        }
        if start < range.upperBound { frames.append(start..<range.upperBound) }
        return frames
    }

    /// The array's opening, its elements with what separates them, and its end.
    private static func elements(_ bytes: [UInt8], _ response: Range<Int>) -> [RecordedFrame] {
        var frames: [RecordedFrame] = []
        var end = response.lowerBound
        var parser = FrameParser(framing: .jsonArray)
        var reader = parser.read(bytes.span.extracting(response))
        while true {
            do {
                guard let frame = try reader.next() else { break }
                let start = response.lowerBound + Int(frame.offset)
                var element = RecordedFrame(range: start..<start + frame.payload.byteCount, isElement: true)
                if !frames.isEmpty {
                    element.separator = end..<start
                } else if start > end {
                    frames.append(RecordedFrame(range: end..<start))
                }
                frames.append(element)
                end = element.range.upperBound
            } catch {
                continue
            }
        }
        if end < response.upperBound { frames.append(RecordedFrame(range: end..<response.upperBound)) }
        return separatingFirst(frames)
    }

    /// The first element gets the separator of the second, for where it comes again behind others.
    private static func separatingFirst(_ frames: [RecordedFrame]) -> [RecordedFrame] {
        var frames = frames
        guard let first = frames.firstIndex(where: \.isElement) else { return frames }
        let separator = frames[(first + 1)...].first { $0.isElement }?.separator
        frames[first].separator = separator
        return frames
    }

    /// Messages by the lengths that they begin with; what is none is the last.
    private static func messages(_ bytes: [UInt8], _ response: Range<Int>) -> [Range<Int>] {
        var frames: [Range<Int>] = []
        var start = response.lowerBound
        while response.upperBound - start >= AWSMessage.smallest {
            let length = AWSMessage.number(bytes, at: start)
            guard length >= AWSMessage.smallest, length <= response.upperBound - start else { break }
            frames.append(start..<start + length)
            start += length
        }
        if start < response.upperBound { frames.append(start..<response.upperBound) }
        return frames
    }
}

/// The layout of a message of an AWS event stream: two lengths and their checksum, headers, the payload, a checksum.
enum AWSMessage {
    static let prelude = 12
    /// A message without headers and payload.
    static let smallest = prelude + 4

    private static let table: [UInt32] = (0..<256).map { byte in
        (0..<8).reduce(UInt32(byte)) { crc, _ in crc & 1 == 1 ? crc >> 1 ^ 0xEDB8_8320 : crc >> 1 }
    }

    static func number(_ bytes: [UInt8], at start: Int) -> Int {
        bytes[start..<start + 4].reduce(0) { $0 << 8 | Int($1) }
    }

    /// Where the payload of the message lies; nil where its headers overrun it.
    static func payload(_ bytes: [UInt8], _ message: Range<Int>) -> Range<Int>? {
        guard message.count >= smallest else { return nil }
        let headers = number(bytes, at: message.lowerBound + 4)
        guard headers <= message.count - smallest else { return nil }
        return message.lowerBound + prelude + headers..<message.upperBound - 4
    }

    /// Writes the lengths and checksums of the message that begins at `start` and ends where `stream` does.
    static func seal(_ stream: inout [UInt8], from start: Int) {
        put(UInt32(stream.count - start), &stream, at: start)
        put(checksum(stream[start..<start + 8]), &stream, at: start + 8)
        put(checksum(stream[start..<stream.count - 4]), &stream, at: stream.count - 4)
    }

    /// CRC-32 as in RFC 1952.
    private static func checksum(_ bytes: ArraySlice<UInt8>) -> UInt32 {
        ~bytes.reduce(~0) { crc, byte in table[Int(UInt8(truncatingIfNeeded: crc) ^ byte)] ^ crc >> 8 }
    }

    private static func put(_ number: UInt32, _ bytes: inout [UInt8], at start: Int) {
        for index in 0..<4 { bytes[start + index] = UInt8(truncatingIfNeeded: number >> (24 - 8 * UInt32(index))) }
    }
}
