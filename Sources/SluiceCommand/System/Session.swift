import ArgumentParser
import Sluice

/// One run of the command: its output, its messages and its exit status.
struct Session: ~Copyable {
    var output: Output
    var errors = Output(to: System.standardError)
    private(set) var status = ExitStatus.complete
    /// Streams without their terminal marker count as truncated, even if they are finished.
    var isStrict = false
    private var progress: ProgressBar?

    /// - Parameter sendsControls: Control characters of streams are sent to a terminal.
    init(sendsControls: Bool = false) {
        output = Output(to: System.standardOutput, sendsControls: sendsControls)
        if errors.isTerminal && !output.isTerminal { progress = ProgressBar() }
    }

    /// Nobody reads the output any more, or the user has asked to stop.
    var isOver: Bool { output.failure != nil || Interrupt.isRequested }

    /// Messages and output meet on the same screen.
    var sharesTerminal: Bool { output.isTerminal && errors.isTerminal }

    mutating func note(_ new: ExitStatus) { status = status.joined(with: new) }

    /// Puts one line on standard error; it leaves with the next ``flush()``, or at once where output goes to the same screen.
    mutating func report(_ message: String, about file: String? = nil) {
        progress?.hide(&errors)
        if sharesTerminal {
            output.beginLine()
            output.flush()
        }
        errors.append("sluice: ")
        if let file { errors.append(Self.oneLine(file) + ": ") }
        errors.append(Self.oneLine(message))
        errors.append("\n" as StaticString)
        if sharesTerminal { errors.flush() }
    }

    /// Writes what is buffered: output first, then the messages about it.
    mutating func flush() {
        output.flush()
        errors.flush()
    }

    /// Shows how many bytes have arrived of an unknown number.
    mutating func showProgress(_ bytes: Int) {
        progress?.show("\(bytes) bytes", &errors)
    }

    /// How much of a file has been read; nothing for a pipe, whose size is unknown.
    mutating func showProgress(_ file: Input) {
        guard let size = file.size else { return }
        progress?.show(file.total, of: size, &errors)
    }

    /// Ends the run.
    ///
    /// - Throws: The exit status, unless it is 0.
    mutating func finish() throws {
        progress?.hide(&errors)
        if Interrupt.isRequested { note(.interrupted) }
        output.endShown()
        if output.isTerminal && Interrupt.isRequested { output.beginLine() }
        output.flush()
        switch output.failure {
        case .closed:
            errors.flush()
            throw ExitCode.success
        case .refused(let reason):
            note(.unusable)
            report("cannot write to standard output: \(reason)")
        case .interrupted: note(.interrupted)
        case nil: break
        }
        errors.flush()
        if status == .interrupted { throw ExitCode(ExitStatus.code(ofSignal: Interrupt.signal)) }
        if status != .complete { throw ExitCode(status.rawValue) }
    }

    /// A message on one line that moves no cursor and reorders no text, whatever a stream or a file name holds: control
    /// characters are shown as on a terminal (``TerminalText``), and line ends and tabs as `\n`, `\r` and `\t`.
    static func oneLine(_ text: String) -> String {
        var line = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\n": line += "\\n"
            case "\r": line += "\\r"
            case "\t": line += "\\t"
            default: line += TerminalText.shown(scalar)
            }
        }
        return line
    }
}

/// A percentage on standard error for work that takes a while; at most ten times a second.
struct ProgressBar {
    private let start = ContinuousClock.now
    private var shownAt: ContinuousClock.Instant?
    private var width = 0

    /// Work that is done sooner needs no bar.
    private static var patience: Duration { .milliseconds(300) }

    mutating func show(_ bytes: Int, of size: Int, _ errors: inout Output) {
        guard size > 0 else { return }
        let percent = min(100, bytes * 100 / size)
        let filled = percent / 5
        let bar = String(repeating: "█", count: filled) + String(repeating: "░", count: 20 - filled)
        show("\(bar) \(percent) %", &errors)
    }

    mutating func show(_ text: String, _ errors: inout Output) {
        let now = ContinuousClock.now
        guard now - start > Self.patience else { return }
        if let shownAt, now - shownAt < .milliseconds(100) { return }
        shownAt = now
        hide(&errors)
        errors.append(text)
        errors.flush()
        width = text.count
    }

    /// Overwrites the bar with spaces, which any terminal understands.
    mutating func hide(_ errors: inout Output) {
        guard width > 0 else { return }
        errors.append("\r" as StaticString)
        errors.append(String(repeating: " ", count: width))
        errors.append("\r" as StaticString)
        width = 0
    }
}
