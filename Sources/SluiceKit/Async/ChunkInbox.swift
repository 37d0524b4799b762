// An inbox connects the sources of bytes to their reader. Each source has a pump, a task that owns its iterator. The reader
// requests one chunk from a source, its pump fetches that chunk, and fetches the next one on the next request:
//
//      reader            inbox             pump              source
//        │ ── ask ────────▶ │ ── true ────────▶ │ ── next() ──────▶ │
//        │ ── next ───────▶ │                   │                   │
//        │ ◀── arrival ──── │ ◀── put ───────── │ ◀── chunk ─────── │
//
// So a chunk is fetched after the previous one was consumed, and the inbox holds at most one chunk per source. The
// reader's wait ends immediately on cancellation or timeout, independently of the source, because the reader is not inside
// the source's `next()`. A chunk that arrives after the reader has stopped is dropped.
//
// Continuations are resumed, and tasks cancelled, outside of the lock.

/// Chunks of several sources, in order of arrival.
final class ChunkInbox: Sendable {
    /// The answer of a source to a request.
    enum Arrival: Sendable {
        case chunk([UInt8])
        case end
        case failed(any Error)
        /// A timeout expired.
        case timedOut(StreamInterruption.Cause)
    }

    /// What a request follows, which decides how long it may wait.
    enum Previous {
        /// Nothing: it is the first.
        case nothing
        /// A chunk that counts as life of the stream.
        case life
        /// A chunk that does not: what remained of its request's time is this request's time.
        case keepAlive
    }

    private struct Slot {
        let source: ChunkSource
        var pump: Task<Void, Never>?
        /// The pump, while it waits for a request.
        var resting: CheckedContinuation<Bool, Never>?
        /// The deadline of the current request, if there is a timeout.
        var deadline: Duration?
        /// What remained of the last request's time when its chunk arrived.
        var remaining: Duration?
        var phase = StreamTiming.Phase.firstByte
        var isAsked = false
        var isOver = false
        var arrival: Arrival?
    }

    private struct State {
        var slots: [Slot]
        /// The slots with an arrival, each at most once.
        var order: [Int] = []
        var reader: CheckedContinuation<Void, Never>?
        var timer: Task<Void, Never>?
        /// The number of the timer, which is replaced when a deadline comes before that for which it sleeps.
        var timerNumber = 0
        /// When the timer wakes; nil while it does not sleep.
        var wakeTime: Duration?
        /// The timer, while there is no request.
        var restingTimer: CheckedContinuation<Duration?, Never>?
        var isCancelled = false
        var isClosed = false

        /// Returns the waiting reader, if there is one.
        mutating func put(
            _ arrival: Arrival, from number: Int, at now: Duration? = nil
        ) -> CheckedContinuation<Void, Never>? {
            slots[number].isAsked = false
            if let now { slots[number].remaining = slots[number].deadline.map { max(.zero, $0 - now) } }
            slots[number].deadline = nil
            slots[number].arrival = arrival
            order.append(number)
            return reader.take()
        }
    }

    private let state: Guarded<State>
    private let timing: StreamTiming?

    /// Creates an inbox without requests.
    init(_ sources: [ChunkSource], timing: StreamTiming?) {
        state = Guarded(State(slots: sources.map { Slot(source: $0) }))
        self.timing = timing
    }

    // MARK: The reader's side

    /// Requests the next chunk of a source. The first request starts its pump and the timer.
    func ask(_ number: Int, after previous: Previous) {
        let now = timing?.now()
        let (pump, timers) = state.withLock { state -> (CheckedContinuation<Bool, Never>?, ChangedTimer) in
            guard !state.isClosed, !state.slots[number].isOver else { return (nil, ChangedTimer()) }
            state.slots[number].isAsked = true
            if previous == .life { state.slots[number].phase = .idle }
            if state.slots[number].pump == nil {
                let source = state.slots[number].source
                state.slots[number].pump = Task { await source.pump(into: self, number) }
            }
            var timers = ChangedTimer()
            if let timing, let now {
                let wait = timing.wait(state.slots[number].phase)
                let left = previous == .keepAlive ? state.slots[number].remaining ?? wait : wait
                state.slots[number].deadline = left.map { now + $0 }
                if let deadline = state.slots[number].deadline { timers = setTimer(deadline, &state) }
            }
            return (state.slots[number].resting.take(), timers)
        }
        pump?.resume(returning: true)
        timers.dropped?.cancel()
        timers.resting?.resume(returning: timers.deadline)
    }

    /// What is done with timers outside of the lock.
    private struct ChangedTimer {
        var resting: CheckedContinuation<Duration?, Never>?
        var deadline: Duration?
        var dropped: Task<Void, Never>?
    }

