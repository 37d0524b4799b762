internal import CSluiceSimdjson

// simdjson behind the C interface, for one thread at a time.
//
// Contract: `handle` lives as long as this value, and `run` is in it; a walk's captures point into the parser's own memory and
// are valid until its next walk, which the borrow of `self` in `captures` enforces; C reads the payload only during the call.

typealias Capture = c_sluice_capture

@safe
struct CaptureParser: ~Copyable {
    private let handle: OpaquePointer
    private var found: UnsafePointer<c_sluice_capture>?
    private var foundCount = 0
    /// The shape of the last payload, or 0; see the C header.
    private(set) var shape: UInt32 = 0
    /// The run of known events, which C reads and writes.
    private let run: UnsafeMutablePointer<c_sluice_run>

    init?() {
        // C writes regions down by these numbers, and finds bytes by them.
        precondition(Region.chunk.rawValue == 0 && Int32(Region.carry.rawValue) == C_SLUICE_CARRIED)
        guard let parser = unsafe c_sluice_parser_create() else { return nil }
        unsafe handle = parser
        unsafe run = c_sluice_parser_run(parser)
        unsafe found = nil
    }

    /// A parser, or the end of the process where there is no memory for one, as of Swift's own allocations.
    static func make() -> CaptureParser {
        guard let parser = CaptureParser() else { fatalError("allocation failed for a JSON parser of 16 KiB") }
        return parser
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

    struct Failure {
        var status: Int32
        var offset: Int
    }

    /// Forgets what was indexed ahead of the payloads; to be called before a chunk is given back or written to.
    func forgetAhead() {
        unsafe c_sluice_parser_forget(handle)
    }

    /// What holds from now on. Told when another stream is read: put together for each payload, it would be waited for.
    func bound(by limits: Limits) {
        unsafe c_sluice_parser_bound(
            handle,
            c_sluice_limits(
                max_depth: UInt32(clamping: limits.maxNestingDepth),
                max_captures: UInt32(clamping: limits.maxCapturesPerEvent),
                max_skeletons: UInt32(clamping: limits.maxSkeletons),
                max_name_bytes: UInt32(clamping: limits.maxEventNameBytes),
                max_choices: UInt32(clamping: limits.maxChoices), max_tools: UInt32(clamping: limits.maxToolCalls),
                max_data_lines: UInt32(clamping: limits.maxDataLinesPerEvent)))
    }

    /// Finds the table's paths in the first `length` bytes of `window`; nil when all went well.
    ///
    /// What lies behind them in the window may be indexed ahead: it must be lines of the same chunk.
    mutating func walk(_ window: Window, length: Int, _ table: CaptureTable) -> Failure? {
        let result = unsafe window.withPointer { bytes in
            unsafe c_sluice_parser_walk(handle, table.handle, bytes, length, window.count)
        }
        unsafe found = result.captures
        foundCount = Int(unsafe result.count)
        shape = unsafe result.shape
        let status = unsafe result.status
        return status == 0 ? nil : Failure(status: status, offset: Int(unsafe result.offset))
    }

    /// What a run of known events came to, until the next.
    @safe
    struct Run {
        private let place: UnsafePointer<c_sluice_run>

        fileprivate init(_ place: UnsafePointer<c_sluice_run>) { unsafe self.place = place }

        var events: Int { unsafe place.pointee.events }
        /// All their bytes.
        var bytes: Int { unsafe place.pointee.bytes }
        /// Events to be read otherwise before it is worth trying again.
        var pause: Int { unsafe place.pointee.pause }
        /// Bytes that an event like the one that matched last has at least.
        var least: Int { unsafe place.pointee.least }
        /// How many of the records' bytes have escapes.
        var escapedCount: Int { unsafe place.pointee.escaped_count }
        /// One of them says that the stream is complete.
        var isTerminal: Bool { unsafe place.pointee.is_terminal }
        /// What is behind them is the beginning of a known event, and no event ends in it.
        var isCut: Bool { unsafe place.pointee.is_cut }

        /// The number, among the run's, of the `index`th record whose bytes have escapes.
        func escaped(_ index: Int) -> Int {
            precondition(index >= 0 && index < escapedCount, "no such record")
            return Int(unsafe place.pointee.escaped.unsafelyUnwrapped[index])
        }
    }

    /// Where known events are read from: bytes of the chunk, where they begin in it and in the stream, and what of them is
    /// wanted.
    struct Source {
        var window: Window
        var position: Int
        var streamOffset: UInt64
        var kinds: DeltaKinds
        var maxEventBytes: Int
        /// Events are lines of NDJSON.
        var isLines: Bool
        /// Bytes that an id may have whose line stands before an event; less than 0 where there are no such lines.
        var maxIDBytes: Int
        /// Bytes of the window whose delimiters were found before.
        var scanned = 0
        /// An event that was cut, and how much of it comes before the window: the rest is the window's first bytes again.
        var carried = Window.empty
        var carriedBefore = 0
    }

    /// What the last run has read is read again, or otherwise.
    func discardRun() { unsafe c_sluice_parser_discard_run(handle) }

    /// Bytes that were compared or indexed, each as often as it was.
    var looks: UInt64 { unsafe c_sluice_parser_looks(handle) }

    /// Deltas that there must be room for, for an event to be read.
    static var leastRoom: Int { Int(C_SLUICE_STEPS) }

    /// Reads as many events as have known skeletons, and appends what they bring forth: `room` records at most, of which
    /// text may have to be decoded.
    @inline(__always)
    mutating func readKnown(
        _ source: Source, _ table: CaptureTable, room: Int, _ records: inout RecordList
    ) -> Run {
        unsafe records.fill(room) { records in
            unsafe source.window.withPointer { bytes in
                unsafe run.pointee.next = bytes
                unsafe run.pointee.end = bytes + source.window.count
            }
            unsafe run.pointee.position = source.position
            unsafe run.pointee.stream_offset = source.streamOffset
            unsafe run.pointee.max_event_bytes = source.maxEventBytes
            unsafe run.pointee.record = records
            unsafe run.pointee.max_records = room
            unsafe run.pointee.kinds = UInt64(source.kinds)
            unsafe run.pointee.is_lines = source.isLines
            unsafe run.pointee.scanned = source.scanned
            unsafe run.pointee.max_id_bytes = Int64(source.maxIDBytes)
            unsafe run.pointee.carried = source.carried.firstAddress
            unsafe run.pointee.carried_length = source.carried.count
            unsafe run.pointee.carried_before = source.carriedBefore
            unsafe c_sluice_parser_read_known(handle, table.handle)
            return unsafe (run.pointee.count, ())
        }
        return unsafe Run(run)
    }

    /// Decodes what has escapes among the last run's records, which begin at `first` and lie in `chunk` and `carried`. Returns
    /// how many were decoded: fewer than all where one is malformed, or ends inside a surrogate pair.
    func decode(
        _ records: inout RecordList, from first: Int, _ chunk: Window, _ carried: Window, bytes: Int,
        _ decoder: inout StringDecoder
    ) -> Int {
        let count = unsafe UInt32(run.pointee.escaped_count)
        return unsafe decoder.fill(bytes + 16) { target, position in
            var written = 0
            let done = unsafe chunk.withPointer { chunkBytes in
                unsafe carried.withPointer { carriedBytes in
                    var regions = unsafe c_sluice_regions(
                        bytes: (chunkBytes, carriedBytes), length: (chunk.count, carried.count))
                    return unsafe records.lend(from: first) {
                        unsafe c_sluice_parser_decode(
                            handle, $0, count, &regions, target, position, Region.scratch.rawValue, &written)
                    }
                }
            }
            return (written, Int(done))
        } ?? 0
    }

    /// Whether an event of a new kind is worth learning now.
    var wantsLearning: Bool { unsafe c_sluice_parser_wants_learning(handle) }

    /// What reading an event comes to; not an array, because learning goes on for as long as streams bring anything new.
    struct Steps {
        fileprivate var all = [8 of c_sluice_step](repeating: c_sluice_step())
        private(set) var count = 0

        mutating func append(_ step: c_sluice_step) {
            all[count] = step
            count += 1
        }
    }

    /// Learns the event whose payload was walked last and begins at `payload` in it, and what came of it.
    mutating func learn(
        _ event: Window, payload: Int, _ steps: Steps, _ table: CaptureTable
    ) {
        let count = steps.count
        unsafe event.withPointer { bytes in
            unsafe steps.all.span.withUnsafeBufferPointer { steps in
                var none = c_sluice_step()
                unsafe withUnsafePointer(to: &none) { none in
                    let lesson = unsafe c_sluice_event(
                        bytes: bytes, length: event.count, payload: payload, steps: steps.baseAddress ?? none,
                        step_count: count)
                    unsafe c_sluice_parser_learn(handle, table.handle, lesson)
                }
            }
        }
    }

    /// Learns an event whose data, `length` bytes from `payload` on, is text as it stands.
    mutating func learnText(
        _ event: Window, payload: Int, length: Int, _ table: CaptureTable
    ) {
        unsafe event.withPointer { bytes in
            var step = c_sluice_step()
            step.tag = UInt16(DeltaKind.text.rawValue)
            unsafe withUnsafePointer(to: &step) { step in
                let lesson = unsafe c_sluice_event(
                    bytes: bytes, length: event.count, payload: payload, steps: step, step_count: 1)
                unsafe c_sluice_parser_learn_text(handle, table.handle, lesson, length)
            }
        }
    }

    /// Learns an event whose data, `length` bytes from `payload` on, is a marker that says that the stream is complete.
    mutating func learnMarker(
        _ event: Window, payload: Int, length: Int, _ table: CaptureTable
    ) {
        unsafe event.withPointer { bytes in
            var none = c_sluice_step()
            unsafe withUnsafePointer(to: &none) { none in
                let lesson = unsafe c_sluice_event(
                    bytes: bytes, length: event.count, payload: payload, steps: none, step_count: 0)
                unsafe c_sluice_parser_learn_marker(handle, table.handle, lesson, length)
            }
        }
    }
}
