import CBaselines
import Sluice

/// What a stream costs as it gets longer: time for a byte, memory, calls to malloc. One parser reads it all.
struct Growth {
    /// The stream is made block by block, so that only the parser's memory can grow; making it is not timed.
    static func measure(_ recording: Recording, bytes size: Int, seed: UInt64) throws -> GrowthRow {
        let block = min(size, 16 << 20)
        var amplifier = Amplifier(recording, seed: seed)
        var parser = StreamParser(format: recording.format)
        var seconds = 0.0
        var done = 0
        var answer = baseline_answer()
        var growth = Peak()
        var buffer: [UInt8] = []
        while done < size {
            buffer.removeAll(keepingCapacity: true)
            let responses = amplifier.fill(&buffer, to: min(block, size - done))
            let stream = try Stream(recording, buffer, responses)
            var piece = baseline_answer()
            growth.begin()
            let clock = ContinuousClock()
            let start = clock.now
            var chunks = Chunks(stream, .bytes(65_536))
            let bytes = stream.bytes
            while let chunk = chunks.next() {
                var reader = parser.read(bytes.span.extracting(chunk))
                while let delta = try reader.next() { Contender.add(delta, to: &piece) }
            }
            seconds += (clock.now - start).seconds
            growth.end()
            guard piece.equals(Truth(stream).pieces) else {
                throw BenchError("\(recording.name): another answer at byte \(done)")
            }
            answer.deltas += piece.deltas
            done += stream.count
        }
        return GrowthRow(
            contender: "sluice-simdjson", corpus: recording.name, bytes: done, nsPerByte: seconds * 1e9 / Double(done),
            peakGrowthBytes: growth.bytes, allocationsPerDelta: Double(growth.calls) / Double(answer.deltas))
    }

    /// How far memory rose above where it stood before, over all blocks.
    private struct Peak {
        var bytes: Int?
        var calls: UInt64 = 0
        private var resident: UInt64 = 0
        private var before = baseline_allocations()
        private var isKnown = false

        mutating func begin() {
            baseline_release_memory()
            isKnown = baseline_reset_peak()
            resident = baseline_resident_bytes()
            before = baseline_allocations_now()
        }

        mutating func end() {
            calls += baseline_allocations_now().calls - before.calls
            guard isKnown else { return }
            let peak = baseline_peak_resident_bytes()
            bytes = max(bytes ?? 0, peak > resident ? Int(peak - resident) : 0)
        }
    }
}
