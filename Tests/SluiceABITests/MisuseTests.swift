import CSluice
import Testing

@testable import Sluice

// Every status, in the order in which a program may come to it, and what a program should not do.

@Suite("calls of the C ABI in every order")
struct MisuseTests {
    private static let event = Array("data: {\"choices\":[{\"delta\":{\"content\":\"Hi\"}}]}\n\n".utf8)

    private static func feed(_ stream: OpaquePointer?, _ bytes: [UInt8]) -> Int32 {
        unsafe bytes.withUnsafeBytes { unsafe sluice_stream_feed(stream, $0.baseAddress, $0.count) }
    }

    private static func next(_ stream: OpaquePointer?) -> Int32 {
        var batch: UnsafePointer<sluice_batch>?
        let status = unsafe sluice_stream_next(stream, &batch)
        #expect(unsafe (batch != nil) == (status == SLUICE_OK))
        return status
    }

    private static func make(_ engine: OpaquePointer? = nil, _ format: WireFormat? = .openAIChat) -> OpaquePointer? {
        unsafe ABIRun(format: format).make(engine)
    }

    @Test("a stream is fed, read and ended, and says so")
    func way() {
        let stream = unsafe Self.make()
        defer { unsafe sluice_stream_destroy(stream) }
        // The chunk must stay where it is.
        unsafe Self.event.withUnsafeBytes { bytes in
            #expect(unsafe Self.next(stream) == SLUICE_NEED_MORE)
            #expect(unsafe sluice_stream_feed(stream, bytes.baseAddress, bytes.count) == SLUICE_OK)
            #expect(unsafe sluice_stream_feed(stream, bytes.baseAddress, bytes.count) == SLUICE_MISUSE)
            #expect(unsafe sluice_stream_finish(stream) == SLUICE_MISUSE)
            #expect(unsafe sluice_stream_commit(stream, 0) == SLUICE_MISUSE)
            var space: UnsafeMutableRawPointer?
            #expect(unsafe sluice_stream_reserve(stream, 1, &space) == SLUICE_MISUSE)
            #expect(unsafe Self.next(stream) == SLUICE_OK)
            #expect(unsafe Self.next(stream) == SLUICE_NEED_MORE)
            #expect(unsafe Self.next(stream) == SLUICE_NEED_MORE)
        }
        #expect(unsafe sluice_stream_feed(stream, nil, 0) == SLUICE_OK)
        #expect(unsafe Self.next(stream) == SLUICE_NEED_MORE)
        #expect(unsafe sluice_stream_finish(stream) == SLUICE_OK)
        #expect(unsafe sluice_stream_finish(stream) == SLUICE_MISUSE)
        #expect(unsafe Self.next(stream) == SLUICE_END)
        #expect(unsafe Self.next(stream) == SLUICE_END)
        #expect(unsafe Self.feed(stream, Self.event) == SLUICE_MISUSE)
        #expect(unsafe sluice_stream_finish(stream) == SLUICE_MISUSE)
        var end = sluice_end()
        #expect(unsafe sluice_stream_end(stream, &end, MemoryLayout<sluice_end>.size) == SLUICE_OK)
        #expect(end.bytes == UInt64(Self.event.count) && end.frames == 1 && end.deltas == 1)
        #expect(end.completeness == UInt32(SLUICE_TRUNCATED) && end.ended_inside_event == 0)
    }

    @Test("a stream of which nothing came is empty until its first byte")
    func empty() {
        let stream = unsafe Self.make(nil, nil)
        defer { unsafe sluice_stream_destroy(stream) }
        var end = sluice_end()
        let size = MemoryLayout<sluice_end>.size
        #expect(unsafe sluice_stream_end(stream, &end, size) == SLUICE_OK)
        #expect(end.completeness == UInt32(SLUICE_EMPTY))
        // The chunk has to stay until it is read.
        let first: [UInt8] = [Self.event[0]]
        unsafe first.withUnsafeBytes { bytes in
            #expect(unsafe sluice_stream_feed(stream, bytes.baseAddress, bytes.count) == SLUICE_OK)
            #expect(unsafe Self.next(stream) == SLUICE_NEED_MORE)
        }
        #expect(unsafe sluice_stream_end(stream, &end, size) == SLUICE_OK)
        #expect(end.completeness == UInt32(SLUICE_TRUNCATED))
    }

