import Foundation
import Sluice
import SluiceKit
import Testing

@Suite("deltas as an async sequence", .hangGuard)
struct DeltaSequenceTests {
    @Test(
        "the deltas, the message and the end are those of a parser, wherever chunks are cut", arguments: KitCorpus.all)
    func anySplit(corpus: KitCorpus) async throws {
        for (count, sizes) in [(60_000, [1_448, 16_384, 16_385, 60_000]), (1_500, [1, 7])] {
            let bytes = try corpus.bytes(count)
            for format in [corpus.format, nil] {
                let expected = try SynchronousReading(bytes, format: format)
                #expect(expected.deltas.count >= 5)
                for size in sizes {
                    let deltas = DrivenSource(bytes.cut(every: size)).deltas(
                        format: format, firstByteTimeout: nil, idleTimeout: nil)
                    var found: [OwnedDelta] = []
                    for try await delta in deltas { found.append(delta) }
                    #expect(found == expected.deltas, "chunks of \(size)")
                    #expect(deltas.message == expected.message, "chunks of \(size)")
                    #expect(deltas.end == expected.end)
                    #expect(deltas.formatName == corpus.format.name)
                }
            }
        }
    }

    @Test("the message is that of the deltas that were handed out")
    func messageSoFar() async throws {
        let bytes = try KitCorpus.all[0].bytes(40_000)
        let deltas = DrivenSource(bytes.cut(every: 20_000)).deltas(
            format: .openAIChat, firstByteTimeout: nil, idleTimeout: nil)
        #expect(deltas.message == Accumulator())
        var expected = Accumulator()
        var iterator = deltas.makeAsyncIterator()
        var count = 0
        while let delta = try await iterator.next() {
            try expected.add(delta)
            count += 1
            #expect(deltas.message == expected, "after \(count) deltas")
        }
        #expect(count > 100)
    }

