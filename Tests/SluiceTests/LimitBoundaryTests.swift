import Testing

@testable import Sluice
@testable import SluiceTestSupport

// Every limit of a stream at one less, at what an event needs, and at one more; skipped and failing, however the stream is
// cut and filled, by an engine that knows nothing and by one that has learnt the event where it was allowed.

@Suite("each limit, at its edge")
struct LimitBoundaryTests {
    /// A stream whose second event needs exactly `need` of one limit.
    struct Edge: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var limit: any WritableKeyPath<Limits, Int> & Sendable
        var code: SluiceError.Code
        var format: WireFormat
        var need: Int
        var good: [UInt8]
        var edge: [UInt8]
        /// Bytes before the event that lie in no event.
        var prefix = 0

        init(
            _ name: String, _ limit: any WritableKeyPath<Limits, Int> & Sendable, _ code: SluiceError.Code,
            _ format: WireFormat, need: Int, _ good: String, _ edge: String, prefix: Int = 0
        ) {
            self.init(name, limit, code, format, need: need, Array(good.utf8), Array(edge.utf8), prefix: prefix)
        }

        init(
            _ name: String, _ limit: any WritableKeyPath<Limits, Int> & Sendable, _ code: SluiceError.Code,
            _ format: WireFormat, need: Int, _ good: [UInt8], _ edge: [UInt8], prefix: Int = 0
        ) {
            testDescription = name
            self.limit = limit
            self.code = code
            self.format = format
            self.need = need
            self.good = good
            self.edge = edge
            self.prefix = prefix
        }

