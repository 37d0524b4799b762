import Sluice
import SluiceKit
import Testing

// Whatever a caller gives as a duration or a count is taken, and nothing traps on it.

@Suite("extreme durations and counts", .hangGuard)
struct ExtremeNumberTests {
    /// Of what 128 bits of attoseconds hold, the ends and what 64 bits of seconds, milliseconds and nanoseconds hold.
    static let durations: [Duration] = [
        Duration(_high: .min, low: 0), .seconds(Int64.min), .milliseconds(Int64.min), .seconds(-1), .zero,
        .nanoseconds(Int64.max), .milliseconds(Int64.max), .seconds(Int64.max), .seconds(Int64.max) * 18,
        Duration(_high: .max, low: .max),
    ]

    static let retries: [(Duration, String)] = [
        (Duration(_high: .min, low: 0), "0"), (.seconds(Int64.min), "0"), (.milliseconds(-1), "0"), (.zero, "0"),
        (.microseconds(499), "0"), (.microseconds(500), "1"), (.microseconds(1999), "2"),
        (.microseconds(999_999), "1000"),
        (.milliseconds(1500), "1500"), (.milliseconds((1 << 53) - 1), "9007199254740991"),
        (.milliseconds((1 << 53)), "9007199254740991"), (.milliseconds(Int64.max), "9007199254740991"),
        (.seconds(Int64.max), "9007199254740991"), (.seconds(Int64.max) * 18, "9007199254740991"),
        (Duration(_high: .max, low: .max), "9007199254740991"),
    ]

    @Test(
        "the time to reconnect is rounded to milliseconds, and stays within what readers count",
        arguments: retries.indices)
    func retry(_ index: Int) async {
        let (retry, wanted) = Self.retries[index]
        #expect(ServerSentEvent("x", retry: retry).text == "retry: \(wanted)\ndata: x\n\n")
    }

    @Test("a wait of any length can be asked for, and a long one does not end early", arguments: durations.indices)
    func waits(_ index: Int) async throws {
        let wait = Self.durations[index]
        let source = DrivenSource()
        let deltas = source.deltas(format: .textField, firstByteTimeout: wait, idleTimeout: wait)
        let merged = MergedDeltas(
            [DeltaSource(1, DrivenSource([]), format: .textField)], firstByteTimeout: wait, idleTimeout: wait)
        source.send("data: {\"text\":\"one tw\"}\n\n")
        let reader = Task { () -> (String, StreamInterruption?) in
            var text = ""
            do {
                for try await delta in deltas.words(maxDelay: wait) { text += delta.text }
                return (text, nil)
            } catch {
                return (text, error as? StreamInterruption)
            }
        }
        await source.asked.reaches(2)
        // Timers that trap do so when they begin; those that fire at once need no more than this.
        try await Task.sleep(for: .milliseconds(50))
        source.finish()
        let (text, interruption) = await reader.value
        for await _ in merged {}
        if wait > .seconds(1) {
            #expect(text == "one tw" && interruption == nil)
        } else if case .idle(let timeout)? = interruption?.cause {
            #expect(timeout == wait)
        }
    }

    private static var counts: [WritableKeyPath<Limits, Int>] {
        [
            \.maxEventBytes, \.maxDataLinesPerEvent, \.maxEventNameBytes, \.maxIDBytes, \.maxNestingDepth,
            \.maxCapturesPerEvent, \.maxChoices, \.maxToolCalls, \.maxTemplates, \.maxAccumulatedBytes, \.maxProblems,
        ]
    }

    private static let stream = Array(
        #"""
        data: {"choices":[{"index":0,"delta":{"content":"Hi","tool_calls":[{"index":0,"id":"c","function":{"arguments":"{\"a\":[1]}"}}]}}]}

        data: {"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}

        data: {

        data: [DONE]


        """#.utf8)

    private static func read(_ limits: Limits) throws -> (Accumulator, [String]) {
        var answer = Accumulator(limits: limits)
        var tools = ToolArguments(limits: limits)
        var parser = StreamParser(limits: limits)
        do throws(SluiceError) {
            var reader = parser.read(stream.span)
            while let delta = try reader.next() {
                tools.add(delta)
                try answer.add(delta)
            }
        } catch {}
        _ = try? parser.finish { _ in }
        return (answer, tools.calls.map { $0.json.root?.copied.description ?? "none" })
    }

    @Test("a limit below zero counts as zero, and the largest number is no limit")
    func limits() throws {
        let whole = try Self.read(Limits())
        for (number, count) in Self.counts.enumerated() {
            var found: [(Accumulator, [String])] = []
            for value in [Int.min, -1, 0, .max] {
                var limits = Limits()
                limits[keyPath: count] = value
                found.append(try Self.read(limits))
            }
            #expect(found[0].0.isSame(as: found[2].0) && found[1].0.isSame(as: found[2].0), "limit \(number)")
            #expect(found[0].1 == found[2].1 && found[1].1 == found[2].1, "limit \(number)")
            #expect(found[3].0.isSame(as: whole.0) && found[3].1 == whole.1, "limit \(number)")
        }
    }

    @Test("words are held back within any bound", arguments: [Int.min, -1, 0, 1, Int.max])
    func words(_ most: Int) {
        var buffer = WordBuffer(maxPendingBytes: most)
        #expect((buffer.append("one tw") ?? "") + (buffer.append("o") ?? "") + (buffer.flush() ?? "") == "one two")
        #expect(buffer.maxPendingBytes >= 1)
    }
}

extension JSONValue {
    fileprivate var description: String { "\(self)" }
}

extension Accumulator {
    /// Equal but for the limits that it was made with, and the words of its problems.
    fileprivate func isSame(as other: Accumulator) -> Bool {
        choices == other.choices && problems.map(\.code) == other.problems.map(\.code)
            && problemCount == other.problemCount && heldBytes == other.heldBytes && droppedBytes == other.droppedBytes
    }
}
