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
            On a terminal, control characters of the stream, except line feeds and tabs, are shown: as ^[ or <U+009B>, in \
            JSON as escapes. So are bidi embeddings, overrides and isolates, and bytes that are not UTF-8. What cannot be \
            read, and how a stream failed or broke off, is reported on standard error.

            \(ExitStatus.help)
            """)

    @Argument(
        help: ArgumentHelp(
            "Files to read, or folders that 'sluice record' wrote; standard input where there are none, or for '-'.",
            valueName: "file"))
    var files: [String] = []

    @OptionGroup(title: "Format")
    var format: FormatOptions

    @Flag(help: "Print one JSON object a delta, and a last one that says how the stream has ended.")
    var json = false

    @Option(help: ArgumentHelp("Whether to print reasoning.", valueName: "show|hide"))
    var reasoning = Reasoning.show

    @Flag(help: "Print by words instead of by tokens; what is held back is shown after a quarter of a second.")
    var words = false

    @Flag(help: "Read all files at once, as they come, and begin each line with the name of its stream.")
    var tag = false

    @Option(
        help: ArgumentHelp(
            "Write the answer's text to FILE too, and what else it has beside it (FILE.reasoning, FILE.call-0, …).",
            valueName: "file"))
    var spill: String?

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

    func validate() throws {
        if spill != nil && files.count > 1 {
            throw ValidationError("--spill takes the answer of one stream, and \(files.count) files are given")
        }
        if tag && spill != nil { throw ValidationError("--spill takes the answer of one stream; leave out --tag") }
        if tag && format.text.count > 0 && format.framing == nil && format.format == nil {
            throw ValidationError("--tag with --text needs --framing too, such as --framing sse")
        }
        if words && json { throw ValidationError("--words is for text; --json prints each delta as it came") }
    }

    func run() throws {
        var session = Session(sendsControls: terminal.raw)
        var statistics = Statistics()
        let selection = try format.selection()
        let paths = files.isEmpty ? ["-"] : files
        if tag {
            for end in try readTagged(paths, selection, &session) { statistics.add(end) }
            if stats { session.report(statistics.line) }
            return try session.finish()
        }
        for path in paths where !session.isOver {
            let end = json ? try printJSON(path, selection, &session) : try printText(path, selection, &session)
            if let end { statistics.add(end) }
            session.flush()
        }
        if stats { session.report(statistics.line) }
        try session.finish()
    }

    private func readTagged(
        _ paths: [String], _ selection: FormatSelection, _ session: inout Session
    ) throws -> [StreamEnd] {
        if json {
            return try session.readTagged(paths, selection, feed, waits, isJSON: true) {
                JSONSink()
            } end: { sink, end, output in
                sink.finish(end, &output)
            }
        }
        var style = TextStyle()
        style.showsReasoning = reasoning == .show
        style.showsWords = words
        return try session.readTagged(paths, selection, feed, waits, isJSON: false) {
            TextSink(style)
        } end: { sink, _, output in
            sink.finish(&output)
        }
    }

    private func printText(_ path: String, _ selection: FormatSelection, _ session: inout Session) throws -> StreamEnd?
    {
        var style = TextStyle()
        style.showsReasoning = reasoning == .show
        style.dimsReasoning = session.output.isTerminal && Self.allowsColor
        style.showsWords = words
        var sink = SpillingSink(TextSink(style), try spill.map { try SpillFile($0, feed.limits()) })
        let outcome = try session.read(path, into: &sink, selection, feed, waits, isOnly: files.count < 2)
        sink.sink.finish(&session.output)
        sink.finish(&session)
        return outcome?.end
    }

    private func printJSON(_ path: String, _ selection: FormatSelection, _ session: inout Session) throws -> StreamEnd?
    {
        var sink = SpillingSink(JSONSink(), try spill.map { try SpillFile($0, feed.limits()) })
        let outcome = try session.read(path, into: &sink, selection, feed, waits, isOnly: files.count < 2)
        if let outcome, outcome.isRead { sink.sink.finish(outcome.end, &session.output) }
        sink.finish(&session)
        return outcome?.end
    }

    /// NO_COLOR (no-color.org) and terminals that know no codes.
    private static var allowsColor: Bool {
        (System.environment("NO_COLOR") ?? "").isEmpty && System.environment("TERM") != "dumb"
    }
}
