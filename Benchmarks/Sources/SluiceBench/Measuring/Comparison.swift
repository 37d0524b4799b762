import CBaselines
import Sluice

/// One table of the report: contenders on the same stream, cut the same way, in turn with each other.
struct Comparison {
    var section: String
    var stream: Stream
    var chunk: ChunkSize
    var contenders: [Contender]
    var rounds: Int

    /// Runs the contenders once to warm up, check and count allocations, then in turn for time.
    ///
    /// - Throws: what Sluice throws; a contender of another kind that fails is marked wrong.
    func run(_ progress: inout Progress) throws -> [Row] {
        var times: [[Double]] = contenders.map { _ in [] }
        var answers: [baseline_answer?] = []
        var allocations: [(calls: Double, bytes: Double)?] = []
        var peaks: [Int?] = []
        for (position, contender) in contenders.enumerated() {
            var probe = Probe(isCounting: true)
            baseline_release_memory()
            let isKnown = baseline_reset_peak()
            let resident = baseline_resident_bytes()
            let (time, answer) = try time(contender, &probe)
            answers.append(answer)
            allocations.append(probe.perDelta)
            let peak = baseline_peak_resident_bytes()
            peaks.append(isKnown ? Int(max(peak, resident) - resident) : nil)
            progress.advance("\(section): \(contender.name)")
            // One who takes seconds is known well enough from one run, and leaves the others their time.
            if time > 0.7 { times[position] = [time] }
        }
        for round in 0..<rounds {
            for (position, contender) in contenders.enumerated() {
                let isSlow = (times[position].first ?? 0) > 0.2
                if isSlow && (round >= 3 || times[position][0] > 0.7) { continue }
                var probe = Probe(isCounting: false)
                let (time, answer) = try time(contender, &probe)
                times[position].append(time)
                if let answer, let first = answers[position], !answer.equals(first) { answers[position] = nil }
            }
            progress.advance(section, by: contenders.count)
        }
        return rows(times, answers, allocations, peaks)
    }

    private func time(_ contender: Contender, _ probe: inout Probe) throws -> (Double, baseline_answer?) {
        let clock = ContinuousClock()
        let start = clock.now
        do {
            let answer = try contender.run(stream, chunk, &probe)
            return ((clock.now - start).seconds, answer)
        } catch {
            if contender.name.hasPrefix("sluice") { throw error }
            return ((clock.now - start).seconds, nil)
        }
    }

    private func rows(
        _ times: [[Double]], _ answers: [baseline_answer?], _ allocations: [(calls: Double, bytes: Double)?],
        _ peaks: [Int?]
    ) -> [Row] {
        let truth = Truth(stream)
        func median(of name: String) -> Double? {
            contenders.firstIndex { $0.name == name }.map { Statistics(times[$0]).median }
        }
        let loop = median(of: "expert-loop")
        let expert = [loop, median(of: "expert-batch")].compactMap { $0 }.min()
        let memchr = median(of: "memchr")
        return contenders.indices.map { position in
            let contender = contenders[position]
            let time = Statistics(times[position])
            var row = Row(section, contender, stream, chunk)
            row.correct = answers[position].map { truth.agrees($0, contender.task) } ?? false
            row.setTime(time, bytes: stream.count, deltas: truth.pieces.deltas)
            row.ratioToExpert = expert.map { $0 / time.median }
            row.ratioToExpertLoop = loop.map { $0 / time.median }
            row.ratioToMemchr = memchr.map { $0 / time.median }
            if contender.task == .pieces {
                row.allocationsPerDelta = allocations[position]?.calls
                row.allocatedBytesPerDelta = allocations[position]?.bytes
            }
            if contender.task != .nothing { row.peakGrowthBytes = peaks[position] }
            row.hash = answers[position].map { String($0.hash, radix: 16) }
            return row
        }
    }
}

/// What every contender has to find: what the expert's loop over simdjson finds, which shares nothing with Sluice.
struct Truth {
    let pieces: baseline_answer
    private let usage: baseline_answer
    private let frames: baseline_answer

    init(_ stream: Stream) {
        pieces = stream.withCharacters { baseline_expert_loop(stream.baseline, $0, $1) }
        func answer(_ reader: some PayloadReader) -> baseline_answer {
            var reader = reader
            var framing = MemchrFraming(isLines: stream.format.framing == .ndjson)
            stream.bytes.withUnsafeBytes {
                try? framing.feed(UnsafeRawBufferPointer(rebasing: $0[..<stream.count]), &reader)
            }
            try? framing.finish(&reader)
            return reader.answer
        }
        usage = answer(UsageOnDemandReader(stream.baseline))
        frames = answer(FrameCounter(stream.baseline))
    }

    func agrees(_ answer: baseline_answer, _ task: Contender.Task) -> Bool {
        switch task {
        case .pieces: answer.equals(pieces)
        case .usage: answer.equals(usage)
        case .frames: answer.equals(frames)
        case .nothing: true
        }
    }

    func expected(_ task: Contender.Task) -> baseline_answer {
        switch task {
        case .usage: usage
        case .frames: frames
        case .pieces, .nothing: pieces
        }
    }
}

/// Seconds of several runs.
struct Statistics {
    let median: Double
    let minimum: Double
    let maximum: Double

    init(_ times: [Double]) {
        let sorted = times.sorted()
        minimum = sorted[0]
        maximum = sorted[sorted.count - 1]
        median = (sorted[(sorted.count - 1) / 2] + sorted[sorted.count / 2]) / 2
    }
}

extension Duration {
    var seconds: Double { Double(components.seconds) + Double(components.attoseconds) * 1e-18 }
    var nanoseconds: UInt64 {
        UInt64(components.seconds) * 1_000_000_000 + UInt64(components.attoseconds / 1_000_000_000)
    }
}
