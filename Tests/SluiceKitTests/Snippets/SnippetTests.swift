import Foundation
import Testing

@testable import SluiceTestSupport

@Suite(
    "code in README, docs, the catalogues and the doc comments of SluiceKit",
    .disabled(if: isSanitized, "programs are compiled without a sanitizer: make test-release"))
struct SnippetTests {
    @Test("Swift compiles, and what is asserted holds", .enabled(if: SnippetCompiler.found != nil, "needs swiftc"))
    func swift() throws {
        let compiler = try #require(SnippetCompiler.found)
        let snippets = try Snippet.all("swift").filter { $0.complaint == nil && !$0.isManifest && !$0.isProgram }
        #expect(snippets.count > 30)
        #expect(snippets.filter(\.claims).count > 10)
        var code = "import Foundation\nimport Sluice\nimport SluiceKit\n\n"
        var calls = ""
        for (number, snippet) in snippets.enumerated() {
            code += snippet.function("snippet\(number)")
            if snippet.claims { calls += snippet.call("snippet\(number)") }
        }
        let main = calls + "Swift.print(failures == 0 ? \"all hold\" : \"\\(failures) fail\")\n"
        var files = ["Prelude.swift": Snippet.prelude, "Snippets.swift": code]
        if SnippetCompiler.objects.isEmpty {
            let output = try compiler.check(files)
            #expect(output.isEmpty, "\(output)")
        } else {
            files["main.swift"] = main
            let (status, output) = try compiler.run(files)
            #expect(status == 0 && output == "all hold\n", "\(output)")
        }
    }

    @Test(
        "whole programs compile exactly as written, and exit with status 0",
        .enabled(if: SnippetCompiler.found != nil, "needs swiftc"))
    func programs() throws {
        let compiler = try #require(SnippetCompiler.found)
        let programs = try Snippet.all("swift").filter(\.isProgram)
        #expect(programs.count > 5)
        let input = SnippetCompiler.objects.isEmpty ? nil : "data: {\"choices\":[{\"delta\":{\"content\":\"Hi\"}}]}\n\n"
        for program in programs {
            let complaint = try compiler.complaint(ofProgram: program.text, input: input)
            #expect(complaint.isEmpty, "\(program.place): \(complaint)")
        }
    }

