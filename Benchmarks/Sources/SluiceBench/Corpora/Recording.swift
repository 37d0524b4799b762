import Foundation
import Sluice

/// A recorded stream: its bytes, the reads in which they arrived, and where its responses lie.
struct Recording {
    let name: String
    let format: WireFormat
    let bytes: [UInt8]
    let reads: [Read]
    let responses: [Range<Int>]
    /// The reads are those of the recorder.
    let isTimed: Bool

    /// One read of the recorder: nanoseconds since its response's first, and how many bytes it brought.
    struct Read {
        var nanoseconds: UInt64
        var bytes: Int
        var response: Int
    }

    /// The folder beside `Benchmarks/` when this was built.
    static let defaultFolder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().appending(path: "corpora")

    /// The recordings of a folder, in the order of their names: the folders in it that hold a stream.
    ///
    /// - Throws: ``BenchError`` where there are none.
    static func names(in folder: URL) throws -> [String] {
        let path = printable(folder.path)
        let found: [String]
        do {
            found = try FileManager.default.contentsOfDirectory(atPath: folder.path)
        } catch {
            throw BenchError("cannot read the folder of recordings '\(path)'; give another with --corpora DIR")
        }
        let names = found.filter { RecordingFile.isRecording(folder.appending(path: $0)) }.sorted()
        if !names.isEmpty { return names }
        if RecordingFile.isRecording(folder) {
            throw BenchError("'\(path)' is one recording and no folder of them; give it with --file \(path)")
        }
        throw BenchError(
            "'\(path)' holds no folder with a stream (\(RecordingFile.streamNames.joined(separator: ", "))); give a folder of "
                + "recordings with --corpora DIR, or a stream with --file FILE")
    }

    /// The recording in a folder of recordings: of the format that the folder's name says, or else of the detected one.
    ///
    /// - Throws: ``BenchError`` where there is none, or no hand-written reader for its format.
    init(_ name: String, in folder: URL) throws {
        let place = folder.appending(path: name)
        guard RecordingFile.isRecording(place) else {
            throw BenchError("there is no recording '\(printable(name))' in '\(printable(folder.path))'")
        }
        let choice = try FormatChoice(format: WireFormat.named(name)?.name)
        try self.init(try RecordingFile(place.path), choice)
        guard format.framing.isLines, Stream.baselines[format.name] != nil else {
            throw BenchError(
                "'\(printable(place.path))' is \(format.name) as \(format.framing.words), for which not every contender has "
                    + "a reader; measure it with --file")
        }
    }

    /// A recording of any name, format and framing.
    ///
    /// - Throws: ``BenchError`` where it cannot be read.
    init(_ file: RecordingFile, _ choice: FormatChoice) throws {
        name = file.name
        bytes = try file.bytes()
        format = try choice.format(of: bytes, file.stream.path)
        isTimed = file.times != nil
        if let times = file.times {
            let path = printable(times.path)
            guard let text = try? String(contentsOf: times, encoding: .utf8) else {
                throw BenchError("cannot read '\(path)' as text")
            }
            (reads, responses) = try Self.parse(text, path)
            let end = responses.last?.upperBound ?? 0
            guard end == bytes.count else {
                throw BenchError(
                    "'\(path)' adds up to \(end) bytes, but the stream has \(bytes.count); move one of them away, or give the "
                        + "stream's file under another name")
            }
        } else {
            reads = [Read(nanoseconds: 0, bytes: bytes.count, response: 0)]
            responses = [0..<bytes.count]
        }
    }

    /// The same recording with other bytes and responses; how they arrived is not known.
    init(_ original: Recording, bytes: [UInt8], responses: [Range<Int>]) {
        name = original.name
        format = original.format
        self.bytes = bytes
        self.responses = responses
        reads = responses.enumerated().map { Read(nanoseconds: 0, bytes: $1.count, response: $0) }
        isTimed = false
    }

    /// A line a read; a blank line stands between responses.
    private static func parse(_ times: String, _ path: String) throws -> ([Read], [Range<Int>]) {
        var reads: [Read] = []
        var responses: [Range<Int>] = []
        var start = 0
        var end = 0
        func close() {
            if end > start { responses.append(start..<end) }
            start = end
        }
        for (number, line) in times.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            if line.isEmpty {
                close()
                continue
            }
            let fields = line.split(separator: "\t")
            guard fields.count == 2, let time = UInt64(fields[0]), let count = Int(fields[1]),
                (0...RecordingFile.maxBytes).contains(count)
            else {
                throw BenchError("'\(path)', line \(number + 1): expected nanoseconds, a tab and a number of bytes")
            }
            reads.append(Read(nanoseconds: time, bytes: count, response: responses.count))
            end += count
        }
        close()
        return (reads, responses)
    }
}

/// What went wrong, in one sentence for the person who ran it.
struct BenchError: Error, CustomStringConvertible {
    var description: String

    init(_ description: String) { self.description = description }
}
