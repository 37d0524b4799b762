import Foundation
import Testing

@Suite("sluice frames")
struct FramesTests {
    @Test(
        "events are dispatched as the standard says, however they are cut",
        arguments: ["1", "2", "5", "1000"], ["borrowed", "ring", "linear"])
    func dispatch(chunk: String, strategy: String) async throws {
        let input =
            "\u{FEFF}event: add\r\nid: 7\r\nretry: 3000\r\ndata: x\r\ndata: \"y\"\r\n\r\n: note\ndata: z\n\nid\ndata\n\n"
        let result = try await Tool.run("frames", "--chunk", chunk, "--strategy", strategy, input: input)
        #expect(
            result.output == #"""
                {"event":"add","data":"x\n\"y\"","id":"7","retry":3000}
                {"event":"message","data":"z","id":"7"}
                {"event":"message","data":"","id":""}

                """#)
        #expect(result.errors == "")
        #expect(result.status == 0)
    }

    @Test(
        "an unfinished last event is dropped or printed as asked, in SSE dropped unless told",
        arguments: [([], false), (["--eof", "discard"], false), (["--eof", "flush"], true)])
    func endOfInput(arguments: [String], isPrinted: Bool) async throws {
        let result = try await Tool.run(["frames"] + arguments, input: Data("data: a\n\ndata: b".utf8))
        #expect(result.lines.first == "{\"event\":\"message\",\"data\":\"a\",\"id\":\"\"}")
        #expect(result.lines.count == (isPrinted ? 2 : 1))
        #expect(result.status == 0)
    }

    @Test(
        "an unfinished last line is printed unless it is to be dropped",
        arguments: [([], 2), (["--eof", "discard"], 1), (["--format", "ndjson"], 2)])
    func lastLine(arguments: [String], count: Int) async throws {
        let result = try await Tool.run(["frames"] + arguments, input: Data("{\"a\":1}\n{\"b\":2}".utf8))
        #expect(result.lines.count == count)
        #expect(result.lines.first == #"{"event":"message","data":"{\"a\":1}","id":""}"#)
    }

    @Test("the elements of a JSON array are frames")
    func jsonArray() async throws {
        let result = try await Tool.run("frames", input: "[{\"a\":1},\n {\"b\":\n2}]")
        #expect(
            result.output == #"""
                {"event":"message","data":"{\"a\":1}","id":""}
                {"event":"message","data":"{\"b\":\n2}","id":""}

                """#)
    }

    @Test("messages of an AWS event stream have their type and their payload as text", arguments: ["1", "9", "1000"])
    func aws(chunk: String) async throws {
        let input = try #require(Data(base64Encoded: awsAnswer))
        let result = try await Tool.run(["frames", "--format", "aws", "--chunk", chunk], input: input)
        #expect(
            result.output == #"""
                {"event":"contentBlockDelta","data":"{\"contentBlockIndex\":0,\"delta\":{\"text\":\"Hi\"}}","id":""}
                {"event":"messageStop","data":"{\"stopReason\":\"end_turn\"}","id":""}

                """#)
        #expect(result.status == 0)
    }

    @Test("a damaged message is reported, and sets the exit status")
    func damaged() async throws {
        var input = try #require(Data(base64Encoded: awsAnswer))
        input[100] ^= 1
        let result = try await Tool.run(["frames"], input: input)
        #expect(result.lines.count == 1)
        #expect(result.errors.contains("checksum-mismatch"))
        #expect(result.status == 2)
    }

    @Test("bytes that are not UTF-8 become U+FFFD, as in a browser")
    func repairs() async throws {
        let input = Data("data: a".utf8) + [0xF0, 0x9F, 0x8C, 0x62, 0xFF] + Data("\n\n".utf8)
        let result = try await Tool.run(["frames"], input: input)
        #expect(result.output == "{\"event\":\"message\",\"data\":\"a\u{FFFD}b\u{FFFD}\",\"id\":\"\"}\n")
    }

    @Test("an unknown framing is an error")
    func unknown() async throws {
        let result = try await Tool.run("frames", "--format", "ndjsno", input: "")
        #expect(result.errors.contains("did you mean 'ndjson'? Known are: sse, ndjson, json-array, aws\n"))
        #expect(result.status == 1)
    }

    @Test("--last-event-id is the ID of events until the stream sets another", arguments: ["borrowed", "ring"])
    func lastEventID(strategy: String) async throws {
        let input = "data: a\n\nid: 8\ndata: b\n\nid\ndata: c\n\n"
        let result = try await Tool.run(
            "frames", "--last-event-id", "7 é", "--strategy", strategy, "--chunk", "3", input: input)
        #expect(
            result.output == """
                {"event":"message","data":"a","id":"7 é"}
                {"event":"message","data":"b","id":"8"}
                {"event":"message","data":"c","id":""}

                """)
        #expect(result.status == 0)
        let wrong = try await Tool.run("frames", "--last-event-id", "a\nb", input: input)
        #expect(wrong.status == 1 && wrong.errors.contains("--last-event-id has a line end"))
    }
}
