import CSluice
import Testing

@testable import Sluice

@Suite("tables of one's own through the C ABI")
struct TableTests {
    private static let table = """
        {"name": "mine", "framing": "sse", "rules": [
          {"path": "t", "field": "text"}, {"path": "mood", "field": "mood"}, {"path": "bye", "field": "terminal"}]}
        """

    @Test("a stream of a table gives its text, and details by name")
    func reads() {
        var options = unsafe sluice_options()
        unsafe sluice_options_init(&options, MemoryLayout<sluice_options>.size)
        unsafe options.kinds |= 1 << UInt64(SLUICE_DETAIL)
        var stream: OpaquePointer?
        let status = unsafe Self.table.withCString { table in
            unsafe options.table = table
            return unsafe sluice_stream_create(nil, &options, &stream)
        }
        #expect(status == SLUICE_OK)
        defer { unsafe sluice_stream_destroy(stream) }
        let bytes = Array("data: {\"t\":\"Hi\",\"mood\":\"calm\"}\n\ndata: {\"bye\":1}\n\n".utf8)
        var found: [String] = []
        unsafe bytes.withUnsafeBytes { chunk in
            #expect(unsafe sluice_stream_feed(stream, chunk.baseAddress, chunk.count) == SLUICE_OK)
            var batch: UnsafePointer<sluice_batch>?
            while unsafe sluice_stream_next(stream, &batch) == SLUICE_OK, let batch = unsafe batch {
                for index in 0..<(unsafe batch.pointee.count) {
                    let delta = unsafe batch.pointee.deltas + index
                    let text = unsafe sluice_delta_text(batch, delta)
                    let name = unsafe sluice_delta_name(batch, delta)
                    unsafe found.append("\(delta.pointee.kind) \(Self.string(name)) \(Self.string(text))")
                }
            }
        }
        #expect(found == ["\(SLUICE_TEXT)  Hi", "\(SLUICE_DETAIL) mood calm"])
        #expect(unsafe String(cString: sluice_stream_format(stream)) == "mine")
        var end = sluice_end()
        #expect(unsafe sluice_stream_end(stream, &end, MemoryLayout<sluice_end>.size) == SLUICE_OK)
        #expect(Int32(end.completeness) == Int32(SLUICE_COMPLETE))
    }

    private static func string(_ text: sluice_text) -> String {
        unsafe String(
            decoding: UnsafeRawBufferPointer(start: text.bytes, count: text.length), as: UTF8.self)
    }

    @Test("a table that cannot be read is told with what was found")
    func check() {
        let size = MemoryLayout<sluice_error>.size
        var error = sluice_error()
        #expect(unsafe sluice_table_check(Self.table, &error, size) == SLUICE_OK)
        #expect(unsafe sluice_table_check(nil, &error, size) == SLUICE_MISUSE)
        #expect(unsafe sluice_table_check("{}", nil, size) == SLUICE_OK)
        #expect(unsafe sluice_table_check("{\"rules\":[{\"path\":\"t\"}]}", &error, size) == SLUICE_INVALID_TABLE)
        let detail = unsafe withUnsafeBytes(of: &error.detail) {
            unsafe String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
        }
        #expect(detail.hasSuffix("rules[0] has no path or no field"))
        var options = unsafe sluice_options()
        unsafe sluice_options_init(&options, MemoryLayout<sluice_options>.size)
        var stream: OpaquePointer?
        unsafe "[]".withCString { table in
            unsafe options.table = table
            #expect(unsafe sluice_stream_create(nil, &options, &stream) == SLUICE_INVALID_TABLE)
            unsafe "openai-chat".withCString { name in
                unsafe options.format = name
                #expect(unsafe sluice_stream_create(nil, &options, &stream) == SLUICE_MISUSE)
            }
        }
        #expect(unsafe stream == nil)
    }
}
