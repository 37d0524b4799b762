import Foundation
import Testing

@Suite("tool calls and errors, in every output")
struct ToolCallOutputTests {
    private static func piece(_ rest: String) -> String { chat("\"tool_calls\":[{\"index\":0,\(rest)}]") }

    private static let pieces =
        piece("\"id\":\"c1\",\"function\":{\"name\":\"get_\",\"arguments\":\"\"}")
        + piece("\"function\":{\"name\":\"weather\"}") + piece("\"function\":{\"arguments\":\"{}\"}") + chatDone

    @Test("a call whose name comes in pieces has one line", arguments: ["1", "65536"])
    func namePieces(chunk: String) async throws {
        let json = try await Tool.run("cat", "--json", "--chunk", chunk, input: Self.pieces)
        #expect(
            json.lines.dropLast() == [
                "{\"kind\":\"tool_call\",\"choice\":0,\"tool\":0,\"id\":\"c1\",\"name\":\"get_weather\",\"origin\":\"client\"}",
                "{\"kind\":\"tool_arguments\",\"choice\":0,\"tool\":0,\"text\":\"{}\"}",
            ])
        let text = try await Tool.run("cat", "--chunk", chunk, input: Self.pieces)
        #expect(text.output == "⚙ get_weather(c1) {}\n")
        let collected = try await Tool.run("collect", input: Self.pieces)
        #expect(collected.output.contains("\"name\":\"get_weather\""))
    }

    @Test("an id that comes behind the name belongs to the same call")
    func lateID() async throws {
        let input =
            Self.piece("\"function\":{\"name\":\"f\"}") + Self.piece("\"id\":\"c1\"")
            + Self.piece("\"function\":{\"arguments\":\"{}\"}") + chatDone
        let json = try await Tool.run("cat", "--json", input: input)
        #expect(json.lines.count { $0.contains("\"tool_call\"") } == 1)
        #expect(json.lines.first?.contains("\"id\":\"c1\",\"name\":\"f\"") == true)
        #expect(try await Tool.run("cat", input: input).output == "⚙ f(c1) {}\n")
    }

    @Test("an id that comes behind arguments has a line of its own in JSON, and shows no call twice in text")
    func veryLateID() async throws {
        let input =
            Self.piece("\"function\":{\"name\":\"f\",\"arguments\":\"{\"}") + Self.piece("\"id\":\"c1\"")
            + Self.piece("\"function\":{\"arguments\":\"}\"}") + chatDone
        let json = try await Tool.run("cat", "--json", input: input)
        #expect(
            json.lines.filter { $0.contains("\"tool_call\"") } == [
                "{\"kind\":\"tool_call\",\"choice\":0,\"tool\":0,\"id\":\"\",\"name\":\"f\",\"origin\":\"client\"}",
                "{\"kind\":\"tool_call\",\"choice\":0,\"tool\":0,\"id\":\"c1\",\"name\":\"\",\"origin\":\"client\",\"continuation\":true}",
            ])
        #expect(try await Tool.run("cat", input: input).output == "⚙ f {}\n")
    }

    @Test("a call that is the stream's last line is printed")
    func lastCall() async throws {
        let input = Self.piece("\"id\":\"c1\",\"function\":{\"name\":\"f\"}")
        for chunk in ["1", "65536"] {
            #expect(try await Tool.run("cat", "--chunk", chunk, input: input).output == "⚙ f(c1) \n")
            let json = try await Tool.run("cat", "--json", "--chunk", chunk, input: input)
            #expect(json.lines.first?.contains("\"name\":\"f\"") == true && json.lines.count == 2)
        }
    }

    @Test("calls that the server runs are marked")
    func origins() async throws {
        func block(_ index: Int, _ type: String, _ name: String) -> String {
            let head = "\"type\":\"\(type)\",\"id\":\"t\(index)\",\"name\":\"\(name)\",\"input\":{}"
            return "data: {\"type\":\"content_block_start\",\"index\":\(index),\"content_block\":{\(head)}}\n\n"
                + "data: {\"type\":\"content_block_delta\",\"index\":\(index),\"delta\":{\"type\":\"input_json_delta\","
                + "\"partial_json\":\"{\\\"q\\\":1}\"}}\n\n"
                + "data: {\"type\":\"content_block_stop\",\"index\":\(index)}\n\n"
        }
        let input =
            block(0, "server_tool_use", "web_search") + block(1, "tool_use", "look")
            + "data: {\"type\":\"message_stop\"}\n\n"
        let text = try await Tool.run("cat", input: input)
        #expect(text.output == "⚙ web_search(t0) (server) {\"q\":1}\n⚙ look(t1) {\"q\":1}\n")
        let json = try await Tool.run("cat", "--json", input: input)
        #expect(json.output.contains("\"name\":\"web_search\",\"origin\":\"server\"}"))
        #expect(json.output.contains("\"name\":\"look\",\"origin\":\"client\"}"))
        let collected = try await Tool.run("collect", input: input)
        #expect(collected.output.contains("\"name\":\"web_search\",\"origin\":\"server\","))
        #expect(collected.output.contains("\"name\":\"look\",\"origin\":\"client\","))
    }

    @Test("a plan for tool calls is a plan in both outputs")
    func plan() async throws {
        let input =
            "data: {\"type\":\"tool-plan-delta\",\"delta\":{\"message\":{\"tool_plan\":\"I look.\"}}}\n\n"
            + "data: {\"type\":\"message-end\",\"delta\":{\"finish_reason\":\"COMPLETE\"}}\n\n"
        let json = try await Tool.run("cat", "--json", "--format", "cohere-v2", input: input)
        #expect(json.lines.first == "{\"kind\":\"reasoning\",\"choice\":0,\"text\":\"I look.\",\"plan\":true}")
        let collected = try await Tool.run("collect", "--format", "cohere-v2", input: input)
        #expect(collected.output.contains("\"reasoning\":\"\",\"tool_plan\":\"I look.\""))
    }

    /// Errors, and their members in JSON and words on standard error.
    private static let errors: [(input: String, members: String, words: String)] = [
        (
            chatError,
            "\"type\":\"server_error\",\"code\":null,\"message\":\"too busy\",\"param\":null,\"request_id\":null,\"retry_after\":null",
            "server_error: too busy"
        ),
        (
            "{\"error\":\"no such model\"}\n",
            "\"type\":null,\"code\":null,\"message\":\"no such model\",\"param\":null,\"request_id\":null,\"retry_after\":null",
            "no such model"
        ),
        (
            "data: {\"error\":{\"message\":\"Too long\",\"type\":\"invalid_request_error\",\"param\":\"messages\",\"code\":\"too_long\"},"
                + "\"request_id\":\"r1\",\"retry_after\":1.5}\n\n",
            "\"type\":\"invalid_request_error\",\"code\":\"too_long\",\"message\":\"Too long\",\"param\":\"messages\","
                + "\"request_id\":\"r1\",\"retry_after\":1.5",
            "invalid_request_error: Too long (code too_long, param messages, request r1, retry after 1.5 s)"
        ),
    ]

    @Test("an error is the same object in every output, and has the same words", arguments: errors.indices)
    func errorObjects(_ index: Int) async throws {
        let (input, members, words) = Self.errors[index]
        let json = try await Tool.run("cat", "--json", input: input)
        #expect(json.lines.first == "{\"kind\":\"error\",\(members)}")
        let collected = try await Tool.run("collect", input: input)
        #expect(collected.output.contains(",\"error\":{\(members)},"))
        for result in [json, collected] {
            #expect(result.errors.hasPrefix("sluice: standard input: the stream carried an error: \(words)\n"))
            #expect(result.status == 4)
        }
    }
}
