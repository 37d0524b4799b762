@testable import Sluice
@testable import SluiceTestSupport

// All that an engine says of one stream, and the ways to have it said.

struct PropertyReading: Sendable {
    var deltas: [ReferenceDelta] = []
    var problems: [SluiceError] = []
    var answer = Accumulator()
    var end: StreamEnd?
    var failure: SluiceError?
    var formatName: String?
    /// Bytes looked at for delimiters.
    var scannedBytes = 0

    mutating func note(_ delta: borrowing Delta) {
        let problem = delta.problem
        if let problem { problems.append(problem) }
        // Its limits are those that no such stream passes.
        try? answer.add(delta)
        deltas.append(ReferenceDelta(delta, problem))
    }

    mutating func take(_ reader: consuming DeltaReader, inBatches: Bool) throws(SluiceError) {
        var reader = reader
        if inBatches {
            while let batch = try reader.nextBatch() {
                for number in 0..<batch.count { note(batch[number]) }
            }
        } else {
            while let delta = try reader.next() { note(delta) }
        }
    }

    /// With the deltas in the order of their events: while a format is not known, what the framing cannot read is told before
    /// the events that are kept.
    var inEventOrder: PropertyReading {
        var copy = self
        let order = deltas.enumerated().sorted { ($0.element.offset, $0.offset) < ($1.element.offset, $1.offset) }
        copy.deltas = order.map(\.element)
        copy.problems.sort { $0.event < $1.event }
        copy.answer = Accumulator()
        return copy
    }

    /// How another reading of the same stream differs; nil where it does not. Of a stream that an error has ended as many
    /// bytes have been read as its chunks had.
    func difference(from other: PropertyReading) -> String? {
        for (index, (delta, wanted)) in zip(deltas, other.deltas).enumerated() where delta != wanted {
            return "delta \(index) is \(delta.shown) instead of \(wanted.shown)"
        }
        if deltas.count != other.deltas.count {
            return "\(deltas.count) deltas instead of \(other.deltas.count)"
        }
        if problems != other.problems { return "\(problems) instead of \(other.problems)" }
        if failure != other.failure { return "failure \(failure as Any) instead of \(other.failure as Any)" }
        var (end, wanted) = (end, other.end)
        if failure != nil {
            end?.bytes = 0
            wanted?.bytes = 0
        }
        if end != wanted { return "\(end as Any) instead of \(wanted as Any)" }
        if answer != other.answer { return "\(answer) instead of \(other.answer)" }
        return formatName == other.formatName
            ? nil : "format \(formatName ?? "none") instead of \(other.formatName ?? "none")"
    }
}

/// A way to read a stream; the tests of the properties themselves put others in the place of the engine.
struct PropertyReader: Sendable {
    var read: @Sendable (GeneratedStream, _ chunks: Chunks, _ feeding: Feeding) -> PropertyReading

    func whole(_ stream: GeneratedStream) -> PropertyReading {
        read(stream, Chunks(whole: stream.bytes), .borrowed)
    }

    /// A new engine for each stream.
    static let engine = PropertyReader { stream, chunks, feeding in
        PropertyRun(format: stream.format, feeding: feeding).read(chunks)
    }
}

/// How one stream is read.
struct PropertyRun: Sendable {
    var format: WireFormat?
    var feeding = Feeding.borrowed
    var limits = Limits()
    var kinds: DeltaKinds = .answer
    var inBatches = false

    func read(_ chunks: Chunks) -> PropertyReading {
        var engine = Engine()
        return read(chunks, &engine)
    }

    func read(_ chunks: Chunks, _ engine: inout Engine) -> PropertyReading {
        var reading = PropertyReading()
        var stream = TokenStream(format: format, limits: limits, layout: feeding.layout, kinds: kinds)
        do throws(SluiceError) {
            for (number, chunk) in chunks.slices.enumerated() {
                try step(chunk, number, &engine, &stream, &reading)
            }
            try reading.take(engine.finish(&stream), inBatches: inBatches)
        } catch {
            reading.failure = error
        }
        note(&reading, stream)
        return reading
    }

    func note(_ reading: inout PropertyReading, _ stream: borrowing TokenStream) {
        reading.end = stream.end
        reading.formatName = stream.formatName
        reading.scannedBytes = Int(stream.scannedBytes)
    }

    /// Reads one chunk.
    func step(
        _ chunk: ArraySlice<UInt8>, _ number: Int, _ engine: inout Engine, _ stream: inout TokenStream,
        _ reading: inout PropertyReading
    ) throws(SluiceError) {
        if feeding.fills(number) {
            try lendFresh(chunk) { bytes throws(SluiceError) in try stream.fill(bytes) }
            try reading.take(engine.pull(&stream), inBatches: inBatches)
        } else {
            try lendFresh(chunk) { bytes throws(SluiceError) in
                try reading.take(engine.read(bytes, of: &stream), inBatches: inBatches)
            }
        }
    }
}
