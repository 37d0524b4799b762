internal import Foundation
public import Sluice

/// Takes to files what an `Accumulator` does not hold any more, so that an answer of any length streams in bounded memory.
///
/// ```swift
/// var limits = Limits()
/// limits.maxAccumulatedBytes = 4096
/// var parser = try StreamParser(format: .textField)
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
/// Each text has a file of its own, made with its first piece; what a file held before is gone. The text of choice 0 is in the
/// file that you name, and beside it, with these endings: `.reasoning`, `.plan`, `.refusal`, `.call-0` (the arguments of the
/// call at that position), and for other choices `.choice-1`, `.choice-1.reasoning` and so on.
///
/// At most ``maxOpenFiles`` files are open at once, whatever the number of texts: one that was not written to for long is
/// closed, and opened again for its next piece.
public struct FileSpill: SpillSink {
    /// Files that are open at once.
    public static var maxOpenFiles: Int { 16 }

    /// The file that takes the text of choice 0.
    public let path: String
    /// Bytes that each file has.
    private var sizes: [Accumulator.Part: UInt64] = [:]
    /// Open files, the one that was written to last at the end.
    private var open: [(part: Accumulator.Part, file: FileHandle)] = []

    /// No file is made before there is something to write.
    public init(_ path: String) {
        self.path = path
    }

    /// Where a part is written.
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

    /// The files that were made.
    public var paths: [String] { sizes.keys.map { path(of: $0) }.sorted() }

    /// Writes one more piece behind those before it.
    ///
    /// - Throws: `sinkFailed`, with the system's reason. Of a piece that could not be written whole, nothing stays in the file.
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

    /// Ends the files. All are closed, whichever of them fail.
    ///
    /// - Throws: `sinkFailed` for the first that failed, with the system's reason.
    public mutating func close() throws(SluiceError) {
        var first: SluiceError?
        while !open.isEmpty {
            do { try closeOldest() } catch { first = first ?? error }
        }
        if let first { throw first }
    }

    /// What is copied and written at once, in bytes: it bounds the memory that a large piece takes.
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
        // Foundation's own words are vaguer than the system's beneath them.
        let cause = (error as NSError).userInfo[NSUnderlyingErrorKey] as? any Error ?? error
        let reason = cause.localizedDescription.replacing("The operation could not be completed. ", with: "")
        return SluiceError(.sinkFailed, detail: "cannot \(action) \(path(of: part)): \(reason)")
    }
}
