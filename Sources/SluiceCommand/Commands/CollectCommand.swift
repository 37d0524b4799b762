import ArgumentParser
import Sluice

/// `sluice collect`: the whole answer, as if it had not been streamed.
struct CollectCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "collect",
        abstract: "Print the whole answer of each file as one JSON object on one line.",
        discussion: """
            \(InputHelp.decoding)

            \(ExitStatus.help)
            """)

    @OptionGroup
    var input: FileArguments

    @Flag(
        help: ArgumentHelp(
            "Print the object that the provider sends without streaming, with all its fields, instead of Sluice's own. The "
                + "exit status does not tell how the stream ended."))
    var native = false

    @OptionGroup(title: "Output")
    var strictness: StrictOption

    @OptionGroup(title: "Output")
    var statistics: StatisticsOption

    @OptionGroup(title: "Output")
    var color: ColorOptions

    @OptionGroup(title: "Format")
    var format: FormatOptions

    @OptionGroup(title: "Waiting")
    var waits: WaitOptions

    @OptionGroup(title: "Terminal")
    var terminal: TerminalOptions

    @OptionGroup(title: "Tuning")
    var feed: FeedOptions

    func validate() throws {
        guard native, strictness.strict || statistics.stats || waits.follow || waits.timeout != nil else { return }
        throw ValidationError("--native reads whole files; leave out --strict, --stats, --follow and --timeout")
    }

    func run() throws {
        var session = Session(sendsControls: terminal.raw)
        session.isStrict = strictness.strict
        var totals = Statistics()
        let selection = try format.selection()
        for path in input.paths where !session.isOver {
            if native {
                try session.printNative(of: path, selection, feed)
                session.flush()
                continue
            }
            var sink = CollectSink(try feed.limits())
            let outcome = try session.read(path, into: &sink, selection, feed, waits, isOnly: input.isSingle)
            for problem in sink.problems {
                session.note(.malformed)
                session.report(problem.description, about: Session.name(of: path))
            }
            if let outcome {
                totals.add(outcome.end)
                if outcome.isRead { sink.finish(path, outcome, &session.output) }
            }
            session.flush()
        }
        if statistics.stats { session.report(totals.line) }
        try session.finish()
    }
}
