import Sluice
import Testing

@testable import SluiceTestSupport

// The examples of the doc comments, compiled and run. DocExampleTests compares the texts: between `example:` and `end`
// stands what the doc comment of that type says, line by line.

enum DocExamples {
    static let all: [(name: String, run: @Sendable () throws -> Void)] = [
        ("StreamParser", streamParser), ("Engine", engine), ("TokenStream", tokenStream), ("DeltaReader", deltaReader),
        ("DeltaBatch", deltaBatch),
        ("Delta", delta), ("DeltaKind", deltaKind), ("DeltaKinds", deltaKinds), ("StreamEnd", streamEnd),
        ("SluiceError", sluiceError),
        ("Limits", limits), ("OwnedDelta", ownedDelta),
        ("Accumulator", accumulator), ("FrameParser", frameParser), ("FrameReader", frameReader), ("Frame", frame),
        ("Framing", framing),
        ("BufferLayout", bufferLayout), ("WireFormat", wireFormat), ("Field", field), ("Rule", rule),
        ("Condition", condition), ("ParallelParser", parallelParser), ("ParallelOutcome", parallelOutcome),
        ("ToolOrigin", toolOrigin), ("UnreadKind", unreadKind), ("ErrorDetails", errorDetails),
    ]

    private static func assert(_ condition: Bool, sourceLocation: SourceLocation = #_sourceLocation) {
        #expect(condition, "an example says what does not hold", sourceLocation: sourceLocation)
    }
    private static func print(_ items: Any..., terminator: String = "\n") {}

    static func streamParser() throws {
        // example: StreamParser
        var parser = StreamParser(format: .openAIChat)
        let chunk: [UInt8] = Array("data: {\"choices\":[{\"delta\":{\"content\":\"Hi\"}}]}\n\ndata: [DONE]\n\n".utf8)
        try parser.parse(chunk.span) { delta in
            if delta.kind == .text { print(delta.string, terminator: "") }
        }
        let end = try parser.finish { _ in }
        assert(end.status == .complete)
        // end
    }

    static func engine() throws {
        // example: Engine
        var engine = Engine()
        var first = TokenStream(format: .openAIChat)
        var second = TokenStream(format: .textField)
        let chunk: [UInt8] = Array("data: {\"choices\":[{\"delta\":{\"content\":\"Hi\"}}]}\n\n".utf8)
        var reader = engine.read(chunk.span, of: &first)
        while let delta = try reader.next() { assert(delta.string == "Hi") }
        let other: [UInt8] = Array("data: {\"text\":\"Ho\"}\n\n".utf8)
        reader = engine.read(other.span, of: &second)
        while let delta = try reader.next() { assert(delta.string == "Ho") }
        // end
    }

    static func tokenStream() throws {
        // example: TokenStream
        var engine = Engine()
        var stream = TokenStream(format: .ollamaGenerate)
        let chunk: [UInt8] = Array("{\"response\":\"Hi\",\"done\":true}\n".utf8)
        try engine.fill(chunk.span, of: &stream)
        var reader = engine.pull(&stream)
        while let delta = try reader.next() { print(delta.string) }
        assert(stream.end.status == .complete)
        // end
    }

    static func deltaReader() throws {
        // example: DeltaReader
        var parser = StreamParser(format: .textField)
        let chunk: [UInt8] = Array("data: {\"text\":\"Hi\"}\n\n".utf8)
        var reader = parser.read(chunk.span)
        while let delta = try reader.next() {
            print(delta.kind, delta.string)
        }
        // end
    }

    static func deltaBatch() throws {
        // example: DeltaBatch
        var parser = StreamParser(format: .textField)
        let chunk: [UInt8] = Array("data: {\"text\":\"a\"}\n\ndata: {\"text\":\"b\"}\n\n".utf8)
        var reader = parser.read(chunk.span)
        while let batch = try reader.nextBatch() {
            for position in 0..<batch.count { print(batch[position].string) }
        }
        // end
    }

    static func delta() throws {
        // example: Delta
        var parser = StreamParser(format: .openAIChat)
        let chunk: [UInt8] = Array("data: {\"choices\":[{\"index\":1,\"delta\":{\"content\":\"h\\u00e9\"}}]}\n\n".utf8)
        var reader = parser.read(chunk.span)
        if let delta = try reader.next() {
            assert(delta.kind == .text && delta.choice == 1)
            assert(delta.string == "hé" && delta.bytes.byteCount == 3)
        }
        // end
    }

