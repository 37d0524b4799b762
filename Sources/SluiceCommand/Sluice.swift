import ArgumentParser

/// The command: its subcommands, and how it ends.
@main
struct SluiceCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sluice",
        abstract: "Read the token streams of language models.",
        discussion: """
            Reads Server-Sent Events, NDJSON, JSON arrays and AWS event streams from files or standard input, finds out \
            whose format they are, and prints what they say:

              curl -sN … | sluice
              sluice cat --json answer.sse
              sluice collect *.sse
              sluice --text 'payload.words[].w' mine.sse

            Records streams with the times at which they arrive, and serves recordings at the same pace:

              sluice record -o hello -- curl -sN …
              sluice replay hello

            \(ExitStatus.help)
            """,
        subcommands: [
            CatCommand.self, CollectCommand.self, FramesCommand.self, FormatsCommand.self, RecordCommand.self,
            StatsCommand.self, CheckCommand.self,
        ] + server,
        defaultSubcommand: CatCommand.self)

    /// Subcommands that need the trait Server.
    private static var server: [any ParsableCommand.Type] {
        #if Server
        [ReplayCommand.self]
        #else
        []
        #endif
    }

    /// Runs the command; a wrong command line exits with 1, as other errors of use do.
    static func main() async {
        Interrupt.install()
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

    /// Help, or what is wrong with the command line and how it goes; nothing for an exit that has told its reason already.
    private static func message(of error: any Error) -> String {
        let label = "Error: "
        let message = fullMessage(for: error)
        if message.isEmpty { return "" }
        return (message.hasPrefix(label) ? "sluice: " + message.dropFirst(label.count) : message) + "\n"
    }
}