    /// Makes sure that a timer wakes at `deadline`, or earlier.
    private func setTimer(_ deadline: Duration, _ state: inout State) -> ChangedTimer {
        if let resting = state.restingTimer.take() {
            state.wakeTime = deadline
            return ChangedTimer(resting: resting, deadline: deadline)
        }
        // A timer that is about to look for the next deadline finds this one.
        guard state.timer == nil || state.wakeTime.map({ deadline < $0 }) == true else { return ChangedTimer() }
        let dropped = state.timer
        state.timerNumber += 1
        state.wakeTime = nil
        let timerNumber = state.timerNumber
        state.timer = Task { await self.keepTime(timerNumber) }
        return ChangedTimer(dropped: dropped)
    }

    /// Waits for the next arrival of any source. Nil after the reader's task was cancelled.
    func next(isolation: isolated (any Actor)?) async -> (source: Int, Arrival)? {
        if let ready = take() { return ready }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isReady = state.withLock { state in
                    if state.isCancelled || !state.order.isEmpty { return true }
                    state.reader = continuation
                    return false
                }
                if isReady { continuation.resume() }
            }
        } onCancel: {
            let reader = state.withLock { state in
                state.isCancelled = true
                return state.reader.take()
            }
            reader?.resume()
        }
        return take()
    }

    private func take() -> (source: Int, Arrival)? {
        state.withLock { state in
            guard !state.isCancelled, !state.order.isEmpty else { return nil }
            let number = state.order.removeFirst()
            guard let arrival = state.slots[number].arrival.take() else { return nil }
            return (number, arrival)
        }
    }

    /// Ends one source: it has no more arrivals.
    func close(_ number: Int) {
        let (pump, resting) = state.withLock { state in
            state.slots[number].isOver = true
            state.slots[number].deadline = nil
            return (state.slots[number].pump.take(), state.slots[number].resting.take())
        }
        pump?.cancel()
        resting?.resume(returning: false)
    }

    /// Ends all sources and the timer.
    func close() {
        let (count, timer, restingTimer) = state.withLock { state in
            state.isClosed = true
            return (state.slots.count, state.timer.take(), state.restingTimer.take())
        }
        for number in 0..<count { close(number) }
        timer?.cancel()
        restingTimer?.resume(returning: nil)
    }

    // MARK: The pumps' side

    /// Waits for a request to source `number`; false if there will be none.
    func isAsked(_ number: Int) async -> Bool {
        await withCheckedContinuation { continuation in
            let answer = state.withLock { state -> Bool? in
                if state.isClosed || state.slots[number].isOver { return false }
                if state.slots[number].isAsked { return true }
                state.slots[number].resting = continuation
                return nil
            }
            if let answer { continuation.resume(returning: answer) }
        }
    }

    /// Delivers the answer of source `number` to its request.
    func put(_ arrival: Arrival, from number: Int) {
        let now = timing?.keepAlives == .ignored ? timing?.now() : nil
        let reader = state.withLock { state -> CheckedContinuation<Void, Never>? in
            guard !state.isClosed, !state.slots[number].isOver else { return nil }
            return state.put(arrival, from: number, at: now)
        }
        reader?.resume()
    }

    // MARK: The timer

    private func keepTime(_ number: Int) async {
        guard let timing else { return }
        while let deadline = await nextDeadline(number) {
            do { try await timing.sleep(until: deadline) } catch { return }
            expire(timing)
        }
    }

    /// The earliest deadline of all requests; waits until there is one. Nil if there will be none, or another timer is there.
    private func nextDeadline(_ number: Int) async -> Duration? {
        await withCheckedContinuation { continuation in
            let answer = state.withLock { state -> Duration?? in
                if state.isClosed || number != state.timerNumber { return .some(nil) }
                state.wakeTime = state.slots.lazy.compactMap(\.deadline).min()
                if let first = state.wakeTime { return first }
                state.restingTimer = continuation
                return nil
            }
            if let answer { continuation.resume(returning: answer) }
        }
    }

    /// Ends the sources whose deadline has passed.
    private func expire(_ timing: StreamTiming) {
        let now = timing.now()
        let (reader, pumps) = state.withLock { state -> (CheckedContinuation<Void, Never>?, [Task<Void, Never>]) in
            var reader: CheckedContinuation<Void, Never>?
            var pumps: [Task<Void, Never>] = []
            for number in state.slots.indices {
                guard let deadline = state.slots[number].deadline, deadline <= now else { continue }
                state.slots[number].isOver = true
                if let pump = state.slots[number].pump.take() { pumps.append(pump) }
                reader = state.put(.timedOut(timing.cause(state.slots[number].phase)), from: number) ?? reader
            }
            return (reader, pumps)
        }
        for pump in pumps { pump.cancel() }
        reader?.resume()
    }
}
