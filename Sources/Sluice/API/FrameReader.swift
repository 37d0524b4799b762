/// One frame: an SSE event, an NDJSON line, an element of a JSON array, an AWS message.
///
/// A frame is a view, valid until the next read.
///
/// ```swift
/// var parser = FrameParser(framing: .sse)
/// let chunk: [UInt8] = Array(": ping\n\nid: 7\nretry: 500\ndata: hi\n\n".utf8)
/// var reader = parser.read(chunk.span)
/// if let frame = try reader.next() {
///     assert(frame.payload.byteCount == 2 && frame.lastEventID.byteCount == 1)
///     assert(frame.retryMilliseconds == 500 && frame.number == 1)
/// }
/// ```
public struct Frame: ~Escapable {
    /// The bytes that carry the document: the joined data lines, the line, the element.
    public let payload: RawSpan
    /// The event's type as sent; empty means "message".
    public let event: RawSpan
    /// The last event ID at this frame: the value of the latest `id` field, empty before the first.
    public let lastEventID: RawSpan
    /// Milliseconds of the latest `retry` field since the previous frame; nil if there was none.
    public let retryMilliseconds: Int?
    /// Offset of the frame in the stream, in bytes.
    public let offset: UInt64
    /// Number of the frame, the first being 1; frames that could not be read count.
    public let number: UInt64
    /// Whether the input ended before the frame's delimiter.
    public let isUnterminated: Bool
    /// Whether the framing marks the frame as an error: SSE's type "error", an AWS exception.
    public let isError: Bool

    @inlinable
    @inline(__always)
    @_lifetime(copy payload, copy event, copy lastEventID)
    init(
        payload: RawSpan, event: RawSpan, lastEventID: RawSpan, retryMilliseconds: Int?, offset: UInt64, number: UInt64,
        isUnterminated: Bool, isError: Bool
    ) {
        self.payload = payload
        self.event = event
        self.lastEventID = lastEventID
        self.retryMilliseconds = retryMilliseconds
        self.offset = offset
        self.number = number
        self.isUnterminated = isUnterminated
        self.isError = isError
    }
}

/// Splits one stream into frames without reading their payloads.
///
/// ```swift
/// var parser = FrameParser(framing: .sse)
/// let chunk: [UInt8] = Array("event: hello\ndata: world\n\n".utf8)
/// var reader = parser.read(chunk.span)
/// while let frame = try reader.next() { print(frame.payload.byteCount) }
/// ```
public struct FrameParser: ~Copyable {
    private let core: FrameCore

    /// Creates a parser for one framing, or with nil for the framing that is detected from the first bytes.
    ///
    /// After a reconnect, pass the ``lastEventID`` of the previous parser; it applies until the stream sends another `id`.
    public init(
        framing: Framing?, limits: Limits = Limits(), layout: BufferLayout = .mirrored, lastEventID: String = ""
    ) {
        core = FrameCore(StreamState(format: nil, framing: framing, limits: limits, layout: layout))
        if !lastEventID.isEmpty { Array(lastEventID.utf8).withWindow { core.parts.state.seedLastEventID($0) } }
    }

    /// The framing; nil until it is known.
    public var framing: Framing? { core.parts.state.framing }

    /// The last `id` that the stream sent (WHATWG's last event ID), which applies to all later events; empty at first.
    public var lastEventID: String { repairedUTF8(core.parts.state.lastEventID) }

    /// Whether the input ended inside an event.
    public var endedInsideEvent: Bool { core.parts.state.progress.endedInsideEvent }

    /// Bytes that were searched for delimiters; never more than were received, for every chunk size.
    public var scannedBytes: UInt64 { core.parts.state.input.scannedBytes }

    /// Returns a reader of the frames of a borrowed chunk; call its `next()` until it returns nil.
    @_lifetime(&self, copy chunk)
    public mutating func read(_ chunk: Span<UInt8>) -> FrameReader {
        let hasFrames = core.parts.begin(Window(lending: chunk.rawBytes))
        return FrameReader(core, flush: nil, hasFrames: hasFrames)
    }

    /// Copies `chunk` into the parser's own ring. Then call ``pull()``.
    public mutating func fill(_ chunk: Span<UInt8>) throws(SluiceError) {
        try core.parts.state.fill(Window(lending: chunk.rawBytes))
    }

    /// Returns a reader of the frames of all bytes filled in so far; call its `next()` until it returns nil.
    @_lifetime(&self)
    public mutating func pull() -> FrameReader {
        core.parts.beginRing()
        return FrameReader(core, flush: nil)
    }

    /// Ends the input. With `flush` an unfinished last event is a frame; without it, as WHATWG says, it is discarded.
    @_lifetime(&self)
    public mutating func finish(flush: Bool) -> FrameReader {
        core.parts.beginEnd()
        return FrameReader(core, flush: flush)
    }
}

/// The frames of one chunk, one by one.
///
/// ```swift
/// var parser = FrameParser(framing: .ndjson)
/// let chunk: [UInt8] = Array("{\"a\":1}\n{\"a\":2}\n".utf8)
/// var reader = parser.read(chunk.span)
/// var numbers: [UInt64] = []
/// while let frame = try reader.next() { numbers.append(frame.number) }
/// assert(numbers == [1, 2])
/// ```
public struct FrameReader: ~Copyable, ~Escapable {
    private let core: FrameCore
    private let flush: Bool?
    private var isDone: Bool
    @usableFromInline var found = FoundFrames()

    @_lifetime(immortal)
    init(_ core: FrameCore, flush: Bool?, hasFrames: Bool = true) {
        isDone = !hasFrames
        self.core = core
        self.flush = flush
    }

    /// Returns the next frame, or nil at the end of the chunk. The frame is valid until the next call.
    ///
    /// - Throws: the error of the next event. Call again to read the event after it.
    @inlinable
    @inline(__always)
    @_lifetime(&self)
    public mutating func next() throws(SluiceError) -> Frame? {
        if found.plain.left == 0 {
            guard try find() else { return nil }
            if found.plain.left == 0 { return found.other() }
        }
        return found.takePlain()
    }

    @usableFromInline
    @inline(never)
    mutating func find() throws(SluiceError) -> Bool {
        if isDone { return false }
        // A local variable: under the thread sanitizer, the compiler rejects an access through `self` as an escape.
        let core = core
        let hasFound = try core.parts.find(&found, flush: flush)
        isDone = !hasFound
        return hasFound
    }
}

/// The state that a frame parser shares with its readers, in one struct, so that a reader checks exclusivity only once.
final class FrameCore {
    var parts: Parts

    init(_ state: consuming StreamState) { parts = Parts(state: state) }

    struct Parts: ~Copyable {
        var state: StreamState
        var work = EngineWork(CaptureParser.make())
        /// Whether the latest chunk has not been read to its end.
        private var isReading = false

        init(state: consuming StreamState) { self.state = state }

        mutating func begin(_ chunk: Window) -> Bool {
            startReading()
            isReading = state.begin(chunk, &work)
            return isReading
        }

        mutating func beginRing() {
            startReading()
            state.beginRing(&work)
        }

        mutating func beginEnd() {
            startReading()
            state.beginEnd(&work)
        }

        mutating func find(_ found: inout FoundFrames, flush: Bool?) throws(SluiceError) -> Bool {
            isReading = try state.find(&found, &work, flush: flush)
            return isReading
        }

        /// If a read is still open, its reader was dropped, and the rest of its chunk is lost.
        private mutating func startReading() {
            if isReading { state.abandon() }
            isReading = true
        }
    }
}
