internal import CSluiceSimdjson

// What the streams of one thread share: simdjson's parser, the scanner's marks, scratch for decoded strings. None of it
// outlives a read, except as memory that need not be allocated again.

struct EngineWork: ~Copyable {
    var scanner = Scanner()
    let plainFrames = PlainFrameRoom()
    /// What has not been read of a run of plain frames, and where the run begins in the chunk.
    var run = PlainFrames()
    var runStart = 0
    /// The frame at hand is of that run.
    var isOfRun = false
    var parser: CaptureParser
    var decoder = StringDecoder()
    /// Documents that were wrapped in others.
    var documents = StringDecoder()
    /// Payloads that were kept until the format was known.
    var kept = StringDecoder()
    var interpreter = Interpreter()
    /// The deltas of the last refill, and what they refer to.
    var records = RecordList(capacity: 512)
    let page = DeltaPage()
    /// Bytes behind a payload that are worth indexing with it: few where most events are read by their skeletons.
    var lookahead = largestLookahead
    /// Events to be parsed before skeletons are tried again.
    var pause = 0
    static var largestLookahead: Int { 16 * 1024 }
    /// Bytes that a known event has at least, as long as they are like the last.
    var leastKnown = 0
    /// Fewer bytes were left in the chunk, and so not compared.
    var wasTooShort = false
    /// Bytes that were checked for being UTF-8 because nothing else had.
    var textLooks: UInt64 = 0
    /// Tests read without them, to hold them to what parsing gives.
    var learnsSkeletons = true
    private var detector: FormatDetector?
    /// Whose limits hold.
    private var settings: StreamSettings?

    init(_ parser: consuming CaptureParser) { self.parser = parser }

    /// Forgets what was found in the chunk before, which may have been another stream's, and dropped unread.
    mutating func beginChunk() {
        scanner.reset()
        forgetChunk()
    }

    /// The same but for the scanner's marks.
    mutating func forgetChunk() {
        run = PlainFrames()
        isOfRun = false
        parser.forgetAhead()
    }

    /// The limits of the stream that is read now. They are told once for all streams that share them, one after the other.
    @inline(__always)
    mutating func bound(by settings: StreamSettings) {
        if self.settings !== settings { adopt(settings) }
    }

    @inline(never)
    private mutating func adopt(_ settings: StreamSettings) {
        self.settings = settings
        parser.bound(by: settings.limits)
        interpreter.bound(by: settings.limits, settings.kinds)
    }

    mutating func reclaim() {
        decoder.reclaim()
        documents.reclaim()
        kept.reclaim()
        records.removeAll()
        page.removeProblems()
    }

    mutating func detect(
        _ payload: Window, event: Window, isError: Bool, _ framing: Framing
    ) throws(SluiceError) -> WireFormat? {
        let known: FormatDetector
        if let detector { known = detector } else { known = try FormatDetector() }
        detector = known
        return known.detect(payload, event: event, isError: isError, framing, &parser)
    }
}
