import ArgumentParser
import Foundation
import Sluice

/// `sluice record`: a stream as it arrives, with the time of every read.
struct RecordCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "record",
        abstract: "Store a stream with the times at which its bytes arrive.",
        discussion: """
            Reads what a command prints, or standard input, and stores it in a folder: the bytes as stream.sse, \
            stream.ndjson, stream.json or stream.aws, and in stream.times a line a read, with the nanoseconds since the \
            first byte and the bytes received. 'sluice replay' serves it again. While a recording goes on, its files are \
            stream.part and stream.part.times.

              sluice record -o hello -- curl -sN https://api.example.com/v1/chat/completions -d @request.json
              curl -sN … | sluice record --tee | sluice

            Ctrl-C ends the recording and keeps what has come. The exit status is 0, 1 where the command failed or the \
            folder cannot be written, 2 where nothing came, and 130 after Ctrl-C (143 after SIGTERM, 129 after SIGHUP); how the stream ended is reported, and \
            recorded like any other.
            """)

    @Option(
        name: .shortAndLong,
        help: ArgumentHelp(
            "The folder to write; made where it is missing. Unless told 'recording', or 'recording-2' and so on where "
                + "that exists.", valueName: "folder"))
    var output: String?

    @Flag(
        help: ArgumentHelp(
            "Write over a recording that is in the folder already, when the new one is complete. Files that are not a "
                + "recording's are never replaced, whatever their names."))
    var force = false

    @Flag(help: "Also pass the bytes on to standard output, at once.")
    var tee = false

    @OptionGroup
    var terminal: TerminalOptions

    @Argument(
        parsing: .postTerminator,
        help: ArgumentHelp("What to run, and its arguments; standard input is read unless told.", valueName: "command"))
    var command: [String] = []

    func run() throws {
        var session = Session(sendsControls: terminal.raw)
        if command.isEmpty && System.isTerminal(System.standardInput) {
            throw ValidationError("nothing to record: give a command after '--', or pipe a stream in")
        }
        do {
            try record(&session)
        } catch let error as RecordingError {
            session.note(.unusable)
            session.report(error.message)
        } catch let error as SystemError {
            session.note(.unusable)
            session.report("cannot record: \(error.reason)")
        }
        try session.finish()
    }

    private func record(_ session: inout Session) throws {
        var writer = try RecordingWriter(folder(), overwrites: force)
        var failure: String?
        if let name = command.first {
            let child: ChildProcess
            do {
                child = try ChildProcess(command)
            } catch {
                writer.abandon()
                throw RecordingError(message: "cannot run '\(name)': \(error.reason)")
            }
            try read(child.output, into: &writer, &session)
            failure = child.end().map { "'\(name)' \($0)" }
        } else {
            try read(InputFile("-"), into: &writer, &session)
        }
        let summary = try writer.finish()
        session.report(summary ?? "nothing came, so nothing is recorded")
        if summary == nil { session.note(.malformed) }
        if let failure, !Interrupt.isRequested {
            session.note(.unusable)
            session.report(failure)
        }
    }

    private func read(
        _ file: borrowing InputFile, into writer: inout RecordingWriter, _ session: inout Session
    ) throws {
        var buffer = [UInt8](repeating: 0, count: FeedOptions.defaultBytes)
        while true {
            let count = try file.read(into: &buffer)
            if count == 0 { return }
            let bytes = buffer.span.raw.extracting(first: count)
            try writer.append(bytes)
            if tee {
                session.output.append(bytes)
                session.output.flush()
            }
            session.showProgress(writer.bytes)
        }
    }

    private func folder() -> URL {
        if let output { return URL(fileURLWithPath: output, isDirectory: true) }
        var number = 1
        while true {
            let name = number == 1 ? "recording" : "recording-\(number)"
            if !FileManager.default.fileExists(atPath: name) { return URL(fileURLWithPath: name, isDirectory: true) }
            number += 1
        }
    }
}
