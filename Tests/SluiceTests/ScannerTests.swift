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
