internal import CSluiceSimdjson

// simdjson behind the C interface, for one thread at a time.
//
// Contract: `handle` lives as long as this value and contains `run`. The captures of a walk point into the parser's memory and
// are valid until its next walk, which the borrow of `self` in `captures` enforces. C reads the payload only during the call.

typealias Capture = c_sluice_capture

@safe
struct CaptureParser: ~Copyable {
    private let handle: OpaquePointer
    private var found: UnsafePointer<c_sluice_capture>?
    private var foundCount = 0
    /// The token signature of the last payload, or 0; see the C header.
    private(set) var shape: UInt32 = 0
    /// The run of events that match templates, which C reads and writes.
    private let run: UnsafeMutablePointer<c_sluice_run>

    init?() {
        // C stores regions by these numbers.
        precondition(Region.chunk.rawValue == 0 && Int32(Region.carry.rawValue) == C_SLUICE_CARRIED)
        guard let parser = unsafe c_sluice_parser_create() else { return nil }
        unsafe handle = parser
        unsafe run = c_sluice_parser_run(parser)
        unsafe found = nil
    }

    /// Creates a parser. Ends the process if the allocation fails, as Swift's own allocations do.
    static func make() -> CaptureParser {
        guard let parser = CaptureParser() else { fatalError("allocation failed for a JSON parser of 16 KiB") }
        return parser
    }

    deinit {
        unsafe c_sluice_parser_destroy(handle)
    }

    /// The captures of the last walk.
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

    /// Drops the index of bytes after the payloads. Has to be called before a chunk is returned or written to.
    func forgetAhead() {
        unsafe c_sluice_parser_forget(handle)
    }

    /// Sets the options for the following payloads. Called when another stream is read: building them for each payload would
    /// delay it.
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

    /// Finds the table's paths in the first `length` bytes of `window`; returns nil on success.
    ///
    /// The bytes after them in the window may be indexed too: they have to be lines of the same chunk.
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

    /// The result of a run of events that match templates; valid until the next run.
    @safe
    struct Run {
        private let place: UnsafePointer<c_sluice_run>

        fileprivate init(_ place: UnsafePointer<c_sluice_run>) { unsafe self.place = place }

        var events: Int { unsafe place.pointee.events }
        /// The bytes of all events of the run.
        var bytes: Int { unsafe place.pointee.bytes }
        /// The number of events to parse before templates are worth trying again.
        var pause: Int { unsafe place.pointee.pause }
        /// The minimum size of an event with the template that matched last.
        var least: Int { unsafe place.pointee.least }
        /// The number of records whose bytes have escapes.
        var escapedCount: Int { unsafe place.pointee.escaped_count }
        /// What came before and in the events: `StreamProgress.reads`.
        var reads: UInt64 { unsafe place.pointee.reads }
        /// Whether one of the events completes the stream.
        var isTerminal: Bool { unsafe place.pointee.is_terminal }
        /// Whether the remaining bytes are the beginning of an event that matches a template so far, and contain no event end.
        var isCut: Bool { unsafe place.pointee.is_cut }

        /// The index in the run of the `index`th record whose bytes have escapes.
        func escaped(_ index: Int) -> Int {
            precondition(index >= 0 && index < escapedCount, "no such record")
            return Int(unsafe place.pointee.escaped.unsafelyUnwrapped[index])
        }
    }

    /// The bytes in which events are matched with templates, where they begin in the chunk and in the stream, and the kinds to
    /// emit.
    struct Source {
        var window: Window
        var position: Int
        var streamOffset: UInt64
        var kinds: KindBits
        var maxEventBytes: Int
        /// Events are lines of NDJSON.
        var isLines: Bool
        /// The maximum size of an id in a line before an event; less than 0 if the framing has no such lines.
        var maxIDBytes: Int
        /// Bytes of the window that were searched for delimiters before.
        var scanned = 0
        /// An event that was cut, and how much of it precedes the window: the rest is at the beginning of the window.
        var carried = Window.empty
        var carriedBefore = 0
        /// What came before: `StreamProgress.reads`.
        var reads: UInt64 = 0
    }