    static func deltaKind() throws {
        // example: DeltaKind
        var parser = StreamParser(format: .textField)
        let chunk: [UInt8] = Array("data: {\"text\":\n\ndata: {\"text\":\"Hi\"}\n\n".utf8)
        var kinds: [DeltaKind] = []
        try parser.parse(chunk.span) { kinds.append($0.kind) }
        assert(kinds == [.malformed, .text])
        // end
    }

    static func deltaKinds() throws {
        // example: DeltaKinds
        var parser = StreamParser(format: .textField, kinds: [.usage, .error])
        let chunk: [UInt8] = Array("data: {\"text\":\n\ndata: {\"text\":\"Hi\"}\n\n".utf8)
        var kinds = DeltaKinds()
        try parser.parse(chunk.span) { kinds.insert(DeltaKinds($0.kind)) }
        assert(kinds == .malformed && !kinds.contains(.text))
        // end
    }

    static func parallelParser() throws {
        // example: ParallelParser
        let bytes: [UInt8] = Array("data: {\"text\":\"Hi\"}\n\ndata: [DONE]\n\n".utf8)
        let outcome = try ParallelParser.parse(bytes.span, format: .textField, into: "") { text, delta in
            if delta.kind == .text { text += delta.string }
        }
        assert(outcome.results.joined() == "Hi" && outcome.end.status == .complete)
        // end
    }

    static func parallelOutcome() throws {
        // example: ParallelOutcome
        let bytes: [UInt8] = Array("data: {\"text\":\"Hi\"}\n\ndata: {\"text\":\n\n".utf8)
        let outcome = try ParallelParser.parse(bytes.span, format: .textField, into: 0) { count, _ in count += 1 }
        assert(outcome.results.reduce(0, +) == 2 && outcome.failure == nil)
        assert(outcome.end.malformedEvents == 1 && outcome.end.status == .truncated)
        // end
    }

    static func streamEnd() throws {
        // example: StreamEnd
        var parser = StreamParser(format: .textField)
        let chunk: [UInt8] = Array("data: {\"text\":\"Hi\"}\n\n".utf8)
        try parser.parse(chunk.span) { _ in }
        let end = try parser.finish { _ in }
        assert(end.status == .truncated)  // [DONE] never came
        assert(end.frames == 1 && end.deltas == 1 && end.bytes == 21)
        // end
    }

    static func sluiceError() throws {
        // example: SluiceError
        var parser = StreamParser()
        let page: [UInt8] = Array("<html>502 Bad Gateway</html>\n".utf8)
        do {
            try parser.parse(page.span) { _ in }
            try parser.finish { _ in }
        } catch {
            assert(error.code == .notAStream)
            print(error)
        }
        // end
    }

    static func limits() throws {
        // example: Limits
        var limits = Limits()
        limits.maxEventBytes = 1 << 20
        limits.whenExceeded = .fail
        let parser = StreamParser(format: .openAIChat, limits: limits)
        assert(parser.end.bytes == 0)
        // end
    }

    static func accumulator() throws {
        // example: Accumulator
        var parser = StreamParser(format: .openAIChat)
        var answer = Accumulator()
        let chunk: [UInt8] = Array("data: {\"choices\":[{\"delta\":{\"content\":\"Hi\"}}]}\n\ndata: [DONE]\n\n".utf8)
        try parser.parse(chunk.span, into: &answer)
        try parser.finish(into: &answer)
        assert(answer.choices[0]?.text == "Hi")
        // end
    }

    static func frameParser() throws {
        // example: FrameParser
        var parser = FrameParser(framing: .sse)
        let chunk: [UInt8] = Array("event: hello\ndata: world\n\n".utf8)
        var reader = parser.read(chunk.span)
        while let frame = try reader.next() { print(frame.payload.byteCount) }
        // end
    }

    static func frameReader() throws {
        // example: FrameReader
        var parser = FrameParser(framing: .ndjson)
        let chunk: [UInt8] = Array("{\"a\":1}\n{\"a\":2}\n".utf8)
        var reader = parser.read(chunk.span)
        var numbers: [UInt64] = []
        while let frame = try reader.next() { numbers.append(frame.number) }
        assert(numbers == [1, 2])
        // end
    }

    static func frame() throws {
        // example: Frame
        var parser = FrameParser(framing: .sse)
        let chunk: [UInt8] = Array(": ping\n\nid: 7\nretry: 500\ndata: hi\n\n".utf8)
        var reader = parser.read(chunk.span)
        if let frame = try reader.next() {
            assert(frame.payload.byteCount == 2 && frame.lastEventID.byteCount == 1)
            assert(frame.retryMilliseconds == 500 && frame.number == 1)
        }
        // end
    }

