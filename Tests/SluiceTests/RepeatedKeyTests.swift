import Testing

@testable import Sluice
@testable import SluiceTestSupport

// Of a repeated key the last value counts, at every depth and within each other, as in readers that build dictionaries.

@Suite("repeated keys")
struct RepeatedKeyTests {
    /// A document of OpenAI chat in which any key of the path to the text may be repeated, and the text that counts.
    private static func document(_ generator: inout SeededGenerator) -> (json: String, text: String) {
        /// One to three members of this name, each with a value drawn anew; null and unknown keys may stand between them.
        func object(
            _ key: String, _ generator: inout SeededGenerator,
            _ value: (inout SeededGenerator) -> (json: String, text: String)
        ) -> (json: String, text: String) {
            var members: [String] = []
            var text = ""
            for _ in 0...Int.random(in: 0..<3, using: &generator) {
                if Int.random(in: 0..<3, using: &generator) == 0 { members.append("\"other\":{\"\(key)\":1}") }
                if Int.random(in: 0..<4, using: &generator) == 0 {
                    members.append("\"\(key)\":null")
                    text = ""
                    continue
                }
                let drawn = value(&generator)
                members.append("\"\(key)\":\(drawn.json)")
                text = drawn.text
            }
            return ("{" + members.joined(separator: ",") + "}", text)
        }
        return object("choices", &generator) { generator in
            let choice = object("delta", &generator) { generator in
                object("content", &generator) { generator in
                    let text = "t\(Int.random(in: 0..<1000, using: &generator))"
                    return ("\"\(text)\"", text)
                }
            }
            return ("[\(choice.json)]", choice.text)
        }
    }

    @Test("the last value counts", arguments: Seeds.rounds(20))
    func lastCounts(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        var engine = Engine()
        var faults: [String] = []
        for _ in 0..<100 {
            let (json, text) = Self.document(&generator)
            let found = MatrixReading(.openAIChat, Chunks(whole: Array("data: \(json)\n\n".utf8)), &engine)
            if found.deltas.map(\.text).joined() != text { faults.append(json) }
        }
        #expect(faults == [])
    }
}
