import Testing

@testable import Sluice
@testable import SluiceTestSupport

// What an accumulator holds beside texts, calls and usage: the order of blocks, and details.

@Suite("blocks and details of an answer")
struct AnswerDetailTests {
    private static func answer(
        _ events: [String], _ format: WireFormat, _ kinds: DeltaKinds = [.answer, .detail], _ limits: Limits = Limits()
    ) throws -> Accumulator {
        var parser = StreamParser(format: format, kinds: kinds)
        var answer = Accumulator(limits: limits)
        try parser.parse(Array(events.map { "data: \($0)\n\n" }.joined().utf8).span, into: &answer)
        try parser.finish(into: &answer)
        return answer
    }

    private static let thinking = [
        #"{"type":"message_start","message":{"id":"m1","model":"c","usage":{"input_tokens":9,"cache_read_input_tokens":90,"cache_creation_input_tokens":5,"output_tokens":1}}}"#,
        #"{"type":"content_block_start","index":0,"content_block":{"type":"thinking","thinking":""}}"#,
        #"{"type":"content_block_delta","index":0,"delta":{"type":"thinking_delta","thinking":"h"}}"#,
        #"{"type":"content_block_delta","index":0,"delta":{"type":"thinking_delta","thinking":"m"}}"#,
        #"{"type":"content_block_delta","index":0,"delta":{"type":"signature_delta","signature":"EqQ="}}"#,
        #"{"type":"content_block_start","index":1,"content_block":{"type":"text","text":""}}"#,
        #"{"type":"content_block_delta","index":1,"delta":{"type":"text_delta","text":"One"}}"#,
        #"{"type":"content_block_start","index":2,"content_block":{"type":"tool_use","id":"t","name":"f","input":{}}}"#,
        #"{"type":"content_block_delta","index":2,"delta":{"type":"input_json_delta","partial_json":"{}"}}"#,
        #"{"type":"content_block_start","index":3,"content_block":{"type":"redacted_thinking","data":"Em"}}"#,
        #"{"type":"content_block_start","index":4,"content_block":{"type":"thinking","thinking":"again"}}"#,
        #"{"type":"content_block_start","index":5,"content_block":{"type":"text","text":""}}"#,
        #"{"type":"content_block_delta","index":5,"delta":{"type":"text_delta","text":"Two"}}"#,
        #"{"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{"output_tokens":12}}"#,
        #"{"type":"message_stop"}"#,
    ]

