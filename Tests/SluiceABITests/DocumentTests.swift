import CSluice
import Testing

@testable import Sluice

@Suite("JSON in pieces of the C ABI")
struct DocumentTests {
    private static func string(_ text: sluice_text) -> String {
        unsafe String(decoding: UnsafeRawBufferPointer(start: text.bytes, count: text.length), as: UTF8.self)
    }

    private struct Value {
        var text: String
        var key: String?
        var kind: UInt8
        var isComplete: Bool
        var count: UInt32
        var first: UInt32
        var next: UInt32
    }

    @safe
    private final class Document {
        private let json: OpaquePointer?

        init(maxBytes: UInt64 = 0) { unsafe json = unsafe sluice_json_create(maxBytes) }
        deinit { unsafe sluice_json_destroy(json) }

        func append(_ piece: String) -> sluice_status {
            let piece = Array(piece.utf8)
            return unsafe piece.withUnsafeBytes { unsafe sluice_json_append(json, $0.baseAddress, $0.count) }
        }

        func finish() -> sluice_status { unsafe sluice_json_finish(json) }
        func reset() -> sluice_status { unsafe sluice_json_reset(json) }
        func member(_ object: UInt32, _ key: String) -> UInt32 {
            unsafe sluice_json_member(json, object, key, key.utf8.count)
        }

        func value(_ number: UInt32) -> Value {
            var value = unsafe sluice_json_value()
            #expect(unsafe sluice_json_get(json, number, &value, MemoryLayout<sluice_json_value>.size) == SLUICE_OK)
            return unsafe Value(
                text: string(value.text), key: value.has_key == 1 ? string(value.key) : nil, kind: value.kind,
                isComplete: value.is_complete == 1, count: value.count, first: value.first, next: value.next)
        }

        var whole: String {
            var text = unsafe sluice_text()
            return unsafe sluice_json_text(json, &text) == SLUICE_OK ? string(text) : ""
        }

        var errorOffset: UInt64? {
            var error = sluice_error()
            let status = unsafe sluice_json_error(json, &error, MemoryLayout<sluice_error>.size)
            return status == SLUICE_OK ? error.offset : nil
        }
    }

    /// What has to be there behind each byte, written down by hand.
    private static let steps: [(Character, String)] = [
        ("{", "{}"), ("\"", "{}"), ("a", "{}"), ("\"", "{}"), (":", "{}"), ("[", "{\"a\":[]}"), ("1", "{\"a\":[]}"),
        ("2", "{\"a\":[]}"), (",", "{\"a\":[12]}"), ("\"", "{\"a\":[12,\"\"]}"), ("x", "{\"a\":[12,\"x\"]}"),
        ("\\", "{\"a\":[12,\"x\"]}"), ("n", "{\"a\":[12,\"x\\n\"]}"), ("\"", "{\"a\":[12,\"x\\n\"]}"),
        (",", "{\"a\":[12,\"x\\n\"]}"), ("{", "{\"a\":[12,\"x\\n\",{}]}"),
        ("}", "{\"a\":[12,\"x\\n\",{}]}"), ("]", "{\"a\":[12,\"x\\n\",{}]}"),
        (",", "{\"a\":[12,\"x\\n\",{}]}"), ("\"", "{\"a\":[12,\"x\\n\",{}]}"),
        ("b", "{\"a\":[12,\"x\\n\",{}]}"), ("\"", "{\"a\":[12,\"x\\n\",{}]}"),
        (":", "{\"a\":[12,\"x\\n\",{}]}"), ("t", "{\"a\":[12,\"x\\n\",{}]}"),
        ("r", "{\"a\":[12,\"x\\n\",{}]}"), ("u", "{\"a\":[12,\"x\\n\",{}]}"),
        ("e", "{\"a\":[12,\"x\\n\",{}],\"b\":true}"), ("}", "{\"a\":[12,\"x\\n\",{}],\"b\":true}"),
    ]

    @Test("after each byte, the value so far is JSON with all that was opened closed")
    func everyByte() {
        let json = Document()
        #expect(json.whole == "")
        for _ in 0..<2 {
            for (byte, expected) in Self.steps {
                #expect(json.append(String(byte)) == SLUICE_OK)
                #expect(json.whole == expected)
            }
            #expect(json.finish() == SLUICE_OK)
            #expect(json.reset() == SLUICE_OK)
        }
    }

