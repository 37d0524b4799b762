import Foundation
import Sluice

/// How a recording lies on disk: a folder with the stream's bytes and a sidecar of their arrival.
///
/// `stream.times` has a line a read: nanoseconds since the response's first byte, a tab, bytes received. A blank line
/// separates responses.
enum RecordingForm {
    static let times = "stream.times"
    /// The names of the stream and its times while they are being written.
    static let unfinished = ["stream.part", "stream.part.times"]
    /// The names that a stream can have.
    static var streams: [String] { Framing.allCases.map(stream) }

    /// What the name of a stream ends with: nothing, or what a tool adds that has compressed it.
    static var endings: [String] { ["", ".gz", ".zst"] }

    static func stream(_ framing: Framing) -> String {
        switch framing {
        case .sse: "stream.sse"
        case .ndjson: "stream.ndjson"
        case .jsonArray: "stream.json"
        case .awsEventStream: "stream.aws"
        }
    }
}

/// Why a recording cannot be read or written, in one sentence for the person who asked for it.
struct RecordingError: Error {
    var message: String
}

/// A recorded stream in memory: its bytes, and the reads in which each of its responses arrived.
struct Recording {
    /// One read: bytes that arrived together, and when, in nanoseconds since the first of the response.
    struct Read {
        var nanoseconds: UInt64
        var bytes: Range<Int>
    }

    /// One answer of the server, as its reads.
    struct Response {
        var reads: [Read]
        var bytes: Range<Int> { (reads.first?.bytes.lowerBound ?? 0)..<(reads.last?.bytes.upperBound ?? 0) }
        var nanoseconds: UInt64 { reads.last?.nanoseconds ?? 0 }
    }

    let bytes: Data
    let framing: Framing
    private(set) var responses: [Response]
    /// When the bytes arrived is known.
    let isTimed: Bool

    /// Reads a recording's folder, or the file of a stream whose arrival times are unknown.
    init(_ path: String) throws(RecordingError) {
        let place = URL(fileURLWithPath: path)
        guard let isFolder = (try? place.resourceValues(forKeys: [.isDirectoryKey]))?.isDirectory else {
            throw RecordingError(message: "there is no file or folder '\(path)'")
        }
        let file = isFolder ? try Self.stream(in: place) : place
        bytes = try Self.contents(of: file)
        framing = Self.framing(of: bytes)
        let times = file.deletingLastPathComponent().appendingPathComponent(RecordingForm.times)
        isTimed = file.lastPathComponent.hasPrefix("stream.") && FileManager.default.fileExists(atPath: times.path)
        if isTimed {
            responses = try Self.parse(Self.contents(of: times), of: bytes.count, times.path)
        } else {
            responses = [Response(reads: [Read(nanoseconds: 0, bytes: 0..<bytes.count)])]
        }
        if bytes.isEmpty { throw RecordingError(message: "'\(file.path)' is empty: there is nothing to replay") }
    }

    /// All responses one after the other as one; each begins when the one before has ended.
    mutating func joinResponses() {
        var reads: [Read] = []
        var start: UInt64 = 0
        for response in responses {
            reads += response.reads.map { Read(nanoseconds: start &+ $0.nanoseconds, bytes: $0.bytes) }
            start &+= response.nanoseconds
        }
        responses = [Response(reads: reads)]
    }

    private static func stream(in folder: URL) throws(RecordingError) -> URL {
        do {
            if let name = try RecordingFolder(folder).stream() { return folder.appendingPathComponent(name) }
        } catch {
            throw RecordingError(message: "cannot replay '\(folder.path)': \(error.message)")
        }
        let names = RecordingForm.streams.joined(separator: ", ")
        throw RecordingError(message: "'\(folder.path)' holds none of \(names)")
    }

    static func contents(of file: URL) throws(RecordingError) -> Data {
        do {
            return try Data(contentsOf: file)
        } catch {
            throw RecordingError(message: "cannot read '\(file.path)': \(error.localizedDescription)")
        }
    }

    private static func framing(of bytes: Data) -> Framing {
        var parser = FrameParser(framing: nil)
        _ = parser.read([UInt8](bytes.prefix(64 << 10)).span)
        return parser.framing ?? .sse
    }

    /// The responses that `stream.times` describes, of a stream of `size` bytes.
    static func parse(_ times: Data, of size: Int, _ path: String) throws(RecordingError) -> [Response] {
        var responses: [Response] = []
        var reads: [Read] = []
        var end = 0
        let lines = times.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        for (number, line) in lines.enumerated() {
            if line.isEmpty {
                if !reads.isEmpty { responses.append(Response(reads: reads)) }
                reads = []
                continue
            }
            guard let (time, count) = Self.read(line), count <= size - end else {
                throw RecordingError(
                    message: "'\(path)', line \(number + 1): expected nanoseconds, a tab, and bytes that the stream has"
                )
            }
            if let last = reads.last, last.nanoseconds > time {
                throw RecordingError(message: "'\(path)', line \(number + 1): earlier than the read before it")
            }
            reads.append(Read(nanoseconds: time, bytes: end..<end + count))
            end += count
        }
        if !reads.isEmpty { responses.append(Response(reads: reads)) }
        if end != size {
            throw RecordingError(message: "'\(path)' reports \(end) bytes, but the stream has \(size)")
        }
        return responses
    }

    /// A line of `stream.times`: nanoseconds, and bytes received.
    static func read(_ line: Data) -> (nanoseconds: UInt64, count: Int)? {
        let fields = String(decoding: line, as: UTF8.self).split(separator: "\t")
        guard fields.count == 2, let time = UInt64(fields[0]), let count = Int(fields[1]), count >= 0 else {
            return nil
        }
        return (time, count)
    }
}
