import Testing

@testable import Sluice
@testable import SluiceTestSupport

@Suite("server-sent events against a slow reading of the standard")
struct SSEReferenceTests {
    @Test("drawn streams are read as the standard reads them", arguments: Seeds.rounds(400))
    func drawnStreams(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let bytes = SSEGenerator.stream(&generator)
        for flush in [false, true] {
            let wanted = ReferenceSSE.log(bytes, flush: flush)
            let chunks =
                [Chunks(whole: bytes), Chunks(bytes, of: 1)] + (0..<6).map { _ in generator.cuts(of: bytes, most: 8) }
            let difference = FrameRun(framing: .sse, flush: flush).difference(from: wanted, over: chunks) { $0.decoded }
            #expect(difference == nil, "seed \(seed), flush \(flush), \(VisibleBytes.write(bytes))")
        }
    }

    @Test("drawn streams end inside an event or not, however they are cut", arguments: Seeds.rounds(100))
    func drawnEnds(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let bytes = SSEGenerator.stream(&generator)
        let run = FrameRun(framing: .sse, flush: false)
        let difference = run.difference(from: run.log(Chunks(whole: bytes)), over: Chunks.everySplit(of: bytes))
        #expect(difference == nil, "seed \(seed), \(VisibleBytes.write(bytes))")
    }

    @Test("the reference itself reads the standard's own examples")
    func standardExamples() {
        let stocks = ReferenceSSE.log(Array("data: YHOO\ndata: +2\ndata: 10\n\n".utf8), flush: false)
        #expect(stocks.frames.map(\.data) == [Array("YHOO\n+2\n10".utf8)])
        let ids = ": test stream\n\ndata: first event\nid: 1\n\ndata:second event\nid\n\ndata:  third event\n"
        let log = ReferenceSSE.log(Array(ids.utf8), flush: false)
        #expect(log.frames.map { String(decoding: $0.data, as: UTF8.self) } == ["first event", "second event"])
        #expect(log.frames.map { String(decoding: $0.id, as: UTF8.self) } == ["1", ""])
        let empty = ReferenceSSE.log(Array("data\n\ndata\ndata\n\ndata:".utf8), flush: false)
        #expect(empty.frames.map { String(decoding: $0.data, as: UTF8.self) } == ["", "\n"])
        let spaces = ReferenceSSE.log(Array("data:test\n\ndata: test\n\n".utf8), flush: false)
        #expect(spaces.frames.map { String(decoding: $0.data, as: UTF8.self) } == ["test", "test"])
    }
}

/// Streams that bend every rule of the standard.
enum SSEGenerator {
    private static let names = [
        "data", "data", "data", "data", "event", "id", "retry", "Data", "data ", " data", "dat", "datax", "error", "",
        "d\u{E4}ta", "\u{FEFF}data", "even", "id\0",
    ]
    private static let separators = [": ", ": ", ": ", ":", ":", ":  ", " : ", "", "::", ":\t"]
    private static let values = [
        "", " ", "x", "[DONE]", "a:b", "1000", "0", "007", "-1", "+1", "1.5", "12a", "\0", "a\0b", "message", "error",
        "{\"a\":\"b\\n\"}", "grün €uro 🙂", "a\u{2028}b", "\u{2029}", "\u{85}", "\u{FEFF}", ": keepalive", "\u{B}\u{C}",
    ]

    static func stream(_ generator: inout SeededGenerator) -> [UInt8] {
        // One kind of line end throughout, as servers have it, or a mixture.
        let ends = generator.oneIn(2) ? ["\n", "\r", "\r\n"] : [generator.pick(["\n", "\r", "\r\n"])]
        var bytes: [UInt8] = generator.oneIn(4) ? [0xEF, 0xBB, 0xBF] : []
        if generator.oneIn(20) { bytes += [0xEF, 0xBB, 0xBF] }
        for _ in 0..<Int.random(in: 0...24, using: &generator) {
            bytes += line(&generator)
            bytes += generator.pick(ends).utf8
            if generator.oneIn(3) { bytes += generator.pick(ends).utf8 }
        }
        if generator.oneIn(2) { bytes += line(&generator) }
        if generator.oneIn(4) { bytes = bytes.dropLast(Int.random(in: 0...min(4, bytes.count), using: &generator)) }
        return bytes
    }

    private static func line(_ generator: inout SeededGenerator) -> [UInt8] {
        switch Int.random(in: 0..<20, using: &generator) {
        case 0: return []
        case 1: return Array(":".utf8) + value(&generator)
        case 2: return generator.bytes(Int.random(in: 0...6, using: &generator))
        case 3: return Array("data:".utf8) + Array(repeating: 0x78, count: Int.random(in: 0...200, using: &generator))
        default: return Array((generator.pick(names) + generator.pick(separators)).utf8) + value(&generator)
        }
    }

    private static func value(_ generator: inout SeededGenerator) -> [UInt8] {
        if generator.oneIn(6) { return generator.bytes(Int.random(in: 0...5, using: &generator)) }
        let value = Array(generator.pick(values).utf8)
        // Sometimes cut inside a character.
        return generator.oneIn(10) ? value.dropLast() : value
    }
}
