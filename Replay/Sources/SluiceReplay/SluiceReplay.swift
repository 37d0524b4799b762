import ArgumentParser

/// The program `sluice-replay`, which `sluice replay` runs.
@main
struct SluiceReplay: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sluice replay", abstract: ReplayOptions.abstract, discussion: ReplayOptions.discussion)

    @OptionGroup
    var options: ReplayOptions

    func run() async throws {
        var recording: Recording
        do {
            recording = try Recording(options.recording)
        } catch {
            try fail(error.message)
        }
        if options.whole { recording.joinResponses() }
        // The server handles signals from here on; one that arrived earlier would be lost.
        if Interrupt.isRequested { throw ExitCode(ExitStatus.code(ofSignal: Interrupt.signal)) }
        let (port, pace) = (options.port, options.pace)
        let count = recording.responses.count
        let title =
            "replaying \(count) response\(count == 1 ? "" : "s") of \(options.recording), \(recording.bytes.count) bytes"
        let note = recording.isTimed || pace == .max ? "" : " (it has no arrival times: without waiting)"
        do {
            try await ReplayServer(recording, pace: pace).run(port: port) { port in
                System.writeLine(
                    "sluice: \(Session.oneLine(title))\(note); stop with Ctrl-C", to: System.standardError,
                    patience: .seconds(1))
                System.writeLine("http://127.0.0.1:\(port)", to: System.standardOutput)
            }
        } catch {
            try fail(problem(error))
        }
    }

    /// Why the server cannot listen, and what to do.
    private func problem(_ error: any Error) -> String {
        let port = options.port
        return switch ListeningProblem.find(at: port) {
        case .inUse:
            "port \(port) of 127.0.0.1 is in use; choose another with --port, or a free one with --port 0"
        case .forbidden:
            "port \(port) of 127.0.0.1 is not permitted to this user; choose one from 1024 with --port, or a free one with "
                + "--port 0"
        case .other(let reason): "cannot serve at 127.0.0.1:\(port): \(reason); choose another port with --port"
        case nil: "cannot serve at 127.0.0.1:\(port): \(error)"
        }
    }

    private func fail(_ message: String) throws -> Never {
        System.writeLine("sluice: \(Session.oneLine(message))", to: System.standardError)
        throw ExitCode(ExitStatus.unusable.rawValue)
    }

    /// Runs the program; a wrong command line exits with 1, as other errors of use do.
    static func main() async {
        Interrupt.install()
        do {
            try await parse().run()
        } catch {
            let code = exitCode(for: error)
            if let message = (error as? CleanExit) != nil || code == .validationFailure ? fullMessage(for: error) : nil
            {
                let stream = code == .success ? System.standardOutput : System.standardError
                System.writeLine(message, to: stream)
            }
            exit(withError: code == .validationFailure ? ExitCode(ExitStatus.unusable.rawValue) : code)
        }
    }
}
