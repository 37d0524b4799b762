import Testing

@testable import Sluice
@testable import SluiceTestSupport

// What a stream holds between events, and that streams which share an engine's buffers do not notice.

@Suite("idle streams")
struct IdleStreamTests {
    struct Case: Sendable, CustomStringConvertible {
        var format: WireFormat?
        var piece: String
        var description: String { format?.name ?? "unknown" }

        init(_ format: WireFormat?, _ piece: String) {
            self.format = format
            self.piece = piece
        }
    }

    static let cases: [Case] = [
        Case(.openAIChat, "id: 12\r\ndata: {\"choices\":[{\"delta\":{\"content\":\"H\\u00e9\"}}]}\r\n\r\n"),
        Case(.openAIChat, ": ping\n\ndata: {\"choices\":[{\"delta\":\ndata: {\"content\":\"Hi\"}}]}\n\n"),
        Case(nil, "data: {\"choices\":[{\"delta\":{\"content\":\"Hi\"}}]}\n\n"),
        Case(.ollamaGenerate, "{\"response\":\"Hi\",\"done\":false}\n"),
        Case(.geminiGenerate, "{\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"Hi\"}]}}]},\n"),
        Case(.textField, "{\"text\":\"Hi\"},\n"),
    ]

    @Test("an idle stream holds 256 bytes at most", arguments: cases, [1, 7, 64, 1000])
    func heldBytes(_ source: Case, _ size: Int) throws {
        let bytes = Array(String(repeating: source.piece, count: 40).utf8)
        var limits = Limits()
        limits.maxEventBytes = 1 << 20
        let pattern = TokenStream(format: format(of: source), limits: limits, kinds: [.text])
        var engine = Engine()
        for isLike in [false, true] {
            for fills in [false, true] {
                var stream = isLike ? TokenStream(like: pattern) : TokenStream(format: format(of: source))
                var count = 0
                for chunk in Chunks(bytes, of: size).slices {
                    count += try read(Array(chunk), fills: fills, &engine, &stream)
                }
                #expect(count == 40)
                let held = stream.heldBytes(sharedWith: pattern)
                #expect(held <= 256, "\(isLike ? "like another" : "alone"), \(fills ? "filled" : "lent")")
                check(stream.allocatedBytes == 0)
            }
        }
    }

    @Test("a stream that has only been pinged, and one that has ended, hold 256 bytes at most")
    func otherIdleStreams() throws {
        var engine = Engine()
        var stream = TokenStream(format: .openAIChat)
        let pattern = TokenStream(format: .openAIChat)
        for _ in 0..<10 { _ = try read(Array(": ping\n\n".utf8), fills: false, &engine, &stream) }
        #expect(stream.heldBytes(sharedWith: pattern) <= 256)
        let unfinished = "data: {\"choices\":[{\"delta\":{\"content\":\"Hi\"}}]}"
        _ = try read(Array(unfinished.utf8), fills: false, &engine, &stream)
        #expect(stream.heldBytes(sharedWith: pattern) > 256)
        var log = DeltaLog()
        try log.take(engine.finish(&stream))
        #expect(log.text() == "Hi")
        #expect(stream.heldBytes(sharedWith: pattern) <= 256)
        #expect(stream.end.status == .truncated)
        #expect(stream.end.endedInsideEvent)
    }

    @Test("a stream like another has its format, limits and kinds, and none of its past")
    func streamsLikeOthers() throws {
        var limits = Limits()
        limits.maxEventBytes = 100
        var engine = Engine()
        var first = TokenStream(limits: limits, kinds: [.finish])
        let event = "data: {\"choices\":[{\"delta\":{\"content\":\"Hi\"},\"finish_reason\":\"stop\"}]}\n\n"
        #expect(try read(Array(event.utf8), fills: false, &engine, &first) == 1)
        #expect(first.formatName == "openai-chat")
        var second = TokenStream(like: first)
        #expect(second.formatName == "openai-chat")
        #expect(second.end.bytes == 0)
        let long = "data: {\"choices\":[{\"delta\":{\"content\":\"\(String(repeating: "x", count: 100))\"}}]}\n\n"
        #expect(try read(Array((long + event).utf8), fills: false, &engine, &second) == 2)
        #expect(second.end.malformedEvents == 1)
        #expect(first.end.malformedEvents == 0)
    }

