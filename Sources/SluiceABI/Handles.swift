internal import CSluice
internal import Sluice

// The C ABI, declared in sluice.h; the compiler checks that the declarations match.
//
// Contract of this module. A handle is a class instance that is retained on creation and released on destruction; C holds its
// address. The module relies on what the header requires of callers: handles are alive, one thread uses them at a time,
// chunks stay valid until they are read, structs have the size that is passed. Everything else is checked. Memory lent to C is
// the chunk itself, the engine's records and buffers, or allocated here together with its handle.
//
// As in `Cores.swift`, the run-time's check of exclusive access is turned off: there are no callbacks, so only two concurrent
// threads could violate exclusivity, which the header forbids and the check would not detect reliably.

/// The instance behind a `sluice_engine`.
@safe
final class EngineHandle {
    @exclusivity(unchecked) private var heldEngine: Engine
    /// The stream whose chunk is being read; its deinitializer clears this.
    @exclusivity(unchecked) private unowned(unsafe) var reader: StreamHandle?
    private let batch: UnsafeMutablePointer<sluice_batch>
    private var ownNames: [String: UnsafeMutablePointer<CChar>] = unsafe [:]

    /// Returns nil if the allocation of the engine's parser fails.
    static func make() -> EngineHandle? {
        guard let engine = Engine.make() else { return nil }
        return EngineHandle(engine)
    }

    private init(_ engine: consuming Engine) {
        unsafe heldEngine = engine
        precondition(unsafe MemoryLayout<sluice_region>.size == OpenPage.regionSize, "a region is two words")
        unsafe batch = .allocate(capacity: 1)
        unsafe batch.initialize(to: sluice_batch())
        // The engine's regions, which C reads directly.
        unsafe batch.pointee.regions = heldEngine.page.regions.assumingMemoryBound(to: sluice_region.self)
        unsafe batch.pointee.region_count = OpenPage.regionCount
    }

    deinit {
        unsafe batch.deallocate()
        while let name = unsafe ownNames.popFirst() { unsafe name.value.deallocate() }
    }

    /// The name of a table of one's own as a C string, which lives as long as the engine, and so as its streams.
    func address(ofName name: String) -> UnsafePointer<CChar> {
        if let known = unsafe ownNames[name] { return unsafe UnsafePointer(known) }
        let copy = unsafe FormatNames.copy(name)
        unsafe ownNames[name] = copy
        return unsafe UnsafePointer(copy)
    }

    var engine: Engine {
        @inline(__always) _read { yield unsafe heldEngine }
        @inline(__always) _modify { yield unsafe &heldEngine }
    }

    var isReading: Bool { unsafe reader != nil }
    func isReading(_ stream: StreamHandle) -> Bool { unsafe reader === stream }
    func begin(_ stream: StreamHandle) { unsafe reader = stream }
    func end() { unsafe reader = nil }

    /// The latest page as a C batch.
    func lendPage() -> UnsafePointer<sluice_batch> {
        let page = engine.page
        unsafe batch.pointee.deltas = page.firstRecord?.assumingMemoryBound(to: sluice_delta.self)
        unsafe batch.pointee.count = page.recordCount
        return unsafe UnsafePointer(batch)
    }
}

/// The instance behind a `sluice_stream`.
final class StreamHandle {
    /// The calls that are valid next.
    enum Phase: UInt8 {
        /// A chunk or the end of the input may follow.
        case between
        /// The deltas of a chunk are to be read.
        case reading
        /// The deltas after the end of the input are to be read.
        case ending
        case ended
        case failed
    }

    let engine: EngineHandle
    /// The error that has ended the stream.
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

    /// The read of the current chunk or of the end; valid only in the phases `reading` and `ending`.
    private var read: OpenRead {
        @inline(__always) _read { yield unsafe heldRead }
        @inline(__always) _modify { yield unsafe &heldRead }
    }

    private var phase: Phase {
        @inline(__always) get { unsafe heldPhase }
        @inline(__always) set { unsafe heldPhase = newValue }
    }

