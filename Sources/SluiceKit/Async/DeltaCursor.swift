internal import Sluice

/// Returns the deltas one by one that a ``DeltaMerge`` reads in batches.
struct DeltaCursor {
    private let merge: DeltaMerge
    private let outcomes: [StreamOutcome]
    private var batch: [OwnedDelta] = []
    private var position = 0
    /// The number of the batch's stream.
    private(set) var number = 0

    init(_ requests: [StreamRequest], timing: StreamTiming?) {
        merge = DeltaMerge(requests, timing: timing)
        outcomes = requests.map(\.outcome)
    }

    /// The next delta of stream ``number`` that is available without waiting; if nil, call ``advance(isolation:)``.
    @inline(__always)
    mutating func next() -> OwnedDelta? {
        guard position < batch.count else { return nil }
        let outcome = outcomes[number]
        if Task.isCancelled {
            outcome.handOutRest()
            return drop(.cancelled)
        }
        if outcome.addsAtOnce {
            do { try outcome.add(position + 1) } catch { return drop(.parser(error)) }
        } else {
            outcome.handOut(position + 1)
        }
        position += 1
        return batch[position - 1]
    }

    /// Ends the stream before the next delta of the batch.
    private mutating func drop(_ cause: StreamInterruption.Cause) -> OwnedDelta? {
        merge.interrupt(number, cause)
        batch = []
        position = 0
        return nil
    }

    /// The status and counts of a stream.
    func end(of number: Int) -> StreamEnd { outcomes[number].end }

    /// The result of waiting if no delta is available.
    enum Step {
        /// Deltas are available: call ``next()`` again.
        case deltas
        /// A stream has ended; nil without an interruption.
        case ended(Int, StreamInterruption?)
    }

    /// Waits for deltas, or for the end of a stream; nil after the ends of all streams were returned.
    mutating func advance(isolation: isolated (any Actor)?) async -> Step? {
        switch await merge.next(isolation: isolation) {
        case .deltas(let deltas, let source):
            batch = deltas
            position = 0
            number = source
            return .deltas
        case .ended(let source, .finished): return .ended(source, nil)
        case .ended(let source, .interrupted(let cause)):
            let outcome = outcomes[source]
            return .ended(source, StreamInterruption(cause, message: outcome.message, end: outcome.end))
        case nil: return nil
        }
    }
}
