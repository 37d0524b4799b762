import Foundation
import Sluice
import Testing

@testable import SluiceKit

// What the kit keeps is bounded by a limit, however long the stream is; what exceeds it is reported, and the rest goes on.

@Suite("bounded memory")
struct BoundedMemoryTests {
    private static func limits(_ bytes: Int) -> Limits {
        var limits = Limits()
        limits.maxAccumulatedBytes = bytes
        return limits
    }

    /// Deltas of a stream that the parser reads under its default limits.
    private static func deltas(_ events: [String]) throws -> [OwnedDelta] {
        var deltas: [OwnedDelta] = []
        var parser = StreamParser(format: .openAIChat)
        let bytes = Array(events.map { "data: \($0)\n\n" }.joined().utf8)
        try parser.parse(bytes.span) { deltas.append(OwnedDelta(copying: $0)) }
        return deltas
    }

    private static func begin(_ number: Int, id: String = "id", name: String = "f") -> String {
        let tool = "{\"index\":\(number),\"id\":\"\(id)\",\"function\":{\"name\":\"\(name)\"}}"
        return "{\"choices\":[{\"index\":0,\"delta\":{\"tool_calls\":[\(tool)]}}]}"
    }

    private static func arguments(_ number: Int, _ text: String) throws -> String {
        let written = String(decoding: try JSONEncoder().encode(text), as: UTF8.self)
        let tool = "{\"index\":\(number),\"function\":{\"arguments\":\(written)}}"
        return "{\"choices\":[{\"index\":0,\"delta\":{\"tool_calls\":[\(tool)]}}]}"
    }

    // MARK: Tool arguments

