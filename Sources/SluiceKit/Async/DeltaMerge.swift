internal import Sluice

// The reader of one stream or of several: takes chunks from the inbox and makes deltas of them, all through one engine.

/// What a stream is to be read from, and how.
struct StreamRequest: Sendable {
    let source: ChunkSource
    let format: WireFormat?
    let limits: Limits
    let kinds: Set<DeltaKind>?
    let outcome: StreamOutcome

    init(_ source: ChunkSource, format: WireFormat?, limits: Limits, kinds: Set<DeltaKind>?) {
        self.source = source
        self.format = format
        self.limits = limits
        self.kinds = kinds
        outcome = StreamOutcome(limits: limits)
    }
}

/// Why a stream has ended for its reader.
enum StreamEnding {
    case finished
    case interrupted(StreamInterruption.Cause)
}

final class DeltaMerge {
    /// What comes next.
    enum Step {
        /// Deltas of a stream, at least one.
        case deltas([OwnedDelta], of: Int)
        /// A stream has ended; told once for each.
        case ended(Int, StreamEnding)
    }

    private final class Reading {
        /// Nil where the stream's table of paths cannot be compiled.
        var stream: TokenStream?
        let outcome: StreamOutcome
        var ending: StreamEnding?
        /// How many deltas the last slice had; the next will have about as many.
        var expectedCount = 0

        init(_ request: StreamRequest) {
            outcome = request.outcome
            do {
                stream = try TokenStream(format: request.format, limits: request.limits, kinds: request.kinds)
            } catch {
                ending = .interrupted(.parser(error))
            }
        }

        /// The stream has come so far, and these deltas are handed out next.
        func show(_ deltas: [OwnedDelta]) {
            outcome.begin(deltas, end: stream?.end ?? StreamEnd(), formatName: stream?.formatName)
        }
    }

    private let inbox: ChunkInbox
    private var engine = Engine()
    private let readings: [Reading]
    private var chunk: [UInt8] = []
    private var readBytes = 0
    /// The stream that `chunk` is of; asked for the next when it has been used up.
    private var current: Int?
    /// Streams that have ended, which has not been told yet.
    private var untold: [Int] = []
    private var toldCount = 0
    private var hasBegun = false

    init(_ requests: [StreamRequest], timing: IdleTiming?) {
        inbox = ChunkInbox(requests.map(\.source), timing: timing)
        readings = requests.map(Reading.init)
    }

    deinit { inbox.close() }

    /// The next deltas or the next end; nil once every stream's end was told. Waits for the sources.
    func next(isolation: isolated (any Actor)?) async -> Step? {
        if !hasBegun { begin() }
        while true {
            if Task.isCancelled { cancel() }
            if !untold.isEmpty { return tell(untold.removeFirst()) }
            if toldCount == readings.count { return nil }
            if let current, readBytes < chunk.count {
                let deltas = readSlice(of: current)
                if !deltas.isEmpty { return .deltas(deltas, of: current) }
            } else {
                if let current { inbox.ask(current) }
                current = nil
                guard let (number, arrival) = await inbox.next(isolation: isolation) else { continue }
                let deltas = take(arrival, of: number)
                if !deltas.isEmpty { return .deltas(deltas, of: number) }
            }
        }
    }

    private func begin() {
        hasBegun = true
        for number in readings.indices {
            if readings[number].ending == nil { inbox.ask(number) } else { untold.append(number) }
        }
    }

    private func tell(_ number: Int) -> Step {
        let reading = readings[number]
        toldCount += 1
        reading.show([])
        if toldCount == readings.count { inbox.close() }
        return .ended(number, reading.ending ?? .finished)
    }

    // MARK: Ends

    /// Ends what has not ended yet: the reader's task was cancelled.
    private func cancel() {
        inbox.close()
        for number in readings.indices where readings[number].ending == nil { end(number, .interrupted(.cancelled)) }
    }

    /// Ends a stream while some of its deltas have not been handed out, which is what it has ended of then.
    func interrupt(_ number: Int, _ cause: StreamInterruption.Cause) {
        if readings[number].ending == nil { untold.append(number) }
        readings[number].ending = .interrupted(cause)
        drop(number)
    }

    private func end(_ number: Int, _ ending: StreamEnding) {
        readings[number].ending = ending
        untold.append(number)
        drop(number)
    }

    private func drop(_ number: Int) {
        inbox.close(number)
        guard current == number else { return }
        current = nil
        chunk = []
    }

    // MARK: Bytes

    /// What is read of a chunk at once, in bytes: it bounds the deltas that wait, however large a chunk is.
    private static var sliceBytes: Int { 16 * 1024 }

    private func readSlice(of number: Int) -> [OwnedDelta] {
        let reading = readings[number]
        let slice = readBytes..<min(chunk.count, readBytes + Self.sliceBytes)
        readBytes = slice.upperBound
        var deltas: [OwnedDelta] = []
        deltas.reserveCapacity(reading.expectedCount)
        do {
            try Self.read(chunk, slice, &reading.stream!, &engine, into: &deltas)
            reading.expectedCount = deltas.count
        } catch {
            end(number, .interrupted(.parser(error)))
        }
        reading.show(deltas)
        return deltas
    }

    /// Whatever ends the source ends the stream: an event whose blank line never came is read, one that is cut is reported.
    private func take(_ arrival: ChunkInbox.Arrival, of number: Int) -> [OwnedDelta] {
        var ending = StreamEnding.finished
        switch arrival {
        case .chunk(let bytes):
            chunk = bytes
            readBytes = 0
            current = number
            return []
        case .end: break
        case .failed(let error): ending = .interrupted(.source(error))
        case .idle(let timeout): ending = .interrupted(.idle(timeout: timeout))
        }
        let reading = readings[number]
        var deltas: [OwnedDelta] = []
        do {
            try Self.readEnd(&reading.stream!, &engine, into: &deltas)
        } catch {
            // That the source has failed is the reason, and that what came is no stream follows from it.
            if case .finished = ending { ending = .interrupted(.parser(error)) }
        }
        end(number, ending)
        reading.show(deltas)
        return deltas
    }

    private static func read(
        _ chunk: [UInt8], _ slice: Range<Int>, _ stream: inout TokenStream, _ engine: inout Engine,
        into deltas: inout [OwnedDelta]
    ) throws(SluiceError) {
        var reader = engine.read(chunk.span.extracting(slice), of: &stream)
        while let delta = try reader.next() { deltas.append(OwnedDelta(copying: delta)) }
    }

    private static func readEnd(
        _ stream: inout TokenStream, _ engine: inout Engine, into deltas: inout [OwnedDelta]
    ) throws(SluiceError) {
        var reader = engine.readEnd(of: &stream)
        while let delta = try reader.next() { deltas.append(OwnedDelta(copying: delta)) }
    }
}
