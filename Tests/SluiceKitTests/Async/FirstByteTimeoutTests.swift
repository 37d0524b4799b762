import Sluice
import Testing

@testable import SluiceKit

// Time passes when the test says so, as in IdleTimeoutTests.

@Suite("first-byte timeout and keep-alives", .hangGuard)
struct FirstByteTimeoutTests {
    private func read(_ deltas: DeltaSequence) async -> StreamInterruption? {
        do {
            for try await _ in deltas {}
            return nil
        } catch {
            return error
        }
    }

    /// The cause in one word, with its timeout.
    private func cause(_ interruption: StreamInterruption?) -> String {
        switch interruption?.cause {
        case .firstByte(let timeout): "first byte \(timeout)"
        case .idle(let timeout): "idle \(timeout)"
        case .cancelled: "cancelled"
        case .source: "source"
        case .parser: "parser"
        case nil: "none"
        }
    }

    @Test("a source that returns nothing may take five minutes by default, and no longer")
    func silence() async throws {
        let clock = ManualClock()
        let source = DrivenSource()
        let deltas = source.deltas(format: .textField, clock: clock)
        let reader = Task { await read(deltas) }
        await source.asked.reaches(1)
        await clock.sleeps.reaches(1)
        clock.advance(by: .seconds(299))
        for _ in 0..<50 { await Task.yield() }
        #expect(source.cancelled.count == 0)
        clock.advance(by: .seconds(1))
        let interruption = await reader.value
        #expect(cause(interruption) == "first byte 300.0 seconds")
        #expect(interruption?.description == "no first byte was received for 300.0 seconds")
        #expect(interruption?.end.status == .empty)
    }

    @Test("after the first chunk the shorter time holds, though a timer sleeps for the longer one")
    func timerIsReplaced() async throws {
        let clock = ManualClock()
        let source = DrivenSource()
        let deltas = source.deltas(format: .textField, clock: clock)
        let reader = Task { await read(deltas) }
        await clock.sleeps.reaches(1)
        clock.advance(by: .seconds(200))
        source.send(textEvent("Hi"))
        await source.asked.reaches(2)
        clock.advance(by: .seconds(30))
        let interruption = await reader.value
        #expect(cause(interruption) == "idle 30.0 seconds" && interruption?.message.choices[0]?.text == "Hi")
        await clock.wakes.reaches(clock.sleeps.count)
    }

    @Test("each timeout holds without the other")
    func oneOfTwo() async throws {
        for isFirst in [true, false] {
            let clock = ManualClock()
            let source = DrivenSource()
            let deltas = source.deltas(
                format: .textField, firstByteTimeout: isFirst ? .seconds(5) : nil,
                idleTimeout: isFirst ? nil : .seconds(5), clock: clock)
            let reader = Task { await read(deltas) }
            await source.asked.reaches(1)
            if !isFirst {
                clock.advance(by: .seconds(1_000))
                source.send(textEvent("Hi"))
                await source.asked.reaches(2)
            }
            clock.advance(by: .seconds(5))
            #expect(await cause(reader.value) == (isFirst ? "first byte 5.0 seconds" : "idle 5.0 seconds"))
        }
    }

    @Test("without a timeout between chunks none follows the first")
    func noneBehindFirst() async throws {
        let clock = ManualClock()
        let source = DrivenSource()
        let deltas = source.deltas(format: .textField, firstByteTimeout: .seconds(5), idleTimeout: nil, clock: clock)
        let reader = Task { await read(deltas) }
        await source.asked.reaches(1)
        source.send(textEvent("Hi"))
        await source.asked.reaches(2)
        clock.advance(by: .seconds(1_000_000))
        source.finish()
        #expect(await cause(reader.value) == "none")
    }

    @Test("keep-alives count as life by default: after the first, the time between chunks holds")
    func counted() async throws {
        let clock = ManualClock()
        let source = DrivenSource()
        let deltas = source.deltas(format: .textField, clock: clock)
        let reader = Task { await read(deltas) }
        for number in 1...20 {
            await source.asked.reaches(number)
            clock.advance(by: .seconds(29))
            source.send(": still here\n\n")
        }
        await source.asked.reaches(21)
        clock.advance(by: .seconds(30))
        #expect(await cause(reader.value) == "idle 30.0 seconds")
    }

