import Testing

@testable import Sluice
@testable import SluiceTestSupport

@Suite("NDJSON and JSON arrays against a slow reading")
struct JSONReferenceTests {
    @Test("drawn NDJSON is cut as the slow reading cuts it", arguments: Seeds.rounds(200))
    func drawnLines(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let bytes = JSONGenerator.lines(&generator)
        for flush in [false, true] {
            check(bytes, .ndjson, flush: flush, wanted: ReferenceNDJSON.log(bytes, flush: flush), &generator, seed)
        }
    }

    @Test("drawn JSON arrays are cut as the slow reading cuts them", arguments: Seeds.rounds(200))
    func drawnArrays(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let bytes = JSONGenerator.array(&generator)
        for flush in [false, true] {
            check(
                bytes, .jsonArray, flush: flush, wanted: ReferenceJSONArray.log(bytes, flush: flush), &generator, seed)
        }
    }

    @Test("drawn streams give the same log however they are cut", arguments: Seeds.rounds(60))
    func drawnSplits(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let inputs: [(Framing, [UInt8])] = [
            (.ndjson, JSONGenerator.lines(&generator)), (.jsonArray, JSONGenerator.array(&generator)),
        ]
        for (framing, bytes) in inputs {
            let run = FrameRun(framing: framing, flush: true)
            let difference = run.difference(from: run.log(Chunks(whole: bytes)), over: Chunks.everySplit(of: bytes))
            #expect(difference == nil, "seed \(seed), \(VisibleBytes.write(bytes))")
        }
    }

    private func check(
        _ bytes: [UInt8], _ framing: Framing, flush: Bool, wanted: FrameLog, _ generator: inout SeededGenerator,
        _ seed: UInt64
    ) {
        let chunks =
            [Chunks(whole: bytes), Chunks(bytes, of: 1)] + (0..<6).map { _ in generator.cuts(of: bytes, most: 8) }
        let difference = FrameRun(framing: framing, flush: flush).difference(from: wanted, over: chunks) {
            var log = $0.withoutExcerpts
            log.endedInsideEvent = false
            return log
        }
        #expect(difference == nil, "seed \(seed), flush \(flush), \(VisibleBytes.write(bytes))")
    }
}

/// JSON streams with what real servers and broken ones put between the documents.
enum JSONGenerator {
    private static let documents = [
        "{}", "{\"a\":1}", "{\"a\":{\"b\":[1,{\"c\":2}]}}", "{\"text\":\"}{][\"}", "{\"q\":\"\\\"}\"}",
        "{\"back\":\"\\\\\"}",
        "{\"u\":\"\\u007b grün 🙂\"}", "{ \"a\" : [ ] }", "{\"lines\":\"a\\nb\"}", "{\"x\":\"\\\\\\\"{\"}",
        "{\"a\":[[],[{}]]}",
    ]

    static func lines(_ generator: inout SeededGenerator) -> [UInt8] {
        var bytes: [UInt8] = generator.oneIn(4) ? [0xEF, 0xBB, 0xBF] : []
        for _ in 0..<Int.random(in: 0...12, using: &generator) {
            switch Int.random(in: 0..<8, using: &generator) {
            case 0: bytes += generator.pick(["", " ", "\t ", "\r", "\r\r", " \r", "\u{FEFF}"]).utf8
            case 1: bytes += generator.bytes(Int.random(in: 0...6, using: &generator))
            default: bytes += generator.pick(documents).utf8
            }
            bytes += generator.pick(["\n", "\n", "\r\n", "\n\n"]).utf8
        }
        if generator.oneIn(2) { bytes += generator.pick(documents).utf8 }
        if generator.oneIn(3) { bytes = bytes.dropLast(Int.random(in: 0...min(6, bytes.count), using: &generator)) }
        return bytes
    }

    static func array(_ generator: inout SeededGenerator) -> [UInt8] {
        var bytes: [UInt8] = generator.oneIn(4) ? [0xEF, 0xBB, 0xBF] : []
        bytes += generator.pick(["[", "[", "", "[\n", "\r\n[", " [ "]).utf8
        for _ in 0..<Int.random(in: 0...12, using: &generator) {
            bytes += generator.pick(documents).utf8
            bytes += generator.pick([",", ",\r\n", "\n,\n", "", " ", "\n", "]["]).utf8
            if generator.oneIn(8) {
                bytes += generator.pick(["null,", "1", "\"", "\\", "}", "]]", "\u{FEFF}", "x y", "\"{\""]).utf8
            }
            if generator.oneIn(12) { bytes += generator.bytes(Int.random(in: 0...6, using: &generator)) }
        }
        bytes += generator.pick(["]", "]", "]\n", "", "x"]).utf8
        if generator.oneIn(3) { bytes = bytes.dropLast(Int.random(in: 0...min(12, bytes.count), using: &generator)) }
        return bytes
    }
}
