import Foundation
import Testing

@testable import SluiceTestSupport

// What a compiler does not check and a reviewer should not have to: the rules of docs/CONTRIBUTING.md that can be counted.

@Suite("tidiness", .disabled(if: isSanitized, "pages need no sanitizer: make test-release"))
struct TidyTests {
    private static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    private struct File {
        /// From the repository's root on.
        var path: String
        var lines: [Substring]

        var isPage: Bool { path.hasSuffix(".md") }

        var isCode: Bool {
            let endings = ["swift", "c", "h", "cpp", "hpp", "inc", "sh", "py"]
            return endings.contains { path.hasSuffix("." + $0) }
        }
    }

    /// What people write: code and prose, no recordings.
    private static func files(_ folders: [String]) throws -> [File] {
        var found: [File] = []
        for folder in folders {
            let place = root.appending(path: folder)
            let all = FileManager.default.enumerator(at: place, includingPropertiesForKeys: [.isRegularFileKey])
            for case let url as URL in try #require(all, "there is no folder \(folder)") {
                let path = String(url.path(percentEncoded: false).dropFirst(root.path(percentEncoded: false).count))
                let isBuilt = path.contains(".build/") || path.contains("node_modules/") || path.contains(".venv/")
                guard !isBuilt, try url.resourceValues(forKeys: [.isRegularFileKey]).isRegularFile == true else {
                    continue
                }
                guard let text = try? String(contentsOf: url, encoding: .utf8) else { continue }
                found.append(File(path: path, lines: text.split(separator: "\n", omittingEmptySubsequences: false)))
            }
        }
        return found
    }

    private static func code() throws -> [File] {
        let folders = [
            "Sources", "Tests", "Examples", "Benchmarks/Sources", "Fuzz", "Replay/Sources", "scripts", "Python/csrc",
            "Python/src", "Python/tests", "NIO/Sources", "NIO/Tests",
        ]
        return try files(folders).filter(\.isCode)
    }

    @Test("files of code have fewer than 400 lines")
    func lengths() throws {
        let files = try Self.code()
        #expect(files.count > 100)
        for file in files where file.lines.count > 400 {
            Issue.record("\(file.path) has \(file.lines.count) lines: part it by what it is about")
        }
    }

    @Test("functions have fewer than 70 lines")
    func functions() throws {
        var count = 0
        for file in try Self.code() where file.path.hasSuffix(".swift") {
            for (number, line) in file.lines.enumerated()
            where line.contains(/^ *[a-z@() ]*\b(func |init[?(<])/) && !line.hasSuffix("}") {
                let indentation = line.prefix { $0 == " " }
                let end = file.lines[number...].firstIndex { $0 == indentation + "}" } ?? number
                count += 1
                if end - number >= 70 {
                    Issue.record("\(file.path):\(number + 1): \(end - number) lines in one function")
                }
            }
        }
        #expect(count > 500)
    }

    /// Lines that say `unsafe`, and lines that bind a view to nothing, outside of the four modules that are made for it. Each
    /// has its contract beside it; one more is one more to be read, and to be counted here.
    private static let unsafeLines = [
        "Sources/Sluice/Framing/Scanner.swift": [30, 0],
        "Sources/Sluice/FastLane/EventTemplates.swift": [26, 0],
        "Sources/Sluice/Pipeline/Cores.swift": [37, 0],
        "Sources/Sluice/API/StreamParser.swift": [2, 0],
        "Sources/Sluice/API/Engine.swift": [4, 0],
        "Sources/Sluice/API/DeltaReader.swift": [0, 2],
        "Sources/Sluice/API/FrameReader.swift": [0, 1],
        "Sources/Sluice/Pipeline/StreamState+Frames.swift": [0, 2],
        "Sources/Sluice/Pipeline/StreamState+Chunks.swift": [2, 0],
        "Sources/Sluice/Deltas/Delta.swift": [1, 1],
    ]

    @Test("unsafe code stands in the modules that have a contract for it, and elsewhere is counted")
    func unsafeCode() throws {
        // Windows and rings; what calls C; what C calls; system calls. Then single lines: see docs/ARCHITECTURE.md.
        let modules = [
            "Sources/Sluice/Bytes/", "Sources/Sluice/JSON/", "Sources/Sluice/Deltas/RecordList.swift",
            "Sources/SluiceABI/", "Sources/SluiceCommand/System/",
        ]
        var found: [String: [Int]] = [:]
        for file in try Self.files(["Sources"]) where file.path.hasSuffix(".swift") {
            if modules.contains(where: { file.path.hasPrefix($0) }) { continue }
            let counts = [
                file.lines.count { $0.contains(/\bunsafe\b/) },
                file.lines.count { $0.contains("@_lifetime(immortal)") },
            ]
            if counts != [0, 0] { found[file.path] = counts }
        }
        for (path, counts) in found.sorted(by: { $0.key < $1.key }) {
            #expect(counts == Self.unsafeLines[path] ?? [0, 0], "\(path)")
        }
        for path in Self.unsafeLines.keys {
            #expect(found[path] != nil, "\(path) has no unsafe code: take it off the list")
        }
    }

    @Test("the engine needs nothing but the standard library and its own C")
    func imports() throws {
        let allowed = [
            "CSluiceMemory", "CSluiceScan", "CSluiceSimdjson", "CSluiceTemplates", "Synchronization", "Dispatch",
        ]
        for file in try Self.files(["Sources/Sluice"]) where file.path.hasSuffix(".swift") {
            for line in file.lines {
                guard let match = line.firstMatch(of: /^ *(?:[a-z@() ]+ )?import +(?:[a-z]+ +)?([A-Za-z0-9_]+)/) else {
                    continue
                }
                #expect(allowed.contains(String(match.1)), "\(file.path): \(line)")
            }
        }
    }

    @Test("no path of a machine, no registry's host, nothing left to do")
    func words() throws {
        // In pieces, or this file would have them.
        let words = [
            "/wo" + "rk/", "/ho" + "me/", "/Us" + "ers/", "/ro" + "ot/", "py" + "pi.org", "npm" + "js.org",
            "crates" + ".io",
            "TO" + "DO", "FIX" + "ME", "X" + "XX", "HA" + "CK:",
        ]
        let prose = try Self.files(["docs", ".ci", "corpora/record"]) + Self.files(["Sources"]).filter(\.isPage)
        let files = try Self.code() + prose
        for file in files {
            for (number, line) in file.lines.enumerated() {
                for word in words where line.contains(word) { Issue.record("\(file.path):\(number + 1): \(word)") }
            }
        }
    }

    @Test("lines end where they end, and files with a line")
    func whiteSpace() throws {
        for file in try Self.code() {
            #expect(file.lines.last == "", "\(file.path) does not end with a line feed")
            for (number, line) in file.lines.enumerated()
            where line.last == " " || line.last == "\t" || line.last == "\r" {
                Issue.record("\(file.path):\(number + 1) ends with white space")
            }
        }
    }

    @Test("the package depends on swift-argument-parser alone, and on that only with the trait Command")
    func dependencies() throws {
        let manifest = try String(contentsOf: Self.root.appending(path: "Package.swift"), encoding: .utf8)
        let packages = manifest.matches(of: /\.package\([^)]*\)/).map { String($0.output) }
        #expect(packages.count == 1 && packages.allSatisfy { $0.contains("swift-argument-parser") }, "\(packages)")
        let products = manifest.matches(of: /\.product\([^)]*\)/).map { String($0.output) }
        #expect(products.count == 1 && products.allSatisfy { $0.contains("condition: .when(traits: [\"Command\"]") })
        #expect(!manifest.contains("jemalloc"))
    }

    @Test("one file includes simdjson's header, which compilers take long to read")
    func simdjsonHeader() throws {
        let files = try Self.files(["Sources"]).filter(\.isCode).filter { file in
            file.lines.contains { $0.contains(/# *include *[<"]simdjson\.h/) }
        }
        #expect(files.map(\.path) == ["Sources/CSluiceSimdjson/stage1.cpp"])
    }

    @Test("every module of the engine is in the table of docs/ARCHITECTURE.md, and in its picture")
    func modules() throws {
        let page = try String(contentsOf: Self.root.appending(path: "docs/ARCHITECTURE.md"), encoding: .utf8)
        func folders(_ folder: String) throws -> Set<String> {
            let all = try FileManager.default.contentsOfDirectory(atPath: Self.root.appending(path: folder).path)
            return Set(all.filter { !$0.hasPrefix(".") && !$0.hasSuffix(".docc") })
        }
        let modules = try folders("Sources/Sluice")
        #expect(modules.count > 5)
        for module in modules {
            #expect(page.contains("| `Sources/Sluice/\(module)` |"), "Sources/Sluice/\(module) is not in the table")
        }
        // The picture's names: the folders of the engine, and the C that it is built on.
        let picture = try #require(page.split(separator: "```").dropFirst().first)
        let named = Set(picture.matches(of: /\b[A-Z][A-Za-z]+\b/).map { String($0.output) }).subtracting([
            "Sources", "Sluice", "C",
        ])
        let c = try folders("Sources").filter { $0.hasPrefix("C") }.subtracting(["CSluice"])
        #expect(named == modules.union(c))
    }

    private static let pages = [
        "README.md", "CHANGELOG.md", "SECURITY.md", "docs/ARCHITECTURE.md", "docs/CONTRIBUTING.md",
        "docs/PERFORMANCE.md", "docs/STATS.md", "docs/json-schema/README.md", "Benchmarks/README.md",
        "Benchmarks/METHODOLOGY.md", "Benchmarks/HOSTILE.md",
        "Fuzz/README.md", "corpora/README.md", "docs/READING.md", "docs/TABLES.md", "docs/SCALE.md", "Python/README.md",
        "NIO/README.md", "Examples/README.md",
    ]

    /// A page without its blocks of code.
    private static func prose(_ page: URL) throws -> String {
        // Every second piece between fences is code.
        let pieces = try String(contentsOf: page, encoding: .utf8).split(
            separator: "\n```", omittingEmptySubsequences: false)
        return pieces.indices.filter { $0 % 2 == 0 }.map { pieces[$0] }.joined()
    }

    /// The anchors that hosting services make of a page's headings.
    private static func anchors(_ page: URL) throws -> Set<String> {
        let headings = try prose(page).split(separator: "\n").filter { $0.hasPrefix("#") }
        let anchors = headings.map { heading in
            let words = heading.drop { $0 == "#" }.dropFirst().lowercased().filter {
                $0.isLetter || $0.isNumber || $0 == " " || $0 == "-" || $0 == "_"
            }
            return words.replacingOccurrences(of: " ", with: "-")
        }
        return Set(anchors)
    }

    @Test("links between the repository's pages lead somewhere")
    func links() throws {
        let catalogues = try Self.files(["Sources"]).filter(\.isPage).map(\.path)
        #expect(catalogues.count > 10)
        for page in Self.pages + catalogues {
            let place = Self.root.appending(path: page)
            for match in try Self.prose(place).matches(of: #/\]\(([^)#]*)(?:#([^)]*))?\)/#)
            where !match.1.hasPrefix("http") {
                let target =
                    match.1.isEmpty ? place : place.deletingLastPathComponent().appending(path: String(match.1))
                let exists = FileManager.default.fileExists(atPath: target.path(percentEncoded: false))
                #expect(exists, "\(page) links to \(match.1)")
                if exists, let anchor = match.2 {
                    let known = try Self.anchors(target)
                    #expect(known.contains(String(anchor)), "\(page) links to \(match.1)#\(anchor)")
                }
            }
        }
    }
}
