import Foundation

/// Text for a terminal, at once.
public enum Terminal {
    /// Whether output can be dimmed.
    public static let isTerminal = isatty(STDOUT_FILENO) == 1

    /// Writes what a model said. Its control characters could change the terminal, so all but line ends and tabs are dropped.
    public static func write(_ text: String, dimmed: Bool = false) {
        let shown = text.unicodeScalars.filter { scalar in
            scalar == "\n" || scalar == "\t" || scalar.properties.generalCategory != .control
        }
        let plain = String(String.UnicodeScalarView(shown))
        let text = dimmed && isTerminal ? "\u{1B}[2m\(plain)\u{1B}[0m" : plain
        FileHandle.standardOutput.write(Data(text.utf8))
    }

    /// Runs `body` in a task that Ctrl-C cancels, instead of ending the program.
    public static func interruptible<Result: Sendable>(
        _ body: @escaping @Sendable () async throws -> Result
    ) async throws -> Result {
        let task = Task(operation: body)
        signal(SIGINT, SIG_IGN)
        let interrupts = DispatchSource.makeSignalSource(signal: SIGINT, queue: .global())
        interrupts.setEventHandler { task.cancel() }
        interrupts.resume()
        defer {
            interrupts.cancel()
            signal(SIGINT, SIG_DFL)
        }
        return try await task.value
    }
}
