import CBaselines
import Sluice

/// Where Sluice's framer finds the bytes.
protocol SluiceBuffer {
    static var name: String { get }
    static var about: String { get }
    static var layout: BufferLayout { get }
    static var isBorrowed: Bool { get }
}

enum Borrowed: SluiceBuffer {
    static let name = "borrowed"
    static let about = "borrowed chunk"
    static let layout = BufferLayout.mirrored
    static let isBorrowed = true
}

enum Ring: SluiceBuffer {
    static let name = "ring"
    static let about = "mirrored ring"
    static let layout = BufferLayout.mirrored
    static let isBorrowed = false
}

enum Linear: SluiceBuffer {
    static let name = "linear"
    static let about = "linear buffer"
    static let layout = BufferLayout.linear
    static let isBorrowed = false
}

/// Where payloads are copied to; apart from the strategy, which is busy while its frames are read.
private final class Scratch {
    var bytes: [UInt8] = []
}

/// Sluice's vector scan, with another reader behind it.
struct SluiceFraming<Buffer: SluiceBuffer>: FramingStrategy, ~Copyable {
    static var name: String { "sluice-" + Buffer.name }
    static var buffer: String { Buffer.name }
    static var about: String { "Sluice: " + Buffer.about }
    static var isLines: Bool { false }
    private var parser: FrameParser
    private let scratch = Scratch()

    init(_ framing: Framing) { parser = FrameParser(framing: framing, layout: Buffer.layout) }

    mutating func feed(_ chunk: UnsafeRawBufferPointer, _ reader: inout some PayloadReader) throws {
        let scratch = scratch
        let span = Span<UInt8>(_bytes: RawSpan(_unsafeBytes: chunk))
        if Buffer.isBorrowed {
            var frames = parser.read(span)
            while let frame = try frames.next() {
                try frame.payload.withUnsafeBytes { try Self.pass($0, chunk, scratch, &reader) }
            }
        } else {
            try parser.fill(span)
            var frames = parser.pull()
            while let frame = try frames.next() {
                try frame.payload.withUnsafeBytes { try Self.pass($0, nil, scratch, &reader) }
            }
        }
    }

    mutating func finish(_ reader: inout some PayloadReader) throws {
        let scratch = scratch
        var frames = parser.finish(flush: true)
        while let frame = try frames.next() {
            try frame.payload.withUnsafeBytes { try Self.pass($0, nil, scratch, &reader) }
        }
    }

    /// Only the caller's chunk is known to have padding behind it; what lies elsewhere is copied for readers that need it.
    @inline(__always)
    private static func pass<Reader: PayloadReader>(
        _ payload: UnsafeRawBufferPointer, _ chunk: UnsafeRawBufferPointer?, _ scratch: Scratch, _ reader: inout Reader
    ) throws {
        guard let address = payload.baseAddress else { return }
        if !Reader.needsPadding { return try reader.read(payload) }
        if let chunk, let start = chunk.baseAddress, address >= start, address < start + chunk.count {
            return try reader.read(payload)
        }
        scratch.bytes.removeAll(keepingCapacity: true)
        scratch.bytes.append(contentsOf: payload)
        scratch.bytes.append(contentsOf: repeatElement(0x20, count: Int(BASELINE_PADDING)))
        try scratch.bytes.withUnsafeBytes { try reader.read(UnsafeRawBufferPointer(rebasing: $0[..<payload.count])) }
    }
}
