#if Server
import ArgumentParser
import Sluice

/// `sluice replay`: a recording as a server, for whatever reads streams.
struct ReplayCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "replay",
        abstract: "Serve a recorded stream over HTTP on loopback, at the pace at which it came.",
        discussion: """
            Point an official client's base URL, or curl, at the printed address: the first request gets the first \
            response of the recording, the next the next, and so on, around. What a request asks for does not matter, but \
            "stream": false is refused.

              sluice replay corpora/openai-chat --port 8080 &
              curl -sN http://127.0.0.1:8080/v1/chat/completions | sluice

            Served at \(ReplayServer.routes.dropFirst().joined(separator: ", ")) and at /.

            The address is printed on standard output, each answer on standard error. Ctrl-C ends the server; the exit \
            status is then 0, and 1 where there is no such recording or the port is in use.
            """)

    @Argument(
        help: ArgumentHelp(
            "A recording's folder, as 'sluice record' or 'make corpora' writes it, or a stream's file.",
            valueName: "corpus"))
    var corpus: String

    @Option(help: ArgumentHelp("The port to listen at; 0 takes one that is free.", valueName: "number"))
    var port = 8080

    @Option(
        help: ArgumentHelp(
            "recorded: as it came; 2x or 0.5x: so many times as fast; max: without waiting.",
            valueName: "recorded|N×|max"))
    var pace = Pace.recorded(speed: 1)

    @Flag(help: "Answer each request with all responses of the recording, one behind the other.")
    var whole = false

    func validate() throws {
        if !(0...65535).contains(port) { throw ValidationError("--port is \(port); give a number from 0 to 65535") }
    }

    func run() async throws {
        var recording: Recording
        do {
            recording = try Recording(corpus)
        } catch {
            try fail(error.message)
        }
        if whole { recording.joinResponses() }
        // The server takes over the signals now; one that came before would be lost.
        if Interrupt.isRequested { throw ExitCode(ExitStatus.code(ofSignal: Interrupt.signal)) }
        let count = recording.responses.count
        let title = "replaying \(count) response\(count == 1 ? "" : "s") of \(corpus), \(recording.bytes.count) bytes"
        let note = recording.isTimed || pace == .max ? "" : " (no arrival times are known: without waiting)"
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

    /// What kept the server from listening, and what to do.
    private func problem(_ error: any Error) -> String {
        switch ListeningProblem.find(at: port) {
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
}
#endif
