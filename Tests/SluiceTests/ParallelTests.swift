import Testing

@testable import Sluice

// One thread and several read the same.

@Suite("Parallel")
struct ParallelTests {
    /// Everything that a delta says, and what the stream came to.
    private static func line(_ delta: borrowing Delta) -> String {
        var line = "\(delta.kind) \(delta.choice) \(delta.tool) \(delta.eventOffset) "
        line += "\(delta.inputTokens ?? -1) \(delta.outputTokens ?? -1) \(String(copying: delta.toolName)) "
        return line + "\(delta.string)\(delta.problem?.description ?? "")\n"
    }

    private func expectEqual(_ bytes: [UInt8], _ format: WireFormat?, workers: Int = 3) throws {
        var parser = try StreamParser(format: format)
        var expected = ""
        var failure: SluiceError?
        do {
            try parser.parse(bytes.span) { expected += Self.line($0) }
            try parser.finish { expected += Self.line($0) }
        } catch { failure = error }
        let outcome = try ParallelParser.parse(bytes.span, format: format, workers: workers, into: "") {
            $0 += Self.line($1)
        }
        #expect(outcome.failure == failure)
        #expect(outcome.results.joined() == expected)
        #expect(outcome.end == parser.end)
        #expect(failure != nil || outcome.formatName == parser.formatName)
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
        try expectEqual(
            repeated(good + ["data: {\"text\":\n\n", "error: {\"error\":1}\n\n"], bytes: 3 << 20), .textField)
    }

    @Test("tool calls that are counted")
    func countedTools() throws {
        let call =
            "data: {\"candidates\":[{\"content\":{\"parts\":[{\"functionCall\":{\"name\":\"f\",\"args\":{}}}]}}]}\n\n"
        let text = "data: {\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"t\"}]}}]}\n\n"
        try expectEqual(repeated([call] + [String](repeating: text, count: 2_000), bytes: 3 << 20), .geminiGenerate)
    }

    @Test("streams that are none, end early or in an event")
    func ends() throws {
        let text = repeated(["data: {\"text\":\"t\"}\n\n"], bytes: 1 << 20)
        try expectEqual(Array("<html>\n".utf8) + repeated(["<p>\n\n"], bytes: 1 << 20), .textField)
        try expectEqual(text + Array("data: {\"te".utf8), .textField)
        try expectEqual(text + Array("data: [DONE]\n\n".utf8), .textField)
        try expectEqual([], .textField)
        try expectEqual(
            Array("\u{FEFF}".utf8) + text + Array("\u{FEFF}data: {\"text\":\"u\"}\n\n".utf8) + text, .textField)
    }
}