    @Test("blocks are in order, with their texts, calls, signatures and types")
    func interleaved() throws {
        let answer = try Self.answer(Self.thinking, .anthropicMessages)
        let choice = try #require(answer.choices[0])
        let shown = choice.blocks.map { block in
            "\(block.kind) \(block.number ?? -1) \(block.type ?? "-") \(choice.text(of: block) ?? "-") "
                + block.details.map { "\($0.name)=\($0.value)" }.joined(separator: ",")
        }
        #expect(
            shown == [
                "reasoning 0 thinking hm signature=EqQ=", "text 1 text One ", "toolCall(0) 2 tool_use - ",
                "other 3 redacted_thinking - encrypted-reasoning=Em", "reasoning 4 thinking again ", "text 5 text Two ",
            ])
        #expect(choice.text == "OneTwo" && choice.reasoning == "hmagain")
        #expect(answer.detail(.responseID) == "m1" && answer.detail(.model) == "c" && answer.detail(.cost) == nil)
        #expect(answer.usage?.input == 9 && answer.usage?.output == 12 && answer.usage?.cached == 90)
        #expect(answer.usage?.allInput == 104 && answer.usage?.allOutput == 12)
    }

    @Test("without details, blocks are told apart by their kinds")
    func plain() throws {
        let answer = try Self.answer(Self.thinking, .anthropicMessages, .answer)
        let kinds = answer.choices[0]?.blocks.map { "\($0.kind) \($0.number ?? -1)" }
        #expect(kinds == ["reasoning -1", "text -1", "toolCall(0) 2", "reasoning -1", "text -1"])
        #expect(answer.details.isEmpty)
    }

    @Test("counts mean the same for each provider")
    func counts() throws {
        let openAI = try Self.answer(
            [
                #"{"choices":[],"usage":{"prompt_tokens":9,"completion_tokens":4,"total_tokens":13,"prompt_tokens_details":{"cached_tokens":8},"completion_tokens_details":{"reasoning_tokens":3}}}"#
            ], .openAIChat)
        #expect(openAI.usage?.allInput == 9 && openAI.usage?.allOutput == 4)
        #expect(openAI.usage?.cached == 8 && openAI.usage?.reasoning == 3 && openAI.usage?.total == 13)
        let gemini = try Self.answer(
            [
                #"{"candidates":[],"usageMetadata":{"promptTokenCount":9,"candidatesTokenCount":4,"thoughtsTokenCount":20,"toolUsePromptTokenCount":2,"cachedContentTokenCount":5}}"#
            ], .geminiGenerate)
        #expect(gemini.usage?.output == 4 && gemini.usage?.allInput == 11 && gemini.usage?.allOutput == 24)
        var huge = Accumulator.Usage(input: .max, output: nil)
        #expect(huge.set("added-cached-tokens", "9") && huge.allInput == .max && huge.allOutput == nil)
        #expect(huge.set("cached-tokens", "x") && !huge.set("signature", "9"))
    }

    @Test("the text of a block is told from its own bytes, and not once it was spilled")
    func spilled() throws {
        struct Sink: SpillSink {
            mutating func take(_ bytes: RawSpan, of part: Accumulator.Part) throws(SluiceError) {}
        }
        var limits = Limits()
        limits.maxAccumulatedBytes = 400
        var answer = Accumulator(limits: limits)
        var sink = Sink()
        var parser = StreamParser(format: .anthropicMessages, kinds: [.answer, .detail])
        let bytes = Array(Self.thinking.map { "data: \($0)\n\n" }.joined().utf8)
        var reader = parser.read(bytes.span)
        while let delta = try reader.next() { try answer.add(delta, spillingTo: &sink) }
        let before = try #require(answer.choices[0])
        #expect(before.blocks.last.flatMap { before.text(of: $0) } == "Two")
        try answer.spill(to: &sink)
        let after = try #require(answer.choices[0])
        #expect(after.blocks.count == 6 && after.blocks.allSatisfy { after.text(of: $0) == nil })
    }

    @Test("details are bounded, and what is dropped is told")
    func limit() throws {
        var limits = Limits()
        limits.maxAccumulatedBytes = 30
        let events = ["a", "b"].map { name in
            #"{"choices":[{"delta":{"annotations":["# + "\"" + String(repeating: name, count: 16) + "\"]}}]}"
        }
        let answer = try Self.answer(events, .openAIChat, [.answer, .detail], limits)
        #expect(answer.choices[0]?.blocks.flatMap(\.details).map(\.value) == [String(repeating: "a", count: 16)])
        #expect(answer.problems.map(\.code) == [.answerTooLarge])
        limits.whenExceeded = .fail
        let error = #expect(throws: SluiceError.self) {
            try Self.answer(events, .openAIChat, [.answer, .detail], limits)
        }
        #expect(error?.code == .answerTooLarge)
    }

    @Test("there are at most 65,536 blocks, and no text is lost behind them")
    func manyBlocks() throws {
        let pair = [
            #"{"choices":[{"delta":{"content":"a"}}]}"#, #"{"choices":[{"delta":{"reasoning":"b"}}]}"#,
        ].map { "data: \($0)\n\n" }.joined()
        let bytes = Array(String(repeating: pair, count: 33_000).utf8)
        var parser = StreamParser(format: .openAIChat)
        var answer = Accumulator()
        try parser.parse(bytes.span, into: &answer)
        let choice = try #require(answer.choices[0])
        #expect(
            choice.blocks.count == 65_536 && choice.text.utf8.count == 33_000 && choice.reasoning.utf8.count == 33_000)
    }

    @Test("a copied delta says of its answer what the view says")
    func copies() throws {
        var parser = StreamParser(format: .anthropicMessages, kinds: .all)
        var (views, copies) = (Accumulator(), Accumulator())
        let bytes = Array(Self.thinking.map { "data: \($0)\n\n" }.joined().utf8)
        try parser.parse(bytes.span) { delta in
            try views.add(delta)
            try copies.add(OwnedDelta(copying: delta))
        }
        #expect(views == copies && !views.details.isEmpty)
    }

    @Test("several threads tell the same details as one", arguments: [false, true])
    func threads(_ isDetected: Bool) throws {
        // Ids in every event, a model from the middle on, citations that each event repeats, log probabilities now and then.
        let events = (0..<4000).map { number in
            let model = number < 2000 ? "" : #""model":"late","#
            let logprobs = number % 97 == 0 ? #","logprobs":{"content":[1]}"# : ""
            return "data: {\"id\":\"c1\",\(model)\"object\":\"chat.completion.chunk\",\"citations\":[\"u\"],"
                + "\"choices\":[{\"delta\":{\"content\":\"w\(number) \"}\(logprobs)}]}\n\n"
        }
        let bytes = Array(events.joined().utf8)
        let format = isDetected ? nil : WireFormat.openAIChat
        var parser = StreamParser(format: format, kinds: [.answer, .detail])
        var wanted = ""
        @Sendable func shown(_ delta: borrowing Delta) -> String {
            "\(delta.kind) \(delta.eventOffset) \(String(copying: delta.name)) \(delta.string)\n"
        }
        try parser.parse(bytes.span) { wanted += shown($0) }
        let end = try parser.finish { wanted += shown($0) }
        let outcome = try ParallelParser.parse(
            bytes.span, format: format, limits: Limits(), kinds: [.answer, .detail], workers: 3, leastBytes: 16_384,
            into: ""
        ) { $0 += shown($1) }
        #expect(outcome.results.count > 3 && outcome.results.joined() == wanted && outcome.end == end)
    }
}
