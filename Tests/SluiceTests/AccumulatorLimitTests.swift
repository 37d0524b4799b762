import Foundation
import Testing

@testable import Sluice
@testable import SluiceTestSupport

// What an accumulator holds is bounded; what it cannot hold goes to a sink, is dropped and told, or is an error.

@Suite("limits of what is accumulated")
struct AccumulatorLimitTests {
    typealias Part = Accumulator.Part

    /// Keeps every piece, until it is told to fail.
    struct Sink: SpillSink {
        var pieces: [(part: Part, text: String)] = []
        var failsAt = Int.max

        mutating func take(_ bytes: RawSpan, of part: Part) throws(SluiceError) {
            if pieces.count == failsAt { throw SluiceError(.sinkFailed, detail: "the disk is full") }
            pieces.append((part, String(decoding: bytes.copied, as: UTF8.self)))
        }

        func text(of part: Part) -> String { pieces.filter { $0.part == part }.map(\.text).joined() }
    }

    private static func event(_ choice: Int, _ delta: String) -> String {
        "data: {\"choices\":[{\"index\":\(choice),\"delta\":{\(delta)}}]}\n\n"
    }

    private static func text(_ text: String, choice: Int = 0) -> String { event(choice, "\"content\":\"\(text)\"") }

    private static func call(_ number: Int, id: String = "", name: String = "", _ arguments: String) -> String {
        let begun = id.isEmpty ? "" : "\"id\":\"\(id)\","
        let named = name.isEmpty ? "" : "\"name\":\"\(name)\","
        return event(
            0, "\"tool_calls\":[{\"index\":\(number),\(begun)\"function\":{\(named)\"arguments\":\"\(arguments)\"}}]")
    }

    private static let finish = "data: {\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n"

    private func read(
        _ stream: String, _ answer: inout Accumulator, _ format: WireFormat = .openAIChat
    ) throws(SluiceError) {
        var parser = StreamParser(format: format)
        let bytes = Array(stream.utf8)
        try parser.parse(bytes.span, into: &answer)
    }

    private func read(
        _ stream: String, _ answer: inout Accumulator, _ sink: inout Sink, _ format: WireFormat = .openAIChat
    ) throws(SluiceError) {
        var parser = StreamParser(format: format)
        let bytes = Array(stream.utf8)
        var reader = parser.read(bytes.span)
        while let delta = try reader.next() { try answer.add(delta, spillingTo: &sink) }
    }

    private func limits(_ bytes: Int, _ whenExceeded: Limits.WhenExceeded = .skip) -> Limits {
        var limits = Limits()
        limits.maxAccumulatedBytes = bytes
        limits.whenExceeded = whenExceeded
        return limits
    }

    @Test("without a sink, text past the limit is dropped and told, and all behind it, so that there is no gap")
    func dropped() throws {
        // 4 + 5 + 1 bytes; é has two.
        let stream = Self.text("abcd") + Self.text("efgé") + Self.text("h") + Self.text("i", choice: 1) + Self.finish
        for (limit, texts, dropped) in [
            (11, ["abcdefgéh", "i"], 0), (10, ["abcdefgéh", ""], 1), (9, ["abcdefgé", ""], 2), (8, ["abcd", ""], 7),
        ] {
            var answer = Accumulator(limits: limits(limit))
            try read(stream, &answer)
            #expect([0, 1].map { answer.choices[$0]?.text } == texts, "\(limit)")
            #expect(answer.droppedBytes == UInt64(dropped) && answer.heldBytes + dropped == 11, "\(limit)")
            #expect(answer.problems.map(\.code) == (dropped > 0 ? [.answerTooLarge] : []))
            #expect(answer.problemCount == UInt64(answer.problems.count))
            #expect(answer.choices[0]?.finishReason == "stop", "a reason is no text")
        }
    }

    @Test("where the limits say so, text past the limit is an error, and what was before stays")
    func failed() throws {
        let stream = Self.text("abcd") + Self.event(0, "\"reasoning_content\":\"efgh\"") + Self.text("i")
        for (limit, fails) in [(10, false), (9, false), (8, true)] {
            var answer = Accumulator(limits: limits(limit, .fail))
            var found: SluiceError?
            do throws(SluiceError) { try read(stream, &answer) } catch { found = error }
            #expect(found?.code == (fails ? .answerTooLarge : nil), "\(limit)")
            #expect(answer.choices[0]?.text == (fails ? "abcd" : "abcdi") && answer.choices[0]?.reasoning == "efgh")
            guard let found else { continue }
            #expect(found.detail.contains("maxAccumulatedBytes, 8"))
            #expect(Int(found.offset) == stream.utf8.count - Self.text("i").utf8.count)
            #expect(answer.problems.isEmpty && answer.droppedBytes == 0)
        }
    }