    /// Bytes of the stream's buffer that are lent for writing.
    private var reserved: Int {
        @inline(__always) get { unsafe heldReserved }
        @inline(__always) set { unsafe heldReserved = newValue }
    }

    /// Whether the engine's page belongs to the current chunk.
    private(set) var hasPage: Bool {
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

    /// SLUICE_OK if a chunk may begin; otherwise the error to return.
    private var readiness: sluice_status {
        switch phase {
        case .between: engine.isReading ? .misuse : .ok
        case .reading, .ending, .ended: .misuse
        case .failed: .failed
        }
    }

    func feed(_ chunk: Span<UInt8>) -> sluice_status {
        guard readiness == .ok else { return readiness }
        begin(engine.engine.open(chunk, of: &stream), .reading)
        return .ok
    }

    /// Lends `size` bytes to write to; nil if allocation fails, or if no chunk may begin.
    func reserve(_ size: Int) -> (status: sluice_status, space: UnsafeMutableRawPointer?) {
        guard readiness == .ok else { return (readiness, nil) }
        var space: UnsafeMutableRawPointer?
        _ = unsafe engine.engine.fill(size, of: &stream) { room in
            unsafe space = room.baseAddress
            return 0
        }
        reserved = unsafe space == nil ? 0 : size
        if unsafe space != nil { return unsafe (.ok, space) }
        // Allocation failed, which has ended the stream: the next read returns the error.
        begin(engine.engine.openFilled(of: &stream), .reading)
        return (readOn(), nil)
    }

    func commit(_ written: Int) -> sluice_status {
        guard readiness == .ok else { return readiness }
        guard written <= reserved else { return .misuse }
        // The reserved memory has not moved: no call has used the stream since.
        if written > 0 { _ = unsafe engine.engine.fill(written, of: &stream) { _ in written } }
        begin(engine.engine.openFilled(of: &stream), .reading)
        return .ok
    }

    func finish() -> sluice_status {
        guard readiness == .ok else { return readiness }
        begin(engine.engine.openEnd(of: &stream), .ending)
        return .ok
    }

    /// Begins the stream anew, in any phase.
    func reset() {
        if engine.isReading(self) { engine.end() }
        stream.reset()
        phase = .between
        reserved = 0
        hasPage = false
        failure = nil
    }

    private func begin(_ opened: consuming OpenRead, _ next: Phase) {
        read = consume opened
        phase = next
        reserved = 0
        engine.begin(self)
    }

    var end: StreamEnd { stream.endDuringRead }
    var formatName: String? { stream.formatName }

    /// The name of the format as a C string, which lives as long as the stream.
    var formatNameAddress: UnsafePointer<CChar>? {
        guard let name = formatName else { return nil }
        if let known = unsafe FormatNames.all.name(name) { return unsafe known }
        return unsafe engine.address(ofName: name)
    }

    func freshStream() -> TokenStream { TokenStream(like: stream) }

    /// The error of an unreadable event of this stream's latest page.
    func problem(_ number: Int64) -> SluiceError? {
        hasPage ? engine.engine.problem(number) : nil
    }

    /// The details of an error of this stream's latest page; nil if it has none.
    func errorDetails(ofEvent offset: UInt64) -> ErrorDetails? { engine.engine.errorDetails(ofEvent: offset) }

    /// Reads the next page; returns SLUICE_OK if the engine has one.
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
    static var unreadable: Self { Self(SLUICE_UNREADABLE) }
    static var failed: Self { Self(SLUICE_FAILED) }
    static var misuse: Self { Self(SLUICE_MISUSE) }
    static var unknownFormat: Self { Self(SLUICE_UNKNOWN_FORMAT) }
    static var unsupported: Self { Self(SLUICE_UNSUPPORTED) }
    static var outOfMemory: Self { Self(SLUICE_OUT_OF_MEMORY) }
    static var invalidTable: Self { Self(SLUICE_INVALID_TABLE) }
}
