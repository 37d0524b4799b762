internal import CSluiceSimdjson

// The memory that the streams of one thread share: simdjson's parser, the scanner's marks, scratch for decoded strings. Its
// contents are valid during one read only; the memory is reused.

struct EngineWork: ~Copyable {
    var scanner = Scanner()
    let plainFrames = PlainFrameRoom()
    /// The unread frames of a run of plain frames, and where the run begins in the chunk.
    var run = PlainFrames()
    var runStart = 0
    /// The number of its frames to read together; 0 once one of them could not be read.
    var mostOfRun = Int.max
    /// Whether the current frame belongs to that run.
    var isOfRun = false
    var parser: CaptureParser
    var decoder = StringDecoder()
    /// Embedded documents, decoded from base64.
    var documents = StringDecoder()
    /// Payloads that were buffered until the format was known.
    var kept = StringDecoder()
    var interpreter = Interpreter()
    /// The deltas of the last refill, and the memory that they refer to.
    var records = RecordList(capacity: 512)
    let page = DeltaPage()
    var templates = EventTemplates()
    /// Bytes that were examined outside of the scanner, simdjson and the templates.
    var otherLooks: UInt64 = 0
    /// Tests turn programs off to compare their results with those of the rules.
    var keepsPrograms = true
    /// The settings of the current stream.
    private var settings: StreamSettings?

    init(_ parser: consuming CaptureParser) { self.parser = parser }

    /// Drops the marks and frames of the previous chunk, which may be another stream's.
    mutating func beginChunk() {
        scanner.reset()
        forgetChunk()
    }

    /// As `beginChunk`, except for the scanner's marks.
    mutating func forgetChunk() {
        run = PlainFrames()
        isOfRun = false
        parser.forgetAhead()
    }

    /// Sets the limits of the current stream. Consecutive streams that share them cost nothing.
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

    @inline(__always)
    mutating func reclaim() {
        decoder.reclaim()
        documents.reclaim()
        kept.reclaim()
        records.removeAll()
        page.removeProblems()
    }

    /// Bytes examined by all streams; a byte counts each time.
    var looks: UInt64 { scanner.looks &+ parser.indexedBytes &+ templates.looks &+ otherLooks }

    /// Counts bytes that were read for what no rule reads.
    mutating func looked(at bytes: Int) {
        otherLooks &+= UInt64(bytes)
        templates.looked(at: bytes)
    }

    mutating func detect(
        _ payload: Window, event: Window, isError: Bool, _ framing: Framing, by own: FormatDetector?
    ) throws(SluiceError) -> WireFormat? {
        var detector = own
        if detector == nil { detector = try FormatDetector.builtIn.table() }
        return detector?.detect(payload, event: event, isError: isError, framing, &parser)
    }

    /// Whether a payload is a JSON object.
    mutating func isDocument(_ payload: Window) -> Bool {
        parser.walk(payload, length: payload.count, CompiledFormat.none.table) == nil
    }

    /// The error of a valid document, as `CommonErrors.find`; nil also if the allocation of the table failed.
    mutating func findError(
        _ payload: Window, subject: Capture?, isMarked: Bool, isWalked: Bool = false
    ) -> FoundError? {
        let errors = try? CommonErrors.shared.table()
        return errors?.find(payload, subject: subject, isMarked: isMarked, isWalked: isWalked, &parser)
    }
}
