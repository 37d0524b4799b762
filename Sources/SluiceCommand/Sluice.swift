import ArgumentParser
import Foundation

/// The command: its subcommands, and how it ends.
@main
struct SluiceCommand: ParsableCommand {
    /// The version of the command, the libraries and the package.
    static let version = "0.2.0"

    static let configuration = CommandConfiguration(
        commandName: "sluice",
        abstract: "Read the token streams of language models.",
        discussion: """
            Reads Server-Sent Events, NDJSON, JSON arrays and AWS event streams from files or standard input, detects the \
            provider's format, and prints the answer:

              curl -sN … | sluice
              sluice cat --json answer.sse
              sluice collect *.sse.gz
              sluice --text 'payload.words[].w' mine.sse

            Records streams with the times at which they arrive, and serves recordings at the same pace:

              sluice record -o hello -- curl -sN …
              sluice replay hello

            Measures and checks streams:

              sluice stats hello
              sluice check answer.sse

            \(ExitStatus.help)
            """,
        version: "sluice \(version)",
        subcommands: [
            CatCommand.self, CollectCommand.self, FramesCommand.self, FormatsCommand.self, RecordCommand.self,
            StatsCommand.self, CheckCommand.self, ReplayCommand.self, ManualCommand.self,
        ],
        defaultSubcommand: CatCommand.self)

    /// Runs the command; a wrong command line exits with 1, as other errors of use do.
    static func main() async {
        Interrupt.install()
        if CommandLine.arguments.count == 1 && System.isTerminal(System.standardInput) {
            // Nothing is given and nothing is piped in: print how to use it.
            System.writeLine(shortHelp, to: System.standardError)
            exit(withError: ExitCode(ExitStatus.unusable.rawValue))
        }
        do {
            var command = try parseAsRoot()
            if var command = command as? any AsyncParsableCommand {
                try await command.run()
            } else {
                try command.run()
            }
        } catch {
            let code = exitCode(for: error)
            var output = Output(to: code == .success ? System.standardOutput : System.standardError)
            output.append(message(of: error))
            output.flush()
            exit(withError: code == .validationFailure ? ExitCode(ExitStatus.unusable.rawValue) : code)
        }
    }

    /// Help, or what is wrong with the command line; nothing for an exit whose reason has been reported.
    private static func message(of error: any Error) -> String {
        let label = "Error: "
        let message = fullMessage(for: error)
        if message.isEmpty { return "" }
        if message.hasPrefix(label) { return "sluice: " + message.dropFirst(label.count) + "\n" }
        return withExitStatusLast(message) + "\n"
    }

    /// Help with the table of exit statuses after the options, which most readers look for.
    private static func withExitStatusLast(_ help: String) -> String {
        guard let start = help.range(of: "EXIT STATUS\n"),
            let end = help.range(of: "\n\nUSAGE:", range: start.upperBound..<help.endIndex)
        else { return help }
        let table = help[start.lowerBound..<end.lowerBound]
        let rest = withoutLineEnds(help[..<start.lowerBound]) + help[end.lowerBound...]
        return withoutLineEnds(rest[...]) + "\n\n" + table
    }

    private static func withoutLineEnds(_ text: Substring) -> String {
        String(text[..<(text.lastIndex { !$0.isNewline }.map { text.index(after: $0) } ?? text.startIndex)])
    }

    /// What `sluice` alone prints on a terminal.
    private static var shortHelp: String {
        let commands = configuration.subcommands.map { $0.configuration }.filter { $0.shouldDisplay }
        let width = commands.map { ($0.commandName ?? "").count }.max() ?? 0
        let list = commands.map { command in
            let name = command.commandName ?? ""
            return "  \(name)\(String(repeating: " ", count: width - name.count))  \(command.abstract)"
        }
        return """
            Usage: sluice [<subcommand>] [<options>] [<file> ...]

            Reads token streams of language models from files or standard input. Examples:
              curl -sN … | sluice                      print an answer as it arrives
              sluice --json answer.sse                 one JSON object per delta
              sluice collect *.sse.gz                  the whole answer of each file
              sluice frames answer.sse                 the events, whatever they carry
              sluice record -o hello -- curl -sN …     store a stream with its timing

            Subcommands:
            \(list.joined(separator: "\n"))

            'sluice --help' and 'sluice <subcommand> --help' list all options.
            'sluice -' reads the terminal.
            """
    }
}
