import CBaselines
import Sluice

/// Many streams of one thread, fed event by event in turn: what a gateway sees.
struct ManyStreams {
    static func measure(_ stream: Stream, streams count: Int, eventsEach: Int) throws -> StreamsRow {
        let isLines = stream.format.framing == .ndjson
        let responses = stream.responses.map { TemplateMaker.frames(stream.bytes, $0, isLines) }
            .filter { $0.count >= eventsEach }
        guard !responses.isEmpty else { throw BenchError("no response has \(eventsEach) events") }
        let alone = try run(stream, responses, streams: 1, rounds: count * eventsEach)
        let many = try run(stream, responses, streams: count, rounds: eventsEach)
        guard many.deltas > 0 else { throw BenchError("\(count) streams gave no deltas") }
        return StreamsRow(
            corpus: stream.corpus, streams: count, nsPerDelta: many.seconds * 1e9 / Double(many.deltas),
            nsPerDeltaAlone: alone.seconds * 1e9 / Double(alone.deltas), bytesPerIdleStream: many.bytesPerStream)
    }

    private struct Outcome {
        var seconds: Double
        var deltas: UInt64
        var bytesPerStream: Double
    }

    /// Stream `s` reads response `s` modulo their number; each round gives every stream its next event.
    private static func run(
        _ stream: Stream, _ responses: [[Range<Int>]], streams count: Int, rounds: Int
    ) throws -> Outcome {
        var engine = Engine()
        let bytes = stream.bytes
        let before = baseline_allocated_bytes_now()
        let streams = UnsafeMutablePointer<TokenStream>.allocate(capacity: count)
        for position in 0..<count { (streams + position).initialize(to: try TokenStream(format: stream.format)) }
        defer {
            streams.deinitialize(count: count)
            streams.deallocate()
        }
        var answer = baseline_answer()
        var expected = baseline_answer()
        var seconds = 0.0
        let clock = ContinuousClock()
        for round in 0..<rounds {
            let start = clock.now
            for position in 0..<count {
                let events = responses[(count == 1 ? round / 8 : position) % responses.count]
                var reader = engine.read(
                    bytes.span.extracting(events[round % min(8, events.count)]), of: &streams[position])
                while let delta = try reader.next() { Contender.add(delta, to: &answer) }
            }
            seconds += (clock.now - start).seconds
        }
        for round in 0..<rounds {
            for position in 0..<count {
                let events = responses[(count == 1 ? round / 8 : position) % responses.count]
                add(stream, events[round % min(8, events.count)], to: &expected)
            }
        }
        guard answer.equals(expected) else {
            throw BenchError("\(count) streams: \(answer.text), expected \(expected.text)")
        }
        let held = Double(baseline_allocated_bytes_now() - before) / Double(count)
        return Outcome(seconds: seconds, deltas: answer.deltas, bytesPerStream: held)
    }

    /// One event by simdjson, as the expert reads it.
    private static func add(_ stream: Stream, _ event: Range<Int>, to answer: inout baseline_answer) {
        stream.bytes.withUnsafeBytes { bytes in
            guard let document = event.first(where: { bytes[$0] == UInt8(ascii: "{") }) else { return }
            let end = bytes[event].lastIndex(of: UInt8(ascii: "}"))! + 1
            _ = baseline_ondemand(
                stream.baseline, &answer, bytes.baseAddress!.assumingMemoryBound(to: CChar.self) + document,
                end - document)
        }
    }
}
