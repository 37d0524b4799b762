import Foundation

// What stands between fences in README.md, docs and the catalogues, and in the doc comments of SluiceKit.

/// A block of code in a page, or in a doc comment.
struct Snippet: Sendable {
    /// From the repository's root on.
    var page: String
    /// Of the block's first line, from 1.
    var line: Int
    /// What the fence says: `swift`, `c`.
    var language: String
    var body: [String]
    /// What the compiler has to say of it, from a comment before the fence: `<!-- refused: … -->`.
    var complaint: String?
    /// What the snippet throws when it is run, by a comment before the fence: `<!-- throws: code -->`.
    var failure: String?
    /// Declarations that others of the page use, by a comment before the fence: `<!-- shared -->`.
    var isShared = false
    /// A whole program, compiled exactly as it is written: `<!-- program -->`.
    var isProgram = false

    var place: String { "\(page):\(line)" }
    var text: String { body.joined(separator: "\n") + "\n" }
    /// It claims something, so it is run.
    var claims: Bool {
        complaint == nil && !isShared && !isProgram && (failure != nil || body.contains { $0.contains("assert(") })
    }
    /// A package's manifest, or something else that stands alone.
    var isManifest: Bool { body.contains("import PackageDescription") }

    static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent()

    /// All of one language.
    static func all(_ language: String) throws -> [Snippet] {
        var found: [Snippet] = []
        for page in try pages() {
            let lines = try String(contentsOf: root.appending(path: page), encoding: .utf8).components(
                separatedBy: "\n")
            found += blocks(in: page.hasSuffix(".md") ? lines : comments(of: lines), of: page)
        }
        return found.filter { $0.language == language }
    }

    /// Pages of prose, and sources with doc comments.
    static func pages() throws -> [String] {
        let folders = [
            ("docs", "md"), ("Sources/Sluice", "md"), ("Sources/SluiceKit", "md"), ("Sources/SluiceKit", "swift"),
            ("Sources/SluiceJSON", "swift"),
        ]
        var pages = ["README.md"]
        for (folder, ending) in folders {
            let names = try FileManager.default.subpathsOfDirectory(atPath: root.appending(path: folder).path)
            pages += names.filter { $0.hasSuffix("." + ending) }.sorted().map { "\(folder)/\($0)" }
        }
        return pages
    }

    /// The doc comments of a source, each line in its place, all else blank.
    private static func comments(of lines: [String]) -> [String] {
        lines.map { line in
            let text = line.drop { $0 == " " }
            guard text.hasPrefix("///") else { return "" }
            return String(text.hasPrefix("/// ") ? text.dropFirst(4) : text.dropFirst(3))
        }
    }

    static func blocks(in lines: [String], of page: String) -> [Snippet] {
        var found: [Snippet] = []
        var open: Snippet?
        var complaint: String?
        var failure: String?
        var isShared = false
        var isProgram = false
        for (index, line) in lines.enumerated() {
            if line.hasPrefix("```") {
                if let block = open {
                    found.append(block)
                    open = nil
                    (complaint, failure, isShared, isProgram) = (nil, nil, false, false)
                } else {
                    open = Snippet(
                        page: page, line: index + 2, language: String(line.dropFirst(3)), body: [],
                        complaint: complaint, failure: failure, isShared: isShared, isProgram: isProgram)
                }
            } else if open != nil {
                open?.body.append(line)
            } else if let match = line.wholeMatch(of: /<!-- refused: (.*) -->/) {
                complaint = String(match.1)
            } else if let match = line.wholeMatch(of: /<!-- throws: (.*) -->/) {
                failure = String(match.1)
            } else if line == "<!-- shared -->" {
                isShared = true
            } else if line == "<!-- program -->" {
                isProgram = true
            } else if !line.isEmpty {
                (complaint, failure, isShared, isProgram) = (nil, nil, false, false)
            }
        }
        return found
    }
}

extension Snippet {
    /// Modules that snippets may import.
    static let modules = ["Foundation", "Sluice", "SluiceKit"]

