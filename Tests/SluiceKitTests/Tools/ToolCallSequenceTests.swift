import Sluice
import SluiceKit
import Testing

@testable import SluiceTestSupport

/// What the events of a stream say of its calls.
private struct CallLog {
    var began: [ToolArguments.Call] = []
    var pieces: [String] = []
    var completed: [ToolArguments.Call] = []
    var incomplete: [ToolArguments.Call] = []
    var deltas: [OwnedDelta] = []
    var interruption: StreamInterruption?

    init(_ events: ToolCallSequence) async {
        do {
            for try await event in events {
                switch event {
                case .delta(let delta): deltas.append(delta)
                case .began(let call): began.append(call)
                case .arguments(_, let piece): pieces.append(piece)
                case .completed(let call): completed.append(call)
                case .incomplete(let call): incomplete.append(call)
                }
            }
        } catch {
            interruption = error
        }
    }

    var ends: [ToolArguments.Call] { completed + incomplete }
}

extension ToolArguments.Call {
    fileprivate var place: [Int] { [choice, tool] }
}

@Suite("tool call events", .hangGuard)
struct ToolCallSequenceTests {
    private static func chat(_ calls: String, finish: String? = nil) -> String {
        let reason = finish.map { ",\"finish_reason\":\"\($0)\"" } ?? ""
        return "data: {\"choices\":[{\"index\":0,\"delta\":{\"tool_calls\":[\(calls)]}\(reason)}]}\n\n"
    }

    private static func read(_ text: String, _ format: WireFormat = .openAIChat) async -> CallLog {
        await CallLog(DrivenSource([Array(text.utf8)]).deltas(format: format, idleTimeout: nil).toolCalls())
    }

