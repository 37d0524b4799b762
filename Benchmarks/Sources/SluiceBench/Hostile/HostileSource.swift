/// Bytes of any length that are made as they are asked for: a gigabyte of them is never in memory.
struct HostileSource {
    /// What a source is made of, one part behind the other.
    enum Part {
        /// These.
        case bytes([UInt8])
        /// These again and again, and the last time only as many as there is room for.
        case repeated([UInt8], bytes: Int)
        /// So many items, each made by its number.
        case made(count: Int, (Int, inout [UInt8]) -> Void)
        /// Drawn from a seed, but for those that are replaced.
        case random(bytes: Int, (UInt8) -> UInt8)

        /// A string's.
        static func text(_ text: String) -> Part { .bytes(Array(text.utf8)) }
        /// A string's, again and again.
        static func repeated(_ text: String, bytes: Int) -> Part { .repeated(Array(text.utf8), bytes: bytes) }
    }

    private static let blockBytes = 65_536
    private let parts: [Part]
    private var part = 0
    /// Bytes or items of the part that were made.
    private var done = 0
    /// A repeated part's bytes, as many times as fill a block.
    private var pattern: [UInt8] = []
    private var pending: [UInt8] = []
    private var taken = 0
    private var random = SeededGenerator(seed: 1)

    init(_ parts: [Part]) {
        self.parts = parts
        pending.reserveCapacity(2 * Self.blockBytes)
    }

    /// Leaves the next bytes in `block`: a block full, or what is left; none at the end.
    mutating func fill(_ block: inout [UInt8]) {
        block.removeAll(keepingCapacity: true)
        while block.count < Self.blockBytes {
            if taken == pending.count {
                pending.removeAll(keepingCapacity: true)
                taken = 0
                guard make() else { return }
            }
            let count = min(Self.blockBytes - block.count, pending.count - taken)
            block += pending[taken..<taken + count]
            taken += count
        }
    }

    /// Makes more pending bytes; false when there are no more.
    private mutating func make() -> Bool {
        while pending.isEmpty {
            guard part < parts.count else { return false }
            var isDone = true
            switch parts[part] {
            case .bytes(let bytes): pending += bytes
            case .repeated(let bytes, let total): isDone = !makeRepeated(bytes, total)
            case .made(let count, let make):
                while pending.count < Self.blockBytes && done < count {
                    make(done, &pending)
                    done += 1
                }
                isDone = done >= count
            case .random(let total, let replace): isDone = !makeRandom(total, replace)
            }
            if isDone {
                part += 1
                done = 0
                pattern.removeAll(keepingCapacity: true)
            }
        }
        return true
    }

    /// True while there is more.
    private mutating func makeRepeated(_ bytes: [UInt8], _ total: Int) -> Bool {
        while pattern.count < Self.blockBytes { pattern += bytes }
        let count = min(pattern.count, total - done)
        pending += pattern[..<count]
        done += count
        return done < total
    }

    private mutating func makeRandom(_ total: Int, _ replace: (UInt8) -> UInt8) -> Bool {
        let end = min(total, done + Self.blockBytes)
        while done < end {
            var word = random.next()
            for _ in 0..<min(8, end - done) {
                pending.append(replace(UInt8(truncatingIfNeeded: word)))
                word >>= 8
                done += 1
            }
        }
        return done < total
    }
}
