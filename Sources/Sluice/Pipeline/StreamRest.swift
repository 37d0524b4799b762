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
    var ending: Ending?
    /// The state before the first event; few streams are idle then.
    var firstBytes: [UInt8] = []

    var end: StreamEnd { progress.end(bytes: bytes, framer, isWhole: !ending.isAbandoned) }
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
        !ending.hasFailed && !ending.isAbandoned && !input.holdsCarry && buffers.ring.count == 0
            && buffers.ringScanned == 0 && buffers.prefix.count == 0 && detection.isEmpty && framer.isAtRest
    }

    /// Whether the stream has ended, and no error has to be thrown again.
    private var isDone: Bool {
        @inline(__always) get { isOver && !ending.hasFailed }
    }

    /// Moves the snapshot to `rest` if nothing is unfinished, and frees the memory of large events.
    mutating func park(_ rest: inout StreamRest, trimmedTo bytes: Int) -> Parking {
        let isAtRest = comesToRest()
        guard isAtRest || isDone else { return .unfinished }
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
        rest.ending = ending
        if rest.progress.frames == 0 {
            rest.firstBytes = detection.firstBytes.copy()
        } else if !rest.firstBytes.isEmpty {
            rest.firstBytes = []
        }
        rest.framer = framer.rest
    }

    /// Restores the snapshot `rest`. The core has to be idle; it may have served another stream before.
    mutating func resume(_ rest: inout StreamRest, _ settings: StreamSettings) {
        if self.settings !== settings { adopt(settings) }
        if format !== rest.format { format = rest.format }
        framer.framing = rest.framing
        buffers.owner = .caller
        restore(rest.ending)
        if rest.progress.frames == 0 { detection.firstBytes = FirstBytes(rest.firstBytes) }
        swap(&rest.progress, &progress)
        input.resume(at: rest.bytes, scanned: rest.scannedBytes)
        framer.rest = rest.framer
    }

    /// Begins anew, with the memory of the buffers.
    mutating func reset(_ beginning: StreamBeginning) {
        var next = beginning.makeState()
        swap(&next.input, &input)
        swap(&next.buffers, &buffers)
        next.input.reset()
        next.buffers.removeAll()
        self = next
    }

    private mutating func adopt(_ next: StreamSettings) {
        if settings.layout != next.layout { buffers.ring = StreamBuffer(layout: next.layout) }
        settings = next
        limits = next.limits
        kinds = next.kinds
        framer.bound(by: limits)
    }

    private mutating func trim(to bytes: Int) {
        input.trim(to: bytes)
        buffers.trim(to: bytes)
        framer.sse.trim(to: bytes)
    }
}
