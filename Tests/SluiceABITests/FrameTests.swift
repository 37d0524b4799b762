import CSluice
import Testing

@testable import Sluice

@Suite("frames of the C ABI")
struct FrameTests {
    private struct Found: Equatable {
        var payload: String
        var event: String
        var id: String
        var offset: UInt64
        var number: UInt64
        var retry: Int
        var isError: Bool
        var isUnterminated: Bool
    }

    private struct Reading: Equatable {
        var frames: [Found] = []
        var errors: [String] = []
        var last: Int32 = 0
    }

    private static func string(_ region: sluice_region) -> String {
        unsafe String(decoding: UnsafeRawBufferPointer(start: region.bytes, count: region.length), as: UTF8.self)
    }

    private static func read(_ framer: OpaquePointer?, into reading: inout Reading) {
        var frame = unsafe sluice_frame()
        while true {
            reading.last = unsafe sluice_framer_next(framer, &frame, MemoryLayout<sluice_frame>.size)
            switch reading.last {
            case Int32(SLUICE_OK):
                unsafe reading.frames.append(
                    Found(
                        payload: string(frame.payload), event: string(frame.event), id: string(frame.last_event_id),
                        offset: frame.offset, number: frame.number, retry: Int(frame.retry_milliseconds),
                        isError: frame.is_error == 1, isUnterminated: frame.is_unterminated == 1))
            case Int32(SLUICE_UNREADABLE), Int32(SLUICE_FAILED):
                var error = sluice_error()
                #expect(unsafe sluice_framer_error(framer, &error, MemoryLayout<sluice_error>.size) == SLUICE_OK)
                reading.errors.append(
                    unsafe withUnsafeBytes(of: &error.code) {
                        unsafe String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
                    })
                if reading.last == SLUICE_FAILED { return }
            default: return
            }
        }
    }

    private static func read(
        _ text: String, by size: Int, _ framing: String?, maxBytes: UInt64 = 0, flush: Int32 = 1
    ) -> Reading {
        var framer: OpaquePointer?
        let status =
            if let framing { unsafe sluice_framer_create(framing, maxBytes, &framer) } else {
                unsafe sluice_framer_create(nil, maxBytes, &framer)
            }
        #expect(status == SLUICE_OK)
        defer { unsafe sluice_framer_destroy(framer) }
        var reading = Reading()
        let bytes = Array(text.utf8)
        for start in stride(from: 0, to: bytes.count, by: size) {
            let chunk = Array(bytes[start..<min(start + size, bytes.count)])
            unsafe chunk.withUnsafeBytes {
                #expect(unsafe sluice_framer_feed(framer, $0.baseAddress, $0.count) == SLUICE_OK)
                unsafe read(framer, into: &reading)
            }
            if reading.last == SLUICE_FAILED { return reading }
            #expect(reading.last == SLUICE_NEED_MORE)
        }
        #expect(unsafe sluice_framer_finish(framer, flush) == SLUICE_OK)
        unsafe read(framer, into: &reading)
        return reading
    }

    private static func found(
        _ payload: String, _ offset: UInt64, _ number: UInt64, event: String = "", id: String = "", retry: Int = -1,
        isError: Bool = false, isUnterminated: Bool = false
    ) -> Found {
        Found(
            payload: payload, event: event, id: id, offset: offset, number: number, retry: retry, isError: isError,
            isUnterminated: isUnterminated)
    }

    private static let events =
        "data: a\n\nevent: error\nid: 7\nretry: 50\ndata: b\ndata: c\n\n: ping\n\ndata:\u{e4}\n\ndata: end"

    @Test("events have their payload, type, id, retry, offset and number, at every chunk size", arguments: 1...80)
    func events(size: Int) {
        let reading = Self.read(Self.events, by: size, size.isMultiple(of: 2) ? "sse" : nil)
        #expect(
            reading.frames == [
                Self.found("a", 0, 1),
                Self.found("b\nc", 9, 2, event: "error", id: "7", retry: 50, isError: true),
                Self.found("\u{e4}", 63, 3, id: "7"), Self.found("end", 72, 4, id: "7", isUnterminated: true),
            ])
        #expect(reading.errors == [] && reading.last == SLUICE_END)
        #expect(Self.read(Self.events, by: size, "sse", flush: 0).frames.count == 3)
    }

    @Test("lines and elements are frames too")
    func others() {
        #expect(Self.read("{}\n\n[1]\n", by: 3, "ndjson").frames.map(\.payload) == ["{}", "[1]"])
        #expect(Self.read("[{\"a\":1},{}]", by: 3, nil).frames.map(\.payload) == ["{\"a\":1}", "{}"])
    }

    @Test("one that is too large is unreadable, and the next is read", arguments: [1, 7, 1_000])
    func unreadable(size: Int) {
        let long = String(repeating: "x", count: 100)
        let reading = Self.read("data: a\n\ndata: \(long)\n\ndata: b\n\n", by: size, "sse", maxBytes: 40)
        #expect(reading.frames.map(\.payload) == ["a", "b"] && reading.frames.map(\.number) == [1, 3])
        #expect(reading.errors == ["event-too-large"] && reading.last == SLUICE_END)
    }

    @Test("invalid calls change nothing")
    func misuse() {
        var framer: OpaquePointer?
        #expect(unsafe sluice_framer_create("tcp", 0, &framer) == SLUICE_UNKNOWN_FORMAT)
        #expect(unsafe sluice_framer_create("sse", 0, nil) == SLUICE_MISUSE)
        #expect(unsafe sluice_framer_create("sse", 0, &framer) == SLUICE_OK)
        defer { unsafe sluice_framer_destroy(framer) }
        sluice_framer_destroy(nil)
        var frame = unsafe sluice_frame()
        var error = sluice_error()
        let size = unsafe MemoryLayout<sluice_frame>.size
        #expect(unsafe sluice_framer_error(framer, &error, MemoryLayout<sluice_error>.size) == SLUICE_MISUSE)
        #expect(unsafe sluice_framer_feed(framer, nil, 1) == SLUICE_MISUSE)
        #expect(unsafe sluice_framer_next(framer, nil, size) == SLUICE_MISUSE)
        #expect(unsafe sluice_framer_next(framer, &frame, 5_000) == SLUICE_MISUSE)
        #expect(unsafe sluice_framer_next(framer, &frame, size) == SLUICE_NEED_MORE)
        let bytes = Array("data: a\n\n".utf8)
        unsafe bytes.withUnsafeBytes {
            #expect(unsafe sluice_framer_feed(framer, $0.baseAddress, $0.count) == SLUICE_OK)
            #expect(unsafe sluice_framer_feed(framer, $0.baseAddress, $0.count) == SLUICE_MISUSE)
            #expect(unsafe sluice_framer_finish(framer, 1) == SLUICE_MISUSE)
            #expect(unsafe sluice_framer_next(framer, &frame, size) == SLUICE_OK)
            #expect(unsafe sluice_framer_next(framer, &frame, size) == SLUICE_NEED_MORE)
        }
        #expect(unsafe sluice_framer_finish(framer, 1) == SLUICE_OK)
        #expect(unsafe sluice_framer_next(framer, &frame, size) == SLUICE_END)
        #expect(unsafe sluice_framer_finish(framer, 1) == SLUICE_MISUSE)
    }
}
