import Testing

@testable import Sluice
@testable import SluiceTestSupport

// The buffer against an array, in every layout: which start offset, which length, which capacity.

@Suite("stream buffer")
struct StreamBufferTests {
    @Test("every length is read as it was written from every start around the seam", arguments: [4096, 8192])
    func mirroredStartsAndLengths(capacity: Int) {
        var buffer = StreamBuffer(layout: .mirrored)
        let most = buffer.prepare(capacity)
        let seam = Array(0...70) + Array((capacity - 140)..<capacity)
        let starts = seam + stride(from: 71, to: capacity - 140, by: capacity / 12)
        let lengths = Array(0...200) + stride(from: 201, to: most - 200, by: 61) + Array((most - 200)...most)
        for start in starts {
            for length in lengths where !buffer.holds(length, from: start) {
                Issue.record("\(capacity) bytes, start \(start), length \(length)")
                return
            }
        }
        check(buffer.isMirrored)
        check(buffer.allocatedBytes == capacity)
    }

    @Test("in one page every length is read as it was written from starts all over the page")
    func mirroredEveryLength() {
        var buffer = StreamBuffer(layout: .mirrored)
        let most = buffer.prepare(4096)
        for start in stride(from: 0, to: 4096, by: 71) {
            for length in 0...most where !buffer.holds(length, from: start) {
                Issue.record("start \(start), length \(length)")
                return
            }
        }
    }

    @Test("plain memory holds every length from every start", arguments: [256, 512])
    func linearStartsAndLengths(capacity: Int) {
        var buffer = StreamBuffer(layout: .linear)
        let most = buffer.prepare(capacity)
        for start in 0..<most {
            // One byte stays unread, so that the start is kept: what fits no more behind it moves to the front.
            for length in stride(from: 0, to: most, by: capacity == 256 ? 1 : 3)
            where !buffer.holdsBehindOne(length, from: start) {
                Issue.record("\(capacity) bytes, start \(start), length \(length)")
                return
            }
        }
        check(!buffer.isMirrored)
        check(buffer.allocatedBytes == capacity)
    }

    @Test("growth keeps what is unread, wherever it lies", arguments: [BufferLayout.mirrored, .linear])
    func growth(layout: BufferLayout) {
        let capacity = layout == .mirrored ? 4096 : 256
        for start in stride(from: 0, to: capacity, by: layout == .mirrored ? 61 : 1) {
            for unread in stride(from: 0, through: capacity - 64, by: capacity / 16) {
                var buffer = StreamBuffer(layout: layout)
                _ = buffer.prepare(capacity)
                var model: [UInt8] = []
                buffer.place(start)
                buffer.add(Pattern.bytes(at: start, unread), &model)
                buffer.add(Pattern.bytes(at: 7, capacity * 3), &model)
                // A ring is mapped once.
                guard buffer.matches(model), buffer.allocatedBytes == capacity * 4, !buffer.isMirrored else {
                    Issue.record("\(layout), start \(start), \(unread) unread: \(buffer.allocatedBytes) bytes")
                    return
                }
            }
        }
    }

    @Test("a byte more than fits makes it grow, and not before", arguments: [BufferLayout.mirrored, .linear])
    func growthByBytes(layout: BufferLayout) {
        let capacity = layout == .mirrored ? 4096 : 256
        for start in Array(0..<3) + Array((capacity - 70)..<capacity) {
            var buffer = StreamBuffer(layout: layout)
            let most = buffer.prepare(capacity)
            buffer.place(start)
            var model: [UInt8] = []
            buffer.add(Pattern.bytes(at: start, most - 70), &model)
            for index in 0..<140 {
                buffer.add(Pattern.bytes(at: index, 1), &model)
                let wanted = model.count > most ? capacity * 2 : capacity
                guard buffer.matches(model), buffer.allocatedBytes == wanted else {
                    Issue.record("\(layout), start \(start), \(model.count) bytes: \(buffer.allocatedBytes) held")
                    return
                }
            }
        }
    }

    @Test("drawn uses are those of an array", arguments: Seeds.rounds(24))
    func drawnUses(seed: UInt64) {
        for layout in [BufferLayout.mirrored, .linear] {
            var generator = SeededGenerator(seed: seed)
            var buffer = StreamBuffer(layout: layout)
            var model: [UInt8] = []
            var mostHeld = 0
            for step in 0..<400 {
                buffer.use(&model, &generator)
                mostHeld = max(mostHeld, model.count)
                check(buffer.matches(model), "seed \(seed), \(layout), step \(step)")
            }
            check(buffer.allocatedBytes <= max(2 * (mostHeld + 4096 + 64), 8192), "seed \(seed)")
        }
    }

    @Test("consumed bytes can be read until the next write", arguments: [BufferLayout.mirrored, .linear])
    func consumed(layout: BufferLayout) {
        var buffer = StreamBuffer(layout: layout)
        var model: [UInt8] = []
        buffer.add(Pattern.bytes(at: 0, 200), &model)
        buffer.removeAll()
        check(buffer.consumed(200).copy() == model)
        check(buffer.readable.count == 0)
    }

    @Test("memory is given back", arguments: [BufferLayout.mirrored, .linear])
    func releasesMemory(layout: BufferLayout) {
        var buffer = StreamBuffer(layout: layout)
        var model: [UInt8] = []
        check(buffer.allocatedBytes == 0)
        check(buffer.readable.count == 0)
        buffer.add(Pattern.bytes(at: 0, 5000), &model)
        check(buffer.allocatedBytes == 8192)
        buffer.consume(5000)
        buffer.releaseMemory()
        check(buffer.allocatedBytes == 0)
        model = []
        buffer.add(Pattern.bytes(at: 3, 100), &model)
        check(buffer.matches(model))
    }

    @Test("a producer may write less than there is room for, nothing, or throw")
    func producers() throws {
        struct Refused: Error {}
        var buffer = StreamBuffer(layout: .mirrored)
        let written = unsafe buffer.fill(100) { space in
            unsafe space.copyBytes(from: [1, 2, 3])
            return 3
        }
        #expect(written == 3)
        check(unsafe buffer.fill(100, { _ in 0 }) == 0)
        var isRefused = false
        do throws(Refused) {
            _ = unsafe try buffer.fill(100) { _ throws(Refused) in throw Refused() }
        } catch {
            isRefused = true
        }
        #expect(isRefused)
        check(buffer.matches([1, 2, 3]))
    }
}
