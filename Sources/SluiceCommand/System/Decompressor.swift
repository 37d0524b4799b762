#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// Decompresses an input with the system's own tool, as a child process between two pipes.
///
/// Neither pipe is ever waited for here: compressed bytes go in as far as the tool takes them, and what it gives is taken
/// first. Memory is one buffer of compressed bytes and what the pipes hold. The tool is ended with this object.
final class Decompressor: ByteSource {
    enum Tool: String {
        case gzip
        case zstd

        var command: [String] { [rawValue, "-dc"] }
    }

    private let tool: Tool
    private let below: any ByteSource
    private let notes: InputNotes
    private var process: pid_t
    /// The ends of the tool's standard input, output and error; -1 once closed.
    private var feed: Int32
    private var output: Int32
    private var errors: Int32

    private var compressed = [UInt8](repeating: 0, count: FeedOptions.defaultBytes)
    private var position = 0
    private var count = 0
    /// Why there is no more to decompress; the tool still has something to give.
    private var failure: InputProblem?
    private var message: [UInt8] = []

    /// Bytes of the tool's messages that are kept; the rest is read and dropped.
    private static var maxMessageBytes: Int { 1000 }

    init(_ tool: Tool, _ below: any ByteSource, _ notes: InputNotes) throws(InputProblem) {
        self.tool = tool
        self.below = below
        self.notes = notes
        var open: [Int32] = []
        defer { for descriptor in open { close(descriptor) } }
        do {
            let input = try System.pipe()
            open += [input.read, input.write]
            let output = try System.pipe()
            open += [output.read, output.write]
            let errors = try System.pipe()
            open += [errors.read, errors.write]
            process = try ChildProcess.spawn(
                tool.command, input: input.read, output: output.write, errors: errors.write)
            (feed, self.output, self.errors) = (input.write, output.read, errors.read)
        } catch {
            throw InputProblem(
                message:
                    "it is compressed, and '\(tool.rawValue)' cannot be run to decompress it: \(error.reason); install "
                    + "\(tool.rawValue), or decompress the input first")
        }
        open.removeAll { $0 == feed || $0 == output || $0 == errors }
        for descriptor in [feed, output, errors] { System.makeNonBlocking(descriptor) }
    }

    deinit {
        for descriptor in [feed, output, errors] where descriptor >= 0 { close(descriptor) }
        if process > 0 {
            kill(process, SIGKILL)
            _ = System.status(ofEnded: process)
        }
    }

    var form: [String] { below.form + ["decompressed"] }

    func addWaits(to waits: inout [Wait]) {
        waits.append(.readable(output))
        if errors >= 0 { waits.append(.readable(errors)) }
        guard feed >= 0 else { return }
        if position < count { waits.append(.writable(feed)) } else { below.addWaits(to: &waits) }
    }

    func take(into buffer: inout [UInt8]) throws(InputProblem) -> Taken {
        while true {
            do {
                try readMessages()
                switch try System.readAvailable(output, into: &buffer) {
                case .bytes(let count): return .bytes(count)
                case .end: return try end()
                case .nothing: if try !feedSome() { return .nothing }
                }
            } catch let error as SystemError {
                throw InputProblem(message: error.reason, systemError: error)
            } catch let problem as InputProblem {
                throw problem
            } catch {
                throw InputProblem(message: "\(error)")
            }
        }
    }

    /// Gives the tool what it takes now; false where that is nothing.
    private func feedSome() throws(SystemError) -> Bool {
        guard feed >= 0 else { return false }
        if position == count {
            do {
                switch try below.take(into: &compressed) {
                case .nothing: return false
                case .bytes(let new): (position, count) = (0, new)
                case .end:
                    closeFeed()
                    return true
                }
            } catch {
                failure = error
                closeFeed()
                return true
            }
        }
        switch try System.writeAvailable(compressed[position..<count], to: feed) {
        case .bytes(let written): position += written
        case .nothing: return false
        case .end: closeFeed()
        }
        return true
    }

    private func closeFeed() {
        close(feed)
        feed = -1
        position = count
    }

    private func readMessages() throws(SystemError) {
        guard errors >= 0 else { return }
        var buffer = [UInt8](repeating: 0, count: Self.maxMessageBytes)
        while true {
            switch try System.readAvailable(errors, into: &buffer) {
            case .bytes(let new): message += buffer[..<min(new, Self.maxMessageBytes - message.count)]
            case .nothing: return
            case .end:
                close(errors)
                errors = -1
                return
            }
        }
    }

    /// The tool has given everything.
    private func end() throws(InputProblem) -> Taken {
        let status = process > 0 ? System.status(ofEnded: process) ?? 0 : 0
        process = 0
        try? readMessages()
        if let failure { throw failure }
        // Ctrl-C reaches the tool as well.
        if status == 0 || Interrupt.isRequested { return .end }
        let code = status >> 8 & 0xFF
        if tool == .gzip && status & 0x7F == 0 && code == Self.gzipWarning {
            notes.add("'gzip -dc': \(reason)", .malformed)
            return .end
        }
        let cause = status & 0x7F == 0 ? reason : "it was ended by signal \(status & 0x7F)"
        throw InputProblem(
            message:
                "'\(tool.command.joined(separator: " "))' cannot decompress it: \(cause); what it gave before is read"
        )
    }

    /// The status of gzip(1) for data that it has decompressed, but with something else after it.
    private static var gzipWarning: Int32 { 2 }

    /// The tool's last message, without its name and that of its input.
    private var reason: String {
        let lines = String(decoding: message, as: UTF8.self).split(separator: "\n").filter {
            !$0.allSatisfy(\.isWhitespace)
        }
        guard let line = lines.last else { return "it gave no reason" }
        let parts = line.split(separator: ":").map { HTTPHead.trimmed($0) }
        let words = parts.drop { $0 == tool.rawValue || $0.contains("stdin") || $0.isEmpty }
        return words.isEmpty ? String(line) : words.joined(separator: ": ")
    }
}
