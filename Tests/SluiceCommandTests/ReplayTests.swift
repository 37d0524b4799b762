import Foundation
import Testing

/// The server is a package of its own: `make test-replay` builds it, and says where it is.
private let hasServer = ProcessInfo.processInfo.environment["SLUICE_LIBEXEC"] != nil

@Suite(
    "sluice replay", .serialized, .hangGuard,
    .enabled(if: hasServer, "needs the program sluice-replay: make test-replay"))
struct ReplayTests {
    @Test("the first request gets the first response, the next the next, around")
    func responsesInTurn() async throws {
        try await Folder.with { folder in
            let responses = [fullAnswer, chatText("a") + chatDone, chatError]
            let times = responses.map { "0\t10\n5\t\($0.utf8.count - 10)\n" }.joined(separator: "\n")
            try folder.record(responses.joined(), times)
            try await Server.with(folder.url.path) { server in
                for expected in responses + responses.prefix(2) {
                    let answer = try await server.get("/v1/chat/completions", "-d", "{\"stream\":true}")
                    #expect(answer.output == expected)
                }
                let told = try server.tool.errors.fileHandleForReading.availableText
                #expect(
                    told.contains("sluice: POST /v1/chat/completions: response 3 of 3, \(chatError.utf8.count) bytes\n")
                )
            }
            try await Server.with(folder.url.path, "--whole") { server in
                try await server.gives(responses.joined())
            }
        }
    }

    @Test("every route of the official clients is served; what is recorded parses as before")
    func routes() async throws {
        let corpus = Tool.package.appendingPathComponent("corpora/ollama-chat")
        try await Server.with(corpus.path, "--pace", "max") { server in
            for route in [
                "/stream", "/v1/chat/completions", "/v1/completions", "/v1/responses", "/v1/messages", "/api/generate",
                "/api/chat", "/v1beta/models/gemini:streamGenerateContent?alt=sse", "/model/some/converse-stream",
            ] {
                let answer = try await server.get(route)
                #expect(answer.output.hasPrefix("{\"model\":"), "\(route)")
                #expect(try await Tool.run("--stats", input: answer.output).status == 0, "\(route)")
            }
        }
    }

    @Test(
        "the content type tells the framing",
        arguments: [
            ("data: {}\n\n", "text/event-stream; charset=utf-8"), ("{\"done\":true}\n", "application/x-ndjson"),
            ("[{}]", "application/json; charset=utf-8"),
        ])
    func contentType(stream: String, type: String) async throws {
        try await Folder.with { folder in
            try await Server.with(folder.file("alone", stream)) { server in
                let answer = try await server.get("/", "--include")
                #expect(answer.output.lowercased().contains("content-type: \(type)\r\n"))
                #expect(answer.output.hasSuffix("\r\n\r\n" + stream))
            }
        }
    }

    @Test("the recorded pace is kept, multiplied, or left out")
    func pace() async throws {
        try await Folder.with { folder in
            try folder.record("data: 1\n\ndata: 2\n\n", "0\t9\n400000000\t9\n")
            for (pace, least) in [("recorded", 0.4), ("2x", 0.2), ("0.5×", 0.8)] {
                try await Server.with(folder.url.path, "--pace", pace) { server in
                    let start = ContinuousClock.now
                    try await server.gives("data: 1\n\ndata: 2\n\n")
                    #expect(ContinuousClock.now - start >= .seconds(least))
                }
            }
            // Ten days of pauses: only a server that does not wait is done within the test's time.
            try folder.record("data: 1\n\ndata: 2\n\n", "0\t9\n864000000000000\t9\n")
            try await Server.with(folder.url.path, "--pace", "max") { server in
                try await server.gives("data: 1\n\ndata: 2\n\n")
            }
        }
    }

    @Test("a client that leaves disturbs nobody, and Ctrl-C or SIGTERM ends the server", arguments: [SIGINT, SIGTERM])
    func leaving(signal: Int32) async throws {
        try await Folder.with { folder in
            try folder.record("data: 1\n\ndata: 2\n\n\n", "0\t9\n864000000000000\t9\n\n0\t1\n")
            let server = try Server(folder.url.path)
            let impatient = try await server.get("/", "--max-time", "0.3")
            #expect(impatient.output == "data: 1\n\n")
            try await server.gives("\n")
            // Somebody is waiting for the rest while the server ends.
            async let waiting = server.get("/", "--max-time", "50")
            try await Task.sleep(for: .milliseconds(300))
            server.tool.signal(signal)
            #expect(await server.tool.end() == 0)
            #expect(try await waiting.output == "data: 1\n\n")
        }
    }

    @Test("requests that cannot be answered get an error in JSON")
    func refusals() async throws {
        try await Folder.with { folder in
            try await Server.with(folder.file("alone", fullAnswer)) { server in
                let unknown = try await server.get("/nowhere", "--include")
                #expect(unknown.output.hasPrefix("HTTP/1.1 404"))
                #expect(unknown.output.contains("{\"error\":{\"message\":\"nothing is served at '/nowhere'"))
                let whole = try await server.get("/v1/messages", "--include", "-d", "{\"stream\":false}")
                #expect(whole.output.hasPrefix("HTTP/1.1 400"))
                #expect(whole.output.contains("ask for it with \\\"stream\\\": true"))
                let method = try await server.get("/", "--include", "-X", "DELETE")
                #expect(method.output.hasPrefix("HTTP/1.1 405"))
                // None of these has used up a response.
                try await server.gives(fullAnswer)
            }
        }
    }

    @Test("what cannot be replayed is told before anything is served")
    func unusable() async throws {
        try await Folder.with { folder in
            let path = folder.url.path
            func error(_ times: String?, _ more: String...) async throws -> String {
                if let times { try folder.record("data: 1\n\n", times) }
                let result = try await Tool.run(["replay", path] + more, input: Data())
                #expect(result.status == 1)
                #expect(result.output.isEmpty)
                return result.errors
            }
            #expect(try await error(nil).contains("holds none of stream.sse, stream.ndjson, stream.json, stream.aws"))
            #expect(try await error("0\t8\n").contains("reports 8 bytes, but the stream has 9"))
            #expect(try await error("0\t10\n").contains("line 1: expected nanoseconds, a tab"))
            #expect(try await error("0 9\n").contains("line 1: expected nanoseconds, a tab"))
            #expect(try await error("5\t1\n4\t8\n").contains("line 2: earlier than the read before it"))
            #expect(try await error("0\t9\n", "--pace", "slow").contains("recorded|N×|max"))
            #expect(try await error("0\t9\n", "--pace", "-1x").contains("--pace"))
            #expect(try await error("0\t9\n", "--port", "65536").contains("from 0 to 65535"))
            #expect(try await Tool.run("replay", path + "/none").errors.contains("there is no file or folder"))
            let empty = try folder.file("empty", "")
            #expect(try await Tool.run("replay", empty).errors.contains("is empty: there is nothing to replay"))
        }
    }

    @Test("a port that is in use is reported, with the option that chooses another")
    func takenPort() async throws {
        try await Folder.with { folder in
            let file = try folder.file("alone", fullAnswer)
            try await Server.with(file) { server in
                let port = try #require(server.address.split(separator: ":").last)
                let result = try await Tool.run("replay", file, "--port", String(port))
                #expect(result.status == 1)
                #expect(
                    result.errors
                        == "sluice: port \(port) of 127.0.0.1 is in use; choose another with --port, or a free one with --port 0\n"
                )
            }
        }
    }

    @Test("a log that nobody reads holds up neither requests nor the end", arguments: [SIGINT, SIGTERM, SIGHUP])
    func unreadLog(signal: Int32) async throws {
        try await Folder.with { folder in
            let server = try Server([folder.file("alone", fullAnswer)])
            // Each of these is a line of some 300 bytes in a pipe of 64 KiB.
            let answers = try await server.get("/[1-260]", "-o", "/dev/null", "-w", "%{http_code}\n")
            #expect(answers.lines.count == 260 && answers.lines.allSatisfy { $0 == "404" })
            try await server.gives(fullAnswer)
            server.tool.signal(signal)
            #expect(await server.tool.end() == 0)
        }
    }

    @Test("what was recorded from a replay is the recording")
    func roundTrip() async throws {
        let corpus = Tool.package.appendingPathComponent("corpora/openai-chat")
        let whole = try Data(contentsOf: corpus.appendingPathComponent("stream.sse"))
        try await Folder.with { folder in
            try await Server.with(corpus.path, "--whole", "--pace", "max") { server in
                let result = try await Tool.run("record", "-o", folder.url.path, "--", "curl", "-sSN", server.address)
                #expect(result.status == 0)
            }
            #expect(try Data(contentsOf: folder.url.appendingPathComponent("stream.sse")) == whole)
        }
    }
}

