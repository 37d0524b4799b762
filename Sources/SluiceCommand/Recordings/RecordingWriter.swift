import Foundation
import Sluice

/// Writes a recording as its bytes arrive; memory does not grow with it.
struct RecordingWriter: ~Copyable {
    private let folder: URL
    private var stream: Output
    private var times: Output
    private let handles: [FileHandle]
    private let isNewFolder: Bool
    private var start: ContinuousClock.Instant?
    private var last: ContinuousClock.Instant?
    private var reads = 0
    private(set) var bytes = 0
    private var judge: StreamJudge

    /// Makes the folder where it is missing.
    ///
    /// - Throws: ``RecordingError`` where it cannot be written, or holds a recording that is not to be written over.
    init(_ folder: URL, overwrites: Bool) throws {
        if !overwrites, let file = RecordingForm.files(in: folder).first {
            throw RecordingError(message: "'\(file.path)' exists already; give --force to write over that recording")
        }
        let isNewFolder = !FileManager.default.fileExists(atPath: folder.path)
        handles = try Self.create(in: folder)
        self.isNewFolder = isNewFolder
        self.folder = folder
        stream = Output(to: handles[0].fileDescriptor)
        times = Output(to: handles[1].fileDescriptor)
        judge = StreamJudge()
    }

    private static func create(in folder: URL) throws -> [FileHandle] {
        do {
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            return try unfinished(in: folder).map { file in
                try Data().write(to: file)
                return try FileHandle(forWritingTo: file)
            }
        } catch {
            throw RecordingError(message: "cannot write to '\(folder.path)': \(error.localizedDescription)")
        }
    }

    /// Stores what one read has brought; it is on its way to the disk when this returns.
    mutating func append(_ chunk: RawSpan) throws {
        let now = ContinuousClock.now
        let elapsed = now - (start ?? now)
        if start == nil { start = now }
        last = now
        reads += 1
        bytes += chunk.byteCount
        stream.append(chunk)
        stream.flush()
        let (seconds, attoseconds) = elapsed.components
        times.append("\(seconds * 1_000_000_000 + attoseconds / 1_000_000_000)\t\(chunk.byteCount)\n")
        times.flush()
        if case .refused(let reason) = stream.failure ?? times.failure {
            throw RecordingError(
                message:
                    "cannot write to '\(folder.path)': \(reason); \(RecordingForm.unfinished) there holds what has come"
            )
        }
        judge.read(chunk)
    }

    /// Takes back what ``init(_:overwrites:)`` has made.
    func abandon() {
        for file in Self.unfinished(in: folder) { try? FileManager.default.removeItem(at: file) }
        if isNewFolder { try? FileManager.default.removeItem(at: folder) }
    }

    /// Gives the files their names, in place of an older recording's.
    ///
    /// - Returns: What has been recorded, in words; nil where nothing has come, and nothing is left behind.
    mutating func finish() throws -> String? {
        guard bytes > 0 else {
            abandon()
            return nil
        }
        let manager = FileManager.default
        let framing = judge.finish()
        do {
            let unfinished = Self.unfinished(in: folder)
            for file in RecordingForm.files(in: folder) {
                if !unfinished.contains(where: { $0.lastPathComponent == file.lastPathComponent }) {
                    try manager.removeItem(at: file)
                }
            }
            let names = [RecordingForm.stream(framing), RecordingForm.times]
            for (file, name) in zip(unfinished, names) {
                try manager.moveItem(at: file, to: folder.appendingPathComponent(name))
            }
        } catch {
            throw RecordingError(message: "cannot write to '\(folder.path)': \(error.localizedDescription)")
        }
        let seconds = ((last ?? .now) - (start ?? .now)) / .seconds(1)
        let time = "\(reads) read\(reads == 1 ? "" : "s") over \(String(format: "%.2f", seconds)) s"
        return "recorded \(bytes) bytes in \(time) in '\(folder.relativePath)': \(judge.words)"
    }

    /// The stream and its times, before they have their names.
    private static func unfinished(in folder: URL) -> [URL] {
        ["", ".times"].map { folder.appendingPathComponent(RecordingForm.unfinished + $0) }
    }
}

/// Reads along, to say what a recorded stream is and how it has ended.
private struct StreamJudge: ~Copyable {
    private var parser: StreamParser?
    private var frames = FrameParser(framing: nil)
    private var format: String?
    private var problem: String?
    private var status: StreamEnd.Status?

    init() { parser = try? StreamParser() }

    mutating func read(_ chunk: RawSpan) {
        if frames.framing == nil { _ = frames.read(chunk) }
        guard problem == nil, parser != nil else { return }
        do {
            var reader = parser!.read(chunk)
            while try reader.next() != nil {}
        } catch {
            problem = error.description
        }
    }

    /// - Returns: The framing of the stream.
    mutating func finish() -> Framing {
        if problem == nil, parser != nil {
            do {
                status = try parser!.finish { _ in }.status
            } catch {
                problem = error.description
            }
        }
        format = parser?.formatName
        return frames.framing ?? .sse
    }

    var words: String {
        let name = format ?? "of no known format"
        if let problem { return "\(name); \(problem)" }
        switch status {
        case .complete: return "\(name), complete"
        case .truncated: return "\(name), without its terminal marker (truncated)"
        case .failed: return "\(name), carrying an error"
        case .empty: return "\(name), empty"
        case nil: return name
        }
    }
}
