internal import Dispatch
internal import Synchronization

// One stream in memory, read by several threads.
//
// The stream is cut at blank lines (SSE) or line feeds (NDJSON), where an event certainly ends, and each piece is read as if
// it began the stream. Then each piece is checked in order: its deltas depend on the pieces before it only by half a
// surrogate pair, by tool calls, by whether pieces came before a whole value, by the stream's own event numbers, and by
// the number of an event that could not be read. A piece with such a dependency is read again, with the state that the
// pieces before it have left; this is rare. So the deltas, errors and end are those of one thread.

/// The result of reading a stream with several threads.
///
/// ```swift
/// let bytes: [UInt8] = Array("data: {\"text\":\"Hi\"}\n\ndata: {\"text\":\n\n".utf8)
/// let outcome = try ParallelParser.parse(bytes.span, format: .textField, into: 0) { count, _ in count += 1 }
/// assert(outcome.results.reduce(0, +) == 2 && outcome.failure == nil)
/// assert(outcome.end.malformedEvents == 1 && outcome.end.status == .truncated)
/// ```
public struct ParallelOutcome<Result: Sendable>: Sendable {
    /// One result per piece, in the order of the stream.
    public var results: [Result]
    /// How the stream ended.
    public var end: StreamEnd
    /// The error that ended the stream early, as thrown by ``DeltaReader/next()``; nil if there was none. The results cover
    /// the stream before it.
    public var failure: SluiceError?
    /// The format's name; nil if it is unknown.
    public var formatName: String?
}

/// Reads streams that are completely in memory, such as recordings, with several threads.
///
/// ```swift
/// let bytes: [UInt8] = Array("data: {\"text\":\"Hi\"}\n\ndata: [DONE]\n\n".utf8)
/// let outcome = try ParallelParser.parse(bytes.span, format: .textField, into: "") { text, delta in
///     if delta.kind == .text { text += delta.string }
/// }
/// assert(outcome.results.joined() == "Hi" && outcome.end.status == .complete)
/// ```
public enum ParallelParser {
    /// Folds the deltas of each piece of the stream into a separate result. The results in order cover the whole stream.
    ///
    /// Server-Sent Events and NDJSON are cut into pieces; other framings, and streams of a few hundred kilobytes, are one
    /// piece. `body` is called by several threads, and the deltas of a piece may be folded a second time, from `initial`: it
    /// must not modify anything but its result.
    /// - Parameters:
    ///   - bytes: The whole stream.
    ///   - format: The stream's format; nil to detect it from the first events.
    ///   - limits: Bounds of the stream's events, and of the memory of each thread.
    ///   - kinds: Delta kinds to emit. ``DeltaKind/malformed`` is always emitted.
    ///   - workers: The maximum number of threads; nil for the number of cores.
    ///   - initial: The initial result of each piece.
    ///   - body: Folds one delta of a piece into the piece's result.
    /// - Throws: `invalidPath` if a custom format cannot be compiled. Errors of the stream are not thrown; see
    ///   ``ParallelOutcome/failure``.
    public static func parse<Result: Sendable>(
        _ bytes: Span<UInt8>, format: WireFormat? = nil, limits: Limits = Limits(), kinds: DeltaKinds = .answer,
        workers: Int? = nil, into initial: Result, _ body: @Sendable (inout Result, borrowing Delta) -> Void
    ) throws(SluiceError) -> ParallelOutcome<Result> {
        try parse(
            bytes, format: format, limits: limits, kinds: kinds, workers: workers, leastBytes: leastBytes,
            into: initial, body)
    }

    /// The minimum size of a piece in bytes, at which the cost of learning event templates again is small.
    private static var leastBytes: Int { 256 * 1024 }

