public import Sluice

/// The deltas of a stream with their text split at word boundaries.
///
/// Created by ``_Concurrency/AsyncSequence/words(maxDelay:maxPendingBytes:clock:)``.
///
/// ```swift
/// let deltas = chunks.deltas(format: .openAIChat)
/// for try await delta in deltas.words() where delta.kind == .text {
///     print(delta.text, terminator: "")
/// }
/// ```
///
/// A word is emitted when it has ended, or after the maximum delay. All buffered text is emitted at the end and before an error
/// is thrown. The next delta is requested from the base sequence after the previous one has been consumed.
public struct WordSequence<Base: AsyncSequence & Sendable>: AsyncSequence where Base.Element == OwnedDelta {
    /// A delta whose text is whole words.
    public typealias Element = OwnedDelta
    /// The error type of the base sequence.
    public typealias Failure = Base.Failure

    let base: Base
    let maxPendingBytes: Int
    let delay: @Sendable () async throws -> Void

    /// Returns an iterator, which reads the deltas in a separate task.
    public func makeAsyncIterator() -> Iterator { Iterator(self) }

    /// Iterates over the deltas.
    public struct Iterator: AsyncIteratorProtocol {
        private let inbox: WordInbox<Base.Failure>
        private let owner: WordInbox<Base.Failure>.Owner
        private var words: DeltaWords
        private var ready: ArraySlice<OwnedDelta> = []
        private var end: Result<Void, Base.Failure>?

        fileprivate init(_ sequence: WordSequence) {
            words = DeltaWords(maxPendingBytes: sequence.maxPendingBytes)
            inbox = WordInbox(delay: sequence.delay)
            owner = WordInbox.Owner(inbox)
            inbox.begin(sequence.base)
        }

        /// Returns the next delta; nil at the end.
        public mutating func next() async throws(Base.Failure) -> OwnedDelta? { try await next(isolation: nil) }

        /// As ``next()``, on the actor of the caller.
        public mutating func next(
            isolation actor: isolated (any Actor)?
        ) async throws(Base.Failure) -> OwnedDelta? {
            while true {
                if let delta = ready.popFirst() { return delta }
                if let end {
                    self.end = .success(())
                    try end.get()
                    return nil
                }
                switch await inbox.next(isHolding: !words.isEmpty, isolation: actor) {
                case .delta(let delta): ready = words.append(delta)[...]
                case .quiet: ready = words.flush()[...]
                case .end(let result):
                    ready = words.flush()[...]
                    end = result
                }
            }
        }
    }
}

extension AsyncSequence where Self: Sendable, Element == OwnedDelta {
    /// Returns the same deltas with their text split at the word boundaries of UAX #29.
    ///
    /// - Parameters:
    ///   - maxDelay: How long an unfinished word is buffered. Below zero counts as zero, and more than 100 years as 100
    ///     years.
    ///   - maxPendingBytes: The maximum bytes of each text that are buffered.
    ///   - clock: The clock that measures the delay.
    public func words(
        maxDelay: Duration = .milliseconds(250), maxPendingBytes: Int = 256,
        clock: some Clock<Duration> = ContinuousClock()
    ) -> WordSequence<Self> {
        let delay = maxDelay.waitable
        return WordSequence(base: self, maxPendingBytes: maxPendingBytes) { try await clock.sleep(for: delay) }
    }
}

/// Passes one delta at a time from the task that reads deltas to the iterator, and reports when the maximum delay of buffered
/// text has expired.
private final class WordInbox<Failure: Error>: Sendable {
    enum Arrival: Sendable {
        case delta(OwnedDelta)
        case quiet
        case end(Result<Void, Failure>)
    }

    private struct State {
        var arrival: Arrival?
        /// The maximum delay of buffered text has expired.
        var isTimeUp = false
        /// The current delta has been consumed, and the next is requested.
        var isAsked = false
        var reader: CheckedContinuation<Void, Never>?
        var pump: CheckedContinuation<Bool, Never>?
        var isClosed = false
        var tasks: [Task<Void, Never>] = []
        var timer: Task<Void, Never>?
    }

