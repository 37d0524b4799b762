import Testing

@testable import Sluice
@testable import SluiceTestSupport

// Limits wherever a stream is read: frames alone, several threads, before the format is known; against the slow reference.

@Suite("limits wherever a stream is read")
struct LimitReadingTests {
    /// The log of the reference, as a frame parser would have it; it knows no retry fields and no excerpts.
    private static func reference(_ bytes: [UInt8], _ limits: Limits) -> FrameLog {
        let found = ReferenceFrames.events(bytes, limits)
        var log = FrameLog(found.frames, limits)
        if !log.isFatal { log.lastEventID = String(decoding: found.lastID, as: UTF8.self) }
        return log
    }

    private static func comparable(_ log: FrameLog) -> FrameLog {
        var copy = log.withoutExcerpts
        copy.endedInsideEvent = false
        if copy.isFatal { copy.lastEventID = "" }
        copy.entries = copy.entries.map {
            guard case .frame(var frame) = $0 else { return $0 }
            frame.retry = nil
            return .frame(frame)
        }
        return copy
    }

    @Test(
        "drawn streams of events, with drawn limits, are cut as the reference cuts them", arguments: Seeds.rounds(600))
    func drawnFrames(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let bytes = SSEGenerator.stream(&generator)
        var limits = Limits()
        if generator.oneIn(2) { limits.maxEventBytes = generator.pick([1, 2, 5, 7, 8, 12, 20, 40]) }
        if generator.oneIn(2) { limits.maxDataLinesPerEvent = generator.pick([1, 2, 3]) }
        if generator.oneIn(2) { limits.maxEventNameBytes = generator.pick([0, 1, 4, 5, 6]) }
        if generator.oneIn(2) { limits.maxIDBytes = generator.pick([0, 1, 3, 4]) }
        if generator.oneIn(4) { limits.whenExceeded = .fail }
        let wanted = Self.reference(bytes, limits)
        let chunks =
            [Chunks(whole: bytes), Chunks(bytes, of: 1)] + (0..<4).map { _ in generator.cuts(of: bytes, most: 8) }
        let difference = FrameRun(framing: .sse, limits: limits)
            .difference(from: wanted, over: chunks, Self.comparable)
        #expect(difference == nil, "seed \(seed), \(limits), \(VisibleBytes.write(bytes))")
    }

    @Test("problems of limits show the same bytes however the stream is cut", arguments: Seeds.rounds(60))
    func excerpts(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let bytes = SSEGenerator.stream(&generator)
        var run = FrameRun(framing: .sse)
        run.limits.maxDataLinesPerEvent = 1
        run.limits.maxEventNameBytes = generator.pick([0, 4])
        run.limits.maxIDBytes = generator.pick([0, 1])
        let difference = run.difference(from: run.log(Chunks(whole: bytes)), over: Chunks.everySplit(of: bytes))
        #expect(difference == nil, "seed \(seed), \(VisibleBytes.write(bytes))")
    }

    @Test("an id that is too long leaves the last event ID as it was, and so do all ids behind it in its event")
    func lastEventID() {
        var run = FrameRun(framing: .sse)
        run.limits.maxIDBytes = 3
        for (stream, ids, last) in [
            ("id: 1\ndata: a\n\nid: 1234\ndata: b\nid: 2\n\ndata: c\n\n", ["1", "1"], "1"),
            ("id: 1\ndata: a\n\nid: 123\ndata: b\n\ndata: c\n\n", ["1", "123", "123"], "123"),
            ("id: 12345\n\ndata: a\n\n", [""], ""),
            // One with a NUL in it is ignored as a whole, and so is none that is too long.
            ("id: 1234\0\ndata: a\n\n", [""], ""),
        ] {
            let bytes = Array(stream.utf8)
            let log = run.log(Chunks(whole: bytes))
            #expect(log.frames.map { String(decoding: $0.id, as: UTF8.self) } == ids)
            #expect(log.lastEventID == last)
            #expect(run.difference(from: log, over: Chunks.everySplit(of: bytes)) == nil)
        }
    }

