import Sluice
import Testing

@Suite("bodies that throw")
struct ThrowingBodyTests {
    private struct Stop: Error, Equatable {
        var text: String
    }

    private static let whole = Array("data: {\"text\":\"a\"}\n\ndata: {\"text\":\"b\"}\n\ndata: {\"text\":\"c\"}".utf8)
    private static let events = whole.prefix(42)

    /// A body without a throw leaves the type of the error known: this would not compile otherwise.
    private static func text(_ bytes: [UInt8]) throws(SluiceError) -> String {
        var parser = StreamParser(format: .textField)
        var text = ""
        try parser.parse(bytes.span) { text += $0.string }
        try parser.finish { delta in
            text += delta.string
        }
        return text
    }

    @Test("a body that does not throw has typed errors, and gets everything")
    func typed() throws {
        #expect(try Self.text(Self.whole) == "abc")
    }

    @Test("what a body of parse throws is thrown, and the stream is abandoned", arguments: ["a", "b"])
    func parse(_ last: String) throws {
        var parser = StreamParser(format: .textField)
        var found: [String] = []
        let error = #expect(throws: Stop.self) {
            try parser.parse(Self.events.span) { delta in
                found.append(delta.string)
                if delta.string == last { throw Stop(text: last) }
            }
        }
        #expect(error == Stop(text: last) && found == ["a", "b"].prefix(last == "a" ? 1 : 2).map { $0 })
        for _ in 0..<2 {
            let next = #expect(throws: SluiceError.self) { try parser.parse(Self.events.span) { _ in } }
            #expect(next?.code == .abandoned)
        }
        let end = #expect(throws: SluiceError.self) { try parser.finish { _ in } }
        #expect(end?.code == .abandoned && parser.end.status == .truncated)
    }

    @Test("a body that might throw and does not gets everything")
    func calm() throws {
        var parser = StreamParser(format: .textField)
        var found: [String] = []
        func take(_ delta: borrowing Delta) throws {
            if delta.kind == .malformed { throw Stop(text: delta.string) }
            found.append(delta.string)
        }
        try parser.parse(Self.whole.span) { try take($0) }
        let end = try parser.finish { delta in try take(delta) }
        #expect(found == ["a", "b", "c"] && end.deltas == 3 && end.status == .truncated)
    }

    @Test("what a body of finish throws is thrown, and nothing is read after it")
    func finish() throws {
        var parser = StreamParser(format: .textField)
        try parser.parse(Self.whole.span) { _ in }
        let error = #expect(throws: Stop.self) { try parser.finish { throw Stop(text: $0.string) } }
        #expect(error == Stop(text: "c"))
        let next = #expect(throws: SluiceError.self) { try parser.finish { _ in } }
        #expect(next?.code == .abandoned && parser.end.status == .truncated)
    }

    @Test("an error of the stream is thrown as it is")
    func failing() throws {
        var parser = StreamParser()
        let error = #expect(throws: SluiceError.self) {
            try parser.parse(Array("<html>\n".utf8).span) { delta in throw Stop(text: delta.string) }
            try parser.finish { delta in throw Stop(text: delta.string) }
        }
        #expect(error?.code == .notAStream)
    }
}
