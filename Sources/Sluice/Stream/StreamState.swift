// All that one stream keeps between reads, and the way of the data through it: chunk, frames, captures, deltas.

/// Who holds the bytes between reads.
enum BufferMode {
    case borrowed
    case owned
}

struct StreamState: ~Copyable {
    var settings: StreamSettings
    /// The settings' own, copied because every frame asks for them.
    var limits: Limits
    /// What the caller wants to be told.
    var kinds: DeltaKinds
    var format: CompiledFormat?
    var framing: Framing?
    var progress = StreamProgress()
    var input = Input()
    var mode = BufferMode.borrowed
    /// Bytes that a `fill` wrote, up to the unfinished frame.
    var ring: StreamBuffer
    var ringScanned = 0
    /// The unfinished event begins as a known one does, and was not looked at for delimiters: see StreamState+Cuts.swift.
    var cut = Cut.none
    /// It goes over the whole of a chunk.
    var isCutAgain = false
    /// The chunk ends with the known event that was read last: nothing is to be put by.
    var hasReadAll = false
    /// The last chunk ended with known events, or the beginning of one: the next goes on so, most likely.
    var expectsKnown = false
    /// What is being read is the end of the input.
    var isLast = false
    /// The chunk lies in the ring, but an unfinished frame before it was borrowed and carried.
    var isRingBorrowed = false
    /// Bytes that have been found not to tell the framing.
    var undecidedBytes = 0
    /// The first bytes, while they do not tell the framing; then what the first read goes over.
    var prefix = StreamBuffer(layout: .linear)

    var sse = SSEFramer()
    var ndjson = NDJSONFramer()
    var jsonArray = JSONArrayFramer()
    var aws = AWSEventStreamFramer()

    var isFinished = false
    var isAbandoned = false
    private var fatal: SluiceError?
    private(set) var hasFailed = false
    /// What the stream began with, for an error that says that it is none.
    var firstBytes = FirstBytes()
    private var undetected: [UndetectedFrame] = []
    private var undetectedBytes = 0

    struct UndetectedFrame {
        var payload: [UInt8]
        var event: [UInt8]
        var frame: RawFrame
        var number: UInt64
    }

    init(
        format: CompiledFormat?, framing: Framing?, limits: Limits, layout: BufferLayout, kinds: DeltaKinds = .max
    ) {
        self.init(
            format: format, framing: framing ?? format?.format.framing, .of(limits, layout: layout, kinds: kinds))
    }

    init(format: CompiledFormat?, framing: Framing?, _ settings: StreamSettings) {
        self.settings = settings
        kinds = settings.kinds
        self.format = format
        self.framing = framing
        limits = settings.limits
        ring = StreamBuffer(layout: settings.layout)
        boundFramers()
    }

    /// Tells the framers what a field may be.
    mutating func boundFramers() {
        sse.bound(by: limits)
        aws.maxNameBytes = limits.maxEventNameBytes
    }

    var joined: Window { sse.joinedBytes }
    var lastEventID: Window { sse.lastEventID }
    mutating func seedLastEventID(_ id: Window) { sse.seedID(id) }
    var bytesRead: UInt64 { input.chunkOffset + UInt64(prefix.count) }
    var allocatedBytes: Int {
        input.allocatedBytes + ring.allocatedBytes + prefix.allocatedBytes + sse.allocatedBytes
    }

    /// The first chunk lies at `offset` of the stream, where an event has ended; what came before it has left `before`.
    mutating func resume(at offset: Int, after before: StreamProgress?) {
        input.resume(at: UInt64(offset))
        sse.resume(hasReportedStrayError: before?.sawStrayError ?? false)
        ndjson.resume()
        progress = before ?? StreamProgress(numbering: .open)
    }

    // MARK: The end

    /// Nothing more is read: the input has ended, an error has ended it, or its reader was given up.
    var isOver: Bool { isFinished || hasFailed || isAbandoned }

    mutating func markFinished() { isFinished = true }

    mutating func fail(_ error: SluiceError) {
        fatal = error
        hasFailed = true
    }

    var failure: SluiceError? { fatal }

    /// Whether the stream ends with an event that cannot be read for this reason.
    func ends(with code: SluiceError.Code) -> Bool { limits.whenExceeded == .fail && code.isOfLimit }

    var end: StreamEnd {
        // Where a limit has ended the stream, the same however it was cut.
        let limit = fatal.flatMap { $0.code.isOfLimit ? $0.offset : nil }
        return progress.end(
            bytes: limit ?? bytesRead, ignoredLines: sse.ignoredLines, isWhole: !isAbandoned && !hasFailed)
    }

    /// Lines came, but no event, and hardly any that Server-Sent Events know: in bytes that are no text, some begin like
    /// comments, and sooner or later one like an error.
    var isNoStream: Bool {
        guard framing == .sse, progress.frames == 0, sse.ignoredLines > sse.knownLines else { return false }
        return progress.events == 0 || firstBytes.copy().withWindow { SluiceError.isBinary($0) }
    }

    func noStream() -> SluiceError {
        let bytes = input.chunkOffset + UInt64(input.chunk.count)
        let first = firstBytes.copy()
        let hint = first.withWindow { SluiceError.hint(for: $0) }
        return SluiceError(
            .notAStream, excerpt: printableBytes(first),
            detail: "no event was found in \(bytes) bytes; \(hint)")
    }

    mutating func keepUndetected(_ frame: UndetectedFrame) {
        undetected.append(frame)
        undetectedBytes += frame.payload.count + frame.event.count
    }

    var hasKeptTooMuch: Bool {
        undetected.count >= FormatDetector.maxFrames || undetectedBytes > FormatDetector.maxBytes
    }

    mutating func takeUndetected() -> [UndetectedFrame] {
        let frames = undetected
        undetected = []
        undetectedBytes = 0
        return frames
    }

    var hasUndetected: Bool { !undetected.isEmpty }
    var firstUndetected: UndetectedFrame? { undetected.first }
}
