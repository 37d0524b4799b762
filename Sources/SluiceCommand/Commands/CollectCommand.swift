import ArgumentParser
import Sluice
import SluiceKit

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
            "Print the object that the provider sends without streaming, with all its fields, instead of Sluice's own.")
    )
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

    func run() throws {
        var session = Session(sendsControls: terminal.raw)
        session.isStrict = strictness.strict
        var totals = Statistics()
        let selection = try format.selection()
        for path in input.paths where !session.isOver {
            let outcome =
                native ? try printNative(path, selection, &session) : try printAnswer(path, selection, &session)
            if let outcome { totals.add(outcome.end) }
            session.flush()
        }
        if statistics.stats { session.report(totals.line) }
        try session.finish()
    }

    private func printAnswer(
        _ path: String, _ selection: FormatSelection, _ session: inout Session
    ) throws -> StreamOutcome? {
        var sink = CollectSink(try feed.limits())
        let outcome = try session.read(path, into: &sink, selection, feed, waits, isOnly: input.isSingle)
        report(sink.problems, of: path, &session)
        if let outcome, outcome.isRead { sink.finish(path, outcome, &session.output) }
        return outcome
    }

    private func printNative(
        _ path: String, _ selection: FormatSelection, _ session: inout Session
    ) throws -> StreamOutcome? {
        var sink = NativeSink(try feed.limits())
        let outcome = try session.read(path, into: &sink, selection, feed, waits, isOnly: input.isSingle)
        let isPrinted = outcome.map { $0.isRead && sink.finish($0, &session.output) } ?? false
        report(sink.problems, of: path, &session)
        if let outcome, outcome.isRead, !isPrinted, let format = outcome.formatName, outcome.end.frames > 0 {
            session.note(.malformed)
            let known = NativeMessage.formatNames.contains(format)
            session.report(
                known
                    ? "no event has a part of an object that is sent without streaming"
                    : "\(format) has no object that is sent without streaming; leave out --native",
                about: Session.name(of: path))
        }
        return outcome
    }

    private func report(_ problems: [SluiceError], of path: String, _ session: inout Session) {
        for problem in problems {
            session.note(.malformed)
            session.report(problem.description, about: Session.name(of: path))
        }
    }
}
