import Testing

@testable import Sluice
@testable import SluiceTestSupport

// What the properties have found, in its smallest form; what a golden file can show stands there.

@Suite("found by properties")
struct PropertyRegressionTests {
    @Test("half a pair of a kind that is not wanted is not told at the end")
    func unwantedHalf() {
        let bytes = Array("data: {\"text\":\"\\ud83d\"}\n\n".utf8)
        for templates in [0, 16] {
            var run = PropertyRun(format: .textField, kinds: [.finish])
            run.limits.maxTemplates = templates
            let found = run.read(Chunks(whole: bytes + bytes))
            #expect(found.deltas.isEmpty)
            run.kinds = [.text]
            #expect(run.read(Chunks(whole: bytes + bytes)).answer.choices[0]?.text == "\u{FFFD}\u{FFFD}")
        }
    }

    @Test("half a pair of counted arguments that the stream ends with is marked as the rest of them")
    func countedHalf() {
        let call = "{\"message\":{\"tool_calls\":[{\"function\":{\"name\":\"f\",\"arguments\":\"\\ud83d\"}}]}}\n"
        let found = PropertyRun(format: .ollamaChat).read(Chunks(whole: Array(call.utf8)))
        #expect(found.deltas.map(\.kind) == [.toolCall, .toolArguments])
        #expect(found.deltas.allSatisfy { $0.isToolCounted })
    }

    @Test("a document whose type is error is one, also with escapes in the word, and keys that are repeated")
    func escapedError() {
        let type = "\"type\":\"\\u0065rr\\u006Fr\""
        for document in ["{\(type)}", "{\"sequence_number\":0.0,\"sequence_number\":3,\"message\":\"m\",\(type)}"] {
            let found = PropertyRun(format: .openAIResponses).read(Chunks(whole: Array((document + "\n").utf8)))
            #expect(found.deltas.map(\.kind) == [.error], "\(document)")
        }
    }

    @Test("keys that are composed differently are different keys of whole arguments")
    func composedKeys() {
        let arguments = "{\"e\\u0301\":1,\"\u{e9}\":2,\"e\u{301}\":3}"
        let call = "{\"message\":{\"tool_calls\":[{\"function\":{\"name\":\"f\",\"arguments\":\(arguments)}}]}}\n"
        let found = PropertyRun(format: .ollamaChat).read(Chunks(whole: Array(call.utf8)))
        let text = found.answer.choices[0]?.toolCalls.first?.arguments ?? ""
        #expect(Array(text.utf8) == Array("{\"e\u{301}\":3,\"\u{e9}\":2}".utf8))
    }

    @Test("a stream that ends inside a string leaves nothing of it to the next of its engine")
    func endInString() {
        var format = WireFormat.textField
        format.framing = .jsonArray
        var engine = Engine()
        let run = PropertyRun(format: format)
        for end in ["{\"te", "{\"text\":\"a\\", "[{\"a\":[{", "[", "x"] {
            _ = run.read(Chunks(whole: Array(end.utf8)), &engine)
            let bytes = Array("[{\"text\":\"a\"},{\"text\":\"b\"}]".utf8)
            let found = run.read(Chunks(whole: bytes), &engine)
            #expect(found.deltas.map(\.bytes) == [[0x61], [0x62]], "behind \(end)")
        }
    }

    @Test("several threads cut a stream by its own framing, not by the usual one of its format")
    func parallelFraming() throws {
        var lines = WireFormat.textField
        lines.framing = .ndjson
        let event = Array("{\"text\":\"\(String(repeating: "x", count: 900))\"}\n".utf8)
        let bytes = [UInt8]((0..<700).map { _ in event }.joined())
        let outcome = try ParallelParser.parse(bytes.span, format: lines, workers: 2, into: 0) { count, _ in count += 1
        }
        #expect(outcome.results.count > 1)
        #expect(outcome.results.reduce(0, +) == 700 && outcome.end.malformedEvents == 0)
        // Gemini's documents in an array, as they are found.
        let element = "{\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"a\"}]}}]}\n,"
        let array = Array("[\(String(repeating: element, count: 3))]".utf8)
        let found = try ParallelParser.parse(array.span, into: 0) { count, _ in count += 1 }
        #expect(found.results == [3] && found.end.malformedEvents == 0)
    }

    @Test("a piece of arguments that is half of a pair is one, also in an event with a program", arguments: [0, 16])
    func halfAsArguments(templates: Int) throws {
        func piece(_ index: Int, _ json: String) -> String {
            "data: {\"type\":\"content_block_delta\",\"index\":\(index),\"delta\":{\"type\":\"input_json_delta\","
                + "\"partial_json\":\"\(json)\"}}\n\n"
        }
        func start(_ name: String) -> String {
            "data: {\"type\":\"content_block_start\",\"index\":1,\"content_block\":{\"type\":\"tool_use\",\"id\":\"\(name)\","
                + "\"name\":\"\(name)\",\"input\":{}}}\n\n"
        }
        let known = piece(2, "x") + piece(2, "y")
        var limits = Limits()
        limits.maxTemplates = templates
        var parser = StreamParser(format: .anthropicMessages, limits: limits)
        var told: [String] = []
        try parser.parse(Array((known + start("a") + piece(1, #"\ud83d"#) + start("b")).utf8).span) { delta in
            if delta.kind == .toolArguments && delta.tool == 1 { told.append(delta.string) }
        }
        // "a" has arguments, so it gets none when "b" begins.
        #expect(told.filter { $0 == "{}" }.isEmpty)
    }
}
