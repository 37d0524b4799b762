@testable import FuzzSupport
@testable import Sluice

// A stream's buffer, in both layouts, compared with an array.

/// The largest allowed capacity of a buffer that held `count` bytes at once: twice as many, and room for the largest request;
/// from 512 KiB on whole huge pages.
private func mostAllocated(_ held: Int) -> Int {
    let most = 2 * (held + 8192)
    let page = 2 << 20
    return most < page / 4 ? most : (most + page - 1) / page * page
}

/// Runs one input of libFuzzer.
@c(LLVMFuzzerTestOneInput)
public func readInput(_ bytes: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    var input = unsafe FuzzInput(bytes, count)
    var buffer = StreamBuffer(layout: input.flag() ? .mirrored : .linear)
    var model: [UInt8] = []
    var mostHeld = 0
    while !input.isEmpty {
        let use = buffer.use(&input, &model)
        mostHeld = max(mostHeld, model.count)
        guard buffer.matches(model) else { fatalError("after \(use): \(buffer.count) bytes, \(model.count) wanted") }
        guard buffer.allocatedBytes <= mostAllocated(mostHeld) else {
            fatalError("after \(use): \(buffer.allocatedBytes) bytes held for \(mostHeld)")
        }
    }
    return 0
}

extension StreamBuffer {
    /// Applies the operations of the input to the buffer and its model; returns a log of them.
    fileprivate mutating func use(_ input: inout FuzzInput, _ model: inout [UInt8]) -> String {
        let kind = input.byte()
        let length = kind & 0x80 == 0 ? input.byte() : input.word() % 4096
        // No two bytes near each other are alike.
        let bytes = (0..<length).map { UInt8(truncatingIfNeeded: ($0 &+ model.count &* 7) &* 167 >> 3 ^ $0) }
        switch kind % 10 {
        case 0, 1:
            must(bytes.withWindow { append($0) }, "no memory")
            model += bytes
            return "append of \(length)"
        case 2:
            must(append(byte: UInt8(length & 0xFF)), "no memory")
            model.append(UInt8(length & 0xFF))
            return "append of a byte"
        case 3, 4:
            let room = length + input.byte()
            let written = unsafe fill(room) { space in
                unsafe space.copyBytes(from: bytes)
                return bytes.count
            }
            must(written == length, "fill of \(length) wrote \(written ?? -1)")
            model += bytes
            return "fill of \(length) of \(room)"
        case 5:
            must(reserve(length), "no memory")
            return "room for \(length)"
        case 6, 7:
            return take(min(count, length), &model)
        case 8:
            return take(count, &model)
        default:
            removeAll()
            must(bytes.withWindow { append($0) }, "no memory")
            removeAll()
            must(consumed(length).copy() == bytes, "\(length) bytes are gone with their consumption")
            model = []
            if kind & 0x40 == 0 { releaseMemory() } else { trim(to: length) }
            return "removal of all"
        }
    }

    private mutating func take(_ bytes: Int, _ model: inout [UInt8]) -> String {
        let taken = Array(model.prefix(bytes))
        let start = readable.slice(0, bytes).copy()
        must(start == taken, "the first \(bytes) bytes differ")
        consume(bytes)
        model.removeFirst(bytes)
        return "consumption of \(bytes)"
    }
}

private func must(_ holds: Bool, _ message: @autoclosure () -> String) {
    if !holds { fatalError(message()) }
}
