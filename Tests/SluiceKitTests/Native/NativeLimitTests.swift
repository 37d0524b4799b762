import Foundation
import Sluice
import Testing

@testable import SluiceKit

@Suite("native objects: limits and hostile documents")
struct NativeLimitTests {
    @Test("a surrogate pair that is cut between two pieces is joined, an unpaired half becomes U+FFFD")
    func surrogates() throws {
        let json = try joined(
            "openai-chat",
            [
                chunk(#"{"content":"a\ud83d","x\ud83d":1}"#), chunk(#"{"content":"\ude00\ude00"}"#),
                chunk(#"{"content":"\ud83d"}"#), chunk(#"{"content":"z"}"#),
            ])
        #expect(json.contains("\"content\":\"a\u{1F600}\u{FFFD}\u{FFFD}z\",\"x\u{FFFD}\":1"))
    }

    @Test("escapes are decoded and written anew")
    func escapes() throws {
        let json = try joined(
            "openai-chat", [chunk(#"{"\u0063ontent":"\u0000\u001f\"\\\/\b\f\n\r\t\u00e9é\u2028"}"#)])
        #expect(json.contains(#"{"content":"\u0000\u001f\"\\/\b\f\n\r\téé"# + "\u{2028}\"}"))
    }

    @Test("numbers are kept as they were sent")
    func numbers() throws {
        for number in ["1.0", "-0", "1E+400", "123456789012345678901234567890", "0.10"] {
            let json = try joined("openai-chat", [chunk(#"{"n":\#(number)}"#, #","usage":{"n":\#(number)}"#)])
            #expect(json.contains(#"{"n":\#(number)},"finish_reason":null}],"usage":{"n":\#(number)}}"#))
        }
    }

    @Test("of repeated keys the last counts, in small objects and in large ones")
    func repeatedKeys() throws {
        #expect(
            try joined("openai-chat", [#"{"id":"x","id":"y","choices":[],"choices":[]}"#]) == #"{"id":"y","#
                + #""choices":[]}"#)
        let json = try joined("openai-chat", [chunk(#"{"content":"a","content":"b","x":{"k":1,"k":2}}"#)])
        #expect(json.contains(#""message":{"content":"b","x":{"k":2}}"#))
        let many = (0..<50).map { #""k\#($0 % 25)":\#($0)"# }.joined(separator: ",")
        let kept = (25..<50).map { #""k\#($0 % 25)":\#($0)"# }.joined(separator: ",")
        #expect(try joined("ollama-chat", ["{\(many)}"]) == "{\(kept)}")
    }

    @Test(
        "a document that cannot be read throws, changes nothing, and the next goes on",
        arguments: [
            ("{", .incompleteEvent), ("{]", .malformedPayload), (#"{"a":1} x"#, .malformedPayload),
            ("[1]", .unexpectedPayload), ("null", .unexpectedPayload), ("1", .unexpectedPayload),
            (#"{"a":"\x"}"#, .invalidEscape), (#"{"a":01}"#, .malformedPayload),
            (String(repeating: #"{"a":"#, count: 129) + "1" + String(repeating: "}", count: 129), .nestedTooDeep),
            ("<html>", .malformedPayload),
        ] as [(String, SluiceError.Code)])
    func unreadable(_ document: String, _ code: SluiceError.Code) throws {
        var message = NativeMessage(formatName: "openai-chat")!
        try message.add(chunk(#"{"content":"a"}"#))
        #expect(refusal(&message, document) == code)
        try message.add(chunk(#"{"content":"b"}"#))
        #expect(String(decoding: message.json(), as: UTF8.self).contains(#""content":"ab""#))
    }

    @Test("bytes that are not UTF-8, and base64 that is not, throw with the number of the document")
    func notText() throws {
        var message = NativeMessage(formatName: "bedrock")!
        try message.add(#"{"role":"assistant"}"#)
        let error = #expect(throws: SluiceError.self) { try message.add(#"{"bytes":"e30"}"#) }
        #expect(error?.code == .invalidBase64 && error?.event == 2)
        #expect(refusal(&message, #"{"bytes":"e3=="}"#) == .incompleteEvent)
        #expect(refusal(&message, #"{"bytes":"e*0="}"#) == .invalidBase64)
        let bytes: [UInt8] = Array(#"{"a":""#.utf8) + [0xFF] + Array(#""}"#.utf8)
        let invalid = #expect(throws: SluiceError.self) { try message.add(bytes.span) }
        #expect(invalid?.code == .invalidUTF8 && invalid?.event == 5)
    }

    @Test("what is known not to be a document is ignored", arguments: ["", "  \n", "[DONE]", " [DONE]", ": keepalive"])
    func markers(_ payload: String) throws {
        #expect(try joined("openai-chat", [payload]) == "null")
    }

    @Test("128 levels are read, of any kind")
    func nesting() throws {
        let deep = String(repeating: #"[{"a":"#, count: 62) + "1" + String(repeating: "}]", count: 62)
        #expect(try joined("openai-chat", [chunk(#"{"x":\#(deep)}"#)]).contains(deep))
    }

    /// A value in this many pairs of an opening and a closing text.
    private static func nested(_ open: String, _ close: String, _ count: Int) -> String {
        String(repeating: open, count: count) + "1" + String(repeating: close, count: count)
    }

    @Test("text in 20 levels is joined, in 60 it is replaced")
    func joinedLevels() throws {
        for (levels, joins) in [(20, true), (60, false)] {
            let text = { (text: String) in
                let value = Self.nested(#"{"a":"#, "}", levels)
                return chunk(#"{"x":\#(value.split(separator: "1").joined(separator: "\"\(text)\""))}"#)
            }
            let json = try joined("openai-chat", [text("b"), text("c")])
            #expect(json.contains(joins ? #":"bc"}"# : #":"c"}"#))
        }
    }

    @Test("documents of 128 levels, and their texts, fit into a stack of 512 KiB")
    func stack() async throws {
        let deep = Self.nested(#"[{"a":"#, "}]", 61)
        let text = deep.split(separator: "\"").joined(separator: #"\""#)
        let documents = [
            chunk(#"{"x":\#(deep)}"#), chunk(#"{"x":\#(Self.nested(#"{"a":"#, "}", 120))}"#),
            chunk(#"{"x":\#(Self.nested(#"[{"index":0,"a":"#, "}]", 60))}"#),
            chunk(#"{"content":\#(Self.nested(#"[{"thinking":"#, "}]", 60))}"#),
            #"{"choices":[{"logprobs":\#(Self.nested(#"{"a":"#, "}", 120))}]}"#,
        ]
        let counts = await withCheckedContinuation { continuation in
            let thread = Thread {
                let formats = documents.map { ("openai-chat", [$0, $0]) }
                let input = #"{"contentBlockIndex":0,"delta":{"toolUse":{"input":"\#(text)"}}}"#
                let counts = (formats + [("bedrock", [input])]).map { (try? joined($0, $1).utf8.count) ?? 0 }
                continuation.resume(returning: counts)
            }
            thread.stackSize = 512 << 10
            thread.start()
        }
        #expect(counts.allSatisfy { $0 > 500 }, "\(counts)")
    }

    @Test("the bytes held stay below the limit, and a document beyond it changes nothing")
    func limits() throws {
        var limits = Limits()
        limits.maxAccumulatedBytes = 20_000
        var message = NativeMessage(formatName: "openai-chat", limits: limits)!
        let piece = chunk(#"{"content":"\#(String(repeating: "a", count: 1000))"}"#)
        var added = 0
        var code: SluiceError.Code?
        while code == nil, added < 100 {
            code = refusal(&message, piece)
            added += code == nil ? 1 : 0
            #expect(message.heldBytes <= 20_000)
        }
        #expect(code == .answerTooLarge && added > 10 && added < 20)
        try message.add(chunk("{}", finish: #""length""#))
        #expect(String(decoding: message.json(), as: UTF8.self).contains(#""finish_reason":"length""#))
    }

    @Test("a value that every event replaces takes no more memory than one")
    func replacedValues() throws {
        var message = NativeMessage(formatName: "gemini-generate")!
        let document = #"{"candidates":[],"usageMetadata":{"details":[{"n":1},{"n":2},{"n":3}],"text":"abc"}}"#
        try message.add(document)
        let held = message.heldBytes
        try message.add(document)
        let nodes = message.tree.nodes.count
        for _ in 0..<1000 { try message.add(document) }
        #expect(message.heldBytes == held && message.tree.nodes.count == nodes)
    }

    /// The bytes of all nodes that the object has.
    private func size(of tree: JSONTree) -> Int {
        var open = [JSONTree.root]
        var size = 0
        while let node = open.popLast() {
            size += JSONTree.nodeBytes + tree[node].key.count + tree[node].text.count
            open += tree[node].children
        }
        return size
    }

    @Test("the bytes held are those of the object's nodes, also where values are replaced, moved and removed")
    func accounting() throws {
        let part = { (call: String) in #"{"candidates":[{"content":{"parts":[{"functionCall":\#(call)}]}}]}"# }
        let streams: [(String, [String])] = [
            (
                "openai-responses",
                [
                    #"{"type":"response.created","response":{"id":"r","output":[]}}"#,
                    #"{"type":"response.output_item.added","output_index":0,"item":{"type":"message","#
                        + #""content":[{"a":"b"}]}}"#,
                    #"{"type":"response.completed","response":{"id":"r","output":[],"n":1}}"#,
                    #"{"type":"response.completed","response":{"id":"longer"}}"#,
                    #"{"type":"response.output_item.done","output_index":0,"item":7}"#,
                    #"{"type":"response.completed","response":{"id":"r","output":[{}]}}"#,
                ]
            ),
            (
                "bedrock",
                [
                    #"{"contentBlockIndex":0,"delta":{"text":"abc"}}"#,
                    #"{"contentBlockIndex":0,"delta":{"citation":{"title":"x"}}}"#,
                ]
            ),
            (
                "gemini-generate",
                [
                    part(
                        #"{"name":"f","partialArgs":[{"jsonPath":"$.a","stringValue":"x","willContinue":true}],"#
                            + #""willContinue":true}"#),
                    part(#"{"partialArgs":[{"jsonPath":"$.a","stringValue":"y"}]}"#), part("{}"),
                ]
            ),
            (
                "openai-chat",
                [chunk(#"{"content":"\ud83d"}"#), chunk(#"{"content":"\ude00"}"#), chunk(#"{"content":[1]}"#)]
            ),
        ]
        for (format, documents) in streams {
            var message = NativeMessage(formatName: format)!
            for document in documents {
                try message.add(document)
                #expect(message.heldBytes == size(of: message.tree), "\(format): \(document)")
            }
        }
    }

    /// Documents of a stream of `count` events, and the work for each byte of them.
    private func work(_ format: String, _ documents: [String]) throws -> Double {
        var message = NativeMessage(formatName: format)!
        var bytes = 0
        for document in documents {
            try message.add(document)
            bytes += document.utf8.count
        }
        return Double(message.tree.steps) / Double(bytes)
    }

    @Test("the work is linear in the bytes: pieces, elements by index, large objects")
    func linearCost() throws {
        let streams: [(String, (Int) -> [String])] = [
            ("openai-chat", { count in (0..<count).map { _ in chunk(#"{"content":"abcdefgh"}"#) } }),
            ("openai-chat", { count in (0..<count).map { chunk(#"{"content":"a"}"#, index: $0) } }),
            ("openai-chat", { count in (0..<count).map { chunk(#"{"content":"a"}"#, index: $0 * 7919 % count) } }),
            ("openai-chat", { count in (0..<count).map { chunk(#"{"k\#($0)":"a"}"#) } }),
            (
                "openai-chat",
                { count in
                    (0..<count).map {
                        chunk(
                            #"{"tool_calls":[{"index":\#($0),"id":"i\#($0)","#
                                + #""function":{"name":"f"}}]}"#)
                    }
                }
            ),
            (
                "ollama-generate",
                { count in ["{" + (0..<count * 4).map { #""k\#($0)":1"# }.joined(separator: ",") + "}"] }
            ),
            (
                "gemini-generate",
                { count in (0..<count).map { _ in #"{"candidates":[{"content":{"parts":[{"text":"a"}]}}]}"# } }
            ),
        ]
        for (format, make) in streams {
            let few = try work(format, make(500))
            let many = try work(format, make(4000))
            #expect(many < few * 1.25 + 0.25, "\(format): \(few) for 500 events, \(many) for 4000")
        }
    }

    @Test("numbers of elements that are none are names")
    func strangeNumbers() throws {
        let documents = ["-1", "1e3", "99999999999999999999", "1.5", "0"].map {
            #"{"choices":[{"index":\#($0),"delta":{"content":"\#($0)"}}]}"#
        }
        let json = try joined("openai-chat", documents + documents)
        for number in ["-1", "1e3", "99999999999999999999", "1.5", "0"] {
            #expect(json.contains(#"{"index":\#(number),"message":{"content":"\#(number)\#(number)"}}"#))
        }
        #expect(json.hasPrefix(#"{"choices":[{"index":0,"#))
    }

    @Test("values of other types than expected are taken as they are")
    func strangeTypes() throws {
        for value in ["1", "true", #""s""#, "[]", "{}", "[1,[2],null]", #"{"delta":3}"#] {
            for format in NativeMessage.formatNames {
                var message = NativeMessage(formatName: format)!
                for key in [
                    "choices", "delta", "message", "candidates", "response", "item", "content_block", "interaction",
                ] {
                    for kind in ["message_start", "response.created", "content_block_start", "message-start"] {
                        let document =
                            #"{"type":"\#(kind)","index":0,"output_index":0,"contentBlockIndex":0,"#
                            + #""\#(key)":\#(value)}"#
                        try? message.add(document)
                        try? message.add(
                            #"{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","#
                                + #""text":"a"}}"#)
                        try? message.add(chunk(#"{"content":"a","tool_calls":[{}]}"#))
                    }
                }
                let json = String(decoding: message.json(), as: UTF8.self)
                var check = IncrementalJSON()
                try check.append(json)
                try check.finish()
            }
        }
    }
}
