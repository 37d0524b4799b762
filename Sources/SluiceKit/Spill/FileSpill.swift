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
public struct FileSpill: SpillSink {
    /// The file that takes the text of choice 0.
    public let path: String
    private var files: [Accumulator.Part: FileHandle] = [:]

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
    public var paths: [String] { files.keys.map { path(of: $0) }.sorted() }

    /// Writes one more piece behind those before it.
    ///
    /// - Throws: `sinkFailed`, with the system's reason.
    public mutating func take(_ bytes: RawSpan, of part: Accumulator.Part) throws(SluiceError) {
        let span = Span<UInt8>(_bytes: bytes)
        do {
            try file(of: part).write(contentsOf: Data((0..<span.count).map { span[$0] }))
        } catch {
            throw failure("write", part, error)
        }
    }

    /// Ends the files.
    ///
    /// - Throws: `sinkFailed`, with the system's reason.
    public mutating func close() throws(SluiceError) {
        for (part, file) in files {
            do { try file.close() } catch { throw failure("close", part, error) }
        }
    }

    private mutating func file(of part: Accumulator.Part) throws -> FileHandle {
        if let known = files[part] { return known }
        let url = URL(filePath: path(of: part))
        try Data().write(to: url)
        let made = try FileHandle(forWritingTo: url)
        files[part] = made
        return made
    }

    private func failure(_ action: String, _ part: Accumulator.Part, _ error: any Error) -> SluiceError {
        SluiceError(.sinkFailed, detail: "cannot \(action) \(path(of: part)): \(error.localizedDescription)")
    }
}
