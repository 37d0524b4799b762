import CBaselines
import Sluice

// Sluice as its users call it.

extension Contender {
    static let sluice = [
        sluice("sluice-skeleton", "borrowed", "skeleton", "borrowed chunk, event templates") {
            try borrowed($0, $1, &$2, Limits())
        },
        Contender(
            name: "sluice-abi", buffer: "borrowed", framing: "sluice", extraction: "skeleton",
            about: "Sluice from C: borrowed chunk, event templates", reach: .namedFormat, run: byC),
        sluice("sluice-ring-skeleton", "ring", "skeleton", "mirrored ring, event templates") {
            try filled($0, $1, &$2, .mirrored, Limits())
        },
        sluice("sluice-linear-skeleton", "linear", "skeleton", "linear buffer, event templates") {
            try filled($0, $1, &$2, .linear, Limits())
        },
        sluice("sluice-simdjson", "borrowed", "simdjson", "borrowed chunk, no templates") {
            try borrowed($0, $1, &$2, simdjsonOnly)
        },
        sluice("sluice-ring-simdjson", "ring", "simdjson", "mirrored ring, no templates") {
            try filled($0, $1, &$2, .mirrored, simdjsonOnly)
        },
        sluice("sluice-linear-simdjson", "linear", "simdjson", "linear buffer, no templates") {
            try filled($0, $1, &$2, .linear, simdjsonOnly)
        },
        sluice("sluice-framing", "borrowed", "none", "borrowed chunk, framing alone", .frames, frames),
        sluice("sluice-pass-through", "borrowed", "usage-skeleton", "borrowed chunk, usage alone", .usage, passThrough),
    ]

    private static func sluice(
        _ name: String, _ buffer: String, _ extraction: String, _ about: String, _ task: Task = .pieces,
        _ run: @escaping @Sendable (Stream, ChunkSize, inout Probe) throws -> baseline_answer
    ) -> Contender {
        Contender(
            name: name, buffer: buffer, framing: "sluice", extraction: extraction, about: "Sluice: " + about,
            task: task,
            run: run)
    }

    /// Every event is framed and parsed.
    static var simdjsonOnly: Limits {
        var limits = Limits()
        limits.maxTemplates = 0
        return limits
    }

    @inline(__always)
    static func add(_ delta: borrowing Delta, to answer: inout baseline_answer) {
        guard delta.kind == .text || delta.kind == .reasoning || delta.kind == .toolArguments else { return }
        delta.bytes.withUnsafeBytes {
            if !$0.isEmpty { baseline_add(&answer, $0.baseAddress, $0.count) }
        }
    }

    static func borrowed(
        _ stream: Stream, _ size: ChunkSize, _ probe: inout Probe, _ limits: Limits
    ) throws -> baseline_answer {
        var answer = baseline_answer()
        var parser = StreamParser(format: stream.format, limits: limits)
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
        // The ABI cuts a format as its table says; another framing it can only detect.
        let isNamed = WireFormat.named(stream.format.name)?.framing == stream.format.framing
        guard let parser = baseline_abi_create(isNamed ? stream.format.name : nil) else {
            throw BenchError("the C ABI has no format \(stream.format.name)")
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
        var parser = StreamParser(format: stream.format, limits: limits, layout: layout)
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
        try usage(stream, size, &probe, StreamParser(format: stream.format, kinds: [.finish, .usage, .error]))
    }

    /// The counts of tokens that `parser` finds.
    static func usage(
        _ stream: Stream, _ size: ChunkSize, _ probe: inout Probe, _ parser: consuming StreamParser
    ) throws -> baseline_answer {
        var answer = baseline_answer()
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

    @Sendable static func frames(_ stream: Stream, _ size: ChunkSize, _ probe: inout Probe) throws
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
        var reader = parser.finish(flush: false)
        while let frame = try reader.next() { FrameCounter.count(frame.payload.byteCount, &answer) }
        return answer
    }
}
