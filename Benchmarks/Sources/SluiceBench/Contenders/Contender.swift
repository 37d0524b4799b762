import CBaselines
import Sluice

/// One way to read a stream: where the bytes lie, how frames are found, and what reads a payload.
struct Contender: Sendable {
    /// What is looked for, so which answers can be compared.
    enum Task: String, Sendable {
        /// Every piece of text, reasoning and arguments.
        case pieces
        /// The counts of tokens that the stream reports.
        case usage
        /// Where frames lie and nothing inside of them: their number and the bytes of their payloads.
        case frames
        /// Nothing: a ceiling.
        case nothing
    }

    var name: String
    var buffer: String
    var framing: String
    var extraction: String
    var task = Task.pieces
    /// Reads the whole input however it is cut.
    var ignoresChunks = false
    var run: @Sendable (Stream, ChunkSize, inout Probe) throws -> baseline_answer

    /// What everybody is compared with.
    static let ceilings = [
        Contender(
            name: "read", buffer: "none", framing: "none", extraction: "none", task: .nothing, ignoresChunks: true
        ) {
            stream, _, _ in
            baseline_answer(deltas: 0, bytes: 0, hash: stream.withCharacters(baseline_read))
        },
        Contender(
            name: "memchr", buffer: "none", framing: "memchr", extraction: "none", task: .nothing, ignoresChunks: true
        ) {
            stream, _, _ in
            baseline_answer(deltas: stream.withCharacters(baseline_memchr), bytes: 0, hash: 0)
        },
    ]

    static let experts = [
        Contender(
            name: "expert-loop", buffer: "none", framing: "memchr", extraction: "simdjson", ignoresChunks: true
        ) { stream, _, _ in
            stream.withCharacters { baseline_expert_loop(stream.baseline, $0, $1) }
        },
        Contender(
            name: "expert-batch", buffer: "none", framing: "blanked copy", extraction: "simdjson iterate_many",
            ignoresChunks: true
        ) { stream, _, _ in
            stream.withCharacters { baseline_expert_batch(stream.baseline, $0, $1) }
        },
    ]

    /// What people write, under the names by which they know it.
    static let familiar = [
        assembled("string-split", StringSplitFraming.self, JSONSerializationReader.self),
        assembled("foundation-jsonserialization", DataFraming.self, JSONSerializationReader.self),
        assembled("foundation-jsondecoder", DataFraming.self, JSONDecoderReader.self),
        assembled("byte-loop", ByteLoopFraming.self, OnDemandReader.self),
        assembled("simdjson-dom", MemchrFraming.self, DOMReader.self),
    ]

    /// Every framing with every extraction.
    static let matrix: [Contender] =
        row(ByteLoopFraming.self) + row(MemchrFraming.self) + row(StringSplitFraming.self) + row(DataFraming.self)
        + row(SluiceFraming<Borrowed>.self) + row(SluiceFraming<Ring>.self) + row(SluiceFraming<Linear>.self)

    private static func row<Framing: FramingStrategy & ~Copyable>(_: Framing.Type) -> [Contender] {
        [
            assembled(nil, Framing.self, OnDemandReader.self), assembled(nil, Framing.self, DOMReader.self),
            assembled(nil, Framing.self, JSONSerializationReader.self),
            assembled(nil, Framing.self, JSONDecoderReader.self),
            assembled(nil, Framing.self, UsageFilterReader.self), assembled(nil, Framing.self, FrameCounter.self),
        ]
    }

    /// A framing and an extraction put together; compiled as one, as by hand.
    private static func assembled<Framing: FramingStrategy & ~Copyable, Reader: PayloadReader>(
        _ name: String?, _: Framing.Type, _: Reader.Type
    ) -> Contender {
        Contender(
            name: name ?? "\(Framing.name)/\(Reader.name)", buffer: Framing.buffer, framing: Framing.name,
            extraction: Reader.name, task: Reader.task
        ) { stream, size, probe in
            var framing = Framing(isLines: stream.format.framing == .ndjson)
            var reader = Reader(stream.baseline)
            var chunks = Chunks(stream, size)
            try stream.bytes.withUnsafeBytes { bytes in
                while let chunk = chunks.next() {
                    try framing.feed(UnsafeRawBufferPointer(rebasing: bytes[chunk]), &reader)
                    probe.chunkDone(at: chunk.upperBound, of: stream.count, deltas: reader.answer.deltas)
                }
                try framing.finish(&reader)
            }
            return reader.answer
        }
    }
}

/// Counts allocations in the second half of a run, when everything is warm.
struct Probe {
    private var before: (allocations: baseline_allocations, deltas: UInt64)?
    private var after: (allocations: baseline_allocations, deltas: UInt64)?
    private let isCounting: Bool

    init(isCounting: Bool) { self.isCounting = isCounting }

    @inline(__always)
    mutating func chunkDone(at offset: Int, of count: Int, deltas: UInt64) {
        if isCounting { note(offset, count, deltas) }
    }

    @inline(never)
    private mutating func note(_ offset: Int, _ count: Int, _ deltas: UInt64) {
        if before == nil, offset * 2 >= count {
            before = (baseline_allocations_now(), deltas)
        } else if offset == count {
            after = (baseline_allocations_now(), deltas)
        }
    }

    /// Calls to malloc and bytes a delta; nil where the input came in too few chunks to tell.
    var perDelta: (calls: Double, bytes: Double)? {
        guard let before, let after, after.deltas > before.deltas else { return nil }
        let deltas = Double(after.deltas - before.deltas)
        return (
            Double(after.allocations.calls - before.allocations.calls) / deltas,
            Double(after.allocations.bytes - before.allocations.bytes) / deltas
        )
    }
}
