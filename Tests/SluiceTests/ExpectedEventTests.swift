import Sluice
import Testing

@testable import SluiceTestSupport

// Events that look like the ones before them are compared with what is expected, and not walked. Whatever an event has, or lacks, it
// gives what it gives alone, when nothing is expected yet.

@Suite("events that look as expected, or almost")
struct ExpectedEventTests {
    private static func chat(
        before: String = "", _ first: String = "\"id\":\"x1\",\"n\":17", choice: String = "\"index\":0",
        delta: String = "\"content\":\" word\"", afterDelta: String = ",\"finish_reason\":null",
        after: String = ",\"end\":true"
    ) -> String {
        "{\(before)\(first),\"choices\":[{\(choice),\"delta\":{\(delta)}\(afterDelta)}]\(after)}"
    }

    /// Each a document in place of `chat()`.
    static let variants: [String] = [
        chat(),
        // Members that no path leads into come in addition, are missing, or differ.
        chat(before: "\"new\":1,"), chat("\"id\":\"x1\",\"new\":{\"a\":[1,{\"b\":\"}\"}]},\"n\":17"),
        chat("\"id\":\"x1\""),
        chat("\"id\":\"y\",\"n\":17"), chat("\"id\":\"x1\",\"n\":-1.5e3"), chat("\"n\":17,\"id\":\"x1\""),
        chat("\"id\":\"x1\",\"n\":17,\"n\":18"), chat("\"id\":null,\"n\":\"17\""), chat("\"id\":\"x1\",\"n\":[17]"),
        chat(choice: "\"index\":0,\"new\":false"), chat(choice: "\"new\":\"\",\"index\":0"),
        chat(delta: "\"content\":\" word\",\"new\":0"), chat(delta: "\"new\":0,\"content\":\" word\""),
        chat(after: ""), chat(after: ",\"end\":true,\"new\":{}"), chat(after: ",\"new\":\"\",\"end\":true"),
        chat(after: ",\"end\":false"),
        // What paths lead to comes in addition, is missing, or differs.
        chat(afterDelta: ",\"finish_reason\":\"stop\""), chat(afterDelta: ""), chat(choice: "\"index\":1"),
        chat(choice: "\"index\":11"),
        chat(choice: "\"index\":-1"), chat(choice: "\"index\":\"0\""), chat(choice: "\"n\":0"),
        chat(delta: "\"content\":null"),
        chat(delta: "\"content\":7"), chat(delta: "\"content\":\"\""), chat(delta: ""),
        chat(delta: "\"reasoning\":\" word\""),
        chat(delta: "\"content\":\" word\",\"reasoning\":\"r\""), chat(delta: "\"content\":\"a\",\"content\":\"b\""),
        chat(delta: "\"cont\\u0065nt\":\" word\""), chat(delta: "\"c\\u006fntent\":\" word\",\"content\":\" more\""),
        chat(after: ",\"end\":true,\"usage\":{\"prompt_tokens\":3,\"completion_tokens\":4}"),
        chat(after: ",\"error\":{\"message\":\"m\"}"),
        "{\"choices\":[]}", "{}",
        // The same value in other words.
        chat(delta: "\"content\":\" w\\u006frd\\n\""), chat(delta: "\"content\": \" word\" "), chat(before: " "),
        chat("\"id\" : \"x1\" , \"n\" :17\t"), chat(delta: "\"content\":\"\(String(repeating: "long ", count: 900))\""),
        chat(delta: "\"content\":\"\\ud83d\\ude00 \\\" }],\""), chat(after: ",\"end\":true  "),
        // No JSON.
        chat("\"id\":\"x1\",\"n\":017"), chat("\"id\":\"x1\",\"n\":1e"), chat("\"id\":\"x1\",\"n\":"),
        chat(choice: "\"index\":00"),
        chat(choice: "\"index\":0x"), chat(delta: "\"content\":\" word\"x"), chat(delta: "\"content\" \" word\""),
        chat(after: ",\"end\":tru"), chat(after: ",\"new\":nul,\"end\":true"), chat(after: ",\"new\" 1,\"end\":true"),
        chat(after: ",\"end\":true,"),
        chat(after: "]"), chat() + "}", chat() + chat(), String(chat().dropLast()), chat(delta: "\"content\":\"\\x\""),
    ]

    private static func told(_ text: String, chunk: Int = .max, layout: BufferLayout? = nil) throws -> [String] {
        var limits = Limits()
        limits.maxTemplates = 0
        var parser = StreamParser(format: .openAIChat, limits: limits, layout: layout ?? .linear)
        var told: [String] = []
        func note(_ delta: borrowing Delta) {
            told.append(
                "\(delta.kind) \(delta.choice) \(delta.string) \(delta.inputTokens ?? -1) \(delta.outputTokens ?? -1) "
                    + "\(delta.problem.map { "\($0.code) \($0.detail)" } ?? "")")
        }
        let bytes = Array(text.utf8)
        for start in stride(from: 0, to: bytes.count, by: chunk == .max ? max(bytes.count, 1) : chunk) {
            let end = chunk == .max ? bytes.count : min(start + chunk, bytes.count)
            if layout == nil {
                try parser.parse(bytes.span.extracting(start..<end)) { note($0) }
            } else {
                try parser.fill(bytes.span.extracting(start..<end))
                var reader = parser.pull()
                while let delta = try reader.next() { note(delta) }
            }
        }
        return told
    }

    @Test("an event gives what it gives alone", arguments: [Int.max, 7, 64, 1])
    func alone(chunk: Int) throws {
        func event(_ document: String) -> String { "data: \(document)\n\n" }
        let known = event(Self.chat())
        let usual = try Self.told(known)
        for (number, variant) in Self.variants.enumerated() {
            let single = try Self.told(event(variant))
            // Two that are alike, since the second may be expected; and then what was usual.
            let stream =
                String(repeating: known, count: 6) + event(variant) + event(variant) + known + event(variant) + known
            let expected = Array(repeating: usual, count: 6).flatMap { $0 } + single + single + usual + single + usual
            for layout in [BufferLayout?.none, .mirrored] {
                let found = try Self.told(stream, chunk: chunk, layout: layout)
                #expect(
                    Self.withoutNumbers(found) == Self.withoutNumbers(expected),
                    "variant \(number): \(variant.prefix(200))")
            }
        }
    }

    /// The texts of errors say at which byte of the stream they are.
    private static func withoutNumbers(_ told: [String]) -> [String] {
        told.map { $0.hasPrefix("malformed") ? String($0.filter { !$0.isNumber }) : $0 }
    }
}
