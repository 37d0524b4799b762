import Sluice
import SluiceKit
import Testing

@Suite("merged streams", .hangGuard)
struct MergedDeltasTests {
    private struct SourceError: Error {}

    /// What was told of each stream: its deltas, and how it ended.
    private struct Log {
        var deltas: [String: [OwnedDelta]] = [:]
        var ends: [String: StreamEnd] = [:]
        var interruptions: [String: StreamInterruption] = [:]

        mutating func add(_ tagged: TaggedDelta<String>) {
            let isOver = ends[tagged.source] != nil || interruptions[tagged.source] != nil
            #expect(!isOver, "something comes of \(tagged.source) behind its end")
            switch tagged.event {
            case .delta(let delta): deltas[tagged.source, default: []].append(delta)
            case .end(let end): ends[tagged.source] = end
            case .interrupted(let interruption): interruptions[tagged.source] = interruption
            }
        }
    }

    private func read(_ merged: MergedDeltas<String>) async -> Log {
        var log = Log()
        for await tagged in merged { log.add(tagged) }
        return log
    }

    @Test("each stream's deltas, message and end are those of a parser of its own", arguments: [50, 1_448, 100_000])
    func corpora(size: Int) async throws {
        var sources: [DeltaSource<String>] = []
        var expected: [String: SynchronousReading] = [:]
        for corpus in KitCorpus.all {
            let bytes = try corpus.bytes(size == 50 ? 5_000 : 40_000)
            expected[corpus.name] = try SynchronousReading(bytes, format: corpus.format)
            sources.append(DeltaSource(corpus.name, DrivenSource(bytes.cut(every: size)), format: corpus.format))
        }
        let merged = MergedDeltas(sources, firstByteTimeout: nil, idleTimeout: nil)
        let log = await read(merged)
        #expect(log.interruptions.isEmpty)
        for (name, expected) in expected {
            #expect(log.deltas[name] == expected.deltas, "\(name)")
            #expect(log.ends[name] == expected.end, "\(name)")
            #expect(merged.message(of: name) == expected.message, "\(name)")
            #expect(merged.end(of: name) == expected.end, "\(name)")
        }
        #expect(merged.message(of: "nobody") == nil && merged.end(of: "nobody") == nil)
    }

    @Test("chunks are read in order of arrival, and of each stream one is asked for at a time")
    func order() async throws {
        let sources = (0..<3).map { _ in DrivenSource() }
        let merged = MergedDeltas(
            sources.enumerated().map { DeltaSource($0.offset, $0.element, format: .textField) }, firstByteTimeout: nil,
            idleTimeout: nil)
        var iterator = merged.makeAsyncIterator()
        let order = [2, 0, 1, 1, 0, 2, 2, 2, 0]
        var asked = [1, 1, 1]
        for (step, number) in order.enumerated() {
            sources[number].send(textEvent("\(step)a") + textEvent("\(step)b"))
            for part in ["a", "b"] {
                let tagged = await iterator.next()
                #expect(tagged?.source == number)
                guard case .delta(let delta)? = tagged?.event else {
                    Issue.record("no delta")
                    return
                }
                #expect(delta.text == "\(step)\(part)")
            }
            #expect(sources.map(\.asked.count).max() ?? 0 <= step + 1)
            asked[number] += 1
        }
        for number in [1, 2, 0] {
            sources[number].finish()
            #expect(await iterator.next()?.source == number)
            #expect(sources[number].asked.count == asked[number])
        }
        #expect(await iterator.next() == nil)
    }

