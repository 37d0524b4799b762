import Foundation
import Testing

@Suite("--color", .hangGuard)
struct ColorTests {
    private static let answer = chat("\"reasoning_content\":\"Hm\"") + chatText("Hi") + chatDone
    private static let dimmed = "\u{1B}[2mHm\u{1B}[22m\nHi"

    @Test(
        "decides whether reasoning is dimmed where output is no terminal",
        arguments: [([], "Hm\nHi"), (["--color", "auto"], "Hm\nHi"), (["--color", "never"], "Hm\nHi")]
            + [(["--color", "always"], dimmed), (["--color=always", "--words"], dimmed)])
    func pipe(_ more: [String], _ output: String) async throws {
        let result = try await Tool.run(["cat"] + more, input: Data(Self.answer.utf8))
        #expect(result.output == output && result.status == 0)
    }

    @Test("'always' counts before NO_COLOR and TERM")
    func precedence() async throws {
        let result = try await Tool.run(
            ["cat", "--color", "always"], input: Data(Self.answer.utf8),
            environment: ["NO_COLOR": "1", "TERM": "dumb"])
        #expect(result.output == Self.dimmed)
    }

    @Test("on a terminal heeds NO_COLOR, TERM and what is asked for", .enabled(if: TerminalTests.hasTerminal))
    func terminal() async throws {
        try await Folder.with { folder in
            let path = try folder.file("a", Self.answer)
            for (variables, more, isDimmed) in [
                ("NO_COLOR= TERM=xterm", "", true), ("NO_COLOR=1 TERM=xterm", "", false),
                ("NO_COLOR= TERM=dumb", "", false), ("NO_COLOR= TERM=xterm", "--color never", false),
                ("NO_COLOR=1 TERM=dumb", "--color always", true),
            ] {
                let command = "\(variables) '\(Tool.url.path)' cat \(more) '\(path)'"
                let result = try await Tool.run(["-qec", command, "/dev/null"], input: Data(), program: "script")
                #expect(result.output.contains("\u{1B}[2m") == isDimmed, "\(variables) \(more): \(result.output)")
            }
        }
    }

    @Test("is taken by collect and frames, whose JSON has no colors", arguments: ["collect", "frames", "cat --json"])
    func json(_ command: String) async throws {
        let words = command.split(separator: " ").map(String.init)
        let plain = try await Tool.run(words, input: Data(Self.answer.utf8))
        let colored = try await Tool.run(words + ["--color", "always"], input: Data(Self.answer.utf8))
        #expect(colored.output == plain.output && colored.status == 0 && !plain.output.contains("\u{1B}"))
    }

    @Test("does not let one stream dim the lines of another")
    func tagged() async throws {
        let result = try await Tool.run(["cat", "--tag", "--color", "always"], input: Data(Self.answer.utf8))
        #expect(result.output == "-: Hm\n-: Hi\n")
    }
}
