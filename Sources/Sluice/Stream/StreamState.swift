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
    /// The chunk ends with the known event that was read last: nothing is to be put by.
    var hasReadAll = false
    /// What is being read is the end of the input.
    var isLast = false
    /// The chunk lies in the ring, but an unfinished frame before it was borrowed and carried.
    private var isRingBorrowed = false
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

    // MARK: Chunks

    /// Begins to read `chunk`. False if there is nothing to read: it ends no line of an event that was carried, as nearly all
    /// chunks do that are but a few bytes, and has been carried too.
    @inline(__always)
    mutating func begin(_ chunk: Window, _ work: inout EngineWork) -> Bool {
        guard input.holdsCarry, cut == .none, mode == .borrowed, !isRingBorrowed, framing == .sse || framing == .ndjson,
            !isOver,
            input.carriedCount + chunk.count <= limits.maxEventBytes
        else {
            beginAny(chunk, &work)
            return true
        }
        if progress.frames == 0 { firstBytes.note(chunk) }
        work.scanner.reset()
        if input.carryOn(chunk, &work.scanner, framing == .sse ? .lineEnds : .lineFeeds) { return false }
        isLast = false
        hasReadAll = false
        // The scanner has found the chunk's first marks already.
        work.forgetChunk()
        return true
    }

    /// Begins to read `chunk`; what is really read may be the first bytes together with it.
    @inline(never)
    private mutating func beginAny(_ chunk: Window, _ work: inout EngineWork) {
        work.beginChunk()
        isLast = false
        hasReadAll = false
        if isOver { return input.begin(.empty, scanned: 0) }
        if !isRingBorrowed { noteFirstBytes(chunk) }
        if ring.count > 0 && !isRingBorrowed {
            guard ring.append(chunk) else { return fail(ringTooSmall(chunk.count)) }
            return beginRing(&work)
        }
        mode = .borrowed
        // The chunk alone tells it nearly always, and need not be copied.
        if framing == nil && prefix.count == 0 { framing = detectFraming(chunk) }
        guard framing == nil else { return input.begin(chunk, scanned: 0) }
        guard prefix.append(chunk) else {
            return fail(SluiceError(.outOfMemory, detail: "there is no memory for the first \(prefix.count) bytes"))
        }
        findFraming(in: prefix.readable)
        input.begin(framing == nil ? .empty : prefix.readable, scanned: 0)
        if framing != nil { prefix.removeAll() }
    }

    /// Begins to read what `fill` has written since.
    mutating func beginRing(_ work: inout EngineWork) {
        work.beginChunk()
        isLast = false
        hasReadAll = false
        if isOver { return input.begin(.empty, scanned: 0) }
        if input.holdsCarry || prefix.count > 0 {
            isRingBorrowed = true
            return beginAny(ring.readable, &work)
        }
        if framing == nil { findFraming(in: ring.readable) }
        mode = .owned
        input.begin(framing == nil ? .empty : ring.readable, scanned: framing == nil ? 0 : ringScanned)
    }

    /// Begins to read what is left after the last byte.
    mutating func beginEnd(_ work: inout EngineWork) {
        if framing == nil { endFraming(ring.count > 0 ? ring.readable : prefix.readable) }
        if mode == .owned || ring.count > 0 {
            beginRing(&work)
        } else if prefix.count > 0 {
            input.begin(prefix.readable, scanned: 0)
            prefix.removeAll()
            work.beginChunk()
        } else {
            beginAny(.empty, &work)
        }
        isLast = true
    }

    /// Puts the unfinished frame by, or passes over it; called when every slice of the chunk was read.
    mutating func endChunk(_ work: inout EngineWork) throws(SluiceError) {
        defer {
            if isRingBorrowed {
                ring.removeAll()
                isRingBorrowed = false
            }
        }
        guard framing != nil else { return }
        if isOver { return input.leave() }
        let start = frameStart
        if isSkipping {
            cut = .none
            rebase(to: input.end)
            if mode == .owned { ring.removeAll() }
            ringScanned = 0
            return input.leave()
        }
        if mode == .owned {
            let unread = input.end - start
            ring.consume(start)
            input.leave()
            input.rewind(by: unread)
            ringScanned = framing == .awsEventStream || cut == .ahead ? 0 : unread
        } else {
            let offset = input.streamOffset(of: start)
            guard input.suspend(from: start) else {
                throw SluiceError(
                    .outOfMemory, offset: offset, event: progress.events + 1,
                    detail: "there is no memory for the unfinished event")
            }
        }
        rebase(to: start)
        cut = cut == .ahead ? .before : .none
    }

    /// As `endChunk`, where the chunk ends with an event.
    mutating func leaveRead() {
        let end = frameStart
        if mode == .owned { ring.consume(end) }
        if isRingBorrowed {
            ring.removeAll()
            isRingBorrowed = false
        }
        ringScanned = 0
        input.leave()
        rebase(to: end)
    }

    private mutating func noteFirstBytes(_ chunk: Window) {
        if progress.frames == 0 { firstBytes.note(chunk) }
    }

    /// Nothing more is read: the input has ended, an error has ended it, or its reader was given up.
    var isOver: Bool { isFinished || hasFailed || isAbandoned }

    mutating func fill(_ chunk: Window) throws(SluiceError) {
        if isOver { return ring.removeAll() }
        noteFirstBytes(chunk)
        guard ring.append(chunk) else { throw ringTooSmall(chunk.count) }
    }

    @unsafe
    mutating func fill<Failure: Error>(
        _ bytes: Int, _ producer: (UnsafeMutableRawBufferPointer) throws(Failure) -> Int
    ) throws(Failure) -> Int {
        if isOver { ring.removeAll() }
        let before = ring.count
        guard let written = unsafe try ring.fill(bytes, producer) else {
            fail(ringTooSmall(bytes))
            return 0
        }
        noteFirstBytes(ring.readable.from(before))
        return written
    }

    private func ringTooSmall(_ bytes: Int) -> SluiceError {
        SluiceError(
            .outOfMemory, offset: bytesRead, event: progress.events + 1,
            detail: "there is no memory for \(bytes) more bytes in the ring")
    }

    /// The rest of the chunk is gone, and nothing is read any more: what was unfinished is let go at once.
    mutating func abandon() {
        isAbandoned = true
        cut = .none
        hasReadAll = false
        input.forget()
        ring.removeAll()
        isRingBorrowed = false
    }

    // MARK: Frames

    mutating func reportStrayErrors() {
        sse.reportsStrayErrors = true
    }

    mutating func reclaim() {
        sse.reclaim()
    }

    /// The unfinished event has outgrown the limit with the end of the chunk.
    mutating func checkUnfinished() -> FrameStep {
        let limit = limits.maxEventBytes
        guard framing != nil, !isSkipping, input.end - frameStart > limit else { return .needMore }
        switch framing {
        case .sse: return sse.skipUnfinished(&input, .eventTooLarge, limit: limit)
        case .ndjson: return ndjson.skipUnfinished(&input, .eventTooLarge, limit: limit)
        case .jsonArray: return jsonArray.skipUnfinished(&input, .eventTooLarge, limit: limit)
        case .awsEventStream, nil: return .needMore
        }
    }

    /// The last frame, when the input has ended.
    mutating func lastFrame(flush: Bool) -> FrameStep {
        if isAbandoned { return .needMore }
        progress.endedInsideEvent = progress.endedInsideEvent || hasUnfinishedEvent
        switch framing {
        case .sse: return sse.finish(&input, flush: flush)
        case .ndjson: return ndjson.finish(&input, flush: flush)
        case .jsonArray: return jsonArray.finish(&input, flush: flush)
        case .awsEventStream: return aws.finish(&input, flush: flush)
        case nil: return .needMore
        }
    }

    private var hasUnfinishedEvent: Bool {
        switch framing {
        case .sse: sse.hasUnfinishedEvent(input)
        case .ndjson: ndjson.hasUnfinishedEvent(input)
        case .jsonArray: jsonArray.hasUnfinishedEvent(input)
        case .awsEventStream: aws.hasUnfinishedEvent(input)
        case nil: false
        }
    }

    private var frameStart: Int {
        switch framing {
        case .sse: sse.frameStart
        case .ndjson: ndjson.frameStart
        case .jsonArray: jsonArray.frameStart
        case .awsEventStream, nil: aws.frameStart
        }
    }

    private var isSkipping: Bool {
        switch framing {
        case .sse: sse.isSkipping
        case .ndjson: ndjson.isSkipping
        case .jsonArray: jsonArray.isSkipping
        case .awsEventStream, nil: false
        }
    }

    private mutating func rebase(to origin: Int) {
        switch framing {
        case .sse: sse.rebase(to: origin)
        case .ndjson: ndjson.rebase(to: origin)
        case .jsonArray: jsonArray.rebase(to: origin)
        case .awsEventStream: aws.rebase(to: origin)
        case nil: break
        }
    }

    // MARK: The end

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
