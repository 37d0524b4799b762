import Foundation
import Testing

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

@Suite("compressed input", .hangGuard)
struct CompressedInputTests {
    private static let hasProc = FileManager.default.fileExists(atPath: "/proc/self/fd")
    private static let answer = chatText("one ") + chatText("two") + chatDone

    @Test("reads like the stream in it, from files and pipes, whatever the name", arguments: Compression.installed)
    func whole(_ tool: Compression) async throws {
        let data = try await tool.compress(fullAnswer)
        try await Folder.with { folder in
            let path = try folder.write(data, as: "answer.sse").path
            for more in [[], ["--strategy", "ring"], ["--strategy", "linear", "--chunk", "7"]] {
                let file = try await Tool.run(["cat", "--json", path] + more, input: Data())
                #expect(file.output == fullAnswerJSON && file.errors == "" && file.status == 0, "\(file)")
                let piped = try await Tool.run(["cat", "--json"] + more, input: data)
                #expect(piped.output == fullAnswerJSON && piped.status == 0)
            }
            let plain = try folder.file("plain.gz", fullAnswer)
            #expect(try await Tool.run("cat", "--json", plain).output == fullAnswerJSON)
            let tagged = try await Tool.run("cat", "--tag", path, plain)
            #expect(tagged.output.contains("answer.sse: Hi there 🌊") && tagged.output.contains("plain.gz: Hi there 🌊"))
            #expect(tagged.status == 0)
            for command in ["collect", "frames"] {
                let found = try await Tool.run([command], input: data).output
                #expect(try await found == Tool.run([command], input: Data(fullAnswer.utf8)).output)
            }
        }
    }

    #if os(Linux)
    @Test("is recognised when its first bytes arrive one by one", arguments: Compression.installed)
    func packets(_ tool: Compression) async throws {
        let data = try await tool.compress(Self.answer)
        let result = try await Tool.run(["cat"], packets: data.map { Data([$0]) })
        #expect(result.output == "one two" && result.errors == "" && result.status == 0)
    }
    #endif

    @Test("may have several members", arguments: Compression.installed)
    func members(_ tool: Compression) async throws {
        var data = Data()
        for part in [chatText("one "), "", chatText("two"), chatDone] { data += try await tool.compress(part) }
        let result = try await Tool.run(["cat"], input: data)
        #expect(result.output == "one two" && result.status == 0, "\(result)")
    }

    @Test(
        "may be the body of an HTTP response, and such a response may be compressed", arguments: Compression.installed)
    func inHTTP(_ tool: Compression) async throws {
        let data = try await tool.compress(Self.answer)
        let name = "Content-Encoding: \(tool.rawValue)"
        let chunked = Saved.response(name, "Transfer-Encoding: chunked", body: Saved.chunked(data, size: 5))
        let sized = Saved.response(name, "Content-Length: \(data.count)", body: data)
        let twice = try await tool.compress(chunked)
        for input in [chunked, sized, Saved.response(body: data), twice] {
            let result = try await Tool.run(["cat"], input: input)
            #expect(result.output == "one two" && result.errors == "" && result.status == 0, "\(result)")
        }
        // What the response lacks is the reason, not that the tool wants more.
        let cut = try await Tool.run(["cat"], input: sized.dropLast(3))
        #expect(cut.errors.contains("the HTTP response is cut: it has \(data.count - 3) of the \(data.count) bytes"))
        #expect(cut.status == 3)
    }

