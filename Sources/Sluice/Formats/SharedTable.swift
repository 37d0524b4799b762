internal import Synchronization

/// A table for all streams, made when one first needs it. If that fails, the next stream tries again.
final class SharedTable<Table: AnyObject & Sendable>: Sendable {
    private let made = AtomicLazyReference<Table>()
    private let make: @Sendable () throws(SluiceError) -> Table

    init(_ make: @escaping @Sendable () throws(SluiceError) -> Table) { self.make = make }

    func table() throws(SluiceError) -> Table {
        if let known = made.load() { return known }
        return made.storeIfNil(try make())
    }
}
