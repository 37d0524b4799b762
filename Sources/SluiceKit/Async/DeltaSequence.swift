public import Sluice
internal import Synchronization

/// The deltas of one stream as an async sequence; ``_Concurrency/AsyncSequence/deltas(format:limits:kinds:idleTimeout:clock:)``
/// makes it.
///
/// ```swift
/// let deltas = chunks.deltas(format: .openAIChat)
/// do {
///     for try await delta in deltas where delta.kind == .text { print(delta.text, terminator: "") }
///     print(deltas.end.status, deltas.message.choices[0]?.finishReason ?? "")
/// } catch {
///     print(error, error.message.choices[0]?.text ?? "")  // what came until then
/// }
/// ```
///
/// **What is asked of the source.** The next chunk is asked for when the deltas of the one before have been handed out, so a
/// slow reader slows the source down. The source is iterated by a task of its own, which is cancelled when the loop ends in
/// any way, and when the iterator is dropped.
///
/// **How it ends.** Where the source ends, the loop ends, and ``end`` says whether the stream was complete, truncated or
/// failed. Where the source throws, nothing comes in time, the reader's task is cancelled, or the parser gives up, the loop
/// throws a ``StreamInterruption`` with what had come, behind the deltas of what had come. A cancelled task gets no more
/// deltas, at once, even where the source does not heed cancellation. An error in the stream is a delta, and is not thrown.
///
/// A sequence can be iterated once: a second iterator ends at once.
public struct DeltaSequence: AsyncSequence, Sendable {
    /// A delta with its bytes copied.
    public typealias Element = OwnedDelta
    /// Why the loop ended before the stream did.
    public typealias Failure = StreamInterruption

    private let request: StreamRequest
    private let timing: IdleTiming?
    private let ticket = Ticket()

    init(_ request: StreamRequest, timing: IdleTiming?) {
        self.request = request
        self.timing = timing
    }

    /// The message of the deltas that were handed out so far; of a cancelled reading, of all that were parsed.
    ///
    /// Any task may ask, while the loop runs and behind it.
    /// - Complexity: linear in the deltas handed out since it was last asked for, at most those of 16 KiB. Adding to the
    ///   message while a copy of it is held copies its text, so where a message is long, do not ask at every delta.
    public var message: Accumulator { request.outcome.message }

    /// How far the stream has come, or how it has ended. Parsing is ahead of the deltas that are handed out by 16 KiB at most.
    public var end: StreamEnd { request.outcome.end }

    /// The format's name, once it is known.
    public var formatName: String? { request.outcome.formatName }

    /// The iterator; the first one reads the stream, any other ends at once.
    public func makeAsyncIterator() -> Iterator {
        Iterator(ticket.take() ? DeltaCursor([request], timing: timing) : DeltaCursor([], timing: nil))
    }

    /// Reads the stream.
    public struct Iterator: AsyncIteratorProtocol {
        private var cursor: DeltaCursor

        fileprivate init(_ cursor: DeltaCursor) { self.cursor = cursor }

        /// The next delta, nil at the end of the stream.
        ///
        /// - Throws: why the reading ended before the stream did; nil comes behind it.
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
    /// The deltas of the stream that these chunks of bytes are, wherever they are cut.
    ///
    /// Chunks may be `[UInt8]`, which is read where it lies, or `Data`, `ByteBufferView`, a slice, which is copied once.
    /// - Parameters:
    ///   - format: The stream's format; nil for whichever the first events show.
    ///   - limits: What the stream and the message may take. Where they say that a limit fails, the loop throws it.
    ///   - kinds: The kinds of deltas that are told, beside events that cannot be read; nil for all.
    ///   - idleTimeout: How long the source may take for a chunk that it was asked for, before the loop throws
    ///     ``StreamInterruption/Cause/idle(timeout:)``; nil for ever. Comments that keep a connection alive count as coming,
    ///     and the time that your code takes for its deltas does not count. Below zero counts as zero, and more than 100
    ///     years as 100 years.
    ///   - clock: What measures the timeout.
    /// - Returns: a sequence that can be iterated once. Nothing is asked of the source before that.
    public func deltas(
        format: WireFormat? = nil, limits: Limits = Limits(), kinds: Set<DeltaKind>? = nil,
        idleTimeout: Duration? = .seconds(30), clock: some Clock<Duration> = ContinuousClock()
    ) -> DeltaSequence {
        DeltaSequence(
            StreamRequest(ChunkSource(self), format: format, limits: limits, kinds: kinds),
            timing: idleTimeout.map { IdleTiming($0, clock) })
    }
}

/// Can be taken once.
final class Ticket: Sendable {
    private let isTaken = Atomic(false)

    /// True the first time.
    func take() -> Bool { !isTaken.exchange(true, ordering: .relaxed) }
}
