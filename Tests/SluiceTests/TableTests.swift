import Testing

@testable import Sluice
@testable import SluiceTestSupport

// Formats of one's own: from JSON, detected by their signatures, with fields of their own.

@Suite("tables of one's own")
struct OwnTableTests {
    @Test("a table in JSON is the format that it describes")
    func json() throws {
        let format = try WireFormat(
            json: """
                {"name": "mine", "framing": "ndjson", "payload": "json", "terminal": ["[END]"], "tools": "counted",
                 "usage_whole": true, "silent": ["tick", "tock"],
                 "rules": [
                   {"path": "a[].b", "field": "text", "whole": "item", "when": [{"equals": "a[].k", "value": "x\\"y"}]},
                   {"path": "n", "field": "tool-name", "origin": "server",
                    "when": [{"present": "p"}, {"empty": "e"}, {"not_empty": "f"}, {"true": "t"}, {"not_true": "u"},
                             {"event": "v"}, {"differs": "d", "value": ""}, {"error_event": true}]},
                   {"path": "m", "field": "mood"}],
                 "signature": [[{"prefix": "k", "value": "x"}, {"only": ["a", "k"]}], [{"error_event": false}]]}
                """)
        let wanted = WireFormat(
            name: "mine", framing: .ndjson, terminalPayloads: ["[END]"], toolNumbering: .counted, tellsUsageWhole: true,
            rules: [
                Rule("a[].b", .text, whole: .item, when: .equals("a[].k", "x\"y")),
                Rule(
                    "n", .toolName, origin: .server, when: .present("p"), .empty("e"), .notEmpty("f"), .isTrue("t"),
                    .isNotTrue("u"), .event("v"), .differs("d", ""), .errorEvent),
                Rule("m", .custom("mood")),
            ], silentEvents: ["tick", "tock"],
            signature: [[.hasPrefix("k", "x"), .hasOnly(["a", "k"])], [.notErrorEvent]])
        #expect(format == wanted)
    }

