internal import Foundation
public import Sluice

/// Writes the text that exceeds an `Accumulator`'s limit to files, so that an answer of any length takes bounded memory.
///
/// ```swift
/// var limits = Limits()
/// limits.maxAccumulatedBytes = 4096
/// var parser = StreamParser(format: .textField)
/// var answer = Accumulator(limits: limits)
/// var spill = FileSpill(path)
/// while let chunk = nextChunk() {
///     var reader = parser.read(chunk.span)
///     while let delta = try reader.next() { try answer.add(delta, spillingTo: &spill) }
/// }
/// try answer.spill(to: &spill)
/// try spill.close()
/// ```
///
/// Each text has its own file, created with its first piece; an existing file is overwritten. The text of choice 0 is in the
/// file at ``path``. Other texts add a suffix to it: `.reasoning`, `.plan`, `.refusal`, `.call-0` (the arguments of the call
/// at that position), and for other choices `.choice-1`, `.choice-1.reasoning` and so on.
///
/// At most ``maxOpenFiles`` files are open at once, for any number of texts: the least recently written one is closed, and
/// reopened for its next piece.
public struct FileSpill: SpillSink {
    /// The maximum number of open files.
    public static var maxOpenFiles: Int { 16 }

    /// The path of the file with the text of choice 0.
    public let path: String
    /// The size of each file in bytes.
    private var sizes: [Accumulator.Part: UInt64] = [:]
    /// The open files, the most recently written one last.
    private var open: [(part: Accumulator.Part, file: FileHandle)] = []

    /// Creates a sink that writes to `path`. No file is created before the first piece of its text.
    public init(_ path: String) {
        self.path = path
    }

    /// Returns the path of the file of a part.
    public func path(of part: Accumulator.Part) -> String {
        let choice = part.choice == 0 ? path : "\(path).choice-\(part.choice)"
        switch part.field {
        case .text: return choice
        case .reasoning: return choice + ".reasoning"
        case .toolPlan: return choice + ".plan"
        case .refusal: return choice + ".refusal"
        case .arguments(let call): return choice + ".call-\(call)"
        }
    }

    /// The paths of the files that were created.
    public var paths: [String] { sizes.keys.map { path(of: $0) }.sorted() }

    /// Appends a piece to the file of its part.
    ///
    /// - Throws: `sinkFailed`, with the system's reason. A piece that could not be written completely is removed from the file.
    public mutating func take(_ bytes: RawSpan, of part: Accumulator.Part) throws(SluiceError) {
        let file = try file(of: part)
        let size = sizes[part] ?? 0
        do {
            var written = 0
            while written < bytes.byteCount {
                let end = min(bytes.byteCount, written + Self.writeBytes)
                try file.write(contentsOf: bytes.extracting(written..<end).copiedBytes)
                written = end
            }
        } catch {
            try? file.truncate(atOffset: size)
            throw failure("write", part, error)
        }
        sizes[part] = size + UInt64(bytes.byteCount)
    }

    /// Closes all files, even if some of them fail.
    ///
    /// - Throws: `sinkFailed` for the first failure, with the system's reason.
    public mutating func close() throws(SluiceError) {
        var first: SluiceError?
        while !open.isEmpty {
            do { try closeOldest() } catch { first = first ?? error }
        }
        if let first { throw first }
    }

    /// The maximum bytes of one write, which bounds the memory that a large piece takes.
    private static var writeBytes: Int { 1 << 20 }

    /// The part's file, open at its end.
    private mutating func file(of part: Accumulator.Part) throws(SluiceError) -> FileHandle {
        if let place = open.lastIndex(where: { $0.part == part }) {
            let known = open.remove(at: place)
            open.append(known)
            return known.file
        }
        if open.count >= Self.maxOpenFiles { try closeOldest() }
        let made: FileHandle
        do {
            let url = URL(filePath: path(of: part))
            if sizes[part] == nil { try Data().write(to: url) }
            made = try FileHandle(forWritingTo: url)
            try made.seek(toOffset: sizes[part] ?? 0)
        } catch {
            throw failure(sizes[part] == nil ? "write" : "reopen", part, error)
        }
        sizes[part] = sizes[part] ?? 0
        open.append((part, made))
        return made
    }

    private mutating func closeOldest() throws(SluiceError) {
        let (part, file) = open.removeFirst()
        do { try file.close() } catch { throw failure("close", part, error) }
    }

    private func failure(_ action: String, _ part: Accumulator.Part, _ error: any Error) -> SluiceError {
        // The underlying error of the system is more precise than Foundation's description.
        let cause = (error as NSError).userInfo[NSUnderlyingErrorKey] as? any Error ?? error
        let reason = cause.localizedDescription.replacing("The operation could not be completed. ", with: "")
        return SluiceError(.sinkFailed, detail: "cannot \(action) \(path(of: part)): \(reason)")
    }
}
