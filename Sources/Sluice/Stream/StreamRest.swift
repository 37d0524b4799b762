// A stream between two reads. What a read needs, the engine lends: a whole `StreamState` with its buffers.
//
//     read begins     at rest:     a spare core of the engine takes over what the stream remembers
//                     unfinished:  the stream still has its core
//     read ends       at rest:     the stream remembers a few words, and the core goes back to the engine
//                     unfinished:  the core stays with the stream, and with it the bytes that were carried
//
// So an idle stream holds no buffer, whatever its largest event was, and cores are made once for each stream that is inside
// an event. A stream that was filled without an engine keeps its core, because its ring is in it.

/// What a stream remembers while nothing of it is unfinished.
struct StreamRest {
    var format: CompiledFormat?
    var framing: Framing?
    var progress = StreamProgress()
    var bytes: UInt64 = 0
    var scannedBytes: UInt64 = 0
    var framer = FramerRest()
    var isFinished = false
    var isAbandoned = false
    var expectsKnown = false
    /// Where no event has come yet; then few streams are at rest.
    var firstBytes: [UInt8] = []

    var end: StreamEnd { progress.end(bytes: bytes, ignoredLines: framer.ignoredLines, isWhole: !isAbandoned) }
}

/// What a stream began with, for an error that says that it is none.
struct FirstBytes {
    private var bytes = [32 of UInt8](repeating: 0)
    private var count: UInt8 = 0

    init() {}

    init(_ noted: [UInt8]) {
        for byte in noted.prefix(32) {
            bytes[Int(count)] = byte
            count += 1
        }
    }

    mutating func note(_ chunk: Window) {
        var index = 0
        while count < 32 && index < chunk.count {
            bytes[Int(count)] = chunk[index]
            count += 1
            index += 1
        }
    }

    func copy() -> [UInt8] { (0..<Int(count)).map { bytes[$0] } }
}

/// What became of a stream that was to be parked.
enum Parking {
    /// It is remembered, and its state can serve another stream.
    case atRest
    /// It is remembered, and its state is of no use any more.
    case ended
    /// It must keep its state.
    case unfinished
}

extension StreamState {
    /// Whether nothing is unfinished: but for what a `StreamRest` holds, this is the state of a stream that has read nothing.
    /// Mutating, though it changes nothing: to borrow the state copies it, a thousand bytes.
    private mutating func comesToRest() -> Bool {
        guard !hasFailed, !isAbandoned, !input.holdsCarry, ring.count == 0, ringScanned == 0, prefix.count == 0,
            !hasUndetected
        else { return false }
        switch framing {
        case .sse: return sse.isAtRest
        case .ndjson: return ndjson.isAtRest
        case .jsonArray: return jsonArray.isAtRest
        case .awsEventStream: return aws.isAtRest
        case nil: return true
        }
    }

    /// Nothing comes any more, and no error is to be told again.
    private var hasEnded: Bool {
        @inline(__always) get { (isFinished || isAbandoned) && !hasFailed }
    }

    /// Moves what must be remembered to `rest`, if that is all, and gives back the memory of large events.
    mutating func park(_ rest: inout StreamRest, trimmedTo bytes: Int) -> Parking {
        let isAtRest = comesToRest()
        guard isAtRest || hasEnded else { return .unfinished }
        park(&rest)
        if !isAtRest { return .ended }
        trim(to: bytes)
        return .atRest
    }

    private mutating func park(_ rest: inout StreamRest) {
        if rest.format !== format { rest.format = format }
        rest.framing = framing
        // Moved rather than copied, here and below: nothing is retained.
        swap(&rest.progress, &progress)
        rest.bytes = bytesRead
        rest.scannedBytes = input.scannedBytes
        rest.isFinished = isFinished
        rest.isAbandoned = isAbandoned
        rest.expectsKnown = expectsKnown
        if rest.progress.frames == 0 {
            rest.firstBytes = firstBytes.copy()
        } else if !rest.firstBytes.isEmpty {
            rest.firstBytes = []
        }
        switch framing {
        case .sse, nil: rest.framer = sse.rest
        case .ndjson: rest.framer = ndjson.rest
        case .jsonArray: rest.framer = jsonArray.rest
        case .awsEventStream: rest.framer = aws.rest
        }
    }

    /// Goes on where `rest` has come to; this must be at rest, whatever stream it served before.
    mutating func resume(_ rest: inout StreamRest, _ settings: StreamSettings) {
        if self.settings !== settings { adopt(settings) }
        if format !== rest.format { format = rest.format }
        framing = rest.framing
        mode = .borrowed
        isFinished = rest.isFinished
        isAbandoned = rest.isAbandoned
        expectsKnown = rest.expectsKnown
        if rest.progress.frames == 0 { firstBytes = FirstBytes(rest.firstBytes) }
        swap(&rest.progress, &progress)
        input.resume(at: rest.bytes, scanned: rest.scannedBytes)
        sse.rest = rest.framer
        if framing != .sse {
            ndjson.rest = rest.framer
            jsonArray.rest = rest.framer
            aws.rest = rest.framer
        }
    }

    private mutating func adopt(_ next: StreamSettings) {
        if settings.layout != next.layout { ring = StreamBuffer(layout: next.layout) }
        settings = next
        limits = next.limits
        kinds = next.kinds
        boundFramers()
    }

    private mutating func trim(to bytes: Int) {
        input.trim(to: bytes)
        ring.trim(to: bytes)
        prefix.trim(to: bytes)
        sse.trim(to: bytes)
    }
}