    @Test("a table may add to a format")
    func extending() throws {
        let format = try WireFormat(
            json: #"{"extends": "openai-chat", "rules": [{"path": "choices[].delta.mood", "field": "mood"}]}"#)
        #expect(format.name == "openai-chat" && format.rules.dropLast() == WireFormat.openAIChat.rules[...])
        #expect(format.signature == WireFormat.openAIChat.signature)
        let named = try WireFormat(json: #"{"name": "x", "extends": "openai-chat"}"#)
        #expect(named.name == "x" && named.signature.isEmpty)
    }

    @Test(
        "what is no table is told with its place",
        arguments: [
            ("", "is no JSON object (at byte 0)"), ("[]", "is no JSON object (at byte 0)"),
            (#"{"nam": "x"}"#, "the table has no 'nam'; it may have name, extends"),
            (#"{"framing": "tcp"}"#, "framing is 'tcp'; it may be sse, ndjson, json-array, aws"),
            (#"{"extends": "x"}"#, "there is no format 'x' to extend"),
            (#"{"rules": [{"path": "a", "field": "text"}, {"path": "a"}]}"#, "rules[1] has no path or no field"),
            (#"{"rules": [7]}"#, "rules[0] is no object"), (#"{"rules": 3}"#, "rules is not a list"),
            (#"{"rules": {"path": "a"}}"#, "rules is not a list"), (#"{"name": 3}"#, "name is not a string"),
            (#"{"name": ["x"]}"#, "name is not a string"), (#"{"terminal": "x"}"#, "terminal is not a list"),
            (#"{"silent": [1]}"#, "silent[0] is not a string"), (#"{"signature": [{}]}"#, "signature[0] is not a list"),
            (#"{"usage_whole": "yes"}"#, "usage_whole is not true or false"),
            (#"{"rules": [{"path": "a", "field": "text", "when": {}}]}"#, "rules[0].when is not a list"),
            (#"{"rules": [{"path": "a", "field": "text", "when": [1]}]}"#, "rules[0].when[0] is no object"),
            (#"{"rules": [{"path": "a", "field": "text", "if": []}]}"#, "rules[0] has no 'if'"),
            (
                #"{"rules": [{"path": "a", "field": "text", "when": [{"equals": "a"}]}]}"#,
                "rules[0].when[0] has no value"
            ),
            (#"{"rules": [{"path": "a", "field": "text", "when": [{}]}]}"#, "rules[0].when[0] has 0 conditions"),
            (
                #"{"rules": [{"path": "a", "field": "text", "when": [{"true": "a", "empty": "b"}]}]}"#,
                "rules[0].when[0] has 2 conditions"
            ),
            (#"{"rules": [{"path": "a", "field": "text", "whole": "x"}]}"#, "rules[0].whole is 'x'"),
            (#"{"rules": [{"path": "a", "field": "text", "origin": "x"}]}"#, "rules[0].origin is 'x'"),
        ])
    func faults(_ table: String, _ told: String) {
        let error = #expect(throws: SluiceError.self) { try WireFormat(json: table) }
        #expect(error?.code == .invalidTable && error?.detail.contains(told) == true, "\(error?.detail ?? "")")
    }

    @Test("a path that cannot be compiled is told as by validate()")
    func path() {
        let error = #expect(throws: SluiceError.self) {
            try WireFormat(json: #"{"rules": [{"path": "a..b", "field": "text"}]}"#)
        }
        #expect(error?.code == .invalidPath)
    }

    private static let mine = WireFormat(
        name: "mine", framing: .sse, rules: [Rule("t", .text), Rule("mood", .custom("mood"))],
        signature: [[.equals("kind", "mine")]])

    @Test("a format of one's own is detected by its signature, before the built-in ones", arguments: [1, 7, 4096])
    func detection(_ size: Int) throws {
        // Its first event looks like text-field's to who does not know it.
        let bytes = Array(#"data: {"kind":"mine","text":"no","t":"Hi","mood":"calm"}"#.utf8) + [0x0A, 0x0A]
        var parser = StreamParser(own: [Self.mine], kinds: [.answer, .detail])
        var found: [String] = []
        for start in stride(from: 0, to: bytes.count, by: size) {
            let chunk = bytes[start..<min(start + size, bytes.count)]
            try parser.parse(Array(chunk).span) { found.append(String(copying: $0.name) + $0.string) }
        }
        #expect(parser.formatName == "mine" && found == ["Hi", "moodcalm"])
        var other = StreamParser(own: [Self.mine])
        try other.parse(Array("data: {\"choices\":[{\"delta\":{\"content\":\"a\"}}]}\n\n".utf8).span) { _ in }
        #expect(other.formatName == "openai-chat")
        var engine = Engine()
        var stream = TokenStream(own: [Self.mine])
        var reader = engine.read(bytes.span, of: &stream)
        while let delta = try reader.next() { #expect(delta.string == "Hi") }
        #expect(stream.formatName == "mine")
    }

    @Test("formats that cannot be compiled are told by the first read")
    func invalidDetection() {
        let bad = WireFormat(name: "bad", framing: .sse, rules: [Rule("a..b", .text)])
        var parser = StreamParser(own: [bad])
        let error = #expect(throws: SluiceError.self) {
            try parser.parse(Array("data: {}\n\n".utf8).span) { _ in }
        }
        #expect(error?.code == .invalidPath)
    }
}

@Suite("conditions on the type of a block")
struct BlockConditionTests {
    private static let format = WireFormat(
        name: "blocks", framing: .sse,
        rules: [
            Rule("i", .tool), Rule("kind", .block),
            Rule("t", .text, when: .block("answer")), Rule("t", .reasoning, when: .block("thinking")),
        ])

    private static func log(_ events: [String], _ kinds: DeltaKinds = .answer, _ limits: Limits = Limits()) -> [String]
    {
        WireRun.publicLog(format, Array(events.map { "data: \($0)\n\n" }.joined().utf8), limits: limits, kinds: kinds)
            .lines
    }

    private static let events = [
        #"{"i":0,"kind":"thinking","t":"not yet"}"#, #"{"i":1,"kind":"answ\u0065r"}"#, #"{"i":0,"t":"hm"}"#,
        #"{"i":1,"t":"Hi"}"#, #"{"i":2,"t":"nobody's"}"#, #"{"i":0,"kind":"answer"}"#, #"{"t":"d","i":0}"#,
    ]

    @Test("a value is read by the type with which its block began in an earlier event")
    func types() throws {
        let lines = Self.log(Self.events)
        #expect(lines.dropLast() == ["reasoning choice=0 \"hm\"", "text choice=0 \"Hi\"", "text choice=0 \"d\""])
        let details = Self.log(Self.events, [.answer, .detail])
        #expect(
            details.dropLast() == [
                "detail choice=0 block=0 block \"thinking\"", "detail choice=0 block=1 block \"answer\"",
                "reasoning choice=0 block=0 \"hm\"", "text choice=0 block=1 \"Hi\"",
                "detail choice=0 block=0 block \"answer\"",
                "text choice=0 block=0 \"d\"",
            ])
    }

    @Test("as the slow reference reads it, at every split, through every buffer and by several threads")
    func reference() throws {
        let bytes = Array(Self.events.map { "data: \($0)\n\n" }.joined().utf8)
        for hasDetails in [false, true] {
            let kinds: DeltaKinds = hasDetails ? [.answer, .detail] : .answer
            let found = PropertyRun(format: Self.format, kinds: kinds).read(Chunks(whole: bytes))
            let compared = DifferentialReader.Found(end: found.end, failure: found.failure, deltas: found.deltas)
            let wanted = ReferenceStream.read(bytes, ReferenceTable(Self.format, hasDetails: hasDetails))
            #expect(compared.difference(fromReference: wanted) == nil)
            let run = try WireRun(Self.format, kinds)
            let whole = WireRun.publicLog(Self.format, bytes, kinds: kinds)
            #expect(run.difference(fromEverySize: whole, of: bytes, upTo: .max, EngineCore()) == nil)
        }
        let many = [UInt8]((0..<400).map { _ in bytes }.joined())
        var parser = StreamParser(format: Self.format)
        var wanted = ""
        try parser.parse(many.span) { wanted += "\($0.kind) \($0.string) " }
        let outcome = try ParallelParser.parse(
            many.span, format: Self.format, limits: Limits(), kinds: .answer, workers: 3, leastBytes: 4096, into: ""
        ) { $0 += "\($1.kind) \($1.string) " }
        #expect(outcome.results.count > 3 && outcome.results.joined() == wanted)
    }

    @Test("more blocks than maxToolCalls are an error of the event, and the next one is read")
    func limit() {
        var limits = Limits()
        limits.maxToolCalls = 1
        let lines = Self.log(Self.events, .answer, limits)
        #expect(lines.first == "malformed too-many-tool-calls offset=47 event=2")
        #expect(lines[1] == "reasoning choice=0 \"hm\"")
    }
}
