// The whole state of one stream between reads. The way of the data through it: chunk, frames, captures, deltas.

struct StreamState: ~Copyable {
    var settings: StreamSettings
    /// Copies of the settings' limits, and of the delta kinds to emit, because every frame needs them.
    var limits: Limits
    var kinds: KindBits
    /// Nil until it is known.
    var format: CompiledFormat?
    /// Nil as long as more may be read.
    private(set) var ending: Ending?
    var progress = StreamProgress()
    /// The window of bytes that a read sees, and what is carried before it.
    var input = Input()
    /// Who owns these bytes.
    var buffers: ChunkBuffers
    var framer: Framer
    var detection = Detection()
    /// What the fast lane leaves at the end of the chunk: see StreamState+Cuts.swift.
    var rest = ChunkRest.framed

    init(
        format: CompiledFormat?, framing: Framing?, limits: Limits, layout: BufferLayout, kinds: KindBits = .answer
    ) {
        self.init(
            format: format, framing: framing ?? format?.fixedFraming, .of(limits, layout: layout, kinds: kinds))
    }

    init(format: CompiledFormat?, framing: Framing?, _ settings: StreamSettings) {
        self.settings = settings
        limits = settings.limits
        kinds = settings.kinds
        self.format = format
        buffers = ChunkBuffers(layout: settings.layout)
        framer = Framer(framing, settings.limits)
    }

    /// What the stream is doing.
    var phase: Phase {
        @inline(__always) get {
            if let ending { return .over(ending) }
            if framer.framing == nil { return .detectingFraming }
            return format == nil ? .detectingFormat : .reading
        }
    }

    var framing: Framing? {
        @inline(__always) get { framer.framing }
    }
    var joined: Window { framer.sse.joinedBytes }
    var lastEventID: Window { framer.sse.lastEventID }
    mutating func seedLastEventID(_ id: Window) { framer.sse.seedID(id) }
    var bytesRead: UInt64 { input.chunkOffset + UInt64(buffers.prefix.count) }
    var allocatedBytes: Int { input.allocatedBytes + buffers.allocatedBytes + framer.allocatedBytes }

    /// Begins at `offset` of the stream, where an event has ended, with the progress `before` of the part before it.
    mutating func resume(at offset: Int, after before: StreamProgress?) {
        input.resume(at: UInt64(offset))
        framer.sse.resume(hasReportedStrayError: before?.sawStrayError ?? false)
        framer.ndjson.resume()
        progress = before ?? StreamProgress(numbering: .open)
    }

    // MARK: The end

    /// Whether nothing more is read.
    var isOver: Bool {
        @inline(__always) get { ending != nil }
    }

    mutating func markEnded() {
        if !isOver { ending = .ended }
    }

    mutating func fail(_ error: SluiceError) { ending = .failed(error, atEnd: ending.hasEnded) }

    /// Marks the stream as abandoned, because a reader was dropped before the end of its chunk: nothing more is read, and the
    /// unfinished event is released at once. The chunk may not exist any more.
    mutating func abandon() {
        if !ending.hasFailed { ending = .abandoned }
        rest = .framed
        input.forget()
        buffers.ring.removeAll()
        buffers.owner = .caller
    }

    /// Restores how an idle stream has ended.
    mutating func restore(_ ending: Ending?) { self.ending = ending }

    var failure: SluiceError? { ending.failure }

    /// Whether an event that cannot be read for this reason ends the stream.
    func ends(with code: SluiceError.Code) -> Bool { limits.whenExceeded == .fail && code.isOfLimit }

    var end: StreamEnd {
        // If a limit has ended the stream, the same for every way to cut it.
        let limit = failure.flatMap { $0.code.isOfLimit ? $0.offset : nil }
        return progress.end(
            bytes: limit ?? bytesRead, framing == .jsonArray ? framer.jsonArray.rest : framer.sse.rest,
            isWhole: !ending.isAbandoned && !ending.hasFailed)
    }

    /// Whether the input has no event, and most lines are unknown to Server-Sent Events. In binary input, some lines begin like
    /// comments or like an error by chance.
    var isNoStream: Bool {
        let sse = (ignored: framer.sse.ignoredLines, known: framer.sse.knownLines)
        guard framing == .sse, progress.frames == 0, sse.ignored > sse.known else { return false }
        return progress.events == 0 || detection.firstBytes.copy().withWindow { SluiceError.isBinary($0) }
    }

    func noStream() -> SluiceError {
        let bytes = input.chunkOffset + UInt64(input.chunk.count)
        let first = detection.firstBytes.copy()
        let hint = first.withWindow { SluiceError.hint(for: $0) }
        return SluiceError(
            .notAStream, excerpt: printableBytes(first),
            detail: "no event was found in \(bytes) bytes; \(hint)")
    }

    /// The error that every read throws after a reader was dropped.
    func abandonment() -> SluiceError {
        SluiceError(
            .abandoned, offset: bytesRead, event: progress.events,
            detail:
                "a reader was dropped before it returned nil, or a body threw; the rest of the chunk, which begins here, "
                + "is lost; read each chunk to its end, or use a new parser")
    }
}
