import Testing

@testable import Sluice
@testable import SluiceTestSupport

// Streams that move between tasks, and an engine that many of them share behind an actor, as the documentation has it. The
// thread sanitizer watches; the logs must be those of a parser that is alone.

@Suite("concurrency")
struct ConcurrencyTests {
    /// A stream on its way from one task to the next.
    struct Job: ~Copyable, Sendable {
        var stream: TokenStream
        var log = DeltaLog()
    }

    /// One engine, and one read at a time.
    actor Reader {
        var engine = Engine()

        func read(_ chunk: [UInt8], _ job: consuming Job) throws -> Job {
            var job = job
            var log = job.log
            try log.take(engine.read(chunk.span, of: &job.stream))
            job.log = log
            return job
        }

        func end(_ job: consuming Job) throws -> DeltaLog {
            var job = job
            var log = job.log
            try log.take(engine.finish(&job.stream))
            log.end = job.stream.end
            log.format = job.stream.formatName
            return log
        }
    }

    /// Many streams of several formats, and what a parser that is alone says of each.
    private static let streams: [(bytes: [UInt8], wanted: DeltaLog)] = (0..<24).map { number in
        let stream = DeltaSplitTests.streams[number % DeltaSplitTests.streams.count]
        return (stream.bytes, DeltaRun().log(Chunks(whole: stream.bytes)))
    }

    private static func chunks(of bytes: [UInt8], _ number: Int) -> [[UInt8]] {
        Chunks(bytes, of: 1 + number % 7 * 13).slices.map(Array.init)
    }

    @Test("streams that share an engine behind an actor, each read by a task of its own")
    func sharedEngine() async throws {
        let reader = Reader()
        try await Self.readAll { chunks in
            var job = Job(stream: TokenStream())
            for chunk in chunks { job = try await reader.read(chunk, job) }
            return try await reader.end(job)
        }
    }

    @Test("streams that move between tasks and engines, also inside of an event")
    func movingStreams() async throws {
        let readers = [Reader(), Reader(), Reader()]
        try await Self.readAll { chunks in
            var job = Job(stream: TokenStream())
            for (number, chunk) in chunks.enumerated() { job = try await readers[number % 3].read(chunk, job) }
            return try await readers[chunks.count % 3].end(job)
        }
    }

    @Test("parallel parsers at once")
    func parallelParsers() async throws {
        let event = "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"word\"}}]}\n\n"
        let bytes = Array(String(repeating: event, count: 8000).utf8)
        let counts = try await withThrowingTaskGroup(of: Int.self) { group in
            for _ in 0..<4 {
                group.addTask {
                    let outcome = try ParallelParser.parse(bytes.span, format: .openAIChat, workers: 3, into: 0) {
                        count, delta in
                        if delta.kind == .text { count += 1 }
                    }
                    return outcome.results.reduce(0, +)
                }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(counts == [8000, 8000, 8000, 8000])
    }

    /// Reads all streams at once, a task each, and compares what they say.
    private static func readAll(_ body: @escaping @Sendable ([[UInt8]]) async throws -> DeltaLog) async throws {
        try await withThrowingTaskGroup(of: (Int, DeltaLog).self) { group in
            for (number, stream) in streams.enumerated() {
                group.addTask {
                    do {
                        return (number, try await body(chunks(of: stream.bytes, number)))
                    } catch let error as SluiceError {
                        return (number, DeltaLog(failure: OwnedProblem(error)))
                    }
                }
            }
            for try await (number, log) in group {
                let wanted = streams[number].wanted
                if wanted.failure != nil {
                    #expect(log.failure == wanted.failure, "stream \(number)")
                } else {
                    #expect(log == wanted, "stream \(number): \(log.firstDifference(from: wanted))")
                }
            }
        }
    }
}
