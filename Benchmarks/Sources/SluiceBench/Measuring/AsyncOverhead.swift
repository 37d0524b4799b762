import CBaselines
import Foundation
import Sluice
import SluiceKit

/// What a delta costs through an async sequence, beside a parser without tasks on the same chunks.
///
/// The chunks are cut before the clock runs, and the sequence that hands them out never waits: what is measured is the way
/// of a chunk from one task to the other and back, copies of deltas, and the message that is collected.
struct AsyncOverhead {
    struct Result {
        var chunk: String
        var reader: String
        var nsPerDelta: Double
        var nsPerChunk: Double
        /// Of all threads, without the waits between them.
        var processorNsPerDelta: Double
    }

    /// The chunks of a stream, all there.
    struct ReadyChunks: AsyncSequence, Sendable {
        let chunks: [[UInt8]]

        struct Iterator: AsyncIteratorProtocol {
            var chunks: IndexingIterator<[[UInt8]]>

            mutating func next() async -> [UInt8]? { chunks.next() }
        }

        func makeAsyncIterator() -> Iterator { Iterator(chunks: chunks.makeIterator()) }
    }

    private typealias Reader = (name: String, run: @Sendable ([[UInt8]], WireFormat) async throws -> baseline_answer)

    private static let readers: [Reader] = [
        ("parser", { chunks, format in try views(chunks, format) }),
        ("parser, deltas copied", { chunks, format in try copies(chunks, format, collects: false) }),
        ("parser, deltas copied and collected", { chunks, format in try copies(chunks, format, collects: true) }),
        ("sequence, no timeout", { chunks, format in try await sequence(chunks, format, idleTimeout: nil) }),
        ("sequence, idle timeout", { chunks, format in try await sequence(chunks, format, idleTimeout: .seconds(30)) }),
        ("four sequences merged", { chunks, format in try await merged(chunks, format) }),
    ]

    static func measure(_ stream: Stream, rounds: Int, only: String) async throws -> [Result] {
        let readers = readers.filter { $0.name.hasPrefix(only) }
        var results: [Result] = []
        for (name, ranges) in try cuts(of: stream) {
            let chunks = ranges.map { Array(stream.bytes[$0]) }
            let expected = Truth(stream).pieces
            var times = [[Double]](repeating: [], count: readers.count)
            var processorTimes = times
            for round in 0...rounds {
                for (position, reader) in readers.enumerated() {
                    let start = ContinuousClock.now
                    let processorStart = processorSeconds()
                    let answer = try await reader.run(chunks, stream.format)
                    let seconds = (ContinuousClock.now - start).seconds
                    let processor = processorSeconds() - processorStart
                    let isMerged = reader.name.hasSuffix("merged")
                    guard isMerged ? answer.deltas == 4 * expected.deltas : answer.equals(expected) else {
                        throw BenchError("\(reader.name): \(answer.text), expected \(expected.text)")
                    }
                    guard round > 0 else { continue }
                    times[position].append(seconds / (isMerged ? 4 : 1))
                    processorTimes[position].append(processor / (isMerged ? 4 : 1))
                }
            }
            for (position, reader) in readers.enumerated() {
                let median = Statistics(times[position]).median * 1e9
                let processor = Statistics(processorTimes[position]).median * 1e9
                results.append(
                    Result(
                        chunk: name, reader: reader.name, nsPerDelta: median / Double(expected.deltas),
                        nsPerChunk: median / Double(chunks.count),
                        processorNsPerDelta: processor / Double(expected.deltas)))
            }
        }
        return results
    }

    private static func processorSeconds() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
    }

    /// Large chunks, packets, and one event each, as a model sends them.
    private static func cuts(of stream: Stream) throws -> [(String, [Range<Int>])] {
        func every(_ size: Int) -> [Range<Int>] {
            var chunks = Chunks(stream, .bytes(size))
            return Array(AnyIterator { chunks.next() })
        }
        let isLines = stream.format.framing == .ndjson
        var events: [Range<Int>] = []
        var start = 0
        for position in 0..<stream.count where stream.bytes[position] == 0x0A {
            guard isLines || position > start && stream.bytes[position - 1] == 0x0A else { continue }
            events.append(start..<position + 1)
            start = position + 1
        }
        if start < stream.count { events.append(start..<stream.count) }
        return [("64 Ki", every(65_536)), ("1448", every(1_448)), ("one event", events)]
    }

    // MARK: Readers

    private static func views(_ chunks: [[UInt8]], _ format: WireFormat) throws -> baseline_answer {
        var answer = baseline_answer()
        var parser = StreamParser(format: format)
        for chunk in chunks { try parser.parse(chunk.span) { Contender.add($0, to: &answer) } }
        try parser.finish { Contender.add($0, to: &answer) }
        return answer
    }

    private static func copies(
        _ chunks: [[UInt8]], _ format: WireFormat, collects: Bool
    ) throws -> baseline_answer {
        var answer = baseline_answer()
        var message = Accumulator()
        var parser = StreamParser(format: format)
        for chunk in chunks {
            var reader = parser.read(chunk.span)
            while let delta = try reader.next() {
                add(OwnedDelta(copying: delta), to: &answer)
                if collects { try message.add(delta) }
            }
        }
        try parser.finish { add(OwnedDelta(copying: $0), to: &answer) }
        return answer
    }

    private static func sequence(
        _ chunks: [[UInt8]], _ format: WireFormat, idleTimeout: Duration?
    ) async throws -> baseline_answer {
        var answer = baseline_answer()
        let deltas = ReadyChunks(chunks: chunks).deltas(
            format: format, firstByteTimeout: idleTimeout, idleTimeout: idleTimeout)
        for try await delta in deltas { add(delta, to: &answer) }
        return answer
    }

    private static func merged(_ chunks: [[UInt8]], _ format: WireFormat) async throws -> baseline_answer {
        var answer = baseline_answer()
        let merged = MergedDeltas((0..<4).map { DeltaSource($0, ReadyChunks(chunks: chunks), format: format) })
        for await tagged in merged {
            switch tagged.event {
            case .delta(let delta): add(delta, to: &answer)
            case .end: break
            case .interrupted(let interruption): throw interruption
            }
        }
        return answer
    }

    private static func add(_ delta: OwnedDelta, to answer: inout baseline_answer) {
        guard delta.kind == .text || delta.kind == .reasoning || delta.kind == .toolArguments else { return }
        var text = delta.text
        text.withUTF8 {
            if let base = $0.baseAddress, !$0.isEmpty { baseline_add(&answer, base, $0.count) }
        }
    }
}