    @Test("streams in turn on one engine give what each gives alone", arguments: Seeds.rounds(12))
    func inTurn(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        var engine = Engine()
        let endings = ["", "data: [DONE]\n\n", "data: {\"choices\":[{\"delta\":{\"content\":\"\\ud83d", "nonsense"]
        let inputs = (0..<24).map { number in
            let source = Self.cases[number % Self.cases.count]
            let text = String(repeating: source.piece, count: 1 + Int.random(in: 0..<9, using: &generator))
            return (format(of: source), Array((text + generator.pick(endings)).utf8))
        }
        let streams = UnsafeMutablePointer<TokenStream>.allocate(capacity: inputs.count)
        defer {
            unsafe streams.deinitialize(count: inputs.count)
            unsafe streams.deallocate()
        }
        for (number, input) in inputs.enumerated() {
            unsafe (streams + number).initialize(to: TokenStream(format: input.0))
        }
        var logs = [DeltaLog](repeating: DeltaLog(), count: inputs.count)
        var starts = [Int](repeating: 0, count: inputs.count)
        var open = Array(inputs.indices)
        while !open.isEmpty {
            let number = generator.pick(open)
            // Any of them may be said to be next, whatever it holds.
            unsafe streams[generator.pick(Array(inputs.indices))].prefetch()
            let bytes = inputs[number].1
            let end = min(bytes.count, starts[number] + Int.random(in: 1...90, using: &generator))
            do throws(SluiceError) {
                if starts[number] < bytes.count {
                    let chunk = Array(bytes[starts[number]..<end])
                    if generator.oneIn(3) {
                        unsafe try engine.fill(chunk.span, of: &streams[number])
                        unsafe try logs[number].take(engine.pull(&streams[number]))
                    } else {
                        unsafe try logs[number].take(engine.read(chunk.span, of: &streams[number]))
                    }
                    starts[number] = end
                } else {
                    open.removeAll { $0 == number }
                    unsafe try logs[number].take(engine.finish(&streams[number]))
                }
            } catch {
                logs[number].failure = OwnedProblem(error)
                open.removeAll { $0 == number }
            }
        }
        for (number, input) in inputs.enumerated() {
            logs[number].end = unsafe streams[number].end
            logs[number].format = unsafe streams[number].formatName
            let alone = DeltaRun(format: input.0).log(Chunks(whole: input.1))
            #expect(
                logs[number].comparable == alone.comparable,
                "seed \(seed), stream \(number): \(logs[number].firstDifference(from: alone))")
        }
    }

    @Test("a stream that ends inside a string leaves nothing of it to the next of its engine")
    func endsInsideString() throws {
        let whole = "[{\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"a\"}]}}]}]"
        var engine = Engine()
        for cut in whole.utf8.indices.dropFirst() {
            for text in [String(whole.utf8[..<cut])!, whole] {
                let run = DeltaRun(format: .geminiGenerate)
                let chunks = Chunks(whole: Array(text.utf8))
                #expect(run.log(chunks, &engine) == run.log(chunks), "behind \(whole[..<cut])")
            }
        }
    }

    @Test("a stream that ends behind the prelude of a message leaves nothing of it to the next of its engine")
    func endsBehindPrelude() throws {
        var engine = Engine()
        let long = AWSMessage(payload: String(repeating: " ", count: 300) + "{}", event: "messageStop").bytes
        let damaged = AWSMessage(payload: "{}", event: "messageStop").bytes.enumerated().map {
            $0.offset == 2 ? 9 : $0.element
        }
        for bytes in [Array(long.prefix(40)), damaged, long] {
            let run = DeltaRun(format: .bedrock)
            #expect(run.log(Chunks(bytes, of: 16), &engine) == run.log(Chunks(bytes, of: 16)))
        }
    }

    @Test("a reader that is dropped leaves its stream small, and the engine to others")
    func dropped() throws {
        var engine = Engine()
        var first = TokenStream(format: .textField)
        var second = TokenStream(format: .textField)
        let chunk = Array("data: {\"text\":\"a\"}\n\ndata: {\"text\":\"b\"}\n\n".utf8)
        do {
            var reader = engine.read(chunk.span, of: &first)
            _ = try reader.next()
        }
        for _ in 0..<3 {
            let error = #expect(throws: SluiceError.self) {
                var reader = engine.read(chunk.span, of: &first)
                _ = try reader.next()
            }
            #expect(error?.code == .abandoned)
        }
        var log = DeltaLog()
        try log.take(engine.read(chunk.span, of: &second))
        #expect(log.text() == "ab")
        #expect(second.end.deltas == 2)
        #expect(first.end.status == .truncated)
        #expect(first.heldBytes(sharedWith: second) <= 256)
    }

    @Test("a reader that takes the place of one with deltas left throws, in chunks of any size")
    func replacedReader() throws {
        let bytes = [UInt8]((0..<40).map { "data: {\"text\":\"\($0)\"}\n\n" }.joined().utf8)
        for size in [3, 21, 22, 23, 50, bytes.count] {
            var parser = StreamParser(format: .textField)
            var reader = parser.read(bytes.span)
            _ = try reader.next()
            reader = parser.read(bytes.span.extracting(0..<size))
            #expect(throws: SluiceError.self, "at size \(size)") { _ = try reader.next() }
            reader = parser.finish()
            #expect(throws: SluiceError.self, "at size \(size)") { _ = try reader.next() }
        }
    }

    @Test("a stream whose reader was dropped throws at every read, and keeps nothing", arguments: Feeding.allCases)
    func readOn(feeding: Feeding) throws {
        let event = "data: {\"text\":\"a\"}\n\n"
        for rest in [event, "data: {\"text\":\n", "data: {\"text\"", "\r", "event: x\n"] {
            for begins in [false, true] {
                var parser = StreamParser(format: .textField, layout: feeding.layout)
                let bytes = Array((event + rest).utf8)
                if feeding.fills(1) {
                    try parser.fill(bytes.span)
                    var reader = parser.pull()
                    if begins { _ = try reader.next() }
                } else {
                    var reader = parser.read(bytes.span)
                    if begins { _ = try reader.next() }
                }
                #expect(throws: SluiceError.self) { try parser.parse(bytes.span) { _ in Issue.record("a delta") } }
                try parser.fill(bytes.span)
                #expect(throws: SluiceError.self) {
                    var reader = parser.pull()
                    _ = try reader.next()
                }
                #expect(throws: SluiceError.self) { try parser.finish { _ in Issue.record("a delta") } }
                #expect(parser.end.status == .truncated)
            }
        }
    }

    @Test("a stream that is dropped inside an event or while filled gives everything back")
    func droppedInside() throws {
        var engine = Engine()
        for fills in [false, true] {
            var stream = TokenStream(format: .textField)
            let part = Array("data: {\"text\":".utf8)
            if fills {
                try engine.fill(part.span, of: &stream)
            } else {
                _ = try read(part, fills: false, &engine, &stream)
            }
            weak let core = stream.parked.core
            #expect(core != nil)
            drop(stream)
            #expect(core == nil)
        }
    }

    private func drop(_ stream: consuming TokenStream) {}

    private func format(of source: Case) -> WireFormat? {
        var format = source.format
        if source.piece.hasSuffix("},\n") { format?.framing = .jsonArray }
        return format
    }

    private func read(
        _ chunk: [UInt8], fills: Bool, _ engine: inout Engine, _ stream: inout TokenStream
    ) throws -> Int {
        var log = DeltaLog()
        if fills {
            try engine.fill(chunk.span, of: &stream)
            try log.take(engine.pull(&stream))
        } else {
            try log.take(engine.read(chunk.span, of: &stream))
        }
        return log.deltas.count
    }
}

extension TokenStream {
    /// Bytes of memory that are this stream's alone, with what the allocator rounds up.
    func heldBytes(sharedWith other: borrowing TokenStream) -> Int {
        var bytes = MemoryLayout<TokenStream>.size + allocatedBytes + size(of: parked)
        if let core = parked.core { bytes += size(of: core) }
        let standard = StreamSettings.of(Limits(), layout: .mirrored, kinds: .answer)
        if parked.settings !== other.parked.settings && parked.settings !== standard {
            bytes += size(of: parked.settings)
        }
        return bytes
    }

    private func size(of object: AnyObject) -> Int {
        unsafe usableBytes(Unmanaged.passUnretained(object).toOpaque())
    }
}

// Glibc's module leaves <malloc.h> out.
@_silgen_name("malloc_usable_size")
private func usableBytes(_ memory: UnsafeMutableRawPointer) -> Int