    @Test("the calls of an answer share one limit: those that exceed it have a problem, and the others go on")
    func callsTogether() throws {
        var tools = ToolArguments(limits: Self.limits(100_000))
        let large = "{\"text\":\"" + String(repeating: "x", count: 20_000) + "\"}"
        for number in 0..<1000 {
            let text = number % 10 == 9 ? "{}" : large
            for delta in try Self.deltas([Self.begin(number), Self.arguments(number, text)]) {
                let call = tools.add(delta)
                #expect(call == number)
                #expect(tools.heldBytes <= 100_000)
            }
        }
        #expect(tools.calls.count == 1000)
        let whole = tools.calls.indices.filter { tools.calls[$0].isComplete && tools.calls[$0].problem == nil }
        // Four large ones and all that are small.
        #expect(whole == [0, 1, 2, 3] + stride(from: 9, to: 1000, by: 10))
        #expect(tools.problemCount == 896 && tools.problems.count == Limits().maxProblems)
        #expect(
            tools.problems.allSatisfy {
                $0.code == .answerTooLarge && $0.detail.contains("maxAccumulatedBytes, 100000")
            })
        #expect(tools.calls[4].problem?.code == .answerTooLarge && tools.calls[4].json.root == nil)
    }

    @Test("a piece far larger than the room is refused before it is held")
    func largePiece() throws {
        for text in [
            "\"" + String(repeating: "x", count: 1 << 20), "[" + String(repeating: "1,", count: 1 << 19),
            "{\"" + String(repeating: "k", count: 1 << 20), "[1" + String(repeating: "0", count: 1 << 20),
            "\"" + String(repeating: "\\n", count: 1 << 19), "\"" + String(repeating: "\\ud800", count: 1 << 17),
            String(repeating: "[", count: 1000) + String(repeating: "{\"\":", count: 1 << 17),
        ] {
            var json = IncrementalJSON(limits: Self.limits(10_000))
            let error = #expect(throws: SluiceError.self) { try json.append(text) }
            #expect(error?.code == .answerTooLarge && (error?.offset ?? .max) < 20_000)
            #expect(
                json.size <= 10_000 + MemoryLayout<IncrementalJSON.Node>.stride, "\(json.size) of \(text.prefix(4))")
        }
    }

    @Test("a value of the limit's size is held, and one of a byte more is not", arguments: [0, 1])
    func boundary(_ more: Int) throws {
        let node = MemoryLayout<IncrementalJSON.Node>.stride
        var json = IncrementalJSON(limits: Self.limits(2 * node + 101))
        let text = "{\"k\":\"" + String(repeating: "x", count: 100 + more) + "\"}"
        var code: SluiceError.Code?
        do throws(SluiceError) { try json.append(text) } catch { code = error.code }
        #expect(code == (more == 0 ? nil : .answerTooLarge))
        #expect(json.isComplete == (more == 0))
    }

    @Test("ids and names count too, and a call without room for them has a problem")
    func names() throws {
        var tools = ToolArguments(limits: Self.limits(1000))
        let long = String(repeating: "n", count: 600)
        for number in 0..<3 {
            for delta in try Self.deltas([
                Self.begin(number, id: "\(number)", name: long), Self.arguments(number, "{}"),
            ]) {
                tools.add(delta)
            }
        }
        #expect(tools.calls.map { $0.problem?.code } == [nil, .answerTooLarge, .answerTooLarge])
        #expect(tools.calls[0].isComplete && tools.heldBytes <= 1000 && tools.problemCount == 2)
    }

    @Test("a call that is done can be released, and its room is there for others")
    func release() throws {
        var tools = ToolArguments(limits: Self.limits(3000))
        let large = "{\"text\":\"" + String(repeating: "x", count: 2000) + "\"}"
        for number in 0..<100 {
            for delta in try Self.deltas([Self.begin(number), Self.arguments(number, String(large.dropLast(9)))]) {
                tools.add(delta)
            }
            let isEarly = tools.release(number)
            #expect(!isEarly, "more is to come")
            for delta in try Self.deltas([Self.arguments(number, String(large.suffix(9)))]) { tools.add(delta) }
            #expect(tools.calls[number].json.root?["text"]?.string?.utf8.count == 2000)
            let released = [tools.release(number), tools.release(number)]
            #expect(released == [true, true])
            #expect(tools.calls[number].isComplete && tools.calls[number].json.root == nil)
            #expect(tools.calls[number].name == "f")
        }
        #expect(tools.problemCount == 0 && tools.heldBytes == 100 * 3)
    }

    @Test("memory that was reserved to grow is given back when a call is complete")
    func trimmed() throws {
        var tools = ToolArguments()
        let text = "[" + String(repeating: "\"some text\",", count: 1000) + "0]"
        for byte in text { for delta in try Self.deltas([Self.arguments(0, String(byte))]) { tools.add(delta) } }
        let json = tools.calls[0].json
        #expect(json.isComplete && json.root?.count == 1001)
        #expect(json.text.capacity <= json.text.count * 5 / 4 + 64)
        #expect(json.nodes.capacity <= json.nodes.count * 5 / 4 + 4)
        #expect(tools.heldBytes == json.size)
    }

    // MARK: Words

    @Test("of many texts at once only what is held back is kept, not the pieces that it came with")
    func manyTexts() throws {
        var words = DeltaWords(maxPendingBytes: 64)
        let piece = String(repeating: "word ", count: 4000) + "begun"
        for choice in 0..<100 {
            let event = "{\"choices\":[{\"index\":\(choice),\"delta\":{\"content\":\"\(piece)\"}}]}"
            for delta in try Self.deltas([event]) {
                let shown = words.append(delta).map(\.text)
                #expect(shown == [String(piece.dropLast(5))])
            }
            #expect(words.heldBytes <= (choice + 1) * 64)
        }
        let rest = words.flush().map(\.text)
        #expect(rest == Array(repeating: "begun", count: 100))
    }

    @Test("a character of any length is held back within the bound")
    func longCharacter() {
        for beginning in ["", "a", "ab ", "one two"] {
            var words = WordBuffer(maxPendingBytes: 256)
            var shown = ""
            let text = beginning + "e" + String(repeating: "\u{301}", count: 5000)
            let scalars = Array(text.unicodeScalars)
            for start in stride(from: 0, to: scalars.count, by: 700) {
                let piece = String(String.UnicodeScalarView(scalars[start..<min(start + 700, scalars.count)]))
                shown += words.append(piece) ?? ""
                #expect(words.pending.utf8.count <= 256)
            }
            shown += words.flush() ?? ""
            #expect(shown.utf8.elementsEqual(text.utf8))
        }
    }

    // MARK: Depth

    @Test(
        "arguments nested deeper than a value can be dropped have a problem, whatever the limit is",
        arguments: [1024, 1025, 20_000])
    func depth(_ depth: Int) throws {
        var limits = Limits()
        limits.maxNestingDepth = .max
        var tools = ToolArguments(limits: limits)
        let text = String(repeating: "{\"a\":[", count: depth / 2) + "[" + String(repeating: "]", count: 1)
        let deep = (depth % 2 == 0 ? String(text.dropLast(2)) : text) + String(repeating: "]}", count: depth / 2)
        for delta in try Self.deltas([Self.arguments(0, deep), Self.arguments(1, "{}")]) { tools.add(delta) }
        #expect(tools.calls[0].isComplete == (depth == 1024))
        #expect(tools.calls[0].problem?.code == (depth == 1024 ? nil : .nestedTooDeep))
        #expect(tools.calls[1].isComplete)
        let value = tools.calls[0].json.root?.copied
        let again = tools.calls[0].json.root?.copied
        #expect((value == again) && value.hashValue == again.hashValue)
    }
}
