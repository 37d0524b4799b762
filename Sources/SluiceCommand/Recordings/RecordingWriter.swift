import Foundation
import Sluice

/// Writes a recording as its bytes arrive; memory does not grow with it.
struct RecordingWriter: ~Copyable {
    private let folder: URL
    private let overwrites: Bool
    private let streamFile: NewFile
    private let timesFile: NewFile
    private var stream: Output
    private var times: Output
    private let isNewFolder: Bool
    private var start: ContinuousClock.Instant?
    private var last: ContinuousClock.Instant?
    private var reads = 0
    private(set) var bytes = 0
    private var judge: StreamJudge

    /// Creates the folder where it is missing, and in it the files to write to.
    ///
    /// - Parameter overwrites: Replaces a recording that the folder holds: an interrupted one at once, a complete one when
    ///   the new one is complete.
    /// - Throws: ``RecordingError`` where the folder cannot be written, or has files that are not to be replaced.
    init(_ folder: URL, overwrites: Bool) throws(RecordingError) {
        let isNewFolder = System.kind(of: folder.path) == nil
        try Self.check(folder, overwrites: overwrites)
        do {
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        } catch {
            throw RecordingError(message: "cannot make the folder '\(folder.path)': \(error.localizedDescription)")
        }
        do {
            let paths = Self.unfinished(in: folder)
            for path in paths where System.kind(of: path) != nil { try System.removeFile(path) }
            let streamFile = try NewFile(paths[0])
            let timesFile = try NewFile(paths[1])
            stream = Output(to: streamFile.descriptor)
            times = Output(to: timesFile.descriptor)
            self.streamFile = streamFile
            self.timesFile = timesFile
        } catch {
            throw RecordingError(message: "cannot write to '\(folder.path)': \(error.reason)")
        }
        self.isNewFolder = isNewFolder
        self.folder = folder
        self.overwrites = overwrites
        judge = StreamJudge()
    }

    /// Throws where the folder has files that a new recording must not replace.
    private static func check(_ folder: URL, overwrites: Bool) throws(RecordingError) {
        let place = RecordingFolder(folder)
        let (complete, interrupted) = (try place.recording(), try place.interruptedRecording())
        if overwrites { return }
        if let name = complete.first {
            throw RecordingError(
                message: "'\(place.path(name))' exists already; give --force to write over that recording")
        }
        if let name = interrupted.first {
            throw RecordingError(
                message: "'\(place.path(name))' is left of an interrupted recording; give --force to write over it")
        }
    }

    /// Stores what one read has brought; it is on its way to the disk when this returns.
    mutating func append(_ chunk: Span<UInt8>) throws {
        let now = ContinuousClock.now
        let elapsed = now - (start ?? now)
        if start == nil { start = now }
        last = now
        reads += 1
        bytes += chunk.count
        stream.append(chunk.raw)
        stream.flush()
        let (seconds, attoseconds) = elapsed.components
        times.append("\(seconds * 1_000_000_000 + attoseconds / 1_000_000_000)\t\(chunk.count)\n")
        // Times never report more than the stream has.
        if stream.failure == nil { times.flush() }
        if case .refused(let reason) = stream.failure ?? times.failure {
            throw RecordingError(
                message:
                    "cannot write to '\(folder.path)': \(reason); \(RecordingForm.unfinished[0]) there has what arrived before"
            )
        }
        judge.read(chunk)
    }

    /// Removes what ``init(_:overwrites:)`` has created.
    func abandon() {
        for path in Self.unfinished(in: folder) { try? System.removeFile(path) }
        if isNewFolder { System.removeEmptyFolder(folder.path) }
    }

    /// Gives the files their names, in place of an older recording's.
    ///
    /// - Returns: What has been recorded, in words; nil where no data has arrived, and no file is left.
    mutating func finish() throws(RecordingError) -> String? {
        guard bytes > 0 else {
            abandon()
            return nil
        }
        let names = [RecordingForm.stream(judge.finish()), RecordingForm.times]
        let place = RecordingFolder(folder)
        do {
            // Looked at again: files may have been created since the beginning.
            let old = try place.recording()
            if !overwrites, let name = old.first {
                throw RecordingError(message: "'\(place.path(name))' was made meanwhile")
            }
            for (path, name) in zip(Self.unfinished(in: folder), names) {
                try System.rename(path, to: place.path(name))
            }
            for name in old where !names.contains(name) { try System.removeFile(place.path(name)) }
        } catch {
            let reason = (error as? RecordingError)?.message ?? (error as? SystemError)?.reason ?? "\(error)"
            throw RecordingError(
                message: "cannot finish the recording in '\(folder.path)': \(reason); "
                    + "\(RecordingForm.unfinished[0]) there has what arrived")
        }
        let seconds = ((last ?? .now) - (start ?? .now)) / .seconds(1)
        let time = "\(reads) read\(reads == 1 ? "" : "s") over \(String(format: "%.2f", seconds)) s"
        return "recorded \(bytes) bytes in \(time) in '\(folder.relativePath)': \(judge.words)"
    }

    /// The stream and its times, before they have their names.
    private static func unfinished(in folder: URL) -> [String] {
        RecordingForm.unfinished.map(RecordingFolder(folder).path)
    }
}

/// Reads along, to say what a recorded stream is and how it has ended.
private struct StreamJudge: ~Copyable {
    private var parser = StreamParser()
    private var frames = FrameParser(framing: nil)
    private var format: String?
    private var problem: String?
    private var status: StreamEnd.Status?

    mutating func read(_ chunk: Span<UInt8>) {
        if frames.framing == nil { _ = frames.read(chunk) }
        guard problem == nil else { return }
        do {
            var reader = parser.read(chunk)
            while try reader.next() != nil {}
        } catch {
            problem = error.description
        }
    }

    /// - Returns: The framing of the stream.
    mutating func finish() -> Framing {
        if problem == nil {
            do {
                status = try parser.finish { _ in }.status
            } catch {
                problem = error.description
            }
        }
        format = parser.formatName
        return frames.framing ?? .sse
    }

    var words: String {
        let name = format ?? "of no known format"
        if let problem { return "\(name); \(problem)" }
        switch status {
        case .complete: return "\(name), complete"
        case .finished: return "\(name), finished without its terminal marker"
        case .truncated: return "\(name), without its terminal marker (truncated)"
        case .failed: return "\(name), carrying an error"
        case .empty: return "\(name), empty"
        case nil: return name
        }
    }
}
