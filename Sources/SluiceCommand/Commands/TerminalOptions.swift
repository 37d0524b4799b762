import ArgumentParser

/// What is sent to a terminal.
struct TerminalOptions: ParsableArguments {
    @Flag(
        help: ArgumentHelp(
            "Send control characters of the stream to a terminal. Without it they are shown there, as ^[ or <U+009B>; "
                + "files and pipes get all bytes as they are."))
    var raw = false
}
