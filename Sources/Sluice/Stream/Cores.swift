internal import CSluiceMemory

// What parsers and readers refer to: an engine, and the whole state of a stream.
//
// Contract. Parsers, engines, streams and readers cannot be copied. While a reader is in use, the compiler refuses every other
// use of the engine and the stream that it was made of, so no two of them use one core at once. That is what the run-time's
// check of exclusive access would ask again, a dozen times a read, for a third of the time that a read of one event takes: it
// is turned off here.
//
// The compiler refuses nothing once a reader was used for the last time, although the variable that holds it may live on: the
// stream may be read again, filled or destroyed, the engine replaced, and only then is the old reader destroyed. So
//
// - a reader has no deinit: whatever it refers to may be gone by then;
// - a read has a number, and only the read with the engine's current number reads on: an older reader reads nothing;
// - a stream's core knows that a read of it is open (`isReading`). A read that is still open when the stream is used next was
//   dropped before its end, and has lost the rest of its chunk: `settle` then makes the stream say so (`abandoned`). Until
//   then nothing uses what the open read refers to, such as the chunk.
//
// A reader does not retain its cores: while it is in use the engine and the stream keep them.

/// A core that somebody else keeps alive as long as this is used.
@safe
struct Lent<Core: AnyObject> {
    private let held: Unmanaged<Core>

    @inline(__always)
    init(_ core: Core) { unsafe held = .passUnretained(core) }

    /// The core, kept alive by whoever asks.
    var kept: Core { unsafe held.takeUnretainedValue() }

    /// Hands the core to `body`, and does not retain it for that. Somebody keeps it alive until `body` has used it last:
    /// the parser, the stream that is parked, or who parks it.
    @inline(__always)
    func with<Result>(_ body: (Core) -> Result) -> Result {
        unsafe held._withUnsafeGuaranteedRef { body($0) }
    }
}

final class EngineCore {
    @exclusivity(unchecked) private var heldWork: EngineWork
    /// Cores of streams that are at rest, for those that are read next: the last one, and those before it. Where no stream is
    /// read inside an event, one goes from stream to stream, and is neither counted nor put in line.
    @exclusivity(unchecked) private var lastSpare: StreamCore?
    @exclusivity(unchecked) private var spare: [StreamCore] = []
    /// The read that is open: its number, and the core of its stream. A number is never used twice.
    @exclusivity(unchecked) private var readNumber: UInt = 0
    @exclusivity(unchecked) private var reading: Lent<StreamCore>?
    private static var mostSpare: Int { 15 }
    private static var mostSpareBytes: Int { 64 * 1024 }

    init(_ parser: consuming CaptureParser) { unsafe heldWork = EngineWork(parser) }

    /// As Swift's own allocations, ends the process where there is no memory; `init(_:)` is for whoever can do without.
    convenience init() { self.init(CaptureParser.make()) }

    var work: EngineWork {
        @inline(__always) _read { yield unsafe heldWork }
        @inline(__always) _modify { yield unsafe &heldWork }
    }

    /// The whole state of a stream, as long as that keeps it; a read of it that was dropped before its end is settled.
    func lend(to parked: ParkedStream) -> Lent<StreamCore> {
        guard let core = parked.lentCore else { return parked.resume(takeSpare()) }
        core.with { $0.settle() }
        return core
    }

    @inline(__always)
    private func takeSpare() -> StreamCore? {
        if let core = unsafe lastSpare.take() { return core }
        return unsafe spare.popLast()
    }

    /// The whole state of a stream that is to be read, which then is parked.
    func resume(_ parked: ParkedStream) -> Lent<StreamCore> {
        let core = lend(to: parked)
        core.with { $0.parked = Lent(parked) }
        return core
    }

    /// Opens a read of a chunk that was begun, and returns its number; 0 if there is nothing to read.
    @inline(__always)
    func open(_ core: Lent<StreamCore>, hasDeltas: Bool) -> UInt {
        unsafe readNumber &+= 1
        guard hasDeltas else {
            unsafe reading = nil
            core.with { close($0) }
            return 0
        }
        unsafe reading = core
        core.with { $0.isReading = true }
        return unsafe readNumber
    }

    /// Reads on for the read of that number. False if all of its chunk was read, or another read was opened since.
    func readOn(_ number: UInt) -> Result<Bool, SluiceError> {
        guard unsafe number == readNumber, let core = unsafe reading else { return .success(false) }
        return core.with { core in
            do throws(SluiceError) {
                if try core.state.readOn(&work) { return .success(true) }
                close(core)
                return .success(false)
            } catch {
                work.records.removeAll()
                close(core)
                return .failure(error)
            }
        }
    }

    /// All of the chunk of the core's stream was read, or an error has ended the stream.
    @inline(__always)
    private func close(_ core: StreamCore) {
        unsafe reading = nil
        core.isReading = false
        if let parked = core.takeParked() { parked.with { park($0) } }
    }

    @inline(never)
    private func park(_ parked: ParkedStream) {
        guard let core = parked.park(trimmedTo: Self.mostSpareBytes) else { return }
        if let before = unsafe lastSpare.take(), unsafe spare.count < Self.mostSpare { unsafe spare.append(before) }
        unsafe lastSpare = consume core
    }
}

