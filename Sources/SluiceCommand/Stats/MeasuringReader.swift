import Sluice

/// Measures responses one after the other, and hands on the figures of each.
final class MeasuringReader: ResponseReader {
    private let selection: FormatSelection
    private let options: FeedOptions
    private let stall: UInt64
    private let isOnly: Bool
    /// Streams of which a curve is kept.
    private var curvesLeft: Int
    private let report: (StreamFigures, TokenMeter, inout Session) -> Void

    private var place = ResponsePlace(path: "", name: "", number: nil, offset: 0)
    private var open: Open?
    /// Reads that came before the framing was known, where it has to be found out.
    private var early: [(time: UInt64?, bytes: [UInt8], isReadsEnd: Bool)] = []
    private var earlyBytes = 0
    private var reads = ReadCounts()
    private var now: UInt64?
    private var eventsBefore: UInt64 = 0
    private var hasFailed = false

    /// A response whose framing is known.
    private final class Open {
        var feed: StreamFeed<TokenMeter>

        init(_ feed: consuming StreamFeed<TokenMeter>) { self.feed = feed }
    }

    /// - Parameters:
    ///   - stall: Nanoseconds that a stall exceeds.
    ///   - isOnly: The only path on the command line: messages need not name it.
    ///   - curves: Streams of which a curve is kept.
    init(
        _ selection: FormatSelection, _ options: FeedOptions, stall: UInt64, isOnly: Bool, curves: Int,
        report: @escaping (StreamFigures, TokenMeter, inout Session) -> Void
    ) {
        self.selection = selection
        self.options = options
        self.stall = stall
        self.isOnly = isOnly
        curvesLeft = curves
        self.report = report
    }

    func begin(_ place: ResponsePlace) throws {
        self.place = place
        early = []
        earlyBytes = 0
        reads = ReadCounts()
        now = nil
        eventsBefore = 0
        hasFailed = false
        open = nil
        var format = selection.format
        if selection.detectsFraming && format != nil {
            guard let framing = place.framing else { return }
            format?.framing = framing
        }
        open = try opened(format)
    }

    private func opened(_ format: WireFormat?) throws -> Open {
        let meter = TokenMeter(stall: stall, keepsTimeline: curvesLeft > 0)
        curvesLeft = max(0, curvesLeft - 1)
        return Open(try StreamFeed(meter, format: format, options, name: place.label))
    }

    func beginRead(at time: UInt64?) {
        now = time
        open?.feed.receiver.sink.now = time
    }

    func take(_ bytes: Span<UInt8>, _ session: inout Session) throws {
        if hasFailed { return }
        if let open { return take(bytes, open, &session) }
        early.append((now, copy(bytes), false))
        earlyBytes += bytes.count
        if let framing = framingOfEarly() { _ = try readEarly(framing, &session) }
    }

    private func take(_ bytes: Span<UInt8>, _ open: Open, _ session: inout Session) {
        do {
            try open.feed.feed(bytes, &session)
        } catch {
            hasFailed = true
            session.report(error, of: open.feed, place.label)
        }
    }

    func endRead(at time: UInt64?) {
        if let open {
            if let time { note(readOf: open, at: time) }
        } else if !early.isEmpty {
            early[early.count - 1].isReadsEnd = true
        }
    }

    private func note(readOf open: Open, at time: UInt64) {
        let events = open.feed.end.frames
        reads.note(time: time, events: events - eventsBefore)
        eventsBefore = events
    }

    func finish(_ watch: Watch, _ session: inout Session) throws {
        let open = try open ?? readEarly(.sse, &session)
        var status: String?
        if session.isOver {
            status = "interrupted"
        } else if !hasFailed {
            do {
                try open.feed.finish(&session)
                session.judge(open.feed, watch, isOnly && place.number == nil ? nil : place.label)
            } catch {
                session.report(error, of: open.feed, place.label)
            }
        }
        let meter = open.feed.receiver.sink
        let end = open.feed.end
        let figures = StreamFigures(
            file: place.path, response: place.number, format: open.feed.formatName,
            status: status ?? end.status.rawValue,
            clock: place.clock, end: end, reads: reads, meter)
        self.open = nil
        report(figures, meter, &session)
    }

    // MARK: Finding out the framing of a format that has none

    /// What the bytes so far show; white space without end is taken for Server-Sent Events.
    private func framingOfEarly() -> Framing? {
        if earlyBytes >= 64 << 10 { return .sse }
        var bytes: [UInt8] = []
        for read in early { bytes += read.bytes }
        return Self.framing(of: bytes)
    }

    private static func framing(of bytes: [UInt8]) -> Framing? {
        var parser = FrameParser(framing: nil)
        _ = parser.read(bytes.span)
        return parser.framing
    }

    private func readEarly(_ framing: Framing, _ session: inout Session) throws -> Open {
        var format = selection.format
        format?.framing = framing
        let open = try opened(format)
        self.open = open
        let current = now
        for read in early where !hasFailed {
            beginRead(at: read.time)
            take(read.bytes.span, open, &session)
            if read.isReadsEnd, let time = read.time { note(readOf: open, at: time) }
        }
        early = []
        beginRead(at: current)
        return open
    }

    private func copy(_ bytes: Span<UInt8>) -> [UInt8] {
        var copy: [UInt8] = []
        for index in bytes.indices { copy.append(bytes[index]) }
        return copy
    }
}
