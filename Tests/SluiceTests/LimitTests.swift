import Testing

@testable import Sluice
@testable import SluiceTestSupport

@Suite("limits")
struct LimitTests {
    /// An event in each framing, with a small one before and behind it; its length is what the limit counts.
    struct Middle: Sendable, CustomTestStringConvertible {
        var framing: Framing
        var testDescription: String
        var before: [UInt8]
        var event: [UInt8]
        var behind: [UInt8]
        /// Bytes of the event that the limit does not count: the LF of the last CRLF, of which the CR ends the event.
        var uncounted = 0

        init(
            _ framing: Framing, _ name: String, _ before: String, _ event: String, _ behind: String, uncounted: Int = 0
        ) {
            self.init(framing, name, Array(before.utf8), Array(event.utf8), Array(behind.utf8), uncounted: uncounted)
        }

        init(
            _ framing: Framing, _ name: String, _ before: [UInt8], _ event: [UInt8], _ behind: [UInt8],
            uncounted: Int = 0
        ) {
            self.framing = framing
            testDescription = "\(framing.rawValue), \(name)"
            self.before = before
            self.event = event
            self.behind = behind
            self.uncounted = uncounted
        }

        var bytes: [UInt8] { before + event + behind }
        var counted: Int { event.count - uncounted }
    }

    static let middles = [
        Middle(.sse, "one line", "data: a\n\n", "data: 0123456789\n\n", "data: b\n\n"),
        Middle(.sse, "several lines", "data: a\n\n", "event: e\ndata: 0123\nid: 1\n: c\ndata: 4567\n\n", "data: b\n\n"),
        Middle(.sse, "CRLF", "data: a\r\n\r\n", "data: 0123456789\r\n\r\n", "data: b\r\n\r\n", uncounted: 1),
        Middle(.sse, "CR", "data: a\r\r", "data: 0123456789\rdata\r\r", "data: b\r\r"),
        Middle(.ndjson, "LF", "{\"a\":1}\n", "{\"a\":\"0123456789\"}\n", "{\"b\":2}\n"),
        Middle(.ndjson, "CRLF", "{\"a\":1}\r\n", "{\"a\":\"0123456789\"}\r\n", "{\"b\":2}\r\n"),
        Middle(.jsonArray, "an array", "[{\"a\":1},", "{\"a\":\"01}23\\\"\",\"b\":[{\"c\":{}}]}", ",{\"b\":2}]"),
        Middle(.jsonArray, "no array", "{\"a\":1}", "{\"a\":\"0123456789\"}", "{\"b\":2}"),
        Middle(
            .awsEventStream, "two messages", AWSMessage(payload: "{}", event: "a").bytes,
            AWSMessage(payload: "{\"bytes\":\"0123456789\"}", event: "chunk").bytes,
            AWSMessage(payload: "{}", event: "b").bytes),
    ]

    @Test("an event of the limit's size is read, one byte more is an error, however it is cut", arguments: middles)
    func atTheLimit(_ middle: Middle) {
        for excess in [-1, 0, 1] {
            var run = FrameRun(framing: middle.framing)
            run.limits.maxEventBytes = middle.counted - excess
            let whole = run.log(Chunks(whole: middle.bytes))
            #expect(whole.entries.count == 3, "\(excess): \(whole.text)")
            #expect(whole.problems == (excess > 0 ? [problem(of: middle, whole)] : []), "\(excess): \(whole.text)")
            #expect(whole.entries.last?.number == 3)
            let difference = run.difference(from: whole, over: Chunks.everySize(of: middle.bytes))
            #expect(difference == nil, "\(excess)")
        }
    }

    @Test("where the limits say so, an event too large ends the stream, however it is cut", arguments: middles)
    func failing(_ middle: Middle) {
        var run = FrameRun(framing: middle.framing)
        run.limits.maxEventBytes = middle.counted - 1
        run.limits.whenExceeded = .fail
        let whole = run.log(Chunks(whole: middle.bytes))
        #expect(whole.isFatal)
        #expect(whole.frames.count == 1)
        #expect(whole.problems == [problem(of: middle, whole)])
        let difference = run.difference(from: whole, over: Chunks.everySize(of: middle.bytes))
        #expect(difference == nil)
    }

    @Test("an event too large at the end of the input is reported once, however it is cut", arguments: middles)
    func tooLargeAtTheEnd(_ middle: Middle) {
        let bytes = middle.before + middle.event.dropLast(3)
        var run = FrameRun(framing: middle.framing)
        run.limits.maxEventBytes = middle.counted - 6
        let whole = run.log(Chunks(whole: bytes))
        #expect(whole.frames.count == 1)
        #expect(whole.problems == [problem(of: middle, whole)])
        #expect(whole.endedInsideEvent)
        let difference = run.difference(from: whole, over: Chunks.everySize(of: bytes))
        #expect(difference == nil)
    }

    @Test("limits of token streams hold, however they are cut")
    func tokenStreams() {
        func event(_ text: String) -> String {
            "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"\(text)\"}}]}\n\n"
        }
        let bytes = Array((event("a") + event("0123456789") + event("b") + "data: [DONE]\n\n").utf8)
        for whenExceeded in [Limits.WhenExceeded.skip, .fail] {
            var run = DeltaRun(format: .openAIChat)
            run.limits.maxEventBytes = event("012345").utf8.count
            run.limits.whenExceeded = whenExceeded
            let whole = run.log(Chunks(whole: bytes))
            #expect(whole.text() == (whenExceeded == .skip ? "ab" : "a"))
            #expect((whole.failure?.code == "event-too-large") == (whenExceeded == .fail))
            #expect(whole.deltas.compactMap(\.problem?.code) == (whenExceeded == .skip ? ["event-too-large"] : []))
            #expect(whole.end?.status == (whenExceeded == .skip ? .complete : .truncated))
            let difference = run.difference(from: whole, over: Chunks.everySize(of: bytes))
            #expect(difference == nil, "\(whenExceeded)")
        }
    }

    private func problem(of middle: Middle, _ log: FrameLog) -> OwnedProblem {
        var problem = OwnedProblem(.eventTooLarge, offset: UInt64(middle.before.count), event: 2)
        // What an excerpt shows is the golden files' to say; that it is the same at all splits is checked here.
        problem.excerpt = log.problems.first?.excerpt ?? ""
        return problem
    }
}

extension FrameLog.Entry {
    /// The number of the frame or of the event that could not be read.
    var number: UInt64 {
        switch self {
        case .frame(let frame): frame.number
        case .problem(let problem): problem.event
        }
    }
}