    /// Undoes the last run: its events are read again, or parsed.
    func discardRun() { unsafe c_sluice_parser_discard_run(handle) }

    /// Bytes compared or indexed; a byte counts each time.
    var looks: UInt64 { unsafe c_sluice_parser_looks(handle) }

    /// Counts bytes that were looked at elsewhere.
    func looked(at bytes: Int) { unsafe c_sluice_parser_looked(handle, bytes) }

    /// The number of records that have to be free for an event to be read.
    static var leastRoom: Int { Int(C_SLUICE_STEPS) }

    /// Reads the following events while they match templates, and appends their records: at most `room`, of which text may have
    /// to be decoded.
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
            unsafe run.pointee.reads = source.reads
            unsafe c_sluice_parser_read_known(handle, table.handle)
            return unsafe (run.pointee.count, ())
        }
        return unsafe Run(run)
    }

    /// Decodes the escapes of the last run's records, which begin at `first` and whose bytes are in `chunk` and `carried`.
    /// Returns the number of decoded records: fewer than all if one is malformed or ends inside a surrogate pair.
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

    /// Whether to learn a template from an event that matches none.
    var wantsLearning: Bool { unsafe c_sluice_parser_wants_learning(handle) }

    /// The records of an event. Not an array, because learning continues as long as new events arrive.
    struct Steps {
        fileprivate var all = [8 of c_sluice_step](repeating: c_sluice_step())
        private(set) var count = 0
        /// What the event needs to have come before it, and what ends with it, as `StreamProgress.reads`.
        var required: UInt64 = 0
        var ended: UInt64 = 0

        mutating func append(_ step: c_sluice_step) {
            all[count] = step
            count += 1
        }
    }

    /// Learns a template from the event whose payload was walked last and begins at `payload`, with its records.
    mutating func learn(
        _ event: Window, payload: Int, _ steps: Steps, _ table: CaptureTable
    ) {
        let (count, required, ended) = (steps.count, steps.required, steps.ended)
        unsafe event.withPointer { bytes in
            unsafe steps.all.span.withUnsafeBufferPointer { steps in
                var none = c_sluice_step()
                unsafe withUnsafePointer(to: &none) { none in
                    let lesson = unsafe c_sluice_event(
                        bytes: bytes, length: event.count, payload: payload, steps: steps.baseAddress ?? none,
                        step_count: count, required: required, ended: ended)
                    unsafe c_sluice_parser_learn(handle, table.handle, lesson)
                }
            }
        }
    }

    /// Learns a template from an event whose data, `length` bytes at `payload`, is plain text.
    mutating func learnText(
        _ event: Window, payload: Int, length: Int, _ table: CaptureTable
    ) {
        unsafe event.withPointer { bytes in
            var step = c_sluice_step()
            step.tag = UInt16(DeltaKind.text.rawValue)
            unsafe withUnsafePointer(to: &step) { step in
                let lesson = unsafe c_sluice_event(
                    bytes: bytes, length: event.count, payload: payload, steps: step, step_count: 1, required: 0,
                    ended: 0)
                unsafe c_sluice_parser_learn_text(handle, table.handle, lesson, length)
            }
        }
    }

    /// Learns a template from an event whose data, `length` bytes at `payload`, is a terminal marker.
    mutating func learnMarker(
        _ event: Window, payload: Int, length: Int, _ table: CaptureTable
    ) {
        unsafe event.withPointer { bytes in
            var none = c_sluice_step()
            unsafe withUnsafePointer(to: &none) { none in
                let lesson = unsafe c_sluice_event(
                    bytes: bytes, length: event.count, payload: payload, steps: none, step_count: 0,
                    required: StreamProgress.settled, ended: 0)
                unsafe c_sluice_parser_learn_marker(handle, table.handle, lesson, length)
            }
        }
    }
}
