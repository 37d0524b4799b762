// What the streams of one thread share: simdjson's parser, the scanner's marks, scratch for decoded strings. None of it
// outlives a read, except as memory that need not be allocated again.

struct EngineWork: ~Copyable {
    var scanner = Scanner()
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

/// The windows that slices refer to, as they are after a refill and until the next.
struct RegionWindows {
    var chunk: Window
    var carry: Window
    var joined: Window
    var scratch: Window
    var document: Window
    var kept: Window

    init(_ state: borrowing StreamState, _ work: borrowing EngineWork) {
        chunk = state.input.chunk
        carry = state.input.carried
        joined = state.joined
        scratch = work.decoder.bytes
        document = work.documents.bytes
        kept = work.kept.bytes
    }

    static var none: RegionWindows { RegionWindows() }

    private init() {
        chunk = .empty
        carry = .empty
        joined = .empty
        scratch = .empty
        document = .empty
        kept = .empty
    }

    @inline(__always)
    func window(of region: Region) -> Window {
        switch region {
        case .chunk: chunk
        case .carry: carry
        case .joined: joined
        case .scratch: scratch
        case .document: document
        case .kept: kept
        }
    }

    @_lifetime(immortal)
    @inline(__always)
    func span(_ slice: Slice) -> RawSpan {
        if slice.length == 0 { return RawSpan() }
        return window(of: slice.region).span(slice.offset, slice.length)
    }
}
