import ArgumentParser
import Sluice

/// What `sluice check` prints, and what its exit status says.
struct CheckOutputOptions: ParsableArguments {
    @Flag(help: "Print one JSON object a finding.")
    var json = false

    @Flag(help: "Let warnings count for the exit status.")
    var strict = false

    @Option(help: ArgumentHelp("Print at most this many findings a file; the others are counted.", valueName: "count"))
    var maxFindings = 100

    func validate() throws {
        if maxFindings < 0 { throw ValidationError("--max-findings is \(maxFindings); give a number from 0") }
    }
}

/// Limits of the parser.
struct LimitOptions: ParsableArguments {
    @Option(
        name: .customLong("limit"),
        help: ArgumentHelp(
            "A limit other than the default one; may be repeated. Names: \(LimitSetting.names). Events that exceed one are "
                + "skipped and reported, or with whenExceeded=fail end the check.", valueName: "name=value"))
    var settings: [String] = []

    func validate() throws { _ = try limits() }

    /// The limits that the options describe.
    func limits() throws -> Limits {
        var limits = Limits()
        for setting in settings { try LimitSetting.apply(setting, to: &limits) }
        return limits
    }
}

/// `sluice check`: whether a stream is what its standard and its provider say.
struct CheckCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Check streams against their framing's standard and their provider's order of events.",
        discussion: """
            Prints a line for each finding, and at the end on standard error how many there are. A stream without any has no line.

              sluice check answer.sse
              answer.sse:1042: event 7: error: content_block_delta (index 1); expected content_block_start of that index \
            before it

            The place is the byte in the file where the event or line begins, and the event's number from 1. An error \
            violates the standard of the framing (WHATWG's Server-Sent Events, NDJSON, JSON, AWS's event stream), or loses \
            a part of the answer: an index that never began, a missing number, no terminal marker. A warning is \
            about what standard clients still read: ignored lines, a mixture of line ends, an event out of its documented order, \
            or an event of a kind that the format's rules do not read.

            Formats with a table of their events' order: anthropic-messages, openai-chat, openai-completions, \
            openai-responses, gemini-generate, gemini-interactions, cohere-v1, cohere-v2, ollama-chat, ollama-generate, \
            hf-tgi, bedrock, delta-done, text-field, raw-text. Of others, framing and JSON are checked.

            EXIT STATUS
              0    no errors, and with --strict no warnings
              1    the command line is wrong, or a file cannot be read
              2    there are errors, or with --strict warnings
              130  interrupted with Ctrl-C. SIGTERM likewise: 143; SIGHUP: 129
            """)

    @OptionGroup
    var input: FileArguments

    @OptionGroup(title: "Output")
    var output: CheckOutputOptions

    @OptionGroup(title: "Format")
    var format: FormatOptions

    @OptionGroup(title: "Terminal")
    var terminal: TerminalOptions

    @OptionGroup(title: "Limits")
    var limits: LimitOptions

    func run() throws {
        var session = Session(sendsControls: terminal.raw)
        let results = CheckResults(json: output.json, maxFindings: output.maxFindings)
        let reader = CheckingReader(try format.selection(), try limits.limits()) { results.take($0, $1, &$2) }
        for path in input.paths where !session.isOver {
            try session.readResponses(of: path, into: reader, timeout: nil, since: .now)
            results.endFile(path, &session)
            session.flush()
        }
        if results.errors > 0 || output.strict && results.warnings > 0 { session.note(.malformed) }
        session.report(results.line)
        try session.finish()
    }
}

/// What was found so far.
private final class CheckResults {
    private let json: Bool
    private let maxFindings: Int
    private var ofFile = 0
    private var files = 0
    private(set) var errors = 0
    private(set) var warnings = 0

    init(json: Bool, maxFindings: Int) {
        self.json = json
        self.maxFindings = maxFindings
    }

    func take(_ finding: Finding, _ place: ResponsePlace, _ session: inout Session) {
        if finding.severity == .error { errors += 1 } else { warnings += 1 }
        ofFile += 1
        guard ofFile <= maxFindings else { return }
        let offset = place.offset + finding.offset
        if json {
            print(finding, place, offset, &session.output)
        } else {
            let response = place.number.map { "response \($0), " } ?? ""
            let path = place.path == "-" ? "-" : place.path
            let text = "\(finding.severity.rawValue): \(finding.found); expected \(finding.expected)"
            session.output.append(
                Session.oneLine("\(path):\(offset): \(response)event \(finding.event): \(text)") + "\n")
        }
    }

    func endFile(_ path: String, _ session: inout Session) {
        files += 1
        if ofFile > maxFindings {
            let more = ofFile - maxFindings
            session.report("\(more) more finding\(more == 1 ? "" : "s"); raise --max-findings to see them", about: path)
        }
        ofFile = 0
    }

    var line: String {
        func count(_ number: Int, _ word: String) -> String { "\(number) \(word)\(number == 1 ? "" : "s")" }
        return "\(count(files, "file")) checked: \(count(errors, "error")), \(count(warnings, "warning"))"
    }

    private func print(_ finding: Finding, _ place: ResponsePlace, _ offset: UInt64, _ output: inout Output) {
        output.append("{\"kind\":\"finding\",\"file\":" as StaticString)
        output.appendJSON(place.path)
        output.append(",\"response\":" as StaticString)
        output.appendJSON(place.number)
        output.append(",\"offset\":\(offset),\"event\":\(finding.event),\"severity\":\"\(finding.severity.rawValue)\"")
        output.append(",\"code\":" as StaticString)
        output.appendJSON(finding.code)
        output.append(",\"found\":" as StaticString)
        output.appendJSON(finding.found)
        output.append(",\"expected\":" as StaticString)
        output.appendJSON(finding.expected)
        output.append("}\n" as StaticString)
    }
}
