import Foundation
import Testing

@Suite("sluice cat --spill", .hangGuard)
struct SpillForceTests {
    @Test(
        "refuses to overwrite a file, or one of those beside it",
        arguments: ["", ".reasoning", ".call-0", ".choice-1.plan"])
    func refused(_ ending: String) async throws {
        try await Folder.with { folder in
            let path = folder.url.appendingPathComponent("answer.txt").path
            _ = try folder.file("answer.txt\(ending)", "mine")
            let refused = try await Tool.run("cat", "--spill", path, input: fullAnswer)
            #expect(refused.status == 1 && refused.output == "")
            #expect(
                refused.errors
                    == "sluice: '\(path)\(ending)' exists already; give --force to overwrite it, or --spill with another name\n"
            )
            #expect(try folder.text("answer.txt\(ending)") == "mine")
            let forced = try await Tool.run("cat", "--spill", path, "--force", input: fullAnswer)
            #expect(forced.status == 0 && forced.errors == "")
            #expect(try folder.text("answer.txt") == "Hi there 🌊")
            #expect(try folder.text("answer.txt.reasoning") == "Hm.")
        }
    }

    @Test("does not mind other files, and takes a path without a folder")
    func others() async throws {
        try await Folder.with { folder in
            for name in ["answer", "answer.txt.bak", "answer.txt.call-x", "other.reasoning"] {
                _ = try folder.file(name, name)
            }
            let command = "cd \"$1\" && \"$0\" --spill answer.txt < /dev/stdin && \"$0\" --spill answer.txt < answer"
            let result = try await Tool.run(
                ["-c", command, Tool.url.path, folder.url.path], input: Data(fullAnswer.utf8), program: "sh")
            #expect(result.status == 1 && result.errors.contains("'answer.txt' exists already"), "\(result)")
            #expect(try folder.text("answer.txt") == "Hi there 🌊" && folder.text("answer.txt.bak") == "answer.txt.bak")
            let device = try await Tool.run("cat", "--spill", "/dev/null", input: chatText("Hi") + chatDone)
            #expect(device.status == 0 && device.output == "Hi", "\(device)")
            let alone = try await Tool.run("cat", "--force", input: fullAnswer)
            #expect(alone.status == 1 && alone.errors.contains("--force is for --spill FILE"))
        }
    }
}
