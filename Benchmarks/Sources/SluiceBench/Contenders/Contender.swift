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
    /// What it is, for a person who has not read its code.
    var about: String
    var task = Task.pieces
    var reach = Reach.everything
    /// Reads the whole input however it is cut.
    var ignoresChunks = false
    var run: @Sendable (Stream, ChunkSize, inout Probe) throws -> baseline_answer

    /// What everybody is compared with.
    static let ceilings = [
        Contender(
            name: "read", buffer: "none", framing: "none", extraction: "none", about: "ceiling: reads every byte",
            task: .nothing, reach: .bytes, ignoresChunks: true
        ) {
            stream, _, _ in
            baseline_answer(deltas: 0, bytes: 0, hash: stream.withCharacters(baseline_read))
        },
        Contender(
            name: "memchr", buffer: "none", framing: "memchr", extraction: "none",
            about: "ceiling: finds every line feed", task: .nothing, reach: .bytes, ignoresChunks: true
        ) {
            stream, _, _ in
            baseline_answer(deltas: stream.withCharacters(baseline_memchr), bytes: 0, hash: 0)
        },
    ]

    static let experts = [
        Contender(
            name: "expert-loop", buffer: "none", framing: "memchr", extraction: "simdjson",
            about: "hand-written C++ (simdjson On-Demand)", reach: .handWritten([.sse, .ndjson, .awsEventStream]),
            ignoresChunks: true
        ) { stream, _, _ in
            stream.withCharacters {
                stream.format.framing == .awsEventStream
                    ? baseline_expert_messages($0, $1) : baseline_expert_loop(stream.baseline, $0, $1)
            }
        },
        Contender(
            name: "expert-batch", buffer: "none", framing: "blanked copy", extraction: "simdjson iterate_many",
            about: "hand-written C++ (simdjson iterate_many)", reach: .handWritten([.sse, .ndjson, .jsonArray]),
            ignoresChunks: true
        ) { stream, _, _ in
            stream.withCharacters {
                stream.format.framing == .jsonArray
                    ? baseline_expert_arrays(stream.baseline, $0, $1, stream.longestResponse)
                    : baseline_expert_batch(stream.baseline, $0, $1)
            }
        },
    ]

    /// What people write, under the names by which they know it.
    static let familiar = [
        assembled(
            "string-split", "String's own split, JSONSerialization", StringSplitFraming.self,
            JSONSerializationReader.self),
        assembled(
            "foundation-jsonserialization", "Data.range(of:), JSONSerialization", DataFraming.self,
            JSONSerializationReader.self),
        assembled(
            "foundation-jsondecoder", "Data.range(of:), JSONDecoder", DataFraming.self, JSONDecoderReader.self),
        assembled(
            "byte-loop", "Swift loop over bytes, simdjson On-Demand", ByteLoopFraming.self, OnDemandReader.self),
        assembled("simdjson-dom", "memchr for line feeds, simdjson's DOM", MemchrFraming.self, DOMReader.self),
    ]

    /// Every framing with every extraction.
    static let matrix: [Contender] =
        row(ByteLoopFraming.self) + row(MemchrFraming.self) + row(StringSplitFraming.self) + row(DataFraming.self)
        + row(SluiceFraming<Borrowed>.self) + row(SluiceFraming<Ring>.self) + row(SluiceFraming<Linear>.self)

    private static func row<Strategy: FramingStrategy & ~Copyable>(_: Strategy.Type) -> [Contender] {
        [
            assembled(Strategy.self, OnDemandReader.self), assembled(Strategy.self, DOMReader.self),
            assembled(Strategy.self, JSONSerializationReader.self), assembled(Strategy.self, JSONDecoderReader.self),
            assembled(Strategy.self, UsageFilterReader.self), assembled(Strategy.self, FrameCounter.self),
        ]
    }

    private static func assembled<Strategy: FramingStrategy & ~Copyable, Reader: PayloadReader>(
        _: Strategy.Type, _: Reader.Type
    ) -> Contender {
        let about = Strategy.about + (Reader.task == .frames ? ", framing alone" : ", then \(Reader.name)")
        return assembled("\(Strategy.name)/\(Reader.name)", about, Strategy.self, Reader.self)
    }

    /// A framing and an extraction put together; compiled as one, as by hand.
    private static func assembled<Strategy: FramingStrategy & ~Copyable, Reader: PayloadReader>(
        _ name: String, _ about: String, _: Strategy.Type, _: Reader.Type
    ) -> Contender {
        Contender(
            name: name, buffer: Strategy.buffer, framing: Strategy.name, extraction: Reader.name, about: about,
            task: Reader.task, reach: reach(Strategy.self, Reader.self)
        ) { stream, size, probe in
            var framing = Strategy(stream.format.framing)
            // What looks at nothing in an event reads any format.
            var reader = Reader(Reader.task == .frames ? BASELINE_RAW_TEXT : stream.baseline)
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

    private static func reach<Strategy: FramingStrategy & ~Copyable, Reader: PayloadReader>(
        _: Strategy.Type, _: Reader.Type
    ) -> Reach {
        if Strategy.isLines { return Reader.task == .frames ? .lineFrames : .lines }
        return Reader.task == .frames ? .everything : .knownFormats
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

    /// Calls to malloc and bytes a delta; nil where the input came in too few chunks.
    var perDelta: (calls: Double, bytes: Double)? {
        guard let before, let after, after.deltas > before.deltas else { return nil }
        let deltas = Double(after.deltas - before.deltas)
        return (
            Double(after.allocations.calls - before.allocations.calls) / deltas,
            Double(after.allocations.bytes - before.allocations.bytes) / deltas
        )
    }
}
