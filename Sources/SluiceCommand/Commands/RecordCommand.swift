import ArgumentParser
import Foundation
import Sluice

/// `sluice record`: stores a stream as it arrives, with the time of every read.
struct RecordCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "record",
        abstract: "Store a stream with the times at which its bytes arrive.",
        discussion: """
            Reads what a command prints, or standard input, and stores it in a folder: the bytes in stream.sse, \
            stream.ndjson, stream.json or stream.aws, and in stream.times one line per read, with the nanoseconds since the \
            first byte and the number of bytes. During the recording the files are stream.part and stream.part.times. \
            'sluice cat' and the other commands read the folder like a file; 'sluice replay' serves it.

              sluice record -o hello -- curl -sN https://api.example.com/v1/chat/completions -d @request.json
              curl -sN … | sluice record --tee | sluice

            Ctrl-C ends the recording and keeps what has arrived. How the stream ended is reported; it does not change the \
            exit status.

            EXIT STATUS
              0    a stream was recorded
              1    the command failed, or the folder cannot be written
              2    no data arrived
              130  interrupted with Ctrl-C (SIGTERM: 143, SIGHUP: 129)
            """)

    @Option(
        name: .shortAndLong,
        help: ArgumentHelp(
            "The folder to write; created if it is missing. The default is 'recording', or 'recording-2' and so on if that "
                + "exists.", valueName: "folder"), completion: .directory)
    var output: String?

    @Flag(
        help: ArgumentHelp(
            "Overwrite a recording that is in the folder already, when the new one is complete. Files that do not belong to a "
                + "recording are never replaced."))
    var force = false

    @Flag(help: "Also write the bytes to standard output, as they arrive.")
    var tee = false

    @OptionGroup
    var terminal: TerminalOptions

    @Argument(
        parsing: .postTerminator,
        help: ArgumentHelp(
            "The command to run, with its arguments, after '--'; standard input is read by default.",
            valueName: "command"))
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
        session.report(summary ?? "no data arrived, so nothing is recorded")
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
            let bytes = buffer.span.extracting(first: count)
            try writer.append(bytes)
            if tee {
                session.output.append(bytes.raw)
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
