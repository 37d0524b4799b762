import Foundation
import Sluice

// A folder may hold a recording beside files that have nothing to do with it, and some of those may have names that begin
// with `stream.`. Only the files of `RecordingForm.names` are ever replaced, and only when they are a recording: one stream,
// and a `stream.times` whose counts add up to its size. Everything else is reported and left as it is.

/// A folder that holds a recording, may get one, or both.
struct RecordingFolder {
    private let folder: URL

    init(_ folder: URL) { self.folder = folder }

    func path(_ name: String) -> String { folder.appendingPathComponent(name).path }

    /// The name of the stream that the folder holds; nil where there is none.
    ///
    /// - Throws: ``RecordingError`` where there is more than one.
    func stream() throws(RecordingError) -> String? { try only(RecordingForm.streams) }

    /// The name of the compressed stream that the folder holds; nil where there is none.
    ///
    /// - Throws: ``RecordingError`` where there is more than one.
    func compressedStream() throws(RecordingError) -> String? {
        try only(RecordingForm.streams.flatMap { name in RecordingForm.endings.dropFirst().map { name + $0 } })
    }

    private func only(_ names: [String]) throws(RecordingError) -> String? {
        let found = names.filter { System.kind(of: path($0)) != nil }
        if found.count > 1 {
            throw RecordingError(message: "it holds \(found.joined(separator: " and ")); give the path of one of them")
        }
        return found.first
    }

    /// Files of a complete recording that the folder holds; empty where it holds none.
    ///
    /// - Throws: ``RecordingError`` where a file has the name of a recording's, but is not part of one.
    func recording() throws(RecordingError) -> [String] {
        let found = try present(RecordingForm.streams + [RecordingForm.times])
        if found.isEmpty { return [] }
        let streams = found.filter { $0 != RecordingForm.times }
        guard streams.count < 2 else {
            throw foreign("holds \(streams.joined(separator: " and ")), and a recording has one stream")
        }
        guard let stream = streams.first else {
            throw foreign("holds \(RecordingForm.times), but no stream that belongs to it")
        }
        guard found.count == 2 else {
            throw foreign("holds \(stream) without \(RecordingForm.times), which is not a recording")
        }
        do {
            let times = try Recording.contents(of: folder.appendingPathComponent(RecordingForm.times))
            _ = try Recording.parse(times, of: size(stream), path(RecordingForm.times))
        } catch {
            throw foreign("holds \(stream) and a \(RecordingForm.times) that does not describe it: \(error.message)")
        }
        return found
    }

    /// Files of a recording that was interrupted before it got its names; empty where there are none.
    ///
    /// - Throws: ``RecordingError`` where they are not that, or are being written by another process.
    func interruptedRecording() throws(RecordingError) -> [String] {
        let found = try present(RecordingForm.unfinished)
        if found.isEmpty { return [] }
        if let open = found.first(where: { NewFile.isBeingWritten(path($0)) }) {
            throw RecordingError(
                message: "'\(path(open))' is being written by another 'sluice record'; wait for it, or choose another "
                    + "folder with -o")
        }
        let (stream, times) = (RecordingForm.unfinished[0], RecordingForm.unfinished[1])
        let recorded = found.contains(times) ? try receivedBytes(times) : 0
        let excess = (found.contains(stream) ? size(stream) : 0) - (recorded ?? -1)
        // The last read may be in the stream, and not yet in its times; without times nothing was read.
        let limit = found.contains(times) ? 64 << 10 : 0
        guard recorded != nil, (0...limit).contains(excess) else {
            throw foreign("holds \(found.joined(separator: " and ")), which is not an interrupted recording")
        }
        return found
    }

    /// Those of `names` that the folder has.
    private func present(_ names: [String]) throws(RecordingError) -> [String] {
        var found: [String] = []
        for name in names {
            guard let kind = System.kind(of: path(name)) else { continue }
            guard kind == .file else {
                throw RecordingError(
                    message:
                        "'\(path(name))' is \(kind.words), and not part of a recording; nothing was changed; move it "
                        + "away, or choose another folder with -o")
            }
            found.append(name)
        }
        return found
    }

    /// Bytes that an unfinished `stream.times` reports; nil where it is not such a file.
    private func receivedBytes(_ name: String) throws(RecordingError) -> Int? {
        let times = try Recording.contents(of: folder.appendingPathComponent(name))
        var total = 0
        // A line without its end was not written whole.
        for line in times.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).dropLast() {
            guard let read = Recording.read(line) else { return nil }
            let (sum, overflow) = total.addingReportingOverflow(read.count)
            if overflow { return nil }
            total = sum
        }
        return total
    }

    private func size(_ name: String) -> Int {
        (try? InputFile(path(name)))?.size ?? 0
    }

    private func foreign(_ problem: String) -> RecordingError {
        RecordingError(
            message: "'\(folder.path)' \(problem); nothing was changed; move such files away, or choose another folder "
                + "with -o")
    }
}
