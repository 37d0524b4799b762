import CBaselines
import Sluice

/// One stream that lies whole in memory, read by one thread and by several.
struct Scaling {
    /// The answer of each piece, and what one thread finds in all.
    static func measure(_ stream: Stream, workers: [Int], rounds: Int) throws -> [ScalingRow] {
        try verify(stream)
        let clock = ContinuousClock()
        var times = [[Double]](repeating: [], count: workers.count + 1)
        let expected = Truth(stream).pieces
        for round in 0...rounds {
            for (position, count) in ([0] + workers).enumerated() {
                let start = clock.now
                let answers = try count == 0 ? [oneThread(stream)] : parallel(stream, count)
                let seconds = (clock.now - start).seconds
                guard answers.reduce(0, { $0 + $1.deltas }) == expected.deltas,
                    answers.reduce(0, { $0 + $1.bytes }) == expected.bytes
                else { throw BenchError("\(count) workers read something else of \(stream.corpus)") }
                if round > 0 { times[position].append(seconds) }
            }
        }
        let alone = Statistics(times[0]).median
        return zip(workers, times.dropFirst()).map { count, times in
            let median = Statistics(times).median
            return ScalingRow(
                corpus: stream.corpus, workers: count, gbPerSecond: Double(stream.count) / median / 1e9,
                ratioToOneThread: alone / median)
        }
    }

    private static func oneThread(_ stream: Stream) throws -> baseline_answer {
        let bytes = stream.bytes
        var answer = baseline_answer()
        var parser = StreamParser(format: stream.format)
        try parser.parse(bytes.span) { Contender.add($0, to: &answer) }
        try parser.finish { Contender.add($0, to: &answer) }
        return answer
    }

    private static func parallel(_ stream: Stream, _ workers: Int) throws -> [baseline_answer] {
        let bytes = stream.bytes
        let outcome = try ParallelParser.parse(
            bytes.span, format: stream.format, workers: workers, into: baseline_answer()
        ) { Contender.add($1, to: &$0) }
        if let failure = outcome.failure { throw failure }
        return outcome.results
    }

    /// Every byte of every piece, in order, by a run that is not timed.
    private static func verify(_ stream: Stream) throws {
        let bytes = stream.bytes
        let outcome = try ParallelParser.parse(bytes.span, format: stream.format, into: [[UInt8]]()) {
            guard $1.kind == .text || $1.kind == .reasoning || $1.kind == .toolArguments else { return }
            $0.append($1.bytes.withUnsafeBytes { [UInt8]($0) })
        }
        var answer = baseline_answer()
        for piece in outcome.results.joined() where !piece.isEmpty {
            piece.withUnsafeBytes { if let base = $0.baseAddress { baseline_add(&answer, base, $0.count) } }
        }
        guard answer.equals(Truth(stream).pieces) else {
            throw BenchError("several threads read \(answer.text) of \(stream.corpus)")
        }
    }
}
