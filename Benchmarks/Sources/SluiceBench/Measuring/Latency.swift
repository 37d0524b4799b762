import CBaselines
import Histogram
import Sluice

/// From the arrival of a chunk to the last of its deltas, while a recording is replayed at its recorded reads.
///
/// Time counts from when the chunk was due, so a parser that falls behind pays for those that had to wait. Recorded
/// arrivals are replayed faster where the recording takes longer than its share of time; between arrivals the core spins.
struct Latency {
    static func measure(_ recording: Recording, seconds: Double) throws -> LatencyRow {
        let stream = try Stream(recording)
        let bytes = stream.bytes
        let due = arrivals(recording)
        let pace = max(1, Double(due.last ?? 0) / 1e9 / seconds)
        var histogram = Histogram<UInt64>(numberOfSignificantValueDigits: .three)
        var answer = baseline_answer()
        var parser = StreamParser(format: recording.format)
        let clock = ContinuousClock()
        let begin = clock.now
        var start = 0
        for (read, time) in zip(recording.reads, due) {
            let arrival = begin + .nanoseconds(Int64(Double(time) / pace))
            while clock.now < arrival {}
            var reader = parser.read(bytes.span.extracting(start..<start + read.bytes))
            while let delta = try reader.next() { Contender.add(delta, to: &answer) }
            _ = histogram.record(max(1, (clock.now - arrival).nanoseconds))
            start += read.bytes
        }
        guard answer.equals(Truth(stream).pieces) else {
            throw BenchError("\(recording.name): the replay gave another answer")
        }
        return LatencyRow(
            contender: "sluice-simdjson", corpus: recording.name, pace: pace,
            p50: histogram.valueAtPercentile(50), p99: histogram.valueAtPercentile(99),
            p999: histogram.valueAtPercentile(99.9), max: histogram.max, count: Int(histogram.totalCount))
    }

    /// Nanoseconds from the first read of the first response; a response begins where the one before it ended.
    private static func arrivals(_ recording: Recording) -> [UInt64] {
        var base: UInt64 = 0
        var last: UInt64 = 0
        var response = 0
        return recording.reads.map { read in
            if read.response != response {
                response = read.response
                base = last + 1_000_000
            }
            last = base + read.nanoseconds
            return last
        }
    }
}
