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
    /// The run of events, which C reads and writes.
    private let run: UnsafeMutablePointer<c_sluice_run>

    init?() {
        // C stores regions by these numbers.
        precondition(Region.chunk.rawValue == 0 && Int32(Region.carry.rawValue) == C_SLUICE_CARRIED)
        precondition(Int32(DeltaKind.text.rawValue) == C_SLUICE_KIND_TEXT)
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
                max_templates: UInt32(clamping: limits.maxTemplates),
                max_name_bytes: UInt32(clamping: limits.maxEventNameBytes),
                max_choices: UInt32(clamping: limits.maxChoices), max_tools: UInt32(clamping: limits.maxToolCalls),
                max_data_lines: UInt32(clamping: limits.maxDataLinesPerEvent)))
    }

    /// Finds the table's paths in the first `length` bytes of `window`; returns nil on success.
    ///
    /// The bytes after them in the window may be indexed too: they have to be lines of the same chunk.
    mutating func walk(_ window: Window, length: Int, _ table: CaptureTable) -> Failure? {
        unsafe take(
            window.withPointer { bytes in
                unsafe c_sluice_parser_walk(handle, table.handle, bytes, length, window.count)
            })
    }

    /// The same for the frame that was read last, which a program has read: it is not indexed again.
    mutating func walkLast() -> Failure? { unsafe take(c_sluice_parser_walk_last(handle)) }

    /// The same for the payload that was walked last, with another table: it is not indexed again.
    mutating func walkAgain(_ payload: Window, _ table: CaptureTable) -> Failure? {
        unsafe take(
            payload.withPointer { bytes in
                unsafe c_sluice_parser_walk_again(handle, table.handle, bytes, payload.count)
            })
    }

    @unsafe
    private mutating func take(_ result: c_sluice_walk_result) -> Failure? {
        unsafe found = result.captures
        foundCount = Int(unsafe result.count)
        let status = unsafe result.status
        return status == 0 ? nil : Failure(status: status, offset: Int(unsafe result.offset))
    }

    /// Bytes of the payloads walked, for tests; a byte counts each time.
    var walkedBytes: UInt64 { unsafe c_sluice_parser_walked_bytes(handle) }

    /// Bytes indexed; a byte counts each time.
    var indexedBytes: UInt64 { unsafe c_sluice_parser_indexed_bytes(handle) }

    /// The number of records that have to be free for an event to be read.
    static var leastRoom: Int { Int(C_SLUICE_STEPS) }

    /// The result of a run of events, by either lane; valid until the next run.
    @safe
    struct Run {
        private let place: UnsafePointer<c_sluice_run>

        init(_ place: UnsafePointer<c_sluice_run>) { unsafe self.place = place }

        var events: Int { unsafe place.pointee.events }
        /// The bytes of all events of the run.
        var bytes: Int { unsafe place.pointee.bytes }
        /// The number of records whose bytes have escapes.
        var escapedCount: Int { unsafe place.pointee.escaped_count }
        /// What came before and in the events: `StreamProgress.reads`.
        var reads: UInt64 { unsafe place.pointee.reads }
        /// Whether one of the events completes the stream.
        var isTerminal: Bool { unsafe place.pointee.is_terminal }

        /// Of templates: the number of events to parse before they are worth trying again.
        var pause: Int { unsafe place.pointee.pause }
        /// Of templates: the minimum size of an event with the one that matched last.
        var least: Int { unsafe place.pointee.least }
        /// Of templates: whether the remaining bytes are the beginning of an event that matches so far, and contain no event end.
        var isCut: Bool { unsafe place.pointee.is_cut }

        /// The index in the run of the `index`th record whose bytes have escapes.
        func escaped(_ index: Int) -> Int {
            precondition(index >= 0 && index < escapedCount, "no such record")
            return Int(unsafe place.pointee.escaped.unsafelyUnwrapped[index])
        }
    }

    /// The bytes of a run of events, where they begin in their region and in the stream, and what to emit of them.
    struct Source {
        var window: Window
        var position: Int
        var streamOffset: UInt64
        var kinds: KindBits
        /// What came before: `StreamProgress.reads`.
        var reads: UInt64
    }

    /// The result of reading frames by their programs.
    struct FramesRead {
        var run: Run
        /// The number of frames that were read; the next one has to be read by the rules.
        var frames: Int
        /// Bytes of their payloads.
        var payloadBytes: Int
        /// Whether the payload of the next one was walked, and how that failed; its captures are those of a walk.
        var isWalked: Bool
        var failure: Failure?
    }

    /// Reads up to `most` of `frames`, as long as they have programs, and appends their records: at most `room`.
    ///
    /// The frames' positions count from the beginning of `source`, whose bytes may be indexed to the end: they have to be lines
    /// of the same chunk. Frames whose event type has one of the lengths in `stops` are not read.
    @inline(__always)
    mutating func read(
        _ frames: PlainFrames, most: Int, of source: Source, stops: UInt64, _ table: CaptureTable, room: Int,
        _ records: inout RecordList
    ) -> FramesRead {
        unsafe frames.withFrames { first, count in
            unsafe read(
                first.assumingMemoryBound(to: c_sluice_frame.self), min(count, most), source, stops, table, room,
                &records)
        }
    }

    /// The same for one frame, whose payload is `length` bytes at the beginning of `source`.
    @inline(__always)
    mutating func read(
        length: Int, of source: Source, _ table: CaptureTable, room: Int, _ records: inout RecordList
    ) -> FramesRead {
        var frame = c_sluice_frame()
        frame.payload_length = UInt32(truncatingIfNeeded: length)
        return unsafe withUnsafePointer(to: &frame) { unsafe read($0, 1, source, 0, table, room, &records) }
    }

    @unsafe
    @inline(__always)
    private mutating func read(
        _ frames: UnsafePointer<c_sluice_frame>, _ count: Int, _ source: Source, _ stops: UInt64,
        _ table: CaptureTable, _ room: Int, _ records: inout RecordList
    ) -> FramesRead {
        let result = unsafe records.fill(room) { records in
            unsafe source.window.withPointer { bytes in
                unsafe begin(source, records, room: room, bytes)
                let result = unsafe c_sluice_parser_read_frames(
                    handle, table.handle, frames, count, source.window.count, stops)
                return unsafe (run.pointee.count, result)
            }
        }
        unsafe found = result.walk.captures
        foundCount = Int(unsafe result.walk.count)
        let status = unsafe result.walk.status
        let failure = status == 0 ? nil : Failure(status: status, offset: Int(unsafe result.walk.offset))
        return unsafe FramesRead(
            run: Run(run), frames: result.frames, payloadBytes: result.payload_bytes, isWalked: result.is_walked,
            failure: failure)
    }

    /// Sets what both lanes need before a run.
    @unsafe
    @inline(__always)
    private func begin(
        _ source: Source, _ records: UnsafeMutablePointer<DeltaRecord>, room: Int, _ bytes: UnsafePointer<UInt8>
    ) {
        unsafe run.pointee.next = bytes
        unsafe run.pointee.end = bytes + source.window.count
        unsafe run.pointee.position = source.position
        unsafe run.pointee.stream_offset = source.streamOffset
        unsafe run.pointee.max_event_bytes = .max
        unsafe run.pointee.record = records
        unsafe run.pointee.max_records = room
        unsafe run.pointee.kinds = UInt64(source.kinds)
        unsafe run.pointee.reads = source.reads
    }

    /// Calls `body` to read a run of events in another way; returns the run.
    @inline(__always)
    func readRun(
        of source: Source, room: Int, _ records: inout RecordList,
        _ body: (OpaquePointer, UnsafeMutablePointer<c_sluice_run>) -> Void
    ) -> Run {
        unsafe records.fill(room) { records in
            unsafe source.window.withPointer { bytes in
                unsafe begin(source, records, room: room, bytes)
                unsafe body(handle, run)
                return unsafe (run.pointee.count, ())
            }
        }
        return unsafe Run(run)
    }

    /// Calls `body` with the parser.
    func withHandle<Result>(_ body: (OpaquePointer) -> Result) -> Result { unsafe body(handle) }

    /// Keeps what the rules made of the payload that was walked last, while frames were read.
    func keep(_ program: Program, _ table: CaptureTable) {
        unsafe program.all.span.withUnsafeBufferPointer { steps in
            guard let first = steps.baseAddress else { return }
            let lesson = unsafe c_sluice_lesson(
                steps: first, step_count: program.count, required: program.required, ended: program.ended)
            unsafe c_sluice_parser_keep_program(handle, table.handle, lesson)
        }
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
}

/// The steps of a program, which emit an event's deltas. Not an array, because programs are made as long as new events arrive.
struct Program {
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
