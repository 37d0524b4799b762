// The snapshot of an idle stream. During a read the engine lends the stream a core: a whole `StreamState` with its buffers.
//
//     read begins     idle:        the stream's snapshot is restored into a spare core of the engine
//                     unfinished:  the stream still has its core
//     read ends       idle:        the stream stores a snapshot of a few words, and returns the core to the engine
//                     unfinished:  the stream keeps the core, with the carried bytes
//
// So an idle stream holds no buffer, whatever its largest event was, and there is one core for each stream with an unfinished
// event. A stream that was filled without an engine keeps its core, which contains its ring.

/// The state of a stream without an unfinished event.
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
    /// The state before the first event; few streams are idle then.
    var firstBytes: [UInt8] = []

    var end: StreamEnd { progress.end(bytes: bytes, framer, isWhole: !isAbandoned) }
}

/// The first bytes of a stream, for the error that the input is not a stream.
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

/// The result of suspending a stream.
enum Parking {
    /// A snapshot was stored, and the core can serve another stream.
    case atRest
    /// A snapshot was stored, and the core cannot be reused.
    case ended
    /// The stream has to keep its core.
    case unfinished
}

extension StreamState {
    /// Whether nothing is unfinished: except for the contents of a `StreamRest`, this is the state of a new stream. Mutating,
    /// although it changes nothing, because a borrow would copy the state, a thousand bytes.
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

    /// Whether the stream has ended, and no error has to be thrown again.
    private var hasEnded: Bool {
        @inline(__always) get { (isFinished || isAbandoned) && !hasFailed }
    }

    /// Moves the snapshot to `rest` if nothing is unfinished, and frees the memory of large events.
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
        // Moved instead of copied, here and below, which avoids reference counting.
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

    /// Restores the snapshot `rest`. The core has to be idle; it may have served another stream before.
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

    /// Begins anew, with the memory of the buffers.
    mutating func reset(_ beginning: StreamBeginning) {
        var next = beginning.makeState()
        swap(&next.input, &input)
        swap(&next.ring, &ring)
        swap(&next.prefix, &prefix)
        next.input.reset()
        next.ring.removeAll()
        next.prefix.removeAll()
        self = next
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
