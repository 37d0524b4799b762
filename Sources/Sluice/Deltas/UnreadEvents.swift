// The events of one stream that no rule read.

/// A class, so that a stream without unread events holds one word.
final class UnreadEvents {
    static var mostKinds: Int { 8 }

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
    func add(_ name: UnreadName, offset: UInt64, event: UInt64) {
        count += 1
        for index in all.indices where name.matches(all[index].name) {
            all[index].count += 1
            return
        }
        guard all.count < Self.mostKinds else {
            hasMoreKinds = true
            return
        }
        all.append(Kind(name: name.copy(), count: 1, offset: offset, event: event))
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
        all.map {
            UnreadKind(
                name: String(decoding: $0.name, as: UTF8.self), count: $0.count, offset: $0.offset, event: $0.event)
        }
    }
}

/// The name of an event, printable: control characters and non-ASCII bytes are escaped as in excerpts. At most 64 bytes.
struct UnreadName {
    private var bytes = [64 of UInt8](repeating: 0)
    private(set) var count = 0

    private mutating func append(byte: UInt8) {
        guard count < bytes.count else { return }
        bytes[count] = byte
        count += 1
    }

    mutating func append(_ text: String) {
        for byte in text.utf8 { append(byte: byte) }
    }

    mutating func append(_ window: Window) {
        for index in 0..<window.count where count < bytes.count {
            let byte = window[index]
            switch byte {
            case 0x0A: append("\\n")
            case 0x0D: append("\\r")
            case 0x09: append("\\t")
            case 0x20...0x7E: append(byte: byte)
            default:
                append("\\x")
                for digit in [byte >> 4, byte & 15] { append(byte: digit < 10 ? 0x30 + digit : 0x57 + digit) }
            }
        }
    }

    func matches(_ name: [UInt8]) -> Bool {
        name.count == count && name.indices.allSatisfy { bytes[$0] == name[$0] }
    }

    func copy() -> [UInt8] { (0..<count).map { bytes[$0] } }
}