    /// As the public method, with pieces of `leastBytes` or more.
    static func parse<Result: Sendable>(
        _ bytes: Span<UInt8>, format: WireFormat?, limits: Limits, kinds: DeltaKinds, workers: Int?,
        leastBytes: Int,
        into initial: Result, _ body: @Sendable (inout Result, borrowing Delta) -> Void
    ) throws(SluiceError) -> ParallelOutcome<Result> {
        let chunk = Window(lending: bytes.rawBytes)
        let compiled = try format.map { format throws(SluiceError) in
            try CompiledFormat.of(format, kinds.bits)
        }
        let found =
            compiled == nil
            ? detected(chunk, limits, kinds.bits)
            : (
                format: compiled,
                framing: format.flatMap { compiled?.fixedFraming(in: $0) } ?? compiled?.framing(of: chunk, from: 0)
                    ?? format?.framing
            )
        let plan = PieceReader<Result>(
            chunk: chunk, format: found.format, framing: found.framing, limits: limits, kinds: kinds.bits,
            detailsBefore: details(chunk.slice(0, min(chunk.count, leastBytes)), found, limits, kinds.bits),
            initial: initial, leastBytes: leastBytes)
        return plan.read(workers: workers, body)
    }

    /// Detects the format from the first events, and the framing: a format may be sent with another than its default one.
    private static func detected(
        _ chunk: Window, _ limits: Limits, _ kinds: KindBits
    ) -> (format: CompiledFormat?, framing: Framing?) {
        var engine = EngineWork(CaptureParser.make())
        var state = StreamState(format: nil, framing: nil, limits: limits, layout: .linear, kinds: kinds)
        _ = state.begin(chunk.slice(0, min(chunk.count, 256 * 1024)), &engine)
        while state.format == nil {
            guard let hasMore = try? state.refill(&engine), hasMore else { break }
        }
        return (state.format, state.format == nil ? nil : state.framing)
    }

    /// The details of which an answer has one, and that came in the first events: later pieces do not emit them again.
    private static func details(
        _ chunk: Window, _ found: (format: CompiledFormat?, framing: Framing?), _ limits: Limits, _ kinds: KindBits
    ) -> UInt64 {
        guard kinds.hasDetails, let format = found.format else { return 0 }
        var engine = EngineWork(CaptureParser.make())
        var state = StreamState(format: format, framing: found.framing, limits: limits, layout: .linear, kinds: kinds)
        _ = state.begin(chunk, &engine)
        while let hasMore = try? state.refill(&engine), hasMore {}
        return state.progress.details & Field.onceBits
    }
}

/// One piece and its result. One thread reads the piece; others access it only after all threads have ended.
private final class Piece<Result>: @unchecked Sendable {
    let range: Range<Int>
    var result: Result
    var state: StreamCore?
    var failure: SluiceError?

    init(_ range: Range<Int>, _ result: Result) {
        self.range = range
        self.result = result
    }
}

/// Sendable, because the chunk is accessed only during the call that borrows it, and never written to.
private struct PieceReader<Result: Sendable>: @unchecked Sendable {
    let chunk: Window
    let format: CompiledFormat?
    let framing: Framing?
    let limits: Limits
    let kinds: KindBits
    let detailsBefore: UInt64
    let initial: Result
    let leastBytes: Int

    static var mostPieces: Int { 64 }

    func read(
        workers: Int?, _ body: @Sendable (inout Result, borrowing Delta) -> Void
    ) -> ParallelOutcome<Result> {
        let pieces = cut()
        let next = Atomic(0)
        DispatchQueue.concurrentPerform(iterations: min(pieces.count, max(1, workers ?? pieces.count))) { _ in
            var engine: EngineCore?
            while case let number = next.add(1, ordering: .relaxed).oldValue, number < pieces.count {
                let core = engine ?? EngineCore()
                engine = core
                read(pieces[number], isLast: number == pieces.count - 1, after: nil, core, body)
            }
        }
        return join(pieces, body)
    }

    /// Reads a piece, continuing from `progress`; with nil, as if it began the stream.
    private func read(
        _ piece: Piece<Result>, isLast: Bool, after progress: StreamProgress?, _ engine: EngineCore,
        _ body: @Sendable (inout Result, borrowing Delta) -> Void
    ) {
        let core = StreamCore(
            StreamState(format: format, framing: framing, limits: limits, layout: .linear, kinds: kinds))
        if piece.range.lowerBound > 0 {
            core.state.resume(at: piece.range.lowerBound, after: progress)
            if progress == nil { core.state.progress.details = detailsBefore }
        }
        piece.state = core
        piece.result = initial
        piece.failure = nil
        do throws(SluiceError) {
            _ = core.state.begin(chunk.slice(piece.range.lowerBound, piece.range.count), &engine.work)
            try drain(DeltaReader(Lent(core), engine), &piece.result, body)
            guard isLast else { return }
            core.state.beginEnd(&engine.work)
            try drain(DeltaReader(Lent(core), engine), &piece.result, body)
        } catch {
            piece.failure = error
        }
    }

