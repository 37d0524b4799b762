internal import NIOConcurrencyHelpers
internal import NIOCore
internal import SluiceKit

// A relay stands between the events of one answer and the client that gets them:
//
//      events ──▶ pump (a task) ──▶ kept: ▢▢▢▣▣ ──▶ body (the server's task) ──▶ client
//                  one event a request     │ └ not sent yet: at most one
//                                          └ sent, kept for a client that comes back
//
// The pump fetches an event when the body asks for one that is not kept. So a client that reads slowly slows the upstream down,
// and a wait of the body ends at once on cancellation, or for a heartbeat, whatever the upstream does. One body at a time reads:
// a client that comes back takes the place of its former self. A relay that nobody reads ends its pump after a grace; without
// a grace, at once.
//
// Continuations are resumed, and tasks cancelled, outside of the lock.

/// The clock of a relay. Times are durations since it was made.
struct RelayClock: Sendable {
    let now: @Sendable () -> Duration
    let sleep: @Sendable (_ until: Duration) async throws -> Void

    init(_ clock: some Clock<Duration>) {
        let start = clock.now
        now = { start.duration(to: clock.now) }
        sleep = { try await clock.sleep(until: start.advanced(by: $0), tolerance: nil) }
    }
}

final class EventRelay: Sendable {
    /// What a body sends next.
    enum Step {
        case event(ByteBuffer)
        case heartbeat
        case end
    }

    struct Options: Sendable {
        /// Before each number in an event's id; nil for events without ids, which cannot be sent again.
        var idPrefix: String?
        /// Bytes of sent events that are kept.
        var keptBytes = 0
        /// How long the relay goes on without a client.
        var grace = Duration.zero
        var heartbeat: Duration?
    }

    private struct State {
        var kept = CircularBuffer<ByteBuffer>()
        var keptBytes = 0
        /// The number of the first event that is kept.
        var first = 0
        /// Set when the upstream has ended.
        var ending: Result<Void, any Error>?
        var isClosed = false
        var isAsked = false
        var pump: Task<Void, Never>?
        /// The pump, while it waits for a request.
        var resting: CheckedContinuation<Bool, Never>?
        /// The number of the body that reads, and of the last that was made.
        var reader = 0
        var readers = 0
        var isReading = false
        /// The reader, while it waits for an event.
        var waiter: CheckedContinuation<Void, Never>?
        /// Heartbeats of the reader, or the grace without one.
        var timer: Task<Void, Never>?
        /// When the next heartbeat is due.
        var beatTime = Duration.zero
        var isBeatDue = false
        /// The reader's task was cancelled.
        var isCancelled = false

        /// The number of the next event that the upstream returns.
        var next: Int { first + kept.count }

        /// Drops sent events that exceed `bytes`. What is from `position` on was not sent.
        mutating func trim(to bytes: Int, before position: Int) {
            while first < position, keptBytes > bytes, let dropped = kept.popFirst() {
                keptBytes -= dropped.readableBytes
                first += 1
            }
        }
    }

    let options: Options
    private let clock: RelayClock
    private let run: @Sendable (EventRelay) async -> Void
    private let whenClosed: @Sendable () -> Void
    private let state = NIOLockedValueBox(State())

    init<Events: AsyncSequence & Sendable>(
        _ events: Events, _ options: Options, _ clock: RelayClock, whenClosed: @escaping @Sendable () -> Void = {}
    ) where Events.Element == ServerSentEvent {
        self.options = options
        self.clock = clock
        self.whenClosed = whenClosed
        run = { relay in
            var iterator = events.makeAsyncIterator()
            while await relay.isAsked() {
                do {
                    guard let event = try await iterator.next(isolation: nil) else { return relay.end(.success(())) }
                    relay.put(event)
                } catch {
                    return relay.end(.failure(error))
                }
            }
        }
    }

    // MARK: Positions

    /// Where a client goes on that got the event with this number last; nil if what it needs is not kept any more, or never was.
    func position(after number: Int?) -> Int? {
        state.withLockedValue { state in
            let position = number.map { $0 + 1 } ?? 0
            return state.isClosed || position < state.first || position > state.next ? nil : position
        }
    }

    /// Whether the upstream has ended, and a client at this position has everything.
    func isOver(at position: Int) -> Bool {
        state.withLockedValue { $0.ending != nil && position >= $0.next }
    }

    // MARK: The body's side

    /// Makes a new reader, in place of the present one.
    func attach() -> Int {
        let (number, waiter, timer) = state.withLockedValue { state in
            state.readers += 1
            state.reader = state.readers
            state.isReading = true
            state.isCancelled = false
            state.isBeatDue = false
            if let heartbeat = options.heartbeat { state.beatTime = clock.now() + heartbeat }
            let timer = state.timer.take()
            if options.heartbeat != nil { state.timer = beats() }
            return (state.reader, state.waiter.take(), timer)
        }
        timer?.cancel()
        waiter?.resume()
        return number
    }

    /// The reader has gone.
    func detach(_ reader: Int) {
        let timer = state.withLockedValue { state -> Task<Void, Never>? in
            guard state.reader == reader, state.isReading else { return nil }
            state.isReading = false
            defer { state.timer = options.grace > .zero && !state.isClosed ? graceTimer(reader) : nil }
            return state.timer
        }
        timer?.cancel()
        if options.grace <= .zero { close(unlessReadSince: reader) }
    }

