import Testing

@testable import Sluice
@testable import SluiceTestSupport

// Text of kinds that nobody wants is neither decoded nor checked, whether its event is known or parsed: so the same comes out
// however a stream is cut.

@Suite("text that nobody wants")
struct UnwantedTextTests {
    private static func event(_ choice: Int, _ field: String, _ text: String) -> String {
        "data: {\"choices\":[{\"index\":\(choice),\"delta\":{\"\(field)\":\"\(text)\"}}]}\r\n\r\n"
    }

    private func read(_ stream: String, kinds: DeltaKinds, chunks: Int) throws -> ([String], StreamEnd) {
        var parser = StreamParser(format: .openAIChat, kinds: kinds)
        var log = DeltaLog()
        for chunk in Chunks(Array(stream.utf8), of: chunks).slices {
            try lendFresh(chunk) { bytes throws(SluiceError) in try log.take(parser.read(bytes)) }
        }
        let end = try parser.finish { log.deltas.append(LoggedDelta($0)) }
        return (log.deltas.map { "\($0)" }, end)
    }

    private func check(_ stream: String, kinds: DeltaKinds) throws {
        let wanted = try read(stream, kinds: kinds, chunks: 1 << 20)
        for size in [1, 7, 61, 64, 200] {
            let found = try read(stream, kinds: kinds, chunks: size)
            #expect(found.0 == wanted.0, "chunks of \(size)")
            #expect(found.1 == wanted.1, "chunks of \(size)")
        }
    }

    @Test("its escapes may be malformed")
    func badEscapes() throws {
        let known = String(repeating: Self.event(0, "content", "abc"), count: 6)
        let stream = known + Self.event(0, "content", #"\q"#) + Self.event(0, "content", "abc")
        try check(stream, kinds: [.finish])
        #expect(try read(stream, kinds: [.finish], chunks: 1).1.malformedEvents == 0)
    }

    @Test("its halves of surrogate pairs take no places of those that are waited for")
    func halves() throws {
        var stream = ""
        for field in ["reasoning_content", "content"] {
            for choice in 0..<40 { stream += Self.event(choice, field, "a") }
        }
        for choice in 0..<64 { stream += Self.event(choice, "reasoning_content", #"\ud83d"#) }
        stream += Self.event(1, "content", #"\ud83d"#) + Self.event(1, "content", #"\ude42"#)
        try check(stream, kinds: [.text])
        #expect(try read(stream, kinds: [.text], chunks: 61).0.last?.contains("🙂") == true)
    }
}
