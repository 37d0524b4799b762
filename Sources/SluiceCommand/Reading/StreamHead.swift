import Sluice

/// The first bytes of a stream: how it begins, and while its format is not known, what paths its first document has.
struct StreamHead {
    private var first: UInt8?
    private var bytes: [UInt8] = []

    /// Bytes that are kept at most.
    private static var mostBytes: Int { 64 << 10 }
    /// Paths that a message names at most.
    private static var mostPaths: Int { 5 }

    /// Something other than white space has come.
    var hasStart: Bool { first != nil }

    /// It begins as a JSON object does, and not as Server-Sent Events, an array or Amazon's messages do.
    var isDocument: Bool { first == 0x7B }

    mutating func add(_ chunk: Span<UInt8>, keepsBytes: Bool) {
        if first == nil {
            for index in chunk.indices where !Self.isIgnored(chunk[index]) {
                first = chunk[index]
                break
            }
        }
        guard keepsBytes else {
            bytes = []
            return
        }
        let room = min(chunk.count, Self.mostBytes - bytes.count)
        for index in 0..<max(0, room) { bytes.append(chunk[index]) }
    }

    /// White space, or a byte of a byte order mark.
    private static func isIgnored(_ byte: UInt8) -> Bool {
        [0x20, 0x09, 0x0A, 0x0D, 0xEF, 0xBB, 0xBF].contains(byte)
    }

    /// The paths of strings in the first document that has any, the longest strings first.
    var textPaths: [String] {
        guard !bytes.isEmpty else { return [] }
        var parser = FrameParser(framing: nil)
        var reader = parser.read(bytes.span)
        let found = Self.paths(&reader)
        if !found.isEmpty { return found }
        var rest = parser.finish(flush: true)
        return Self.paths(&rest)
    }

    /// The paths in the first frame that has any; a frame that cannot be read has none.
    private static func paths(_ reader: inout FrameReader) -> [String] {
        while true {
            do {
                guard let frame = try reader.next() else { return [] }
                let found = StringPaths.longest(mostPaths, of: frame.payload)
                if !found.isEmpty { return found }
            } catch {
                if error.code == .outOfMemory || error.code == .notAStream { return [] }
            }
        }
    }
}
