internal import CSluice
internal import Sluice

// The C ABI, declared in sluice.h: the functions there are those here, which the compiler compares.
//
// Contract of this room. A handle is a class instance that was retained when it was made and is released when it is destroyed;
// C holds its address. What the header asks of callers (handles that live, one thread at a time, chunks that stay until they
// are read, pointers to structs of the size that is passed along) is taken for granted; anything else is checked. Memory that
// is lent to C is the chunk itself, the engine's own records and buffers, or allocated here with the handle that it goes with.
//
// As in `Cores.swift`, the run-time's check of exclusive access is turned off: nothing is called back, so only two threads at once
// could break the rule, which the header forbids and the check would not find reliably.

/// What a `sluice_engine` is.
@safe
final class EngineHandle {
    @exclusivity(unchecked) private var heldEngine: Engine
    /// The stream whose chunk is being read; it takes itself out of here when it goes.
    @exclusivity(unchecked) private unowned(unsafe) var reader: StreamHandle?
    private let batch: UnsafeMutablePointer<sluice_batch>

    /// Nil where there is no memory for the engine's parser.
    static func make() -> EngineHandle? {
        guard let engine = Engine.make() else { return nil }
        return EngineHandle(engine)
    }

    private init(_ engine: consuming Engine) {
        unsafe heldEngine = engine
        precondition(unsafe MemoryLayout<sluice_region>.size == OpenPage.regionSize, "a region is two words")
        unsafe batch = .allocate(capacity: 1)
        unsafe batch.initialize(to: sluice_batch())
        // The engine's own, which C sees as they are.
        unsafe batch.pointee.regions = heldEngine.page.regions.assumingMemoryBound(to: sluice_region.self)
        unsafe batch.pointee.region_count = OpenPage.regionCount
    }

    deinit {
        unsafe batch.deallocate()
    }

    var engine: Engine {
        @inline(__always) _read { yield unsafe heldEngine }
        @inline(__always) _modify { yield unsafe &heldEngine }
    }

    var isReading: Bool { unsafe reader != nil }
    func isReading(_ stream: StreamHandle) -> Bool { unsafe reader === stream }
    func begin(_ stream: StreamHandle) { unsafe reader = stream }
    func end() { unsafe reader = nil }

    /// The page that was read last, as C sees it.
    func lendPage() -> UnsafePointer<sluice_batch> {
        let page = engine.page
        unsafe batch.pointee.deltas = page.firstRecord?.assumingMemoryBound(to: sluice_delta.self)
        unsafe batch.pointee.count = page.recordCount
        return unsafe UnsafePointer(batch)
    }
}

/// What a `sluice_stream` is.
final class StreamHandle {
    /// What may be called next.
    enum Phase: UInt8 {
        /// A chunk, or the end.
        case between
        /// What the chunk holds is to be read.
        case reading
        /// What the end brings forth is to be read.
        case ending
        case ended
        case failed
    }

    let engine: EngineHandle
    /// What has ended the stream.
    private(set) var failure: SluiceError?
    @exclusivity(unchecked) private var heldStream: TokenStream
    @exclusivity(unchecked) private var heldRead: OpenRead
    @exclusivity(unchecked) private var heldPhase = Phase.between
    @exclusivity(unchecked) private var heldReserved = 0
    @exclusivity(unchecked) private var heldHasPage = false

    private var stream: TokenStream {
        @inline(__always) _read { yield unsafe heldStream }
        @inline(__always) _modify { yield unsafe &heldStream }
    }

    /// Of the chunk that is being read, or the end; that there is none is told by the phase.
    private var read: OpenRead {
        @inline(__always) _read { yield unsafe heldRead }
        @inline(__always) _modify { yield unsafe &heldRead }
    }

    private var phase: Phase {
        @inline(__always) get { unsafe heldPhase }
        @inline(__always) set { unsafe heldPhase = newValue }
    }

    /// Bytes of the stream's buffer that were lent to be written to.
    private var reserved: Int {
        @inline(__always) get { unsafe heldReserved }
        @inline(__always) set { unsafe heldReserved = newValue }
    }

