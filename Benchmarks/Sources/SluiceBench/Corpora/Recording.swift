import Foundation
import Sluice

/// A recorded stream of `corpora/`: its bytes, the reads in which they arrived, and where its responses lie.
struct Recording {
    let name: String
    let format: WireFormat
    let bytes: [UInt8]
    let reads: [Read]
    let responses: [Range<Int>]

    /// One read of the recorder: nanoseconds since its response's first, and how many bytes it brought.
    struct Read {
        var nanoseconds: UInt64
        var bytes: Int
        var response: Int
    }

    /// The folder beside `Benchmarks/` when this was built.
    static let defaultFolder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().appending(path: "corpora")

    /// The recordings of a folder, in the order of their names.
    static func names(in folder: URL) throws -> [String] {
        let found = try FileManager.default.contentsOfDirectory(atPath: folder.path)
        let names = found.filter { WireFormat.named($0) != nil && file(in: folder.appending(path: $0)) != nil }.sorted()
        if names.isEmpty { throw BenchError("found no recordings in \(folder.path); pass --corpora FOLDER") }
        return names
    }

    init(_ name: String, in folder: URL) throws {
        let place = folder.appending(path: name)
        guard let format = WireFormat.named(name), let file = Self.file(in: place) else {
            throw BenchError("there is no recording '\(name)' in \(folder.path)")
        }
        self.name = name
        self.format = format
        bytes = [UInt8](try Data(contentsOf: file))
        let times = try String(contentsOf: place.appending(path: "stream.times"), encoding: .utf8)
        (reads, responses) = try Self.parse(times, name)
        guard responses.last?.upperBound == bytes.count else {
            throw BenchError("\(name)/stream.times does not add up to the \(bytes.count) bytes of the stream")
        }
    }

    private static func file(in place: URL) -> URL? {
        ["stream.sse", "stream.ndjson"].map { place.appending(path: $0) }
            .first { FileManager.default.fileExists(atPath: $0.path) }
    }

    /// A line a read; a blank line stands between responses.
    private static func parse(_ times: String, _ name: String) throws -> ([Read], [Range<Int>]) {
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
            guard fields.count == 2, let time = UInt64(fields[0]), let count = Int(fields[1]) else {
                throw BenchError("\(name)/stream.times, line \(number + 1): not nanoseconds, a tab and bytes")
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
