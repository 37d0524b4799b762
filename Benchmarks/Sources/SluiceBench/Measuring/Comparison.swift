import CBaselines
import Sluice

/// One table of the report: contenders on the same stream, cut the same way, in turn with each other.
struct Comparison {
    var section: String
    var stream: Stream
    var chunk: ChunkSize
    var contenders: [Contender]
    var rounds: Int
    /// What every contender has to find; nil: what the hand-written loop finds.
    var truth: Truth?
    /// Contenders with another answer are left out of the rounds and the rows.
    var excludesWrong = false
    /// After so long no further round begins, once there are five.
    var budget: Duration?

    /// What came of a comparison.
    struct Outcome {
        var rows: [Row] = []
        /// Contenders that were left out, and why.
        var exclusions: [Exclusion] = []
        var rounds = 0
    }

    /// Runs the contenders once to warm up, check and count allocations, then in turn for time.
    ///
    /// - Throws: what Sluice throws; a contender of another kind that fails is marked wrong.
    func run(_ progress: inout Progress) throws -> [Row] { try measure(&progress).rows }

    /// As ``run(_:)``, with what was left out.
    func measure(_ progress: inout Progress) throws -> Outcome {
        let truth = truth ?? Truth(stream)
        let clock = ContinuousClock()
        let begin = clock.now
        var outcome = Outcome()
        var runs: [Runs] = []
        for contender in contenders {
            let run = try warmUp(contender)
            progress.advance("\(section): \(contender.name)")
            let isRight = run.answer.map { truth.agrees($0, contender.task) } ?? false
            if isRight || !excludesWrong {
                runs.append(run)
            } else {
                outcome.exclusions.append(Exclusion(run, expected: truth.expected(contender.task)))
                progress.advance(section, by: rounds)
            }
        }
        while outcome.rounds < rounds {
            if let budget, outcome.rounds >= 5, clock.now - begin > budget { break }
            for position in runs.indices { try runs[position].repeatRun(outcome.rounds, of: self) }
            outcome.rounds += 1
            progress.advance(section, by: runs.count)
        }
        outcome.rows = rows(runs, truth)
        return outcome
    }

    /// What one contender did.
    struct Runs {
        let contender: Contender
        var times: [Double] = []
        var answer: baseline_answer?
        /// Why it has no answer.
        var failure: String?
        var allocations: (calls: Double, bytes: Double)?
        var peak: Int?

        init(_ contender: Contender) { self.contender = contender }

        /// One that takes long runs less often.
        fileprivate mutating func repeatRun(_ round: Int, of comparison: Comparison) throws {
            let first = times.first ?? 0
            if first > 0.2 && (round >= 3 || first > 0.7) { return }
            var probe = Probe(isCounting: false)
            let (time, found, _) = try comparison.time(contender, &probe)
            times.append(time)
            if let found, let answer, !found.equals(answer) { self.answer = nil }
        }
    }

    private func warmUp(_ contender: Contender) throws -> Runs {
        var run = Runs(contender)
        var probe = Probe(isCounting: true)
        baseline_release_memory()
        let isKnown = baseline_reset_peak()
        let resident = baseline_resident_bytes()
        let time: Double
        (time, run.answer, run.failure) = try self.time(contender, &probe)
        run.allocations = probe.perDelta
        run.peak = isKnown ? Int(max(baseline_peak_resident_bytes(), resident) - resident) : nil
        // One that takes seconds is known well enough from one run, and leaves the others their time.
        if time > 0.7 { run.times = [time] }
        return run
    }

    private func time(_ contender: Contender, _ probe: inout Probe) throws -> (Double, baseline_answer?, String?) {
        let clock = ContinuousClock()
        let start = clock.now
        do {
            let answer = try contender.run(stream, chunk, &probe)
            return ((clock.now - start).seconds, answer, nil)
        } catch {
            if !excludesWrong && contender.name.hasPrefix("sluice") { throw error }
            return ((clock.now - start).seconds, nil, "\(error)")
        }
    }

    private func rows(_ runs: [Runs], _ truth: Truth) -> [Row] {
        func median(of name: String) -> Double? {
            runs.first { $0.contender.name == name }.map { Statistics($0.times).median }
        }
        let loop = median(of: "expert-loop")
        let expert = [loop, median(of: "expert-batch")].compactMap { $0 }.min()
        let memchr = median(of: "memchr")
        return runs.map { run in
            let contender = run.contender
            let time = Statistics(run.times)
            var row = Row(section, contender, stream, chunk)
            row.correct = run.answer.map { truth.agrees($0, contender.task) } ?? false
            row.setTime(time, bytes: stream.count, deltas: truth.pieces.deltas)
            row.ratioToExpert = expert.map { $0 / time.median }
            row.ratioToExpertLoop = loop.map { $0 / time.median }
            row.ratioToMemchr = memchr.map { $0 / time.median }
            if contender.task == .pieces {
                row.allocationsPerDelta = run.allocations?.calls
                row.allocatedBytesPerDelta = run.allocations?.bytes
            }
            if contender.task != .nothing { row.peakGrowthBytes = run.peak }
            row.hash = run.answer.map { String($0.hash, radix: 16) }
            return row
        }
    }
}

/// A contender that does not take part, and why.
struct Exclusion: Codable {
    var contender: String
    var reason: String

    init(_ contender: Contender, _ reason: String) {
        self.contender = contender.name
        self.reason = reason
    }

    /// One whose answer is not the expected one.
    fileprivate init(_ run: Comparison.Runs, expected: baseline_answer) {
        let found = run.failure.map { "failed: \($0)" } ?? "found \(run.answer?.text ?? "nothing")"
        self.init(run.contender, found + "; expected \(expected.text)")
    }
}

/// What every contender has to find.
struct Truth {
    let pieces: baseline_answer
    private let usage: baseline_answer
    private let frames: baseline_answer

    init(pieces: baseline_answer, usage: baseline_answer, frames: baseline_answer) {
        (self.pieces, self.usage, self.frames) = (pieces, usage, frames)
    }

    /// What the hand-written loop over simdjson finds, which shares nothing with Sluice.
    init(_ stream: Stream) {
        pieces = stream.withCharacters { baseline_expert_loop(stream.baseline, $0, $1) }
        usage = Self.lineByLine(UsageOnDemandReader(stream.baseline), stream)
        frames = Self.lineByLine(FrameCounter(stream.baseline), stream)
    }

    /// What `reader` finds between line feeds.
    static func lineByLine(_ reader: some PayloadReader, _ stream: Stream) -> baseline_answer {
        var reader = reader
        var framing = MemchrFraming(stream.format.framing)
        stream.bytes.withUnsafeBytes {
            try? framing.feed(UnsafeRawBufferPointer(rebasing: $0[..<stream.count]), &reader)
        }
        try? framing.finish(&reader)
        return reader.answer
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
