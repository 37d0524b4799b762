internal import CSluiceSimdjson

// simdjson behind the C interface, for one thread at a time.
//
// Contract: `handle` lives as long as this value; a walk's captures point into the parser's own memory and are valid until
// its next walk, which the borrow of `self` in `captures` enforces; C reads the payload only during the call.

typealias Capture = c_sluice_capture

@safe
struct CaptureParser: ~Copyable {
    private let handle: OpaquePointer
    private var found: UnsafePointer<c_sluice_capture>?
    private var foundCount = 0
    /// The shape of the last payload, or 0; see the C header.
    private(set) var shape: UInt32 = 0

    private var foundDeltas: UnsafePointer<c_sluice_delta>?
    private var foundDeltaCount = 0

    init?() {
        guard let parser = unsafe c_sluice_parser_create() else { return nil }
        unsafe handle = parser
        unsafe found = nil
        unsafe foundDeltas = nil
    }

    deinit {
        unsafe c_sluice_parser_destroy(handle)
    }

    /// Captures of the last walk.
    var captures: Span<Capture> {
        @_lifetime(borrow self)
        get {
            let span = unsafe Span(_unsafeStart: found.unsafelyUnwrapped, count: foundCount)
            return unsafe _overrideLifetime(span, borrowing: self)
        }
    }

    /// Pieces of text of the last run.
    var knownDeltas: Span<c_sluice_delta> {
        @_lifetime(borrow self)
        get {
            let span = unsafe Span(_unsafeStart: foundDeltas.unsafelyUnwrapped, count: foundDeltaCount)
            return unsafe _overrideLifetime(span, borrowing: self)
        }
    }

    struct Failure {
        var status: Int32
        var offset: Int
    }

    /// Forgets what was indexed ahead of the payloads; to be called before a chunk is given back or written to.
    func forgetAhead() {
        unsafe c_sluice_parser_forget(handle)
    }

    /// Finds the table's paths in the first `length` bytes of `window`; nil when all went well.
    ///
    /// What lies behind them in the window may be indexed ahead: it must be lines of the same chunk.
    mutating func walk(_ window: Window, length: Int, _ table: CaptureTable, _ limits: Limits) -> Failure? {
        let result = unsafe window.withPointer { bytes in
            unsafe c_sluice_parser_walk(handle, table.handle, bytes, length, window.count, Self.bounds(limits))
        }
        unsafe found = result.captures
        foundCount = Int(unsafe result.count)
        shape = unsafe result.shape
        let status = unsafe result.status
        return status == 0 ? nil : Failure(status: status, offset: Int(unsafe result.offset))
    }

    /// What a run of known events came to: how many, and all their bytes.
    struct Run {
        var events: Int
        var bytes: Int
        /// Events to be read otherwise before it is worth trying again.
        var pause: Int
    }

    /// Reads as many events as have known skeletons; `window` begins where an event does. No more than `count` deltas, but
    /// for those of one event.
    mutating func readKnown(_ window: Window, _ table: CaptureTable, _ limits: Limits, count: Int) -> Run {
        let run = unsafe window.withPointer { bytes in
            unsafe c_sluice_parser_run(
                handle, table.handle, bytes, window.count, Self.bounds(limits), limits.maxEventBytes, UInt32(count))
        }
        unsafe foundDeltas = run.deltas
        foundDeltaCount = Int(unsafe run.count)
        return Run(events: Int(unsafe run.events), bytes: unsafe run.bytes, pause: Int(unsafe run.pause))
    }

    /// Whether an event of a new kind is worth learning now.
    var wantsLearning: Bool { unsafe c_sluice_parser_wants_learning(handle) }

    /// Learns the event whose payload was walked last and begins at `payload` in it, and what came of it.
    mutating func learn(
        _ event: Window, payload: Int, _ steps: [c_sluice_step], _ table: CaptureTable, _ limits: Limits
    ) {
        unsafe event.withPointer { bytes in
            unsafe steps.withUnsafeBufferPointer { steps in
                var none = c_sluice_step()
                unsafe withUnsafePointer(to: &none) { none in
                    let lesson = unsafe c_sluice_event(
                        bytes: bytes, length: event.count, payload: payload, steps: steps.baseAddress ?? none,
                        step_count: steps.count)
                    unsafe c_sluice_parser_learn(handle, table.handle, lesson, Self.bounds(limits))
                }
            }
        }
    }

    private static func bounds(_ limits: Limits) -> c_sluice_limits {
        c_sluice_limits(
            max_depth: UInt32(clamping: limits.maxNestingDepth),
            max_captures: UInt32(clamping: limits.maxCapturesPerEvent),
            max_skeletons: UInt32(clamping: limits.maxSkeletons))
    }
}
