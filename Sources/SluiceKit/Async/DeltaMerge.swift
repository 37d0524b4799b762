internal import Sluice

// The reader of one or several streams: takes chunks from the inbox and parses them into deltas, with one engine.

/// The source and the options of a stream.
struct StreamRequest: Sendable {
    let source: ChunkSource
    let format: WireFormat?
    let limits: Limits
    let kinds: DeltaKinds
    let outcome: StreamOutcome

    init(_ source: ChunkSource, format: WireFormat?, limits: Limits, kinds: DeltaKinds) {
        self.source = source
        self.format = format
        self.limits = limits
        self.kinds = kinds
        outcome = StreamOutcome(limits: limits)
    }
}

/// Why reading of a stream stopped.
enum StreamEnding {
    case finished
    case interrupted(StreamInterruption.Cause)
}

final class DeltaMerge {
    /// The next event.
    enum Step {
        /// Deltas of a stream, at least one.
        case deltas([OwnedDelta], of: Int)
        /// A stream has ended; returned once for each.
        case ended(Int, StreamEnding)
    }

    private final class Reading {
        var stream: TokenStream
        let outcome: StreamOutcome
        var ending: StreamEnding?
        /// The number of deltas of the last slice, as an estimate for the next.
        var expectedCount = 0
        /// Nil where keep-alives count.
        var scan: KeepAliveScan?
        /// Whether the last chunk counts as life of the stream.
        var isAlive = true

        init(_ request: StreamRequest, watchesLife: Bool) {
            scan = watchesLife ? KeepAliveScan() : nil
            outcome = request.outcome
            stream = TokenStream(format: request.format, limits: request.limits, kinds: request.kinds)
            // Before anything is requested from the source.
            do throws(SluiceError) { try request.format?.validate() } catch {
                ending = .interrupted(.parser(error))
            }
        }

        /// Stores the stream's state, and the deltas to return next.
        func show(_ deltas: [OwnedDelta]) {
            outcome.begin(deltas, end: stream.end, formatName: stream.formatName)
        }
    }

    private let inbox: ChunkInbox
    private var engine = Engine()
    private let readings: [Reading]
    private var chunk: [UInt8] = []
    private var readBytes = 0
    /// The stream of `chunk`; its next chunk is requested after this one was consumed.
    private var current: Int?
    /// Streams that have ended, and whose end was not returned yet.
    private var untold: [Int] = []
    private var toldCount = 0
    private var hasBegun = false

    init(_ requests: [StreamRequest], timing: StreamTiming?) {
        inbox = ChunkInbox(requests.map(\.source), timing: timing)
        readings = requests.map { Reading($0, watchesLife: timing?.keepAlives == .ignored) }
    }

    deinit { inbox.close() }

    /// Waits for the next deltas or the next end; nil after the ends of all streams were returned.
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
                if let current { inbox.ask(current, after: readings[current].isAlive ? .life : .keepAlive) }
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
            if readings[number].ending == nil { inbox.ask(number, after: .nothing) } else { untold.append(number) }
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

    /// Ends all streams that have not ended, because the reader's task was cancelled.
    private func cancel() {
        inbox.close()
        for number in readings.indices where readings[number].ending == nil { end(number, .interrupted(.cancelled)) }
    }

    /// Ends a stream before all of its parsed deltas were returned.
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

    /// The maximum bytes of a chunk that are parsed at once, which bounds the unread deltas for chunks of any size.
    private static var sliceBytes: Int { 16 * 1024 }

    private func readSlice(of number: Int) -> [OwnedDelta] {
        let reading = readings[number]
        let slice = readBytes..<min(chunk.count, readBytes + Self.sliceBytes)
        readBytes = slice.upperBound
        var deltas: [OwnedDelta] = []
        deltas.reserveCapacity(reading.expectedCount)
        do {
            try Self.read(chunk, slice, &reading.stream, &engine, into: &deltas)
            reading.expectedCount = deltas.count
        } catch {
            end(number, .interrupted(.parser(error)))
        }
        reading.show(deltas)
        return deltas
    }

    /// Ends the stream when its source ends or fails: an event without its blank line is read, an incomplete one is reported.
    private func take(_ arrival: ChunkInbox.Arrival, of number: Int) -> [OwnedDelta] {
        var ending = StreamEnding.finished
        switch arrival {
        case .chunk(let bytes):
            chunk = bytes
            readBytes = 0
            current = number
            readings[number].isAlive = readings[number].scan?.takes(bytes) ?? true
            return []
        case .end: break
        case .failed(let error): ending = .interrupted(.source(error))
        case .timedOut(let cause): ending = .interrupted(cause)
        }
        let reading = readings[number]
        var deltas: [OwnedDelta] = []
        do {
            try Self.finish(&reading.stream, &engine, into: &deltas)
        } catch {
            // The failure of the source is the cause; that the input is not a stream follows from it.
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

    private static func finish(
        _ stream: inout TokenStream, _ engine: inout Engine, into deltas: inout [OwnedDelta]
    ) throws(SluiceError) {
        var reader = engine.finish(&stream)
        while let delta = try reader.next() { deltas.append(OwnedDelta(copying: delta)) }
    }
}
