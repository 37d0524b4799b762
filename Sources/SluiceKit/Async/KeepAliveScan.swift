internal import Sluice

/// Finds out whether a chunk brings more than keep-alives, whatever the format is.
///
/// It follows lines, across chunks, and knows of Server-Sent Events what a keep-alive looks like: comments, blank lines, and
/// events that begin with the type of a keep-alive. Anything else counts, and so does every byte of a binary stream. A line
/// that may still become the type of a keep-alive does not count before it is whole.
struct KeepAliveScan {
    /// The beginning of the unfinished line.
    private var line: [UInt8] = []
    private var isBehindReturn = false
    /// The unfinished event has the type of a keep-alive.
    private var isQuiet = false
    /// The stream is a sequence of AWS messages, whose first byte is 0. Nil before the first byte.
    private var isBinary: Bool?

    /// More bytes of a line decide nothing.
    private static var lineBytes: Int { 32 }
    private static let types = Set(keepAliveKinds.map { Array("\($0)".utf8) })
    private static let field = Array("event:".utf8)

    /// Takes the next chunk, and returns whether anything in it counts.
    mutating func takes(_ chunk: [UInt8]) -> Bool {
        let isBinary = isBinary ?? (chunk.first == 0)
        self.isBinary = isBinary
        if isBinary { return true }
        var counts = false
        for byte in chunk {
            let isFeed = byte == 0x0A
            if isFeed && isBehindReturn {
                isBehindReturn = false
                continue
            }
            isBehindReturn = byte == 0x0D
            if isFeed || isBehindReturn {
                if endLine() { counts = true }
            } else if line.count < Self.lineBytes {
                line.append(byte)
            }
        }
        return counts || beginsMore
    }

    /// Ends the current line, and returns whether it counts.
    private mutating func endLine() -> Bool {
        defer { line.removeAll(keepingCapacity: true) }
        if line.isEmpty {
            isQuiet = false
            return false
        }
        if line[0] == 0x3A || isQuiet { return false }
        guard line.starts(with: Self.field) else { return true }
        let type = line.dropFirst(Self.field.count)
        isQuiet = Self.types.contains(Array(type.first == 0x20 ? type.dropFirst() : type))
        return !isQuiet
    }

    /// Whether the unfinished line already shows that it counts.
    private var beginsMore: Bool {
        guard !isQuiet, let first = line.first, first != 0x3A else { return false }
        let isField = line.starts(with: Self.field) || Self.field.starts(with: line)
        return !isField || line.count == Self.lineBytes
    }
}
