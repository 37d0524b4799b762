import Sluice
import SluiceKit
import Testing

@Suite("streams merged without tasks")
struct StreamMergerTests {
    @Test("chunks of several streams in turns give each stream's deltas and end", arguments: [1, 33, 1_448])
    func turns(size: Int) throws {
        var merger = StreamMerger<String>()
        var chunks: [String: [[UInt8]]] = [:]
        var expected: [String: SynchronousReading] = [:]
        for corpus in KitCorpus.all {
            let bytes = try corpus.bytes(size == 1 ? 1_500 : 20_000)
            chunks[corpus.name] = bytes.cut(every: size)
            expected[corpus.name] = try SynchronousReading(bytes, format: corpus.format)
            merger.open(corpus.name, format: corpus.format)
        }
        var found: [String: [OwnedDelta]] = [:]
        for turn in 0..<(chunks.values.map(\.count).max() ?? 0) {
            for corpus in KitCorpus.all where turn < chunks[corpus.name]?.count ?? 0 {
                let chunk = chunks[corpus.name]?[turn] ?? []
                try merger.feed(chunk.span, of: corpus.name) { name, delta in
                    found[name, default: []].append(OwnedDelta(copying: delta))
                }
            }
        }
        for corpus in KitCorpus.all {
            let isOpen = merger.isOpen(corpus.name)
            #expect(isOpen)
            let end = try merger.finish(corpus.name) { name, delta in
                found[name, default: []].append(OwnedDelta(copying: delta))
            }
            #expect(end == expected[corpus.name]?.end && found[corpus.name] == expected[corpus.name]?.deltas)
            let isClosed = merger.end(of: corpus.name) == nil
            #expect(isClosed)
        }
        let isEmpty = merger.isEmpty
        #expect(isEmpty)
    }

    @Test("a stream that fails is closed, and the others go on")
    func failure() throws {
        var limits = Limits()
        limits.maxEventBytes = 30
        limits.whenExceeded = .fail
        var merger = StreamMerger<Int>()
        merger.open(1, format: .textField, limits: limits)
        merger.open(2, format: .textField, limits: limits)
        let long = Array(textEvent(String(repeating: "x", count: 40)).utf8)
        do throws(SluiceError) {
            try merger.feed(long.span, of: 1) { _, _ in }
            Issue.record("an event of 57 bytes passes a limit of 30")
        } catch {
            #expect(error.code == .eventTooLarge)
        }
        let areOpen = [merger.isOpen(1), merger.isOpen(2)]
        #expect(areOpen == [false, true])
        var found: [String] = []
        try merger.feed(Array(textEvent("a").utf8).span, of: 2) { _, delta in found.append(delta.string) }
        let end = merger.end(of: 2)
        #expect(end?.deltas == 1)
        merger.open(1, format: .textField)
        try merger.feed(long.span, of: 1) { name, _ in found.append("\(name)") }
        #expect(found == ["a", "1"])
    }

    @Test("a table that cannot be compiled is the error of the first call for its stream")
    func invalidFormat() throws {
        var merger = StreamMerger<Int>()
        merger.open(1, format: WireFormat(name: "broken", framing: .ndjson, rules: [Rule("a..b", .text)]))
        do throws(SluiceError) {
            try merger.feed(Array("{}\n".utf8).span, of: 1) { _, _ in }
            Issue.record("the format was compiled")
        } catch {
            #expect(error.code == .invalidPath)
        }
        let isOpen = merger.isOpen(1)
        #expect(!isOpen)
    }
}
