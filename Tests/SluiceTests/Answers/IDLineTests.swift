import Testing

@testable import Sluice
@testable import SluiceTestSupport

// Many servers number their events by lines of ids. Framing lets such a line go before the event begins, and so it is passed
// over in front of known events: what comes out must be what framing alone makes of it, also of lines that only look alike.

@Suite("lines of ids before known events")
struct IDLineTests {
    static let event = event("a word")

    private static func event(_ text: String) -> String {
        "event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"text_delta\","
            + "\"text\":\"\(text)\"}}\n\n"
    }

    /// What may stand before an event, each in its place of a number.
    private static let lines: [@Sendable (Int) -> String] = [
        { "id: \($0)\n" }, { "id:\($0)\n" }, { "id: 0c5f51d2-7e3f-4a54-9d6e-\(100_000_000_000 + $0)\n" },
        { _ in "id\n" }, { _ in "id:\n" },
        { _ in "id: \n" }, { _ in "id: a\u{0}b\n" }, { "id: é\($0)\n" }, { "id: \($0)\nid: \($0)\n" },
        { "id: \($0)\nretry: 5\n" }, { "retry: 5\nid: \($0)\n" }, { _ in " id: 1\n" }, { _ in "idx: 1\n" },
        { _ in ": comment\n" },
        { "id: \($0)\n\n" }, { "id: \($0)\r\n" }, { "id: \($0)\r" }, { "id: \($0)\r\r" }, { "id: \($0)\r\n\n" },
        { _ in "id: 1\rdata: x\n" }, { _ in "id: \"quoted\"\n" }, { _ in "id: {\"a\":\"\n" }, { _ in "" },
        { _ in "ID: 1\n" },
        { _ in "id: " + String(repeating: "9", count: 40) + "\n" },
        { _ in "id: \u{0}" + String(repeating: "9", count: 40) + "\n" },
        { _ in "id: " + String(repeating: "9", count: 300) + "\n" },
        { _ in "id:data: {\"type\":\"content_block_delta\"}\n" },
    ]

    @Test("each kind of line, among known events", arguments: lines.indices)
    func eachLine(_ index: Int) throws {
        let known = (0..<6).map { "id: \($0)\n" + Self.event }.joined()
        let rest = (6..<10).map { Self.lines[index]($0) + Self.event + "id: \($0)\n" + Self.event }.joined()
        for most in [8192, 40, 39, 2, 1, 0] {
            var limits = Limits()
            limits.maxIDBytes = most
            try TemplateCheck(.anthropicMessages, limits).check(
                Array((known + rest).utf8), sizes: Array(1...8) + Array(120...180) + [1 << 16])
        }
    }

    @Test("drawn lines, at any size of chunks and limits of events", arguments: Seeds.rounds(30))
    func drawn(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        var text = (0..<4).map { "id: \($0)\n" + Self.event }.joined()
        for number in 0..<60 {
            let isPlain = Int.random(in: 0..<3, using: &generator) > 0
            text +=
                Self.lines[isPlain ? 0 : Int.random(in: 0..<Self.lines.count, using: &generator)](number)
            // Of the last, what is wrong is found after it has matched.
            text += Self.event(["a word", "", "\\n", "\\ud83d", "\\q"].randomElement(using: &generator)!)
        }
        var limits = Limits()
        limits.maxIDBytes = [8192, 40, 1].randomElement(using: &generator)!
        limits.maxEventBytes = [1 << 20, Self.event.utf8.count, 60, 12].randomElement(using: &generator)!
        let sizes = (0..<12).map { _ in Int.random(in: 1...600, using: &generator) }
        try TemplateCheck(.anthropicMessages, limits).check(Array(text.utf8), sizes: sizes + [1 << 16])
    }

    @Test("the slow reference reads the same", arguments: lines.indices)
    func reference(_ index: Int) throws {
        let text = (0..<12).map { (number: Int) in
            "id: \(number)\n" + Self.event + (number % 3 == 0 ? Self.lines[index](number) : "") + Self.event
        }
        let bytes = Array(text.joined().utf8)
        let wanted = ReferenceStream.read(bytes, ReferenceTable(.anthropicMessages))
        var reader = DifferentialReader(maxTemplates: 16)
        for _ in 0..<3 {
            #expect(try reader.read(bytes, .anthropicMessages).difference(fromReference: wanted) == nil)
        }
    }
}