    @Test("in every format each call begins once and ends once, as a whole", arguments: WireFormat.all.map(\.name))
    func formats(_ name: String) async throws {
        for golden in try WireGoldenFile(name).cases {
            var format = try #require(WireFormat.named(name))
            format.framing = golden.framing ?? format.framing
            guard let reading = try? SynchronousReading(golden.input, format: format) else { continue }
            let source = DrivenSource(golden.input.cut(every: 37))
            let log = await CallLog(source.deltas(format: format, idleTimeout: nil).toolCalls())
            let title = Comment(rawValue: "\(name): \(golden.title)")

            let calls = reading.message.choices.values.flatMap(\.toolCalls)
            #expect(log.began.count == calls.count && log.ends.count == calls.count, title)
            #expect(
                log.began.map(\.place).sorted { $0.lexicographicallyPrecedes($1) }
                    == log.ends.map(\.place).sorted { $0.lexicographicallyPrecedes($1) }, title)
            let isToolDelta: (OwnedDelta) -> Bool = { $0.kind == .toolCall || $0.kind == .toolArguments }
            #expect(log.deltas == reading.deltas.filter { !isToolDelta($0) }, title)
            #expect(
                log.pieces.joined() == reading.deltas.filter { $0.kind == .toolArguments }.map(\.text).joined(), title)
            for call in log.completed where !call.takesAnyInput {
                #expect((try? call.decode(Anything.self)) != nil, title)
            }
            // What ended well has complete calls, but for those that a limit of tokens has cut.
            let isCut = log.deltas.contains { $0.kind == .finish && $0.text.lowercased().contains("max_") }
            if reading.end.status == .complete, !isCut {
                let broken = log.incomplete.filter { $0.problem == nil && $0.json.byteCount == 0 }
                #expect(broken.isEmpty, title)
            }
        }
    }

    @Test("a call is complete with the last byte of its arguments, before anything else comes")
    func atOnce() async throws {
        let source = DrivenSource()
        let events = source.deltas(format: .openAIChat, idleTimeout: nil).toolCalls()
        var iterator = events.makeAsyncIterator()
        source.send(Self.chat(#"{"index":0,"id":"a","function":{"name":"f","arguments":"{\"x\":"}}"#))
        guard case .began(let begun)? = try await iterator.next() else {
            Issue.record("no call")
            return
        }
        #expect(begun.id == "a" && begun.name == "f" && !begun.hasEnded)
        guard case .arguments(_, "{\"x\":")? = try await iterator.next() else {
            Issue.record("no piece")
            return
        }
        source.send(Self.chat(#"{"index":0,"function":{"arguments":"1}"}}"#))
        guard case .arguments(let call, "1}")? = try await iterator.next() else {
            Issue.record("no piece")
            return
        }
        #expect(call.decodePartial([String: Int].self) == ["x": 1])
        guard case .completed(let done)? = try await iterator.next() else {
            Issue.record("no end")
            return
        }
        #expect(try done.decode([String: Int].self) == ["x": 1])
        source.finish()
        #expect(try await iterator.next() == nil)
    }

    @Test("calls without arguments are complete, and have those of an empty object")
    func noArguments() async throws {
        let log = await Self.read(
            Self.chat(#"{"index":0,"id":"a","function":{"name":"f","arguments":""}}"#)
                + Self.chat(#"{"index":1,"id":"b","function":{"name":"g"}}"#, finish: "tool_calls") + "data: [DONE]\n\n"
        )
        #expect(log.completed.map(\.id) == ["a", "b"] && log.incomplete.isEmpty)
        #expect(try log.completed[1].decode([String: Int].self).isEmpty)
    }

    @Test("the input of custom calls is text, and complete where the next one begins or the answer finishes")
    func customCalls() async throws {
        func piece(_ index: Int, _ head: String, _ input: String) -> String {
            Self.chat("{\"index\":\(index),\(head)\"custom\":{\"input\":\"\(input)\"}}")
        }
        let stream =
            piece(0, #""id":"a","type":"custom","#, "SELECT ")
            .replacing("\"custom\":{", with: "\"custom\":{\"name\":\"sql\",") + piece(0, "", "1;")
            + Self.chat("", finish: "tool_calls") + "data: [DONE]\n\n"
        let log = await Self.read(stream)
        #expect(log.completed.map(\.input) == ["SELECT 1;"] && log.completed.map(\.origin) == [.custom])
        #expect(log.completed[0].problem == nil)
        let error = #expect(throws: ToolDecodingError.self) { try log.completed[0].decode(Int.self) }
        #expect(error?.callName == "sql" && error?.underlying is SluiceError)
        let cut = await Self.read(stream.replacing("\"tool_calls\"}", with: "\"length\"}"))
        #expect(cut.incomplete.map(\.input) == ["SELECT 1;"])
        #expect(cut.completed.isEmpty)
    }

    @Test("calls that the end of the stream, its limit of tokens or an error has cut are incomplete")
    func cut() async throws {
        let begun = Self.chat(#"{"index":0,"id":"a","function":{"name":"f","arguments":"{\"x\":"}}"#)
        let bare = Self.chat(#"{"index":0,"id":"a","function":{"name":"f","arguments":""}}"#)
        for stream in [
            begun, begun + Self.chat("", finish: "length") + "data: [DONE]\n\n", bare,
            bare + Self.chat("", finish: "length") + "data: [DONE]\n\n",
            bare + "data: {\"error\":{\"message\":\"no\"}}\n\n",
        ] {
            let log = await Self.read(stream)
            #expect(log.incomplete.map(\.id) == ["a"] && log.completed.isEmpty && log.interruption == nil, "\(stream)")
            #expect(log.incomplete[0].hasEnded && log.incomplete[0].problem == nil)
            let error = #expect(throws: ToolDecodingError.self) { try log.incomplete[0].decode(Int.self) }
            #expect(error?.detail.contains("incomplete") == true)
        }
    }

    @Test("an interruption ends the open calls before it is thrown")
    func interrupted() async throws {
        struct Broken: Error {}
        let source = DrivenSource()
        source.send(Self.chat(#"{"index":0,"id":"a","function":{"name":"f","arguments":"{}"}}"#))
        source.send(Self.chat(#"{"index":1,"id":"b","function":{"name":"f","arguments":"{\"x"}}"#))
        source.fail(Broken())
        let log = await CallLog(source.deltas(format: .openAIChat, idleTimeout: nil).toolCalls())
        #expect(log.completed.map(\.id) == ["a"] && log.incomplete.map(\.id) == ["b"])
        #expect(log.interruption != nil)
    }

    @Test("a call with wrong arguments is incomplete with its problem, at once")
    func problem() async throws {
        let log = await Self.read(
            Self.chat(#"{"index":0,"id":"a","function":{"name":"f","arguments":"{x"}}"#)
                + Self.chat(#"{"index":0,"id":"b","function":{"name":"f","arguments":"{}"}}"#, finish: "tool_calls"))
        #expect(log.incomplete.map(\.id) == ["a"] && log.incomplete[0].problem?.code == .malformedPayload)
        #expect(log.completed.map(\.id) == ["b"])
        let error = #expect(throws: ToolDecodingError.self) { try log.incomplete[0].decode(Int.self) }
        #expect(error?.description.hasPrefix("the arguments of 'f' (a) are wrong: ") == true)
    }

    @Test("a choice that finishes many times costs no more than its calls")
    func repeatedFinish() throws {
        var tools = ToolArguments()
        var parser = StreamParser(format: .openAIChat)
        let stream =
            (0..<50).map {
                Self.chat("{\"index\":\($0),\"id\":\"c\($0)\",\"function\":{\"name\":\"f\",\"arguments\":\"[\"}}")
            }
            .joined() + String(repeating: Self.chat("", finish: "stop"), count: 50)
        try parser.parse(Array(stream.utf8).span) { tools.add($0) }
        #expect(tools.nextEnded() == nil)
        tools.finish(try parser.finish { _ in })
        var ended: [Int] = []
        while let call = tools.nextEnded() { ended.append(call) }
        #expect(ended == Array(0..<50) && tools.calls.allSatisfy { $0.hasEnded && !$0.isComplete })
        tools.finish(nil)
        #expect(tools.nextEnded() == nil)
    }
}

/// Any JSON.
private struct Anything: Decodable {
    init(from decoder: any Decoder) throws { _ = try decoder.singleValueContainer() }
}

extension ToolArguments.Call {
    fileprivate var takesAnyInput: Bool { origin == .custom || origin == .server }
}