    @Test("an error ends a stream once and for all")
    func failure() {
        let stream = unsafe Self.make(nil, nil)
        defer { unsafe sluice_stream_destroy(stream) }
        var error = sluice_error()
        let size = MemoryLayout<sluice_error>.size
        let page = Array("<html>502</html>\n".utf8)
        unsafe page.withUnsafeBytes { bytes in
            #expect(unsafe sluice_stream_feed(stream, bytes.baseAddress, bytes.count) == SLUICE_OK)
            #expect(unsafe Self.next(stream) == SLUICE_NEED_MORE)
        }
        #expect(unsafe sluice_stream_error(stream, &error, size) == SLUICE_MISUSE)
        #expect(unsafe sluice_stream_finish(stream) == SLUICE_OK)
        #expect(unsafe Self.next(stream) == SLUICE_FAILED)
        #expect(unsafe Self.next(stream) == SLUICE_FAILED)
        #expect(unsafe sluice_stream_finish(stream) == SLUICE_FAILED)
        #expect(unsafe Self.feed(stream, Self.event) == SLUICE_FAILED)
        #expect(unsafe sluice_stream_commit(stream, 0) == SLUICE_FAILED)
        #expect(unsafe sluice_stream_error(stream, &error, size) == SLUICE_OK)
        #expect(OwnedProblem(error).code == "not-a-stream")
        // Of a struct of an older header only what it has is written, and of a newer one all.
        var room = [UInt8](repeating: 0xAA, count: size + 16)
        let short = unsafe room.withUnsafeMutableBytes { room in
            unsafe sluice_stream_error(stream, room.baseAddress?.assumingMemoryBound(to: sluice_error.self), 16)
        }
        #expect(short == SLUICE_OK)
        #expect(room[..<16].contains { $0 != 0xAA } && room[16...].allSatisfy { $0 == 0xAA })
        let long = unsafe room.withUnsafeMutableBytes { room in
            unsafe sluice_stream_error(stream, room.baseAddress?.assumingMemoryBound(to: sluice_error.self), room.count)
        }
        #expect(long == SLUICE_OK)
        #expect(room[size...].allSatisfy { $0 == 0 })
    }

    @Test("null handles and pointers are refused")
    func nulls() {
        let stream = unsafe Self.make()
        defer { unsafe sluice_stream_destroy(stream) }
        sluice_stream_destroy(nil)
        sluice_engine_destroy(nil)
        sluice_options_init(nil, 100)
        var end = sluice_end()
        var error = sluice_error()
        var delta = sluice_delta()
        var space: UnsafeMutableRawPointer?
        var made: OpaquePointer?
        #expect(unsafe Self.feed(nil, Self.event) == SLUICE_MISUSE)
        #expect(unsafe sluice_stream_feed(stream, nil, 1) == SLUICE_MISUSE)
        #expect(unsafe sluice_stream_feed(stream, &delta, -1) == SLUICE_MISUSE)
        #expect(unsafe Self.next(nil) == SLUICE_MISUSE)
        #expect(unsafe sluice_stream_next(stream, nil) == SLUICE_MISUSE)
        #expect(sluice_stream_finish(nil) == SLUICE_MISUSE)
        #expect(unsafe sluice_stream_reserve(nil, 1, &space) == SLUICE_MISUSE)
        #expect(unsafe sluice_stream_reserve(stream, 1, nil) == SLUICE_MISUSE)
        #expect(unsafe sluice_stream_reserve(stream, 0, &space) == SLUICE_MISUSE)
        #expect(unsafe sluice_stream_reserve(stream, 1 << 30 + 1, &space) == SLUICE_MISUSE)
        #expect(sluice_stream_commit(nil, 0) == SLUICE_MISUSE)
        #expect(unsafe sluice_stream_end(nil, &end, 8) == SLUICE_MISUSE)
        #expect(unsafe sluice_stream_end(stream, nil, 8) == SLUICE_MISUSE)
        #expect(unsafe sluice_stream_error(nil, &error, 8) == SLUICE_MISUSE)
        #expect(unsafe sluice_stream_problem(nil, &delta, &error, 8) == SLUICE_MISUSE)
        #expect(unsafe sluice_stream_problem(stream, nil, &error, 8) == SLUICE_MISUSE)
        #expect(unsafe sluice_stream_format(nil) == nil)
        #expect(sluice_stream_create(nil, nil, nil) == SLUICE_MISUSE)
        #expect(unsafe sluice_stream_create_like(nil, &made) == SLUICE_MISUSE)
        #expect(sluice_stream_reset(nil) == SLUICE_MISUSE)
        #expect(unsafe sluice_stream_create_like(stream, nil) == SLUICE_MISUSE)
        #expect(unsafe made == nil && space == nil)
        #expect(unsafe Self.next(stream) == SLUICE_NEED_MORE)
    }