    @Test("several threads find the same events past a limit, and stop where one thread stops")
    func parallel() throws {
        func event(_ choice: Int, _ name: String = "") -> String {
            (name.isEmpty ? "" : "event: \(name)\n")
                + "data: {\"choices\":[{\"index\":\(choice),\"delta\":{\"content\":\"some text\"}}]}\n\n"
        }
        let good = String(repeating: event(0), count: 9000) + String(repeating: event(1, "message"), count: 9000)
        for (bad, code) in [(event(2), "too-many-choices"), (event(0, "messages"), "event-name-too-long")] {
            for whenExceeded in [Limits.WhenExceeded.skip, .fail] {
                var limits = Limits()
                limits.maxChoices = 2
                limits.maxEventNameBytes = 7
                limits.whenExceeded = whenExceeded
                let bytes = Array((good + bad + good + bad + good).utf8)
                var parser = StreamParser(format: .openAIChat, limits: limits)
                var expected = Found()
                var failure: SluiceError?
                do throws(SluiceError) {
                    try parser.parse(bytes.span) { expected.take($0) }
                    try parser.finish { expected.take($0) }
                } catch { failure = error }
                #expect(failure?.code.rawValue == (whenExceeded == .fail ? code : nil))
                let outcome = try ParallelParser.parse(
                    bytes.span, format: .openAIChat, limits: limits, workers: 3, into: Found()
                ) { $0.take($1) }
                #expect(outcome.results.count > 2)
                #expect(outcome.failure == failure)
                #expect(outcome.end == parser.end)
                #expect(outcome.results.map(\.deltas).reduce(0, +) == expected.deltas)
                #expect(outcome.results.flatMap(\.problems) == expected.problems)
            }
        }
    }

    private struct Found: Sendable {
        var deltas = 0
        var problems: [SluiceError] = []

        mutating func take(_ delta: borrowing Delta) {
            deltas += 1
            if let problem = delta.problem { problems.append(problem) }
        }
    }

    @Test("limits hold for events that come before the format is known")
    func undetected() throws {
        let keepAlive = "data: : ping\n\n"
        func event(_ choice: Int) -> String {
            "data: {\"choices\":[{\"index\":\(choice),\"delta\":{\"content\":\"T\"}}]}\n\n"
        }
        let bytes = Array((keepAlive + event(1) + event(0) + event(1) + event(0)).utf8)
        for whenExceeded in [Limits.WhenExceeded.skip, .fail] {
            var run = try WireRun(nil)
            run.limits.maxChoices = 1
            run.limits.whenExceeded = whenExceeded
            let log = run.log(Chunks(whole: bytes))
            let offset = keepAlive.utf8.count
            #expect(log.lines.first?.hasSuffix("too-many-choices offset=\(offset) event=2") == true)
            #expect(log.problems.count == (whenExceeded == .fail ? 1 : 2))
            #expect(log.lines.count == (whenExceeded == .fail ? 2 : 5))
            #expect(run.difference(from: log, over: Chunks.everySplit(of: bytes)) == nil)
        }
    }

    @Test("more choices inside a surrogate pair than are remembered lose nothing: those past them are lone")
    func surrogates() throws {
        func event(_ choice: Int, _ text: String) -> String {
            "data: {\"choices\":[{\"index\":\(choice),\"delta\":{\"content\":\"\(text)\"}}]}\n\n"
        }
        let choices = 0..<70
        let stream = choices.map { event($0, "a\\ud83d") }.joined() + choices.map { event($0, "\\ude00") }.joined()
        let bytes = Array(stream.utf8)
        let run = try WireRun(.openAIChat)
        let log = run.log(Chunks(whole: bytes))
        let halves = choices.map { "text choice=\($0) \"\($0 < 64 ? "a" : "a\u{FFFD}")\"" }
        let wholes = choices.map { "text choice=\($0) \"\($0 < 64 ? "😀" : "\u{FFFD}")\"" }
        #expect(log.lines.dropLast() == halves + wholes)
        let engine = EngineCore()
        for _ in 0..<3 { #expect(run.log(Chunks(whole: bytes), engine) == log) }
        #expect(run.difference(from: log, over: [Chunks(bytes, of: 1), Chunks(bytes, of: 97)], engine) == nil)
        let wanted = ReferenceStream.read(bytes, ReferenceTable(.openAIChat))
        #expect(wanted.deltas.map { String(decoding: $0.bytes, as: UTF8.self) }.filter { $0 == "a\u{FFFD}" }.count == 6)
        #expect(wanted.deltas.count == 140)
    }

    @Test("limits that no machine could count are as good as none, and those below zero are zero")
    func extremes() throws {
        var limits = Limits()
        for (_, path) in LimitNames.all.map({ ($0.name, $0.path) }) { limits[keyPath: path] = .max }
        let bytes = BadInput.event(BadInput.payload) + BadInput.event(BadInput.payload) + BadInput.done
        var run = try WireRun(.openAIChat)
        let usual = run.log(Chunks(whole: bytes))
        run.limits = limits
        #expect(run.log(Chunks(whole: bytes)) == usual)
        #expect(run.difference(from: usual, over: [Chunks(bytes, of: 1)]) == nil)
        for (_, path) in LimitNames.all.map({ ($0.name, $0.path) }) { limits[keyPath: path] = .min }
        run.limits = limits
        let none = run.log(Chunks(whole: bytes))
        #expect(none.problems.map(\.code) == Array(repeating: .eventTooLarge, count: 3))
        #expect(run.difference(from: none, over: [Chunks(bytes, of: 1)]) == nil)
    }
}
