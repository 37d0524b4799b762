import CSluiceScan
import Testing

@testable import Sluice
@testable import SluiceTestSupport

// Every version of the scans that runs here against a loop over bytes.

@Suite("scanner")
struct ScannerTests {
    static let versions: [c_sluice_scan_version] = [
        C_SLUICE_SCAN_PORTABLE, C_SLUICE_SCAN_AVX2, C_SLUICE_SCAN_AVX512, C_SLUICE_SCAN_NEON,
    ].filter { c_sluice_scan_version_available($0) }

    @Test("every version finds what a loop finds, at every alignment and length", arguments: Scan.allCases)
    func alignmentsAndLengths(scan: Scan) {
        for density in Densities.allCases {
            var generator = SeededGenerator(seed: 3)
            let bytes = density.bytes(300, scan.delimiters, &generator)
            let wanted = scan.naive(bytes)
            for version in Self.versions {
                for alignment in 0..<64 {
                    for length in 0...300 {
                        let offsets = Lent(bytes.prefix(length), alignment: alignment).scan(
                            scan, version, capacity: 320)
                        guard offsets == Array(wanted.prefix { $0 < length }) else {
                            Issue.record(
                                "\(name(version)), \(density), alignment \(alignment), length \(length): \(offsets ?? [])"
                            )
                            return
                        }
                    }
                }
            }
        }
    }

    @Test("a scan stops where its offsets are full and goes on from there", arguments: Scan.allCases)
    func capacities(scan: Scan) {
        for density in Densities.allCases {
            var generator = SeededGenerator(seed: 4)
            let bytes = density.bytes(5003, scan.delimiters, &generator)
            let wanted = scan.naive(bytes)
            for version in Self.versions {
                for capacity in [64, 65, 127, 128, 129, 255, 256, 257, 1024] {
                    let found = Lent(bytes[...], alignment: 5).scan(scan, version, capacity: capacity)
                    #expect(found == wanted, "\(name(version)), \(density), capacity \(capacity)")
                }
            }
        }
    }

    @Test("a scan with less than the least room does nothing", arguments: Scan.allCases)
    func tooFewOffsets(scan: Scan) {
        for version in Self.versions {
            let found = Lent([0x0A, 0x7B], alignment: 0).scan(
                scan, version, capacity: Int(C_SLUICE_SCAN_MIN_CAPACITY) - 1)
            #expect(found == nil, "\(name(version))")
        }
    }

    @Test("the version in use is one that runs here and has a name")
    func activeVersion() {
        let active = c_sluice_scan_active_version()
        #expect(Self.versions.contains(active))
        #expect(["portable", "avx2", "avx512", "neon"].contains(name(active)))
        #expect(Self.versions.contains(C_SLUICE_SCAN_PORTABLE))
    }

    @Test(
        "marks come in order across blocks, and every byte is scanned once",
        arguments: [1, 63, 64, 65, 1000, 32_768, 100_000])
    func marks(length: Int) {
        var generator = SeededGenerator(seed: UInt64(length))
        let scan = Scan.lineEnds
        for density in Densities.allCases {
            let bytes = density.bytes(length, scan.delimiters, &generator)
            var scanner = Scanner()
            var scanned = 0
            var total: UInt64 = 0
            var found: [UInt32] = []
            bytes.withWindow { window in
                while let mark = scanner.nextMark(in: window, .lineEnds, scanned: &scanned, total: &total) {
                    found.append(UInt32(mark))
                }
            }
            #expect(found == scan.naive(bytes), "\(density)")
            #expect(scanned == length)
            #expect(total == length)
        }
    }

    private func name(_ version: c_sluice_scan_version) -> String {
        unsafe String(cString: c_sluice_scan_version_name(version))
    }
}

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
