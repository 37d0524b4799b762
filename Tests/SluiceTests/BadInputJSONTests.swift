import Testing

@testable import Sluice
@testable import SluiceTestSupport

// Payloads that break JSON's grammar (RFC 8259), each in one place: one malformed delta, and nothing else changes.

@Suite("payloads that are not JSON")
struct BadInputJSONTests {
    /// What is replaced in the payload, and by what.
    typealias Edit = (String, String)

    static let structure: [Edit] = [
        ("\"x\",", "\"x\" "), ("12,\"f\"", "12 \"f\""), ("[1,true", "[1 true"), ("}]},\"ok\"", "}]}\"ok\""),
        ("false,", "false"),
        ("\"id\":", "\"id\" "), ("\"n\":12", "\"n\" 12"), ("\"content\":", "\"content\""), ("\"skip\":{", "\"skip\"{"),
        ("\"id\"", "\"id"), ("\"id\"", "id\""), ("\"id\"", "id"), ("\"id\"", "'id'"), ("\"T\"", "\"T"),
        ("\"T\"", "T\""), ("\"T\"", "T"),
        ("\"T\"", "'T'"), ("\"t\"", "t"), ("\"id\":\"x\"", "1:\"x\""), ("\"id\":\"x\"", "null:\"x\""),
        ("\"id\":\"x\"", "{}:1"),
        ("\"id\":\"x\"", "\"id\""), ("\"id\":\"x\"", ":\"x\""), ("\"id\":\"x\"", "\"id\":"), ("\"s\":\"t\"", "\"s\""),
        ("\"s\":\"t\"", "\"s\":"),
        ("{\"id\"", "{,\"id\""), ("\"x\",", "\"x\",,"), ("12,", "12,,"), ("[1,", "[,1,"), ("[1,", "[1,,"),
        ("null,", ","),
        ("\"id\":", "\"id\"::"), ("\"a\":", "\"a\":,"), ("\"t\"}]", "\"t\"},]"), ("\"t\"}", "\"t\",}"),
        ("\"T\"}", "\"T\",}"), ("\"T\"}}]", "\"T\"}},]"),
        ("\"T\"}}]}", "\"T\"}}],}"), ("\"t\"}]}", "\"t\"]}"), ("\"t\"}]}", "\"t\"}}"), ("\"t\"}]}", "\"t\"}]"),
        ("\"t\"}]}", "\"t\"]}}"),
        ("\"t\"}]}", "\"t\"}]]"), ("\"T\"}}]}", "\"T\"}}]"), ("\"T\"}}]}", "\"T\"}]}"), ("\"T\"}}]}", "\"T\"}}}"),
        ("\"T\"}}]}", "\"T\"}}]}}"),
        ("\"T\"}}]}", "\"T\"}}]]"), ("\"T\"}}]}", "\"T\"}}]}]"), ("\"T\"}}]}", "\"T\"}]}}"), ("\"T\"}}]}", "\"T\""),
        ("\"choices\":[", "\"choices\":{"),
        ("\"choices\":[{", "\"choices\":[["), ("\"delta\":{", "\"delta\":["), ("[{\"index\"", "[\"index\""),
        ("{\"a\":[1", "{\"a\":1"),
        ("{\"a\":[1", "[\"a\":[1"), ("[1,true", "[\"k\":1,true"), ("[1,true", "[1:true"), ("{\"id\"", "{{\"id\""),
        ("{\"id\"", "\"id\""),
        ("12,", "12/* c */,"), ("12,", "12,//c "), ("12,", "12;"), ("\"t\"", "\"t\" \"u\""), ("\"T\"", "\"T\"\"U\""),
        ("\"T\"", "\"T\"U"), ("\"T\"", "U\"T\""),
        ("\"t\"", "\"t\"u"), ("\"t\"", "1\"t\""), ("true", "true\"t\""), ("12", "12\"t\""), ("12", "{}12"),
        ("\"T\"", "\\\"T\""), ("12", "\\12"), ("12", "1\\2"),
    ]
    static let trailing = [
        "x", "{}", ",", "]", "}", "\"", "1", "null", ":", " x", " {}", "\\", "\u{FEFF}", "\u{0}", "/", ",{\"id\":1}",
    ]

    static let numbers = [
        "01", "00", "-01", "1.", "-1.", "1.e5", ".5", "-.5", "+1", "+", "-", "--1", "1-", "1+1", "1e", "1E", "1e+",
        "1e-", "1e1.5", "1e+-1",
        "1ee1", "e1", "0x1F", "0b1", "0o7", "1_000", "1,000", "1.2.3", "1..2", "1a", "12 34", "NaN", "nan", "Infinity",
        "-Infinity", "inf",
        "-NaN", "1f", "1L", "$1", "١", "１", "1\u{A0}", "1234567812345678x", "12345678.12345678.", "1e12345678e", "0e",
        "-0.", "0.e1", "1\u{0}",
    ]
    static let literals = [
        "nul", "nulll", "Null", "NULL", "none", "None", "nil", "undefined", "tru", "truee", "True", "TRUE", "t", "fals",
        "falsee", "False", "f",
        "n", "nullnull", "truefalse", "true false", "null1", "1null", "yes", "on", "#", "@", "`", "\u{7F}", "null\u{0}",
        "tru\u{0}",
    ]

