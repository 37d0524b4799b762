import Testing

@testable import Sluice
@testable import SluiceTestSupport

// One thread and several read the same.

@Suite("Parallel")
struct ParallelTests {
    /// Returns the number of pieces that the stream was read in.
    @discardableResult
    private func expectEqual(
        _ bytes: [UInt8], _ format: WireFormat?, workers: Int = 3, _ comment: @autoclosure () -> Comment? = nil
    ) throws -> Int {
        var parser = StreamParser(format: format)
        var expected = ""
        var failure: SluiceError?
        do {
            try parser.parse(bytes.span) { expected += $0.line }
            try parser.finish { expected += $0.line }
        } catch { failure = error }
        let outcome = try ParallelParser.parse(bytes.span, format: format, workers: workers, into: "") {
            $0 += $1.line
        }
        #expect(outcome.failure == failure, comment())
        // The strings are megabytes, which nobody wants to see.
        let isSame = outcome.results.joined() == expected
        #expect(isSame, comment())
        #expect(outcome.end == parser.end, comment())
        #expect(failure != nil || outcome.formatName == parser.formatName, comment())
        return outcome.results.count
    }

    private func repeated(_ events: [String], bytes: Int) -> [UInt8] {
        let once = Array(events.joined().utf8)
        return [UInt8]((0..<(bytes / once.count + 1)).map { _ in once }.joined())
    }

    @Test("corpora, several times over", arguments: CorporaTests.names)
    func corpora(_ name: String) throws {
        var bytes: [UInt8] = []
        let once = try CorporaTests.bytes(name)
        while bytes.count < 3 << 20 { bytes += once }
        let format = WireFormat.named(name)
        #expect(format != nil)
        try expectEqual(bytes, format)
        try expectEqual(bytes, nil)
    }

    @Test("many pieces are made, and all of them count")
    func pieces() throws {
        let bytes = repeated(["data: {\"text\":\"one\"}\n\n", "data: {\"text\":\"two\"}\r\n\r\n"], bytes: 4 << 20)
        let outcome = try ParallelParser.parse(bytes.span, format: .textField, into: 0) { count, _ in count += 1 }
        #expect(outcome.results.count > 8)
        #expect(outcome.results.reduce(0, +) == Int(outcome.end.deltas))
        #expect(outcome.results.allSatisfy { $0 > 0 })
    }

    @Test("half a pair that the piece before ended with")
    func surrogates() throws {
        // As many of each as bytes, so that pieces end between the halves somewhere.
        let events = ["data: {\"text\":\"\\ud83d\"}\n\n", "data: {\"text\":\"\\ude00x\"}\n\n"]
        try expectEqual(repeated(events, bytes: 3 << 20), .textField)
        try expectEqual(repeated(events + ["data: {\"text\":\"\\ud83d\"}\n\n"], bytes: 3 << 20), .textField)
    }

    @Test("events that cannot be read have their numbers")
    func malformed() throws {
        let good = [String](repeating: "data: {\"text\":\"fine\"}\n\n", count: 5_000)
        let bad = ["data: {\"text\":\n\n", "error: {\"error\":1}\n\n"]
        try expectEqual(repeated(good + bad, bytes: 3 << 20), .textField)
    }

    @Test("tool calls that are counted")
    func countedTools() throws {
        let part = "{\"functionCall\":{\"name\":\"f\",\"args\":{}}}"
        let call = "data: {\"candidates\":[{\"content\":{\"parts\":[\(part)]}}]}\n\n"
        let text = "data: {\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"t\"}]}}]}\n\n"
        try expectEqual(repeated([call] + [String](repeating: text, count: 2_000), bytes: 3 << 20), .geminiGenerate)
    }

    @Test("streams that are none, end early or in an event")
    func ends() throws {
        let text = repeated(["data: {\"text\":\"t\"}\n\n"], bytes: 1 << 20)
        try expectEqual(Array("<html>\n".utf8) + repeated(["<p>\n\n"], bytes: 1 << 20), .textField)
        try expectEqual(Array("<html>\n".utf8) + [UInt8](repeating: 0x0A, count: 1 << 20), .textField)
        try expectEqual(Array(": hello\n".utf8) + repeated(["<p>\n\n"], bytes: 1 << 20), .textField)
        try expectEqual(text + Array("data: {\"te".utf8), .textField)
        try expectEqual(text + Array("data: [DONE]\n\n".utf8), .textField)
        try expectEqual([], .textField)
        let behindMark = Array("\u{FEFF}data: {\"text\":\"u\"}\n\n".utf8)
        try expectEqual(Array("\u{FEFF}".utf8) + text + behindMark + text, .textField)
    }

    // MARK: Borders

