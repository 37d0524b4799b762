import ArgumentParser
import Sluice

/// Whether reasoning is printed.
enum Reasoning: String, CaseIterable, ExpressibleByArgument {
    case show
    case hide
}

/// `sluice cat`: the answer, as it arrives.
struct CatCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "cat",
        abstract: "Print the answer as it arrives (the default).",
        discussion: """
            Text is printed as it comes; reasoning and tool calls stand on lines of their own, reasoning dimmed on a \
            terminal unless NO_COLOR is set. Of several choices the first is printed as it comes, the others behind it. \
            What cannot be read, and how a stream failed or broke off, is told on standard error.

            \(ExitStatus.help)
            """)

    @Argument(help: ArgumentHelp("Files to read; standard input where there are none, or for '-'.", valueName: "file"))
    var files: [String] = []

    @OptionGroup(title: "Format")
    var format: FormatOptions

    @Flag(help: "Print one JSON object a delta, and a last one that says how the stream has ended.")
    var json = false

    @Option(help: ArgumentHelp("Whether to print reasoning.", valueName: "show|hide"))
    var reasoning = Reasoning.show

    @Flag(help: "At the end, tell frames, deltas, bytes, time and rates on standard error.")
    var stats = false

    @OptionGroup(title: "Feeding")
    var feed: FeedOptions

    func run() throws {
        var session = Session()
        var statistics = Statistics()
        let selection = try format.selection()
        let paths = files.isEmpty ? ["-"] : files
        for path in paths where !session.isOver {
            let end = json ? try printJSON(path, selection, &session) : try printText(path, selection, &session)
            if let end { statistics.add(end) }
            session.flush()
        }
        if stats { session.report(statistics.line) }
        try session.finish()
    }

    private func printText(_ path: String, _ selection: FormatSelection, _ session: inout Session) throws -> StreamEnd?
    {
        var style = TextStyle()
        style.showsReasoning = reasoning == .show
        style.dimsReasoning = session.output.isTerminal && Self.allowsColor
        var sink = TextSink(style)
        let outcome = try session.read(path, into: &sink, selection, feed, isOnly: files.count < 2)
        sink.finish(&session.output)
        return outcome?.end
    }

    private func printJSON(_ path: String, _ selection: FormatSelection, _ session: inout Session) throws -> StreamEnd?
    {
        var sink = JSONSink()
        let outcome = try session.read(path, into: &sink, selection, feed, isOnly: files.count < 2)
        if let outcome, outcome.isRead { sink.finish(outcome.end, &session.output) }
        return outcome?.end
    }

    /// NO_COLOR (no-color.org) and terminals that know no codes.
    private static var allowsColor: Bool {
        (System.environment("NO_COLOR") ?? "").isEmpty && System.environment("TERM") != "dumb"
    }
}
