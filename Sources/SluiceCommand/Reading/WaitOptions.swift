import ArgumentParser

/// How long to wait for data.
struct WaitOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Stop when no data arrives for this long; what was printed stays, and the exit status is 5.",
            valueName: "seconds"))
    var timeout: Double?

    @Flag(help: "At the end of a file, wait for more to be appended, until Ctrl-C or --timeout.")
    var follow = false

    func validate() throws {
        if let timeout, !(timeout > 0 && timeout <= 1_000_000) {
            throw ValidationError("--timeout is \(timeout); give seconds above 0 and up to 1000000, such as 30")
        }
    }

    /// The watch that these options set.
    var watch: Watch { Watch(timeout: timeout, follows: follow) }
}

/// How long no data has arrived.
struct Watch {
    /// Between two looks at a file that may grow.
    static var glance: Duration { .milliseconds(50) }
    /// Words that are held back are shown after this long.
    private static var wordDelay: Duration { .milliseconds(250) }

    let follows: Bool
    private let timeout: Double?
    private var start = ContinuousClock.now
    /// When data arrived last.
    private var last = ContinuousClock.now

    init(timeout: Double?, follows: Bool) {
        self.timeout = timeout
        self.follows = follows
    }

    /// Data has arrived.
    mutating func restart() {
        last = .now
        if timeout != nil { start = last }
    }

    /// How long to wait now; nil for no limit.
    func patience(isHolding: Bool) -> Duration? {
        let rest = timeout.map { max(.zero, .seconds($0) - (.now - start)) }
        guard isHolding else { return rest }
        return rest.map { min($0, Self.wordDelay) } ?? Self.wordDelay
    }

    /// No data has arrived for as long as words are held back.
    var isQuiet: Bool { ContinuousClock.now - last >= Self.wordDelay }

    var isTimeUp: Bool { timeout.map { ContinuousClock.now - start >= .seconds($0) } ?? false }

    /// The timeout as the user would write it.
    var timeoutText: String {
        let text = "\(timeout ?? 0)"
        return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
    }
}
