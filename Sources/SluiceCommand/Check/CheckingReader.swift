import Sluice

/// Checks responses one after the other, and hands on what it finds.
final class CheckingReader: ResponseReader {
    private let selection: FormatSelection
    private let limits: Limits
    private let report: (Finding, ResponsePlace, inout Session) -> Void

    private var place = ResponsePlace(path: "", name: "", number: nil, offset: 0)
    private var detector: Detector?
    /// Bytes that came before the format was known.
    private var early: [UInt8] = []
    private var check: StreamCheck?

    /// Bytes after which a format that is not known by then is not known at all.
    private static var patienceBytes: Int { 1 << 20 }

    init(
        _ selection: FormatSelection, _ limits: Limits,
        report: @escaping (Finding, ResponsePlace, inout Session) -> Void
    ) {
        self.selection = selection
        self.limits = limits
        self.report = report
    }

    func begin(_ place: ResponsePlace) throws {
        self.place = place
        early = []
        check = nil
        detector = Detector(StreamParser(format: selection.format, limits: limits))
    }

    func take(_ bytes: Span<UInt8>, _ session: inout Session) throws {
        if let check { return hand(check.take(bytes), &session) }
        for index in bytes.indices { early.append(bytes[index]) }
        guard let detector else { return }
        detector.take(bytes)
        if detector.isDone || early.count >= Self.patienceBytes { start(&session) }
    }

    func beginRead(at time: UInt64?) {}
    func endRead(at time: UInt64?) {}

    func finish(_ watch: Watch, _ session: inout Session) throws {
        if check == nil {
            detector?.finish()
            start(&session)
        }
        if let check, !session.isOver { hand(check.finish(), &session) }
        check = nil
    }

    private func start(_ session: inout Session) {
        let bytes = early
        early = []
        let format = selection.format ?? detector?.formatName.flatMap(WireFormat.named)
        let framing =
            selection.detectsFraming ? place.framing ?? Self.framing(of: bytes) : Self.framing(of: bytes, format)
        let check = StreamCheck(format, framing ?? .sse, limits, statusWithoutFormat: detector?.status)
        self.check = check
        detector = nil
        hand(check.take(bytes.span), &session)
    }

    /// The framing of a format that the user has named: its own, if the body is not JSON instead.
    private static func framing(of bytes: [UInt8], _ format: WireFormat?) -> Framing? {
        guard let format, format.payload == .json, format.framing == .sse,
            WireFormat.named(format.name)?.framing == format.framing,
            let found = framing(of: bytes), found == .ndjson || found == .jsonArray
        else { return format?.framing }
        return found
    }

    private static func framing(of bytes: [UInt8]) -> Framing? {
        var parser = FrameParser(framing: nil)
        _ = parser.read(bytes.span)
        return parser.framing
    }

    private func hand(_ findings: [Finding], _ session: inout Session) {
        for finding in findings { report(finding, place, &session) }
    }
}

/// Finds out a stream's format.
private final class Detector {
    private var parser: StreamParser
    private(set) var isDone = false

    init(_ parser: consuming StreamParser) { self.parser = parser }

    private var hasFailed = false

    /// The format's name; nil where it was not found out.
    var formatName: String? { hasFailed ? nil : parser.formatName }

    /// How the stream has ended; nil where it was not read to its end.
    private(set) var status: StreamEnd.Status?

    func take(_ bytes: Span<UInt8>) {
        guard !isDone else { return }
        do {
            var reader = parser.read(bytes)
            while try reader.next() != nil {}
            isDone = parser.formatName != nil
        } catch {
            fail()
        }
    }

    func finish() {
        guard !isDone else { return }
        do { status = try parser.finish { _ in }.status } catch { fail() }
    }

    /// What cannot be read is found by the check itself.
    private func fail() {
        isDone = true
        hasFailed = true
    }
}
