import Testing

@testable import Sluice

// What the tests of the buffer do with it, and compare to an array.

extension StreamBuffer {
    /// Brings an empty buffer to `capacity` bytes and says how many fit in.
    mutating func prepare(_ capacity: Int) -> Int {
        check(reserve(capacity - Self.guardBytes))
        check(allocatedBytes == capacity)
        return isMirrored ? capacity - Self.guardBytes : capacity
    }

    /// Lets the next byte be written at `start`: for a mirrored buffer an offset in the ring.
    mutating func place(_ start: Int) {
        removeAll()
        var left = start
        while left > 0 {
            let step = min(left, allocatedBytes - Self.guardBytes)
            add(Pattern.bytes(at: 0, step))
            consume(step)
            left -= step
        }
    }

    mutating func add(_ bytes: ArraySlice<UInt8>) {
        check(Array(bytes).withWindow { append($0) })
    }

    mutating func add(_ bytes: ArraySlice<UInt8>, _ model: inout [UInt8]) {
        add(bytes)
        model += bytes
    }

    /// Writes `length` bytes from `start` on, reads them, and takes them away in two parts.
    mutating func holds(_ length: Int, from start: Int) -> Bool {
        place(start)
        let bytes = Pattern.bytes(at: (start * 31 + length) % 4096, length)
        add(bytes)
        guard matches(bytes) else { return false }
        consume(length / 3)
        guard matches(bytes.dropFirst(length / 3)) else { return false }
        consume(length - length / 3)
        return count == 0
    }

    /// The same behind one byte that stays unread.
    mutating func holdsBehindOne(_ length: Int, from start: Int) -> Bool {
        removeAll()
        add(Pattern.bytes(at: 0, start + 1))
        consume(start)
        let bytes = Pattern.bytes(at: (start * 31 + length) % 4096, length)
        add(bytes)
        guard readable.count == length + 1, readable[0] == Pattern.bytes(at: start, 1).first else { return false }
        consume(1)
        return matches(bytes)
    }

    /// One use at random, of the buffer and of its model.
    mutating func use(_ model: inout [UInt8], _ generator: inout SeededGenerator) {
        let most = generator.pick([3, 70, 700, 4096])
        let bytes = Pattern.bytes(
            at: Int.random(in: 0...4096, using: &generator), Int.random(in: 0...most, using: &generator))
        switch Int.random(in: 0..<10, using: &generator) {
        case 0...2: add(bytes, &model)
        case 3:
            check(append(byte: UInt8(most & 0xFF)))
            model.append(UInt8(most & 0xFF))
        case 4, 5:
            let written = unsafe fill(most) { space in
                unsafe space.copyBytes(from: bytes)
                return bytes.count
            }
            check(written == bytes.count)
            model += bytes
        case 6: check(reserve(most))
        case 7, 8: take(Int.random(in: 0...count, using: &generator), &model)
        default:
            if generator.oneIn(3) { removeAll() } else { take(count, &model) }
            model = []
            if generator.oneIn(4) { releaseMemory() }
        }
    }

    private mutating func take(_ bytes: Int, _ model: inout [UInt8]) {
        consume(bytes)
        model.removeFirst(bytes)
    }
}

/// As `#expect`, for values that cannot be copied, which the macro cannot take apart.
func check(_ holds: Bool, _ comment: @autoclosure () -> Comment? = nil, at location: SourceLocation = #_sourceLocation)
{
    if !holds { Issue.record(comment(), sourceLocation: location) }
}

/// Bytes in which no two neighbourhoods are alike.
enum Pattern {
    private static let all: [UInt8] = {
        var generator = SeededGenerator(seed: 7)
        return generator.bytes(65_536)
    }()

    static func bytes(at offset: Int, _ count: Int) -> ArraySlice<UInt8> { all[offset..<(offset + count)] }
}