    private let state = Guarded(State())
    private let delay: @Sendable () async throws -> Void

    init(delay: @escaping @Sendable () async throws -> Void) { self.delay = delay }

    /// Owned by the iterator: its deinitialization ends the reading.
    final class Owner: Sendable {
        private let inbox: WordInbox

        init(_ inbox: WordInbox) { self.inbox = inbox }

        deinit { inbox.close() }
    }

    /// Starts the task that reads.
    func begin<Base: AsyncSequence & Sendable>(_ base: Base) where Base.Element == OwnedDelta, Base.Failure == Failure {
        let task = Task {
            var iterator = base.makeAsyncIterator()
            while await isAsked() {
                let arrival: Arrival
                do throws(Failure) {
                    let delta = try await iterator.next(isolation: nil)
                    arrival = delta.map { .delta($0) } ?? .end(.success(()))
                } catch {
                    arrival = .end(.failure(error))
                }
                put(arrival)
                if case .end = arrival { return }
            }
        }
        state.withLock { $0.tasks = [task] }
    }

    private func close() {
        let (tasks, pump) = state.withLock { state in
            state.isClosed = true
            return (state.tasks + (state.timer.map { [$0] } ?? []), state.pump.take())
        }
        for task in tasks { task.cancel() }
        pump?.resume(returning: false)
    }

    // MARK: The reader

    /// Returns the next delta or the end; or `quiet` if text is buffered and its maximum delay has expired.
    func next(isHolding: Bool, isolation: isolated (any Actor)?) async -> Arrival {
        if isHolding { keepTime() } else { forgetTime() }
        let pump = state.withLock { state in
            state.isAsked = state.arrival == nil
            return state.isAsked ? state.pump.take() : nil
        }
        pump?.resume(returning: true)
        while true {
            if let arrival = take() { return arrival }
            await withTaskCancellationHandler {
                await withCheckedContinuation { continuation in
                    let isReady = state.withLock { state in
                        if state.arrival != nil || state.isTimeUp { return true }
                        state.reader = continuation
                        return false
                    }
                    if isReady { continuation.resume() }
                }
            } onCancel: {
                // The base sequence then ends, with its own error.
                for task in state.withLock({ $0.tasks }) { task.cancel() }
            }
        }
    }

    private func take() -> Arrival? {
        state.withLock { state in
            if let arrival = state.arrival.take() { return arrival }
            guard state.isTimeUp else { return nil }
            state.isTimeUp = false
            state.timer = nil
            return .quiet
        }
    }

    // MARK: The reading task

    private func isAsked() async -> Bool {
        await withCheckedContinuation { continuation in
            let answer = state.withLock { state -> Bool? in
                if state.isClosed { return false }
                if state.isAsked { return true }
                state.pump = continuation
                return nil
            }
            if let answer { continuation.resume(returning: answer) }
        }
    }

    private func put(_ arrival: Arrival) {
        let reader = state.withLock { state in
            state.isAsked = false
            state.arrival = arrival
            return state.reader.take()
        }
        reader?.resume()
    }

    // MARK: Time

    /// Starts the timer of buffered text, unless it is running.
    private func keepTime() {
        state.withLock { state in
            guard state.timer == nil else { return }
            state.timer = Task { [weak self, delay] in
                guard (try? await delay()) != nil, !Task.isCancelled else { return }
                self?.timeIsUp()
            }
        }
    }

    private func forgetTime() {
        let timer = state.withLock { state in
            state.isTimeUp = false
            return state.timer.take()
        }
        timer?.cancel()
    }

    private func timeIsUp() {
        let reader = state.withLock { state -> CheckedContinuation<Void, Never>? in
            guard state.timer != nil else { return nil }
            state.isTimeUp = true
            return state.reader.take()
        }
        reader?.resume()
    }
}
