import ArgumentParser
import Sluice

/// What `sluice stats` prints, and when it stops.
struct StatsOutputOptions: ParsableArguments {
    @Flag(help: "Print one JSON object a stream, and a last one for all where there are several.")
    var json = false

    @Flag(help: "Print CSV: a header, then a row a stream.")
    var csv = false

    @Option(
        help: ArgumentHelp(
            "Also draw the gaps and the tokens over time into FILE. Needs the program gnuplot.", valueName: "file"))
    var svg: String?

    @Flag(help: "Write over the file that --svg names.")
    var force = false

    @Option(help: ArgumentHelp("Report gaps between tokens above this long as stalls.", valueName: "seconds"))
    var stall = 1.0

    @Option(
        help: ArgumentHelp(
            "Stop when nothing has come for this long; the exit status is 5 if the stream was not complete.",
            valueName: "seconds"))
    var timeout: Double?

    func validate() throws {
        if json && csv { throw ValidationError("--json and --csv are given together; choose one") }
        if force && svg == nil { throw ValidationError("--force is given without --svg FILE") }
        if !(stall >= 0 && stall <= 1_000_000) {
            throw ValidationError("--stall is \(stall); give seconds from 0 to 1000000, such as 0.5")
        }
        if let timeout, !(timeout > 0 && timeout <= 1_000_000) {
            throw ValidationError("--timeout is \(timeout); give seconds above 0 and up to 1000000, such as 30")
        }
    }
}

/// `sluice stats`: how fast a stream came, and what it is made of.
struct StatsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "stats",
        abstract: "Measure streams: time to first token, gaps between tokens, stalls, sizes.",
        discussion: """
            Reads recordings that 'sluice record' wrote with the times at which their bytes arrived, or a pipe, whose reads \
            it times itself. Of other files it reports what needs no times.

              sluice stats hello
              curl -sN … | sluice stats
              sluice stats --csv recordings/* > figures.csv

            A token is a delta of text, refusal, reasoning or tool arguments that carries bytes. It comes when the read \
            comes that completes its event. The figures are those of vLLM's benchmark and of NVIDIA's GenAI-Perf:

              TTFT  time to first token: until the first token comes
              ITL   inter-token latency: the gap between a token and the next; 0 for tokens of the same read
              TPOT  time per output token: (time to last token - TTFT) / (output tokens - 1)

            Output tokens are the server's count where the stream has one (usage), or else the tokens counted here; the \
            report says which. Times of a recording count from its first byte, those of a pipe from the start of the \
            command. Percentiles are exact for up to 65536 gaps, and then within 0.4 %. docs/STATS.md has all formulas.

            Ctrl-C ends the measurement and prints what there is so far.

            \(ExitStatus.help)
            """)

    @OptionGroup
    var input: FileArguments

    @OptionGroup(title: "Output")
    var output: StatsOutputOptions

    @OptionGroup(title: "Format")
    var format: FormatOptions

    @OptionGroup(title: "Terminal")
    var terminal: TerminalOptions

    @OptionGroup(title: "Tuning")
    var feed: FeedOptions

    func run() throws {
        var start = ContinuousClock.now
        var session = Session(sendsControls: terminal.raw)
        var drawing: Drawing?
        do throws(RecordingError) {
            if let svg = output.svg { drawing = try Drawing(svg, overwrites: output.force) }
        } catch {
            session.note(.unusable)
            session.report(error.message)
            return try session.finish()
        }
        let results = StatsResults(json: output.json, csv: output.csv, drawing: drawing)
        let reader = MeasuringReader(
            try format.selection(), feed, stall: UInt64((output.stall * 1e9).rounded()), isOnly: input.isSingle,
            curves: drawing == nil ? 0 : Drawing.curveCount
        ) { results.take($0, $1, &$2) }
        for path in input.paths where !session.isOver {
            try session.readResponses(of: path, into: reader, timeout: output.timeout, since: start)
            session.flush()
            start = .now
        }
        results.finish(&session)
        try session.finish()
    }
}

/// What was measured so far, and what becomes of it.
private final class StatsResults {
    private let json: Bool
    private let csv: Bool
    private var drawing: Drawing?
    private let report = StatsReport(screen: .current)
    private var table: StatsTable
    private var summary = SummaryFigures()
    /// The only stream until a second comes.
    private var only: StreamFigures?

    init(json: Bool, csv: Bool, drawing: Drawing?) {
        self.json = json
        self.csv = csv
        self.drawing = drawing
        table = StatsTable(report)
    }

    func take(_ stream: StreamFigures, _ meter: TokenMeter, _ session: inout Session) {
        summary.add(stream, meter.gaps)
        if let curve = meter.timeline?.curve { drawing?.add(stream.name, curve) }
        if json { return session.output.appendJSON("stream", stream.list, bars: stream.gaps.bars) }
        if csv {
            if summary.streams == 1 { session.output.appendCSV(stream.list.map(\.name)) }
            return session.output.appendCSV(stream.list.map(\.value.cell))
        }
        only = summary.streams == 1 ? stream : nil
        table.add(stream)
    }

    /// Prints what needs all streams.
    func finish(_ session: inout Session) {
        if json && summary.streams > 1 {
            session.output.appendJSON("summary", summary.list, bars: summary.gaps.bars)
        } else if !json && !csv {
            if session.sharesTerminal { session.output.beginLine() }
            if let only {
                report.append(only, &session.output)
            } else if summary.streams > 1 {
                table.append(summary, &session.output)
            }
        }
        session.flush()
        guard let drawing else { return }
        if session.isOver { return session.report("interrupted, so nothing is drawn") }
        do throws(RecordingError) {
            session.report(try drawing.write(summary.gaps.bars))
        } catch {
            session.note(.unusable)
            session.report(error.message)
        }
    }
}
