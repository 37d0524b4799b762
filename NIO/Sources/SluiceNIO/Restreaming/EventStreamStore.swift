internal import NIOConcurrencyHelpers
public import SluiceKit

/// Streams of a server that clients can resume: when a connection breaks, an `EventSource` connects again and sends the id of the
/// last event that it got, in the header `Last-Event-ID`.
///
/// ```swift
/// let store = EventStreamStore()
///
/// func answer(lastEventID: String?) async throws -> EventStreamBody? {
///     if let lastEventID {
///         switch store.resume(after: lastEventID) {
///         case .body(let body): return body
///         case .over: return nil                       // answer 204, which tells an EventSource to stop
///         case .unknown: break                         // begin anew
///         }
///     }
///     return store.open(try await deltas().events())
/// }
/// ```
///
/// Each event gets an id, which names its stream and its place. A stream keeps the last events that were sent, up to a number
/// of bytes. While its client is gone, nothing is requested from the upstream, which waits as for a slow client; after the
/// grace it is cancelled and the stream forgotten. A stream that has ended is kept for as long, so that its end can be sent
/// again.
///
/// Ids are random numbers of 128 bits: who knows one can read the stream. Check that the user may, if that is not enough.
public final class EventStreamStore: Sendable {
    /// What a client that comes back gets.
    public enum Resumption: Sendable {
        /// The events behind the last one that it got.
        case body(EventStreamBody)
        /// Nothing: it has everything, and the stream has ended.
        case over
        /// The stream is not known any more, or events that the client needs are not kept.
        case unknown
    }

    private let keptBytes: Int
    private let grace: Duration
    private let heartbeat: Duration?
    private let clock: RelayClock
    private let relays = NIOLockedValueBox<[String: EventRelay]>([:])

    /// Creates a store without streams.
    ///
    /// - Parameters:
    ///   - keptBytes: Bytes of sent events that each stream keeps.
    ///   - grace: How long a stream waits for its client to come back; 0 ends it at once. At most 100 years.
    ///   - heartbeat: After how long without an event a comment is sent; nil for none.
    ///   - clock: The clock that measures both.
    public init(
        keptBytes: Int = 256 * 1024, grace: Duration = .seconds(30), heartbeat: Duration? = .seconds(15),
        clock: some Clock<Duration> = ContinuousClock()
    ) {
        self.keptBytes = max(0, keptBytes)
        self.grace = grace > .zero ? grace.beat : .zero
        self.heartbeat = heartbeat?.beat
        self.clock = RelayClock(clock)
    }

    /// The number of streams that are read, or kept for their client.
    public var count: Int { relays.withLockedValue { $0.count } }

    /// Returns the body of a new stream. Its events get ids in place of their own.
    ///
    /// The stream is kept from the first iteration of the body on.
    public func open<Events: AsyncSequence & Sendable>(_ events: Events) -> EventStreamBody
    where Events.Element == ServerSentEvent {
        var random = SystemRandomNumberGenerator()
        let name = [random.next(), random.next()].map { String($0, radix: 36) }.joined()
        let options = EventRelay.Options(idPrefix: name, keptBytes: keptBytes, grace: grace, heartbeat: heartbeat)
        let relay = EventRelay(events, options, clock) { [weak self] in
            self?.relays.withLockedValue { _ = $0.removeValue(forKey: name) }
        }
        return EventStreamBody(relay: relay, position: 0) { [weak self] in
            self?.relays.withLockedValue { $0[name] = relay }
        }
    }

    /// Returns the rest of the stream for a client that has sent this `Last-Event-ID`.
    public func resume(after lastEventID: String) -> Resumption {
        guard let dash = lastEventID.lastIndex(of: "-"),
            let number = Int(lastEventID[lastEventID.index(after: dash)...]), number >= 0, number < Int.max,
            let relay = relays.withLockedValue({ $0[String(lastEventID[..<dash])] }),
            let position = relay.position(after: number)
        else { return .unknown }
        return relay.isOver(at: position) ? .over : .body(EventStreamBody(relay: relay, position: position))
    }
}
