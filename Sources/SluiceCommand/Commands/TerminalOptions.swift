import ArgumentParser

/// What is sent to a terminal.
struct TerminalOptions: ParsableArguments {
    @Flag(
        help: ArgumentHelp(
            "Send control characters of the stream to a terminal. By default they are shown there, as ^[ or <U+009B>; "
                + "files and pipes always get the bytes as they are."))
    var raw = false
}

/// When output has colors.
enum ColorChoice: String, CaseIterable, ExpressibleByArgument {
    case auto
    case always
    case never
}

/// Colors: reasoning is dimmed.
struct ColorOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Dim reasoning: always, never, or by default (auto) where standard output is a terminal, NO_COLOR is not set and "
                + "TERM is not 'dumb'. JSON has no colors.", valueName: "auto|always|never"))
    var color = ColorChoice.auto

    /// Whether what goes to `output` has colors.
    func isOn(for output: borrowing Output) -> Bool {
        switch color {
        case .always: true
        case .never: false
        case .auto:
            output.isTerminal && (System.environment("NO_COLOR") ?? "").isEmpty && System.environment("TERM") != "dumb"
        }
    }
}
