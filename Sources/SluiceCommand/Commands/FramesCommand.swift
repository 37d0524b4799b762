import ArgumentParser
import Sluice

/// What becomes of an event that the end of the input cuts short.
enum EndOfInput: String, CaseIterable, ExpressibleByArgument {
    case flush
    case discard
}

/// `sluice frames`: the events of a stream, whatever they carry.
struct FramesCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "frames",
        abstract: "Print one JSON object a frame, as the standard of the framing dispatches it.",
        discussion: """
            Each object has the event's type, its data as text (U+FFFD for what is not UTF-8) and the last event ID; \
            'retry' follows where the stream has set one.

            The exit status is 0, 2 where a frame cannot be read, 1 where the command line is wrong or a file cannot be \
            read, and 130 after Ctrl-C (143 after SIGTERM, 129 after SIGHUP).
            """)

    @Argument(
        help: ArgumentHelp(
            "Files to read, or folders that 'sluice record' wrote; standard input where there are none, or for '-'.",
            valueName: "file"))
    var files: [String] = []

    @Option(help: ArgumentHelp("The framing; detected unless told.", valueName: "sse|ndjson|json-array|aws"))
    var format: String?

    @Option(
        help: ArgumentHelp(
            "An unfinished last event: flush prints it, discard drops it. Unless told, discard for sse as the standard "
                + "says, and flush for the others.", valueName: "flush|discard"))
    var eof: EndOfInput?

    @Option(
        name: .customLong("last-event-id"),
        help: ArgumentHelp(
            "The last event ID before the first event, as after a reconnection; events have it until the stream sets another.",
            valueName: "id"))
    var lastEventID: String?

    @OptionGroup(title: "Terminal")
    var terminal: TerminalOptions

    @OptionGroup(title: "Feeding")
    var feed: FeedOptions

    func validate() throws { _ = try framing() }

    func run() throws {
        var session = Session(sendsControls: terminal.raw)
        let settings = FrameSettings(
            framing: try framing(), endOfInput: eof, lastEventID: lastEventID ?? "")
        for path in files.isEmpty ? ["-"] : files where !session.isOver {
            try session.printFrames(of: path, settings, feed)
            session.flush()
        }
        try session.finish()
    }

    private func framing() throws -> Framing? {
        try format.map { try Names.framing($0, option: "--format") }
    }
}
