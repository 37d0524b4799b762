// The output of a framer: one delimited unit of the stream, or the problem of one.

struct RawFrame {
    /// The bytes that carry the document.
    var payload = Slice()
    /// The event's type; empty means "message".
    var event = Slice()
    /// Offset in the stream of the frame's first byte.
    var offset: UInt64 = 0
    /// The framing itself marks the frame as an error: SSE's type "error", an AWS exception.
    var isError = false
    /// Milliseconds of a `retry` field, -1 if there was none.
    var retryMilliseconds: Int = -1
    /// The input ended before the frame's delimiter.
    var isUnterminated = false
}

struct FrameProblem {
    var code: SluiceError.Code
    /// Offset in the stream of the frame's first byte.
    var offset: UInt64
    /// The bytes to show in the error.
    var excerpt: Slice

    /// The problem of a frame that begins at position `start`. The excerpt is the frame's first bytes, as many for every
    /// way to cut the stream.
    init(_ code: SluiceError.Code, at start: Int, limit: Int, _ input: inout Input) {
        let wanted = min(64, limit)
        _ = input.hold(upTo: min(input.end, start + wanted))
        let shown = min(wanted, input.window.count - start)
        self.code = code
        offset = input.streamOffset(of: start)
        excerpt = Slice(region: input.region, offset: start, length: max(0, shown))
    }

    /// The problem is not one of a frame, but of a line that the framing ignores: a part of the stream is lost.
    var isBesideFraming: Bool { code == .strayError || code == .undecodedBody || code == .strayByteOrderMark }
}

/// The result of a framer's step. The frame or problem itself is stored in the input: returned by value, it would be written
/// in small pieces and read in large ones immediately, which stalls the processor once an event.
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

/// How a stream is split into frames.
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
    /// NDJSON: one JSON document per line.
    case ndjson
    /// One JSON array of objects, or concatenated objects, on any number of lines.
    case jsonArray = "json-array"
    /// AWS event streams: binary messages with lengths, typed headers and two CRC-32.
    case awsEventStream = "aws"
}
