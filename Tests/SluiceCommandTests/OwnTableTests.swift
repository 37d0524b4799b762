import Foundation
import Testing

@Suite("formats of one's own")
struct OwnTableTests {
    private let stream =
        #"data: {"d":{"t":"Hi","r":"hm","mood":"calm"},"c":[{"n":"look","a":"{}","i":0,"id":"x"}]}"# + "\n\n"
        + #"data: {"bye":1}"# + "\n\n"

    @Test("paths of reasoning, tool calls, errors and fields of one's own")
    func paths() async throws {
        let result = try await Tool.run(
            "cat", "--json", "--details", "--text", "d.t", "--reasoning", "d.r", "--tool", "name=c[].n", "--tool",
            "arguments=c[].a", "--tool", "number=c[].i", "--tool", "id=c[].id", "--field", "mood=d.mood", "--error",
            "fault",
            "--done", "bye", input: stream)
        #expect(
            result.lines.dropLast() == [
                #"{"kind":"text","choice":0,"text":"Hi"}"#, #"{"kind":"reasoning","choice":0,"text":"hm"}"#,
                #"{"kind":"detail","choice":0,"name":"mood","value":"calm"}"#,
                #"{"kind":"tool_call","choice":0,"tool":0,"id":"x","name":"look","origin":"client"}"#,
                #"{"kind":"tool_arguments","choice":0,"tool":0,"text":"{}"}"#,
            ])
        #expect(result.status == 0)
        let fault = try await Tool.run(
            "cat", "--text", "d.t", "--error", "fault", input: #"data: {"fault":"oh no"}"# + "\n\n")
        #expect(fault.errors.contains("oh no") && fault.status != 0)
    }

    @Test("they add to a format that is named, whose text stays")
    func adding() async throws {
        let result = try await Tool.run(
            "cat", "--json", "--details", "--format", "openai-chat", "--field", "mood=mood",
            input: #"data: {"mood":"calm","choices":[{"delta":{"content":"Hi"}}]}"# + "\n\n" + chatDone)
        #expect(result.lines.contains(#"{"kind":"detail","choice":0,"name":"mood","value":"calm"}"#))
        #expect(result.lines.contains(#"{"kind":"text","choice":0,"text":"Hi"}"#))
    }

    @Test("a table in a file, and what is wrong with one")
    func file() async throws {
        try await Folder.with { folder in
            let table = try folder.file("mine.json", #"{"rules": [{"path": "d.t", "field": "text"}]}"#)
            let result = try await Tool.run("cat", "--table", table, "--done", "bye", input: stream)
            #expect(result.output.hasPrefix("Hi") && result.status == 0)
            let bad = try folder.file("bad.json", #"{"rules": [{"path": "d.t", "feld": "text"}]}"#)
            let told = try await Tool.run("cat", "--table", bad, input: stream)
            #expect(
                told.status == 1
                    && told.errors.contains("bad.json: the table of a format cannot be read: rules[0] has no 'feld'"))
            let none = try await Tool.run("cat", "--table", "/no/such/file", input: stream)
            #expect(none.status == 1 && none.errors.contains("cannot read the table '/no/such/file': No such file"))
        }
    }

    @Test("--reasoning shows or hides it, as before")
    func display() async throws {
        let shown = try await Tool.run("cat", input: fullAnswer)
        let hidden = try await Tool.run("cat", "--reasoning", "hide", input: fullAnswer)
        #expect(shown.output.contains("Hm.") && !hidden.output.contains("Hm."))
    }

    @Test("a part that calls do not have, and an option without a path, are told")
    func wrong() async throws {
        let part = try await Tool.run("cat", "--text", "t", "--tool", "what=x", input: "")
        #expect(part.status == 1 && part.errors.contains("--tool has no part 'what'"))
        let pair = try await Tool.run("cat", "--text", "t", "--field", "mood", input: "")
        let alone = try await Tool.run("cat", "--field", "mood=m", input: "")
        #expect(alone.status == 1 && alone.errors.contains("give --text, --format or --table too"))
        #expect(pair.status == 1 && pair.errors.contains("--field is 'mood'; give a name and a path"))
    }
}
