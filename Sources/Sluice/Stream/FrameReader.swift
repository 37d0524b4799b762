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

/// Cuts one stream into frames and knows nothing of what they carry.
///
/// ```swift
/// var parser = FrameParser(framing: .sse)
/// let chunk: [UInt8] = Array("event: hello\ndata: world\n\n".utf8)
/// var reader = parser.read(chunk.span)
/// while let frame = try reader.next() { print(frame.payload.byteCount) }
/// ```
public struct FrameParser: ~Copyable {
    private let core: FrameCore

    /// A parser for one framing, or with nil for the one that the first bytes show.
    ///
    /// A client that reconnects passes the `lastEventID` of before, which holds until the stream names another.
    public init(
        framing: Framing?, limits: Limits = Limits(), layout: BufferLayout = .mirrored, lastEventID: String = ""
    ) {
        core = FrameCore(StreamState(format: nil, framing: framing, limits: limits, layout: layout))
        if !lastEventID.isEmpty { Array(lastEventID.utf8).withWindow { core.parts.state.seedLastEventID($0) } }
    }

    /// The framing, once it is known.
    public var framing: Framing? { core.parts.state.framing }

    /// The last `id` that the stream sent: WHATWG's last event ID, which sticks; empty at first.
    public var lastEventID: String { repairedUTF8(core.parts.state.lastEventID) }

    /// The input ended inside an event.
    public var endedInsideEvent: Bool { core.parts.state.progress.endedInsideEvent }

    /// Bytes that were looked at for delimiters.
    public var scannedBytes: UInt64 { core.parts.state.input.scannedBytes }

    /// Reads the frames of a borrowed chunk; ask until nil.
    @_lifetime(&self, copy chunk)
    public mutating func read(_ chunk: RawSpan) -> FrameReader {
        let hasFrames = core.parts.begin(Window(lending: chunk))
        return FrameReader(core, flush: nil, hasFrames: hasFrames)
    }

    /// As ``read(_:)-(RawSpan)``, of bytes such as `[UInt8].span`.
    @_lifetime(&self, copy chunk)
    public mutating func read(_ chunk: Span<UInt8>) -> FrameReader { read(chunk.rawBytes) }

    /// Copies `chunk` into the parser's own ring; then ``pull()``.
    public mutating func fill(_ chunk: RawSpan) throws(SluiceError) {
        try core.parts.state.fill(Window(lending: chunk))
    }

    /// As ``fill(_:)-(RawSpan)``, of bytes such as `[UInt8].span`.
    public mutating func fill(_ chunk: Span<UInt8>) throws(SluiceError) { try fill(chunk.rawBytes) }

    /// Reads the frames of what was filled in since; ask until nil.
    @_lifetime(&self)
    public mutating func pull() -> FrameReader {
        core.parts.beginRing()
        return FrameReader(core, flush: nil)
    }

    /// What the end of the input brings forth: with `flush` an unfinished last event, without it (WHATWG) nothing.
    @_lifetime(&self)
    public mutating func readEnd(flush: Bool) -> FrameReader {
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

    /// The next frame, or nil at the end of the chunk. It is gone with the next call.
    ///
    /// - Throws: what is wrong with the next event. Ask again, and the one behind it is read.
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
        // A local, because under the thread sanitizer the compiler takes an access through `self` for an escape of it.
        let core = core
        let hasFound = try core.parts.find(&found, flush: flush)
        isDone = !hasFound
        return hasFound
    }
}

/// What a frame parser and its readers share, in one piece, so that a reader asks but once whether it is alone with it.
final class FrameCore {
    var parts: Parts

    init(_ state: consuming StreamState) { parts = Parts(state: state) }

    struct Parts: ~Copyable {
        var state: StreamState
        var work = EngineWork(CaptureParser.make())
        /// The chunk that was begun last was not read to its end.
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

        /// A read that is still open was dropped, and the rest of its chunk is lost.
        private mutating func startReading() {
            if isReading { state.abandon() }
            isReading = true
        }
    }
}
