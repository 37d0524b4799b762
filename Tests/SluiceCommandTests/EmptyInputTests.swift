import Foundation
import Testing

@Suite("input without an event", .hangGuard)
struct EmptyInputTests {
    @Test(
        "input of 0 bytes is reported as nothing, not as truncated",
        arguments: [["cat"], ["cat", "--json"], ["collect"]])
    func nothing(_ command: [String]) async throws {
        for more in [[], ["--format", "openai-chat"], ["--text", "w"], ["--strategy", "ring"]] {
            let result = try await Tool.run(command + more, input: Data())
            #expect(result.errors == "sluice: the input is empty\n")
            #expect(result.status == 2)
        }
        let tagged = try await Tool.run("cat", "--tag", "-")
        #expect(tagged.errors == "sluice: -: the input is empty\n" && tagged.status == 2)
    }

    @Test(
        "a stream of keep-alives or terminal markers alone says so, and is as good as none",
        arguments: [": ping\n\n", ": ping\n\nevent: message\n\n", "data: {}\n\n", chatDone])
    func noEvent(_ input: String) async throws {
        for command in ["cat", "collect"] {
            let result = try await Tool.run(command, "--format", "openai-chat", input: input)
            #expect(
                result.errors
                    == "sluice: the stream has nothing but keep-alives or terminal markers, in \(input.utf8.count) bytes (empty)\n"
            )
            #expect(result.status == 2)
        }
    }

    @Test("a stream of which no data arrived in time says that, and no more")
    func silent() async throws {
        let tool = try LiveTool("--timeout", "0.2")
        #expect(await tool.end() == 5)
        let errors = String(decoding: tool.errors.fileHandleForReading.availableData, as: UTF8.self)
        #expect(errors == "sluice: no data arrived for 0.2 s\n")
    }
}
