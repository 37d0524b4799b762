import ArgumentParser
import Sluice

/// What becomes of an event that the end of the input cuts.
enum EndOfInput: String, CaseIterable, ExpressibleByArgument {
    case flush
    case discard
}

/// How `sluice frames` cuts a stream into events.
struct FrameOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp("The framing; detected by default.", valueName: "sse|ndjson|json-array|aws"),
        completion: .list(Framing.allCases.map(\.rawValue)))
    var format: String?

    @Option(
        help: ArgumentHelp(
            "A last event that is not finished: flush prints it, discard drops it. The default is discard for sse, as the "
                + "standard says, and flush for the others.", valueName: "flush|discard"))
    var eof: EndOfInput?

    @Option(
        name: .customLong("last-event-id"),
        help: ArgumentHelp(
            "The last event ID of the connection before, as after a reconnection; events have it until the stream sets "
                + "another one.", valueName: "id"))
    var lastEventID: String?

    func validate() throws { _ = try settings() }

    func settings() throws -> FrameSettings {
        if lastEventID?.unicodeScalars.contains(where: { $0 == "\n" || $0 == "\r" || $0 == "\0" }) == true {
            throw ValidationError("--last-event-id has a line end, which no event ID can have; leave it out")
        }
        return FrameSettings(
            framing: try format.map { try Names.framing($0, option: "--format") }, endOfInput: eof,
            lastEventID: lastEventID ?? "")
    }
}

/// `sluice frames`: the events of a stream, whatever they carry.
struct FramesCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "frames",
        abstract: "Print each frame as one JSON object, as the framing's standard dispatches it.",
        discussion: """
            Each object has the event's type, its data as text (U+FFFD for what is not UTF-8) and the last event ID; \
            'retry' follows where the stream has set one.

            \(InputHelp.decoding)

            EXIT STATUS
              0    every frame was read
              1    the command line is wrong, or a file cannot be read
              2    a frame cannot be read
              3    a saved HTTP response is cut
              130  interrupted with Ctrl-C (SIGTERM: 143, SIGHUP: 129)
            """)

    @OptionGroup
    var input: FileArguments

    @OptionGroup(title: "Output")
    var options: FrameOptions

    @OptionGroup(title: "Output")
    var color: ColorOptions

    @OptionGroup(title: "Terminal")
    var terminal: TerminalOptions

    @OptionGroup(title: "Tuning")
    var feed: FeedOptions

    func run() throws {
        var session = Session(sendsControls: terminal.raw)
        let settings = try options.settings()
        for path in input.paths where !session.isOver {
            try session.printFrames(of: path, settings, feed)
            session.flush()
        }
        try session.finish()
    }
}