    /// What is read in two pieces, the border wanted at each place of some events between long ones.
    struct Border: Sendable, CustomTestStringConvertible {
        var format: WireFormat
        /// Written with LF; `lineEnd` is what stands in their place.
        var events: String
        var lineEnd: String
        var pieces = 2
        var testDescription: String { "\(format.name), line ends \(Array(lineEnd.utf8))" }

        private var isSSE: Bool { format.framing == .sse }
        private var blank: [UInt8] { written(isSSE ? "\n\n" : "\n") }

        /// A stream with its middle at byte `position` of the events.
        func stream(_ position: Int) -> [UInt8] {
            let (head, tail) =
                isSSE ? ("data: {\"text\":\"", "\"}") : ("{\"model\":\"m\",\"message\":{\"content\":\"", "\"}}")
            let filler = Array(head.utf8) + [UInt8](repeating: 0x78, count: 20_000) + Array(tail.utf8) + blank
            let middle = written(events)
            var bytes: [UInt8] = []
            while bytes.count < 270_000 { bytes += filler }
            let count = 2 * (bytes.count + position)
            bytes += middle
            // A comment, or spaces in a document, make the length exact.
            let rest = (count - bytes.count) % filler.count + filler.count - blank.count
            bytes += Array(isSSE ? ":".utf8 : "{".utf8) + [UInt8](repeating: 0x20, count: rest - 2)
            bytes += Array(isSSE ? ":".utf8 : "}".utf8) + blank
            while bytes.count < count { bytes += filler }
            return bytes
        }

        func written(_ text: String) -> [UInt8] {
            text.utf8.flatMap { $0 == 0x0A ? Array(lineEnd.utf8) : [$0] }
        }
    }

    private static let events =
        "data: {\"text\":\"\\ud83d\"}\n\nid: 1\ndata: {\"text\":\ndata: \"\\ude00\"}\n\n\ndata: {\"te\n\nevent: error\ndata: e\n\n"
    private static let documents =
        "{\"message\":{\"content\":\"\\ud83d\"}}\n\n \n{\"message\":{\"content\":\"\\ude00\"}}\n{\"mess\n{\"error\":\"e\"}\n"

    static let borders: [Border] = [
        Border(format: .textField, events: events, lineEnd: "\n"),
        Border(format: .textField, events: events, lineEnd: "\r\n"),
        // No place in it ends an event for certain without looking at what was before.
        Border(format: .textField, events: events, lineEnd: "\r", pieces: 1),
        Border(format: .ollamaChat, events: documents, lineEnd: "\n"),
        Border(format: .ollamaChat, events: documents, lineEnd: "\r\n"),
    ]

    @Test("a border at every place of events, of line ends too", arguments: borders)
    func everyBorder(_ border: Border) throws {
        let count = border.written(border.events).count
        for position in stride(from: -2, through: count + 2, by: border.pieces == 1 ? 16 : 1) {
            let bytes = border.stream(position)
            #expect(try expectEqual(bytes, border.format, "border at \(position)") == border.pieces)
            if position % 16 == 0 {
                #expect(try expectEqual(bytes, nil, "detected, border at \(position)") == border.pieces)
            }
        }
    }

    @Test("a border among line ends of all kinds")
    func mixedLineEnds() throws {
        let events =
            "data: {\"text\":\"a\"}\r\n\ndata: {\"text\":\"b\"}\n\r\n\r\ndata: {\"text\":\"c\"}\r\r\n\n\r\rdata: {\"text\":\"d\"}\n\r"
        let border = Border(format: .textField, events: events, lineEnd: "\n")
        for position in -2...(events.utf8.count + 2) {
            #expect(try expectEqual(border.stream(position), .textField, "border at \(position)") == 2)
        }
    }

    @Test("a stream that does not tell its format with its first event")
    func detectedLate() throws {
        let silent = [": hello\n\n", "data: : keepalive\n\n", "data: \"\"\n\n", "retry: 5\n\n"]
        let chat = "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"t\"}}]}\r\n\r\n"
        let bytes = repeated([chat], bytes: 1 << 20)
        #expect(try expectEqual(Array(silent.joined().utf8) + bytes, nil) > 1)
        // Longer than what is looked at to find the format: one thread reads it all.
        #expect(try expectEqual(repeated([": hello\n\n"], bytes: 300 << 10) + bytes, nil) == 1)
        let lines = repeated(["{\"response\":\"t\",\"done\":false}\r\n"], bytes: 1 << 20)
        #expect(try expectEqual(Array("\u{FEFF}\n \r\n".utf8) + lines, nil) > 1)
        #expect(try expectEqual(repeated(["data: {\"nothing\":1}\n\n"], bytes: 1 << 20), nil) == 1)
    }
}
