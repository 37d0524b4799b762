internal import NIOConcurrencyHelpers
public import NIOCore
public import SluiceKit

extension AsyncSequence where Self: Sendable, Element == ServerSentEvent {
    /// Returns the events as the body of a server's response, with a comment after each time of silence.
    ///
    /// ```swift
    /// let body = deltas.events().eventStream(heartbeat: .seconds(15))
    /// for try await buffer in body { try await send(buffer) }
    /// ```
    ///
    /// The next event is requested when the previous one was sent, so a slow client slows the upstream down. When the body's
    /// task is cancelled or its loop ends, the upstream is cancelled. If the events end with an error, so does the body.
    ///
    /// - Parameters:
    ///   - heartbeat: After how long without an event a comment is sent, so that proxies do not close the connection and a
    ///     client that has gone is noticed; nil for none. More than 100 years count as 100 years, less than a millisecond as one.
    ///   - clock: The clock that measures it.
    /// - Returns: a body that can be iterated once. To let clients resume it, see ``EventStreamStore``.
    public func eventStream(
        heartbeat: Duration? = .seconds(15), clock: some Clock<Duration> = ContinuousClock()
    ) -> EventStreamBody {
        let relay = EventRelay(self, EventRelay.Options(heartbeat: heartbeat?.beat), RelayClock(clock))
        return EventStreamBody(relay: relay, position: 0)
    }
}

extension Duration {
    /// A time between heartbeats that clocks can add, and that does not keep them busy.
    var beat: Duration { Swift.min(Swift.max(self, .milliseconds(1)), .seconds(3_155_760_000)) }
}

/// The body of a response of Server-Sent Events: one buffer for each event or heartbeat.
///
/// It can be iterated once; a second iterator ends immediately. If a client resumes the stream of a store, the body of its
/// former connection ends.
public struct EventStreamBody: AsyncSequence, Sendable {
    /// The bytes of an event or a comment.
    public typealias Element = ByteBuffer
    /// What the events end with, or `CancellationError`.
    public typealias Failure = any Error

    private let relay: EventRelay
    private let position: Int
    private let whenIterated: @Sendable () -> Void
    private let isTaken = NIOLockedValueBox(false)

    init(relay: EventRelay, position: Int, whenIterated: @escaping @Sendable () -> Void = {}) {
        self.relay = relay
        self.position = position
        self.whenIterated = whenIterated
    }

    /// The headers that a response with this body needs: the content type, and no storing or holding back on the way.
    public static let headers: [(name: String, value: String)] = [
        ("content-type", "text/event-stream"), ("cache-control", "no-cache, no-transform"), ("x-accel-buffering", "no"),
    ]

    /// Returns an iterator. The first one reads the events.
    public func makeAsyncIterator() -> Iterator {
        let isFirst = isTaken.withLockedValue { isTaken in
            defer { isTaken = true }
            return !isTaken
        }
        guard isFirst else { return Iterator(nil, position) }
        let reader = Reader(relay)
        whenIterated()
        return Iterator(reader, position)
    }

    /// Tells the relay when the iterator is gone.
    fileprivate final class Reader: Sendable {
        let relay: EventRelay
        let number: Int

        init(_ relay: EventRelay) {
            self.relay = relay
            number = relay.attach()
        }

        deinit { relay.detach(number) }
    }

    /// Reads the events.
    public struct Iterator: AsyncIteratorProtocol {
        private var reader: Reader?
        private var position: Int

        fileprivate init(_ reader: Reader?, _ position: Int) {
            self.reader = reader
            self.position = position
        }

        private static let heartbeat = ByteBuffer(string: ServerSentEvent.comment("keep-alive"))

        /// Returns the next buffer, or nil after the last.
        ///
        /// - Throws: what the events end with, and `CancellationError` if the task is cancelled. Later calls return nil.
        public mutating func next() async throws -> ByteBuffer? {
            guard let reader else { return nil }
            do {
                switch try await reader.relay.next(reader.number, at: position) {
                case .event(let buffer):
                    position += 1
                    return buffer
                case .heartbeat: return Self.heartbeat
                case .end:
                    self.reader = nil
                    return nil
                }
            } catch {
                self.reader = nil
                throw error
            }
        }
    }
}

@available(*, unavailable)
extension EventStreamBody.Iterator: Sendable {}
