// The whole state of one stream between reads, and the way of the data through it: chunk, frames, captures, deltas.

/// The memory in which the bytes are between reads.
enum BufferMode {
    case borrowed
    case owned
}

struct StreamState: ~Copyable {
    var settings: StreamSettings
    /// A copy of the settings' limits, because every frame needs them.
    var limits: Limits
    /// The delta kinds to emit.
    var kinds: KindBits
    var format: CompiledFormat?
    var framing: Framing?
    var progress = StreamProgress()
    var input = Input()
    var mode = BufferMode.borrowed
    /// The bytes that `fill` wrote, from the unfinished frame on.
    var ring: StreamBuffer
    var ringScanned = 0
    /// Whether the unfinished event matches a template so far and was not scanned for delimiters: see StreamState+Cuts.swift.
    var cut = Cut.none
    /// The cut event continued over a whole chunk.
    var isCutAgain = false
    /// The chunk ends with the matching event that was read last: nothing has to be carried.
    var hasReadAll = false
    /// The last chunk ended with matching events, or the beginning of one: the next probably continues like that.
    var expectsKnown = false
    /// The end of the input is being read.
    var isLast = false
    /// The chunk is in the ring, but an unfinished frame before it was borrowed and is carried.
    var isRingBorrowed = false
    /// The number of leading bytes that do not show the framing.
    var undecidedBytes = 0
    /// The first bytes, while they do not show the framing; then the bytes of the first read.
    var prefix = StreamBuffer(layout: .linear)

    var sse = SSEFramer()
    var ndjson = NDJSONFramer()
    var jsonArray = JSONArrayFramer()
    var aws = AWSEventStreamFramer()

    var isFinished = false
    var isAbandoned = false
    private var fatal: SluiceError?
    private(set) var hasFailed = false
    /// The first bytes of the stream, for the error that the input is not a stream.
    var firstBytes = FirstBytes()
    private var undetected: [UndetectedFrame] = []
    var undetectedKinds = Undetected()
    private var undetectedBytes = 0

    struct UndetectedFrame {
        var payload: [UInt8]
        var event: [UInt8]
        var frame: RawFrame
        var number: UInt64
    }

    init(
        format: CompiledFormat?, framing: Framing?, limits: Limits, layout: BufferLayout, kinds: KindBits = .max
    ) {
        self.init(
            format: format, framing: framing ?? format?.fixedFraming, .of(limits, layout: layout, kinds: kinds))
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

    /// Sets the limits of the framers.
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

    /// Begins at `offset` of the stream, where an event has ended, with the progress `before` of the part before it.
    mutating func resume(at offset: Int, after before: StreamProgress?) {
        input.resume(at: UInt64(offset))
        sse.resume(hasReportedStrayError: before?.sawStrayError ?? false)
        ndjson.resume()
        progress = before ?? StreamProgress(numbering: .open)
    }

    // MARK: The end

    /// Whether nothing more is read: the input has ended, an error has ended the stream, or a reader was dropped early.
    var isOver: Bool { isFinished || hasFailed || isAbandoned }

    mutating func markFinished() { isFinished = true }

    mutating func fail(_ error: SluiceError) {
        fatal = error
        hasFailed = true
    }

    var failure: SluiceError? { fatal }

    /// Whether an event that cannot be read for this reason ends the stream.
    func ends(with code: SluiceError.Code) -> Bool { limits.whenExceeded == .fail && code.isOfLimit }

    var end: StreamEnd {
        // If a limit has ended the stream, the same for every way to cut it.
        let limit = fatal.flatMap { $0.code.isOfLimit ? $0.offset : nil }
        return progress.end(
            bytes: limit ?? bytesRead, framing == .jsonArray ? jsonArray.rest : sse.rest,
            isWhole: !isAbandoned && !hasFailed)
    }

    /// Whether the input has no event, and most lines are unknown to Server-Sent Events. In binary input, some lines begin like
    /// comments or like an error by chance.
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

    mutating func dropLastUndetected() {
        guard let last = undetected.popLast() else { return }
        undetectedBytes -= last.payload.count + last.event.count
    }

    var hasKeptTooMuch: Bool {
        undetected.count >= FormatDetector.maxFrames || undetectedBytes > FormatDetector.maxBytes
    }

    mutating func takeUndetected() -> [UndetectedFrame] {
        let frames = undetected
        undetected = []
        undetectedBytes = 0
        undetectedKinds = Undetected()
        return frames
    }

    var hasUndetected: Bool { !undetected.isEmpty }
    var firstUndetected: UndetectedFrame? { undetected.first }
}
