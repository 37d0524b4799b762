internal import Sluice
internal import Synchronization

// What one stream has come to, for everybody who holds the sequence: its reader writes, any task reads.
//
// The message is that of the deltas that were handed out. To add each when it is handed out would be a lock for every delta:
// instead the reader counts them, and a batch is added when the next one comes or when somebody asks. Only where limits make
// the adding fail, and the failure has to come in place of the delta, is each added at once.

final class StreamOutcome: Sendable {
    private struct State {
        var message: Accumulator
        /// The deltas of the last slice of a chunk.
        var batch: [OwnedDelta] = []
        /// How many of them the message has.
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
    /// How many deltas of the batch were handed out.
    private let handedOutCount = Atomic(0)
    /// Each delta is added when it is handed out, because adding it may fail.
    let addsAtOnce: Bool

    init(limits: Limits) {
        state = Guarded(State(message: Accumulator(limits: limits)))
        addsAtOnce = limits.whenExceeded == .fail
    }

    // MARK: Any task

    var message: Accumulator {
        state.withLock { state in
            // Throws only where each is added at once, and then there is nothing to add.
            try? state.add(upTo: handedOutCount.load(ordering: .acquiring))
            return state.message
        }
    }

    var end: StreamEnd { state.withLock { $0.end } }

    var formatName: String? { state.withLock { $0.formatName } }

    // MARK: The reader

    /// The reader has come to the next batch, and so has handed out the one before.
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

    /// So many deltas of the batch are handed out, this one included.
    func handOut(_ count: Int) { handedOutCount.store(count, ordering: .releasing) }

    /// As ``handOut(_:)``, but adds them.
    ///
    /// - Throws: the limit that the delta passes; then it is not handed out.
    func add(_ count: Int) throws(SluiceError) {
        try state.withLock { state throws(SluiceError) in try state.add(upTo: count) }
        handOut(count)
    }

    /// Nothing more is handed out, but what was parsed belongs to the message.
    func handOutRest() {
        state.withLock { state in handedOutCount.store(state.batch.count, ordering: .relaxed) }
    }
}
