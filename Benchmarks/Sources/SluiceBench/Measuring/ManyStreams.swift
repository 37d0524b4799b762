import CBaselines
import Sluice

/// Many streams of one thread, fed event by event in random order: what a gateway sees.
struct ManyStreams {
    /// Fewer of very many, but more than the two that an answer may begin with before its first delta.
    static func eventsEach(of streams: Int) -> Int { streams > 100_000 ? 4 : 8 }

    /// How many reads before its own a stream is prefetched: a gateway hears of several connections at once.
    private static let prefetchDistance = 4

    static func measure(_ stream: Stream, streams count: Int, eventsEach: Int, seed: UInt64) throws -> StreamsRow {
        let isLines = stream.format.framing == .ndjson
        // Calls of several answers, read as those of one, would end each other.
        let responses = try stream.responses.map { RecordedFrames.lines(stream.bytes, $0, isLines) }
            .filter { $0.count >= eventsEach }
            .filter { try !hasCalls(stream, $0) }
        guard !responses.isEmpty else { throw BenchError("no response has \(eventsEach) events") }
        let feed = Feed(responses, streams: count, rounds: eventsEach, seed: seed)
        let alone = try run(stream, feed, streams: 1, prefetching: 0)
        let withoutPrefetch = try run(stream, feed, streams: count, prefetching: 0)
        let many = try run(stream, feed, streams: count, prefetching: prefetchDistance)
        guard many.deltas > 0 else { throw BenchError("\(count) streams gave no deltas") }
        return StreamsRow(
            corpus: stream.corpus, streams: count, nsPerDelta: many.seconds * 1e9 / Double(many.deltas),
            nsPerDeltaUnforeseen: withoutPrefetch.seconds * 1e9 / Double(withoutPrefetch.deltas),
            nsPerDeltaAlone: alone.seconds * 1e9 / Double(alone.deltas), bytesPerIdleStream: many.bytesPerStream)
    }

    private static func hasCalls(_ stream: Stream, _ events: [Range<Int>]) throws -> Bool {
        var parser = StreamParser(format: stream.format)
        var hasCalls = false
        for event in events {
            let bytes = stream.bytes
            var reader = parser.read(bytes.span.extracting(event))
            while let delta = try reader.next() {
                if delta.kind == .toolCall || delta.kind == .toolArguments { hasCalls = true }
            }
        }
        return hasCalls
    }

    /// Which stream gets which event, in order. Stream `s` reads response `s` modulo their number; each round gives every
    /// stream its next event, in an order drawn for that round. One stream alone gets the same events in the same order.
    private struct Feed {
        let rounds: Int
        let responses: [[Range<Int>]]
        let order: [UInt32]
        let count: Int

        init(_ responses: [[Range<Int>]], streams count: Int, rounds: Int, seed: UInt64) {
            self.responses = responses
            self.rounds = rounds
            self.count = count
            var random = SeededGenerator(seed: seed)
            order = (0..<rounds).flatMap { _ in (0..<UInt32(count)).shuffled(using: &random) }
        }

        func event(_ number: Int) -> Range<Int> { responses[Int(order[number]) % responses.count][number / count] }
    }

    private struct Outcome {
        var seconds: Double
        var deltas: UInt64
        var bytesPerStream: Double
    }

    private static func run(
        _ stream: Stream, _ feed: Feed, streams count: Int, prefetching distance: Int
    ) throws -> Outcome {
        var engine = Engine()
        let bytes = stream.bytes
        // Event templates belong to the engine, so they are learned before memory is measured.
        var rehearsal = baseline_answer()
        for event in feed.responses.prefix(64).joined() {
            var first = TokenStream(format: stream.format)
            var reader = engine.read(bytes.span.extracting(event), of: &first)
            while let delta = try reader.next() { Contender.add(delta, to: &rehearsal) }
        }
        let before = baseline_allocated_bytes_now()
        let streams = UnsafeMutablePointer<TokenStream>.allocate(capacity: count)
        for position in 0..<count { (streams + position).initialize(to: TokenStream(format: stream.format)) }
        defer {
            streams.deinitialize(count: count)
            streams.deallocate()
        }
        var answer = baseline_answer()
        let clock = ContinuousClock()
        let start = clock.now
        for number in feed.order.indices {
            let position = count == 1 ? 0 : Int(feed.order[number])
            if distance > 0 && number + distance < feed.order.count {
                streams[Int(feed.order[number + distance])].prefetch()
            }
            var reader = engine.read(bytes.span.extracting(feed.event(number)), of: &streams[position])
            while let delta = try reader.next() { Contender.add(delta, to: &answer) }
        }
        let seconds = (clock.now - start).seconds
        // Fewer than before, where what was freed meanwhile was more than the streams hold.
        let held = (Double(baseline_allocated_bytes_now()) - Double(before)) / Double(count)
        var expected = baseline_answer()
        for number in feed.order.indices { add(stream, feed.event(number), to: &expected) }
        guard answer.equals(expected) else {
            throw BenchError("\(count) streams: \(answer.text), expected \(expected.text)")
        }
        return Outcome(seconds: seconds, deltas: answer.deltas, bytesPerStream: held)
    }

    /// One event by simdjson, as hand-written C++ reads it.
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