/// A running `sluice replay`, with the address that it has printed.
private struct Server {
    let tool: LiveTool
    let address: String

    init(_ arguments: [String]) throws {
        tool = try LiveTool(["replay", "--port", "0"] + arguments)
        address = try tool.readLine()
    }

    init(_ arguments: String...) throws { try self.init(arguments) }

    static func with(_ arguments: String..., body: (Server) async throws -> Void) async throws {
        let server = try Server(arguments)
        let result: Result<Void, any Error>
        do { result = .success(try await body(server)) } catch { result = .failure(error) }
        server.tool.signal(SIGTERM)
        #expect(await server.tool.end() == 0)
        try result.get()
    }

    /// Asks for the next response, which is to be `expected`.
    func gives(_ expected: String, at location: SourceLocation = #_sourceLocation) async throws {
        let answer = try await get("/")
        #expect(answer.output == expected, sourceLocation: location)
    }

    /// Asks with curl.
    func get(_ path: String, _ arguments: String...) async throws -> Tool.Result {
        try await Tool.run(
            ["-sSN", "--max-time", "60"] + arguments + [address + path], input: Data(), program: "curl")
    }
}

extension Folder {
    /// Writes a recording of Server-Sent Events.
    fileprivate func record(_ stream: String, _ times: String) throws {
        _ = try file("stream.sse", stream)
        _ = try file("stream.times", times)
    }
}

extension FileHandle {
    fileprivate var availableText: String { get throws { String(decoding: availableData, as: UTF8.self) } }
}
