import Testing

@testable import Sluice
@testable import SluiceTestSupport

// Payloads at and past the limits, broken frames, and JSON that is odd but good.

@Suite("payloads past the limits, and odd ones")
struct BadInputLimitTests {
    /// Brackets of `kind` by turns, so many deep, around a number.
    private static func nest(_ depth: Int, _ kind: String) -> String {
        let openings = ["a": ["["], "o": ["{\"k\":"], "m": ["[", "{\"k\":"]][kind] ?? []
        let closings = ["a": ["]"], "o": ["}"], "m": ["]", "}"]][kind] ?? []
        let levels = (0..<depth).map { $0 % openings.count }
        return levels.map { openings[$0] }.joined() + "1" + levels.reversed().map { closings[$0] }.joined()
    }

    /// Where brackets can stand: text to put them into, and how many are open around them.
    static let places: [(name: String, before: String, open: Int, after: String)] = [
        ("passed over", "{\"skip\":", 1, ",\"choices\":[{\"delta\":{\"content\":\"T\"}}]}"),
        ("passed over behind the text", "{\"choices\":[{\"delta\":{\"content\":\"T\",\"x\":", 4, "}}]}"),
        ("in the place of text", "{\"choices\":[{\"delta\":{\"content\":\"T\"}},{\"delta\":{\"content\":", 4, "}}]}"),
        (
            "in the place of a number", "{\"usage\":{\"prompt_tokens\":", 2,
            "},\"choices\":[{\"delta\":{\"content\":\"T\"}}]}"
        ),
    ]

