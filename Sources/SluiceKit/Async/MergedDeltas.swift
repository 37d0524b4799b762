public import Sluice

/// One of several streams that are read together: its id and the source of its bytes.
///
/// ```swift
/// let source = DeltaSource("planner", planner, format: .openAIChat, kinds: [.text, .error])
/// assert(source.id == "planner")
/// ```
public struct DeltaSource<ID: Hashable & Sendable>: Sendable {
    /// The id that its deltas are tagged with.
    public let id: ID
    let request: StreamRequest

    /// Creates a source from a sequence of chunks. `format`, `limits` and `kinds` are those
    /// of the method `deltas` of such a sequence, <doc:AsyncSequences>.
    public init<Chunks: AsyncSequence & Sendable>(
        _ id: ID, _ chunks: Chunks, format: WireFormat? = nil, limits: Limits = Limits(), kinds: DeltaKinds = .answer
    ) where Chunks.Element: Sequence<UInt8> & Sendable {
        self.id = id
        request = StreamRequest(ChunkSource(chunks), format: format, limits: limits, kinds: kinds)
    }
}

/// A delta or the end of one of several streams, tagged with the stream's id.
///
/// ```swift
/// var text = ""
/// for await tagged in MergedDeltas([DeltaSource(1, planner), DeltaSource(2, coder)]) {
///     guard tagged.source == 1, case .delta(let delta) = tagged.event, delta.kind == .text else { continue }
///     text += delta.text
/// }
/// assert(text == "Hello, wörld")
/// ```
public struct TaggedDelta<ID: Hashable & Sendable>: Sendable {
    /// A delta, or how the stream ended.
    public enum Event: Sendable {
        /// A delta.
        case delta(OwnedDelta)
        /// The stream has ended; it has no more events.
        case end(StreamEnd)
        /// Reading stopped before the end of the stream; it has no more events. Indirect, so that the other cases are small.
        indirect case interrupted(StreamInterruption)
    }

    /// The id of the stream.
    public var source: ID
    /// A delta of the stream, or its end.
    public var event: Event

    /// Creates an event of the stream `source`.
    public init(source: ID, event: Event) {
        self.source = source
        self.event = event
    }
}

/// The deltas of several streams as one async sequence, each tagged with its stream, in order of arrival.
///
/// ```swift
/// let agents = MergedDeltas([
///     DeltaSource("planner", planner, format: .anthropicMessages),
///     DeltaSource("coder", coder, format: .openAIChat),
/// ])
/// for await tagged in agents {
///     switch tagged.event {
///     case .delta(let delta): print(tagged.source, delta.text)
///     case .end(let end): print(tagged.source, end.status)
///     case .interrupted(let interruption): print(tagged.source, interruption)
///     }
/// }
/// ```
///
/// One engine parses all streams, in the reader's task. The end of each stream is emitted once, as an event. A stream that
/// fails or times out does not end the others, so the sequence never throws. The next chunk of a stream is requested after
/// the deltas of its previous one have been returned; chunks are read in order of their arrival. If the reader's task is
/// cancelled, an interruption is emitted immediately for every stream that has not ended.
///
/// A sequence can be iterated once; a second iterator ends immediately.
public struct MergedDeltas<ID: Hashable & Sendable>: AsyncSequence, Sendable {
    /// A delta or an end, with the id of its stream.
    public typealias Element = TaggedDelta<ID>
    /// The sequence never throws.
    public typealias Failure = Never

    private let sources: [DeltaSource<ID>]
    private let numbers: [ID: Int]
    private let timing: StreamTiming?
    private let ticket = Ticket()

    /// Creates a sequence that reads the streams of `sources` together.
    ///
    /// - Parameters:
    ///   - sources: The streams.
    ///   - firstByteTimeout: How long to wait for the first chunk of a stream before it is interrupted; nil for no timeout.
    ///   - idleTimeout: How long to wait for each further chunk; nil for no timeout. Both timeouts: below zero counts as zero,
    ///     and more than 100 years as 100 years.
    ///   - keepAlives: Whether a chunk of nothing but keep-alives resets the timeouts of its stream.
    ///   - clock: The clock that measures the timeouts.
    /// - Precondition: no two sources have the same id.
    public init(
        _ sources: [DeltaSource<ID>], firstByteTimeout: Duration? = .seconds(300),
        idleTimeout: Duration? = .seconds(30),
        keepAlives: KeepAlives = .counted, clock: some Clock<Duration> = ContinuousClock()
    ) {
        self.sources = sources
        timing = StreamTiming(firstByte: firstByteTimeout, idle: idleTimeout, keepAlives: keepAlives, clock)
        numbers = Dictionary(uniqueKeysWithValues: zip(sources.map(\.id), sources.indices))
    }

    /// As ``DeltaSequence/message``, for the stream with this id; nil if there is none.
    public func message(of id: ID) -> Accumulator? { numbers[id].map { sources[$0].request.outcome.message } }

    /// As ``DeltaSequence/end``, for the stream with this id; nil if there is none.
    public func end(of id: ID) -> StreamEnd? { numbers[id].map { sources[$0].request.outcome.end } }

    /// Returns an iterator. The first one reads the streams; any other ends immediately.
    public func makeAsyncIterator() -> Iterator { Iterator(ticket.take() ? sources : [], timing) }

    /// Reads the streams.
    public struct Iterator: AsyncIteratorProtocol {
        private let ids: [ID]
        private var cursor: DeltaCursor

        fileprivate init(_ sources: [DeltaSource<ID>], _ timing: StreamTiming?) {
            ids = sources.map(\.id)
            cursor = DeltaCursor(sources.map(\.request), timing: timing)
        }

        /// Returns the next delta or end; nil after the ends of all streams were returned.
        public mutating func next() async -> TaggedDelta<ID>? { await next(isolation: nil) }

        /// As ``next()``, on the actor of the caller.
        public mutating func next(isolation actor: isolated (any Actor)?) async -> TaggedDelta<ID>? {
            while true {
                if let delta = cursor.next() { return tagged(cursor.number, .delta(delta)) }
                switch await cursor.advance(isolation: actor) {
                case .deltas: continue
                case .ended(let number, let interruption?): return tagged(number, .interrupted(interruption))
                case .ended(let number, nil): return tagged(number, .end(cursor.end(of: number)))
                case nil: return nil
                }
            }
        }

        private func tagged(_ number: Int, _ event: TaggedDelta<ID>.Event) -> TaggedDelta<ID> {
            TaggedDelta(source: ids[number], event: event)
        }
    }
}
