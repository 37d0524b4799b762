/// One frame: an SSE event, an NDJSON line, an element of a JSON array, an AWS message.
///
/// A frame is a view, gone with the next read.
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
    /// The event's type as it was sent; empty means "message".
    public let event: RawSpan
    /// The last event ID as of this frame: what the latest `id` field said, empty at first.
    public let lastEventID: RawSpan
    /// Milliseconds that a `retry` field asked for since the frame before, if one did.
    public let retryMilliseconds: Int?
    /// Offset of the frame in the stream, in bytes.
    public let offset: UInt64
    /// Number of the frame, the first being 1; frames that could not be read count.
    public let number: UInt64
    /// The input ended before the frame's own end.
    public let isUnterminated: Bool
    /// The framing itself marks the frame as an error: SSE's type "error", an AWS exception.
    public let isError: Bool

    @_lifetime(copy payload, copy event, copy lastEventID)
    init(_ frame: RawFrame, payload: RawSpan, event: RawSpan, lastEventID: RawSpan, number: UInt64) {
        self.payload = payload
        self.event = event
        self.lastEventID = lastEventID
        retryMilliseconds = frame.retryMilliseconds < 0 ? nil : frame.retryMilliseconds
        offset = frame.offset
        self.number = number
        isUnterminated = frame.isUnterminated
        isError = frame.isError
    }
}

/// Cuts one stream into frames and knows nothing of what they carry.
///
/// ```swift
/// var parser = FrameParser(framing: .sse)
/// let chunk: [UInt8] = Array("event: hello\ndata: world\n\n".utf8)
/// var reader = parser.read(chunk.span)
/// while let frame = try reader.next() { print(frame.payload.byteCount) }
/// ```
public struct FrameParser: ~Copyable {
    private let stream: StreamCore
    private let engine = EngineCore()

    /// A parser for one framing, or with nil for the one that the first bytes show.
    ///
    /// A client that reconnects passes the `lastEventID` of before, which holds until the stream names another.
    public init(
        framing: Framing?, limits: Limits = Limits(), layout: BufferLayout = .mirrored, lastEventID: String = ""
    ) {
        stream = StreamCore(StreamState(format: nil, framing: framing, limits: limits, layout: layout))
        if !lastEventID.isEmpty { Array(lastEventID.utf8).withWindow { stream.state.seedLastEventID($0) } }
    }

    /// The framing, once it is known.
    public var framing: Framing? { stream.state.framing }

    /// The last `id` that the stream sent: WHATWG's last event ID, which sticks; empty at first.
    public var lastEventID: String { repairedUTF8(stream.state.lastEventID) }

    /// The input ended inside an event.
    public var endedInsideEvent: Bool { stream.state.progress.endedInsideEvent }

    /// Bytes that were looked at for delimiters.
    public var scannedBytes: UInt64 { stream.state.input.scannedBytes }

    /// Reads the frames of a borrowed chunk; ask until nil.
    @_lifetime(&self, copy chunk)
    public mutating func read(_ chunk: RawSpan) -> FrameReader {
        stream.state.begin(Window(lending: chunk), &engine.work)
        return FrameReader(stream, engine, flush: nil)
    }

    /// As ``read(_:)-(RawSpan)``, of bytes such as `[UInt8].span`.
    @_lifetime(&self, copy chunk)
    public mutating func read(_ chunk: Span<UInt8>) -> FrameReader { read(chunk.rawBytes) }

    /// Copies `chunk` into the parser's own ring; then ``pull()``.
    public mutating func fill(_ chunk: RawSpan) throws(SluiceError) {
        try stream.state.fill(Window(lending: chunk))
    }

    /// As ``fill(_:)-(RawSpan)``, of bytes such as `[UInt8].span`.
    public mutating func fill(_ chunk: Span<UInt8>) throws(SluiceError) { try fill(chunk.rawBytes) }

    /// Reads the frames of what was filled in since; ask until nil.
    @_lifetime(&self)
    public mutating func pull() -> FrameReader {
        stream.state.beginRing(&engine.work)
        return FrameReader(stream, engine, flush: nil)
    }

    /// What the end of the input brings forth: with `flush` an unfinished last event, without it (WHATWG) nothing.
    @_lifetime(&self)
    public mutating func readEnd(flush: Bool) -> FrameReader {
        stream.state.beginEnd(&engine.work)
        return FrameReader(stream, engine, flush: flush)
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
    private let stream: StreamCore
    private let engine: EngineCore
    private let flush: Bool?
    private var isDone = false

    @_lifetime(immortal)
    init(_ stream: StreamCore, _ engine: EngineCore, flush: Bool?) {
        self.stream = stream
        self.engine = engine
        self.flush = flush
    }

    deinit {
        if !isDone { stream.state.abandon() }
    }

    /// The next frame, or nil at the end of the chunk. It is gone with the next call.
    ///
    /// - Throws: what is wrong with the next event. Ask again, and the one behind it is read.
    @_lifetime(&self)
    public mutating func next() throws(SluiceError) -> Frame? {
        if isDone { return nil }
        // Locals, because under the thread sanitizer the compiler takes an access through `self` for an escape of it.
        let core = engine
        let stream = stream
        core.work.reclaim()
        guard let raw = try stream.state.nextRawFrame(&core.work, flush: flush) else {
            isDone = true
            return nil
        }
        let payload = stream.state.window(of: raw.payload)
        let event = stream.state.window(of: raw.event)
        let id = stream.state.lastEventID
        return Frame(
            raw, payload: payload.span(0, payload.count), event: event.span(0, event.count),
            lastEventID: id.span(0, id.count),
            number: stream.state.progress.events)
    }
}