    /// The engine's page is of the chunk that is being read.
    private var hasPage: Bool {
        @inline(__always) get { unsafe heldHasPage }
        @inline(__always) set { unsafe heldHasPage = newValue }
    }

    init(_ engine: EngineHandle, _ stream: consuming TokenStream) {
        self.engine = engine
        unsafe heldStream = stream
        unsafe heldRead = engine.engine.noRead
    }

    deinit {
        if engine.isReading(self) { engine.end() }
    }

    /// Whether a chunk may begin; SLUICE_OK if it may.
    private var readiness: sluice_status {
        switch phase {
        case .between: engine.isReading ? .misuse : .ok
        case .reading, .ending, .ended: .misuse
        case .failed: .failed
        }
    }

    func feed(_ chunk: RawSpan) -> sluice_status {
        guard readiness == .ok else { return readiness }
        begin(engine.engine.open(chunk, of: &stream), .reading)
        return .ok
    }

    /// Lends room for `size` bytes; nil where there is none, or nothing may be read.
    func reserve(_ size: Int) -> (status: sluice_status, space: UnsafeMutableRawPointer?) {
        guard readiness == .ok else { return (readiness, nil) }
        var space: UnsafeMutableRawPointer?
        _ = unsafe engine.engine.fill(size, of: &stream) { room in
            unsafe space = room.baseAddress
            return 0
        }
        reserved = unsafe space == nil ? 0 : size
        if unsafe space != nil { return unsafe (.ok, space) }
        // There was no memory: that has ended the stream, and the next read tells it.
        begin(engine.engine.openFilled(of: &stream), .reading)
        return (readOn(), nil)
    }

    func commit(_ written: Int) -> sluice_status {
        guard readiness == .ok else { return readiness }
        guard written <= reserved else { return .misuse }
        // The room is still where it was: nothing was done with the stream since.
        if written > 0 { _ = unsafe engine.engine.fill(written, of: &stream) { _ in written } }
        begin(engine.engine.openFilled(of: &stream), .reading)
        return .ok
    }

    func finish() -> sluice_status {
        guard readiness == .ok else { return readiness }
        begin(engine.engine.openEnd(of: &stream), .ending)
        return .ok
    }

    private func begin(_ opened: consuming OpenRead, _ next: Phase) {
        read = consume opened
        phase = next
        reserved = 0
        engine.begin(self)
    }

    var end: StreamEnd { stream.endDuringRead }
    var formatName: String? { stream.formatName }
    func freshStream() -> TokenStream { TokenStream(like: stream) }

    /// The error of an event of this stream's last page that could not be read.
    func problem(_ number: Int64) -> SluiceError? {
        hasPage ? engine.engine.problem(number) : nil
    }

    /// Reads on; SLUICE_OK where the engine has a page.
    func readOn() -> sluice_status {
        switch phase {
        case .between: return .needMore
        case .ended: return .end
        case .failed: return .failed
        case .reading, .ending: break
        }
        do throws(SluiceError) {
            hasPage = try read.next()
            if hasPage { return .ok }
            phase = phase == .reading ? .between : .ended
        } catch {
            hasPage = false
            phase = .failed
            failure = error
        }
        engine.end()
        return phase == .between ? .needMore : phase == .ended ? .end : .failed
    }
}

extension sluice_status {
    static var ok: Self { Self(SLUICE_OK) }
    static var needMore: Self { Self(SLUICE_NEED_MORE) }
    static var end: Self { Self(SLUICE_END) }
    static var failed: Self { Self(SLUICE_FAILED) }
    static var misuse: Self { Self(SLUICE_MISUSE) }
    static var unknownFormat: Self { Self(SLUICE_UNKNOWN_FORMAT) }
    static var unsupported: Self { Self(SLUICE_UNSUPPORTED) }
    static var outOfMemory: Self { Self(SLUICE_OUT_OF_MEMORY) }
}
