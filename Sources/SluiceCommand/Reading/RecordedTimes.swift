import Foundation

/// The lines of a recording's `stream.times`, one by one: memory does not grow with them.
struct RecordedTimes: ~Copyable {
    enum Line: Equatable {
        case read(nanoseconds: UInt64, count: Int)
        /// A blank line: the next response begins.
        case boundary
    }

    private let path: String
    private let file: InputFile
    /// The recording goes on, or was interrupted: the last line may be cut, and times of the last bytes may be missing.
    let isUnfinished: Bool
    /// Responses that have bytes.
    private(set) var responses = 0
    private var buffer = [UInt8](repeating: 0, count: 64 << 10)
    private var position = 0
    private var filled = 0
    private var line = 0
    private var last: UInt64 = 0

    /// Looks for the times of the stream at `path`; nil where nobody noted them.
    ///
    /// - Parameter size: Bytes of the stream; the times have to add up to it.
    static func of(_ path: String, size: Int?) throws -> RecordedTimes? {
        let url = URL(fileURLWithPath: path)
        let name = url.lastPathComponent
        guard let size, RecordingForm.streams.contains(name) || name == RecordingForm.unfinished[0] else { return nil }
        let isUnfinished = name == RecordingForm.unfinished[0]
        let sidecar = url.deletingLastPathComponent()
            .appendingPathComponent(isUnfinished ? RecordingForm.unfinished[1] : RecordingForm.times).path
        guard System.kind(of: sidecar) != nil else { return nil }
        var first = try RecordedTimes(sidecar, isUnfinished)
        let responses = try first.check(size)
        var times = try RecordedTimes(sidecar, isUnfinished)
        times.responses = responses
        return times
    }

    private init(_ path: String, _ isUnfinished: Bool) throws(SystemError) {
        self.path = path
        self.isUnfinished = isUnfinished
        file = try InputFile(path)
    }

    /// Reads all lines, and returns the number of responses.
    private mutating func check(_ size: Int) throws -> Int {
        var (responses, total, isOpen) = (0, 0, false)
        while let line = try next() {
            guard case .read(_, let count) = line else {
                isOpen = false
                continue
            }
            guard count <= size - total else {
                throw RecordingError(
                    message: "'\(path)', line \(self.line): the stream has \(size) bytes, and not so many")
            }
            total += count
            if !isOpen { responses += 1 }
            isOpen = true
        }
        if total != size && !isUnfinished {
            throw RecordingError(message: "'\(path)' reports \(total) bytes, but the stream has \(size)")
        }
        return responses
    }

    /// The next line, or nil at the end.
    mutating func next() throws -> Line? {
        var text: [UInt8] = []
        while true {
            if position == filled {
                filled = try file.read(into: &buffer)
                position = 0
                if filled == 0 { return text.isEmpty || isUnfinished ? nil : try parse(text) }
            }
            let byte = buffer[position]
            position += 1
            if byte == 0x0A { return try parse(text) }
            // Two numbers and a tab have 41 digits at most.
            guard text.count < 64 else { throw unreadable }
            text.append(byte)
        }
    }

    private mutating func parse(_ text: [UInt8]) throws -> Line {
        line += 1
        if text.isEmpty {
            last = 0
            return .boundary
        }
        let fields = text.split(separator: 0x09, omittingEmptySubsequences: false)
        guard fields.count == 2, let time = Self.number(fields[0]), let bytes = Self.number(fields[1]),
            let count = Int(exactly: bytes)
        else { throw unreadable }
        guard time >= last else {
            throw RecordingError(message: "'\(path)', line \(line): earlier than the read before it")
        }
        last = time
        return .read(nanoseconds: time, count: count)
    }

    private var unreadable: RecordingError {
        RecordingError(
            message: "'\(path)', line \(max(1, line)): expected nanoseconds, a tab, and bytes that the stream has")
    }

    private static func number(_ digits: ArraySlice<UInt8>) -> UInt64? {
        guard !digits.isEmpty else { return nil }
        var number: UInt64 = 0
        for digit in digits {
            guard (0x30...0x39).contains(digit) else { return nil }
            let (product, first) = number.multipliedReportingOverflow(by: 10)
            let (sum, second) = product.addingReportingOverflow(UInt64(digit - 0x30))
            if first || second { return nil }
            number = sum
        }
        return number
    }
}

/// A file's bytes in blocks, of which as many are taken as a recorded read has.
struct BlockReader: ~Copyable {
    private var buffer = [UInt8](repeating: 0, count: 64 << 10)
    private var position = 0
    private var filled = 0

    /// Up to `count` bytes; empty at the end.
    mutating func next(_ count: Int, of file: Input) throws(SystemError) -> ArraySlice<UInt8> {
        if position == filled {
            filled = try file.read(into: &buffer)
            position = 0
        }
        let end = position + min(filled - position, count)
        defer { position = end }
        return buffer[position..<end]
    }
}
