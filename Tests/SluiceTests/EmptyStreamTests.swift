import Testing

@testable import Sluice
@testable import SluiceTestSupport

// A stream of which nothing came, or only what says nothing, is neither complete nor cut.

@Suite("streams of which nothing came")
struct EmptyStreamTests {
    static let formats: [WireFormat?] = [nil] + WireFormat.all

    @Test("before the first byte, and where the input ends without one, a stream is empty", arguments: formats.indices)
    func nothing(_ index: Int) throws {
        let format = Self.formats[index]
        #expect(StreamEnd().status == .empty)
        var parser = StreamParser(format: format)
        #expect(parser.end == StreamEnd())
        try parser.parse([UInt8]().span) { _ in }
        #expect(parser.end.status == .empty)
        #expect(try parser.finish { _ in }.status == .empty)
        #expect(parser.end.status == .empty && parser.end.bytes == 0)

        var engine = Engine()
        var stream = TokenStream(format: format)
        #expect(stream.end == StreamEnd())
        var reader = engine.finish(&stream)
        while try reader.next() != nil {}
        #expect(stream.end.status == .empty)
        let outcome = try ParallelParser.parse([UInt8]().span, format: format, workers: 2, into: 0) { _, _ in }
        #expect(outcome.end.status == .empty)
    }

    @Test(
        "from the first byte on it is not, whatever the byte is",
        arguments: ["d", "\n", "\u{FEFF}", " ", "{", "[", "data: {", "x\n"])
    func something(_ text: String) throws {
        let bytes = Array(text.utf8)
        for format in Self.formats where format?.framing != .awsEventStream {
            var parser = StreamParser(format: format)
            _ = try? parser.parse(Array(bytes[..<1]).span) { _ in }
            #expect(parser.end.status != .empty)
            _ = try? parser.parse(Array(bytes[1...]).span) { _ in }
            #expect(parser.end.status != .empty)
            _ = try? parser.finish { _ in }
            #expect(parser.end.status != .empty)
        }
    }

    @Test("of comments and keep-alives alone it is still", arguments: [":\n", ": keep-alive\n\n", "data: {}\n\n:\n"])
    func keepAlives(_ text: String) throws {
        for format in Self.formats where format?.framing != .awsEventStream {
            if format?.payload == .text && text.hasPrefix("data") { continue }
            var parser = StreamParser(format: format)
            for byte in text.utf8 { try parser.parse([byte].span) { _ in } }
            #expect(try parser.finish { _ in }.status == .empty, "\(format?.name ?? "none named")")
        }
    }

    @Test("a stream that its first event ends by a limit has no bytes, and is not empty")
    func firstEventTooLarge() throws {
        var limits = Limits()
        limits.maxEventBytes = 8
        limits.whenExceeded = .fail
        var parser = StreamParser(format: .textField, limits: limits)
        #expect(throws: SluiceError.self) { try parser.parse(Array("data: {\"text\":\"Hi\"}\n\n".utf8).span) { _ in } }
        #expect(parser.end.bytes == 0 && parser.end.status == .truncated)
    }

    @Test("what is read on behind the first byte is truncated until its marker comes")
    func midway() throws {
        var parser = StreamParser(format: .textField)
        var statuses = [parser.end.status]
        for chunk in ["data: {\"te", "xt\":\"Hi\"}\n\n", "data: [DONE]\n\n"] {
            try parser.parse(Array(chunk.utf8).span) { _ in }
            statuses.append(parser.end.status)
        }
        #expect(statuses == [.empty, .truncated, .truncated, .complete])
    }
}
