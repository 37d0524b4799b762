internal import Sluice
internal import Synchronization

// The message and status of one stream, shared by all owners of the sequence: its reader writes, any task reads.
//
// The message consists of the deltas that were returned. Adding each when it is returned would take a lock per delta. Instead
// the reader counts them, and a batch is added when the next one begins or when the message is read. Only if an exceeded limit
// throws, which has to happen in place of the delta, each delta is added at once.

final class StreamOutcome: Sendable {
    private struct State {
        var message: Accumulator
        /// The deltas of the last slice of a chunk.
        var batch: [OwnedDelta] = []
        /// The number of them that the message contains.
        var addedCount = 0
        var end = StreamEnd()
        var formatName: String?

        mutating func add(upTo count: Int) throws(SluiceError) {
            while addedCount < count {
                addedCount += 1
                try message.add(batch[addedCount - 1])
            }
        }
    }

    private let state: Guarded<State>
    /// The number of deltas of the batch that were returned.
    private let handedOutCount = Atomic(0)
    /// Whether each delta is added when it is returned, because adding it may fail.
    let addsAtOnce: Bool

    init(limits: Limits) {
        state = Guarded(State(message: Accumulator(limits: limits)))
        addsAtOnce = limits.whenExceeded == .fail
    }

    // MARK: Any task

    var message: Accumulator {
        state.withLock { state in
            // Throws only if each delta is added at once, and then there is nothing to add here.
            try? state.add(upTo: handedOutCount.load(ordering: .acquiring))
            return state.message
        }
    }

    var end: StreamEnd { state.withLock { $0.end } }

    var formatName: String? { state.withLock { $0.formatName } }

    // MARK: The reader

    /// Called by the reader at the next batch, after all deltas of the previous one were returned.
    func begin(_ batch: [OwnedDelta], end: StreamEnd, formatName: String?) {
        state.withLock { state in
            try? state.add(upTo: handedOutCount.load(ordering: .relaxed))
            state.batch = batch
            state.addedCount = 0
            state.end = end
            state.formatName = formatName
            handedOutCount.store(0, ordering: .relaxed)
        }
    }

    /// Sets the number of returned deltas of the batch, including this one.
    func handOut(_ count: Int) { handedOutCount.store(count, ordering: .releasing) }

    /// As ``handOut(_:)``, but also adds the deltas.
    ///
    /// - Throws: the error of the limit that the delta exceeds; it is not returned then.
    func add(_ count: Int) throws(SluiceError) {
        try state.withLock { state throws(SluiceError) in try state.add(upTo: count) }
        handOut(count)
    }

    /// Called if no more deltas are returned: all parsed deltas are added to the message.
    func handOutRest() {
        state.withLock { state in handedOutCount.store(state.batch.count, ordering: .relaxed) }
    }
}
