import Sluice
import SluiceKit
import Testing

@Suite("words")
struct WordTests {
    static let texts = [
        "Hello, world! It's 3.14, isn't it?", "世界你好 привет мир", "a  b\r\nc\n\n", "🇫🇷🇩🇪🇮🇹 👩‍👩‍👧 e\u{301}te\u{301}",
        "can't 'quote' x.y.z 1,000.5 foo_bar", "שלום עולם א\"ב", "สวัสดีครับ", "...---", "", " ", "x",
    ]

    /// The boundaries of the whole text, in bytes.
    private static func boundaries(_ text: String) -> Set<Int> {
        Set(text.matches(of: #/\b/#).map { text.utf8.distance(from: text.startIndex, to: $0.range.lowerBound) })
            .union([0, text.utf8.count])
    }

    @Test("however text is cut, it comes out whole, and cut at its word boundaries only", arguments: texts)
    func cuts(_ text: String) {
        let wanted = Self.boundaries(text)
        let scalars = Array(text.unicodeScalars)
        for size in [1, 2, 3, 5, 8, 100] {
            var words = WordBuffer()
            var pieces: [String] = []
            for start in stride(from: 0, to: scalars.count, by: size) {
                let piece = String(String.UnicodeScalarView(scalars[start..<min(start + size, scalars.count)]))
                if let shown = words.append(piece) { pieces.append(shown) }
            }
            if let rest = words.flush() { pieces.append(rest) }
            #expect(words.pending.isEmpty && words.flush() == nil)
            #expect(pieces.joined().utf8.elementsEqual(text.utf8), "pieces of \(size)")
            var position = 0
            for piece in pieces {
                #expect(!piece.isEmpty)
                position += piece.utf8.count
                #expect(wanted.contains(position), "\(pieces), pieces of \(size)")
            }
        }
    }

    @Test("a word is shown as soon as it is certain that it has ended")
    func soon() {
        var words = WordBuffer()
        #expect(words.append("Hello") == nil)
        #expect(words.append(" ") == "Hello")
        #expect(words.append("can") == " ")
        #expect(words.append("'") == nil)
        #expect(words.append("t") == nil)
        #expect(words.append(".") == nil)
        #expect(words.append(" ") == "can't.")
        #expect(words.pending == " ")
    }

    @Test("no more is held back than the bound says, and characters stay whole", arguments: [1, 7, 64, 256])
    func bound(_ bytes: Int) {
        var words = WordBuffer(maxPendingBytes: bytes)
        var shown = ""
        for _ in 0..<1000 {
            shown += words.append("ab\u{1F469}\u{200D}\u{1F467}c") ?? ""
            #expect(words.pending.utf8.count <= max(bytes, 12))
        }
        shown += words.flush() ?? ""
        #expect(shown == String(repeating: "ab\u{1F469}\u{200D}\u{1F467}c", count: 1000))
        var letters = WordBuffer(maxPendingBytes: bytes)
        var count = 0
        for _ in 0..<10_000 {
            count += letters.append("x")?.utf8.count ?? 0
            #expect(letters.pending.utf8.count <= bytes)
        }
        #expect(count + letters.pending.utf8.count == 10_000)
    }

    @Test("texts of several choices and kinds keep their order, and nothing is held behind what follows them")
    func deltas() throws {
        let lines = [
            #"{"choices":[{"index":0,"delta":{"reasoning_content":"hmm o"}}]}"#,
            #"{"choices":[{"index":0,"delta":{"reasoning_content":"k"}}]}"#,
            #"{"choices":[{"index":0,"delta":{"content":"One tw"}}]}"#,
            #"{"choices":[{"index":1,"delta":{"content":"Uno du"}}]}"#,
            #"{"choices":[{"index":0,"delta":{"content":"o three"}}]}"#,
            #"{"choices":[{"index":1,"delta":{"content":"e"},"finish_reason":"stop"}]}"#,
            #"{"choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"id":"c","function":{"name":"f","arguments":"{"}}]}}]}"#,
            #"{"choices":[{"index":0,"delta":{"content":" fo"}}]}"#,
            #"{"choices":[],"usage":{"prompt_tokens":1,"completion_tokens":2}}"#,
            #"{"choices":[{"index":0,"delta":{"content":"ur"}}]}"#,
        ]
        var parser = StreamParser(format: .openAIChat)
        var words = DeltaWords()
        var shown: [OwnedDelta] = []
        let bytes = Array(lines.map { "data: \($0)\n\n" }.joined().utf8)
        try parser.parse(bytes.span) { shown += words.append(OwnedDelta(copying: $0)) }
        shown += words.flush()
        #expect(words.isEmpty)
        #expect(
            shown.map { "\($0.kind) \($0.choice) \($0.text)" } == [
                "reasoning 0 hmm ", "reasoning 0 ok", "text 0 One ", "text 1 Uno ", "text 0 two ", "text 1 due",
                "finish 1 stop", "text 0 three", "toolCall 0 ", "toolArguments 0 {", "text 0  ", "text 0 fo",
                "usage 0 ", "text 0 ur",
            ])
    }

    @Test("choices are shown in the order in which they began to be held back, and a text of a choice before its next")
    func orderOfChoices() throws {
        func event(_ choice: Int, _ field: String, _ text: String) -> String {
            "data: {\"choices\":[{\"index\":\(choice),\"delta\":{\"\(field)\":\"\(text)\"}}]}\n\n"
        }
        let stream =
            event(7, "content", "a") + event(2, "content", "b") + event(5, "reasoning_content", "c")
            + event(2, "content", "b") + event(7, "content", "a ") + event(5, "content", "d") + event(7, "content", "e")
        var words = DeltaWords()
        var shown: [String] = []
        var parser = StreamParser(format: .openAIChat)
        try parser.parse(Array(stream.utf8).span) { delta in
            shown += words.append(OwnedDelta(copying: delta)).map { "\($0.kind) \($0.choice) \($0.text)" }
        }
        #expect(shown == ["text 7 aa", "reasoning 5 c", "text 7  "])
        let rest = words.flush().map { "\($0.choice) \($0.text)" }
        #expect(rest == ["7 e", "2 bb", "5 d"])
        #expect(words.isEmpty)
    }
}
