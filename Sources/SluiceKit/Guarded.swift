internal import Synchronization

/// A `Mutex` whose order the thread sanitizer can see.
///
/// Where a mutex is waited for on Linux, it is taken by code of the standard library that is not built for the sanitizer,
/// which then takes what the mutex orders for a race. The atomic beside it says the order again; it costs a load and a store.
struct Guarded<Value>: ~Copyable, Sendable {
    private let mutex: Mutex<Value>
    private let order = Atomic(false)

    init(_ value: consuming sending Value) { mutex = Mutex(value) }

    /// Runs `body` with the value, which nobody else has meanwhile.
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