    private func drain(
        _ deltas: consuming DeltaReader, _ result: inout Result,
        _ body: (inout Result, borrowing Delta) -> Void
    ) throws(SluiceError) {
        var reader = deltas
        while let delta = try reader.next() { body(&result, delta) }
    }

    /// Joins the results. A piece that may depend on those before it is read again.
    private func join(
        _ pieces: [Piece<Result>], _ body: @Sendable (inout Result, borrowing Delta) -> Void
    ) -> ParallelOutcome<Result> {
        var progress = StreamProgress()
        var ignoredLines: UInt64 = 0
        var engine: EngineCore?
        for (number, piece) in pieces.enumerated() {
            guard let found = piece.state else { preconditionFailure("a piece was not read") }
            // One thread has to report what is before a stream's first event, and whether there is one.
            if number == 0 && pieces.count > 1 && found.progress.frames == 0 { return readWhole(body) }
            if number > 0 && (piece.failure != nil || depends(found.progress, on: progress)) {
                let core = engine ?? EngineCore()
                engine = core
                read(piece, isLast: number == pieces.count - 1, after: progress, core, body)
                progress = piece.state?.progress ?? progress
            } else {
                progress.add(found.progress)
            }
            // If no piece has an event, all lines together decide whether the input is a stream.
            if number > 0 && number == pieces.count - 1 && progress.events == 0 { return readWhole(body) }
            ignoredLines += piece.state?.state.end.ignoredLines ?? 0
            if piece.failure != nil || number == pieces.count - 1 {
                piece.state?.state.progress = progress
                guard var end = piece.state?.state.end else { continue }
                end.ignoredLines = ignoredLines
                return ParallelOutcome(
                    results: pieces[...number].map(\.result), end: end, failure: piece.failure,
                    formatName: piece.state?.format?.format.name)
            }
        }
        preconditionFailure("a stream is one piece at least")
    }

    /// Whether a piece that was read as if it began the stream might have other results after `before`.
    private func depends(_ piece: StreamProgress, on before: StreamProgress) -> Bool {
        !before.pendingSurrogates.isEmpty || piece.malformed > 0 || piece.toolCount > 0 && before.toolCount > 0
            || piece.numbering.depends(on: before.numbering) || piece.calls != nil && before.calls != nil
            || (before.calls?.openCount ?? 0) > 0 || piece.unread?.hasMoreKinds ?? false || piece.sawWhole
            || before.calls?.blocks.isEmpty == false
            || piece.details & before.details & Field.onceBits & ~detailsBefore != 0
    }

    /// Reads all pieces as one, so that an error about the whole input is reported as by one thread.
    private func readWhole(
        _ body: @Sendable (inout Result, borrowing Delta) -> Void
    ) -> ParallelOutcome<Result> {
        let piece = Piece(0..<chunk.count, initial)
        read(piece, isLast: true, after: nil, EngineCore(), body)
        return join([piece], body)
    }

    // MARK: Cutting

    private func cut() -> [Piece<Result>] {
        let count = max(1, min(Self.mostPieces, chunk.count / leastBytes))
        var start = 0
        var pieces: [Piece<Result>] = []
        if let framing, framing == .sse || framing == .ndjson {
            for number in 1..<max(2, count) where count > 1 {
                let wanted = chunk.count / count * number
                guard wanted > start, let end = eventEnd(behind: wanted, framing) else { continue }
                if end >= chunk.count { break }
                pieces.append(Piece(start..<end, initial))
                start = end
            }
        }
        pieces.append(Piece(start..<chunk.count, initial))
        return pieces
    }

    /// The first position at or after `position` where an event certainly ends.
    private func eventEnd(behind position: Int, _ framing: Framing) -> Int? {
        var index = position
        while index < chunk.count {
            if chunk[index] == 0x0A {
                if framing == .ndjson || chunk[index - 1] == 0x0A { return index + 1 }
                if index >= 3 && chunk[index - 1] == 0x0D && chunk[index - 2] == 0x0A && chunk[index - 3] == 0x0D {
                    return index + 1
                }
            }
            index += 1
        }
        return nil
    }
}