    @Test("more than was reserved, or nothing reserved, cannot be committed")
    func reserved() {
        let stream = unsafe Self.make()
        defer { unsafe sluice_stream_destroy(stream) }
        #expect(unsafe sluice_stream_commit(stream, 1) == SLUICE_MISUSE)
        var space: UnsafeMutableRawPointer?
        #expect(unsafe sluice_stream_reserve(stream, 100_000, &space) == SLUICE_OK)
        unsafe space?.copyMemory(from: Self.event, byteCount: Self.event.count)
        #expect(unsafe sluice_stream_commit(stream, 100_001) == SLUICE_MISUSE)
        #expect(unsafe sluice_stream_commit(stream, Self.event.count) == SLUICE_OK)
        #expect(unsafe Self.next(stream) == SLUICE_OK)
        #expect(unsafe Self.next(stream) == SLUICE_NEED_MORE)
        #expect(unsafe sluice_stream_commit(stream, 1) == SLUICE_MISUSE)
        #expect(unsafe sluice_stream_commit(stream, 0) == SLUICE_OK)
        #expect(unsafe Self.next(stream) == SLUICE_NEED_MORE)
        // What was reserved is gone with what is fed meanwhile.
        #expect(unsafe sluice_stream_reserve(stream, 10, &space) == SLUICE_OK)
        #expect(unsafe sluice_stream_feed(stream, nil, 0) == SLUICE_OK)
        #expect(unsafe Self.next(stream) == SLUICE_NEED_MORE)
        #expect(unsafe sluice_stream_commit(stream, 1) == SLUICE_MISUSE)
    }

    @Test("one read at a time on an engine, which outlives its own end and its streams'")
    func engines() {
        let engine = unsafe sluice_engine_create()
        let first = unsafe Self.make(engine)
        let second = unsafe Self.make(engine)
        unsafe sluice_engine_destroy(engine)
        unsafe Self.event.withUnsafeBytes { bytes in
            #expect(unsafe sluice_stream_feed(first, bytes.baseAddress, bytes.count) == SLUICE_OK)
            #expect(unsafe sluice_stream_feed(second, bytes.baseAddress, bytes.count) == SLUICE_MISUSE)
            #expect(unsafe sluice_stream_finish(second) == SLUICE_MISUSE)
            // A stream may go in the middle of its chunk, and leaves the engine to others.
            #expect(unsafe Self.next(first) == SLUICE_OK)
            unsafe sluice_stream_destroy(first)
            #expect(unsafe sluice_stream_feed(second, bytes.baseAddress, bytes.count) == SLUICE_OK)
            var like: OpaquePointer?
            #expect(unsafe sluice_stream_create_like(second, &like) == SLUICE_OK)
            #expect(unsafe String(cString: sluice_stream_format(like)) == "openai-chat")
            #expect(unsafe sluice_stream_feed(like, nil, 0) == SLUICE_MISUSE)
            unsafe sluice_stream_destroy(like)
            #expect(unsafe Self.next(second) == SLUICE_OK)
            #expect(unsafe Self.next(second) == SLUICE_NEED_MORE)
        }
        unsafe sluice_stream_destroy(second)
    }

    @Test("a problem is asked for while its batch is there, and by a delta that has one")
    func problems() {
        let engine = unsafe sluice_engine_create()
        let stream = unsafe Self.make(engine)
        let other = unsafe Self.make(engine)
        defer {
            unsafe sluice_stream_destroy(stream)
            unsafe sluice_stream_destroy(other)
            unsafe sluice_engine_destroy(engine)
        }
        var error = sluice_error()
        var batch: UnsafePointer<sluice_batch>?
        let bytes = Array("data: {\"choices\":[\n\n".utf8) + Self.event
        unsafe bytes.withUnsafeBytes { bytes in
            #expect(unsafe sluice_stream_feed(stream, bytes.baseAddress, bytes.count) == SLUICE_OK)
            #expect(unsafe sluice_stream_next(stream, &batch) == SLUICE_OK)
            #expect(unsafe batch?.pointee.count == 2)
            guard let deltas = unsafe batch?.pointee.deltas else { return }
            #expect(unsafe sluice_stream_problem(stream, deltas, &error, MemoryLayout<sluice_error>.size) == SLUICE_OK)
            #expect(OwnedProblem(error).code == "malformed-payload" && error.event == 1)
            #expect(unsafe sluice_stream_problem(stream, deltas + 1, &error, 8) == SLUICE_MISUSE)
            #expect(unsafe sluice_stream_problem(other, deltas, &error, 8) == SLUICE_MISUSE)
            var wrong = unsafe deltas[0]
            for number: Int64 in [-1, 1, .max, .min] {
                wrong.problem = number
                #expect(unsafe sluice_stream_problem(stream, &wrong, &error, 8) == SLUICE_MISUSE)
            }
            wrong.problem = 0
            #expect(unsafe sluice_stream_problem(stream, &wrong, &error, 8) == SLUICE_OK)
            #expect(unsafe Self.next(stream) == SLUICE_NEED_MORE)
            #expect(unsafe sluice_stream_problem(stream, &wrong, &error, 8) == SLUICE_MISUSE)
            // Nothing of another stream's chunk is told as this one's.
            #expect(unsafe sluice_stream_feed(other, bytes.baseAddress, bytes.count) == SLUICE_OK)
            #expect(unsafe sluice_stream_problem(other, &wrong, &error, 8) == SLUICE_MISUSE)
            #expect(unsafe Self.next(other) == SLUICE_OK)
            #expect(unsafe sluice_stream_problem(other, &wrong, &error, 8) == SLUICE_OK)
            #expect(unsafe Self.next(other) == SLUICE_NEED_MORE)
        }
    }
}
