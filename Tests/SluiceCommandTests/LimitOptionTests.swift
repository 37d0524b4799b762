import Foundation
import Testing

@Suite("--limit")
struct LimitOptionTests {
    private static let stream =
        chatText("one") + "event: a-long-name\n" + chatText("two") + chatText("three") + "event: a-long-name\n"
        + chatText("four") + chatDone

    @Test("what passes a limit is skipped and told, and the stream goes on")
    func skip() async throws {
        let result = try await Tool.run("--limit", "maxEventNameBytes=10", input: Self.stream)
        #expect(result.output == "onethree")
        #expect(result.status == 2)
        #expect(result.errors.components(separatedBy: "event-name-too-long").count == 3)
        #expect(result.errors.contains("maxEventNameBytes, 10"))
        let wider = try await Tool.run("--limit", "maxEventNameBytes=11", input: Self.stream)
        #expect(wider.output == "onetwothreefour" && wider.status == 0)
    }

    @Test("with whenExceeded=fail nothing is read behind it", arguments: [[], ["--json"], ["collect"]])
    func fail(command: [String]) async throws {
        let arguments = command + ["--limit", "maxEventNameBytes=10", "--limit", "whenExceeded=fail"]
        let result = try await Tool.run(arguments, input: Data(Self.stream.utf8))
        #expect(result.output.contains("one"))
        for later in ["two", "three", "four"] { #expect(!result.output.contains(later)) }
        #expect(result.status == 2)
        #expect(result.errors.components(separatedBy: "event-name-too-long").count == 2)
    }

    @Test("frames end there too, told once", arguments: ["borrowed", "ring", "linear"])
    func frames(strategy: String) async throws {
        let result = try await Tool.run(
            "frames", "--limit", "maxEventNameBytes=10", "--limit", "whenExceeded=fail", "--strategy", strategy,
            "--chunk", "20", input: Self.stream)
        #expect(result.output.split(separator: "\n").count == 1)
        #expect(result.status == 2)
        #expect(result.errors.components(separatedBy: "event-name-too-long").count == 2)
    }

    @Test("what an answer cannot hold is dropped and told")
    func accumulated() async throws {
        let result = try await Tool.run("collect", "--limit", "maxAccumulatedBytes=6", input: Self.stream)
        #expect(result.output.contains("\"text\":\"onetwo\""))
        #expect(result.status == 2)
        #expect(result.errors.contains("maxAccumulatedBytes, 6 bytes; the rest was dropped (answer-too-large"))
        let whole = try await Tool.run("collect", "--limit", "maxAccumulatedBytes=15", input: Self.stream)
        #expect(whole.output.contains("\"text\":\"onetwothreefour\"") && whole.status == 0)
    }

    @Test("the names are listed in the help, and where one is wrong")
    func names() async throws {
        let help = try await Tool.run("cat", "--help", input: "")
        let wrong = try await Tool.run("--limit", "maxBytes=1", input: "")
        for name in ["maxEventBytes", "maxIDBytes", "maxToolCalls", "maxAccumulatedBytes", "whenExceeded"] {
            #expect(help.output.contains(name) && wrong.errors.contains(name))
        }
        #expect(wrong.errors.contains("'maxBytes'"))
    }
}
