/// What the command's exit status says to a script.
enum ExitStatus: Int32 {
    /// Every stream was complete or finished.
    case complete = 0
    /// The command line is wrong, or a file cannot be read or written.
    case unusable = 1
    /// Events cannot be read, or there is no stream.
    case malformed = 2
    /// A stream ended without its terminal marker and without a finish reason.
    case truncated = 3
    /// A stream carried an error.
    case failed = 4
    /// Nothing arrived for as long as `--timeout` allows.
    case stalled = 5
    /// A signal asked to stop; the status is 128 plus its number, and this one is Ctrl-C's.
    case interrupted = 130

    /// The status after a signal that asked to stop: the one that a shell reports for a program ended by that signal.
    static func code(ofSignal number: Int32) -> Int32 { number == 0 ? interrupted.rawValue : 128 + number }

    /// The one that counts when several apply: the most serious one.
    func joined(with other: ExitStatus) -> ExitStatus {
        let order: [ExitStatus] = [.interrupted, .unusable, .failed, .malformed, .stalled, .truncated, .complete]
        return order.first { $0 == self || $0 == other } ?? self
    }

    /// The part of `--help` about them; each line fits a terminal of 80 columns.
    static let help = """
        EXIT STATUS
          0    every stream was complete or finished
          1    the command line is wrong, or a file cannot be read or written
          2    malformed input: an event that cannot be read, no stream, or no input
          3    truncated: a stream ended without terminal marker or finish reason
          4    a stream carried an error
          5    nothing arrived for as long as --timeout says
          130  interrupted with Ctrl-C (SIGTERM: 143, SIGHUP: 129); output is kept
        A stream is finished if a finish reason came and it ended between events,
        but without its terminal marker; with --strict it counts as truncated.
        Events that were not read are reported, and do not change the exit status.
        If several apply: 1 before 4, 4 before 2, 2 before 5, 5 before 3.
        A reader that closes the pipe is no error.
        """
}
