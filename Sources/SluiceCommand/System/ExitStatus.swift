/// What the command's exit tells a script.
enum ExitStatus: Int32 {
    /// Every stream was complete.
    case complete = 0
    /// The command line is wrong, or a file cannot be read or written.
    case unusable = 1
    /// Events could not be read, or there is no stream.
    case malformed = 2
    /// A stream ended without its terminal marker.
    case truncated = 3
    /// A stream carried an error.
    case failed = 4
    /// Nothing came for as long as the user would wait.
    case stalled = 5
    /// A signal asked to stop; the status is 128 and its number, and this one is Ctrl-C's.
    case interrupted = 130

    /// The status after a signal that asked to stop, as a shell has it of a program that the signal has ended.
    static func code(ofSignal number: Int32) -> Int32 { number == 0 ? interrupted.rawValue : 128 + number }

    /// The one that counts when several apply: the one that the user has to know of first.
    func joined(with other: ExitStatus) -> ExitStatus {
        let order: [ExitStatus] = [.interrupted, .unusable, .failed, .malformed, .stalled, .truncated, .complete]
        return order.first { $0 == self || $0 == other } ?? self
    }

    /// The paragraph of `--help` about them.
    static let help = """
        EXIT STATUS
          0    every stream was complete
          1    the command line is wrong, or a file cannot be read or written
          2    malformed input: an event that cannot be read, no stream at all, or nothing
          3    truncated: a stream ended without its terminal marker
          4    a stream carried an error
          5    nothing came for as long as --timeout says, and the stream was not complete
          130  interrupted with Ctrl-C; what was printed stays. SIGTERM likewise: 143; SIGHUP: 129
        When several apply, 1 counts before 4, 4 before 2, 2 before 5 and 3. A reader that closes the pipe is no error.
        """
}
