import ArgumentParser
import Sluice

/// What `sluice cat` prints, and where.
struct CatOptions: ParsableArguments {
    @Flag(help: "Print one JSON object per delta, and a last one that says how the stream ended.")
    var json = false

    @Flag(
        help: ArgumentHelp(
            "With --json: also print what else the streams say, as lines of kind 'detail': ids, signatures, citations, usage in "
                + "detail."))
    var details = false

    @Flag(help: "With --json: also print the document of each event, as a line of kind 'payload'.")
    var payloads = false

    @Flag(help: "Print whole words instead of tokens; a word that is held back is printed after 250 ms.")
    var words = false

    @Flag(help: "Read all files at once, as their data arrives, and begin each line with the stream's name.")
    var tag = false

    @Option(
        help: ArgumentHelp(
            "Also write the answer's text to FILE, and its other parts beside it (FILE.reasoning, FILE.call-0, …).",
            valueName: "file"), completion: .file())
    var spill: String?

    @Flag(help: "Let --spill overwrite files that exist.")
    var force = false

    @OptionGroup
    var strictness: StrictOption

    @OptionGroup
    var statistics: StatisticsOption

    @OptionGroup
    var color: ColorOptions
}

/// Whether a terminal marker has to come.
struct StrictOption: ParsableArguments {
    @Flag(help: "Exit with 3 if a stream is finished, but its terminal marker did not come.")
    var strict = false
}

/// A line of figures at the end.
struct StatisticsOption: ParsableArguments {
    @Flag(
        help: ArgumentHelp(
            "Print counts of frames, deltas and bytes, the time and rates to standard error at the end. The time includes "
                + "waiting for input; 1 kB is 1000 bytes."))
    var stats = false
}

/// `sluice cat`: the answer, as it arrives.
struct CatCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "cat",
        abstract: "Print the answer as it arrives (the default).",
        discussion: """
            Prints text as it arrives. Reasoning and tool calls are on lines of their own. Of several choices, the first is \
            printed as it arrives, the others after it. Events that cannot be read, and streams that fail or are cut, are \
            reported on standard error.

            On a terminal, control characters of the stream except line feed and tab are shown as ^[ or <U+009B>, in JSON \
            as escapes; so are bidi embeddings, overrides and isolates, and bytes that are not UTF-8.

            \(InputHelp.decoding)

            \(ExitStatus.help)
            """)

    @OptionGroup
    var input: FileArguments

    @OptionGroup(title: "Output")
    var options: CatOptions

    @OptionGroup(title: "Format")
    var format: FormatOptions

    @OptionGroup(title: "Waiting")
    var waits: WaitOptions

    @OptionGroup(title: "Terminal")
    var terminal: TerminalOptions

    @OptionGroup(title: "Tuning")
    var feed: FeedOptions

    func validate() throws {
        if options.spill != nil && !input.isSingle {
            throw ValidationError(
                "--spill takes the answer of one stream, and \(input.files.count) files are given; give one")
        }
        if options.tag && options.spill != nil {
            throw ValidationError("--spill takes the answer of one stream; leave out --tag")
        }
        if options.force && options.spill == nil {
            throw ValidationError("--force is for --spill FILE, which is not given; leave out --force")
        }
        if options.tag && format.text.count > 0 && format.framing == nil && format.format == nil {
            throw ValidationError("--tag with --text needs --framing too, such as --framing sse")
        }
        if (options.details || options.payloads) && !options.json {
            throw ValidationError("--details and --payloads are for JSON; add --json")
        }
        if options.words && options.json {
            throw ValidationError("--words is for text, and --json prints each delta as it arrives; leave out one")
        }
    }

    func run() throws {
        var session = Session(sendsControls: terminal.raw)
        session.isStrict = options.strictness.strict
        var statistics = Statistics()
        let selection = try format.selection()
        if let path = options.spill, !options.force, let existing = SpillFile.existing(path) {
            session.note(.unusable)
            session.report("'\(existing)' exists already; give --force to overwrite it, or --spill with another name")
            return try session.finish()
        }
        if options.tag {
            for end in try readTagged(input.paths, selection, &session) { statistics.add(end) }
            if options.statistics.stats { session.report(statistics.line) }
            return try session.finish()
        }
        for path in input.paths where !session.isOver {
            let end = options.json ? try printJSON(path, selection, &session) : try printText(path, selection, &session)
            if let end { statistics.add(end) }
            session.flush()
        }
        if options.statistics.stats { session.report(statistics.line) }
        try session.finish()
    }

    private func style(for output: borrowing Output) -> TextStyle {
        TextStyle(
            showsReasoning: format.showsReasoning, dimsReasoning: options.color.isOn(for: output),
            showsWords: options.words)
    }

    private var kinds: DeltaKinds {
        var kinds = DeltaKinds.answer
        if options.details { kinds.insert(DeltaKinds.detail) }
        if options.payloads { kinds.insert(DeltaKinds.payload) }
        return kinds
    }

    private func readTagged(
        _ paths: [String], _ selection: FormatSelection, _ session: inout Session
    ) throws -> [StreamEnd] {
        if options.json {
            return try session.readTagged(paths, selection, feed, waits, isJSON: true) {
                JSONSink(kinds: kinds)
            } end: { sink, end, output in
                sink.finish(end, &output)
            }
        }
        var style = style(for: session.output)
        // A line of one stream must not dim those of the others.
        style.dimsReasoning = false
        return try session.readTagged(paths, selection, feed, waits, isJSON: false) {
            TextSink(style)
        } end: { sink, _, output in
            sink.finish(&output)
        }
    }

    private func printText(_ path: String, _ selection: FormatSelection, _ session: inout Session) throws -> StreamEnd?
    {
        let text = TextSink(style(for: session.output))
        var sink = SpillingSink(text, try options.spill.map { try SpillFile($0, feed.limits()) })
        let outcome = try session.read(path, into: &sink, selection, feed, waits, isOnly: input.isSingle)
        sink.sink.finish(&session.output)
        sink.finish(&session)
        return outcome?.end
    }

    private func printJSON(_ path: String, _ selection: FormatSelection, _ session: inout Session) throws -> StreamEnd?
    {
        var sink = SpillingSink(JSONSink(kinds: kinds), try options.spill.map { try SpillFile($0, feed.limits()) })
        let outcome = try session.read(path, into: &sink, selection, feed, waits, isOnly: input.isSingle)
        sink.sink.release(&session.output)
        if let outcome, outcome.isRead { sink.sink.finish(outcome.end, &session.output) }
        sink.finish(&session)
        return outcome?.end
    }
}
