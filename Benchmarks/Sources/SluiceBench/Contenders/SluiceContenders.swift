import CBaselines
import Sluice

// Sluice as its users call it.

extension Contender {
    static let sluice = [
        Contender(name: "sluice-skeleton", buffer: "borrowed", framing: "sluice", extraction: "skeleton") {
            try borrowed($0, $1, &$2, Limits())
        },
        Contender(
            name: "sluice-abi", buffer: "borrowed", framing: "sluice", extraction: "skeleton", run: byC),
        Contender(name: "sluice-ring-skeleton", buffer: "ring", framing: "sluice", extraction: "skeleton") {
            try filled($0, $1, &$2, .mirrored, Limits())
        },
        Contender(name: "sluice-linear-skeleton", buffer: "linear", framing: "sluice", extraction: "skeleton") {
            try filled($0, $1, &$2, .linear, Limits())
        },
        Contender(name: "sluice-simdjson", buffer: "borrowed", framing: "sluice", extraction: "simdjson") {
            try borrowed($0, $1, &$2, simdjsonOnly)
        },
        Contender(name: "sluice-ring-simdjson", buffer: "ring", framing: "sluice", extraction: "simdjson") {
            try filled($0, $1, &$2, .mirrored, simdjsonOnly)
        },
        Contender(name: "sluice-linear-simdjson", buffer: "linear", framing: "sluice", extraction: "simdjson") {
            try filled($0, $1, &$2, .linear, simdjsonOnly)
        },
        Contender(
            name: "sluice-framing", buffer: "borrowed", framing: "sluice", extraction: "none", task: .frames,
            run: frames),
        Contender(
            name: "sluice-pass-through", buffer: "borrowed", framing: "sluice", extraction: "usage-skeleton",
            task: .usage, run: passThrough),
    ]

    /// Every event is framed and parsed.
    private static var simdjsonOnly: Limits {
        var limits = Limits()
        limits.maxSkeletons = 0
        return limits
    }

    @inline(__always)
    static func add(_ delta: borrowing Delta, to answer: inout baseline_answer) {
        guard delta.kind == .text || delta.kind == .reasoning || delta.kind == .toolArguments else { return }
        delta.bytes.withUnsafeBytes {
            if !$0.isEmpty { baseline_add(&answer, $0.baseAddress, $0.count) }
        }
    }

    private static func borrowed(
        _ stream: Stream, _ size: ChunkSize, _ probe: inout Probe, _ limits: Limits
    ) throws -> baseline_answer {
        var answer = baseline_answer()
        var parser = try StreamParser(format: stream.format, limits: limits)
        var chunks = Chunks(stream, size)
        let bytes = stream.bytes
        while let chunk = chunks.next() {
            var reader = parser.read(bytes.span.extracting(chunk))
            while let delta = try reader.next() { add(delta, to: &answer) }
            probe.chunkDone(at: chunk.upperBound, of: stream.count, deltas: answer.deltas)
        }
        _ = try parser.finish { add($0, to: &answer) }
        return answer
    }

    /// The same loop in C, over sluice.h.
    @Sendable private static func byC(
        _ stream: Stream, _ size: ChunkSize, _ probe: inout Probe
    ) throws -> baseline_answer {
        guard let parser = baseline_abi_create(stream.format.name) else {
            throw BenchError("the C ABI knows no \(stream.format.name)")
        }
        var answer = baseline_answer()
        var chunks = Chunks(stream, size)
        var isRead = true
        stream.withCharacters { characters, _ in
            while isRead, let chunk = chunks.next() {
                isRead = baseline_abi_read(parser, &answer, characters + chunk.lowerBound, chunk.count)
                probe.chunkDone(at: chunk.upperBound, of: stream.count, deltas: answer.deltas)
            }
        }
        guard baseline_abi_finish(parser, &answer), isRead else {
            throw BenchError("the C ABI could not read \(stream.format.name)")
        }
        return answer
    }

    private static func filled(
        _ stream: Stream, _ size: ChunkSize, _ probe: inout Probe, _ layout: BufferLayout,
        _ limits: Limits
    ) throws -> baseline_answer {
        var answer = baseline_answer()
        var parser = try StreamParser(format: stream.format, limits: limits, layout: layout)
        var chunks = Chunks(stream, size)
        let bytes = stream.bytes
        while let chunk = chunks.next() {
            try parser.fill(bytes.span.extracting(chunk))
            var reader = parser.pull()
            while let delta = try reader.next() { add(delta, to: &answer) }
            probe.chunkDone(at: chunk.upperBound, of: stream.count, deltas: answer.deltas)
        }
        _ = try parser.finish { add($0, to: &answer) }
        return answer
    }

    /// As a gateway does that sends the bytes on as they are, and wants to know how the stream ended and what it cost.
    @Sendable private static func passThrough(
        _ stream: Stream, _ size: ChunkSize, _ probe: inout Probe
    ) throws -> baseline_answer {
        var answer = baseline_answer()
        var parser = try StreamParser(format: stream.format, kinds: [.finish, .usage, .error])
        var chunks = Chunks(stream, size)
        let bytes = stream.bytes
        while let chunk = chunks.next() {
            var reader = parser.read(bytes.span.extracting(chunk))
            while let delta = try reader.next() { addUsage(delta, to: &answer) }
            probe.chunkDone(at: chunk.upperBound, of: stream.count, deltas: answer.deltas)
        }
        _ = try parser.finish { addUsage($0, to: &answer) }
        return answer
    }

    private static func addUsage(_ delta: borrowing Delta, to answer: inout baseline_answer) {
        guard delta.kind == .usage else { return }
        let counts = SIMD2(Int64(delta.inputTokens ?? -1), Int64(delta.outputTokens ?? -1))
        withUnsafeBytes(of: counts) {
            if let base = $0.baseAddress { baseline_add(&answer, base, $0.count) }
        }
    }

    @Sendable private static func frames(_ stream: Stream, _ size: ChunkSize, _ probe: inout Probe) throws
        -> baseline_answer
    {
        var answer = baseline_answer()
        var parser = FrameParser(framing: stream.format.framing)
        var chunks = Chunks(stream, size)
        let bytes = stream.bytes
        while let chunk = chunks.next() {
            var reader = parser.read(bytes.span.extracting(chunk))
            while let frame = try reader.next() { FrameCounter.count(frame.payload.byteCount, &answer) }
            probe.chunkDone(at: chunk.upperBound, of: stream.count, deltas: answer.deltas)
        }
        var reader = parser.readEnd(flush: false)
        while let frame = try reader.next() { FrameCounter.count(frame.payload.byteCount, &answer) }
        return answer
    }
}
