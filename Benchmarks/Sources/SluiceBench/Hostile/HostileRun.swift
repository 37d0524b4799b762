import CBaselines
import Sluice

/// Feeds one case in one way, and measures.
enum HostileRun {
    static func measure(_ item: HostileCase, _ feed: HostileFeed) throws -> HostileRow {
        baseline_release_memory()
        let isKnown = baseline_reset_peak()
        let before = baseline_resident_bytes()
        var row = HostileRow(
            name: item.name, about: item.about, feed: feed.name, seconds: 0, peakGrowthBytes: nil, ownBytes: 0,
            boundBytes: item.bound.bytes, leastGBPerSecond: item.leastGBPerSecond, outcome: HostileOutcome())
        switch item.work {
        case .stream(let source): try run(item, source, feed, &row)
        case .sweep(let sweep):
            let clock = ContinuousClock()
            let start = clock.now
            try sweep(feed, &row.outcome)
            row.seconds = (clock.now - start).seconds
        }
        if isKnown {
            let peak = baseline_peak_resident_bytes()
            row.peakGrowthBytes = peak > before ? Int(peak - before) : 0
        }
        row.problem = item.expected.problem(with: row.outcome)
        if let growth = row.peakGrowthBytes, growth > item.bound.bytes {
            row.problem = "memory" + (row.problem.map { ", \($0)" } ?? "")
        }
        if row.ownBytes > item.bound.bytes { row.problem = "the parser's own memory" }
        return row
    }

    private static func run(
        _ item: HostileCase, _ parts: HostileSource, _ feed: HostileFeed, _ row: inout HostileRow
    ) throws {
        var source = parts
        var block: [UInt8] = []
        var engine = Engine()
        var stream = TokenStream(format: item.format, limits: item.limits)
        var answer = Accumulator()
        let clock = ContinuousClock()
        do throws(SluiceError) {
            while true {
                source.fill(&block)
                let start = clock.now
                defer { row.seconds += (clock.now - start).seconds }
                if block.isEmpty {
                    var reader = engine.finish(&stream)
                    try take(&reader, item, &answer, &row.outcome)
                    break
                }
                row.outcome.bytes += block.count
                try read(block.span, feed, &engine, &stream) { (reader: inout DeltaReader) throws(SluiceError) in
                    try take(&reader, item, &answer, &row.outcome)
                }
                row.ownBytes = max(row.ownBytes, stream.allocatedBytes)
            }
        } catch {
            row.outcome.stop(error)
        }
        row.outcome.status = stream.end.status.rawValue
        withExtendedLifetime(answer) {}
    }

    /// Hands `bytes` over chunk by chunk.
    static func read(
        _ bytes: Span<UInt8>, _ feed: HostileFeed, _ engine: inout Engine, _ stream: inout TokenStream,
        _ body: (inout DeltaReader) throws(SluiceError) -> Void
    ) throws(SluiceError) {
        var start = 0
        while start < bytes.count {
            let chunk = bytes.extracting(start..<min(bytes.count, start + feed.chunk))
            start += chunk.count
            if case .ring = feed {
                try engine.fill(chunk, of: &stream)
                var reader = engine.pull(&stream)
                try body(&reader)
            } else {
                var reader = engine.read(chunk, of: &stream)
                try body(&reader)
            }
        }
    }

    private static func take(
        _ reader: inout DeltaReader, _ item: HostileCase, _ answer: inout Accumulator, _ outcome: inout HostileOutcome
    ) throws(SluiceError) {
        while let delta = try reader.next() {
            if item.collects { try answer.add(delta) }
            outcome.take(delta)
        }
    }
}
