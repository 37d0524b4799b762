import CSluiceScan

@testable import Sluice

/// A scan and the bytes it looks for.
enum Scan: String, CaseIterable, Sendable {
    case lineEnds
    case lineFeeds
    case brackets

    var delimiters: [UInt8] {
        switch self {
        case .lineEnds: [0x0A, 0x0D]
        case .lineFeeds: [0x0A]
        case .brackets: Array("{}[]\"\\".utf8)
        }
    }

    func naive(_ bytes: some Collection<UInt8>) -> [UInt32] {
        bytes.enumerated().filter { delimiters.contains($0.element) }.map { UInt32($0.offset) }
    }

    @unsafe
    func call(
        _ version: c_sluice_scan_version, _ bytes: UnsafePointer<UInt8>, _ count: Int,
        _ offsets: UnsafeMutablePointer<UInt32>, _ capacity: Int
    ) -> c_sluice_scan_result {
        switch self {
        case .lineEnds: unsafe c_sluice_scan_line_ends_with(version, bytes, count, offsets, capacity)
        case .lineFeeds: unsafe c_sluice_scan_line_feeds_with(version, bytes, count, offsets, capacity)
        case .brackets: unsafe c_sluice_scan_brackets_with(version, bytes, count, offsets, capacity)
        }
    }
}

/// How many of the bytes are delimiters, or nearly.
enum Densities: CaseIterable {
    case none
    case few
    case half
    case all
    case neighbours

    func bytes(_ count: Int, _ delimiters: [UInt8], _ generator: inout SeededGenerator) -> [UInt8] {
        (0..<count).map { _ in
            let delimiter = generator.pick(delimiters)
            switch self {
            case .none: return 0x61
            case .few: return generator.oneIn(40) ? delimiter : UInt8.random(in: .min ... .max, using: &generator)
            case .half: return generator.oneIn(2) ? delimiter : 0x20
            case .all: return delimiter
            // One bit beside a delimiter, which is what tricks with arithmetic get wrong.
            case .neighbours:
                return generator.oneIn(4) ? delimiter : delimiter ^ 1 << UInt8.random(in: 0..<8, using: &generator)
            }
        }
    }
}

/// Bytes at an alignment, which end where their allocation ends.
@safe
struct Lent: ~Copyable {
    private let memory: UnsafeMutableRawBufferPointer
    private let bytes: UnsafePointer<UInt8>
    private let count: Int

    init(_ source: ArraySlice<UInt8>, alignment: Int) {
        unsafe memory = .allocate(byteCount: alignment + source.count, alignment: 64)
        unsafe UnsafeMutableRawBufferPointer(rebasing: memory[alignment...]).copyBytes(from: source)
        count = source.count
        let start = unsafe memory.baseAddress.unsafelyUnwrapped + alignment
        unsafe bytes = UnsafePointer(start.assumingMemoryBound(to: UInt8.self))
    }

    deinit { unsafe memory.deallocate() }

    var checksum: UInt32 { unsafe c_sluice_crc32(0, bytes, count) }

    func checksum(cutAt cut: Int) -> UInt32 {
        unsafe c_sluice_crc32(c_sluice_crc32(0, bytes, cut), bytes + cut, count - cut)
    }

    /// All offsets, call by call; nil where a call breaks its contract or does nothing.
    borrowing func scan(_ scan: Scan, _ version: c_sluice_scan_version, capacity: Int) -> [UInt32]? {
        let offsets = UnsafeMutablePointer<UInt32>.allocate(capacity: capacity)
        defer { unsafe offsets.deallocate() }
        var found: [UInt32] = []
        var position = 0
        while position < count {
            let result = unsafe scan.call(version, bytes + position, count - position, offsets, capacity)
            guard result.count <= capacity, result.scanned > 0, position + result.scanned <= count else { return nil }
            guard result.scanned % 64 == 0 || position + result.scanned == count else { return nil }
            for index in 0..<result.count { found.append(UInt32(position) + (unsafe offsets[index])) }
            position += result.scanned
        }
        return found
    }
}
