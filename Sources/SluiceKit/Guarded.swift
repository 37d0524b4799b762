internal import Synchronization

/// A `Mutex` whose ordering is visible to the thread sanitizer.
///
/// On Linux, a contended mutex is acquired by code of the standard library that is not instrumented, so the sanitizer reports
/// races between accesses that the mutex orders. The additional atomic repeats the ordering; it costs a load and a store.
struct Guarded<Value>: ~Copyable, Sendable {
    private let mutex: Mutex<Value>
    private let order = Atomic(false)

    init(_ value: consuming sending Value) { mutex = Mutex(value) }

    /// Runs `body` with exclusive access to the value.
    borrowing func withLock<Result, Failure: Error>(
        _ body: (inout sending Value) throws(Failure) -> sending Result
    ) throws(Failure) -> sending Result {
        try mutex.withLock { value throws(Failure) in
            _ = order.load(ordering: .acquiring)
            defer { order.store(true, ordering: .releasing) }
            return try body(&value)
        }
    }
}
