import CBaselines
import Sluice

/// One way to read the corpus.
struct Contender {
    var name: String
    /// It reads deltas, so its answer is compared.
    var checks: Bool
    var run: ([UInt8], Int) throws -> Outcome

    /// What it read, and what it allocated once it was warm.
    struct Outcome {
        var answer: baseline_answer
        /// Calls to malloc and bytes between the 32nd chunk and the last; nil where nothing is counted.
        var warm: (calls: UInt64, bytes: UInt64)?
    }

    static func all(chunk: Int) -> [Contender] {
        [
            Contender(name: "memchr", checks: false) { bytes, length in
                let lines = bytes.withUnsafeBytes { baseline_memchr($0.baseAddress!.assumingMemoryBound(to: CChar.self), length) }
                return Outcome(answer: baseline_answer(deltas: lines, bytes: 0, hash: 0))
            },
            Contender(name: "expert-loop", checks: true) { bytes, length in
                let answer = bytes.withUnsafeBytes {
                    baseline_expert_loop($0.baseAddress!.assumingMemoryBound(to: CChar.self), length)
                }
                return Outcome(answer: answer)
            },
            Contender(name: "expert-batch", checks: true) { bytes, length in
                let answer = bytes.withUnsafeBytes {
                    baseline_expert_batch($0.baseAddress!.assumingMemoryBound(to: CChar.self), length)
                }
                return Outcome(answer: answer)
            },
            Contender(name: "sluice-simdjson", checks: true) { bytes, length in
                try borrowed(bytes, length, chunk)
            },
            Contender(name: "sluice-ring-simdjson", checks: true) { bytes, length in
                try ring(bytes, length, chunk)
            },
            Contender(name: "sluice-framing", checks: false) { bytes, length in
                try framing(bytes, length, chunk)
            },
        ]
    }

    private static func add(_ delta: borrowing Delta, to answer: inout baseline_answer) {
        guard delta.kind == .text else { return }
        delta.bytes.withUnsafeBytes { baseline_add(&answer, $0.baseAddress, $0.count) }
    }

    private static func borrowed(_ bytes: [UInt8], _ length: Int, _ chunk: Int) throws -> Outcome {
        var answer = baseline_answer()
        var parser = try StreamParser(format: .openAIChat)
        var warmth = Warmth()
        var start = 0
        while start < length {
            let end = min(length, start + chunk)
            var reader = parser.read(bytes.span.bytes.extracting(start..<end))
            while let delta = try reader.next() { add(delta, to: &answer) }
            start = end
            warmth.chunkDone()
        }
        let warm = warmth.counted
        try parser.finish { add($0, to: &answer) }
        return Outcome(answer: answer, warm: warm)
    }

    private static func ring(_ bytes: [UInt8], _ length: Int, _ chunk: Int) throws -> Outcome {
        var answer = baseline_answer()
        var parser = try StreamParser(format: .openAIChat)
        var warmth = Warmth()
        var start = 0
        while start < length {
            let end = min(length, start + chunk)
            try parser.fill(bytes.span.bytes.extracting(start..<end))
            var reader = parser.pull()
            while let delta = try reader.next() { add(delta, to: &answer) }
            start = end
            warmth.chunkDone()
        }
        let warm = warmth.counted
        try parser.finish { add($0, to: &answer) }
        return Outcome(answer: answer, warm: warm)
    }

    private static func framing(_ bytes: [UInt8], _ length: Int, _ chunk: Int) throws -> Outcome {
        var answer = baseline_answer()
        var parser = FrameParser(framing: .sse)
        var start = 0
        while start < length {
            let end = min(length, start + chunk)
            var reader = parser.read(bytes.span.bytes.extracting(start..<end))
            while let frame = try reader.next() { answer.deltas += frame.payload.byteCount > 0 ? 1 : 0 }
            start = end
        }
        return Outcome(answer: answer)
    }
}

/// Counts allocations once the buffers have had 32 chunks to grow.
private struct Warmth {
    private var chunks = 0
    private var before: baseline_allocations?

    mutating func chunkDone() {
        chunks += 1
        if chunks == 32 { before = baseline_allocations_now() }
    }

    var counted: (calls: UInt64, bytes: UInt64)? {
        guard let before else { return nil }
        let after = baseline_allocations_now()
        return (after.calls - before.calls, after.bytes - before.bytes)
    }
}