    static func framing() throws {
        // example: Framing
        var parser = FrameParser(framing: nil)
        let chunk: [UInt8] = Array("{\"a\":1}\n".utf8)
        var reader = parser.read(chunk.span)
        while let frame = try reader.next() { print(frame.number) }
        assert(parser.framing == .ndjson)
        // end
    }

    static func bufferLayout() throws {
        // example: BufferLayout
        var parser = StreamParser(format: .textField, layout: .linear)
        let chunk: [UInt8] = Array("data: {\"text\":\"Hi\"}\n\n".utf8)
        try parser.fill(chunk.span)
        var reader = parser.pull()
        while let delta = try reader.next() { print(delta.string) }
        // end
    }

    static func wireFormat() throws {
        // example: WireFormat
        let mine = WireFormat(
            name: "mine", framing: .sse,
            rules: [
                Rule("payload.words[].w", .text),
                Rule("kind", .terminal, when: .equals("kind", "bye")),
            ])
        // end
        var parser = StreamParser(format: mine)
        let chunk: [UInt8] = Array("data: {\"kind\":\"bye\",\"payload\":{\"words\":[{\"w\":\"Hi\"}]}}\n\n".utf8)
        var text = ""
        try parser.parse(chunk.span) { text += $0.string }
        assert(text == "Hi" && parser.end.status == .complete)
    }

    static func ownedDelta() throws {
        // example: OwnedDelta
        var parser = StreamParser(format: .textField)
        let chunk: [UInt8] = Array("data: {\"text\":\"Hi\"}\n\n".utf8)
        var kept: [OwnedDelta] = []
        try parser.parse(chunk.span) { kept.append(OwnedDelta(copying: $0)) }
        assert(kept[0].kind == .text && kept[0].text == "Hi")
        // end
    }

    static func field() throws {
        // example: Field
        let rules = [Rule("delta.text", .text), Rule("delta.mood", .custom("mood"))]
        let format = WireFormat(name: "mine", framing: .sse, rules: rules)
        var parser = StreamParser(format: format, kinds: .all)
        let chunk: [UInt8] = Array("data: {\"delta\":{\"text\":\"Hi\",\"mood\":\"calm\"}}\n\n".utf8)
        var moods: [String] = []
        try parser.parse(chunk.span) { delta in
            if String(copying: delta.name) == "mood" { moods.append(delta.string) }
        }
        assert(moods == ["calm"] && Field(rawValue: "text") == .text)
        // end
    }

    static func rule() throws {
        // example: Rule
        let rules = [
            Rule("choices[].text", .text),
            Rule("choices[].index", .choice),
            Rule("\"x.usage\".output", .outputTokens),
        ]
        let parser = StreamParser(format: WireFormat(name: "mine", framing: .ndjson, rules: rules))
        assert(parser.formatName == "mine")
        // end
    }

    static func condition() throws {
        // example: Condition
        let isThought = Condition.isTrue("parts[].thought")
        let rules = [
            Rule("parts[].text", .reasoning, when: isThought),
            Rule("parts[].text", .text, when: .isNotTrue("parts[].thought")),
        ]
        assert(rules[0].conditions == [isThought])
        // end
    }

    static func toolOrigin() throws {
        // example: ToolOrigin
        let rule = Rule("block.name", .toolName, origin: .server, when: .equals("block.type", "server_tool_use"))
        assert(rule.origin == .server)
        // end
    }

    static func unreadKind() throws {
        // example: UnreadKind
        var parser = StreamParser(format: .anthropicMessages)
        let chunk: [UInt8] = Array("data: {\"type\":\"news\",\"of\":\"the day\"}\n\n".utf8)
        try parser.parse(chunk.span) { _ in }
        let kinds = try parser.finish { _ in }.unreadKinds
        assert(kinds.map(\.name) == ["news"] && kinds[0].count == 1)
        // end
    }

    static func errorDetails() throws {
        // example: ErrorDetails
        var parser = StreamParser(format: .openAIChat)
        let chunk: [UInt8] = Array("data: {\"error\":{\"message\":\"Too long\",\"param\":\"messages\"}}\n\n".utf8)
        var parameter = ""
        try parser.parse(chunk.span) { parameter = $0.errorDetails?.parameter ?? "" }
        assert(parameter == "messages")
        // end
    }
}
