internal import CSluiceMemory

// The objects that parsers and readers refer to: the core of an engine, and the core of a stream with its whole state.
//
// Contract. Parsers, engines, streams and readers cannot be copied. While a reader is in use, the compiler rejects every other
// use of its engine and stream, so no two values use one core at the same time. The run-time's check of exclusive access would
// verify the same a dozen times per read, which takes a third of the time of reading one event. It is turned off here.
//
// After the last use of a reader the compiler allows everything, although the variable that holds the reader may still exist:
// the stream may be read again, filled or destroyed, the engine replaced, and the old reader destroyed after that. Therefore
//
// - a reader has no deinit: the objects that it refers to may not exist any more;
// - a read has a number, and only the read with the engine's current number can continue: an older reader reads nothing;
// - a stream's core knows that a read of it is open (`isReading`). If a read is still open when the stream is used next, its
//   reader was dropped early and the rest of its chunk is lost: `settle` then marks the stream as abandoned. Until then
//   nothing uses the memory that the open read refers to, such as the chunk.
//
// A reader does not retain its cores: while it is in use, the engine and the stream keep them alive.

/// An unretained reference to a core, which another owner keeps alive as long as this is used.
@safe
struct Lent<Core: AnyObject> {
    private let held: Unmanaged<Core>

    @inline(__always)
    init(_ core: Core) { unsafe held = .passUnretained(core) }

    /// The core, retained by the caller.
    var kept: Core { unsafe held.takeUnretainedValue() }

    /// Calls `body` with the core, without retaining it. Its owner keeps it alive until the last use in `body`: the parser, the
    /// idle stream, or the code that suspends it.
    @inline(__always)
    func with<Result>(_ body: (Core) -> Result) -> Result {
        unsafe held._withUnsafeGuaranteedRef { body($0) }
    }
}

final class EngineCore {
    @exclusivity(unchecked) private var heldWork: EngineWork
    /// Cores of idle streams, for the streams that are read next: the latest one, and earlier ones. If every stream is read at
    /// event boundaries, the latest one moves from stream to stream without reference counting or array access.
    @exclusivity(unchecked) private var lastSpare: StreamCore?
    @exclusivity(unchecked) private var spare: [StreamCore] = []
    /// The open read: its number, and the core of its stream. Numbers are never reused.
    @exclusivity(unchecked) private var readNumber: UInt = 0
    @exclusivity(unchecked) private var reading: Lent<StreamCore>?
    private static var mostSpare: Int { 15 }
    private static var mostSpareBytes: Int { 64 * 1024 }

    init(_ parser: consuming CaptureParser) { unsafe heldWork = EngineWork(parser) }

    /// Ends the process if the allocation of the parser fails, as Swift's own allocations do. `init(_:)` takes an existing
    /// parser.
    convenience init() { self.init(CaptureParser.make()) }

    var work: EngineWork {
        @inline(__always) _read { yield unsafe heldWork }
        @inline(__always) _modify { yield unsafe &heldWork }
    }

    /// The core of a stream, as long as the stream keeps it. If an open read of the stream was dropped, the stream is
    /// abandoned.
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

    /// The core of a stream that is to be read, and that is suspended after the read.
    func resume(_ parked: ParkedStream) -> Lent<StreamCore> {
        let core = lend(to: parked)
        core.with { $0.parked = Lent(parked) }
        return core
    }

    /// Opens a read of a begun chunk, and returns its number; 0 if there is nothing to read.
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

    /// Continues the read with this number. False if its whole chunk was read, or another read was opened since.
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

    /// Called after the whole chunk of the core's stream was read, or an error has ended the stream.
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
    /// Whether a read of the stream is open and has not reached the end of its chunk.
    @exclusivity(unchecked) private var heldIsReading = false

    init(_ state: consuming StreamState) { unsafe heldState = state }

    var state: StreamState {
        @inline(__always) _read { yield unsafe heldState }
        @inline(__always) _modify { yield unsafe &heldState }
    }

