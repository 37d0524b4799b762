import Sluice
import SluiceKit
import Testing

@Suite("words of an async sequence", .hangGuard)
struct WordSequenceTests {
    private static func event(_ text: String) -> String { "data: {\"text\":\"\(text)\"}\n\n" }

    @Test("words come whole, and at the end nothing is held back")
    func whole() async throws {
        let source = DrivenSource([Array((Self.event("Hel") + Self.event("lo wor") + Self.event("ld, it's")).utf8)])
        var shown: [String] = []
        let deltas = source.deltas(format: .textField, clock: ManualClock())
        for try await delta in deltas.words(clock: ManualClock()) { shown.append(delta.text) }
        #expect(shown == ["Hello ", "world, ", "it's"])
        #expect(deltas.end.deltas == 3 && deltas.message.choices[0]?.text == "Hello world, it's")
    }

    @Test("what is held back comes when its time is over, and not before")
    func delay() async throws {
        let clock = ManualClock()
        let source = DrivenSource()
        let words = source.deltas(format: .textField, firstByteTimeout: nil, idleTimeout: nil).words(
            maxDelay: .seconds(1), clock: clock)
        let (texts, shown) = AsyncStream.makeStream(of: String.self)
        let task = Task {
            for try await delta in words { shown.yield(delta.text) }
            shown.finish()
        }
        var iterator = texts.makeAsyncIterator()
        source.send(Self.event("one tw"))
        #expect(await iterator.next() == "one ")
        await clock.sleeps.reaches(1)
        clock.advance(by: .milliseconds(999))
        #expect(clock.wakes.count == 0)
        clock.advance(by: .milliseconds(1))
        #expect(await iterator.next() == "tw")
        source.send(Self.event("o"))
        source.finish()
        #expect(await iterator.next() == "o")
        #expect(await iterator.next() == nil)
        try await task.value
    }

    @Test("an error is thrown behind what was held back")
    func failure() async throws {
        struct Broken: Error {}
        let source = DrivenSource()
        source.send(Self.event("half a wor"))
        source.fail(Broken())
        var shown: [String] = []
        do {
            for try await delta in source.deltas(format: .textField, firstByteTimeout: nil, idleTimeout: nil).words() {
                shown.append(delta.text)
            }
            Issue.record("nothing was thrown")
        } catch {
            guard case .source(let cause) = error.cause else {
                Issue.record("\(error)")
                return
            }
            #expect(cause is Broken)
        }
        #expect(shown == ["half a ", "wor"])
    }

    @Test("cancellation ends the wait, with what was parsed until then")
    func cancellation() async throws {
        let source = DrivenSource(heedsCancellation: false)
        source.send(Self.event("one tw"))
        let deltas = source.deltas(format: .textField, firstByteTimeout: nil, idleTimeout: nil)
        let clock = ManualClock()
        let task = Task { () async -> ([String], Bool) in
            var shown: [String] = []
            do throws(StreamInterruption) {
                for try await delta in deltas.words(clock: clock) { shown.append(delta.text) }
                return (shown, false)
            } catch {
                if case .cancelled = error.cause { return (shown, true) }
                return (shown, false)
            }
        }
        await clock.sleeps.reaches(1)
        task.cancel()
        let (shown, isCancelled) = await task.value
        #expect(isCancelled && shown == ["one ", "tw"])
        #expect(deltas.message.choices[0]?.text == "one tw")
    }

    @Test("a loop that is left ends the source")
    func left() async throws {
        let source = DrivenSource()
        source.send(Self.event("one two "))
        for try await _ in source.deltas(format: .textField, firstByteTimeout: nil, idleTimeout: nil).words() { break }
        await source.released.reaches(1)
    }
}
