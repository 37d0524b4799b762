import Testing

@testable import Sluice
@testable import SluiceTestSupport

// Nothing is looked at more than three times, whatever the buffer, the chunks, the format, and whether events are known: the
// engine counts what it searches for delimiters, compares, indexes and checks.

@Suite("bytes examined", .disabled(if: isSanitized, "counts need no sanitizer: make test-release"))
struct ExaminedBytesTests {
    /// What may come on top, whatever the input: comparisons before any has paid, and of the last event.
    static let slack: UInt64 = 32 * 1024
    static let sizes = [1, 64, 256, 700, 1448, 65_536]

    /// Reads all of the chunks, and returns how many bytes were looked at.
    static func examined(
        _ bytes: [UInt8], _ size: Int, _ feeding: Feeding, _ format: WireFormat?, templates: Int = 16
    ) throws -> UInt64 {
        var limits = Limits()
        limits.maxTemplates = templates
        var parser = StreamParser(format: format, limits: limits, layout: feeding.layout)
        do throws(SluiceError) {
            for (number, chunk) in Chunks(bytes, of: size).slices.enumerated() {
                let lent = bytes.span.extracting(chunk.startIndex..<chunk.endIndex)
                if feeding.fills(number) {
                    try parser.fill(lent)
                    var reader = parser.pull()
                    while try reader.nextBatch() != nil {}
                } else {
                    var reader = parser.read(lent)
                    while try reader.nextBatch() != nil {}
                }
            }
            try parser.finish { _ in }
        } catch {
            // What ends a stream ends what is looked at.
        }
        return parser.examinedBytes
    }

    static func check(
        _ bytes: [UInt8], _ format: WireFormat?, sizes: [Int] = sizes, most times: UInt64 = 3, _ name: String,
        _ location: SourceLocation = #_sourceLocation
    ) throws {
        for feeding in Feeding.allCases {
            for size in sizes {
                for templates in [16, 0] {
                    let examined = try examined(bytes, size, feeding, format, templates: templates)
                    let most = times * UInt64(bytes.count) + slack
                    if examined > most {
                        let times = Double(examined) / Double(bytes.count)
                        Issue.record(
                            "\(name), \(feeding), \(size) bytes, \(templates) templates: \(times) times a byte",
                            sourceLocation: location)
                    }
                }
            }
        }
    }

    @Test("of recordings", arguments: CorporaTests.names)
    func recordings(name: String) throws {
        let bytes = Array(try CorporaTests.bytes(name).prefix(150_000))
        try Self.check(bytes, WireFormat.named(name), name)
        try Self.check(bytes, nil, sizes: [64], "\(name), detected")
    }

    private static func chat(_ content: String, _ more: String = "") -> String {
        "{\"choices\":[{\"index\":0,\"delta\":{\"content\":\"\(content)\"\(more)}}]}"
    }

