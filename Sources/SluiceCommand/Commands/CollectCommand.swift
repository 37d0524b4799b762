import ArgumentParser
import Sluice

/// `sluice collect`: the whole answer, as if it had not been streamed.
struct CollectCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "collect",
        abstract: "Print each file's whole answer as one JSON object on one line.",
        discussion: ExitStatus.help)

    @Argument(
        help: ArgumentHelp(
            "Files to read, or folders that 'sluice record' wrote; standard input where there are none, or for '-'.",
            valueName: "file"))
    var files: [String] = []

    @OptionGroup(title: "Format")
    var format: FormatOptions

    @Flag(
        help: ArgumentHelp(
            "At the end, print frames, deltas, bytes, time and rates on standard error. The time includes waiting for input; "
                + "a kB is 1000 bytes."))
    var stats = false

    @OptionGroup(title: "Waiting")
    var waits: WaitOptions

    @OptionGroup(title: "Terminal")
    var terminal: TerminalOptions

    @OptionGroup(title: "Feeding")
    var feed: FeedOptions

    func run() throws {
        var session = Session(sendsControls: terminal.raw)
        var statistics = Statistics()
        let selection = try format.selection()
        for path in files.isEmpty ? ["-"] : files where !session.isOver {
            var sink = CollectSink(try feed.limits())
            let outcome = try session.read(path, into: &sink, selection, feed, waits, isOnly: files.count < 2)
            for problem in sink.problems {
                session.note(.malformed)
                session.report(problem.description, about: Session.name(of: path))
            }
            if let outcome {
                statistics.add(outcome.end)
                if outcome.isRead { sink.finish(path, outcome, &session.output) }
            }
            session.flush()
        }
        if stats { session.report(statistics.line) }
        try session.finish()
    }
}
