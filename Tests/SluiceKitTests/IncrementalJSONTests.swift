import Foundation
import Sluice
import SluiceKit
import Testing

@Suite("incremental JSON")
struct IncrementalJSONTests {
    static let documents = [
        #"{"city":"Paris","days":30,"tags":["a","b",""],"nested":{"x":null,"y":[true,false,[]],"z":{}}}"#,
        #" [ 1 , -0.5e+10 , 12345678901234567890 , "\u0041\n\"\\\/\b\f\r\t" ] "#,
        #""\ud83d\ude00 and \ud83d alone, \ude00 too, \ud83d\ud83d\ude00""#,
        "\"h\u{e9}llo \u{4e16}\u{754c} \u{1F600} \u{200D}\"", "true", "null", "-0", "3.25",
        #"{"a":1,"a":{"b":2},"é":3,"é":4}"#, "[[[[[[[[[[]]]]]]]]]]", "{}", "[]", #""""#,
        "{\"key with \\u0065scape\":\"\\u00e9\\ud834\\udd1e\"}",
    ]

    private static func value(_ json: borrowing IncrementalJSON) -> JSONValue? { json.root?.copied }

    @Test("after each byte there is what a slow reading finds in the bytes so far", arguments: documents)
    func everyCut(_ document: String) throws {
        let bytes = Array(document.utf8)
        var json = IncrementalJSON()
        for (index, byte) in bytes.enumerated() {
            try json.append([byte].span)
            let wanted = try #require(SlowJSON.read(Array(bytes[...index])), "after \(index + 1) bytes")
            #expect(Self.value(json) == wanted, "after \(index + 1) bytes")
        }
        try json.finish()
        #expect(json.isComplete && json.byteCount == UInt64(bytes.count))
        let whole = try #require(SlowJSON.read(bytes + [0x20]))
        #expect(Self.value(json) == whole)
        try expectFoundation(document, Self.value(json))
    }

    @Test("every two-way split gives the same", arguments: documents)
    func everySplit(_ document: String) throws {
        let bytes = Array(document.utf8)
        for cut in 0...bytes.count {
            var json = IncrementalJSON()
            try json.append(Array(bytes[..<cut]).span)
            try json.append(Array(bytes[cut...]).span)
            try json.finish()
            #expect(Self.value(json) == SlowJSON.read(bytes + [0x20]), "cut at \(cut)")
        }
    }