    @Test("all Swift code in the tutorial is a whole program or a manifest")
    func tutorial() throws {
        let blocks = try Snippet.all("swift").filter { $0.page.hasSuffix("GettingStarted.md") }
        #expect(blocks.count > 6)
        for block in blocks { #expect(block.isProgram || block.isManifest, "\(block.place)") }
    }

    @Test(
        "a program that only compiles inside a function is found",
        .enabled(if: SnippetCompiler.found != nil, "needs swiftc"))
    func plantedProgram() throws {
        let compiler = try #require(SnippetCompiler.found)
        let program = """
            import Sluice
            let chunk: [UInt8] = []
            var parser = StreamParser(format: .openAIChat)
            var reader = parser.read(chunk.span)
            while let delta = try reader.next() { print(delta.string) }
            """
        let complaint = try compiler.complaint(ofProgram: program, input: nil)
        #expect(complaint.contains("main.swift:4:") && complaint.contains("lifetime-dependent"), "\(complaint)")
    }

    @Test(
        "a program that fails is found",
        .enabled(if: !SnippetCompiler.objects.isEmpty, "programs are run without a sanitizer: make test-release"))
    func plantedExit() throws {
        let compiler = try #require(SnippetCompiler.found)
        let program = "assert(readLine() == \"other\")\n"
        #expect(try compiler.complaint(ofProgram: program, input: "other\n").isEmpty)
        #expect(try compiler.complaint(ofProgram: program, input: "line\n").contains("exit status"))
    }

    @Test(
        "a snippet that does not throw what its page says is found",
        .enabled(if: !SnippetCompiler.objects.isEmpty, "programs are run without a sanitizer: make test-release"))
    func plantedFailure() throws {
        let compiler = try #require(SnippetCompiler.found)
        let page = ["<!-- throws: abandoned -->", "```swift", "_ = StreamParser().end", "```"]
        let snippet = try #require(Snippet.blocks(in: page, of: "planted.md").first)
        #expect(snippet.failure == "abandoned" && snippet.claims)
        let (status, output) = try compiler.run([
            "Prelude.swift": Snippet.prelude,
            "Snippets.swift": "import Sluice\n" + snippet.function("planted"),
            "main.swift": snippet.call("planted"),
        ])
        #expect(status == 0 && output == "planted.md:3 does not throw abandoned\n", "\(output)")
    }

    @Test(
        "an assertion that is never reached is found",
        .enabled(if: !SnippetCompiler.objects.isEmpty, "programs are run without a sanitizer: make test-release"))
    func plantedAssertion() throws {
        let compiler = try #require(SnippetCompiler.found)
        let page = ["```swift", "do { _ = StreamParser() } catch { assert(true) }", "```"]
        let snippet = try #require(Snippet.blocks(in: page, of: "planted.md").first)
        let (status, output) = try compiler.run([
            "Prelude.swift": Snippet.prelude,
            "Snippets.swift": "import Sluice\n" + snippet.function("planted"),
            "main.swift": snippet.call("planted"),
        ])
        #expect(status == 0 && output == "planted.md:2 is not reached\n", "\(output)")
    }

    @Test("a wrong snippet is found, at its own line", .enabled(if: SnippetCompiler.found != nil, "needs swiftc"))
    func planted() throws {
        let compiler = try #require(SnippetCompiler.found)
        let page = ["Text.", "", "```swift", "var parser = StreamParser()", "parser.reed(chunk)", "```"]
        let snippet = try #require(Snippet.blocks(in: page, of: "planted.md").first)
        let output = try compiler.check([
            "Prelude.swift": Snippet.prelude,
            "Snippets.swift": "import Sluice\n" + snippet.function("planted"),
        ])
        #expect(output.contains("planted.md:5:") && output.contains("has no member 'reed'"), "\(output)")
    }

    @Test(
        "what a page says that the compiler refuses, it refuses",
        .enabled(if: SnippetCompiler.found != nil, "needs swiftc"))
    func refused() throws {
        let compiler = try #require(SnippetCompiler.found)
        let snippets = try Snippet.all("swift").filter { $0.complaint != nil }
        #expect(snippets.count > 3)
        for snippet in snippets {
            let output = try compiler.check([
                "Prelude.swift": Snippet.prelude,
                "Snippets.swift": "import Sluice\nimport SluiceKit\n" + snippet.function("refused"),
            ])
            let errors = output.split(separator: "\n").filter { $0.contains("error:") }
            #expect(!errors.isEmpty, "\(snippet.place) compiles")
            for error in errors { #expect(error.contains(snippet.complaint ?? ""), "\(snippet.place): \(output)") }
        }
    }

    @Test("every public type of SluiceKit has an example")
    func everyType() throws {
        var count = 0
        for page in try Snippet.pages() where page.hasSuffix(".swift") {
            let lines = try String(contentsOf: Snippet.root.appending(path: page), encoding: .utf8).components(
                separatedBy: "\n")
            for (index, line) in lines.enumerated() where line.contains(/^public (struct|final class|enum|actor)\b/) {
                let comment = lines[..<index].reversed().prefix { $0.hasPrefix("///") || $0.hasPrefix("@") }
                count += 1
                #expect(comment.contains("/// ```swift"), "\(page):\(index + 1): \(line)")
            }
        }
        #expect(count > 10)
    }

    @Test("manifests compile", .enabled(if: SnippetCompiler.found != nil, "needs swiftc"))
    func manifests() throws {
        let compiler = try #require(SnippetCompiler.found)
        let manifests = try Snippet.all("swift").filter(\.isManifest)
        #expect(!manifests.isEmpty)
        for manifest in manifests {
            let output = try compiler.checkManifest(manifest.text)
            #expect(output.isEmpty, "\(manifest.place): \(output)")
        }
    }

    private static let header = Snippet.root.appending(path: "Sources/CSluice/include").path()

    @Test(
        "C compiles", .enabled(if: FileManager.default.fileExists(atPath: header + "/sluice.h"), "there is no sluice.h")
    )
    func c() throws {
        let snippets = try Snippet.all("c")
        #expect(!snippets.isEmpty)
        for snippet in snippets {
            let output = try SnippetCompiler.inFolder(["snippet.c": snippet.text]) { _, paths in
                let options = ["cc", "-fsyntax-only", "-std=c11", "-Wall", "-Wextra", "-Werror", "-I", Self.header]
                return try SnippetCompiler.run("/usr/bin/env", options + paths).output
            }
            #expect(output.isEmpty, "\(snippet.place): \(output)")
        }
    }
}