    /// A function of this name with the snippet as its body, or a shared one as it is, at the page's own lines. Imports stand
    /// at the top of the file.
    func function(_ name: String) -> String {
        let code = body.map { line in
            line.hasPrefix("import ") && Self.modules.contains(String(line.dropFirst(7))) ? "" : line
        }
        let located =
            "#sourceLocation(file: \"\(page)\", line: \(line))\n\(code.joined(separator: "\n"))\n#sourceLocation()\n"
        return isShared ? located : "func \(name)(\(Self.parameters)) async throws {\n\(located)}\n\n"
    }

    /// A line of a program that runs the function of this name, and checks that every assertion of the snippet is reached.
    func call(_ name: String) -> String {
        let asserted = body.indices.filter { body[$0].contains("assert(") }.map { "\(line + $0)" }
        let wanted = failure.map { "\"\($0)\"" } ?? "nil"
        return
            "await run(\"\(place)\", throws: \(wanted), \"\(page)\", [\(asserted.joined(separator: ", "))], \(name))\n"
    }

    /// What snippets may assume.
    static let parameters =
        "chunk: [UInt8], path: String, chunks: AsyncStream<[UInt8]>, planner: AsyncStream<[UInt8]>, coder: AsyncStream<[UInt8]>"

    /// What snippets may assume: a chunk, the chunks of one answer as a function and as an async sequence, streams of two
    /// agents, a path to write to, and somebody to send text to. `assert` counts in optimised builds too.
    static let prelude = #"""
        import Foundation
        import Sluice
        import SluiceKit

        let answer: [UInt8] = Array(
            """
            data: {"choices":[{"index":0,"delta":{"role":"assistant","content":"Hel"}}]}

            data: {"choices":[{"index":0,"delta":{"content":"lo, wörld"}}]}

            data: {"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}

            data: {"choices":[],"usage":{"prompt_tokens":3,"completion_tokens":5}}

            data: [DONE]


            """.utf8)
        let pieces: [[UInt8]] = [Array(answer[..<70]), Array(answer[70..<200]), Array(answer[200...])]

        nonisolated(unsafe) var waiting: [[UInt8]] = []
        nonisolated(unsafe) var failures = 0
        nonisolated(unsafe) var reached: Set<UInt> = []

        func nextChunk() -> [UInt8]? { waiting.isEmpty ? nil : waiting.removeFirst() }
        func send(_ text: String) async throws {}
        func forward(_ chunk: [UInt8]) async throws {}
        func show(_ text: String) {}
        func assert(_ condition: Bool, file: StaticString = #filePath, line: UInt = #line) {
            reached.insert(line)
            guard !condition else { return }
            failures += 1
            Swift.print("\(file):\(line) does not hold")
        }
        func print(_ items: Any..., terminator: String = "\n") {}
        func stream() -> AsyncStream<[UInt8]> {
            AsyncStream { continuation in
                for piece in pieces { continuation.yield(piece) }
                continuation.finish()
            }
        }
        func run(
            _ place: String, throws wanted: String?, _ page: String, _ assertions: [UInt],
            _ body: (\#(types)) async throws -> Void
        ) async {
            waiting = pieces
            reached = []
            defer {
                for line in assertions where !reached.contains(line) {
                    failures += 1
                    Swift.print("\(page):\(line) is not reached")
                }
            }
            do {
                try await body(answer, NSTemporaryDirectory() + "/sluice-snippet-\(UUID().uuidString)", stream(), stream(), stream())
                guard let wanted else { return }
                failures += 1
                Swift.print("\(place) does not throw \(wanted)")
            } catch {
                if let wanted, (error as? SluiceError)?.code.rawValue == wanted { return }
                failures += 1
                Swift.print("\(place) throws \(error)")
            }
        }

        """#

    private static let types =
        "[UInt8], String, AsyncStream<[UInt8]>, AsyncStream<[UInt8]>, AsyncStream<[UInt8]>"
}
