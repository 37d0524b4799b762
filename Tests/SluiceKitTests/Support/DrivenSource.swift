@testable import SluiceKit

/// A source of chunks that does what the test says, when it says so.
struct DrivenSource: AsyncSequence, Sendable {
    typealias Element = [UInt8]

    fileprivate enum Answer {
        case chunk([UInt8])
        case end
        case failure(any Error)
    }

    fileprivate struct State {
        var answers: [Answer] = []
        var waiter: CheckedContinuation<Answer, Never>?
    }

    fileprivate final class Core: Sendable {
        let state = Guarded(State())
        let heedsCancellation: Bool
        /// How often a chunk was asked for.
        let asked = Counter()
        let cancelled = Counter()
        /// How many iterators are gone.
        let released = Counter()

        init(heedsCancellation: Bool) { self.heedsCancellation = heedsCancellation }

        func give(_ answer: Answer) {
            let waiter = state.withLock { state in
                if state.waiter == nil { state.answers.append(answer) }
                return state.waiter.take()
            }
            waiter?.resume(returning: answer)
        }
    }

    private let core: Core

    /// - Parameter heedsCancellation: Whether a cancelled task gets an error at once; else it waits on.
    init(heedsCancellation: Bool = true) { core = Core(heedsCancellation: heedsCancellation) }

    /// A source that has everything ready.
    init(_ chunks: [[UInt8]]) {
        self.init()
        for chunk in chunks { send(chunk) }
        finish()
    }

    var asked: Counter { core.asked }
    var cancelled: Counter { core.cancelled }
    var released: Counter { core.released }

    func send(_ text: String) { send(Array(text.utf8)) }
    func send(_ chunk: [UInt8]) { core.give(.chunk(chunk)) }
    func finish() { core.give(.end) }
    func fail(_ error: any Error) { core.give(.failure(error)) }

    func makeAsyncIterator() -> Iterator { Iterator(core: core) }

    final class Iterator: AsyncIteratorProtocol {
        private let core: Core

        fileprivate init(core: Core) { self.core = core }

        deinit { core.released.add() }

        func next() async throws -> [UInt8]? {
            let core = core
            let answer = await withTaskCancellationHandler {
                await withCheckedContinuation { continuation in
                    let answer = core.state.withLock { state -> Answer? in
                        if state.answers.isEmpty {
                            state.waiter = continuation
                            return nil
                        }
                        return state.answers.removeFirst()
                    }
                    core.asked.add()
                    if let answer { continuation.resume(returning: answer) }
                }
            } onCancel: {
                core.cancelled.add()
                if core.heedsCancellation { core.give(.failure(CancellationError())) }
            }
            switch answer {
            case .chunk(let chunk): return chunk
            case .end: return nil
            case .failure(let error): throw error
            }
        }
    }
}
