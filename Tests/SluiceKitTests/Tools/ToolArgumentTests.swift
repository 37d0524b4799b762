import Foundation
import Sluice
import SluiceKit
import Testing

@Suite("tool arguments")
struct ToolArgumentTests {
    private static func call(_ number: Int, _ id: String?, _ arguments: String, choice: Int = 0) -> String {
        let head = id.map { "\"id\":\"\($0)\"," } ?? ""
        let name = id == nil ? "" : "\"name\":\"f\","
        let text = String(decoding: (try? JSONEncoder().encode(arguments)) ?? Data(), as: UTF8.self)
        let tool = "{\"index\":\(number),\(head)\"function\":{\(name)\"arguments\":\(text)}}"
        return "data: {\"choices\":[{\"index\":\(choice),\"delta\":{\"tool_calls\":[\(tool)]}}]}\n\n"
    }

    private static let stream =
        call(0, "a", "{\"city\":\"Pa") + call(1, "b", "[1,") + call(0, nil, "ris\"}") + call(1, nil, "2]")
        + call(0, "c", "{\"x\":") + call(0, nil, "}") + call(0, nil, "more") + call(0, "d", "{}", choice: 1)

    @Test("calls that come in turns have their values while they come, by view and by copy")
    func values() throws {
        var tools = ToolArguments()
        var copies = ToolArguments()
        var cities: [String] = []
        var parser = StreamParser(format: .openAIChat)
        var answer = Accumulator()
        var reader = parser.read(Array(Self.stream.utf8).span)
        while let delta = try reader.next() {
            let call = tools.add(delta)
            #expect(call == copies.add(OwnedDelta(copying: delta)))
            if call == 0, let city = tools.calls[0].json.root?["city"]?.string { cities.append(city) }
            try answer.add(delta)
        }
        #expect(cities == ["Pa", "Paris"])
        for calls in [tools.calls, copies.calls] {
            #expect(calls.map(\.id) == ["a", "b", "c", "d"] && calls.map(\.choice) == [0, 0, 0, 1])
            #expect(calls.map(\.isComplete) == [true, true, false, true])
            #expect(calls[1].json.root?.copied == .array([.number("1"), .number("2")]))
            #expect(calls[2].problem?.code == .malformedPayload && calls[2].problem?.offset == 5)
        }
        #expect(answer.choices[0]?.toolCalls.map(\.id) == ["a", "b", "c"])
    }

    @Test("calls past the limit are passed over")
    func limit() throws {
        var limits = Limits()
        limits.maxToolCalls = 2
        var tools = ToolArguments(limits: limits)
        var parser = StreamParser(format: .openAIChat)
        var places: [Int?] = []
        try parser.parse(Array(Self.stream.utf8).span) { places.append(tools.add($0)) }
        #expect(tools.calls.map(\.id) == ["a", "b"])
        #expect(places.suffix(3) == [nil, nil, nil])
        // Of the stream's six deltas about the third call and the fourth.
        #expect(tools.problems.map(\.code) == Array(repeating: .tooManyToolCalls, count: 6))
        #expect(tools.problemCount == 6 && tools.problems[0].detail.contains("maxToolCalls, 2"))
        #expect(tools.problems.allSatisfy { $0.offset > 0 })
    }
}

@Suite("who runs a tool call, in SluiceKit")
struct ToolOriginTests {
    private static func block(_ index: Int, _ type: String) -> String {
        let head = "\"type\":\"\(type)\",\"id\":\"t\(index)\",\"name\":\"f\",\"input\":{}"
        return "data: {\"type\":\"content_block_start\",\"index\":\(index),\"content_block\":{\(head)}}\n\n"
            + "data: {\"type\":\"content_block_delta\",\"index\":\(index),\"delta\":{\"type\":\"input_json_delta\","
            + "\"partial_json\":\"{}\"}}\n\n"
    }

    @Test("calls that the provider runs are not for the client")
    func origins() throws {
        var tools = ToolArguments()
        var copies = ToolArguments()
        var parser = StreamParser(format: .anthropicMessages)
        let stream = Self.block(0, "server_tool_use") + Self.block(1, "tool_use")
        try parser.parse(Array(stream.utf8).span) { delta in
            tools.add(delta)
            copies.add(OwnedDelta(copying: delta))
        }
        for calls in [tools.calls, copies.calls] {
            #expect(calls.map(\.origin) == [.server, .client])
            #expect(calls.map(\.isForClient) == [false, true])
            #expect(calls.map(\.isComplete) == [true, true])
        }
    }

    @Test("a name in pieces is one name, and an id that comes later is taken")
    func pieces() throws {
        func piece(_ rest: String) -> String {
            "data: {\"choices\":[{\"delta\":{\"tool_calls\":[{\"index\":0,\(rest)}]}}]}\n\n"
        }
        let stream =
            piece("\"function\":{\"name\":\"get_\"}") + piece("\"function\":{\"name\":\"weather\"}")
            + piece("\"id\":\"c\",\"function\":{\"arguments\":\"{}\"}")
        var tools = ToolArguments()
        var parser = StreamParser(format: .openAIChat)
        try parser.parse(Array(stream.utf8).span) { tools.add($0) }
        #expect(tools.calls.map(\.name) == ["get_weather"] && tools.calls.map(\.id) == ["c"])
    }
}