    @Test("values have their type, text, key, count and neighbours, and say whether they have ended")
    func values() {
        let json = Document()
        #expect(json.append("{\"city\":\"Par") == SLUICE_OK)
        let city = json.member(0, "city")
        #expect(city == 1 && json.value(city).text == "Par" && !json.value(city).isComplete)
        #expect(json.append("is\",\"n\":[1,null],\"city\":\"Rom\"") == SLUICE_OK)
        #expect(json.value(city).text == "Paris" && json.value(city).isComplete && !json.value(0).isComplete)
        #expect(json.value(0).count == 3 && json.value(0).first == 1)
        let list = json.value(json.value(1).next)
        #expect(list.kind == SLUICE_JSON_ARRAY && list.count == 2 && list.key == "n")
        let one = json.value(list.first)
        #expect(one.kind == SLUICE_JSON_NUMBER && one.text == "1" && one.key == nil)
        #expect(json.value(one.next).kind == SLUICE_JSON_NULL && json.value(one.next).next == 0)
        #expect(json.value(json.member(0, "city")).text == "Rom", "of a repeated key the last counts")
        #expect(json.member(0, "c") == 0 && json.member(city, "c") == 0)
    }

    @Test("long strings stay whole while they grow")
    func growth() {
        let json = Document()
        #expect(json.append("[\"") == SLUICE_OK)
        var expected = ""
        for number in 0..<2_000 {
            expected += "\(number),"
            #expect(json.append("\(number),") == SLUICE_OK)
            if number.isMultiple(of: 97) { #expect(json.value(1).text == expected) }
        }
        #expect(json.value(1).text == expected)
    }

    @Test("a fault is told with its offset, and the value before it stays")
    func faults() {
        let json = Document()
        #expect(json.append("{\"a\":1,") == SLUICE_OK && json.errorOffset == nil)
        #expect(json.append("x") == SLUICE_FAILED && json.append("}") == SLUICE_FAILED)
        #expect(json.whole == "{\"a\":1}" && json.errorOffset == 7)
        let cut = Document()
        #expect(cut.append("[1") == SLUICE_OK && cut.finish() == SLUICE_FAILED)
        #expect(Document(maxBytes: 1_000).append("[\"\(String(repeating: "x", count: 5_000))") == SLUICE_FAILED)
        let deep = Document()
        #expect(deep.append(String(repeating: "[", count: 1_025)) == SLUICE_FAILED)
        #expect(deep.whole.utf8.count == 2_048)
    }

    @Test("invalid calls change nothing")
    func misuse() {
        sluice_json_destroy(nil)
        var value = unsafe sluice_json_value()
        var error = sluice_error()
        var text = unsafe sluice_text()
        let size = unsafe MemoryLayout<sluice_json_value>.size
        #expect(sluice_json_append(nil, nil, 0) == SLUICE_MISUSE)
        #expect(sluice_json_reset(nil) == SLUICE_MISUSE)
        #expect(sluice_json_finish(nil) == SLUICE_MISUSE)
        #expect(unsafe sluice_json_text(nil, &text) == SLUICE_MISUSE)
        let json = unsafe sluice_json_create(0)
        defer { unsafe sluice_json_destroy(json) }
        #expect(unsafe sluice_json_get(json, 0, &value, size) == SLUICE_NEED_MORE)
        #expect(unsafe sluice_json_text(json, &text) == SLUICE_NEED_MORE)
        #expect(unsafe sluice_json_get(json, 1, &value, size) == SLUICE_MISUSE)
        #expect(unsafe sluice_json_get(json, 0, nil, size) == SLUICE_MISUSE)
        #expect(unsafe sluice_json_get(json, 0, &value, 5_000) == SLUICE_MISUSE)
        #expect(unsafe sluice_json_append(json, nil, 1) == SLUICE_MISUSE)
        #expect(unsafe sluice_json_error(json, &error, 8) == SLUICE_MISUSE)
        #expect(unsafe sluice_json_member(json, 0, "a", 1) == 0)
        #expect(unsafe sluice_json_member(json, 9, nil, 1) == 0)
    }
}
