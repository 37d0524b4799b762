import Foundation
import Testing

@testable import SluiceTestSupport

// Each public type at the top of a file has an example in its doc comment, and DocExamples has it compiled.

@Suite("examples in doc comments")
struct DocExampleTests {
    @Test("they run, and hold what they say", arguments: DocExamples.all.map(\.name))
    func run(_ name: String) throws {
        try DocExamples.all.first { $0.name == name }?.run()
    }

    @Test("they stand in the doc comments as they were compiled")
    func texts() throws {
        let compiled = try Self.compiledExamples()
        #expect(Set(compiled.keys) == Set(DocExamples.all.map(\.name)))
        for (name, text) in try Self.documentedExamples() {
            #expect(text == compiled[name], "the example of \(name)")
        }
    }

    @Test("every public type has one")
    func everyType() throws {
        let documented = try Self.documentedExamples()
        for name in try Self.publicTypes() {
            #expect(documented[name] != nil, "\(name) has no example; DocExamples has one to take")
        }
    }

    private static var tests: URL { URL(filePath: #filePath).deletingLastPathComponent() }

    private static func sourceFiles() throws -> [[String]] {
        let sources = tests.deletingLastPathComponent().deletingLastPathComponent().appending(path: "Sources/Sluice")
        let files = try #require(FileManager.default.enumerator(at: sources, includingPropertiesForKeys: nil))
        return try files.compactMap { $0 as? URL }.filter { $0.pathExtension == "swift" }.map {
            try String(contentsOf: $0, encoding: .utf8).components(separatedBy: "\n")
        }
    }

    /// The name of the public type that `line` declares.
    private static func declaredType(_ line: String) -> String? {
        let words = line.split(separator: " ")
        guard let kind = words.firstIndex(where: { ["struct", "enum", "class", "actor"].contains($0) }),
            kind + 1 < words.count
        else { return nil }
        guard words[..<kind].contains("public") else { return nil }
        return String(words[kind + 1].prefix { $0.isLetter || $0.isNumber })
    }

    private static func publicTypes() throws -> [String] {
        try sourceFiles().joined().filter { $0.hasPrefix("public ") }.compactMap { declaredType($0) }
    }

    /// The examples in doc comments, by the type that the comment belongs to.
    private static func documentedExamples() throws -> [String: String] {
        var examples: [String: String] = [:]
        for lines in try sourceFiles() {
            var example: [String]?
            var isInside = false
            for line in lines.map({ $0.trimmingCharacters(in: .whitespaces) }) {
                if line == "/// ```swift" {
                    isInside = true
                    example = []
                } else if isInside && line == "/// ```" {
                    isInside = false
                } else if isInside {
                    example?.append(line == "///" ? "" : String(line.dropFirst(4)))
                } else if !line.hasPrefix("///"), let text = example, let name = declaredType(line) {
                    examples[name] = text.joined(separator: "\n")
                    example = nil
                } else if !line.hasPrefix("///") && !line.hasPrefix("@") && example != nil {
                    Issue.record("the example above '\(line)' belongs to no public type")
                    example = nil
                }
            }
        }
        return examples
    }

    /// The examples of DocExamples.swift, by name, without their indentation.
    private static func compiledExamples() throws -> [String: String] {
        var examples: [String: String] = [:]
        var name: String?
        var body: [String] = []
        for line in try String(contentsOf: tests.appending(path: "DocExamples.swift"), encoding: .utf8).components(
            separatedBy: "\n")
        {
            if let marker = line.range(of: "// example: ") {
                name = String(line[marker.upperBound...])
                body = []
            } else if line.hasSuffix("// end"), let known = name {
                examples[known] = body.joined(separator: "\n")
                name = nil
            } else if name != nil {
                body.append(line.isEmpty ? "" : String(line.dropFirst(8)))
            }
        }
        return examples
    }
}
