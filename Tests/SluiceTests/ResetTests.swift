import Testing

@testable import Sluice
@testable import SluiceTestSupport

// A stream that is begun anew is as a new one, whatever was done to it before.

@Suite("streams that are begun anew")
struct ResetTests {
    struct Case: Sendable, CustomStringConvertible {
        var name: String
        var format: WireFormat?
        var bytes: [UInt8]
        var limits = Limits()
        var description: String { name }

        init(_ name: String, _ format: WireFormat?, _ text: String) {
            self.init(name, format, Array(text.utf8))
        }

        init(_ name: String, _ format: WireFormat?, _ bytes: [UInt8]) {
            self.name = name
            self.format = format
            self.bytes = bytes
        }
    }

    /// What is done after a part of the stream was read.
    enum Left: CaseIterable {
        case nothing, ended, droppedReader, filled
    }

    private static let chat = (0..<4).map {
        "id: \($0)\ndata: {\"choices\":[{\"delta\":{\"content\":\"Hi \($0)\"}}]}\n\n"
    }
    .joined()

    static let cases: [Case] = {
        var failing = Case("a limit ends it", .textField, "data: {\"text\":\"a\"}\n\ndata: {\"text\":\"too long\"}\n\n")
        failing.limits.maxEventBytes = 24
        failing.limits.whenExceeded = .fail
        return [
            Case("named", .openAIChat, "\u{FEFF}" + chat + "data: [DONE]\n\n"),
            Case("detected", nil, chat + "data: [DONE]\n\n"),
            Case(
                "its framing is not its format's", .openAIChat, chat.replacing("data: ", with: "").filter { $0 != "\n" }
            ),
            Case(
                "lines", .ollamaGenerate,
                "{\"response\":\"a\"}\n{\"response\":\"b\"}\n{\"response\":\"\",\"done\":true}\n"),
            Case("an array", nil, "[{\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"Hi\"}]}}]},\n{\"x\":1}]"),
            Case(
                "messages", .bedrock,
                (0..<2).flatMap {
                    AWSMessage(payload: "{\"delta\":{\"text\":\"\($0)\"}}", event: "contentBlockDelta").bytes
                }),
            Case("raw text", nil, "data: Hel\n\ndata: lo\n\ndata: !\n\ndata: [DONE]\n\n"), failing,
            Case(
                "malformed", .textField,
                "data: {\"text\":\n\ndata: {\"text\":\"\\ud83d\"}\n\ndata: {\"text\":\"\\ude00\"}\n\n"),
            Case("no stream", nil, "<html>502</html>\n"),
            Case("cannot be compiled", WireFormat(name: "x", framing: .sse, rules: [Rule("a..b", .text)]), chat),
        ]
    }()

    @Test("it reads what a new one reads", arguments: cases, Left.allCases)
    func anew(_ source: Case, _ left: Left) throws {
        for feeding in [Feeding.borrowed, .ring, .linear] {
            let run = DeltaRun(format: source.format, feeding: feeding, limits: source.limits)
            let wanted = run.log(Chunks(whole: source.bytes))
            var engine = Engine()
            for size in [1, 7, source.bytes.count] {
                for length in stride(from: 0, through: source.bytes.count, by: 3) {
                    var stream = TokenStream(format: source.format, limits: source.limits, layout: feeding.layout)
                    let new = (stream.formatName, stream.end)
                    try? read(Chunks(Array(source.bytes.prefix(length)), of: size), feeding, &engine, &stream)
                    leave(left, source, &engine, &stream)
                    stream.reset()
                    let isNew = stream.formatName == new.0 && stream.end == new.1 && stream.scannedBytes == 0
                    #expect(isNew, "\(length) bytes, \(feeding)")
                    let found = run.log(Chunks(source.bytes, of: size), &engine, &stream)
                    #expect(found == wanted, "\(length) bytes, chunks of \(size), \(feeding)")
                }
            }
        }
    }

    private func read(
        _ chunks: Chunks, _ feeding: Feeding, _ engine: inout Engine, _ stream: inout TokenStream
    ) throws(SluiceError) {
        for (number, chunk) in chunks.slices.enumerated() {
            guard feeding.fills(number) else {
                var reader = engine.read(chunk.span, of: &stream)
                while try reader.next() != nil {}
                continue
            }
            try stream.fill(chunk.span)
            var reader = engine.pull(&stream)
            while try reader.next() != nil {}
        }
    }

    private func leave(_ left: Left, _ source: Case, _ engine: inout Engine, _ stream: inout TokenStream) {
        switch left {
        case .nothing: break
        case .ended:
            var reader = engine.finish(&stream)
            while (try? reader.next()) != nil {}
        case .droppedReader:
            var reader = engine.read(source.bytes.span, of: &stream)
            _ = try? reader.next()?.kind
        case .filled: try? engine.fill(source.bytes.span, of: &stream)
        }
    }

    @Test("a format that was taken from another stream remains")
    func like() throws {
        var engine = Engine()
        var first = TokenStream()
        try read(Chunks(whole: Array(Self.chat.utf8)), .borrowed, &engine, &first)
        var second = TokenStream(like: first)
        try read(Chunks(Array(Self.chat.utf8), of: 5), .borrowed, &engine, &second)
        for _ in 0..<2 {
            first.reset()
            second.reset()
            let names = [first.formatName, second.formatName]
            #expect(names == [nil, "openai-chat"])
        }
        try read(
            Chunks(whole: Array("data: {\"choices\":[{\"delta\":{\"content\":\"Hi".utf8)), .borrowed, &engine, &second)
        second.reset()
        let name = second.formatName
        #expect(name == "openai-chat")
    }

    @Test("it keeps the memory of its ring, and gives that of its core back with the next event")
    func memory() throws {
        var engine = Engine()
        var stream = TokenStream(format: .openAIChat)
        let event = Array(Self.chat.utf8)
        try stream.fill(event.span)
        let held = stream.allocatedBytes
        for _ in 0..<3 {
            stream.reset()
            let kept = stream.allocatedBytes
            #expect(kept == held && held > 0)
            try stream.fill(event.span)
        }
        var other = TokenStream(format: .openAIChat)
        try read(Chunks(whole: Array(event.prefix(20))), .borrowed, &engine, &other)
        other.reset()
        try read(Chunks(whole: event), .borrowed, &engine, &other)
        let left = other.allocatedBytes
        #expect(left == 0)
    }
}
