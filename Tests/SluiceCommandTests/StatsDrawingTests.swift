import Foundation
import Testing

@Suite("sluice stats --svg", .hangGuard)
struct StatsDrawingTests {
    private static let hasGnuplot: Bool = {
        let folders = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
        return folders.contains { FileManager.default.isExecutableFile(atPath: "\($0)/gnuplot") }
    }()

    /// A recording, and a program in place of gnuplot: a line of shell.
    private static func with(
        _ program: String, _ body: (Folder, _ path: String, _ environment: [String: String]) async throws -> Void
    ) async throws {
        try await Folder.with { folder in
            let path = try MadeReads.write([.known], "it's", in: folder)
            let script = try folder.write(Data("#!/bin/sh\n\(program)\n".utf8), as: "gnuplot")
            try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: script.path)
            let search = ProcessInfo.processInfo.environment["PATH"] ?? ""
            try await body(folder, path, ["PATH": "\(folder.url.path):\(search)"])
        }
    }

    @Test("gnuplot gets the bars and the curve of the tokens, and what it prints is the file")
    func script() async throws {
        try await Self.with("echo \"$@\"; cat") { folder, path, environment in
            let target = folder.url.appendingPathComponent("out.svg").path
            let result = try await Tool.run(
                ["stats", "--json", "--svg", target, path], input: Data(), environment: environment)
            #expect(result.status == 0 && result.errors == "sluice: drew '\(target)'\n" && result.lines.count == 1)
            let drawn = try folder.text("out.svg")
            #expect(drawn.hasPrefix("--default-settings -\n$bars << EOD\nsame read\t1\n"))
            #expect(drawn.contains("\n≥ 2 s\t1\nEOD\n"))
            #expect(drawn.contains("$curve0 << EOD\n0.1\t1\n0.15\t2\n0.15\t3\n2.15\t4\n2.16\t5\nEOD\n"))
            // A quote within quotes is doubled.
            #expect(drawn.contains("/it''s'\n"))
        }
    }

    @Test("a file that exists is replaced only with --force, and only a file")
    func overwriting() async throws {
        try await Self.with("cat > /dev/null; echo new") { folder, path, environment in
            let target = try folder.file("out.svg", "old")
            let refused = try await Tool.run(["stats", "--svg", target, path], input: Data(), environment: environment)
            #expect(refused.status == 1 && refused.output == "")
            #expect(
                refused.errors.contains("exists; give --force to write over it, or choose another file for --svg\n"))
            #expect(try folder.text("out.svg") == "old")
            let forced = try await Tool.run(
                ["stats", "--force", "--svg", target, path], input: Data(), environment: environment)
            #expect(forced.status == 0)
            #expect(try folder.text("out.svg") == "new\n")
            let place = try await Tool.run(
                ["stats", "--force", "--svg", path, path], input: Data(), environment: environment)
            #expect(place.status == 1 && place.errors.contains("is a folder; give --svg the path of a file\n"))
        }
    }

    @Test("without gnuplot nothing is read, and the message says what to install")
    func missing() async throws {
        try await Folder.with { folder in
            let path = try MadeReads.write([.known], "known", in: folder)
            let target = folder.url.appendingPathComponent("out.svg").path
            let result = try await Tool.run(
                ["stats", "--svg", target, path], input: Data(), environment: ["PATH": folder.url.path])
            #expect(result.status == 1 && result.output == "")
            #expect(
                result.errors.contains("there is no gnuplot on PATH")
                    && result.errors.contains("apt install gnuplot-nox"))
            #expect(!FileManager.default.fileExists(atPath: target))
        }
    }

    @Test("a gnuplot that fails is reported, leaves no file, and the figures are there")
    func failing() async throws {
        try await Self.with("cat > /dev/null; exit 3") { folder, path, environment in
            let target = folder.url.appendingPathComponent("out.svg").path
            let result = try await Tool.run(
                ["stats", "--json", "--svg", target, path], input: Data(), environment: environment)
            #expect(result.status == 1 && result.lines.count == 1)
            #expect(result.errors.contains("gnuplot ended with status 3; '\(target)' is not written\n"))
            #expect(!FileManager.default.fileExists(atPath: target))
        }
    }

    @Test("gnuplot draws it", .enabled(if: hasGnuplot))
    func drawing() async throws {
        try await Folder.with { folder in
            let path = try MadeReads.write([.known, .plain], "known", in: folder)
            let target = folder.url.appendingPathComponent("out.svg").path
            let result = try await Tool.run("stats", "--svg", target, path)
            #expect(result.status == 0 && result.errors == "sluice: drew '\(target)'\n")
            let drawn = try folder.text("out.svg")
            #expect(drawn.hasPrefix("<?xml") && drawn.contains("</svg>"))
            for text in ["Gaps between tokens", "Tokens over time", "same read", "known#2"] {
                #expect(drawn.contains(text), "\(text)")
            }
        }
    }
}