    @Test("what the sink has of a part and what is held of it are the whole part, at every limit", arguments: 6...46)
    func spilled(_ limit: Int) throws {
        let stream =
            Self.text("ab") + Self.event(0, "\"reasoning_content\":\"think\"") + Self.text("c", choice: 1)
            + Self.call(0, id: "x", "{\\\"a\\\"") + Self.call(1, id: "y", "[") + Self.call(0, ":1}")
            + Self.event(0, "\"refusal\":\"no\"") + Self.text("déf") + Self.call(1, "]")
            + Self.text("a long one, of 27 bytes ünd")
            + Self.text("end", choice: 1) + Self.finish
        var all = Accumulator()
        try read(stream, &all)
        var answer = Accumulator(limits: limits(limit, .fail))
        var sink = Sink()
        try read(stream, &answer, &sink)
        #expect(answer.heldBytes <= limit)
        #expect(answer.heldBytes + Int(answer.spilledBytes) == all.heldBytes)
        #expect(sink.pieces.isEmpty == (limit >= all.heldBytes))
        for isAtEnd in [false, true] {
            if isAtEnd { try answer.spill(to: &sink) }
            func whole(_ part: Part, _ held: String?) -> String { sink.text(of: part) + (held ?? "") }
            for (number, choice) in all.choices {
                let found = answer.choices[number]
                #expect(whole(Part(choice: number, field: .text), found?.text) == choice.text)
                #expect(whole(Part(choice: number, field: .reasoning), found?.reasoning) == choice.reasoning)
                #expect(whole(Part(choice: number, field: .refusal), found?.refusal) == choice.refusal)
                #expect(found?.toolCalls.map(\.id) == choice.toolCalls.map(\.id))
                #expect(found?.finishReason == choice.finishReason)
                for (position, call) in choice.toolCalls.enumerated() {
                    let part = Part(choice: number, field: .arguments(toolCall: position))
                    #expect(whole(part, found?.toolCalls[position].arguments) == call.arguments)
                }
            }
        }
        #expect(answer.heldBytes == 0 && answer.droppedBytes == 0 && answer.problems.isEmpty)
    }

    @Test("a text of the limit's size is held, and one more byte sends what was held to the sink")
    func spillEdge() throws {
        for (added, pieces) in [("efg", []), ("efgh", []), ("efghi", ["abcd"])] {
            var answer = Accumulator(limits: limits(8))
            var sink = Sink()
            try read(Self.text("abcd") + Self.text(added), &answer, &sink)
            #expect(sink.pieces.map(\.text) == pieces)
            #expect(answer.choices[0]?.text == (pieces.isEmpty ? "abcd" + added : added))
        }
    }

    @Test("a sink that fails has taken nothing more, and the pieces it has taken are not handed to it again")
    func failingSink() throws {
        var answer = Accumulator(limits: limits(4))
        var sink = Sink(failsAt: 1)
        var found: SluiceError?
        let stream = Self.text("ab") + Self.text("cd", choice: 1) + Self.text("ef")
        do throws(SluiceError) { try read(stream, &answer, &sink) } catch { found = error }
        #expect(found?.code == .sinkFailed)
        #expect(sink.pieces.map(\.text) == ["ab"] && answer.heldBytes == 2)
        sink.failsAt = .max
        try answer.spill(to: &sink)
        #expect(sink.pieces.map(\.text) == ["ab", "cd"])
    }

    @Test("calls are counted over all choices; what belongs to a dropped one is dropped, not given to another")
    func calls() throws {
        var limits = Limits()
        limits.maxToolCalls = 2
        // The third has the first's number: its arguments would be taken for the first's.
        let stream =
            Self.call(0, id: "a", "1") + Self.call(1, id: "b", "2") + Self.call(0, id: "c", name: "f", "3")
            + Self.text("t")
        var answer = Accumulator(limits: limits)
        try read(stream, &answer)
        #expect(answer.choices[0]?.toolCalls.map(\.arguments) == ["1", "2"])
        #expect(answer.problems.map(\.code) == [.tooManyToolCalls] && answer.droppedBytes == 1)
        #expect(answer.choices[0]?.text == "t")
        limits.whenExceeded = .fail
        var strict = Accumulator(limits: limits)
        var found: SluiceError?
        do throws(SluiceError) { try read(stream, &strict) } catch { found = error }
        #expect(found?.code == .tooManyToolCalls)
        limits.maxToolCalls = 3
        strict = Accumulator(limits: limits)
        try read(stream, &strict)
        #expect(strict.choices[0]?.toolCalls.map(\.arguments) == ["1", "2", "3"])
    }

