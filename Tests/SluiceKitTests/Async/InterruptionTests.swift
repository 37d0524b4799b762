import Sluice
import SluiceKit
import Testing

@Suite("interrupted streams", .hangGuard)
struct InterruptionTests {
    private struct SourceError: Error {}

    /// Reads to the end; the texts, and what was thrown.
    private func read(_ deltas: DeltaSequence) async -> (deltas: [OwnedDelta], interruption: StreamInterruption?) {
        var found: [OwnedDelta] = []
        do {
            for try await delta in deltas { found.append(delta) }
            return (found, nil)
        } catch {
            return (found, error)
        }
    }

    @Test("where the source throws, what came before is told, then its error")
    func sourceError() async throws {
        let source = DrivenSource()
        source.send(textEvent("a") + textEvent("b") + "data: {\"text\":\"c\"}")
        source.fail(SourceError())
        let deltas = source.deltas(format: .textField, firstByteTimeout: nil, idleTimeout: nil)
        let (found, interruption) = await read(deltas)
        #expect(found.map(\.text) == ["a", "b", "c"])
        guard case .source(let error)? = interruption?.cause else {
            Issue.record("\(String(describing: interruption))")
            return
        }
        #expect(error is SourceError)
        #expect(interruption?.message.choices[0]?.text == "abc")
        #expect(interruption?.end.status == .truncated && interruption?.end == deltas.end)
        #expect(interruption?.description.contains("SourceError") == true)
    }

    @Test("an event that the source's error has cut is reported")
    func cutEvent() async throws {
        let source = DrivenSource()
        source.send(textEvent("a") + "data: {\"text\":\"b")
        source.fail(SourceError())
        let (found, interruption) = await read(
            source.deltas(format: .textField, firstByteTimeout: nil, idleTimeout: nil))
        #expect(found.map(\.kind) == [.text, .malformed])
        #expect(interruption?.message.problems.map(\.code) == [.incompleteEvent])
        #expect(interruption?.end.endedInsideEvent == true)
    }

    @Test("a stream that is none is the parser's error")
    func parserError() async throws {
        let page = Array("<html>502 Bad Gateway</html>\n".utf8)
        let (found, interruption) = await read(DrivenSource([page]).deltas(firstByteTimeout: nil, idleTimeout: nil))
        #expect(found.isEmpty)
        guard case .parser(let error)? = interruption?.cause else {
            Issue.record("\(String(describing: interruption))")
            return
        }
        #expect(error.code == .notAStream)
    }

    @Test("a limit that fails ends the stream behind the deltas before it", arguments: [1, 7, 1_000])
    func limit(size: Int) async throws {
        var limits = Limits()
        limits.maxEventBytes = 40
        limits.whenExceeded = .fail
        let text = textEvent("a") + textEvent("b") + textEvent(String(repeating: "x", count: 40)) + textEvent("d")
        let source = DrivenSource(Array(text.utf8).cut(every: size))
        let (found, interruption) = await read(
            source.deltas(format: .textField, limits: limits, firstByteTimeout: nil, idleTimeout: nil))
        #expect(found.map(\.text) == ["a", "b"])
        guard case .parser(let error)? = interruption?.cause else {
            Issue.record("\(String(describing: interruption))")
            return
        }
        #expect(error.code == .eventTooLarge && error.event == 3)
        #expect(interruption?.message.choices[0]?.text == "ab")
    }

