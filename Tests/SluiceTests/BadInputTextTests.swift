import Testing

@testable import Sluice
@testable import SluiceTestSupport

// Strings with bytes that are not UTF-8, escapes that JSON does not know, and halves of surrogate pairs.

@Suite("strings that are not text")
struct BadInputTextTests {
    static let invalidUTF8: [[UInt8]] = [
        [0x80], [0xBF], [0xC0, 0xAF], [0xC1, 0xBF], [0xC3], [0xC3, 0x28], [0xE2, 0x82], [0xE2, 0x28, 0xA1],
        [0xE0, 0x80, 0xAF], [0xED, 0xA0, 0x80],
        [0xED, 0xBF, 0xBF], [0xF0, 0x9F, 0x99], [0xF0, 0x80, 0x80, 0xAF], [0xF4, 0x90, 0x80, 0x80],
        [0xF5, 0x80, 0x80, 0x80], [0xF8, 0x88, 0x80, 0x80, 0x80],
        [0xFE], [0xFF], [0xC3, 0xA4, 0xA4],
    ]

    @Test("bytes that are not UTF-8, in text, in keys and in what is passed over", arguments: invalidUTF8)
    func brokenUTF8(_ bytes: [UInt8]) throws {
        let run = try WireRun(.openAIChat)
        for place in ["T", "t", "x", "id", "content", "skip"] {
            let bad = BadInput.edited("\"\(place)\"", Array("\"\(place)".utf8) + bytes + Array("..\"".utf8))
            #expect(
                BadInput.problem(bad, .invalidUTF8, run, isCutEverywhere: place == "T") == nil, "\(bytes) in \(place)")
        }
    }

    static let invalidEscapes = [
        "\\x", "\\x41", "\\'", "\\0", "\\a", "\\v", "\\U0041", "\\u", "\\u1", "\\u12", "\\u123", "\\u123g", "\\u 123",
        "\\u+123", "\\uD83D\\u", "\\uD83D\\x",
        "\\u{41}", "\\ ", "\\é", "\\1", "ok\\u00e9\\q", "\\\\\\u00", "0123456789012345678901234567890\\q",
    ]

    @Test("escapes that JSON does not know, in a string that is read", arguments: invalidEscapes)
    func brokenEscapes(_ escape: String) throws {
        let run = try WireRun(.openAIChat)
        let bad = BadInput.edited("\"T\"", "\"T\(escape)\"")
        #expect(BadInput.problem(bad, .invalidEscape, run, isCutEverywhere: true) == nil)
        let tool = "\"tool_calls\":[{\"id\":\"\(escape)\",\"function\":{\"arguments\":\"{}\"}}]"
        #expect(
            BadInput.problem(BadInput.edited("\"content\":\"T\"", tool), .invalidEscape, run) == nil, "a tool call's id"
        )
        let error = BadInput.edited("\"ok\":false", "\"error\":\"\(escape)\"")
        #expect(BadInput.problem(error, .invalidEscape, run) == nil, "an error")
    }

    @Test("a bad escape behind a good string of the same event takes both, and tells nothing of them")
    func nothingHalf() throws {
        let run = try WireRun(.openAIChat)
        for payload in [
            "{\"choices\":[{\"delta\":{\"reasoning_content\":\"r\",\"content\":\"\\q\"},\"finish_reason\":\"stop\"}],\"usage\":{\"prompt_tokens\":1}}",
            "{\"usage\":{\"prompt_tokens\":1},\"error\":\"e\",\"choices\":[{\"delta\":{\"content\":\"\\ud83d\"}},{\"delta\":{\"content\":\"\\q\"}}]}",
        ] {
            #expect(
                BadInput.problem(Array(payload.utf8), .invalidEscape, run, isCutEverywhere: true) == nil, "\(payload)")
        }
    }

    @Test("an event that cannot be read takes no tool's number and is no terminal marker")
    func noTraces() throws {
        func event(_ text: String, _ finish: String) -> [UInt8] {
            let call = "{\"functionCall\":{\"name\":\"f\",\"args\":{}}}"
            let content = "{\"parts\":[\(call),{\"text\":\"\(text)\"}]}"
            return BadInput.event("{\"candidates\":[{\(finish)\"content\":\(content)}]}")
        }
        let run = try WireRun(.geminiGenerate)
        let bad = event("\\q", "\"finishReason\":\"STOP\",")
        let bytes = bad + event("a", "")
        let log = run.log(Chunks(whole: bytes))
        let wanted = [
            "malformed invalid-escape offset=0 event=1", "tool_call choice=0 tool=0 counted id=\"\" name=\"f\"",
            "tool_arguments choice=0 tool=0 counted whole \"{}\"", "text choice=0 \"a\"",
            "end truncated frames=2 deltas=3",
        ]
        #expect(log.lines == wanted)
        #expect(run.difference(from: log, over: Chunks.everySplit(of: bytes), feedings: [.borrowed]) == nil)
    }

    @Test("of more halves than are waited for, each is told: the last at once, the others at the end")
    func manyHalves() throws {
        let run = try WireRun(.openAIChat)
        let bytes = (0..<70).flatMap { choice in
            BadInput.event("{\"choices\":[{\"index\":\(choice),\"delta\":{\"content\":\"a\\ud83c\"}}]}")
        }
        let rest = (0..<70).flatMap { choice in
            BadInput.event("{\"choices\":[{\"index\":\(choice),\"delta\":{\"content\":\"\\udf0a\"}}]}")
        }
        let log = run.log(Chunks(whole: bytes))
        #expect(log.lines.filter { $0.contains("\u{FFFD}") }.count == 70)
        #expect(log.lines.last == "end truncated frames=70 deltas=134")
        let whole = run.log(Chunks(whole: bytes + rest))
        #expect(whole.lines.filter { $0.contains("🌊") }.count == 64)
        #expect(whole.lines.filter { $0.contains("\u{FFFD}") }.count == 12)
        for (input, wanted) in [(bytes, log), (bytes + rest, whole)] {
            #expect(run.difference(from: wanted, over: [1, 7, 64, 500].map { Chunks(input, of: $0) }) == nil)
        }
    }

    @Test("escapes that are wrong in a string that is passed over are not looked at")
    func escapesPassedOver() throws {
        let run = try WireRun(.openAIChat)
        for escape in Self.invalidEscapes {
            let event = BadInput.event(BadInput.edited("\"t\"", "\"t\(escape)\""))
            #expect(
                run.log(Chunks(whole: event)).lines == ["text choice=0 \"T\"", "end truncated frames=1 deltas=1"],
                "\(escape)")
        }
    }

    @Test(
        "halves of surrogate pairs become U+FFFD, one for each",
        arguments: [
            ("\\ud800", "�"), ("\\udc00", "�"), ("\\udfff\\ud800", "��"), ("\\ud800\\ud800", "��"),
            ("\\ud83d\\ud83d\\ude00", "�😀"), ("\\ud83dx\\ude00", "�x�"),
            ("\\ud83d\\n", "�\\n"), ("\\ud83d\\u0041", "�A"), ("\\ud83d\\ude00", "😀"),
            ("\\uDBFF\\uDFFF", "\\xF4\\x8F\\xBF\\xBF"), ("\\ude00\\ud83d", "��"), ("\\ud83dä", "�ä"),
        ])
    func surrogates(_ escaped: String, _ text: String) throws {
        let run = try WireRun(.openAIChat)
        let bytes = BadInput.event(BadInput.edited("\"T\"", "\"\(escaped)\""))
        let log = run.log(Chunks(whole: bytes))
        let joined = log.lines.dropLast().map { $0.dropFirst("text choice=0 \"".count).dropLast() }.joined()
        #expect(joined == text)
        #expect(run.difference(from: log, over: Chunks.everySplit(of: bytes)) == nil)
    }

    @Test("a half at the end of one choice waits for its own choice and kind")
    func surrogatesOfChoices() throws {
        func chat(_ choice: Int, _ text: String) -> String {
            "data: {\"choices\":[{\"index\":\(choice),\"delta\":{\"content\":\"\(text)\"}}]}\n\n"
        }
        let run = try WireRun(.openAIChat)
        let bytes = Array(
            (chat(0, "\\ud83d") + chat(1, "\\ud83d") + chat(1, "\\ude00") + chat(2, "\\ude00") + chat(0, "\\ude01"))
                .utf8)
        let log = run.log(Chunks(whole: bytes))
        #expect(
            log.lines == [
                "text choice=1 \"😀\"", "text choice=2 \"�\"", "text choice=0 \"😁\"", "end truncated frames=5 deltas=3",
            ])
        #expect(run.difference(from: log, over: Chunks.everySplit(of: bytes), feedings: [.borrowed]) == nil)
    }

    @Test(
        "an empty piece is none: halves that wait are told at the end in the order of their coming", arguments: [0, 16])
    func emptyPieces(maxTemplates: Int) throws {
        func chat(_ choice: Int, _ text: String) -> String {
            "data: {\"choices\":[{\"index\":\(choice),\"delta\":{\"content\":\"\(text)\"}}]}\n\n"
        }
        var run = try WireRun(.openAIChat)
        run.limits.maxTemplates = maxTemplates
        let pieces = [chat(0, "a\\ud83d"), chat(1, "b\\ud83d"), chat(0, ""), chat(0, ""), chat(0, "")]
        let log = run.log(Chunks(whole: Array(pieces.joined().utf8)))
        #expect(
            log.lines == [
                "text choice=0 \"a\"", "text choice=1 \"b\"", "text choice=0 \"\u{FFFD}\"",
                "text choice=1 \"\u{FFFD}\"",
                "end truncated frames=5 deltas=4",
            ])
    }
}
