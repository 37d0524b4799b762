import Foundation
import Testing

// What README, the other pages and the articles show of the command: each `console` block is run, and has to print what the page says; lines of
// `sh` blocks that need no network are run too.

@Suite("the command, as pages show it")
struct PageTests {
    struct Block: Sendable, CustomTestStringConvertible {
        var page: String
        var line: Int
        var language: String
        var lines: [String] = []

        var testDescription: String { "\(page):\(line)" }
    }

    static let blocks: [Block] = {
        var found: [Block] = []
        for page in pages {
            guard let text = try? String(contentsOf: Tool.package.appending(path: page), encoding: .utf8) else {
                continue
            }
            var open: Block?
            for (index, line) in text.components(separatedBy: "\n").enumerated() {
                if line.hasPrefix("```") {
                    if let block = open {
                        found.append(block)
                        open = nil
                    } else {
                        open = Block(page: page, line: index + 2, language: String(line.dropFirst(3)))
                    }
                } else {
                    open?.lines.append(line)
                }
            }
        }
        return found
    }()

    private static let pages: [String] = {
        let folders = ["docs", "Sources/Sluice/Sluice.docc", "Sources/SluiceKit/SluiceKit.docc"]
        return ["README.md", "Benchmarks/README.md", "Fuzz/README.md", "corpora/README.md"]
            + folders.flatMap { folder in
                let names = try? FileManager.default.contentsOfDirectory(
                    atPath: Tool.package.appending(path: folder).path)
                return (names ?? []).filter { $0.hasSuffix(".md") }.sorted().map { "\(folder)/\($0)" }
            }
    }()

    /// Commands behind `$ `, each with the lines that it prints.
    private static func session(_ block: Block) -> [(command: String, output: [String])] {
        var session: [(command: String, output: [String])] = []
        for line in block.lines {
            if line.hasPrefix("$ ") {
                session.append((String(line.dropFirst(2)), []))
            } else if !session.isEmpty {
                session[session.count - 1].output.append(line)
            }
        }
        return session
    }

    @Test("sessions print what the pages say", arguments: blocks.filter { $0.language == "console" })
    func console(_ block: Block) async throws {
        let session = Self.session(block)
        #expect(!session.isEmpty)
        // Behind each command stands a mark, and its status is there for the next.
        let script = session.map { "{ \($0.command)\n} 2>&1; status=$?; printf '\\036'; (exit $status)\n" }.joined()
        let output = try await Self.shell(script, files: [:]).output.components(separatedBy: "\u{1E}")
        try #require(output.count == session.count + 1)
        for (index, step) in session.enumerated() {
            // A recording with CR LF prints as one with LF.
            let printed = output[index].replacingOccurrences(of: "\r\n", with: "\n").trimmingCharacters(in: .newlines)
            let wanted = step.output.joined(separator: "\n").trimmingCharacters(in: .newlines)
            #expect(printed == wanted, "\(block.testDescription): \(step.command)")
        }
    }

    @Test("pages have sessions")
    func count() { #expect(Self.blocks.filter { $0.language == "console" }.count > 8) }

    /// Lines of shell that run without a network, once each.
    static let offline: [String] = {
        let lines = blocks.filter { $0.language == "sh" }.flatMap(\.lines)
        let commands = ["cat", "collect", "frames", "formats", "stats", "check"].map { "sluice \($0)" }
        return Set(lines.filter { line in commands.contains { line.hasPrefix($0) } && !line.contains("…") }).sorted()
    }()

    @Test("lines of shell run", arguments: offline)
    func line(_ line: String) async throws {
        let answer = fullAnswer
        let mine = "data: {\"payload\":{\"words\":[{\"w\":\"Hi\"}]}}\n\ndata: [DONE]\n\n"
        let agents = ["planner.sse": answer, "coder.sse": answer]
        let files =
            line.contains("mine.sse") ? ["mine.sse": mine] : line.contains("--tag") ? agents : ["answer.sse": answer]
        let result = try await Self.shell(line, files: files)
        let isSilent = line.contains("/dev/null") || line.hasPrefix("sluice check")
        #expect(result.status == 0 && (!result.output.isEmpty || isSilent), "\(line): \(result)")
    }

    @Test("all shell is shell", arguments: blocks.filter { $0.language == "sh" })
    func syntax(_ block: Block) async throws {
        let script = block.lines.joined(separator: "\n").replacingOccurrences(of: "…", with: "")
        let result = try await Tool.run(["sh", "-n"], input: Data(script.utf8), program: "env")
        #expect(result.status == 0, "\(block.testDescription): \(result.errors)")
    }

    /// Runs a script in a folder that has these files and the corpora, with the built command on PATH.
    private static func shell(_ script: String, files: [String: String]) async throws -> Tool.Result {
        try await Folder.with { folder in
            for (name, text) in files { _ = try folder.file(name, text) }
            try FileManager.default.createSymbolicLink(
                at: folder.url.appending(path: "corpora"), withDestinationURL: Tool.package.appending(path: "corpora"))
            let path =
                "\(Tool.url.deletingLastPathComponent().path):\(ProcessInfo.processInfo.environment["PATH"] ?? "")"
            let text = "cd '\(folder.url.path)' || exit 1\n\(script)"
            return try await Tool.run(
                ["-c", text], input: Data(), environment: ["PATH": path, "NO_COLOR": "1"], program: "sh")
        }
    }
}
