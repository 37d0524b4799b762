import Sluice

/// A file, a pipe or a terminal, decompressed and without HTTP's framing where its first bytes show such a thing.
final class Input {
    private let source: FileSource
    private let decoded: DetectingSource
    private let notes = InputNotes()
    private let follows: Bool
    /// Decoded bytes that have not been read yet: from `position` to `count`.
    private var buffer = [UInt8](repeating: 0, count: FeedOptions.defaultBytes)
    private var position = 0
    private var count = 0
    private(set) var hasEnded = false
    /// What has ended the input before its end.
    private(set) var problem: InputProblem?

    /// Opens the file of that path; `-` is standard input.
    ///
    /// - Parameter follows: The end of a regular file is not the end of the input.
    init(_ path: String, follows: Bool = false) throws(SystemError) {
        let file = try InputFile(path)
        self.follows = follows && file.size != nil
        source = FileSource(file, follows: follows)
        decoded = DetectingSource(source, .file, notes)
    }

    /// Bytes of a regular file when it was opened; nil for what has no size, such as a pipe.
    var size: Int? { source.file.size }

    /// Bytes of a regular file as it is now.
    var currentSize: Int? { source.file.currentSize }

    /// Bytes read from the file so far, before they are decoded.
    var total: Int { source.total }

    /// How the bytes differ from those of the file, for messages: offsets count decoded bytes. Empty where they do not.
    var form: String {
        let parts = isPlain ? [] : decoded.form
        return parts.isEmpty ? "" : " (\(parts.joined(separator: ", ")))"
    }

    /// The bytes are the file's own, and nothing of them is buffered here.
    private var isPlain: Bool { decoded.isPlain && position == count }

    /// Waits until ``read(into:)`` would not; false where `limit` passes before.
    func isReady(within limit: Duration?) -> Bool {
        if position < count || hasEnded { return true }
        if isPlain { return source.file.isReady(within: limit) }
        let end = limit.map { ContinuousClock.now + $0 }
        while !Interrupt.isRequested {
            do {
                switch try decoded.take(into: &buffer) {
                case .bytes(let new):
                    (position, count) = (0, new)
                    return true
                case .end:
                    hasEnded = true
                    return true
                case .nothing: break
                }
            } catch {
                problem = error
                hasEnded = true
                return true
            }
            var rest = end.map { max(.zero, $0 - .now) }
            if rest == .zero { return false }
            if follows { rest = min(rest ?? Watch.glance, Watch.glance) }
            var waits: [Wait] = []
            decoded.addWaits(to: &waits)
            _ = System.ready(waits, within: rest)
        }
        return true
    }

    /// Whether a read would find something now, or the end. With ``addWaits(to:)`` this waits for several inputs at once.
    var isReady: Bool {
        guard isPlain, let size = currentSize else { return isReady(within: .zero) }
        return size != total || !follows
    }

    /// Adds the descriptors on which ``isReady`` depends.
    func addWaits(to waits: inout [Wait]) {
        if !hasEnded { decoded.addWaits(to: &waits) }
    }

    /// Reads what there is: at least one byte; 0 at the end, when the user asked to stop, and at the present end of a file
    /// that may grow.
    func read(into space: inout [UInt8]) throws(SystemError) -> Int {
        if isPlain && !hasEnded {
            let size = try source.file.read(into: &space)
            source.total += size
            hasEnded = size == 0 && !follows
            return size
        }
        guard try fill() else { return 0 }
        let size = min(space.count, count - position)
        space.replaceSubrange(..<size, with: buffer[position..<position + size])
        position += size
        return size
    }

    /// The same into the parser's own ring, up to `most` bytes.
    func read(_ most: Int, into parser: inout StreamParser) throws -> Int {
        if isPlain && !hasEnded {
            let size = try source.file.read(most, into: &parser)
            source.total += size
            hasEnded = size == 0 && !follows
            return size
        }
        guard try fill() else { return 0 }
        let size = min(most, count - position)
        let bytes = buffer
        try parser.fill(bytes.span.extracting(position..<position + size))
        position += size
        return size
    }

    /// Makes sure that there are decoded bytes; false where there are none.
    private func fill() throws(SystemError) -> Bool {
        guard isReady(within: follows ? Watch.glance : nil), position < count else {
            if let error = problem?.systemError { throw error }
            return false
        }
        return true
    }

    /// What is to be reported of the input, once each.
    func takeNotes() -> [(message: String, status: ExitStatus)] {
        defer { notes.lines = [] }
        return notes.lines
    }
}
