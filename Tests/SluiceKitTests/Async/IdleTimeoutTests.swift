import Sluice
import SluiceKit
import Testing

// Time passes when the test says so. What a test waits for before it moves the clock: `asked`, because the source is asked
// when its time has begun. Timers that have not gone to sleep yet find the time passed when they do.

@Suite("idle timeout", .hangGuard)
struct IdleTimeoutTests {
    private func timeout(_ body: () async throws -> Void) async -> StreamInterruption? {
        do {
            try await body()
            return nil
        } catch {
            return error as? StreamInterruption
        }
    }

    @Test("a source from which nothing comes in time interrupts, with the message so far", arguments: [true, false])
    func silence(heeds: Bool) async throws {
        let clock = ManualClock()
        let source = DrivenSource(heedsCancellation: heeds)
        let deltas = source.deltas(format: .textField, clock: clock)
        source.send(textEvent("Hello") + "data: {\"text\":\" wor")
        let reader = Task {
            var found: [DeltaKind] = []
            let interruption = await timeout { for try await delta in deltas { found.append(delta.kind) } }
            return (found, interruption)
        }
        await source.asked.reaches(2)
        clock.advance(by: .seconds(30))
        let (found, interruption) = await reader.value
        // What the silence has cut is reported.
        #expect(found == [.text, .malformed])
        guard case .idle(let timeout)? = interruption?.cause else {
            Issue.record("\(String(describing: interruption))")
            return
        }
        #expect(timeout == .seconds(30))
        #expect(interruption?.message.choices[0]?.text == "Hello")
        #expect(interruption?.end.status == .truncated && interruption?.end.endedInsideEvent == true)
        #expect(interruption?.description.contains("30") == true)
        await source.cancelled.reaches(1)
        if !heeds { source.finish() }
        await source.released.reaches(1)
        await clock.wakes.reaches(clock.sleeps.count)
    }

    @Test("the time begins anew with every chunk, and one timer serves all")
    func timeOfEachChunk() async throws {
        let clock = ManualClock()
        let source = DrivenSource()
        let deltas = source.deltas(format: .textField, idleTimeout: .seconds(10), clock: clock)
        let reader = Task { await timeout { for try await _ in deltas {} } }
        for number in 1...100 {
            await source.asked.reaches(number)
            clock.advance(by: .seconds(1))
            source.send(textEvent("x"))
        }
        await source.asked.reaches(101)
        // It sleeps until the deadline that it knows, and then at least nine seconds more.
        #expect(clock.sleeps.count <= 13)
        clock.advance(by: .seconds(9))
        for _ in 0..<50 { await Task.yield() }
        #expect(deltas.message.choices[0]?.text.utf8.count == 100 && source.cancelled.count == 0)
        clock.advance(by: .seconds(1))
        guard case .idle? = await reader.value?.cause else {
            Issue.record("not idle")
            return
        }
    }

    @Test("the time that the reader takes does not count")
    func slowReader() async throws {
        let clock = ManualClock()
        let source = DrivenSource()
        let deltas = source.deltas(format: .textField, idleTimeout: .seconds(10), clock: clock)
        source.send(textEvent("a") + textEvent("b"))
        var iterator = deltas.makeAsyncIterator()
        #expect(try await iterator.next()?.text == "a")
        clock.advance(by: .seconds(1_000))
        #expect(try await iterator.next()?.text == "b")
        clock.advance(by: .seconds(1_000))
        // Lets the timer wake, find nothing that waits, and rest.
        await clock.wakes.reaches(clock.sleeps.count)
        source.send(textEvent("c") + doneEvent)
        source.finish()
        #expect(try await iterator.next()?.text == "c")
        #expect(try await iterator.next() == nil)
        #expect(deltas.end.status == .complete)
    }

    @Test("a timer that found nobody waiting is there when somebody waits again")
    func timerRests() async throws {
        let clock = ManualClock()
        let source = DrivenSource()
        let deltas = source.deltas(
            format: .textField, firstByteTimeout: .seconds(10), idleTimeout: .seconds(10), clock: clock)
        let handedOut = Counter()
        let (goOn, signal) = AsyncStream.makeStream(of: Void.self)
        let reader = Task {
            await timeout {
                for try await _ in deltas {
                    handedOut.add()
                    var signals = goOn.makeAsyncIterator()
                    await signals.next()
                }
            }
        }
        await clock.sleeps.reaches(1)
        source.send(textEvent("a"))
        await handedOut.reaches(1)
        clock.advance(by: .seconds(10))
        await clock.wakes.reaches(1)
        signal.yield()
        await source.asked.reaches(2)
        clock.advance(by: .seconds(10))
        guard case .idle? = await reader.value?.cause else {
            Issue.record("not idle")
            return
        }
    }

    @Test("a chunk without bytes is none, and comments count")
    func emptyChunks() async throws {
        let clock = ManualClock()
        let source = DrivenSource()
        let deltas = source.deltas(format: .textField, idleTimeout: .seconds(10), clock: clock)
        let reader = Task { await timeout { for try await _ in deltas {} } }
        await source.asked.reaches(1)
        clock.advance(by: .seconds(9))
        source.send(": ping\n\n")
        await source.asked.reaches(2)
        clock.advance(by: .seconds(9))
        source.send("")
        await source.asked.reaches(3)
        clock.advance(by: .seconds(1))
        let interruption = await reader.value
        guard case .idle? = interruption?.cause else {
            Issue.record("\(String(describing: interruption))")
            return
        }
        #expect(interruption?.end.bytes == 8)
    }

    @Test("without a timeout nobody looks at the clock")
    func noTimeout() async throws {
        let clock = ManualClock()
        let source = DrivenSource()
        let deltas = source.deltas(format: .textField, firstByteTimeout: nil, idleTimeout: nil, clock: clock)
        let reader = Task { await timeout { for try await _ in deltas {} } }
        await source.asked.reaches(1)
        clock.advance(by: .seconds(1_000_000))
        source.send(textEvent("a"))
        await source.asked.reaches(2)
        source.finish()
        #expect(await reader.value == nil)
        #expect(clock.sleeps.count == 0)
    }
}
