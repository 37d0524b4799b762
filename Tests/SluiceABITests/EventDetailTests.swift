import CSluice
import Testing

@testable import Sluice

@Suite("what the C ABI says of calls, errors and unread events")
struct EventDetailTests {
    /// The deltas of one chunk, while its batch is there.
    private static func read(
        _ text: String, _ format: WireFormat,
        _ body: (OpaquePointer, [sluice_delta], UnsafePointer<sluice_batch>) -> Void
    ) {
        let stream = unsafe ABIRun(format: format).make(nil)
        defer { unsafe sluice_stream_destroy(stream) }
        let bytes = Array(text.utf8)
        unsafe bytes.withUnsafeBytes { bytes in
            #expect(unsafe sluice_stream_feed(stream, bytes.baseAddress, bytes.count) == SLUICE_OK)
            var batch: UnsafePointer<sluice_batch>?
            #expect(unsafe sluice_stream_next(stream, &batch) == SLUICE_OK)
            guard let batch = unsafe batch else { return }
            let deltas = unsafe (0..<batch.pointee.count).map { unsafe batch.pointee.deltas[$0] }
            unsafe body(stream, deltas, batch)
        }
    }

    private static func text(_ room: UnsafeRawBufferPointer) -> String {
        unsafe String(decoding: room.prefix { $0 != 0 }, as: UTF8.self)
    }

    @Test("the flags of a tool call have its origin, and say whether it is a continuation")
    func flags() {
        let block = "\"content_block\":{\"type\":\"server_tool_use\",\"id\":\"t\",\"name\":\"web_search\",\"input\":{}}"
        unsafe Self.read("data: {\"type\":\"content_block_start\",\"index\":0,\(block)}\n\n", .anthropicMessages) {
            _, deltas, _ in
            #expect(deltas.first?.kind == UInt8(SLUICE_TOOL_CALL))
            #expect(deltas.first.map { Int32($0.flags >> 4 & 7) } == Int32(SLUICE_SERVER))
        }
        func piece(_ rest: String) -> String {
            "data: {\"choices\":[{\"delta\":{\"tool_calls\":[{\"index\":0,\(rest)}]}}]}\n\n"
        }
        let call = piece("\"id\":\"c\",\"function\":{\"name\":\"get_\"}") + piece("\"function\":{\"name\":\"weather\"}")
        unsafe Self.read(call, .openAIChat) { _, deltas, _ in
            #expect(deltas.map { Int32($0.flags) & Int32(SLUICE_CONTINUATION) } == [0, Int32(SLUICE_CONTINUATION)])
            #expect(deltas.allSatisfy { Int32($0.flags >> 4 & 7) == Int32(SLUICE_CLIENT) })
        }
    }

    @Test("origins have the numbers of the Swift API")
    func origins() {
        let numbers = [SLUICE_CLIENT, SLUICE_CUSTOM, SLUICE_SERVER, SLUICE_MCP, SLUICE_APPROVAL].map { UInt8($0) }
        #expect(numbers == ToolOrigin.allCases.map(\.rawValue))
    }

