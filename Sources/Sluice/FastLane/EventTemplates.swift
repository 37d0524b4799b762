internal import CSluiceSimdjson
internal import CSluiceTemplates

// The event templates of an engine behind the C interface, for one thread at a time, and when it is worthwhile to compare events
// with them.
//
// Contract: `handle` lives as long as this value. C reads the events only during the calls.

@safe
struct EventTemplates: ~Copyable {
    private let handle: OpaquePointer?
    /// The number of events to parse before events are compared again.
    private(set) var pause = 0
    /// The minimum size of an event with the template that matched last.
    private(set) var least = 0
    /// The rest of the chunk was smaller than that and was not compared.
    var wasTooShort = false
    /// The number of bytes after a payload that are indexed together with it: few if most events match.
    private var lookahead = largestLookahead
    private static var largestLookahead: Int { 16 * 1024 }

    init() { unsafe handle = c_sluice_templates_create() }

    deinit {
        if let handle = unsafe handle { unsafe c_sluice_templates_destroy(handle) }
    }

    /// Bytes compared; a byte counts each time.
    var looks: UInt64 {
        guard let handle = unsafe handle else { return 0 }
        return unsafe c_sluice_templates_looks(handle)
    }

    /// What the templates need to know of the bytes beside a run's source.
    struct Place {
        var maxEventBytes: Int
        /// Events are lines of NDJSON.
        var isLines: Bool
        /// The maximum size of an id in a line before an event; less than 0 if the framing has no such lines.
        var maxIDBytes: Int
        /// Bytes of the source that were searched for delimiters before.
        var scanned: Int
        /// An event that was cut, and how much of it precedes the source: the rest is at the beginning of the source.
        var carried: Window
        var carriedBefore: Int
    }

    /// Reads the following events while they match templates, and appends their records: at most `room`, of which text may have
    /// to be decoded.
    @inline(__always)
    mutating func read(
        _ source: CaptureParser.Source, _ place: Place, _ table: CaptureTable, _ parser: borrowing CaptureParser,
        room: Int,
        _ records: inout RecordList
    ) -> CaptureParser.Run? {
        guard let handle = unsafe handle else { return nil }
        let run = unsafe parser.readRun(of: source, room: room, &records) { parser, run in
            unsafe run.pointee.max_event_bytes = place.maxEventBytes
            unsafe run.pointee.is_lines = place.isLines
            unsafe run.pointee.scanned = place.scanned
            unsafe run.pointee.max_id_bytes = Int64(place.maxIDBytes)
            unsafe run.pointee.carried = place.carried.firstAddress
            unsafe run.pointee.carried_length = place.carried.count
            unsafe run.pointee.carried_before = place.carriedBefore
            unsafe c_sluice_templates_read(handle, parser, table.handle)
        }
        pause = run.pause
        least = run.least
        if run.events > 0 { lookahead = 0 }
        return run
    }

    /// Undoes the last run: its events are read again, or parsed.
    func discardRun() {
        if let handle = unsafe handle { unsafe c_sluice_templates_discard_run(handle) }
    }

    /// Counts bytes that were looked at elsewhere.
    func looked(at bytes: Int) {
        if let handle = unsafe handle { unsafe c_sluice_templates_looked(handle, bytes) }
    }

    /// Notes that this many events were parsed, with documents of this many bytes.
    @inline(__always)
    mutating func parsed(events: Int, bytes: Int) {
        if pause > 0 { pause = max(0, pause - events) }
        if bytes > 0, let handle = unsafe handle { unsafe c_sluice_templates_parsed(handle, bytes) }
    }

    /// Notes that an event that was not compared, for being too short, was parsed: shorter events occur.
    @inline(__always)
    mutating func parsedOther() { least = 0 }

    /// How many bytes of the chunk may be indexed, of `available` that begin with a payload of `length` bytes.
    @inline(__always)
    mutating func indexable(_ length: Int, of available: Int, _ parser: borrowing CaptureParser) -> Int {
        guard let handle = unsafe handle else { return available }
        guard unsafe parser.withHandle({ unsafe c_sluice_templates_may_look_ahead(handle, $0) }) else { return length }
        if lookahead >= Self.largestLookahead { return available }
        let count = min(available, length + lookahead)
        lookahead = lookahead * 2 + 512
        return count
    }

    /// What an event is learned from.
    enum Lesson {
        /// A document with a program, whose payload was read last.
        case document
        /// A document that carries nothing, whose payload was read last.
        case silent
        /// A terminal marker.
        case marker
        /// Plain text.
        case text

        fileprivate var type: Int {
            switch self {
            case .document: C_SLUICE_EVENT_DOCUMENT
            case .silent: C_SLUICE_EVENT_SILENT
            case .marker: C_SLUICE_EVENT_MARKER
            case .text: C_SLUICE_EVENT_TEXT
            }
        }
    }

    /// Whether to learn a template from an event that matches none.
    var wantLearning: Bool {
        guard let handle = unsafe handle else { return false }
        return unsafe c_sluice_templates_want_learning(handle)
    }

    /// Learns a template from an event whose payload is `length` bytes at `payload`.
    mutating func learn(
        _ event: Window, payload: Int, length: Int, _ lesson: Lesson, _ table: CaptureTable,
        _ parser: borrowing CaptureParser
    ) {
        guard let handle = unsafe handle else { return }
        pause = 0
        unsafe event.withPointer { bytes in
            let told = unsafe c_sluice_event(
                bytes: bytes, length: event.count, payload: payload, payload_length: length)
            unsafe parser.withHandle {
                unsafe c_sluice_templates_learn(handle, $0, table.handle, told, Int32(lesson.type))
            }
        }
    }
}
