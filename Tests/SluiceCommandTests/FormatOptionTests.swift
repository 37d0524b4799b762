import Foundation
import Testing

@Suite("formats by name and by path")
struct FormatOptionTests {
    private static let words = """
        data: {"payload":{"words":[{"w":"a"},{"w":"b"}]}}

        data: {"payload":{"words":[{"w":"c"}]},"kind":"bye"}


        """

    @Test("a named format is not detected")
    func named() async throws {
        let result = try await Tool.run(
            ["--format", "text-field"], input: Data("data: {\"text\":\"x\",\"delta\":\"y\",\"done\":false}\n\n".utf8))
        #expect(result.output == "x")
        let collected = try await Tool.run("collect", "--format", "delta-done", input: "data: {\"done\":true}\n\n")
        #expect(collected.output.contains("\"format\":\"delta-done\",\"status\":\"complete\""))
    }

    @Test("an unknown format is an error that names the nearest and all others")
    func unknown() async throws {
        let result = try await Tool.run("--format", "openai-chta", input: "")
        #expect(result.status == 1)
        #expect(result.output == "")
        #expect(
            result.errors.hasPrefix(
                "sluice: there is no wire format 'openai-chta'; did you mean 'openai-chat'? Known are: "))
        #expect(result.errors.contains("anthropic-messages"))
    }

    @Test("a path is a format of one's own", arguments: ["1", "3", "1000"], ["borrowed", "ring", "linear"])
    func ownPath(chunk: String, strategy: String) async throws {
        let arguments = ["--text", "payload.words[].w", "--done", "kind=bye", "--chunk", chunk, "--strategy", strategy]
        let result = try await Tool.run(arguments, input: Data(Self.words.utf8))
        #expect(result.output == "abc")
        #expect(result.errors == "")
        #expect(result.status == 0)
    }

    @Test(
        "the framing of a format of one's own is detected",
        arguments: [
            "data: {\"w\":\"a\"}\n\ndata: {\"w\":\"b\",\"done\":true}\n\n",
            "{\"w\":\"a\"}\n{\"w\":\"b\",\"done\":true}\n",
            "[{\"w\":\"a\"},\n{\"w\":\"b\",\"done\":true}]",
            "  \n{\n\"w\":\"a\"}{\"w\":\"b\",\"done\":true}",
        ])
    func ownFraming(input: String) async throws {
        for chunk in ["1", "65536"] {
            let result = try await Tool.run("--text", "w", "--chunk", chunk, input: input)
            #expect(result.output == "ab")
            #expect(result.status == 0)
        }
    }

    @Test("the framing of a format of one's own can be given", arguments: ["--format", "--framing"])
    func givenFraming(option: String) async throws {
        let result = try await Tool.run(
            "--text", "w", option, "ndjson", input: "{\"w\":\n{\"w\":\"b\",\"done\":true}\n")
        #expect(result.output == "b")
        #expect(result.status == 2)
    }

    @Test("several paths are all text, in the order of the document")
    func severalPaths() async throws {
        let result = try await Tool.run(
            "--text", "a", "--text", "b", input: "{\"b\":\"1\",\"a\":\"2\"}\n{\"done\":true}\n")
        #expect(result.output == "12")
    }

    @Test("a named format can be read with other text")
    func namedWithPath() async throws {
        let result = try await Tool.run(
            "--format", "openai-chat", "--text", "choices[].delta.role",
            input: chat("\"role\":\"x\",\"content\":\"y\"") + chatDone)
        #expect(result.output == "x")
        #expect(result.status == 0)
    }

    @Test("the payload itself can be the text")
    func payload() async throws {
        let result = try await Tool.run("--text", "$", input: "data: {plain\n\ndata: [DONE]\n\n")
        #expect(result.output == "{plain")
        #expect(result.status == 0)
    }

    @Test("a path that leads nowhere is reported")
    func deadPath() async throws {
        let result = try await Tool.run("--text", "no.such", input: chatText("Hi") + chatDone)
        #expect(result.output == "")
        #expect(result.errors.contains("no event has text at 'no.such'"))
    }

    @Test("an in-band error of a format of one's own is found")
    func ownError() async throws {
        let result = try await Tool.run("--text", "w", input: "{\"w\":\"a\"}\n{\"error\":{\"message\":\"gone\"}}\n")
        #expect(result.output == "a")
        #expect(result.errors.contains("the stream carried an error: gone\n"))
        #expect(result.status == 4)
    }
}

@Suite("sluice formats")
struct FormatsTests {
    @Test("all formats are listed with their rules")
    func all() async throws {
        let result = try await Tool.run("formats")
        #expect(result.status == 0)
        #expect(result.lines.contains("openai-chat"))
        #expect(result.lines.contains("anthropic-messages"))
        #expect(result.lines.contains("  choices[].delta.content → text"))
        #expect(
            result.lines.contains(
                "  choices[].delta.reasoning → reasoning  when choices[].delta.reasoning_content is empty"))
    }

    @Test("one format is listed alone")
    func one() async throws {
        let result = try await Tool.run("formats", "delta-done")
        #expect(result.lines.first == "delta-done")
        #expect(result.lines.contains("  framing: sse"))
        #expect(result.lines.contains("  done → terminal  when done is true"))
        #expect(!result.lines.contains("openai-chat"))
    }

    @Test("JSON is one object a format")
    func json() async throws {
        let result = try await Tool.run("formats", "--json")
        for line in result.lines {
            let table = try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any]
            #expect(table?["rules"] is [[String: Any]])
        }
        #expect(result.lines.count > 20)
    }

    @Test("an unknown name is an error")
    func unknown() async throws {
        let result = try await Tool.run("formats", "nonesuch")
        #expect(result.status == 1)
        #expect(result.errors.hasPrefix("sluice: there is no wire format 'nonesuch'; known are: "))
    }
}
