import Testing

@testable import Sluice
@testable import SluiceTestSupport

// What a stream holds is bounded by its limits and does not grow with the length of the stream.

@Suite("memory")
struct MemoryTests {
    static let feedings = [Feeding.borrowed, .ring, .linear, .mixed]

    static let endless: [(framing: Framing, opening: String, filling: String, mebibytes: Int)] = [
        (.sse, "data: ", "x", 64), (.ndjson, "{\"a\":\"", "x", 16), (.jsonArray, "[{\"a\":\"", "x", 16),
        (.jsonArray, "[", "{\"a\":", 4),
    ]

    @Test("a line without an end holds no more than a few times the limit", arguments: endless)
    func endlessLine(_ framing: Framing, _ opening: String, _ filling: String, _ mebibytes: Int) {
        var limits = Limits()
        limits.maxEventBytes = 1 << 20
        let chunk = Array(String(repeating: filling, count: 65_536 / filling.utf8.count).utf8)
        for feeding in Self.feedings {
            var held = HeldMemory(framing: framing, limits: limits, feeding: feeding)
            held.read(Array(opening.utf8))
            for _ in 0..<(mebibytes * 16) { held.read(chunk) }
            #expect(held.most <= 4 << 20, "\(feeding): \(held.most) bytes")
            #expect(held.log.problems.map(\.code) == ["event-too-large"], "\(feeding)")
        }
    }

    static let idle: [(Framing, String)] = [
        (.sse, ": keepalive\n"), (.sse, ":\n\n"), (.sse, "\n"), (.sse, "\r\n"), (.sse, "id: 12\n"),
        (.sse, "retry: 5\n"),
        (.sse, "event: ping\n\n"), (.sse, "unknown: field\n"), (.sse, "data: x\n\n"), (.sse, "data: x\ndata: y\n\n"),
        (.ndjson, "\n"), (.ndjson, " \r\n"), (.ndjson, "{\"a\":1}\n"), (.jsonArray, " ,\n"),
        (.jsonArray, "{\"a\":[1]},"),
    ]

    @Test("a stream that goes on forever holds a few KiB", arguments: idle)
    func foreverIdle(_ framing: Framing, _ piece: String) {
        var limits = Limits()
        limits.maxEventBytes = 4096
        for feeding in Self.feedings {
            for (size, total) in [(5, 40_000), (1448, 300_000)] {
                let bytes = Array(String(repeating: piece, count: total / piece.utf8.count).utf8)
                var held = HeldMemory(framing: framing, limits: limits, feeding: feeding)
                for chunk in Chunks(bytes, of: size).slices { held.read(Array(chunk)) }
                #expect(held.most <= 16_384, "\(feeding), \(size): \(held.most) bytes")
                #expect(held.log.problems.isEmpty, "\(feeding), \(size)")
            }
        }
    }

    @Test("garbage between AWS messages is passed over without being kept")
    func awsGarbage() {
        var generator = SeededGenerator(seed: 9)
        for feeding in Self.feedings {
            var held = HeldMemory(framing: .awsEventStream, limits: Limits(), feeding: feeding)
            for _ in 0..<100 { held.read(generator.bytes(1448)) }
            held.read(AWSMessage(payload: "{}", event: "chunk").bytes)
            #expect(held.most <= 16_384, "\(feeding): \(held.most) bytes")
            #expect(held.log.problems.count == 1)
            #expect(held.log.frames.count == 1)
        }
    }

    @Test("a stream that has failed does not keep what is filled in", arguments: [Feeding.ring, .linear])
    func failedStream(feeding: Feeding) {
        var limits = Limits()
        limits.maxEventBytes = 1000
        limits.whenExceeded = .fail
        var held = HeldMemory(framing: .sse, limits: limits, feeding: feeding)
        let chunk = Array(repeating: UInt8(ascii: "x"), count: 65_536)
        for _ in 0..<64 { held.read(chunk) }
        #expect(held.most <= 4 * 65_536, "\(held.most) bytes")
        #expect(held.log.problems.count == 1)
    }

    @Test("input whose framing never shows is bounded too", arguments: feedings)
    func undetected(feeding: Feeding) {
        var held = HeldMemory(framing: nil, limits: Limits(), feeding: feeding)
        for _ in 0..<1000 { held.read(Array(repeating: 0x20, count: 1448)) }
        #expect(held.most <= 32 << 20, "\(held.most) bytes")
    }
}
