internal import NIOHTTP1
public import Sluice
public import SluiceKit

extension DeltaSequence {
    /// Returns the deltas as Server-Sent Events to send on, and one event that says how the stream ended.
    ///
    /// ```swift
    /// let body = response.deltas(format: .openAIChat).events().eventStream()
    /// ```
    ///
    /// Each delta is JSON as `sluice cat --json` prints it. The last event has the type `end`, and the stream's status as its
    /// data; where reading stopped before the end, the type is `broken`, and the data one word for the cause: `first-byte`,
    /// `idle`, `source`, `parser` or, of a response that is no stream, `http-429` with its status. What the cause says beyond
    /// that may name servers and keys, and is yours to send or to log.
    /// - Parameters:
    ///   - names: Whether the type of each event is the delta's kind.
    ///   - ending: Makes the last event; nil for none. Gets the interruption where reading stopped before the end.
    public func events(
        names: Bool = true,
        ending: @escaping @Sendable (StreamEnd, StreamInterruption?) -> ServerSentEvent? = DeltaEvents.ending
    ) -> DeltaEvents {
        DeltaEvents(deltas: self, names: names, ending: ending)
    }
}

/// The deltas of a stream as Server-Sent Events.
///
/// Created by ``SluiceKit/DeltaSequence/events(names:ending:)``. It can be iterated once.
public struct DeltaEvents: AsyncSequence, Sendable {
    /// An event to send.
    public typealias Element = ServerSentEvent
    /// The sequence never throws: an interruption is the last event.
    public typealias Failure = Never

    let deltas: DeltaSequence
    let names: Bool
    let ending: @Sendable (StreamEnd, StreamInterruption?) -> ServerSentEvent?

    /// The default last event: see ``SluiceKit/DeltaSequence/events(names:ending:)``.
    public static func ending(_ end: StreamEnd, _ interruption: StreamInterruption?) -> ServerSentEvent? {
        guard let interruption else { return ServerSentEvent(end.status.rawValue, event: "end") }
        let word =
            switch interruption.cause {
            case .firstByte: "first-byte"
            case .idle: "idle"
            case .cancelled: "cancelled"
            case .source: interruption.response.map { "http-\($0.status.code)" } ?? "source"
            case .parser: "parser"
            }
        return ServerSentEvent(word, event: "broken")
    }

    /// Returns an iterator. The first one reads the stream.
    public func makeAsyncIterator() -> Iterator {
        Iterator(base: deltas.makeAsyncIterator(), events: self)
    }

    /// Reads the stream.
    public struct Iterator: AsyncIteratorProtocol {
        var base: DeltaSequence.Iterator
        let events: DeltaEvents
        private var isOver = false

        init(base: DeltaSequence.Iterator, events: DeltaEvents) {
            self.base = base
            self.events = events
        }

        /// Returns the next event, or nil after the last.
        public mutating func next() async -> ServerSentEvent? { await next(isolation: nil) }

        /// As ``next()``, on the actor of the caller.
        public mutating func next(isolation actor: isolated (any Actor)?) async -> ServerSentEvent? {
            if isOver { return nil }
            do throws(StreamInterruption) {
                if let delta = try await base.next(isolation: actor) {
                    return ServerSentEvent(delta, names: events.names)
                }
                isOver = true
                return events.ending(events.deltas.end, nil)
            } catch {
                isOver = true
                return events.ending(error.end, error)
            }
        }
    }
}