    @Test("brackets, commas, colons and quotes that are missing, doubled or out of place", arguments: structure.indices)
    func brokenStructure(_ index: Int) throws {
        let (old, new) = Self.structure[index]
        let run = try WireRun(.openAIChat)
        let problem = BadInput.problem(BadInput.edited(old, new), .malformedPayload, run, isCutEverywhere: true)
        #expect(problem == nil, "\(old) made \(new)")
    }

    @Test("bytes behind the document", arguments: trailing)
    func trailingBytes(_ bytes: String) throws {
        let bad = Array((BadInput.payload + bytes).utf8)
        #expect(BadInput.problem(bad, .malformedPayload, try WireRun(.openAIChat), isCutEverywhere: true) == nil)
    }

    @Test("numbers of forms that JSON does not have, read or passed over", arguments: numbers)
    func brokenNumbers(_ number: String) throws {
        let run = try WireRun(.openAIChat)
        for (old, new) in [
            ("12", number), ("-0.5e+3", number + " "), ("\"index\":0", "\"index\":\(number)"), ("[1,", "[\(number),"),
            ("\"t\"", number), ("\"T\"", number), ("\"ok\":false", "\"usage\":{\"prompt_tokens\":\(number)}"),
        ] {
            #expect(BadInput.problem(BadInput.edited(old, new), .malformedPayload, run) == nil, "\(old) made \(new)")
        }
    }

    @Test("literals that JSON does not have, read or passed over", arguments: literals)
    func brokenLiterals(_ literal: String) throws {
        let run = try WireRun(.openAIChat)
        for (old, new) in [
            ("false", literal), ("null", literal), ("true", literal), ("\"T\"", literal), ("12", literal),
            ("\"index\":0", "\"index\":\(literal)"), ("\"ok\":false", "\"error\":\(literal)"),
        ] {
            #expect(BadInput.problem(BadInput.edited(old, new), .malformedPayload, run) == nil, "\(old) made \(new)")
        }
    }

    @Test("control bytes in strings, read or passed over")
    func controlBytesInStrings() throws {
        let run = try WireRun(.openAIChat)
        for byte in UInt8(0)..<0x20 where byte != 0x0A && byte != 0x0D {
            for place in ["T", "t", "id", "content", "choices"] {
                let bad = BadInput.edited("\"\(place)\"", Array("\"\(place)".utf8) + [byte, 0x22])
                #expect(BadInput.problem(bad, .malformedPayload, run) == nil, "\(byte) in \(place)")
            }
        }
    }

    @Test("control bytes and foreign spaces between tokens")
    func controlBytesBetweenTokens() throws {
        let run = try WireRun(.openAIChat)
        var spaces: [[UInt8]] = ["\u{7F}", "\u{A0}", "\u{2028}", "\u{3000}", "\u{FEFF}", "\u{85}"].map {
            Array($0.utf8)
        }
        for byte in UInt8(0)..<0x20 where ![9, 10, 13].contains(byte) { spaces.append([byte]) }
        for space in spaces {
            for (before, after) in [
                ("{", "\"id\""), ("12", ",\"f\""), ("\"x\"", ","), ("\"content\"", ":"), ("\"content\":", "\"T\""),
                ("[", "1,"), ("}", "]}"),
            ] {
                let bad = BadInput.edited(before + after, Array(before.utf8) + space + Array(after.utf8))
                #expect(BadInput.problem(bad, .malformedPayload, run) == nil, "\(space) between \(before) and \(after)")
            }
        }
    }

    @Test("documents that are no objects")
    func noObjects() throws {
        let run = try WireRun(.openAIChat)
        let good = [
            "[1,2]", "[{\"choices\":[]}]", "17", "-0.5", "\"text\"", "true", "false", " [ ] ", "[[[]]]",
        ]
        for payload in good {
            #expect(BadInput.problem(Array(payload.utf8), .unexpectedPayload, run) == nil, "\(payload)")
        }
        let bad = [
            "text", "[1", "]", "}", "{", "17 18", "truth", "\"", "'a'", "[]x", "nul", "01", "[1,]", "{]", "[}", ",",
            "-",
        ]
        for payload in bad {
            let (bytes, wanted) = BadInput.stream(Array(payload.utf8), .malformedPayload)
            let lines = run.log(Chunks(whole: bytes)).lines
            let isArray = payload.hasPrefix("[")  // of an array no more is read than its bracket
            #expect(
                lines == wanted || isArray && lines == BadInput.stream(Array(payload.utf8), .unexpectedPayload).wanted,
                "\(payload)")
        }
    }
}
