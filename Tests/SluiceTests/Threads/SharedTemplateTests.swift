import Testing

@testable import Sluice
@testable import SluiceTestSupport

// What one stream has taught an engine holds for others only as far as they are alike.

@Suite("templates that streams share")
struct SharedTemplateTests {
    private static let document = #"{"choices":[{"index":0,"delta":{"content":"word"}}]}"#
    private static let line = document + "\n"
    private static let event = "data: \(document)\n\n"

    /// OpenAI chat as lines of NDJSON: the format's own rules, in another framing.
    private static var lines: WireFormat {
        var format = WireFormat.openAIChat
        format.framing = .ndjson
        return format
    }

    private func read(_ chunks: [String], _ format: WireFormat, by engine: inout Engine) throws -> (DeltaLog, StreamEnd)
    {
        var stream = TokenStream(format: format)
        var log = DeltaLog()
        for chunk in chunks {
            let bytes = Array(chunk.utf8)
            try log.take(engine.read(bytes.span, of: &stream))
        }
        try log.take(engine.finish(&stream))
        return (log, stream.end)
    }

    /// Reads `chunks` by a fresh engine, and by one that has read many of `taught` before.
    private func check(_ chunks: [String], _ format: WireFormat, taught: String, _ other: WireFormat) throws {
        var fresh = Engine()
        let wanted = try read(chunks, format, by: &fresh)
        var used = Engine()
        _ = try read([String(repeating: taught, count: 12)], other, by: &used)
        let found = try read(chunks, format, by: &used)
        #expect(found.0.deltas == wanted.0.deltas)
        #expect(found.1 == wanted.1)
    }

    @Test("a line of NDJSON is no event of a stream of Server-Sent Events, though its format is known in both framings")
    func linesAmongEvents() throws {
        let stream = Self.event + Self.line + Self.line + Self.event
        try check([stream], .openAIChat, taught: Self.line, Self.lines)
    }

    @Test("an event is no line of NDJSON, whole or cut")
    func eventsAmongLines() throws {
        try check([Self.line + Self.event + Self.line], Self.lines, taught: Self.event, .openAIChat)
        let filler = String(repeating: Self.line, count: 12)
        try check([filler + "data: \(Self.line)", filler], Self.lines, taught: Self.event, .openAIChat)
    }

    @Test("what several rules hand on is decoded for each, and there is room for all of it")
    func severalRulesOfOnePath() throws {
        let format = WireFormat(
            name: "mine", framing: .sse,
            rules: [Rule("t", .text), Rule("t", .reasoning), Rule("t", .refusal), Rule("t", .finish)])
        let event = #"data: {"t":"\n"# + String(repeating: "x", count: 3000) + "\"}\n\n"
        var parser = StreamParser(format: format)
        var kinds: [DeltaKind] = []
        let bytes = Array(String(repeating: event, count: 8).utf8)
        try parser.parse(bytes.span) { delta in
            kinds.append(delta.kind)
            if delta.string != "\n" + String(repeating: "x", count: 3000) { Issue.record("\(delta.string)") }
        }
        #expect(kinds == (0..<8).flatMap { _ in [.text, .reasoning, .refusal, .finish] as [DeltaKind] })
    }
}