final class StreamCore {
    @exclusivity(unchecked) private var heldState: StreamState
    @exclusivity(unchecked) private var heldParked: Lent<ParkedStream>?
    /// A read of the stream was opened, and has not come to the end of its chunk.
    @exclusivity(unchecked) private var heldIsReading = false

    init(_ state: consuming StreamState) { unsafe heldState = state }

    var state: StreamState {
        @inline(__always) _read { yield unsafe heldState }
        @inline(__always) _modify { yield unsafe &heldState }
    }

    // Copies of stored properties, made by calls: read where the state is lent, without optimisation the compiler reads them
    // when what was lent is gone.
    var progress: StreamProgress { state.copiedProgress() }
    var format: CompiledFormat? { state.copiedFormat() }
    var framing: Framing? { state.copiedFraming() }
    var scannedBytes: UInt64 { state.copiedScannedBytes() }
    var looks: UInt64 { state.copiedLooks() }

    /// The stream to be parked when the read ends, which the read does not outlive; nil while nothing is read.
    var parked: Lent<ParkedStream>? {
        @inline(__always) get { unsafe heldParked }
        @inline(__always) set { unsafe heldParked = newValue }
    }

    var isReading: Bool {
        @inline(__always) get { unsafe heldIsReading }
        @inline(__always) set { unsafe heldIsReading = newValue }
    }

    /// Called before the stream is used: a read that is still open was dropped, and the rest of its chunk is lost.
    @inline(__always)
    func settle() {
        if isReading { abandon() }
    }

    @inline(never)
    private func abandon() {
        isReading = false
        parked = nil
        state.abandon()
    }

    @inline(__always)
    func takeParked() -> Lent<ParkedStream>? {
        let parked = unsafe heldParked
        unsafe heldParked = nil
        return parked
    }
}

/// A stream between two reads (see `StreamRest`).
final class ParkedStream {
    let settings: StreamSettings
    @exclusivity(unchecked) private var heldRest: StreamRest
    /// The stream's whole state, while it is read or something is unfinished.
    @exclusivity(unchecked) private var heldCore: StreamCore?
    @exclusivity(unchecked) private var keepsCore = false

    init(format: CompiledFormat?, framing: Framing?, _ settings: StreamSettings) {
        unsafe heldRest = StreamRest(format: format, framing: framing)
        self.settings = settings
    }

    var rest: StreamRest {
        @inline(__always) _read { yield unsafe heldRest }
        @inline(__always) _modify { yield unsafe &heldRest }
    }

    var core: StreamCore? {
        @inline(__always) get { unsafe heldCore }
    }

    /// Begins to bring what a read will need near: memory that nobody has touched for long. Beside the rest an object
    /// has its header, two references and a flag.
    @inline(__always)
    func prefetch() {
        let address = unsafe Unmanaged.passUnretained(self).toOpaque()
        unsafe c_sluice_prefetch(address, MemoryLayout<StreamRest>.size + 64)
    }

    /// The core of a stream that nobody is reading; a read that was dropped before its end is settled.
    var settledCore: StreamCore? {
        core?.settle()
        return core
    }

    /// The core, as long as this keeps it.
    var lentCore: Lent<StreamCore>? {
        @inline(__always) get { unsafe heldCore.map { Lent($0) } }
    }

    /// The stream's own core, which it keeps from now on.
    func ownCore() -> Lent<StreamCore> {
        unsafe keepsCore = true
        guard let core = lentCore else { return resume(nil) }
        core.with { $0.settle() }
        return core
    }

    /// Takes the spare core, or a new one, and goes on with it where the stream has come to.
    func resume(_ spare: consuming StreamCore?) -> Lent<StreamCore> {
        let next = spare ?? StreamCore(StreamState(format: rest.format, framing: rest.framing, settings))
        next.state.resume(&rest, settings)
        let lent = Lent(next)
        unsafe heldCore = consume next
        return lent
    }

    /// Remembers what must be, if that is little, and gives up its core: returned if it can serve another stream, with buffers
    /// of so many bytes at most. Until then nobody else may keep the core alive.
    func park(trimmedTo bytes: Int) -> StreamCore? {
        guard unsafe !keepsCore, let lent = lentCore else { return nil }
        let parking = lent.with { $0.state.park(&rest, trimmedTo: bytes) }
        if parking == .unfinished { return nil }
        let core = unsafe heldCore.take()
        return parking == .atRest ? core : nil
    }

    var format: CompiledFormat? { core.map(\.format) ?? rest.format }
    var framing: Framing? { core.map(\.framing) ?? rest.framing }
}

extension StreamState {
    @inline(never) fileprivate func copiedProgress() -> StreamProgress { progress }
    @inline(never) fileprivate func copiedFormat() -> CompiledFormat? { format }
    @inline(never) fileprivate func copiedFraming() -> Framing? { framing }
    @inline(never) fileprivate func copiedScannedBytes() -> UInt64 { input.scannedBytes }
    @inline(never) fileprivate func copiedLooks() -> UInt64 { aws.looks }
}