    @Test("where the message may not grow, the delta that is too much is not handed out", arguments: [1, 7, 1_000])
    func messageLimit(size: Int) async throws {
        var limits = Limits()
        limits.maxAccumulatedBytes = 5
        limits.whenExceeded = .fail
        let text = textEvent("abc") + textEvent("de") + textEvent("f") + textEvent("g") + doneEvent
        let source = DrivenSource(Array(text.utf8).cut(every: size))
        let deltas = source.deltas(format: .textField, limits: limits, firstByteTimeout: nil, idleTimeout: nil)
        let (found, interruption) = await read(deltas)
        #expect(found.map(\.text) == ["abc", "de"])
        guard case .parser(let error)? = interruption?.cause else {
            Issue.record("\(String(describing: interruption))")
            return
        }
        #expect(error.code == .answerTooLarge)
        #expect(interruption?.message.choices[0]?.text == "abcde")
        await source.released.reaches(1)

        limits.whenExceeded = .skip
        let skipping = DrivenSource(Array(text.utf8).cut(every: size)).deltas(
            format: .textField, limits: limits, firstByteTimeout: nil, idleTimeout: nil)
        let all = await read(skipping)
        #expect(all.deltas.map(\.text) == ["abc", "de", "f", "g"] && all.interruption == nil)
        #expect(skipping.message.choices[0]?.text == "abcde" && skipping.message.droppedBytes == 2)
        #expect(skipping.message.problems.map(\.code) == [.answerTooLarge])
    }

    @Test("a table that cannot be compiled is told before anything is asked of the source")
    func invalidPath() async throws {
        let source = DrivenSource()
        let broken = WireFormat(name: "broken", framing: .ndjson, rules: [Rule("a..b", .text)])
        let (found, interruption) = await read(source.deltas(format: broken, firstByteTimeout: nil, idleTimeout: nil))
        #expect(found.isEmpty && source.asked.count == 0)
        guard case .parser(let error)? = interruption?.cause else {
            Issue.record("\(String(describing: interruption))")
            return
        }
        #expect(error.code == .invalidPath)
    }

    @Test("a cancelled task is released at once, even where the source does not heed it", arguments: [true, false])
    func cancelled(heeds: Bool) async throws {
        let source = DrivenSource(heedsCancellation: heeds)
        let deltas = source.deltas(format: .textField, firstByteTimeout: nil, idleTimeout: nil)
        source.send(textEvent("a") + "data: {\"te")
        let reader = Task { await read(deltas) }
        await source.asked.reaches(2)
        reader.cancel()
        let (found, interruption) = await reader.value
        #expect(found.map(\.text) == ["a"])
        guard case .cancelled? = interruption?.cause else {
            Issue.record("\(String(describing: interruption))")
            return
        }
        #expect(interruption?.message.choices[0]?.text == "a")
        #expect(interruption?.end.status == .truncated)
        #expect(interruption?.end.bytes == UInt64(textEvent("a").utf8.count + 10))
        await source.cancelled.reaches(1)
        if !heeds { source.send(textEvent("late")) }
        await source.released.reaches(1)
        #expect(deltas.message.choices[0]?.text == "a")
    }

    @Test("what was parsed when the task was cancelled belongs to the message, and no delta comes any more")
    func cancelledWithinChunk() async throws {
        let source = DrivenSource([Array((textEvent("a") + textEvent("b") + textEvent("c") + doneEvent).utf8)])
        let deltas = source.deltas(format: .textField, firstByteTimeout: nil, idleTimeout: nil)
        let reader = Task { () async -> (first: String?, StreamInterruption?, endsBehind: Bool) in
            var iterator = deltas.makeAsyncIterator()
            do throws(StreamInterruption) {
                let first = try await iterator.next()
                cancelCurrentTask()
                do throws(StreamInterruption) {
                    _ = try await iterator.next()
                    return (first?.text, nil, false)
                } catch {
                    return (first?.text, error, try await iterator.next() == nil)
                }
            } catch {
                return (nil, error, false)
            }
        }
        let (first, interruption, endsBehind) = await reader.value
        #expect(first == "a" && endsBehind)
        guard case .cancelled? = interruption?.cause else {
            Issue.record("\(String(describing: interruption))")
            return
        }
        #expect(interruption?.message.choices[0]?.text == "abc")
    }

    @Test("a task that is cancelled before it reads asks for nothing")
    func cancelledBefore() async throws {
        let source = DrivenSource()
        let reader = Task {
            cancelCurrentTask()
            return await read(source.deltas(format: .textField, firstByteTimeout: nil, idleTimeout: nil))
        }
        guard case .cancelled? = await reader.value.interruption?.cause else {
            Issue.record("not cancelled")
            return
        }
    }
}

private func cancelCurrentTask() { unsafe withUnsafeCurrentTask { unsafe $0?.cancel() } }