    @Test("an error's details are asked for while its batch is there, and by a delta that is an error")
    func details() {
        let size = MemoryLayout<sluice_error_details>.size
        let error = "{\"message\":\"m\",\"type\":\"t\",\"code\":\"c\",\"param\":\"p\"}"
        let stream =
            "data: {\"choices\":[{\"delta\":{\"content\":\"Hi\"}}]}\n\n"
            + "data: {\"error\":\(error),\"request_id\":\"r\",\"retry_after\":2}\n\n"
        unsafe Self.read(stream, .openAIChat) { stream, deltas, batch in
            #expect(deltas.map(\.kind) == [UInt8(SLUICE_TEXT), UInt8(SLUICE_ERROR)])
            var details = sluice_error_details()
            let second = unsafe batch.pointee.deltas + 1
            #expect(unsafe sluice_stream_error_details(stream, second, &details, size) == SLUICE_OK)
            #expect(unsafe withUnsafeBytes(of: &details.type) { unsafe Self.text($0) } == "t")
            #expect(unsafe withUnsafeBytes(of: &details.code) { unsafe Self.text($0) } == "c")
            #expect(unsafe withUnsafeBytes(of: &details.parameter) { unsafe Self.text($0) } == "p")
            #expect(unsafe withUnsafeBytes(of: &details.request_id) { unsafe Self.text($0) } == "r")
            #expect(details.retry_after_seconds == 2)
            #expect(unsafe sluice_stream_error_details(stream, batch.pointee.deltas, &details, size) == SLUICE_MISUSE)
            #expect(unsafe sluice_stream_error_details(stream, second, &details, 5000) == SLUICE_MISUSE)
            #expect(unsafe sluice_stream_error_details(stream, second, nil, size) == SLUICE_MISUSE)
            #expect(unsafe sluice_stream_error_details(stream, nil, &details, size) == SLUICE_MISUSE)
            #expect(unsafe sluice_stream_error_details(nil, second, &details, size) == SLUICE_MISUSE)
            // Events that are no errors.
            var wrong = deltas[1]
            for offset in [0, deltas[1].event_offset - 1, deltas[1].event_offset + 1, .max] {
                wrong.event_offset = offset
                #expect(unsafe sluice_stream_error_details(stream, &wrong, &details, size) == SLUICE_OK)
                #expect(details.retry_after_seconds == -1 && details.type.0 == 0)
            }
            wrong = deltas[1]
            var next: UnsafePointer<sluice_batch>?
            #expect(unsafe sluice_stream_next(stream, &next) == SLUICE_NEED_MORE)
            #expect(unsafe sluice_stream_error_details(stream, &wrong, &details, size) == SLUICE_MISUSE)
        }
    }

    @Test("unread events are counted, and their kinds are asked for by number")
    func unread() {
        let size = MemoryLayout<sluice_unread_kind>.size
        let text =
            "data: {\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"text_delta\",\"text\":\"Hi\"}}\n\n"
        let news = "data: {\"type\":\"news\",\"of\":\"the day\"}\n\n"
        unsafe Self.read(text + news + news, .anthropicMessages) { stream, _, _ in
            var next: UnsafePointer<sluice_batch>?
            #expect(unsafe sluice_stream_next(stream, &next) == SLUICE_NEED_MORE)
            var end = sluice_end()
            #expect(unsafe sluice_stream_end(stream, &end, MemoryLayout<sluice_end>.size) == SLUICE_OK)
            #expect(end.unread_events == 2 && end.unread_kinds == 1)
            var kind = sluice_unread_kind()
            #expect(unsafe sluice_stream_unread(stream, 0, &kind, size) == SLUICE_OK)
            #expect(unsafe withUnsafeBytes(of: &kind.name) { unsafe Self.text($0) } == "news")
            #expect(kind.count == 2 && kind.offset == UInt64(text.utf8.count) && kind.event == 2)
            #expect(unsafe sluice_stream_unread(stream, 1, &kind, size) == SLUICE_MISUSE)
            #expect(unsafe sluice_stream_unread(stream, -1, &kind, size) == SLUICE_MISUSE)
            #expect(unsafe sluice_stream_unread(stream, 0, nil, size) == SLUICE_MISUSE)
            #expect(unsafe sluice_stream_unread(stream, 0, &kind, 5000) == SLUICE_MISUSE)
            #expect(unsafe sluice_stream_unread(nil, 0, &kind, size) == SLUICE_MISUSE)
            // A program of an older header has no room for the counts.
            var old = sluice_end()
            old.unread_events = 77
            #expect(unsafe sluice_stream_end(stream, &old, 56) == SLUICE_OK)
            #expect(old.frames == 3 && old.unread_events == 77)
        }
    }

    @Test("a finish reason and a clean end is finished")
    func finished() {
        let log = unsafe ABIRun(format: .openAIChat).log(
            Chunks(
                whole: Array(
                    "data: {\"choices\":[{\"delta\":{\"content\":\"a\"},\"finish_reason\":\"stop\"}]}\n\n".utf8)))
        #expect(log.end?.status == .finished)
    }
}
