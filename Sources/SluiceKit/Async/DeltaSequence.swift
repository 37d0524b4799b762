public import Sluice
internal import Synchronization

/// The deltas of one stream as an async sequence.
///
/// Created by the method `deltas` of async sequences of chunks, or of bytes: <doc:AsyncSequences>.
///
/// ```swift
/// let deltas = chunks.deltas(format: .openAIChat)
/// do {
///     for try await delta in deltas where delta.kind == .text { print(delta.text, terminator: "") }
///     print(deltas.end.status, deltas.message.choices[0]?.finishReason ?? "")
/// } catch {
///     print(error, error.message.choices[0]?.text ?? "")  // the text so far
/// }
/// ```
///
/// **Backpressure.** The next chunk is requested from the source after the deltas of the previous one have been returned, so
/// a slow reader slows the source down. A separate task iterates the source. It is cancelled when the loop ends for any
/// reason, and when the iterator is dropped.
///
/// **End.** When the source ends, the loop ends, and ``end`` says whether the stream was complete, truncated, failed or empty.
/// If the source throws, a timeout expires, the reader's task is cancelled, or the parser throws, the loop throws a
/// ``StreamInterruption`` with the message so far, after the deltas received so far. A cancelled task gets no more deltas,
/// even if the source ignores cancellation. An error in the stream is a delta and is not thrown.
///
/// A sequence can be iterated once; a second iterator ends immediately.
public struct DeltaSequence: AsyncSequence, Sendable {
    /// A delta with its bytes copied.
    public typealias Element = OwnedDelta
    /// Why reading stopped before the end of the stream.
    public typealias Failure = StreamInterruption

    private let request: StreamRequest
    private let timing: StreamTiming?
    private let ticket = Ticket()

    init(_ request: StreamRequest, timing: StreamTiming?) {
        self.request = request
        self.timing = timing
    }

    /// The message joined from the deltas returned so far; after cancellation, from all that were parsed.
    ///
    /// Any task may read it, during the loop and after it.
    /// - Complexity: linear in the deltas returned since the last access, at most those of 16 KiB. Adding a delta while a copy
    ///   of the message exists copies its text, so do not read a long message after every delta.
    public var message: Accumulator { request.outcome.message }

    /// The status and counts of the stream. Parsing is at most 16 KiB ahead of the deltas returned.
    public var end: StreamEnd { request.outcome.end }

    /// The format's name; nil until the format is known.
    public var formatName: String? { request.outcome.formatName }

    /// Returns an iterator. The first one reads the stream; any other ends immediately.
    public func makeAsyncIterator() -> Iterator {
        Iterator(ticket.take() ? DeltaCursor([request], timing: timing) : DeltaCursor([], timing: nil))
    }

    /// Reads the stream.
    public struct Iterator: AsyncIteratorProtocol {
        private var cursor: DeltaCursor

        fileprivate init(_ cursor: DeltaCursor) { self.cursor = cursor }

        /// Returns the next delta, or nil at the end of the stream.
        ///
        /// - Throws: why reading stopped before the end of the stream. Later calls return nil.
        public mutating func next() async throws(StreamInterruption) -> OwnedDelta? {
            try await next(isolation: nil)
        }

        /// As ``next()``, on the actor of the caller.
        public mutating func next(
            isolation actor: isolated (any Actor)?
        ) async throws(StreamInterruption) -> OwnedDelta? {
            while true {
                if let delta = cursor.next() { return delta }
                switch await cursor.advance(isolation: actor) {
                case .deltas: continue
                case .ended(_, let interruption?): throw interruption
                case .ended, nil: return nil
                }
            }
        }
    }
}

extension AsyncSequence where Self: Sendable, Element: Sequence<UInt8> & Sendable {
    /// Returns the deltas of the stream that these chunks form. Chunks may be cut anywhere.
    ///
    /// `[UInt8]` chunks are read in place; `Data`, `ByteBufferView`, slices and others are copied once.
    /// - Parameters:
    ///   - format: The stream's format; nil to detect it from the first events.
    ///   - limits: Bounds of the stream and of the message. If ``/Sluice/Limits/whenExceeded`` is `.fail`, the loop throws the
    ///     error of an exceeded limit.
    ///   - kinds: Delta kinds to emit. `malformed` is always emitted.
    ///   - firstByteTimeout: How long to wait for the first chunk before the loop throws
    ///     ``StreamInterruption/Cause/firstByte(timeout:)``; nil for no timeout. Models that reason are silent for minutes.
    ///   - idleTimeout: How long to wait for each chunk after the first before the loop throws
    ///     ``StreamInterruption/Cause/idle(timeout:)``; nil for no timeout. The time that your code takes does not count. Both
    ///     timeouts: below zero counts as zero, and more than 100 years as 100 years.
    ///   - keepAlives: Whether a chunk of nothing but keep-alives resets the timeouts.
    ///   - clock: The clock that measures the timeouts.
    /// - Returns: a sequence that can be iterated once. The source is not iterated before that.
    public func deltas(
        format: WireFormat? = nil, limits: Limits = Limits(), kinds: DeltaKinds = .answer,
        firstByteTimeout: Duration? = .seconds(300), idleTimeout: Duration? = .seconds(30),
        keepAlives: KeepAlives = .counted, clock: some Clock<Duration> = ContinuousClock()
    ) -> DeltaSequence {
        DeltaSequence(
            StreamRequest(ChunkSource(self), format: format, limits: limits, kinds: kinds),
            timing: StreamTiming(firstByte: firstByteTimeout, idle: idleTimeout, keepAlives: keepAlives, clock))
    }
}

extension AsyncSequence where Self: Sendable, Element == UInt8 {
    /// Returns the deltas of the stream that these bytes form, such as those of Foundation's `URLSession.AsyncBytes`.
    ///
    /// A sequence of bytes does not say whether its next byte is there already. The bytes are gathered to chunks that end
    /// where an event may end: at the end of a line, of an object in a JSON array, or of an AWS message, and after 16 KiB. So a
    /// delta never waits for the next event, and `idleTimeout` is the time that such a piece may take. If the transport has
    /// chunks, use them: reading byte by byte takes several times as long as parsing.
    ///
    /// The parameters are those of the method for chunks, <doc:AsyncSequences>.
    /// - Returns: a sequence that can be iterated once. The source is not iterated before that.
    public func deltas(
        format: WireFormat? = nil, limits: Limits = Limits(), kinds: DeltaKinds = .answer,
        firstByteTimeout: Duration? = .seconds(300), idleTimeout: Duration? = .seconds(30),
        keepAlives: KeepAlives = .counted, clock: some Clock<Duration> = ContinuousClock()
    ) -> DeltaSequence {
        ByteChunks(base: self).deltas(
            format: format, limits: limits, kinds: kinds, firstByteTimeout: firstByteTimeout, idleTimeout: idleTimeout,
            keepAlives: keepAlives, clock: clock)
    }
}

/// A flag that can be taken once.
final class Ticket: Sendable {
    private let isTaken = Atomic(false)

    /// Returns true on the first call only.
    func take() -> Bool { !isTaken.exchange(true, ordering: .relaxed) }
}
