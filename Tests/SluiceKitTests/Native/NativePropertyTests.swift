import Sluice
import Testing

@testable import SluiceKit

/// Documents of all formats, changed at random: none crashes, the object is JSON, and its bytes are counted.
@Suite("native objects of changed documents")
struct NativePropertyTests {
    private struct Random: RandomNumberGenerator {
        var state: UInt64

        mutating func next() -> UInt64 {
            state &+= 0x9E37_79B9_7F4A_7C15
            var value = state
            value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
            value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
            return value ^ (value >> 31)
        }
    }

    /// A member of the documents, with what it has in some format.
    private static let members: [(String, [String])] = [
        (
            "type",
            [
                #""message_start""#, #""content_block_start""#, #""content_block_delta""#, #""message_delta""#,
                #""error""#,
                #""response.created""#, #""response.completed""#, #""response.output_item.added""#,
                #""response.output_text.delta""#, #""response.content_part.added""#, #""message-start""#,
                #""content-start""#, #""content-delta""#, #""tool-call-start""#, #""tool-call-delta""#,
                #""message.output.delta""#, #""tool.execution.delta""#,
            ]
        ),
        ("event_type", [#""step.start""#, #""step.delta""#, #""interaction.created""#, #""text-generation""#]),
        ("message", ["OBJECT"]),
        ("content_block", [#"{"type":"tool_use","input":{}}"#, #"{"type":"text","text":""}"#]),
        (
            "delta",
            [
                #"{"type":"text_delta","text":"a"}"#, #"{"type":"input_json_delta","partial_json":"{\"a\":[1,"}"#,
                #"{"type":"text","text":"b"}"#, #"{"type":"arguments_delta","arguments":"{}"}"#, #""\ud83d""#,
                #""\ude00""#,
                #"{"message":{"content":{"text":"c"},"tool_calls":{"id":"1"}}}"#, #"{"citation":{}}"#, #"{"text":"d"}"#,
                #"{"toolUse":{"input":"{"}}"#,
            ]
        ),
        (
            "choices",
            [
                #"[{"index":0,"delta":{"content":"x","tool_calls":[{"index":1,"id":"a","function":{"name":"f"}}]}}]"#,
                #"[{"delta":{"content":[{"type":"text","text":"y"}],"reasoning_details":[{"index":0,"type":"t"}]}},3]"#,
            ]
        ),
        (
            "candidates",
            [
                #"[{"content":{"parts":[{"text":"a"},{"text":"b","thought":true},{"functionCall":{"name":"f","#
                    + #""partialArgs":[{"jsonPath":"$.a[0].b","stringValue":"c","willContinue":true}],"#
                    + #""willContinue":true}}]}}]"#,
                #"[{"content":{"parts":[{"functionCall":{"partialArgs":[{"jsonPath":"$.a","numberValue":1}]}}]}}]"#,
            ]
        ),
        ("response", [#"{"id":"r","output":[]}"#, #"{"output":[{"content":[]}]}"#, #""text""#]),
        ("item", [#"{"type":"message","content":[]}"#]), ("part", [#"{"type":"output_text","text":""}"#]),
        ("step", [#"{"type":"function_call"}"#]), ("start", [#"{"toolUse":{"name":"f"}}"#]),
        ("bytes", [#""e30=""#, #""e""#]),
        ("index", ["0", "1"]), ("output_index", ["0", "2"]), ("content_index", ["0"]),
        ("contentBlockIndex", ["0", "1"]),
        ("content", [#""z""#, #"{"type":"text","text":"q"}"#]), ("text", [#""t""#]), ("usage", [#"{"n":1}"#]),
    ]
    private static let strange = [
        "null", "true", "-1", "1e999", #""""#, "[]", "{}", "[[]]", #"{"index":-5}"#,
        #"[{"index":"0"},"#
            + #"{"index":1.5},null]"#,
        #"{"type":"text_delta"}"#, "99999999999999999999",
    ]

    private static func document(_ random: inout Random) -> String {
        let count = Int.random(in: 1...7, using: &random)
        let fields = (0..<count).map { _ in
            let (name, values) = members.randomElement(using: &random)!
            let isStrange = Int.random(in: 0..<8, using: &random) == 0
            let value = (isStrange ? strange : values).randomElement(using: &random)!
            let object = #"{"content":[],"id":"m"}"#
            return #""\#(name)":"# + (value == "OBJECT" ? object : value)
        }
        return "{" + fields.joined(separator: ",") + "}"
    }

    private static func size(of tree: JSONTree) -> Int {
        var open = [JSONTree.root]
        var size = 0
        while let node = open.popLast() {
            size += JSONTree.nodeBytes + tree[node].key.count + tree[node].text.count
            open += tree[node].children
        }
        return size
    }

    @Test("any order of any documents", arguments: NativeMessage.formatNames)
    func anyOrder(_ format: String) throws {
        for seed in 0..<150 {
            var random = Random(state: UInt64(seed))
            var message = NativeMessage(formatName: format)!
            for _ in 0..<20 {
                let before = message.json()
                let document = Self.document(&random)
                do {
                    try message.add(document)
                } catch {
                    #expect(message.json() == before, "seed \(seed): \(document) threw \(error.code)")
                }
                #expect(message.heldBytes == Self.size(of: message.tree), "seed \(seed): \(document)")
            }
            var json = IncrementalJSON()
            try json.append(message.json().span)
            try json.finish()
        }
    }

    @Test("bytes changed at random", arguments: NativeMessage.formatNames)
    func changedBytes(_ format: String) throws {
        for seed in 0..<60 {
            var random = Random(state: UInt64(seed) << 32)
            var message = NativeMessage(formatName: format)!
            for _ in 0..<20 {
                var bytes = Array(Self.document(&random).utf8)
                for _ in 0..<Int.random(in: 0...2, using: &random) {
                    bytes[Int.random(in: 0..<bytes.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
                }
                try? message.add(bytes.span)
            }
            var json = IncrementalJSON()
            try json.append(message.json().span)
            try json.finish()
            #expect(message.heldBytes == Self.size(of: message.tree), "seed \(seed)")
        }
    }
}
