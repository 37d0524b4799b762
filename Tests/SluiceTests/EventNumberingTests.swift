import Testing

@testable import Sluice
@testable import SluiceTestSupport

// The numbers that a stream gives its events; golden files have what is told of them, here stands what they cannot show.

@Suite("numbered events")
struct EventNumberingTests {
    private static func event(_ number: Int, _ text: String = "w") -> String {
        "event: message\r\ndata: {\"delta\":\"\(text)\",\"done\":false,\"chunk_index\":\(number)}\r\n\r\n"
    }

    private static func last(_ number: Int, total: Int) -> String {
        "event: message\r\ndata: {\"delta\":\"\",\"done\":true,\"chunk_index\":\(number),\"total_chunks\":\(total)}\r\n\r\n"
    }

    private static func log(_ text: String, of size: Int? = nil, limits: Limits = Limits()) -> DeltaLog {
        let bytes = Array(text.utf8)
        let chunks = size.map { Chunks(bytes, of: $0) } ?? Chunks(whole: bytes)
        return DeltaRun(format: .deltaDone, limits: limits).log(chunks)
    }

    @Test("a gap among thousands of known events is told with its event's number and offset", arguments: [16, 0])
    func gap(_ templates: Int) throws {
        var limits = Limits()
        limits.maxTemplates = templates
        let before = (0..<1000).map { Self.event($0) }.joined()
        let behind = (1003..<2000).map { Self.event($0) }.joined()
        let text = before + behind + Self.last(2000, total: 2000)
        let whole = Self.log(text, limits: limits)
        let problem = try #require(whole.deltas.compactMap(\.problem).first)
        #expect(problem.code == SluiceError.Code.misnumberedEvent.rawValue)
        #expect(problem.event == 1001 && problem.offset == UInt64(before.utf8.count))
        #expect(whole.text() == String(repeating: "w", count: 1997))
        #expect(whole.end?.missingEvents == 3 && whole.end?.status == .truncated && whole.end?.malformedEvents == 1)
        for size in [1, 7, 1000, 1448, 65_536] {
            #expect(Self.log(text, of: size, limits: limits) == whole, "chunks of \(size) bytes")
        }
    }

    @Test("answers are numbered anew, from 0 or 1, and the count may leave out its own event or not")
    func anew() {
        let answers = [
            Self.event(0) + Self.event(1) + Self.last(2, total: 2), Self.event(0) + Self.last(1, total: 2),
            Self.event(1) + Self.event(2) + Self.last(3, total: 3), Self.event(1) + Self.last(2, total: 1),
            Self.event(0) + Self.event(1), Self.event(0) + Self.last(1, total: 1),
        ]
        let log = Self.log(answers.joined())
        #expect(log.deltas.allSatisfy { $0.problem == nil })
        #expect(log.end?.missingEvents == 0 && log.end?.status == .complete)
    }

    @Test("what does not fit is told once, and the count goes on behind it")
    func unfit() {
        func missing(_ text: String) -> [UInt64] {
            let log = Self.log(text)
            return [log.end?.missingEvents ?? 99, UInt64(log.deltas.count { $0.problem != nil })]
        }
        #expect(missing(Self.event(0) + Self.event(2) + Self.event(3)) == [1, 1])
        #expect(missing(Self.event(5) + Self.event(6)) == [5, 1])
        #expect(missing(Self.event(0) + Self.event(2) + Self.event(1) + Self.event(3)) == [1, 2])
        #expect(missing(Self.event(0) + Self.event(1) + Self.event(1) + Self.event(2)) == [0, 1])
        #expect(missing(Self.event(0) + Self.last(1, total: 9)) == [7, 1])
        #expect(missing(Self.event(0) + Self.event(1) + Self.event(2) + Self.last(3, total: 1)) == [0, 1])
        #expect(
            missing(Self.event(0) + Self.event(2_147_483_647) + Self.event(9_000_000_000_000)) == [2_147_483_645, 2])
    }

    @Test("half of a pair in an event that shows a gap is told once", arguments: [16, 0])
    func half(_ templates: Int) {
        var limits = Limits()
        limits.maxTemplates = templates
        let half = "\\ud83d"
        // Known events before it, and its chunk's bytes before it or not.
        let known = (0..<20).map { Self.event($0, half + "\\ude00") }.joined()
        for last in [Self.event(25, half), Self.event(25, half) + Self.event(26, "\\ude00")] {
            let whole = Self.log(known + last, limits: limits)
            let texts = whole.deltas.filter { $0.kind == .text }.map(\.text)
            let wanted = last.contains("26") ? "\u{1F600}" : "\u{FFFD}"
            #expect(texts == [String](repeating: "\u{1F600}", count: 20) + [wanted])
            #expect(whole.end?.missingEvents == 5)
            for size in [1, 60, 300, 700] {
                #expect(Self.log(known + last, of: size, limits: limits) == whole, "chunks of \(size)")
            }
        }
    }

    @Test("several threads tell what one tells")
    func parallel() throws {
        let rounds = (0..<400).map { round in
            let skipped = round == 200 ? 30 : -1
            return (0..<60).filter { $0 != skipped }.map { Self.event($0) }.joined() + Self.last(60, total: 60)
        }
        let long =
            (0..<20_000).filter { $0 != 12_345 }.map { Self.event($0) }.joined() + Self.last(20_000, total: 20_000)
        for text in [rounds.joined(), long, (0..<20_000).map { Self.event($0) }.joined()] {
            let bytes = Array(text.utf8)
            var parser = StreamParser(format: .deltaDone)
            var wanted: [OwnedDelta] = []
            try parser.parse(bytes.span) { wanted.append(OwnedDelta(copying: $0)) }
            try parser.finish { _ in }
            let outcome = try ParallelParser.parse(bytes.span, format: .deltaDone, workers: 2, into: [OwnedDelta]()) {
                $0.append(OwnedDelta(copying: $1))
            }
            #expect(outcome.results.count > 1)
            #expect(outcome.end == parser.end)
            let isSame = Array(outcome.results.joined()) == wanted
            #expect(isSame)
        }
    }

    @Test("an error's part is kept beside the text that came")
    func partial() throws {
        let text = Self.event(0, "a b") + "event: error\r\ndata: {\"message\":\"gone\",\"partial\":\"a b c\"}\r\n\r\n"
        var parser = StreamParser(format: .deltaDone)
        var answer = Accumulator()
        try parser.parse(Array(text.utf8).span, into: &answer)
        #expect(try parser.finish(into: &answer).status == .failed)
        #expect(answer.partial == "a b c" && answer.choices[0]?.text == "a b" && answer.error?.message == "gone")
    }
}
