// An input is a chain of sources: the file, and on top of it one source for each encoding that was recognised.
//
//     file ─▶ gzip or zstd ─▶ HTTP response ─▶ gzip or zstd ─▶ the stream
//
// A source never waits. When it has nothing it names the descriptors on which it depends, and the caller waits for those,
// for a timeout and for Ctrl-C at once. So one thread serves any number of inputs, and no child process can block it.

/// What a source has now.
enum Taken {
    /// That many bytes at the front of the buffer, at least one.
    case bytes(Int)
    /// Nothing yet.
    case nothing
    /// Nothing any more.
    case end
}

/// A source of bytes that arrive in pieces.
protocol ByteSource: AnyObject {
    /// Takes what there is without waiting.
    func take(into buffer: inout [UInt8]) throws(InputProblem) -> Taken
    /// Adds the descriptors on which the next ``take(into:)`` depends.
    func addWaits(to waits: inout [Wait])
    /// How the bytes differ from those of the file, in a few words each.
    var form: [String] { get }
}

/// A descriptor, and the poll(2) events to wait for.
struct Wait {
    var descriptor: Int32
    var events: Int16
}

/// Why an input ends before its end.
struct InputProblem: Error {
    var message: String
    var status = ExitStatus.unusable
    /// The system's own error, where a read(2) of the file failed.
    var systemError: SystemError?
}

/// What an input reports that does not end it.
final class InputNotes {
    var lines: [(message: String, status: ExitStatus)] = []

    func add(_ message: String, _ status: ExitStatus = .complete) { lines.append((message, status)) }
}

/// The bytes of a file, a pipe or a terminal as they are.
final class FileSource: ByteSource {
    let file: InputFile
    /// A regular file may grow: its end is nothing yet.
    private let follows: Bool
    /// Bytes read so far.
    var total = 0

    init(_ file: consuming InputFile, follows: Bool) {
        self.follows = follows && file.size != nil
        self.file = file
    }

    func take(into buffer: inout [UInt8]) throws(InputProblem) -> Taken {
        guard file.isReady(within: .zero) else { return .nothing }
        do {
            let count = try file.read(into: &buffer)
            total += count
            if count > 0 { return .bytes(count) }
            return follows || Interrupt.isRequested ? .nothing : .end
        } catch {
            throw InputProblem(message: error.reason, systemError: error)
        }
    }

    func addWaits(to waits: inout [Wait]) {
        if file.size == nil { waits.append(.readable(file.number)) }
    }

    var form: [String] { [] }
}

/// Bytes that were read to recognise the form of an input, then the rest of it.
final class PrefixedSource: ByteSource {
    private var prefix: ArraySlice<UInt8>
    private let rest: any ByteSource
    private let isWhole: Bool

    /// - Parameter isWhole: Nothing follows the prefix.
    init(_ prefix: [UInt8], _ rest: any ByteSource, isWhole: Bool) {
        self.prefix = prefix[...]
        self.rest = rest
        self.isWhole = isWhole
    }

    /// The first bytes, as many as there are.
    var sample: ArraySlice<UInt8> { prefix }

    func take(into buffer: inout [UInt8]) throws(InputProblem) -> Taken {
        if prefix.isEmpty { return isWhole ? .end : try rest.take(into: &buffer) }
        let count = min(prefix.count, buffer.count)
        buffer.replaceSubrange(..<count, with: prefix.prefix(count))
        prefix = prefix.dropFirst(count)
        return .bytes(count)
    }

    func addWaits(to waits: inout [Wait]) { rest.addWaits(to: &waits) }

    var form: [String] { rest.form }
}