    /// Waits for what the reader sends at this position.
    ///
    /// - Throws: what the upstream has thrown, and `CancellationError` after the task was cancelled.
    func next(_ reader: Int, at position: Int) async throws -> Step {
        try Task.checkCancellation()
        while true {
            if let step = try take(reader, at: position) { return step }
            await withTaskCancellationHandler {
                await withCheckedContinuation { continuation in
                    let isReady = state.withLockedValue { state in
                        let isPresent = state.reader == reader && !state.isCancelled && !state.isBeatDue
                        if !isPresent || position < state.next || state.ending != nil || state.isClosed { return true }
                        state.waiter = continuation
                        return false
                    }
                    if isReady { continuation.resume() }
                }
            } onCancel: {
                let waiter = state.withLockedValue { state -> CheckedContinuation<Void, Never>? in
                    guard state.reader == reader else { return nil }
                    state.isCancelled = true
                    return state.waiter.take()
                }
                waiter?.resume()
            }
        }
    }

    /// What is there without waiting; otherwise an event is requested.
    private func take(_ reader: Int, at position: Int) throws -> Step? {
        let now = options.heartbeat == nil ? .zero : clock.now()
        let (step, pump) = try state.withLockedValue { state -> (Step?, CheckedContinuation<Bool, Never>?) in
            guard state.reader == reader, !state.isClosed, position >= state.first else { return (.end, nil) }
            if state.isCancelled { throw CancellationError() }
            state.trim(to: options.keptBytes, before: position)
            if let heartbeat = options.heartbeat, position < state.next || state.isBeatDue {
                state.beatTime = now + heartbeat
            }
            defer { state.isBeatDue = false }
            if position < state.next {
                return (
                    .event(state.kept[state.kept.index(state.kept.startIndex, offsetBy: position - state.first)]), nil
                )
            }
            if let ending = state.ending {
                try ending.get()
                return (.end, nil)
            }
            if state.isBeatDue { return (.heartbeat, nil) }
            state.isAsked = true
            if state.pump == nil { state.pump = Task { await self.run(self) } }
            return (nil, state.resting.take())
        }
        pump?.resume(returning: true)
        return step
    }

    // MARK: The pump's side

    /// Waits for a request; false if there will be none.
    private func isAsked() async -> Bool {
        await withCheckedContinuation { continuation in
            let answer = state.withLockedValue { state -> Bool? in
                if state.isClosed { return false }
                if state.isAsked { return true }
                state.resting = continuation
                return nil
            }
            if let answer { continuation.resume(returning: answer) }
        }
    }

    private func put(_ event: ServerSentEvent) {
        let waiter = state.withLockedValue { state -> CheckedContinuation<Void, Never>? in
            guard !state.isClosed else { return nil }
            var event = event
            if let prefix = options.idPrefix { event.id = "\(prefix)-\(state.next)" }
            let buffer = ByteBuffer(string: event.text)
            state.isAsked = false
            state.kept.append(buffer)
            state.keptBytes += buffer.readableBytes
            return state.waiter.take()
        }
        waiter?.resume()
    }

    private func end(_ result: Result<Void, any Error>) {
        let waiter = state.withLockedValue { state in
            state.ending = result
            return state.waiter.take()
        }
        waiter?.resume()
    }

    // MARK: Time

    private func beats() -> Task<Void, Never> {
        Task { [weak self, clock] in
            while let due = self?.nextBeat() {
                do { try await clock.sleep(due) } catch { return }
                self?.beat()
            }
        }
    }

    private func nextBeat() -> Duration? { state.withLockedValue { $0.isClosed ? nil : $0.beatTime } }

    /// A heartbeat is due if the reader has waited for so long. One that is busy sending needs none.
    private func beat() {
        guard let heartbeat = options.heartbeat else { return }
        let now = clock.now()
        let waiter = state.withLockedValue { state -> CheckedContinuation<Void, Never>? in
            guard now >= state.beatTime else { return nil }
            state.beatTime = now + heartbeat
            // A request that is not answered: the reader waits, or is about to.
            state.isBeatDue = state.isAsked
            return state.isAsked ? state.waiter.take() : nil
        }
        waiter?.resume()
    }

    private func graceTimer(_ reader: Int) -> Task<Void, Never> {
        let end = clock.now() + options.grace
        return Task { [weak self, clock] in
            do { try await clock.sleep(end) } catch { return }
            self?.close(unlessReadSince: reader)
        }
    }

    /// Ends the upstream, and drops what is kept.
    private func close(unlessReadSince reader: Int) {
        let pump = state.withLockedValue { state -> (Task<Void, Never>?, CheckedContinuation<Bool, Never>?)? in
            guard state.reader == reader, !state.isReading, !state.isClosed else { return nil }
            state.isClosed = true
            state.kept = CircularBuffer()
            state.keptBytes = 0
            return (state.pump.take(), state.resting.take())
        }
        guard let pump else { return }
        pump.0?.cancel()
        pump.1?.resume(returning: false)
        whenClosed()
    }
}
