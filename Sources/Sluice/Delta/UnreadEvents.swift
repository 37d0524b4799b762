// The events of one stream that no rule read.

/// A class, so that a stream without unread events holds one word.
final class UnreadEvents {
    static var mostKinds: Int { 8 }
    static var longestName: Int { 64 }

    private struct Kind {
        var name: [UInt8]
        var count: UInt64
        var offset: UInt64
        var event: UInt64
    }

    private(set) var count: UInt64 = 0
    private var all: [Kind] = []
    /// There are kinds that are not stored.
    private(set) var hasMoreKinds = false

    /// Counts an event. Its name is stored if it is one of the first kinds.
    func add(_ name: Window, offset: UInt64, event: UInt64) {
        count += 1
        let short = name.slice(0, min(name.count, Self.longestName))
        for index in all.indices where equals(short, isEscaped: false, all[index].name) {
            all[index].count += 1
            return
        }
        guard all.count < Self.mostKinds else {
            hasMoreKinds = true
            return
        }
        all.append(Kind(name: short.copy(), count: 1, offset: offset, event: event))
    }

    /// Adds those of the next piece of a stream, which follows `afterEvents` events.
    func add(_ next: UnreadEvents, afterEvents: UInt64) {
        count += next.count
        for kind in next.all {
            if let known = all.firstIndex(where: { $0.name == kind.name }) {
                all[known].count += kind.count
            } else if all.count < Self.mostKinds {
                var added = kind
                added.event += afterEvents
                all.append(added)
            }
        }
    }

    var kinds: [UnreadKind] {
        all.map { UnreadKind(name: printableBytes($0.name), count: $0.count, offset: $0.offset, event: $0.event) }
    }
}