    @Test("keep-alives that are ignored change nothing, before the first byte and after it")
    func ignored() async throws {
        for hasBegun in [false, true] {
            let clock = ManualClock()
            let source = DrivenSource()
            let deltas = source.deltas(
                format: .anthropicMessages, firstByteTimeout: .seconds(100), idleTimeout: .seconds(10),
                keepAlives: .ignored, clock: clock)
            let reader = Task { await read(deltas) }
            await source.asked.reaches(1)
            if hasBegun {
                clock.advance(by: .seconds(99))
                source.send("event: content_block_stop\ndata: {\"type\":\"content_block_stop\",\"index\":0}\n\n")
            }
            let first = hasBegun ? 2 : 1
            for (number, ping) in [": ping\n\n", "\n", "event: ping\ndata: {\"type\": \"ping\"}\n\n"].enumerated() {
                await source.asked.reaches(first + number)
                clock.advance(by: .seconds(hasBegun ? 3 : 30))
                source.send(ping)
            }
            await source.asked.reaches(first + 3)
            #expect(source.cancelled.count == 0)
            clock.advance(by: .seconds(hasBegun ? 1 : 10))
            #expect(await cause(reader.value) == (hasBegun ? "idle 10.0 seconds" : "first byte 100.0 seconds"))
        }
    }

    @Test("the time that the reader takes does not count between keep-alives that are ignored")
    func slowReader() async throws {
        let clock = ManualClock()
        let source = DrivenSource()
        let deltas = source.deltas(
            format: .textField, idleTimeout: .seconds(10), keepAlives: .ignored, clock: clock)
        var iterator = deltas.makeAsyncIterator()
        source.send(textEvent("a"))
        #expect(try await iterator.next()?.text == "a")
        clock.advance(by: .seconds(1_000))
        source.send(": ping\n\n")
        source.send(textEvent("b"))
        #expect(try await iterator.next()?.text == "b")
        clock.advance(by: .seconds(1_000))
        source.finish()
        #expect(try await iterator.next() == nil)
    }

    @Test("of merged streams each has its own time, for its first byte and between its chunks")
    func merged() async throws {
        let clock = ManualClock()
        let (begun, silent) = (DrivenSource(), DrivenSource())
        let merged = MergedDeltas(
            [DeltaSource("begun", begun, format: .textField), DeltaSource("silent", silent, format: .textField)],
            firstByteTimeout: .seconds(60), idleTimeout: .seconds(10), clock: clock)
        let reader = Task {
            var causes: [String] = []
            for await tagged in merged {
                if case .interrupted(let interruption) = tagged.event {
                    causes.append("\(tagged.source): \(cause(interruption))")
                }
            }
            return causes
        }
        await silent.asked.reaches(1)
        begun.send(textEvent("Hi"))
        await begun.asked.reaches(2)
        clock.advance(by: .seconds(10))
        await begun.cancelled.reaches(1)
        clock.advance(by: .seconds(50))
        #expect(await reader.value == ["begun: idle 10.0 seconds", "silent: first byte 60.0 seconds"])
    }

    private static let scans: [(chunks: [String], counts: [Bool])] = [
        ([":", " ping", "\n\n", ": more\n"], [false, false, false, false]),
        (["\r\n\r\n", "\n\n", "\r"], [false, false, false]),
        (["data: x\n", "\n", "\n"], [true, false, false]),
        (["d", ": ping\ndata"], [true, true]),
        (["event: ping\n", "data: {}\n", "\n", "data: {}\n\n"], [false, false, false, true]),
        (["event: pi", "ng\r", "\ndata: {}\r\n\r", "\ndata: x"], [false, false, false, true]),
        (["event:heartbeat\n\n", "event: pong\n\n"], [false, true]),
        (["eve", "ntual"], [false, true]),
        (["event: " + String(repeating: "x", count: 40), "x"], [true, true]),
        (["{\"text\":\"a\"}\n", "\n", "{"], [true, false, true]),
        (["id: 7\n\n"], [true]),
        (["\0\0\0\u{10}", ": \n"], [true, true]),
    ]

    @Test("what counts as a keep-alive, however it is cut", arguments: scans.indices)
    func scan(_ index: Int) {
        var scan = KeepAliveScan()
        #expect(Self.scans[index].chunks.map { scan.takes(Array($0.utf8)) } == Self.scans[index].counts)
    }
}
