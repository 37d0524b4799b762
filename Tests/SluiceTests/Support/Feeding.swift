@testable import Sluice

/// How bytes reach a parser.
enum Feeding: String, CaseIterable, Sendable {
    /// `read` of a chunk that the test owns.
    case borrowed
    /// `fill` and `pull` through the mirrored ring.
    case ring
    /// `fill` and `pull` through plain memory.
    case linear
    /// `read` and `fill` by turns.
    case mixed

    var layout: BufferLayout { self == .linear ? .linear : .mirrored }

    /// Whether the chunk of this number goes through the parser's own buffer.
    func fills(_ number: Int) -> Bool {
        switch self {
        case .borrowed: false
        case .ring, .linear: true
        case .mixed: number % 2 == 1
        }
    }
}

/// Bytes cut into chunks.
struct Chunks: Sendable {
    let bytes: [UInt8]
    /// Where chunks after the first begin, ascending.
    let cuts: [Int]

    /// All in one chunk.
    init(whole bytes: [UInt8]) {
        self.init(bytes, at: [])
    }

    init(_ bytes: [UInt8], at cuts: [Int]) {
        self.bytes = bytes
        self.cuts = cuts
    }

    /// Chunks of `size` bytes, the last maybe shorter.
    init(_ bytes: [UInt8], of size: Int) {
        self.init(bytes, at: Array(stride(from: size, to: bytes.count, by: size)))
    }

    var slices: [ArraySlice<UInt8>] {
        zip([0] + cuts, cuts + [bytes.count]).map { bytes[$0..<$1] }
    }

    /// Whole, in every two parts, and byte by byte.
    static func everySplit(of bytes: [UInt8]) -> [Chunks] {
        var all = [Chunks(whole: bytes)]
        for cut in bytes.indices.dropFirst() { all.append(Chunks(bytes, at: [cut])) }
        all.append(Chunks(bytes, of: 1))
        return all
    }

    /// Of every size from 1 to the whole, and in every two parts.
    static func everySize(of bytes: [UInt8]) -> [Chunks] {
        everySplit(of: bytes) + bytes.indices.dropFirst(2).map { Chunks(bytes, of: $0) }
    }
}

extension Chunks: CustomStringConvertible {
    var description: String { cuts.isEmpty ? "whole" : "cut at \(cuts.prefix(24))\(cuts.count > 24 ? "…" : "")" }
}

/// Lends a copy of `bytes` that ends where its allocation ends, and that is overwritten and freed afterwards: reads beyond
/// it are the sanitizer's to see, and pointers kept too long show as wrong bytes.
func lendFresh<Failure: Error>(
    _ bytes: ArraySlice<UInt8>, _ body: (Span<UInt8>) throws(Failure) -> Void
) throws(Failure) {
    let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: bytes.count, alignment: 1)
    defer {
        _ = unsafe memory.initializeMemory(as: UInt8.self, repeating: 0xAA)
        unsafe memory.deallocate()
    }
    unsafe memory.copyBytes(from: bytes)
    let span = unsafe memory.assumingMemoryBound(to: UInt8.self).span
    try body(span)
}

extension RawSpan {
    /// A copy of the bytes.
    var copied: [UInt8] { unsafe withUnsafeBytes { unsafe Array($0) } }
}