    @Test("that is damaged or cut is an error after what could be read", arguments: Compression.installed)
    func damaged(_ tool: Compression) async throws {
        // Numbers that do not compress well, so that much is read before the damage.
        let text = (0..<20_000).map { chatText("\($0 &* 2_654_435_761 % 1_000_003) ") }.joined()
        let data = try await tool.compress(text + chatDone)
        var spoilt = data
        for index in 0..<8 { spoilt[data.count - 2000 + index] ^= 0xFF }
        for input in [spoilt, data.dropLast(12)] {
            let result = try await Tool.run(["cat"], input: input)
            #expect(result.status == 1 && result.output.count > 10_000, "\(result.output.count)")
            #expect(
                result.errors.contains("sluice: standard input: '\(tool.rawValue) -dc' cannot decompress it: "),
                "\(result.errors)")
            let collected = try await Tool.run(["collect"], input: input)
            #expect(collected.output.hasPrefix("{") && collected.output.count > 10_000 && collected.status == 1)
            let frames = try await Tool.run(["frames"], input: input)
            #expect(frames.lines.count > 1000 && frames.status == 1)
        }
    }

    @Test("with something else after it is reported", .enabled(if: Compression.gzip.isInstalled))
    func garbage() async throws {
        let result = try await Tool.run(["cat"], input: Compression.gzip.compress(Self.answer) + Data("garbage".utf8))
        #expect(result.output == "one two" && result.status == 2)
        #expect(result.errors.contains("'gzip -dc': decompression OK, trailing garbage ignored"))
    }

    @Test("without the tool is an error that says what to do", arguments: Compression.installed)
    func missing(_ tool: Compression) async throws {
        let data = try await tool.compress(Self.answer)
        for command in ["cat", "collect", "frames"] {
            let result = try await Tool.run([command], input: data, environment: ["PATH": "/nowhere"])
            #expect(
                result.errors
                    == "sluice: standard input: it is compressed, and '\(tool.rawValue)' cannot be run to decompress it: "
                    + "No such file or directory; install \(tool.rawValue), or decompress the input first\n")
            #expect(result.output == "" && result.status == 1)
        }
    }

    @Test("offsets in messages count decompressed bytes, and the message says so", arguments: Compression.installed)
    func offsets(_ tool: Compression) async throws {
        let data = try await tool.compress(chatText("a") + brokenEvent + chatDone)
        let result = try await Tool.run(["cat"], input: data)
        #expect(result.errors.hasPrefix("sluice: standard input (decompressed): the event is not valid JSON"))
        #expect(result.errors.contains("byte \(chatText("a").utf8.count), event 2"))
    }

    @Test("is read from a recording's folder", arguments: Compression.installed)
    func recording(_ tool: Compression) async throws {
        try await Folder.with { folder in
            let ending = tool == .gzip ? "gz" : "zst"
            _ = try folder.write(try await tool.compress("{\"w\":\"a\"}\n"), as: "stream.ndjson.\(ending)")
            let result = try await Tool.run("cat", "--text", "w", folder.url.path)
            #expect(result.output == "a" && result.errors.contains("terminal marker"), "\(result)")
            _ = try folder.write(Data(), as: "stream.sse.\(ending)")
            let two = try await Tool.run("cat", folder.url.path)
            #expect(two.status == 1 && two.errors.contains("give the path of one of them"))
        }
    }

    @Test("leaves no process and no descriptor behind", .enabled(if: hasProc && Compression.gzip.isInstalled))
    func leftovers() async throws {
        let data = try await Compression.gzip.compress(Self.answer)
        let huge = try await Compression.gzip.compress(String(repeating: chatText("line\\n"), count: 50_000))
        try await Folder.with { folder in
            let path = try folder.write(data, as: "a.gz").path
            let cut = try folder.write(data.dropLast(9), as: "cut.gz").path
            // The limit ends the input while the tool still has much to write.
            let long = try folder.write(huge, as: "long.gz").path
            let files = Array(repeating: [path, cut, long], count: 10).flatMap(\.self)
            let limits = ["--limit", "maxAccumulatedBytes=10"]
            let few = try await Tool.run(
                ["-c", "ulimit -n 20; exec \"$0\" \"$@\"", Tool.url.path, "collect"] + limits + files, input: Data(),
                program: "sh")
            #expect(few.lines.count == 30, "\(few.errors)")
            let tool = try LiveTool(["cat", "--tag", "-", path, cut])
            try tool.write(chatText("live\\n"))
            var lines: Set<String> = []
            while lines.count < 3 { lines.insert(try tool.readLine()) }
            let process = "/proc/\(tool.process.processIdentifier)"
            for _ in 0..<100 where try !Self.children(process).isEmpty { try await Task.sleep(for: .milliseconds(50)) }
            #expect(try Self.children(process) == "")
            let open = try FileManager.default.contentsOfDirectory(atPath: process + "/fd")
            // The standard three, and the pipe that a signal writes to.
            #expect(open.count <= 6, "\(open)")
            try tool.input.fileHandleForWriting.close()
            #expect(await tool.end() == 1)
        }
    }

    private static func children(_ process: String) throws -> String {
        try String(contentsOfFile: process + "/task/\(process.dropFirst(6))/children", encoding: .utf8)
    }

    @Test("ends with the reader of the output, or with a signal", .enabled(if: hasProc && Compression.gzip.isInstalled))
    func ends() async throws {
        let data = try await Compression.gzip.compress(String(repeating: chatText("a line\\n"), count: 60_000))
        try await Folder.with { folder in
            let path = try folder.write(data, as: "a.gz").path
            let closed = try LiveTool("cat", path)
            #expect(try closed.read(6) == "a line")
            try closed.output.fileHandleForReading.close()
            #expect(await closed.end() == 0)
            #expect(closed.errors.fileHandleForReading.availableData.isEmpty)
            for number in [SIGINT, SIGTERM] {
                let tool = try LiveTool("cat", path)
                #expect(try tool.read(6) == "a line")
                // Nobody reads on: everything is full.
                try await Task.sleep(for: .milliseconds(500))
                tool.signal(number)
                #expect(await tool.end() == 128 + number)
                let waiting = try LiveTool("cat", "-")
                try waiting.input.fileHandleForWriting.write(contentsOf: data.prefix(100))
                try await Task.sleep(for: .milliseconds(300))
                waiting.signal(number)
                #expect(await waiting.end() == 128 + number)
                #expect(waiting.errors.fileHandleForReading.availableData.isEmpty)
            }
        }
    }

    @Test("waits for no longer than --timeout", .enabled(if: Compression.gzip.isInstalled))
    func timeout() async throws {
        let data = try await Compression.gzip.compress(Self.answer)
        for command in ["cat", "collect"] {
            let tool = try LiveTool(command, "--timeout", "0.3")
            try tool.input.fileHandleForWriting.write(contentsOf: data.prefix(20))
            #expect(await tool.end() == 5)
        }
    }

    @Test("of any size takes bounded memory", .enabled(if: hasProc && Compression.gzip.isInstalled))
    func bounded() async throws {
        try await Folder.with { folder in
            let line = ": " + String(repeating: "ping ", count: 200) + "\n"
            func peak(_ count: Int) async throws -> Int {
                let data = try await Compression.gzip.compress(String(repeating: line, count: count))
                let path = try folder.write(data, as: "comments-\(count).gz").path
                return try await LiveTool.peakBytes(of: path, until: "nothing but keep-alives")
            }
            let (few, many) = (try await peak(10), try await peak(40_000))
            #expect(many - few < 16 << 20, "\(few) and \(many) bytes for 10 kB and 40 MB")
        }
    }
}