    @Test("nesting up to the limit is read, and one bracket more is not", arguments: [5, 8, 63, 64, 65, 128, 1024])
    func depth(_ limit: Int) throws {
        var run = try WireRun(.openAIChat)
        run.limits.maxNestingDepth = limit
        let good = BadInput.event("{\"choices\":[{\"delta\":{\"content\":\"g\"}}]}")
        for place in Self.places {
            for kind in ["a", "o", "m"] {
                for over in [-1, 0, 1] {
                    if limit + over <= place.open { continue }
                    let nested = Self.nest(limit - place.open + over, kind)
                    let bytes = good + BadInput.event(place.before + nested + place.after) + good
                    let middle =
                        over > 0 ? "malformed nested-too-deep offset=\(good.count) event=2" : "text choice=0 \"T\""
                    let wanted = [
                        "text choice=0 \"g\"", middle, "text choice=0 \"g\"",
                        "end truncated frames=3 deltas=\(over > 0 ? 2 : 3)",
                    ]
                    #expect(
                        run.log(Chunks(whole: bytes)).lines == wanted,
                        "\(place.name), \(kind), limit \(limit) and \(over)")
                }
            }
        }
    }

    @Test("a whole object that is read counts its brackets too")
    func depthOfWholeObjects() throws {
        var run = try WireRun(.ollamaChat)
        run.limits.maxNestingDepth = 9
        func line(_ depth: Int) -> String {
            "{\"message\":{\"tool_calls\":[{\"function\":{\"arguments\":{\"k\":\(Self.nest(depth, "m"))}}}]}}\n"
        }
        let bytes = Array((line(2) + line(3) + line(4) + line(1)).utf8)
        let log = run.log(Chunks(whole: bytes))
        #expect(log.lines.count == 5)
        #expect(log.lines[2] == "malformed nested-too-deep offset=\(line(2).count + line(3).count) event=3")
        #expect(log.lines[3].hasPrefix("tool_arguments choice=0 tool=2 counted whole"))
        #expect(run.difference(from: log, over: Chunks.everySplit(of: bytes), feedings: [.borrowed]) == nil)
    }

    @Test("fields up to the limit are read, and one more is not, whatever the engine has seen before")
    func captures() throws {
        var run = try WireRun(.openAIChat)
        run.limits.maxCapturesPerEvent = 6
        func event(_ fields: Int) -> [UInt8] {
            BadInput.event(
                "{\"choices\":[\(Array(repeating: "{\"delta\":{\"content\":\"T\"}}", count: fields).joined(separator: ","))]}"
            )
        }
        let engine = EngineCore()
        for _ in 0..<3 {
            let bytes = event(6) + event(7) + event(1)
            let log = run.log(Chunks(whole: bytes), engine)
            #expect(log.lines[6] == "malformed too-many-fields offset=\(event(6).count) event=2")
            #expect(log.lines.count == 9)
            #expect(run.difference(from: log, over: [1, 3, 50].map { Chunks(bytes, of: $0) }, engine) == nil)
        }
    }

    @Test("limits are those of the stream at hand, though the engine has read the shape for another")
    func limitsOfStreams() throws {
        let run = try WireRun(.openAIChat)
        let engine = EngineCore()
        let deep = BadInput.event("{\"choices\":[{\"delta\":{\"content\":\"T\",\"x\":[[[[1]]]]}}]}")
        let twice = BadInput.event("{\"choices\":[{\"delta\":{\"content\":\"S\",\"content\":\"T\"}}]}")
        for bytes in [deep, twice] {
            for _ in 0..<4 { #expect(run.log(Chunks(whole: bytes), engine).lines.first == "text choice=0 \"T\"") }
            var strict = run
            strict.limits.maxNestingDepth = 7
            strict.limits.maxCapturesPerEvent = 1
            let cold = strict.log(Chunks(whole: bytes))
            #expect(cold.lines.first?.hasPrefix("malformed") == true)
            #expect(strict.log(Chunks(whole: bytes), engine) == cold)
        }
    }

    @Test("an event that is too large is reported, and the next one read", arguments: [64, 100, 200])
    func oversize(_ limit: Int) throws {
        var run = try WireRun(.openAIChat)
        run.limits.maxEventBytes = limit
        let good = BadInput.event("{\"choices\":[{\"delta\":{\"content\":\"g\"}}]}")
        let large = BadInput.event(
            "{\"choices\":[{\"delta\":{\"content\":\"\(String(repeating: "x", count: limit))\"}}]}")
        let bytes = good + large + good + BadInput.done
        let wanted = [
            "text choice=0 \"g\"", "malformed event-too-large offset=\(good.count) event=2", "text choice=0 \"g\"",
            "end complete frames=3 deltas=2",
        ]
        let log = run.log(Chunks(whole: bytes))
        #expect(log.lines == wanted)
        #expect(run.difference(from: log, over: Chunks.everySplit(of: bytes)) == nil)
        run.limits.whenExceeded = .fail
        let failed = run.log(Chunks(whole: bytes))
        #expect(
            failed.lines == [
                "text choice=0 \"g\"", "stopped event-too-large offset=\(good.count) event=2",
                "end truncated frames=1 deltas=1",
            ])
        #expect(run.difference(from: failed, over: [1, 7, 40].map { Chunks(bytes, of: $0) }) == nil)
    }

    @Test("glued events are one that cannot be read, wherever the first was cut")
    func glued() throws {
        let run = try WireRun(.openAIChat)
        for cut in 1..<BadInput.payload.utf8.count {
            let bad = Array(BadInput.payload.utf8.prefix(cut)) + Array("data: \(BadInput.payload)".utf8)
            let (bytes, wanted) = BadInput.stream(bad, .malformedPayload, goodBefore: 3)
            #expect(run.log(Chunks(whole: bytes)).lines == wanted, "cut at \(cut)")
        }
    }

    @Test("whatever is left of a payload is no JSON, unless it is whole")
    func cutPayloads() throws {
        let run = try WireRun(.openAIChat)
        for count in 1..<BadInput.payload.utf8.count {
            for bad in [Array(BadInput.payload.utf8.prefix(count)), Array(BadInput.payload.utf8.dropFirst(count))]
            where bad.first == 0x7B || bad.first == 0x22 {
                let (bytes, wanted) = BadInput.stream(bad, .malformedPayload, goodBefore: 3)
                #expect(run.log(Chunks(whole: bytes)).lines == wanted, "\(count) bytes cut")
            }
        }
    }

    @Test(
        "a broken message or document in it is one event, and its neighbours are read",
        arguments: [
            ("payload flipped", "checksum-mismatch"), ("headers flipped", "checksum-mismatch"),
            ("checksum flipped", "checksum-mismatch"),
            ("no base64", "invalid-base64"), ("base64 cut", "invalid-base64"), ("no JSON", "malformed-payload"),
            ("no JSON inside", "malformed-payload"),
            ("no UTF-8 inside", "invalid-utf8"), ("no object inside", "unexpected-payload"),
            ("bad escape inside", "invalid-escape"),
        ])
    func messages(_ name: String, _ code: String) throws {
        let good = AWSMessage(
            payload: "{\"contentBlockIndex\":0,\"delta\":{\"text\":\"g\"}}", event: "contentBlockDelta"
        ).bytes
        let bad = try #require(Self.badMessages[name])
        let run = try WireRun(.bedrock)
        let bytes = good + bad + good
        let log = run.log(Chunks(whole: bytes))
        #expect(
            log.lines.dropLast() == [
                "text choice=0 \"g\"", "malformed \(code) offset=\(good.count) event=2", "text choice=0 \"g\"",
            ])
        #expect(run.difference(from: log, over: Chunks.everySplit(of: bytes)) == nil)
    }

    private static let badMessages: [String: [UInt8]] = {
        func message(_ payload: String) -> [UInt8] { AWSMessage(payload: payload, event: "chunk").bytes }
        func flipped(_ fromEnd: Int) -> [UInt8] {
            var bytes = message("{\"delta\":{\"text\":\"x\"}}")
            bytes[fromEnd > 0 ? bytes.count - fromEnd : -fromEnd] ^= 0x10
            return bytes
        }
        return [
            "payload flipped": flipped(10), "headers flipped": flipped(-20), "checksum flipped": flipped(2),
            "no base64": message("{\"bytes\":\"e*==\"}"), "base64 cut": message("{\"bytes\":\"eyJkZ\"}"),
            "no JSON": message("{\"delta\":}"),
            "no JSON inside": message("{\"bytes\":\"eyJkZWx0YSI6fQ==\"}"),
            "no UTF-8 inside": message("{\"bytes\":\"eyJhIjoi/yJ9\"}"),
            "no object inside": message("{\"bytes\":\"WzFd\"}"),
            "bad escape inside": message("{\"bytes\":\"eyJkZWx0YSI6eyJ0ZXh0IjoiXHEifX0=\"}"),
        ]
    }()
}
