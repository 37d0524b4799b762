public import Sluice

/// One of several streams that are read together: what it is called, and where its bytes come from.
///
/// ```swift
/// let source = DeltaSource("planner", planner, format: .openAIChat, kinds: [.text, .error])
/// assert(source.id == "planner")
/// ```
public struct DeltaSource<ID: Hashable & Sendable>: Sendable {
    /// What its deltas are tagged with.
    public let id: ID
    let request: StreamRequest

    /// A stream of chunks of bytes; `format`, `limits` and `kinds` as of
    /// ``_Concurrency/AsyncSequence/deltas(format:limits:kinds:idleTimeout:clock:)``.
    public init<Chunks: AsyncSequence & Sendable>(
        _ id: ID, _ chunks: Chunks, format: WireFormat? = nil, limits: Limits = Limits(), kinds: Set<DeltaKind>? = nil
    ) where Chunks.Element: Sequence<UInt8> & Sendable {
        self.id = id
        request = StreamRequest(ChunkSource(chunks), format: format, limits: limits, kinds: kinds)
    }
}

/// What one of several streams says.
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
    /// What is said.
    public enum Event: Sendable {
        /// A delta.
        case delta(OwnedDelta)
        /// The stream has ended by itself; nothing comes behind it.
        case end(StreamEnd)
        /// The reading of the stream has ended before the stream did; nothing comes behind it. Apart, for the sake of the
        /// size of all the others.
        indirect case interrupted(StreamInterruption)
    }

    /// The stream that says it.
    public var source: ID
    /// What it says.
    public var event: Event

    /// What `source` says.
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
/// All streams go through one engine, in the reader's task. Each has an end of its own, told once as an event: one that
/// fails, or from which nothing comes in time, does not end the others, so the sequence throws nothing. Of each stream the
/// next chunk is asked for when the deltas of the one before have been handed out; chunks that have come are read in order of
/// their arrival. Where the reader's task is cancelled, every stream that has not ended is told as interrupted, at once.
///
/// A sequence can be iterated once: a second iterator ends at once.
public struct MergedDeltas<ID: Hashable & Sendable>: AsyncSequence, Sendable {
    /// A delta or an end, and the stream that it is of.
    public typealias Element = TaggedDelta<ID>
    /// Nothing is thrown.
    public typealias Failure = Never

    private let sources: [DeltaSource<ID>]
    private let numbers: [ID: Int]
    private let timing: IdleTiming?
    private let ticket = Ticket()

    /// The streams of `sources`, read together.
    ///
    /// - Parameters:
    ///   - sources: The streams.
    ///   - idleTimeout: How long a source may take for a chunk that it was asked for, before it is interrupted; nil for ever.
    ///     Below zero counts as zero, and more than 100 years as 100 years.
    ///   - clock: What measures the timeout.
    /// - Precondition: no two sources have the same id.
    public init(
        _ sources: [DeltaSource<ID>], idleTimeout: Duration? = .seconds(30),
        clock: some Clock<Duration> = ContinuousClock()
    ) {
        self.sources = sources
        timing = idleTimeout.map { IdleTiming($0, clock) }
        numbers = Dictionary(uniqueKeysWithValues: zip(sources.map(\.id), sources.indices))
    }

    /// As ``DeltaSequence/message``, of one stream; nil where there is none of this id.
    public func message(of id: ID) -> Accumulator? { numbers[id].map { sources[$0].request.outcome.message } }

    /// As ``DeltaSequence/end``, of one stream; nil where there is none of this id.
    public func end(of id: ID) -> StreamEnd? { numbers[id].map { sources[$0].request.outcome.end } }

    /// The iterator; the first one reads the streams, any other ends at once.
    public func makeAsyncIterator() -> Iterator { Iterator(ticket.take() ? sources : [], timing) }

    /// Reads the streams.
    public struct Iterator: AsyncIteratorProtocol {
        private let ids: [ID]
        private var cursor: DeltaCursor

        fileprivate init(_ sources: [DeltaSource<ID>], _ timing: IdleTiming?) {
            ids = sources.map(\.id)
            cursor = DeltaCursor(sources.map(\.request), timing: timing)
        }

        /// The next delta or end; nil once every stream's end was told.
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
