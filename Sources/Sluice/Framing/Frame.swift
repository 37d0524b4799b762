// What a framer hands on: one delimited unit of the stream, or what was wrong with one.

struct RawFrame {
    /// The bytes that carry the document.
    var payload = Slice()
    /// The event's type; empty means "message".
    var event = Slice()
    /// Offset in the stream of the frame's first byte.
    var offset: UInt64 = 0
    /// The framing itself marks the frame as an error: SSE's type "error", an AWS exception.
    var isError = false
    /// Milliseconds that a `retry` field asked for, -1 where there was none.
    var retryMilliseconds: Int = -1
    /// The input ended before the frame's own end.
    var isUnterminated = false
}

struct FrameProblem {
    var code: SluiceError.Code
    /// Offset in the stream of the frame's first byte.
    var offset: UInt64
    /// Bytes worth showing.
    var excerpt: Slice

    /// Of a frame that begins at position `start`; shows its first bytes, as many however the stream was cut.
    init(_ code: SluiceError.Code, at start: Int, limit: Int, _ input: inout Input) {
        let wanted = min(64, limit)
        _ = input.hold(upTo: min(input.end, start + wanted))
        let shown = min(wanted, input.window.count - start)
        self.code = code
        offset = input.streamOffset(of: start)
        excerpt = Slice(region: input.region, offset: start, length: max(0, shown))
    }

    /// What it tells of is no frame, but a line that the framing passes over: something of the stream is lost.
    var isBesideFraming: Bool { code == .strayError || code == .undecodedBody || code == .strayByteOrderMark }
}

/// What a framer has come to. The frame or problem itself is left in the input: returned by value, it would be written in
/// small pieces and read in large ones right away, which stalls the processor once an event.
enum FrameStep {
    case frame
    case problem
    case needMore
}

extension Input {
    mutating func found(_ problem: FrameProblem) -> FrameStep {
        self.problem = problem
        return .problem
    }

    mutating func found(_ frame: RawFrame) -> FrameStep {
        self.frame = frame
        return .frame
    }
}

/// How a stream is cut into frames.
///
/// ```swift
/// var parser = FrameParser(framing: nil)
/// let chunk: [UInt8] = Array("{\"a\":1}\n".utf8)
/// var reader = parser.read(chunk.span)
/// while let frame = try reader.next() { print(frame.number) }
/// assert(parser.framing == .ndjson)
/// ```
public enum Framing: String, Sendable, CaseIterable {
    /// Server-Sent Events: WHATWG HTML, section 9.2.
    case sse
    /// One JSON document a line.
    case ndjson
    /// One JSON array of objects, or objects one after the other, on any number of lines.
    case jsonArray = "json-array"
    /// Amazon's binary event stream: lengths, typed headers, two CRC-32.
    case awsEventStream = "aws"
}
