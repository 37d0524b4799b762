import Testing

@testable import Sluice
@testable import SluiceTestSupport

// JSON that looks wrong and is right.

@Suite("odd payloads that are JSON")
struct BadInputOddityTests {
    private static func check(_ payload: String, _ wanted: [String], sourceLocation: SourceLocation = #_sourceLocation)
        throws
    {
        let run = try WireRun(.openAIChat)
        let good = BadInput.event(BadInput.payload)
        let engine = EngineCore()
        for before in [0, 1, 3] {
            let bytes = Array(repeating: good, count: before).flatMap { $0 } + BadInput.event(payload) + good
            let text = "text choice=0 \"T\""
            let lines = Array(repeating: text, count: before) + wanted + [text]
            let log = run.log(Chunks(whole: bytes), engine)
            #expect(log.lines.dropLast() == lines, "\(payload)", sourceLocation: sourceLocation)
            #expect(
                run.difference(from: log, over: [1, 5].map { Chunks(bytes, of: $0) }, engine) == nil,
                sourceLocation: sourceLocation)
        }
    }

    @Test("white space between any two tokens")
    func whiteSpace() throws {
        for space in [" ", "\t", "\n", " \t ", String(repeating: " ", count: 100)] {
            var spread = ""
            var isInString = false
            for character in BadInput.payload {
                if character == "\"" { isInString.toggle() }
                let isToken = !isInString && "{}[],:\"".contains(character)
                spread += isToken && character != "\"" ? space + String(character) + space : String(character)
            }
            // A line end in the data begins a new data line, which a line feed stands for again.
            let lines = spread.split(separator: "\n", omittingEmptySubsequences: false).joined(separator: "\ndata: ")
            try Self.check(lines, ["text choice=0 \"T\""])
        }
    }

    @Test(
        "numbers of every form, read or passed over",
        arguments: [
            ("0", 0), ("-0", 0), ("7", 7), ("12345678", 12_345_678), ("123456789012345678", 123_456_789_012_345_678),
            ("9223372036854775807", Int.max), ("1.5", 1), ("12.0", 12), ("1234567.12345678", 1_234_567),
        ])
    func numbers(_ number: String, _ value: Int) throws {
        try Self.check(
            "{\"x\":[\(number),\(number) ],\"choices\":[],\"usage\":{\"prompt_tokens\":\(number)}}",
            ["usage input=\(value)"])
    }

    @Test(
        "numbers that no integer holds are as if they were not told",
        arguments: [
            "9223372036854775808", "123456789012345678901234567890", "1e400", "1E+2", "2.21e-6", "1.5e3", "-1e-999",
            "\"5\"", "[5]", "{}", "null", "true",
        ])
    func noIntegers(_ value: String) throws {
        try Self.check(
            "{\"x\":\(value),\"choices\":[{\"delta\":{\"content\":\"n\"}}],\"usage\":{\"prompt_tokens\":\(value)}}",
            ["text choice=0 \"n\""])
    }

    @Test(
        "empty objects, arrays, strings and keys",
        arguments: [
            "{}", "{ }", "{\"choices\":[]}", "{\"choices\":{}}", "{\"choices\":[{}]}", "{\"choices\":[[]]}",
            "{\"choices\":[null]}", "{\"choices\":[{\"delta\":{}}]}",
            "{\"choices\":[{\"delta\":[]}]}", "{\"choices\":[{\"delta\":null}]}",
            "{\"choices\":[{\"delta\":{\"content\":\"\"}}]}", "{\"\":\"\"}", "{\"\":{\"\":[]}}",
            "{\"choices\":null}", "{\"choices\":\"\"}", "{\"choices\":0}", "{\"choices\":true}",
            "{\"choices\":[{\"delta\":{\"content\":[]}}]}",
            "{\"choices\":[{\"delta\":{\"content\":{}}}]}",
            "{\"choices\":[{\"delta\":{\"content\":{\"text\":\"no\"}}}]}",
            "{\"choices\":[[{\"delta\":{\"content\":\"no\"}}]]}",
            "{\"Choices\":[{\"delta\":{\"content\":\"no\"}}]}", "{\"choices \":[{\"delta\":{\"content\":\"no\"}}]}",
            "{\"choice\":[{\"delta\":{\"content\":\"no\"}}]}",
            "{\"choices[].delta.content\":\"no\"}", "{\"x\":{\"choices\":[{\"delta\":{\"content\":\"no\"}}]}}",
            "{\"choices\\u0000\":[{\"delta\":{\"content\":\"no\"}}]}",
        ])
    func nothing(_ payload: String) throws {
        try Self.check(payload, [])
    }

    @Test("keys that are written with escapes, and keys that only look alike")
    func keys() throws {
        try Self.check(#"{"\u0063hoices":[{"delta":{"c\u006fntent":"e"}}]}"#, ["text choice=0 \"e\""])
        try Self.check(
            #"{"\u0063\u0068\u006f\u0069\u0063\u0065\u0073":[{"delta":{"content":"e"}}]}"#, ["text choice=0 \"e\""])
        try Self.check(
            #"{"choices":[{"delta":{"content\\":"no","\\content":"no","content":"e"}}]}"#, ["text choice=0 \"e\""])
        try Self.check(#"{"choices":[{"delta":{"content":"a","cont\u0065nt":"b"}}]}"#, ["text choice=0 \"b\""])
        try Self.check(#"{"choices":[{"delta":{"cont\u0065nt":"a","content":"b"}}]}"#, ["text choice=0 \"b\""])
        try Self.check(#"{"choices":[{"delta":{"content":"a","content":null}}]}"#, [])
        try Self.check(#"{"choices":[{"delta":{"content":"a","content":["x"]}}]}"#, [])
        try Self.check(#"{"x\q":1,"choices":[{"delta":{"content":"e"}}]}"#, ["text choice=0 \"e\""])
    }

    @Test("strings with whatever JSON allows in them")
    func strings() throws {
        try Self.check(#"{"choices":[{"delta":{"content":"a\u0000b"}}]}"#, ["text choice=0 \"a\\0b\""])
        try Self.check(
            "{\"choices\":[{\"delta\":{\"content\":\"\u{7F}\u{2028}\u{FEFF}\u{FFFF}\"}}]}",
            ["text choice=0 \"\\x7F\\xE2\\x80\\xA8\\xEF\\xBB\\xBF\\xEF\\xBF\\xBF\""])
        try Self.check(#"{"choices":[{"delta":{"content":"}]{[,:\"\\"}}]}"#, ["text choice=0 \"}]{[,:\\\"\\\\\""])
        try Self.check(
            #"{"x":"\"","choices":[{"delta":{"content":"data: [DONE]"}}]}"#, ["text choice=0 \"data: [DONE]\""])
        for count in [7, 8, 9, 31, 32, 63, 64, 65, 127, 128, 1000] {
            let text = String(repeating: "x", count: count)
            try Self.check("{\"choices\":[{\"delta\":{\"content\":\"\(text)\"}}]}", ["text choice=0 \"\(text)\""])
            try Self.check("{\"choices\":[{\"delta\":{\"content\":\"\(text)\\n\"}}]}", ["text choice=0 \"\(text)\\n\""])
            try Self.check(
                "{\"choices\":[{\"delta\":{\"content\":\"\(text)\\\\\"}}]}", ["text choice=0 \"\(text)\\\\\""])
        }
    }
}