        var bytes: [UInt8] { good + edge + good }
    }

    private static func chat(_ choice: String, _ delta: String = "\"content\":\"T\"") -> String {
        "data: {\"choices\":[{\"index\":\(choice),\"delta\":{\(delta)}}]}\n\n"
    }

    private static func call(_ number: String, id: String = "") -> String {
        let name = id.isEmpty ? "" : "\"id\":\"\(id)\","
        return chat("0", "\"tool_calls\":[{\"index\":\(number),\(name)\"function\":{\"arguments\":\"{\"}}]")
    }

    private static func gemini(_ calls: Int) -> String {
        let call = "{\"functionCall\":{\"name\":\"f\",\"args\":{}}}"
        let parts = Array(repeating: call, count: calls).joined(separator: ",")
        return "data: {\"candidates\":[{\"content\":{\"parts\":[\(parts)]}}]}\n\n"
    }

    private static let text = "data: {\"text\":\"T\"}\n\n"
    private static let aws = AWSMessage(
        payload: "{\"contentBlockIndex\":0,\"delta\":{\"text\":\"T\"}}", event: "contentBlockDelta")

    static let edges: [Edge] = [
        Edge(
            "data lines", \.maxDataLinesPerEvent, .tooManyDataLines, .textField, need: 3, text,
            "data: {\"text\":\ndata: \"T\"\ndata: }\n\n"),
        Edge(
            "data lines without a space, ended by CRLF", \.maxDataLinesPerEvent, .tooManyDataLines, .textField, need: 4,
            "data:{\"text\":\"T\"}\r\n\r\n", "data\r\ndata:{\r\nid: 1\r\ndata:\"text\":\"T\"\r\ndata:}\r\nid: 2\r\n\r\n"
        ),
        Edge(
            "an event's type", \.maxEventNameBytes, .eventNameTooLong, .textField, need: 7, text,
            "event: abcdefg\ndata: {\"text\":\"T\"}\n\n"),
        Edge(
            "an event's type, CRLF", \.maxEventNameBytes, .eventNameTooLong, .textField, need: 9,
            "data: {\"text\":\"T\"}\r\n\r\n", "event:abcdefghi\r\ndata: {\"text\":\"T\"}\r\n\r\n"),
        Edge(
            "a type behind the data", \.maxEventNameBytes, .eventNameTooLong, .textField, need: 3, text,
            "data: {\"text\":\"T\"}\nevent: abc\nevent:a\n\n"),
        Edge(
            "an AWS message's type", \.maxEventNameBytes, .eventNameTooLong, .bedrock, need: 18, aws.bytes,
            AWSMessage(payload: "{\"contentBlockIndex\":0,\"delta\":{\"text\":\"T\"}}", event: "contentBlockDelta2")
                .bytes),
        Edge(
            "an id", \.maxIDBytes, .idTooLong, .textField, need: 5, text, "id: 12345\ndata: {\"text\":\"T\"}\n\n"),
        Edge(
            "an id behind the data", \.maxIDBytes, .idTooLong, .textField, need: 1, text,
            "data: {\"text\":\"T\"}\nid:x\n\n"),
        Edge("a choice", \.maxChoices, .tooManyChoices, .openAIChat, need: 8, chat("0"), chat("7")),
        Edge(
            "a choice of several digits", \.maxChoices, .tooManyChoices, .openAIChat, need: 1235, chat("0"),
            chat("1234")),
        Edge(
            "a choice that only finishes", \.maxChoices, .tooManyChoices, .openAIChat, need: 3, chat("0"),
            "data: {\"choices\":[{\"index\":2,\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n"),
        Edge(
            "a choice by its place", \.maxChoices, .tooManyChoices, .openAIChat, need: 2, chat("0"),
            "data: {\"choices\":[{\"delta\":{}},{\"delta\":{\"content\":\"T\"}}]}\n\n"),
        Edge(
            "a choice whose text is empty", \.maxChoices, .tooManyChoices, .openAIChat, need: 5, chat("0"),
            chat("4", "\"content\":\"\"")),
        Edge(
            "a tool call", \.maxToolCalls, .tooManyToolCalls, .openAIChat, need: 6, call("0", id: "a"),
            call("5", id: "b")),
        Edge("a piece of a tool call", \.maxToolCalls, .tooManyToolCalls, .openAIChat, need: 6, call("0"), call("5")),
        Edge(
            "a content block", \.maxToolCalls, .tooManyToolCalls, .anthropicMessages, need: 4,
            "event: ping\ndata: {\"type\": \"ping\"}\n\n",
            "event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":3,\"delta\":"
                + "{\"type\":\"input_json_delta\",\"partial_json\":\"{\"}}\n\n"),
        Edge(
            "nesting", \.maxNestingDepth, .nestedTooDeep, .openAIChat, need: 7, chat("0"),
            chat("0", "\"content\":\"T\",\"x\":[[{}]]")),
        Edge(
            "fields", \.maxCapturesPerEvent, .tooManyFields, .openAIChat, need: 8, chat("0"),
            "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"T\"}},{\"index\":0,\"delta\":{\"content\":\"T\"}},"
                + "{\"index\":0,\"delta\":{\"content\":\"T\"}},{\"index\":0,\"delta\":{\"content\":\"T\"}}]}\n\n"),
        Edge(
            "an event", \.maxEventBytes, .eventTooLarge, .openAIChat,
            need: chat("0", "\"content\":\"TTTT\"").utf8.count,
            chat("0"), chat("0", "\"content\":\"TTTT\"")),
    ]

    private func limits(_ edge: Edge, _ excess: Int, _ whenExceeded: Limits.WhenExceeded) -> Limits {
        var limits = Limits()
        limits[keyPath: edge.limit] = edge.need - excess
        limits.whenExceeded = whenExceeded
        return limits
    }

    /// An engine that has read the event often enough to know it by its bytes, with and without other values.
    private func learnt(_ edge: Edge) throws -> EngineCore {
        let engine = EngineCore()
        let run = try WireRun(edge.format)
        for _ in 0..<6 { _ = run.log(Chunks(whole: edge.bytes + edge.edge + edge.edge), engine) }
        return engine
    }

    @Test("up to the limit an event is read; past it, it is skipped and told, and the next is read", arguments: edges)
    func skipped(_ edge: Edge) throws {
        let free = try WireRun(edge.format).log(Chunks(whole: edge.bytes))
        let goodLines = try WireRun(edge.format).log(Chunks(whole: edge.good)).lines.dropLast()
        let bothLines = try WireRun(edge.format).log(Chunks(whole: edge.good + edge.good)).lines.dropLast()
        for excess in [-1, 0, 1] {
            var run = try WireRun(edge.format)
            run.limits = limits(edge, excess, .skip)
            let whole = run.log(Chunks(whole: edge.bytes))
            if excess <= 0 {
                #expect(whole == free, "\(excess)")
            } else {
                let told = "malformed \(edge.code.rawValue) offset=\(edge.good.count + edge.prefix) event=2"
                #expect(
                    whole.lines.dropLast() == goodLines + [told] + bothLines.dropFirst(goodLines.count), "\(excess)")
                let error = try #require(whole.problems.first)
                let (_, name) = try #require(LimitNames.all.first { $0.path == edge.limit })
                #expect(error.detail.contains("\(name), \(edge.need - 1)"), "\(error.detail)")
            }
            #expect(run.difference(from: whole, over: Chunks.everySplit(of: edge.bytes)) == nil, "\(excess)")
            let engine = try learnt(edge)
            let several = [Chunks(whole: edge.bytes), Chunks(edge.bytes, of: 1), Chunks(edge.bytes, of: 50)]
            #expect(run.difference(from: whole, over: several, engine) == nil, "learnt, \(excess)")
        }
    }

    @Test("where the limits say so, the event ends the stream, and nothing behind it is read", arguments: edges)
    func failed(_ edge: Edge) throws {
        let goodLines = try WireRun(edge.format).log(Chunks(whole: edge.good)).lines.dropLast()
        for excess in [-1, 0, 1] {
            var run = try WireRun(edge.format)
            run.limits = limits(edge, excess, .fail)
            let whole = run.log(Chunks(whole: edge.bytes))
            let told = "stopped \(edge.code.rawValue) offset=\(edge.good.count + edge.prefix) event=2"
            #expect(whole.lines.contains(told) == (excess > 0), "\(excess)")
            if excess > 0 { #expect(whole.lines.dropLast() == goodLines + [told]) }
            #expect(run.difference(from: whole, over: Chunks.everySplit(of: edge.bytes)) == nil, "\(excess)")
            let engine = try learnt(edge)
            #expect(run.difference(from: whole, over: [Chunks(whole: edge.bytes)], engine) == nil, "learnt, \(excess)")
        }
    }

    @Test("an event that passes a limit at the end of the input is told by the limit's name", arguments: edges)
    func unterminated(_ edge: Edge) throws {
        guard edge.format.framing == .sse, edge.code != .eventTooLarge else { return }
        var end = edge.good + edge.edge
        while end.last == 0x0A || end.last == 0x0D { end.removeLast() }
        for whenExceeded in [Limits.WhenExceeded.skip, .fail] {
            var run = try WireRun(edge.format)
            run.limits = limits(edge, 1, whenExceeded)
            let whole = run.log(Chunks(whole: end))
            #expect(whole.problems.map(\.code) == [edge.code])
            #expect(whole.lines.contains { $0.hasPrefix("stopped") } == (whenExceeded == .fail))
            #expect(run.difference(from: whole, over: Chunks.everySplit(of: end)) == nil)
        }
    }

    @Test("limits hold for kinds of deltas that nobody wants", arguments: edges)
    func unwanted(_ edge: Edge) throws {
        for isLearnt in [false, true] {
            var engine = Engine()
            if isLearnt {
                var stream = TokenStream(format: edge.format)
                for _ in 0..<12 {
                    var reader = engine.read((edge.bytes + edge.edge).span, of: &stream)
                    while try reader.next() != nil {}
                }
            }
            var stream = TokenStream(format: edge.format, limits: limits(edge, 1, .skip), kinds: [.usage])
            var codes: [SluiceError.Code] = []
            let bytes = edge.bytes
            var reader = engine.read(bytes.span, of: &stream)
            while let delta = try reader.next() { if let problem = delta.problem { codes.append(problem.code) } }
            #expect(codes == [edge.code], "learnt: \(isLearnt)")
        }
    }

    @Test(
        "a choice below zero passes its limit, and so do numbers past 32 and 64 bits; a call below zero has no number",
        arguments: ["-1", "-99", "4294967296", "2147483647"])
    func numbers(_ number: String) throws {
        let run = try WireRun(.openAIChat)
        for (bytes, code) in [(Self.chat(number), "too-many-choices"), (Self.call(number), "too-many-tool-calls")] {
            let log = run.log(Chunks(whole: Array((Self.chat("0") + bytes + Self.chat("0")).utf8)))
            let isCounted = number.hasPrefix("-") && code == "too-many-tool-calls"
            let told = "malformed \(code) offset=\(Self.chat("0").utf8.count) event=2"
            let middle = isCounted ? "tool_arguments choice=0 tool=0 \"{\"" : told
            #expect(log.lines.dropLast() == ["text choice=0 \"T\"", middle, "text choice=0 \"T\""])
        }
    }

    @Test("calls that the stream leaves to be counted are limited by their count, and skipped ones do not count")
    func countedCalls() throws {
        var run = try WireRun(.geminiGenerate)
        run.limits.maxToolCalls = 3
        let bytes = Array((Self.gemini(2) + Self.gemini(2) + Self.gemini(1) + Self.gemini(1)).utf8)
        let log = run.log(Chunks(whole: bytes))
        let calls = log.lines.filter { $0.hasPrefix("tool_call ") }.map { $0.split(separator: " ")[2] }
        #expect(calls == ["tool=0", "tool=1", "tool=2"])
        #expect(log.problems.map(\.code) == [.tooManyToolCalls, .tooManyToolCalls])
        #expect(log.problems.map(\.event) == [2, 4])
        #expect(run.difference(from: log, over: Chunks.everySplit(of: bytes), feedings: [.borrowed]) == nil)
    }
}

/// The limits' names, as errors tell them.
enum LimitNames {
    static let all: [(path: any WritableKeyPath<Limits, Int> & Sendable, name: String)] = [
        (\.maxEventBytes, "maxEventBytes"), (\.maxDataLinesPerEvent, "maxDataLinesPerEvent"),
        (\.maxEventNameBytes, "maxEventNameBytes"), (\.maxIDBytes, "maxIDBytes"),
        (\.maxNestingDepth, "maxNestingDepth"), (\.maxCapturesPerEvent, "maxCapturesPerEvent"),
        (\.maxChoices, "maxChoices"), (\.maxToolCalls, "maxToolCalls"),
    ]
}