    @Test("ids, names and reasons are bounded too, and no sink takes them")
    func names() throws {
        let stream = Self.call(0, id: "1234567", "1") + Self.finish + Self.text("t")
        for (limit, ids, reason) in [
            (11, ["1234567"], "stop"), (10, ["1234567"], nil), (7, ["1234567"], nil), (6, [], "stop"),
        ] as [(Int, [String], String?)] {
            var answer = Accumulator(limits: limits(limit))
            var sink = Sink()
            try read(stream, &answer, &sink)
            #expect(answer.choices[0]?.toolCalls.compactMap(\.id) == ids && answer.choices[0]?.finishReason == reason)
            #expect(answer.choices[0]?.text == "t", "\(limit)")
            #expect(answer.problems.map(\.code) == (limit < 11 ? [.answerTooLarge] : []), "\(limit)")
        }
    }

    @Test("choices are counted, and deltas of more are dropped")
    func choices() throws {
        var limits = Limits()
        limits.maxChoices = 2
        let stream = (0..<4).map { Self.text("t", choice: $0) }.joined()
        var answer = Accumulator(limits: limits)
        try read(stream, &answer)
        #expect(Set(answer.choices.keys) == [0, 1])
        #expect(answer.problems.map(\.code) == [.tooManyChoices, .tooManyChoices] && answer.droppedBytes == 2)
    }

    @Test("the first problems are kept, and all are counted")
    func problems() throws {
        for count in [99, 100, 101, 5000] {
            var answer = Accumulator()
            try read(String(repeating: "data: {\n\n", count: count), &answer)
            #expect(answer.problems.count == min(count, 100) && answer.problemCount == UInt64(count))
            #expect(answer.problems.map(\.event) == Array(1...UInt64(min(count, 100))))
        }
    }

    @Test("whole arguments are spilled in their canonical form")
    func canonical() throws {
        let line =
            "{\"message\":{\"tool_calls\":[{\"function\":{\"name\":\"f\",\"arguments\":{\"b\": 1, \"a\" :2}}}]}}\n"
        for limit in [12, 13, 14] {
            var answer = Accumulator(limits: limits(limit))
            var sink = Sink()
            try read(line, &answer, &sink, .ollamaChat)
            let held = answer.choices[0]?.toolCalls.first?.arguments ?? ""
            #expect(sink.pieces.map(\.text).joined() + held == "{\"a\":2,\"b\":1}")
            #expect(sink.pieces.isEmpty == (limit >= 13))
        }
    }
}

@Suite("an answer of any length")
struct SpillMemoryTests {
    /// Checks each byte against what was sent, and keeps none.
    private struct Checker: SpillSink {
        var bytes = 0
        var isRight = true
        var largest = 0

        mutating func take(_ bytes: RawSpan, of part: Accumulator.Part) throws(SluiceError) {
            isRight = isRight && part == Accumulator.Part(choice: 0, field: .text)
            for byte in bytes.copied {
                isRight = isRight && byte == SpillMemoryTests.byte(self.bytes)
                self.bytes += 1
            }
            largest = max(largest, bytes.byteCount)
        }
    }

    private static func byte(_ position: Int) -> UInt8 { 0x61 + UInt8(truncatingIfNeeded: position % 23) }

    /// `SLUICE_SPILL_BYTES=200000000` reads as much text as that.
    private static let size = ProcessInfo.processInfo.environment["SLUICE_SPILL_BYTES"].flatMap { Int($0) } ?? 4_000_000

    @Test("is spilled whole and in order, while no more than the limit is held")
    func bounded() throws {
        var limits = Limits()
        limits.maxAccumulatedBytes = 100_000
        var answer = Accumulator(limits: limits)
        var sink = Checker()
        var parser = StreamParser(format: .openAIChat)
        var sent = 0
        let before = Self.residentBytes
        var most = 0
        while sent < Self.size {
            var chunk: [UInt8] = []
            for _ in 0..<64 {
                let count = 1 + (sent * 7) % 1000
                chunk += Array("data: {\"choices\":[{\"delta\":{\"content\":\"".utf8)
                chunk += (sent..<(sent + count)).map(Self.byte)
                chunk += Array("\"}}]}\n\n".utf8)
                sent += count
            }
            var reader = parser.read(chunk.span)
            while let delta = try reader.next() { try answer.add(delta, spillingTo: &sink) }
            most = max(most, answer.heldBytes)
        }
        #expect(most <= limits.maxAccumulatedBytes && sink.largest <= limits.maxAccumulatedBytes)
        #expect(sink.bytes + answer.heldBytes == sent)
        try answer.spill(to: &sink)
        #expect(sink.isRight && sink.bytes == sent && answer.spilledBytes == UInt64(sent))
        if Self.size > 100_000_000, let before, let after = Self.residentBytes {
            print("resident: \(before >> 20) MiB before, \(after >> 20) MiB after \(sent) bytes of text")
            #expect(after - before < 32 << 20)
        }
    }

    private static var residentBytes: Int? {
        let status = try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)
        let line = status?.split(separator: "\n").first { $0.hasPrefix("VmRSS:") }
        return line?.split(separator: " ").dropFirst().first.flatMap { Int($0.filter(\.isNumber)) }.map { $0 << 10 }
    }
}
