import Testing

@testable import Sluice
@testable import SluiceTestSupport

// An engine remembers the shapes of payloads and what reading them came to. Whatever it remembers, a payload must give
// the same deltas and errors as it gives to an engine that has seen nothing. So: payloads of the golden files, changed in
// a few bytes, read by a new engine and by one that knows the payload as it was.

@Suite("changed payloads and remembered shapes")
struct BadInputMutationTests {
    /// An event of a format, and where its payload stands in it.
    struct Event: Sendable, CustomTestStringConvertible {
        var format: WireFormat
        var bytes: [UInt8]
        var payload: Range<Int>
        var testDescription: String { "\(format.name): \(String(decoding: bytes[payload].prefix(60), as: UTF8.self))" }
    }

    private static let formats = [
        "openai-chat": 8, "openai-completions": 2, "anthropic-messages": 4, "openai-responses": 3, "gemini-generate": 3,
        "gemini-interactions": 2,
        "cohere-v2": 2, "cohere-v1": 2, "ollama-generate": 2, "ollama-chat": 3, "hf-tgi": 2, "watsonx": 1,
        "openai-assistants": 2, "delta-done": 1,
    ]

    /// Of each format some payloads, spread over its golden file.
    static let events: [Event] = formats.sorted { $0.key < $1.key }.flatMap { name, count in
        guard let format = WireFormat.named(name), let file = try? WireGoldenFile(name) else { return [Event]() }
        let lines = file.cases.filter { $0.framing == nil }.flatMap {
            $0.input.split(whereSeparator: { $0 == 10 || $0 == 13 })
        }
        let documents = lines.filter { $0.last == 0x7D }.map { $0.drop { $0 != 0x7B } }.filter { $0.count > 40 }
        let picked = stride(from: 0, to: documents.count, by: max(1, documents.count / count)).prefix(count).map {
            documents[$0]
        }
        return picked.map { document in
            let head = format.framing == .sse ? Array("event: message\ndata: ".utf8) : []
            let bytes = head + document + Array((format.framing == .sse ? "\n\n" : "\n").utf8)
            return Event(format: format, bytes: bytes, payload: head.count..<(head.count + document.count))
        }
    }

    @Test("an engine that knows the payload reads a changed one as a new engine does", arguments: events)
    func mutations(_ event: Event) throws {
        let run = try WireRun(event.format)
        let good = Chunks(whole: event.bytes)
        var warm = EngineCore()
        for (round, seed) in Seeds.rounds(600).enumerated() {
            // How much an engine learns is bounded: one that has learnt all it may would find nothing any more.
            if round % 32 == 0 {
                warm = EngineCore()
                for _ in 0..<4 { _ = run.log(good, warm) }
            }
            var generator = SeededGenerator(seed: seed)
            // Now and then the engine is left with what the changed payloads before have taught it.
            if !generator.oneIn(4) { for _ in 0..<2 { _ = run.log(good, warm) } }
            let bytes = Self.stream(event, &generator)
            let cold = run.log(Chunks(whole: bytes))
            let cut = run.log(generator.cuts(of: bytes, most: 6))
            let found = run.log(Chunks(whole: bytes), warm)
            let again = run.log(generator.cuts(of: bytes, most: 3), warm)
            #expect(cut == cold, "seed \(seed), cut: \(VisibleBytes.write(bytes)): \(cut.firstDifference(from: cold))")
            #expect(found == cold, "seed \(seed): \(VisibleBytes.write(bytes)): \(found.firstDifference(from: cold))")
            #expect(
                again == cold, "seed \(seed), again: \(VisibleBytes.write(bytes)): \(again.firstDifference(from: cold))"
            )
        }
    }

    @Test("shapes learnt from every payload of a format leave each payload's deltas as they are")
    func manyShapes() throws {
        for name in Set(Self.events.map(\.format.name)) {
            let events = Self.events.filter { $0.format.name == name }
            let run = try WireRun(WireFormat.named(name))
            let warm = EngineCore()
            var generator = SeededGenerator(seed: 7)
            for _ in 0..<60 {
                let bytes = generator.pick(events).bytes
                #expect(run.log(Chunks(whole: bytes), warm) == run.log(Chunks(whole: bytes)), "\(name)")
            }
        }
    }

    private static let pieces =
        [
            "\"", "\\", "{", "}", "[", "]", ":", ",", "0", "1", "-", ".", "e", "+", " ", "\t", "null", "true", "false",
            "\"\"", "{}", "[]", "\\u00e9", "\\ud83d",
            "\\ude00", "\\q", "\\\"", "\u{0}", "\u{1F}", "\u{7F}", "é", "🙂", "1.5e-3", "\"x\":1,", ",\"content\":\"n\"",
            "\"index\":5,", "\"text\":\"t\",", "\n", "\r",
        ].map { Array($0.utf8) } + [[0x80], [0xFF], [0xC3], [0xED, 0xA0, 0x80]]

    /// A changed event, mostly among others: as it was, or changed as well.
    private static func stream(_ event: Event, _ generator: inout SeededGenerator) -> [UInt8] {
        var bytes: [UInt8] = []
        for _ in 0..<generator.pick([0, 0, 1, 3]) { bytes += event.bytes }
        for _ in 0..<generator.pick([1, 1, 1, 2]) { bytes += changed(event, &generator) }
        for _ in 0..<generator.pick([0, 1, 2]) { bytes += event.bytes }
        return bytes
    }

    /// The event with one to three changes in its payload, or now and then anywhere.
    private static func changed(_ event: Event, _ generator: inout SeededGenerator) -> [UInt8] {
        if generator.oneIn(6) {
            var bytes = event.bytes
            change(&bytes, &generator)
            return bytes
        }
        var payload = Array(event.bytes[event.payload])
        for _ in 0..<generator.pick([1, 1, 1, 2, 3]) { change(&payload, &generator) }
        return event.bytes[..<event.payload.lowerBound] + payload + event.bytes[event.payload.upperBound...]
    }

    private static func change(_ bytes: inout [UInt8], _ generator: inout SeededGenerator) {
        guard bytes.count > 4 else { return bytes.append(0x7D) }
        let at = Int.random(in: 0..<bytes.count, using: &generator)
        let length = min(generator.pick([1, 1, 2, 5, 20]), bytes.count - at)
        switch Int.random(in: 0..<7, using: &generator) {
        case 0: bytes[at] ^= 1 << UInt8.random(in: 0..<8, using: &generator)
        case 1: bytes.replaceSubrange(at..<(at + length), with: generator.pick(pieces))
        case 2: bytes.insert(contentsOf: generator.pick(pieces), at: at)
        case 3: bytes.removeSubrange(at..<(at + length))
        case 4: bytes.insert(contentsOf: bytes[at..<(at + length)], at: at)
        case 5: bytes.swapAt(at, Int.random(in: 0..<bytes.count, using: &generator))
        default: bytes[at] = generator.pick(pieces)[0]
        }
    }
}