    @Test("kinds that are not wanted are not told")
    func kinds() async throws {
        let bytes = try KitCorpus.all[0].bytes(200_000)
        let expected = try SynchronousReading(bytes, format: .openAIChat, kinds: [.finish])
        var found: [OwnedDelta] = []
        for try await delta in DrivenSource([bytes]).deltas(
            format: .openAIChat, kinds: [.finish], firstByteTimeout: nil, idleTimeout: nil)
        {
            found.append(delta)
        }
        #expect(
            found == expected.deltas && found.contains { $0.kind == .finish } && !found.contains { $0.kind == .text })
    }

    @Test("chunks may be of any type of bytes")
    func chunkTypes() async throws {
        let text = Array((textEvent("Hello") + doneEvent).utf8)
        let data = AsyncStream<Data> { stream in
            for byte in text { stream.yield(Data([byte])) }
            stream.finish()
        }
        let slices = AsyncStream<ArraySlice<UInt8>> { stream in
            for size in [text[..<9], text[9...]] { stream.yield(size) }
            stream.finish()
        }
        let views = AsyncStream<String.UTF8View> { stream in
            stream.yield((textEvent("Hello") + doneEvent).utf8)
            stream.finish()
        }
        for deltas in [
            data.deltas(firstByteTimeout: nil, idleTimeout: nil),
            slices.deltas(firstByteTimeout: nil, idleTimeout: nil),
            views.deltas(firstByteTimeout: nil, idleTimeout: nil),
        ] {
            var found: [String] = []
            for try await delta in deltas { found.append(delta.text) }
            #expect(found == ["Hello"] && deltas.end.status == .complete)
        }
    }

    @Test("a chunk is asked for when the deltas of the one before are used up, and never two")
    func backpressure() async throws {
        let source = DrivenSource()
        var iterator = source.deltas(format: .textField, firstByteTimeout: nil, idleTimeout: nil).makeAsyncIterator()
        #expect(source.asked.count == 0)
        source.send(textEvent("a") + textEvent("b") + textEvent("c"))
        source.send(textEvent("d") + doneEvent)
        source.finish()
        for expected in ["a", "b", "c"] {
            #expect(try await iterator.next()?.text == expected)
            // The pump runs by itself: were it to ask early, it could any time from now on.
            for _ in 0..<50 { await Task.yield() }
            #expect(source.asked.count == 1)
        }
        #expect(try await iterator.next()?.text == "d")
        #expect(source.asked.count == 2)
        #expect(try await iterator.next() == nil)
        #expect(source.asked.count == 3)
        #expect(try await iterator.next() == nil)
        #expect(source.asked.count == 3)
    }

    @Test("a stream is complete, truncated or failed, and an error in it is a delta")
    func ends() async throws {
        let error = "event: error\ndata: {\"error\":{\"message\":\"overloaded\"}}\n\n"
        for (tail, status) in [(doneEvent, StreamEnd.Status.complete), ("", .truncated), (error, .failed)] {
            let deltas = DrivenSource([Array((textEvent("Hi") + tail).utf8)]).deltas(
                format: .openAIChat, firstByteTimeout: nil, idleTimeout: nil)
            var kinds: [DeltaKind] = []
            for try await delta in deltas { kinds.append(delta.kind) }
            #expect(deltas.end.status == status)
            #expect(kinds.contains(.error) == (status == .failed))
        }
    }

    @Test("a stream of which nothing came is empty, before and after, and where it is broken off")
    func empty() async throws {
        let none = DrivenSource([]).deltas(format: .openAIChat, firstByteTimeout: nil, idleTimeout: nil)
        #expect(none.end.status == .empty)
        for try await _ in none { Issue.record("there is nothing") }
        #expect(none.end.status == .empty)
        let broken = DrivenSource()
        broken.fail(CancellationError())
        do {
            for try await _ in broken.deltas(firstByteTimeout: nil, idleTimeout: nil) {
                Issue.record("there is nothing")
            }
            Issue.record("nothing was thrown")
        } catch {
            #expect(error.end.status == .empty)
        }
        let source = DrivenSource()
        let begun = source.deltas(format: .textField, firstByteTimeout: nil, idleTimeout: nil)
        source.send("data:")
        source.finish()
        for try await delta in begun { #expect(delta.kind == .malformed) }
        #expect(begun.end.status == .truncated)
        for await tagged in MergedDeltas([DeltaSource(1, DrivenSource([]))]) {
            if case .end(let end) = tagged.event { #expect(end.status == .empty) } else { Issue.record("\(tagged)") }
        }
    }

    @Test("the last event is read although its blank line never came")
    func flush() async throws {
        let deltas = DrivenSource([Array("data: {\"text\":\"Hi\"}".utf8)]).deltas(
            format: .textField, firstByteTimeout: nil, idleTimeout: nil)
        var found: [String] = []
        for try await delta in deltas { found.append(delta.text) }
        #expect(found == ["Hi"] && deltas.message.choices[0]?.text == "Hi" && deltas.end.frames == 1)
    }

    @Test("a second iterator ends at once, and takes nothing from the first")
    func secondIterator() async throws {
        let source = DrivenSource()
        let deltas = source.deltas(format: .textField, firstByteTimeout: nil, idleTimeout: nil)
        var first = deltas.makeAsyncIterator()
        var second = deltas.makeAsyncIterator()
        #expect(try await second.next() == nil)
        #expect(source.asked.count == 0)
        source.send(textEvent("a"))
        #expect(try await first.next()?.text == "a")
        second = deltas.makeAsyncIterator()
        #expect(try await second.next() == nil)
        source.finish()
        #expect(try await first.next() == nil)
    }

    @Test("what is left early is let go: the source's task is cancelled, its iterator released, the timer ended")
    func leavingEarly() async throws {
        let source = DrivenSource()
        let clock = ManualClock()
        source.send(textEvent("a") + textEvent("b"))
        let deltas = source.deltas(format: .textField, clock: clock)
        for try await _ in deltas { break }
        await source.released.reaches(1)
        if clock.sleeps.count > 0 { await clock.wakes.reaches(clock.sleeps.count) }
        #expect(deltas.message.choices[0]?.text == "a")
        #expect(deltas.end.frames == 2)
    }

    @Test("at the end nothing is left: neither the source's iterator nor the timer")
    func nothingLeft() async throws {
        let source = DrivenSource([Array((textEvent("a") + doneEvent).utf8)])
        let clock = ManualClock()
        let deltas = source.deltas(format: .textField, clock: clock)
        var iterator = deltas.makeAsyncIterator()
        while try await iterator.next() != nil {}
        await source.released.reaches(1)
        if clock.sleeps.count > 0 { await clock.wakes.reaches(clock.sleeps.count) }
    }

    @Test("the message and the end can be asked for by any task while the loop runs")
    func otherTasks() async throws {
        let bytes = try KitCorpus.all[0].bytes(200_000)
        let expected = try SynchronousReading(bytes, format: .openAIChat)
        let deltas = DrivenSource(bytes.cut(every: 3_000)).deltas(
            format: .openAIChat, firstByteTimeout: nil, idleTimeout: nil)
        let watcher = Task {
            var length = 0
            while !Task.isCancelled {
                let now = deltas.message.heldBytes
                #expect(now >= length)
                #expect(deltas.end.bytes <= UInt64(bytes.count))
                length = now
                await Task.yield()
            }
        }
        for try await _ in deltas {}
        watcher.cancel()
        await watcher.value
        #expect(deltas.message == expected.message)
    }

    /// Reads on its own executor.
    private actor Reader {
        var text = ""

        func read(_ deltas: DeltaSequence) async throws(StreamInterruption) {
            for try await delta in deltas {
                assertIsolated("the loop has left the actor")
                text += delta.text
            }
        }
    }

    @Test("an actor reads without leaving itself")
    func actors() async throws {
        let reader = Reader()
        let text = (1...20).map { textEvent("\($0)") }.joined() + doneEvent
        try await reader.read(
            DrivenSource(Array(text.utf8).cut(every: 10)).deltas(
                format: .textField, firstByteTimeout: nil, idleTimeout: nil))
        #expect(await reader.text == (1...20).map(String.init).joined())
    }
}
