internal import Sluice

/// Hands out one by one what a ``DeltaMerge`` reads in batches.
struct DeltaCursor {
    enum Item {
        case delta(OwnedDelta, of: Int)
        /// A stream has ended; nil where it ended by itself.
        case ended(Int, StreamInterruption?)
    }

    private let merge: DeltaMerge
    private let outcomes: [StreamOutcome]
    private var batch: [OwnedDelta] = []
    private var position = 0
    /// The stream that the batch is of.
    private var number = 0

    init(_ requests: [StreamRequest], timing: IdleTiming?) {
        merge = DeltaMerge(requests, timing: timing)
        outcomes = requests.map(\.outcome)
    }

    /// The next delta or end; nil once every stream's end was told.
    mutating func next(isolation: isolated (any Actor)?) async -> Item? {
        while true {
            if position < batch.count {
                if let cause = handOut() {
                    merge.interrupt(number, cause)
                    batch = []
                    position = 0
                } else {
                    return .delta(batch[position - 1], of: number)
                }
            }
            switch await merge.next(isolation: isolation) {
            case .deltas(let deltas, let source):
                batch = deltas
                position = 0
                number = source
            case .ended(let source, .finished): return .ended(source, nil)
            case .ended(let source, .interrupted(let cause)):
                let outcome = outcomes[source]
                return .ended(source, StreamInterruption(cause, message: outcome.message, end: outcome.end))
            case nil: return nil
            }
        }
    }

    /// Counts the next delta of the batch as handed out, unless there is a cause to end the stream before it.
    private mutating func handOut() -> StreamInterruption.Cause? {
        let outcome = outcomes[number]
        if Task.isCancelled {
            outcome.addRest()
            return .cancelled
        }
        if outcome.addsAtOnce {
            do { try outcome.add(position + 1) } catch { return .parser(error) }
        } else {
            outcome.handOut(position + 1)
        }
        position += 1
        return nil
    }
}
