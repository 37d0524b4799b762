internal import CSluiceSimdjson

// What the streams of one thread share: simdjson's parser, the scanner's marks, scratch for decoded strings. None of it
// outlives a read, except as memory that need not be allocated again.

struct EngineWork: ~Copyable {
    var scanner = Scanner()
    let plainFrames = PlainFrameRoom()
    var parser: CaptureParser
    var decoder = StringDecoder()
    /// Documents that were wrapped in others.
    var documents = StringDecoder()
    /// Payloads that were kept until the format was known.
    var kept = StringDecoder()
    var interpreter = Interpreter()
    var records: [DeltaRecord] = []
    var problems: [SluiceError] = []
    /// Bytes behind a payload that are worth indexing with it: few where most events are read by their skeletons.
    var lookahead = largestLookahead
    /// Events to be parsed before skeletons are tried again.
    var pause = 0
    var windows = RegionWindows()
    static var largestLookahead: Int { 16 * 1024 }
    private var detector: FormatDetector?

    init() {
        guard let parser = CaptureParser() else { fatalError("no memory for a JSON parser of 16 KiB") }
        self.parser = parser
        records.reserveCapacity(512)
    }

    /// Forgets what was found in the chunk before.
    mutating func beginChunk() {
        scanner.reset()
        parser.forgetAhead()
    }

    mutating func reclaim() {
        decoder.reclaim()
        documents.reclaim()
        kept.reclaim()
        records.removeAll(keepingCapacity: true)
        if !problems.isEmpty { problems.removeAll() }
    }

    mutating func detect(
        _ payload: Window, event: Window, isError: Bool, _ framing: Framing, _ limits: Limits
    ) throws(SluiceError) -> WireFormat? {
        let known: FormatDetector
        if let detector { known = detector } else { known = try FormatDetector() }
        detector = known
        return known.detect(payload, event: event, isError: isError, framing, &parser, limits)
    }
}

/// The windows that slices refer to, as they are after a refill and until the next, by the regions' numbers: whether a
/// delta lies in the chunk or was decoded is nothing that a processor could foresee, so there is no branch on it.
struct RegionWindows {
    /// Empty until the first update, so that readers can swap theirs for the engine's, and nothing is allocated a read.
    private var windows: [Window] = []

    mutating func update(_ state: borrowing StreamState, _ work: borrowing EngineWork) {
        if windows.isEmpty { windows = [Window](repeating: .empty, count: 6) }
        self[.chunk] = state.input.chunk
        self[.carry] = state.input.carried
        self[.joined] = state.joined
        self[.scratch] = work.decoder.bytes
        self[.document] = work.documents.bytes
        self[.kept] = work.kept.bytes
    }

    private subscript(region: Region) -> Window {
        @inline(__always) get { windows[Int(region.rawValue)] }
        set { windows[Int(region.rawValue)] = newValue }
    }

    @_lifetime(immortal)
    @inline(__always)
    func main(of record: DeltaRecord) -> RawSpan {
        if record.length == 0 { return RawSpan() }
        return windows[Int(record.region)].span(Int(record.offset), Int(record.length))
    }

    @_lifetime(immortal)
    @inline(__always)
    func other(of record: DeltaRecord) -> RawSpan {
        if record.other_length == 0 { return RawSpan() }
        return windows[Int(record.other_region)].span(Int(record.other_offset), Int(record.other_length))
    }
}
