import Testing

@testable import Sluice

@Suite("formats that cannot be compiled")
struct InvalidFormatTests {
    private static let broken = WireFormat(name: "broken", framing: .ndjson, rules: [Rule("a..b", .text)])
    private static let chunk = Array("{\"a\":{\"b\":\"Hi\"}}\n".utf8)

    private static func expectInvalidPath(
        _ read: () throws(SluiceError) -> Void, _ sourceLocation: SourceLocation = #_sourceLocation
    ) {
        let error = #expect(throws: SluiceError.self, sourceLocation: sourceLocation) { try read() }
        #expect(error?.code == .invalidPath, sourceLocation: sourceLocation)
        #expect(error?.detail.contains("'a..b'") == true, sourceLocation: sourceLocation)
    }

    @Test("validation throws what the first read would, and accepts every built-in format")
    func validation() throws {
        Self.expectInvalidPath { () throws(SluiceError) in try Self.broken.validate() }
        for format in WireFormat.all { try format.validate() }
        var other = WireFormat.openAIChat
        other.framing = .ndjson
        try other.validate()
    }

    @Test("every read of a parser throws, and nothing is read")
    func parser() {
        var parser = StreamParser(format: Self.broken)
        #expect(parser.formatName == nil)
        Self.expectInvalidPath { () throws(SluiceError) in try parser.parse(Self.chunk.span) { _ in } }
        Self.expectInvalidPath { () throws(SluiceError) in
            try parser.fill(Self.chunk.span)
            var reader = parser.pull()
            while try reader.next() != nil {}
        }
        Self.expectInvalidPath { () throws(SluiceError) in try parser.finish { _ in } }
        #expect(parser.end.deltas == 0 && parser.end.frames == 0 && parser.end.status == .truncated)
        var unread = StreamParser(format: Self.broken)
        Self.expectInvalidPath { () throws(SluiceError) in try unread.finish { _ in } }
    }

    @Test("every read of a stream throws, and of one that shares its format; the engine's other streams do not notice")
    func stream() throws {
        var engine = Engine()
        var first = TokenStream(format: Self.broken)
        var second = TokenStream(like: first)
        var good = TokenStream(format: .textField)
        let text = Array("data: {\"text\":\"Hi\"}\n\n".utf8)
        for _ in 0..<3 {
            Self.expectInvalidPath { () throws(SluiceError) in try Self.read(Self.chunk, of: &first, &engine) }
            var reader = engine.read(text.span, of: &good)
            #expect(try reader.next()?.string == "Hi")
            #expect(try reader.next() == nil)
            Self.expectInvalidPath { () throws(SluiceError) in try Self.read(Self.chunk, of: &second, &engine) }
        }
        Self.expectInvalidPath { () throws(SluiceError) in
            var reader = engine.finish(&first)
            while try reader.next() != nil {}
        }
        #expect(first.end.deltas == 0 && first.formatName == nil && good.end.deltas == 3)
    }

    private static func read(
        _ chunk: [UInt8], of stream: inout TokenStream, _ engine: inout Engine
    ) throws(SluiceError) {
        var reader = engine.read(chunk.span, of: &stream)
        while try reader.next() != nil {}
    }
}