    /// Events known, then one large one, known or not, then known ones again; and streams that nothing is learnt of.
    static let made: [(name: String, format: WireFormat, bytes: [UInt8])] = {
        let event = { (document: String) in "data: \(document)\n\n" }
        let line = { (document: String) in document + "\n" }
        let known = (0..<300).map { event(chat(" word\($0)")) }.joined()
        let large = String(repeating: "0123456789abcde ", count: 12_500)
        let ollama = (0..<300).map { line("{\"response\":\"w\($0)\",\"done\":false}") }.joined()
        var all: [(String, WireFormat, String)] = [
            ("large among known", .openAIChat, known + event(chat(large)) + known),
            ("large with more behind", .openAIChat, known + event(chat(large, ",\"x\":[1]")) + known),
            ("large with escapes", .openAIChat, known + event(chat(large.replacing("a", with: "\\n"))) + known),
            ("large of another kind", .openAIChat, known + event("{\"choices\":[],\"x\":\"\(large)\"}") + known),
            (
                "large and never ended", .openAIChat,
                known + "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"" + large
            ),
            (
                "large without a quote", .openAIChat,
                known + event("{\"choices\":[{\"index\":0,\"delta\":{\"content\":\"\(large)") + known
            ),
            (
                "several large", .openAIChat,
                known + (0..<4).map { event(chat(large.prefix(50_000) + "\($0)")) }.joined()
            ),
            (
                "large line among known", .ollamaGenerate,
                ollama + line("{\"response\":\"\(large)\",\"done\":false}") + ollama
            ),
            (
                "large line of another kind", .ollamaGenerate,
                ollama + line("{\"x\":\"\(large)\",\"done\":false}") + ollama
            ),
            ("long id", .openAIChat, (0..<40).map { "id: \(large.prefix(7000))\($0)\n" + event(chat("a")) }.joined()),
            ("ids alone", .openAIChat, known + (0..<40).map { "id: \(large.prefix(7000))\($0)\n" }.joined()),
            (
                "many lines", .openAIChat,
                known + "data: {\n" + String(repeating: "data:  \n", count: 20_000) + "data: }\n\n"
            ),
            ("comments", .openAIChat, known + String(repeating: ": \(large.prefix(900))\n", count: 200)),
            ("fields that mean nothing", .openAIChat, known + String(repeating: "x\(large.prefix(900))\n", count: 200)),
            ("large and unread", .openAIChat, known + event("{\"x\":\"\(large)\"}") + known),
            (
                "unread", .anthropicMessages,
                (0..<400).map { event("{\"type\":\"news\($0)\",\"of\":\"\(large.prefix(300))\"}") }.joined()
            ),
            (
                "unread, of changing keys", .openAIChat,
                (0..<400).map { event("{\"k\($0)\":[{\"of\":\"\(large.prefix(300))\"}]}") }.joined()
            ),
            (
                "errors", .openAIChat,
                (0..<400).map { event("{\"error\":{\"n\":\($0),\"message\":\"\(large.prefix(300))\"}}") }.joined()
            ),
            (
                "text among known", .rawText,
                (0..<200).map { event("word \($0)") }.joined() + event(large) + event("end")
            ),
        ]
        // No two events alike, nor as their neighbours but to their ends.
        all.append(
            (
                "never alike", .openAIChat,
                (0..<1500).map {
                    event(
                        chat(
                            "w",
                            ",\"k\($0)\":\(String(repeating: "[", count: $0 % 7) + String(repeating: "]", count: $0 % 7))"
                        ))
                }
                .joined()
            ))
        let middles = (0..<24).map {
            "{\"id\":\"\(large.prefix(300))\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"w\"},\"k\($0)\":1}]}"
        }
        all.append(("alike up to their ends", .openAIChat, (0..<1200).map { event(middles[($0 * 7) % 24]) }.joined()))
        return all.map { ($0.0, $0.1, Array($0.2.utf8)) }
    }()

    @Test("of events made to be looked at often", arguments: made.indices)
    func looked(number: Int) throws {
        let (name, format, bytes) = Self.made[number]
        // An error is indexed once more for its details.
        try Self.check(bytes, format, most: name == "errors" ? 5 : 3, name)
    }

    @Test("of 2 MB behind known events, 64 bytes at a time, in every buffer")
    func drip() throws {
        let known = (0..<100).map { "data: \(Self.chat(" word\($0)"))\n\n" }.joined()
        let large = String(repeating: "0123456789abcde ", count: 131_072)
        let bytes = Array((known + "data: \(Self.chat(large))\n\n" + known).utf8)
        try Self.check(bytes, .openAIChat, sizes: [64], "2 MB")
    }

    @Test("of messages of Amazon's, whole, damaged and among garbage")
    func messages() throws {
        let text = String(repeating: "0123456789abcde ", count: 2000)
        let messages = (0..<20).map {
            AWSMessage(
                payload: "{\"contentBlockIndex\":0,\"delta\":{\"text\":\"\(text)\($0)\"}}", event: "contentBlockDelta"
            ).bytes
        }
        try Self.check(messages.flatMap(\.self), .bedrock, "messages")
        var damaged = messages
        for index in damaged.indices where index % 3 == 1 { damaged[index][9] ^= 0xFF }
        try Self.check(damaged.flatMap(\.self), .bedrock, sizes: [1, 64, 1448, 65_536], "damaged messages")
        for garbage: [UInt8] in [[0], [0, 0, 1, 0], [0, 16, 0, 0, 0, 0], [1, 2, 3, 4, 5]] {
            let bytes = [[UInt8]](repeating: garbage, count: 60_000 / garbage.count).flatMap(\.self)
            try Self.check(bytes, .bedrock, sizes: [1, 64, 65_536], most: 9, "garbage \(garbage)")
        }
    }
}