    // Copies of stored properties, made by calls: in debug builds, a direct access is evaluated after the end of the borrow.
    var progress: StreamProgress { state.copiedProgress() }
    var format: CompiledFormat? { state.copiedFormat() }
    var framing: Framing? { state.copiedFraming() }
    var scannedBytes: UInt64 { state.copiedScannedBytes() }
    var looks: UInt64 { state.copiedLooks() }

    /// The stream to suspend when the read ends, which outlives the read; nil while nothing is read.
    var parked: Lent<ParkedStream>? {
        @inline(__always) get { unsafe heldParked }
        @inline(__always) set { unsafe heldParked = newValue }
    }

    var isReading: Bool {
        @inline(__always) get { unsafe heldIsReading }
        @inline(__always) set { unsafe heldIsReading = newValue }
    }

    /// Called before the stream is used: if a read is still open, it was dropped, and the rest of its chunk is lost.
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

    /// Begins the stream anew. If a read is still open, its reader was dropped.
    func reset(_ beginning: StreamBeginning) {
        isReading = false
        parked = nil
        state.reset(beginning)
    }

    @inline(__always)
    func takeParked() -> Lent<ParkedStream>? {
        let parked = unsafe heldParked
        unsafe heldParked = nil
        return parked
    }
}

/// A suspended stream, between two reads (see `StreamRest`).
final class ParkedStream {
    let settings: StreamSettings
    @exclusivity(unchecked) private var heldRest: StreamRest
    /// The stream's whole state, during a read or while an event is unfinished.
    @exclusivity(unchecked) private var heldCore: StreamCore?
    @exclusivity(unchecked) private var keepsCore = false
    private let hasFixedFormat: Bool
    private let fixedFraming: Framing?

    init(_ beginning: StreamBeginning) {
        hasFixedFormat = beginning.format != nil
        fixedFraming = beginning.framing
        unsafe heldRest = StreamRest(format: beginning.format, framing: beginning.framing)
        settings = beginning.settings
        // A stream that has failed is never idle: it keeps its core, which has the error.
        if settings.formatFailure != nil { unsafe heldCore = StreamCore(beginning.makeState()) }
    }

    var rest: StreamRest {
        @inline(__always) _read { yield unsafe heldRest }
        @inline(__always) _modify { yield unsafe &heldRest }
    }

    var core: StreamCore? {
        @inline(__always) get { unsafe heldCore }
    }

    /// Begins the stream anew, and drops an open read. A core that the stream has stays with it until the next read ends.
    func reset() {
        // A format that the stream began with is the one that it still has.
        let beginning = StreamBeginning(settings, format: hasFixedFormat ? format : nil, framing: fixedFraming)
        rest = StreamRest(format: beginning.format, framing: beginning.framing)
        core?.reset(beginning)
    }

    /// Prefetches the memory that a read needs. Besides the snapshot, the object has a header, two references and a flag.
    @inline(__always)
    func prefetch() {
        let address = unsafe Unmanaged.passUnretained(self).toOpaque()
        unsafe c_sluice_prefetch(address, MemoryLayout<StreamRest>.size + 64)
    }

    /// The core of a stream outside of reads. If an open read of the stream was dropped, the stream is abandoned.
    var settledCore: StreamCore? {
        core?.settle()
        return core
    }

    /// The core, unretained.
    var lentCore: Lent<StreamCore>? {
        @inline(__always) get { unsafe heldCore.map { Lent($0) } }
    }

    /// The stream's own core, which it keeps permanently from now on.
    func ownCore() -> Lent<StreamCore> {
        unsafe keepsCore = true
        guard let core = lentCore else { return resume(nil) }
        core.with { $0.settle() }
        return core
    }

    /// Restores the stream's snapshot into the spare core, or into a new one.
    func resume(_ spare: consuming StreamCore?) -> Lent<StreamCore> {
        let next = spare ?? StreamCore(StreamState(format: rest.format, framing: rest.framing, settings))
        next.state.resume(&rest, settings)
        let lent = Lent(next)
        unsafe heldCore = consume next
        return lent
    }

    /// Takes a snapshot of the stream, if no event is unfinished, and releases its core: returned if it can serve another
    /// stream, with buffers of at most `bytes` bytes. No one else may retain the core before.
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
    @inline(never) fileprivate func copiedLooks() -> UInt64 { framer.aws.looks }
}
