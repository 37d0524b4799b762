import Foundation
import Testing

@Suite("input that is no stream, in the command")
struct WrongInputTests {
    private static func wide(_ text: String, _ width: Int, bigEndian: Bool = false) -> Data {
        let zeros = Data(repeating: 0, count: width - 1)
        return text.utf8.reduce(into: Data()) { data, byte in
            if bigEndian { data.append(zeros) }
            data.append(byte)
            if !bigEndian { data.append(zeros) }
        }
    }

    private static let answer = chatText("Hi") + chatDone

    /// Input, and what one line on standard error says.
    private static let cases: [(Data, String)] = [
        (Data([0x8B, 0x05, 0x80, 0x64, 0x61, 0x74]), "it is binary: compressed (Content-Encoding br or deflate)"),
        (Data("<!DOCTYPE html>\n<p>502</p>\n".utf8), "it looks like HTML"),
        (wide(answer, 2), "it is UTF-16"), (wide(answer, 2, bigEndian: true), "it is UTF-16"),
        (wide(answer, 4), "it is UTF-32"), (wide(answer, 4, bigEndian: true), "it is UTF-32"),
        (Data("\"data: {\\\"choices\\\":[]}\\n\\n\"".utf8), "it is a JSON string that contains a stream"),
        (Data("{\"q\":1}\n".utf8), "it is one JSON document, not a stream"),
        (Data("1f\r\n\u{1F}".utf8) + [0x8B, 0, 0], "decode chunked transfer encoding first"),
    ]

    @Test("exit status 2, one line that says what it is, and no output", arguments: cases.indices)
    func nothingComesOut(_ index: Int) async throws {
        let (input, hint) = Self.cases[index]
        for arguments in [["cat"], ["--strategy", "ring", "--chunk", "3"], ["collect"]] {
            let result = try await Tool.run(arguments, input: input, environment: [:])
            #expect(result.status == 2)
            #expect(result.errors.contains(hint), "\(result.errors)")
            #expect(result.errors.split(separator: "\n").count == 1, "\(result.errors)")
            if arguments != ["collect"] { #expect(result.output == "") }
        }
    }

    @Test("a body in chunks is read as far as its events are whole, and reported")
    func chunkedBody() async throws {
        let bytes = Self.answer.utf8.count
        let input = "\(String(bytes, radix: 16))\r\n\(Self.answer)\r\n0\r\n\r\n"
        let result = try await Tool.run("cat", input: input)
        #expect(result.output == "Hi")
        #expect(result.status == 2)
        #expect(result.errors.hasPrefix("sluice: standard input: the size of an HTTP chunk precedes this line; "))
        #expect(result.errors.contains("decode chunked transfer encoding first"))
        #expect(result.errors.contains("(undecoded-body, byte 4, event 1)"))
    }

    @Test("an error that formats know is the stream's, with its message")
    func knownError() async throws {
        let result = try await Tool.run("cat", input: "{\"error\":{\"message\":\"bad key\",\"type\":\"auth\"}}\n")
        #expect(result.status == 4)
        #expect(result.errors.contains("auth: bad key"))
        let common = try await Tool.run("cat", input: "{\"detail\":\"Not Found\"}\n")
        #expect(common.status == 4)
        #expect(common.errors.hasPrefix("sluice: standard input: the stream carried an error: Not Found\n"))
    }

    @Test("where the server of sluice replay is not installed, the message says how to get it")
    func noReplayServer() async throws {
        let folder = ["SLUICE_LIBEXEC": "/nonexistent"]
        let result = try await Tool.run(["replay", "corpora/openai-chat"], input: Data(), environment: folder)
        #expect(result.status == 1 && result.output.isEmpty)
        #expect(result.errors.contains("the program sluice-replay, which was not found (/nonexistent)"))
        #expect(result.errors.contains("make replay"))
        // What is wrong on the command line is reported first, and help needs no server.
        let wrong = try await Tool.run(["replay", "x", "--port", "70000"], input: Data(), environment: folder)
        #expect(wrong.status == 1 && wrong.errors.contains("--port is 70000"))
        #expect(try await Tool.run(["replay", "--help"], input: Data(), environment: folder).status == 0)
    }
}
