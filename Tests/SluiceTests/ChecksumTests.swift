import Testing

@testable import Sluice
@testable import SluiceTestSupport

@Suite("CRC-32")
struct ChecksumTests {
    static let vectors: [(String, [UInt8], UInt32)] = [
        ("nothing", [], 0),
        ("the check value", Array("123456789".utf8), 0xCBF4_3926),
        ("one letter", Array("a".utf8), 0xE8B7_BE43),
        ("three letters", Array("abc".utf8), 0x3524_41C2),
        ("a sentence", Array("The quick brown fox jumps over the lazy dog".utf8), 0x414F_A339),
        ("32 zeros", Array(repeating: 0, count: 32), 0x190A_55AD),
        ("32 ones", Array(repeating: 0xFF, count: 32), 0xFF6C_AB0B),
        ("32 numbers", Array(0..<32), 0x9126_7E8A),
    ]

    @Test("published values", arguments: vectors)
    func published(_ name: String, _ bytes: [UInt8], _ wanted: UInt32) {
        #expect(Lent(bytes[...], alignment: 0).checksum == wanted)
        #expect(AWSMessage.checksum(bytes) == wanted)
        #expect(bytes.withWindow { checksum($0, 0, $0.count) } == wanted)
    }

    @Test("at every alignment and length it is what bit by bit gives")
    func alignmentsAndLengths() {
        var generator = SeededGenerator(seed: 5)
        let bytes = generator.bytes(100)
        for length in 0...100 {
            let wanted = AWSMessage.checksum(bytes.prefix(length))
            for alignment in 0..<16 where Lent(bytes.prefix(length), alignment: alignment).checksum != wanted {
                Issue.record("alignment \(alignment), length \(length)")
            }
        }
    }

    @Test("in two parts it is what it is in one")
    func parts() {
        var generator = SeededGenerator(seed: 6)
        let bytes = generator.bytes(100)
        let lent = Lent(bytes[...], alignment: 1)
        let wanted = AWSMessage.checksum(bytes)
        for cut in 0...100 where lent.checksum(cutAt: cut) != wanted { Issue.record("cut at \(cut)") }
    }
}