    /// Foundation's reading of the whole, by another's hand.
    private func expectFoundation(_ document: String, _ value: JSONValue?) throws {
        // Half a pair is an error to Foundation, and so is a key that comes again to nobody.
        if document.contains(#"\ud83d alone"#) || document.contains(#""a":1,"a""#) { return }
        let wanted = try JSONSerialization.jsonObject(with: Data(document.utf8), options: .fragmentsAllowed)
        let found = try JSONSerialization.jsonObject(
            with: Data((value.map(Self.written) ?? "").utf8), options: .fragmentsAllowed)
        #expect((wanted as? NSObject) == (found as? NSObject))
    }

    private static func written(_ value: JSONValue) -> String {
        func quoted(_ text: String) -> String {
            let data = try? JSONEncoder().encode(text)
            return data.map { String(decoding: $0, as: UTF8.self) } ?? ""
        }
        switch value {
        case .null: return "null"
        case .bool(let value): return "\(value)"
        case .number(let text): return text
        case .string(let text): return quoted(text)
        case .array(let elements): return "[" + elements.map(written).joined(separator: ",") + "]"
        case .object(let members):
            return "{" + members.map { quoted($0.key) + ":" + written($0.value) }.joined(separator: ",") + "}"
        }
    }

    @Test("documents with a byte changed, left out or put in are read or refused as slowly", arguments: 0..<12)
    func mutations(_ document: Int) throws {
        let bytes = Array(Self.documents[document].utf8)
        let others: [UInt8] = [
            0x00, 0x1F, 0x20, 0x22, 0x2C, 0x30, 0x3A, 0x5C, 0x5D, 0x65, 0x75, 0x7B, 0x7D, 0x80, 0xC3, 0xED, 0xF4, 0xFF,
        ]
        var refused = 0
        for index in bytes.indices {
            for other in others {
                var changed = bytes
                changed[index] = other
                var longer = bytes
                longer.insert(other, at: index)
                var shorter = bytes
                shorter.remove(at: index)
                for mutated in [changed, longer, shorter] where !check(mutated) { refused += 1 }
            }
        }
        #expect(refused > 0)
    }

    /// Holds both readings of `bytes` against each other; false where they are refused.
    private func check(_ bytes: [UInt8]) -> Bool {
        var json = IncrementalJSON()
        let wanted = SlowJSON.read(bytes)
        do throws(SluiceError) {
            try json.append(bytes.span)
            #expect(wanted != nil, "\(bytes) was taken")
            #expect(Self.value(json) == wanted ?? nil, "\(bytes)")
            return true
        } catch {
            #expect(wanted == nil, "\(bytes) was refused: \(error)")
            #expect(error.offset < UInt64(bytes.count))
            return false
        }
    }

    @Test("an error says where and what, comes again at each call, and leaves what was before")
    func errors() {
        var json = IncrementalJSON()
        #expect(throws: Never.self) { try json.append(#"{"a":[1,2"#) }
        let first = #expect(throws: SluiceError.self) { try json.append("}") }
        #expect(first?.code == .malformedPayload && first?.offset == 9)
        #expect(first?.detail.contains("',' or ']'") == true)
        let again = #expect(throws: SluiceError.self) { try json.append("]}") }
        #expect(again == first)
        #expect(Self.value(json)?["a"] == .array([.number("1"), .number("2")]))
        #expect(throws: SluiceError.self) { try json.finish() }
    }

    @Test("a document that ends too early says so, and keeps its value")
    func truncated() throws {
        for text in [#"{"a":"b"#, "[1", "", "tru", "-"] {
            var json = IncrementalJSON()
            try json.append(text)
            let error = #expect(throws: SluiceError.self) { try json.finish() }
            #expect(error?.code == .incompleteEvent && error?.offset == UInt64(text.utf8.count))
            #expect(!json.isComplete)
        }
    }

    @Test("limits hold at their value and not one above")
    func limits() throws {
        var limits = Limits()
        limits.maxNestingDepth = 3
        var json = IncrementalJSON(limits: limits)
        try json.append("[[[")
        let deep = #expect(throws: SluiceError.self) { try json.append("[") }
        #expect(deep?.code == .nestedTooDeep && deep?.offset == 3)
        limits = Limits()
        limits.maxAccumulatedBytes = 10_000
        var long = IncrementalJSON(limits: limits)
        try long.append("[\"" + String(repeating: "x", count: 9000))
        let large = #expect(throws: SluiceError.self) { try long.append(String(repeating: "y", count: 1001)) }
        #expect(large?.code == .answerTooLarge)
        var many = IncrementalJSON(limits: limits)
        let error = #expect(throws: SluiceError.self) {
            try many.append("[" + String(repeating: "1,", count: 1_000_000))
        }
        #expect(error?.code == .answerTooLarge && (error?.offset ?? .max) < 2_000)
    }

    @Test("views tell what there is without a copy")
    func views() throws {
        var json = IncrementalJSON()
        try json.append(#"{"a":[1,"two",true],"b":{"c":null},"a":"la"#)
        guard let root = json.root else {
            Issue.record("there is nothing")
            return
        }
        #expect(root.kind == .object && root.count == 3 && !root.isComplete)
        #expect(root["a"]?.string == "la" && root["a"]?.isComplete == false)
        #expect(root.firstChild?.key == "a" && root.firstChild?.next?.key == "b")
        #expect(root.firstChild?[0]?.integer == 1 && root.firstChild?[0]?.double == 1)
        #expect(root.firstChild?[1]?.string == "two" && root.firstChild?[2]?.bool == true)
        #expect(root.firstChild?[3] == nil && root["b"]?["c"]?.isNull == true && root["z"] == nil)
        #expect(root["b"]?.isComplete == true)
    }

    @Test("recorded arguments, token by token", arguments: ["anthropic-messages", "openai-chat", "openai-responses"])
    func recorded(_ corpus: String) throws {
        let file = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appending(path: "corpora/\(corpus)/stream.sse")
        let bytes = [UInt8](try Data(contentsOf: file))
        var parser = StreamParser(format: WireFormat.named(corpus))
        var json: [Int: IncrementalJSON] = [:]
        var texts: [Int: String] = [:]
        var calls = 0
        func end(_ tool: Int) throws {
            guard let text = texts.removeValue(forKey: tool), var arguments = json.removeValue(forKey: tool) else {
                return
            }
            try arguments.finish()
            #expect(arguments.root?.copied == SlowJSON.read(Array(text.utf8)))
            calls += 1
        }
        var reader = parser.read(bytes.span)
        while let delta = try reader.next() {
            if delta.kind == .toolCall { try end(delta.tool) }
            guard delta.kind == .toolArguments else { continue }
            texts[delta.tool, default: ""] += delta.string
            try json[delta.tool, default: IncrementalJSON()].append(delta.text)
        }
        for tool in Array(texts.keys) { try end(tool) }
        #expect(calls >= 2)
    }
}