    @Test("one that fails, one that is none, one that is silent and one that passes a limit end alone")
    func endsAlone() async throws {
        let clock = ManualClock()
        let failing = DrivenSource()
        let silent = DrivenSource(heedsCancellation: false)
        let good = DrivenSource()
        var limits = Limits()
        limits.maxAccumulatedBytes = 1
        limits.whenExceeded = .fail
        let merged = MergedDeltas(
            [
                DeltaSource("failing", failing, format: .textField), DeltaSource("silent", silent, format: .textField),
                DeltaSource("page", DrivenSource([Array("<html>\n".utf8)])),
                DeltaSource("long", DrivenSource([Array(textEvent("ab").utf8)]), format: .textField, limits: limits),
                DeltaSource("good", good, format: .textField),
            ], idleTimeout: .seconds(10), clock: clock)
        let reader = Task { await read(merged) }
        failing.send(textEvent("a"))
        failing.fail(SourceError())
        silent.send(textEvent("b"))
        good.send(textEvent("c"))
        await good.asked.reaches(2)
        await silent.asked.reaches(2)
        clock.advance(by: .seconds(9))
        good.send(textEvent("d"))
        await good.asked.reaches(3)
        clock.advance(by: .seconds(1))
        await silent.cancelled.reaches(1)
        good.send(textEvent("e") + doneEvent)
        good.finish()
        let log = await reader.value
        silent.finish()
        #expect(log.deltas["good"]?.map(\.text) == ["c", "d", "e"] && log.ends["good"]?.status == .complete)
        #expect(log.ends.count == 1 && log.interruptions.count == 4)
        if case .source? = log.interruptions["failing"]?.cause {} else { Issue.record("failing has not failed") }
        if case .idle? = log.interruptions["silent"]?.cause {} else { Issue.record("silent is not idle") }
        if case .parser(let error)? = log.interruptions["page"]?.cause {
            #expect(error.code == .notAStream)
        } else {
            Issue.record("a page is no stream")
        }
        if case .parser(let error)? = log.interruptions["long"]?.cause {
            #expect(error.code == .answerTooLarge && log.deltas["long"] == nil)
        } else {
            Issue.record("long is not too long")
        }
        #expect(log.interruptions["failing"]?.message.choices[0]?.text == "a")
        #expect(log.interruptions["silent"]?.message.choices[0]?.text == "b")
    }

    @Test("a cancelled task is told of every stream that has not ended, at once")
    func cancelled() async throws {
        let sources = (0..<3).map { _ in DrivenSource(heedsCancellation: false) }
        let merged = MergedDeltas(
            sources.enumerated().map { DeltaSource("\($0.offset)", $0.element, format: .textField) },
            firstByteTimeout: nil, idleTimeout: nil)
        sources[0].send(textEvent("a") + doneEvent)
        sources[0].finish()
        sources[1].send(textEvent("b"))
        let reader = Task { await read(merged) }
        await sources[1].asked.reaches(2)
        await sources[0].released.reaches(1)
        await sources[2].asked.reaches(1)
        reader.cancel()
        let log = await reader.value
        for source in sources[1...] {
            source.finish()
            await source.released.reaches(1)
        }
        #expect(log.interruptions["1"]?.message.choices[0]?.text == "b")
        #expect(log.interruptions["2"]?.message == Accumulator())
        #expect(log.ends.count + log.interruptions.count == 3)
    }

    @Test("nothing merged ends at once, and a second iterator too")
    func nothing() async throws {
        var empty = MergedDeltas<Int>([]).makeAsyncIterator()
        #expect(await empty.next() == nil)
        let source = DrivenSource([Array(doneEvent.utf8)])
        let merged = MergedDeltas([DeltaSource(1, source, format: .textField)], firstByteTimeout: nil, idleTimeout: nil)
        var first = merged.makeAsyncIterator()
        var second = merged.makeAsyncIterator()
        #expect(await second.next() == nil)
        #expect(source.asked.count == 0)
        #expect(await first.next() != nil)
        #expect(await first.next() == nil)
    }

    @Test("two hundred streams at once")
    func many() async throws {
        let bytes = try KitCorpus.all[0].bytes(8_000)
        let expected = try SynchronousReading(bytes, format: .openAIChat)
        let merged = MergedDeltas(
            (0..<200).map { DeltaSource("\($0)", DrivenSource(bytes.cut(every: 900 + $0)), format: .openAIChat) },
            firstByteTimeout: nil, idleTimeout: nil)
        let log = await read(merged)
        #expect(log.ends.count == 200)
        for number in 0..<200 { #expect(log.deltas["\(number)"] == expected.deltas) }
    }
}
