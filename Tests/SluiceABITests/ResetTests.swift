import CSluice
import Testing

@testable import Sluice

@Suite("streams that are begun anew by the C ABI")
struct ResetTests {
    private static let bytes = Array(
        ("data: {\"choices\":[{\"delta\":{\"content\":\"Hi\"}}]}\n\ndata: {\"choices\":[{\"delta\":{\"content\":\"Ho\"}}]}\n\n"
            + "data: {\"choices\":[\n\ndata: [DONE]\n\n").utf8)

    @Test("in any phase, a stream that is reset reads as a new one", arguments: [WireFormat.openAIChat, nil])
    func phases(_ format: WireFormat?) {
        let run = ABIRun(format: format)
        let chunks = Chunks(Self.bytes, of: 50)
        let wanted = unsafe run.log(Chunks(whole: Self.bytes))
        let engine = unsafe sluice_engine_create()
        let stream = unsafe run.make(engine)
        let other = unsafe run.make(engine)
        defer {
            unsafe sluice_stream_destroy(stream)
            unsafe sluice_stream_destroy(other)
            unsafe sluice_engine_destroy(engine)
        }
        func expectNew(_ phase: String) {
            #expect(unsafe sluice_stream_reset(stream) == SLUICE_OK, "\(phase)")
            #expect(unsafe (sluice_stream_format(stream) == nil) == (format == nil), "\(phase)")
            var error = sluice_error()
            #expect(unsafe sluice_stream_error(stream, &error, 8) == SLUICE_MISUSE, "\(phase)")
            #expect(unsafe sluice_stream_commit(stream, 1) == SLUICE_MISUSE, "\(phase)")
            // The engine is free for its other streams.
            #expect(unsafe sluice_stream_feed(other, nil, 0) == SLUICE_OK, "\(phase)")
            var batch: UnsafePointer<sluice_batch>?
            #expect(unsafe sluice_stream_next(other, &batch) == SLUICE_NEED_MORE, "\(phase)")
            #expect(unsafe run.log(chunks, of: stream) == wanted, "\(phase)")
            #expect(unsafe sluice_stream_reset(stream) == SLUICE_OK)
        }
        expectNew("new")
        expectNew("ended")
        var batch: UnsafePointer<sluice_batch>?
        unsafe Self.bytes.withUnsafeBytes { bytes in
            #expect(unsafe sluice_stream_feed(stream, bytes.baseAddress, bytes.count) == SLUICE_OK)
            expectNew("fed")
            #expect(unsafe sluice_stream_feed(stream, bytes.baseAddress, bytes.count) == SLUICE_OK)
            #expect(unsafe sluice_stream_next(stream, &batch) == SLUICE_OK)
            var delta = sluice_delta()
            delta.kind = UInt8(SLUICE_MALFORMED)
            var error = sluice_error()
            #expect(unsafe sluice_stream_problem(stream, &delta, &error, 8) == SLUICE_OK)
            #expect(unsafe sluice_stream_reset(stream) == SLUICE_OK)
            #expect(unsafe sluice_stream_problem(stream, &delta, &error, 8) == SLUICE_MISUSE)
            expectNew("reading")
            #expect(unsafe sluice_stream_feed(stream, bytes.baseAddress, 60) == SLUICE_OK)
            while unsafe sluice_stream_next(stream, &batch) == SLUICE_OK {}
            expectNew("inside an event")
        }
        var space: UnsafeMutableRawPointer?
        #expect(unsafe sluice_stream_reserve(stream, 100, &space) == SLUICE_OK)
        expectNew("reserved")
        #expect(unsafe sluice_stream_finish(stream) == SLUICE_OK)
        expectNew("ending")
    }

    @Test("a stream that an error has ended goes on after a reset")
    func failed() {
        var run = ABIRun(format: .textField)
        run.limits.maxEventBytes = 24
        run.limits.whenExceeded = .fail
        let stream = unsafe run.make(nil)
        defer { unsafe sluice_stream_destroy(stream) }
        let bytes = Array("data: {\"text\":\"a\"}\n\ndata: {\"text\":\"too long\"}\n\n".utf8)
        let wanted = unsafe run.log(Chunks(whole: bytes))
        #expect(wanted.failure?.code == "event-too-large")
        for _ in 0..<3 {
            #expect(unsafe run.log(Chunks(bytes, of: 5), of: stream) == wanted)
            #expect(unsafe sluice_stream_reset(stream) == SLUICE_OK)
        }
    }
}
