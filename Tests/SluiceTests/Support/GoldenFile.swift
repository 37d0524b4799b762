import Foundation

@testable import Sluice

// Golden Markdown: what a reader sees as a specification, a test replays.
//
//     ## A title
//
//     A sentence.
//
//     <!-- end=discard limit=64 -->          settings, where they are not the defaults
//
//     ```text                                the input; or ```hex
//     data: a\n\n
//     ```
//
//     ```events                              the log
//     frame offset=0 …
//     ```

/// One case of a golden file.
struct GoldenCase: Sendable {
    var title: String
    var settings: [String: String] = [:]
    var input: [UInt8] = []
    var events = ""
    /// Lines of the file between which the events stand.
    var eventLines: Range<Int>?
}

struct GoldenFile {
    struct Malformed: Error, CustomStringConvertible {
        var description: String
    }

    let url: URL
    private var lines: [String]
    private(set) var cases: [GoldenCase] = []

    static var updates: Bool { ProcessInfo.processInfo.environment["SLUICE_UPDATE_GOLDEN"] == "1" }

    /// The file of that path below `Golden`.
    init(_ path: String) throws {
        let tests = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        url = tests.appending(path: "Golden").appending(path: path)
        lines = try String(contentsOf: url, encoding: .utf8).components(separatedBy: "\n")
        try parse()
    }

    private mutating func parse() throws {
        var index = 0
        while index < lines.count {
            let line = lines[index]
            index += 1
            if line.hasPrefix("## ") {
                cases.append(GoldenCase(title: String(line.dropFirst(3))))
            } else if line.hasPrefix("<!-- "), !cases.isEmpty {
                cases[cases.count - 1].settings = try settings(line)
            } else if line.hasPrefix("```"), line != "```" {
                let end = lines[index...].firstIndex(of: "```") ?? lines.count
                if !cases.isEmpty { try take(String(line.dropFirst(3)), index..<end) }
                index = end + 1
            }
        }
    }

    private mutating func take(_ kind: String, _ range: Range<Int>) throws {
        let last = cases.count - 1
        switch kind {
        case "text":
            guard let bytes = VisibleBytes.read(lines[range].joined()) else {
                throw malformed("an unknown escape", range)
            }
            cases[last].input = bytes
        case "hex":
            cases[last].input = try lines[range].flatMap { try hexadecimal($0, range) }
        case "events":
            cases[last].events = lines[range].joined(separator: "\n")
            cases[last].eventLines = range
        default: throw malformed("an unknown block '\(kind)'", range)
        }
    }

    private func settings(_ line: String) throws -> [String: String] {
        var found: [String: String] = [:]
        for word in line.split(separator: " ").dropFirst().dropLast() {
            let parts = word.split(separator: "=", maxSplits: 1).map(String.init)
            guard parts.count == 2 else {
                throw Malformed(description: "'\(word)' in \(url.lastPathComponent) is no setting")
            }
            found[parts[0]] = parts[1]
        }
        return found
    }

    /// Pairs of digits; what follows a # is a remark.
    private func hexadecimal(_ line: String, _ range: Range<Int>) throws -> [UInt8] {
        let code = line.prefix { $0 != "#" }
        return try code.split(separator: " ").map { word in
            guard word.count == 2, let byte = UInt8(word, radix: 16) else {
                throw malformed("'\(word)' is no byte", range)
            }
            return byte
        }
    }

    private func malformed(_ what: String, _ range: Range<Int>) -> Malformed {
        Malformed(description: "\(url.lastPathComponent), line \(range.lowerBound): \(what)")
    }

    /// Puts new logs into the file, in the order of its cases.
    mutating func rewrite(_ logs: [String]) throws {
        for (golden, log) in zip(cases, logs).reversed() {
            guard let range = golden.eventLines else {
                throw Malformed(description: "'\(golden.title)' has no block of events")
            }
            lines.replaceSubrange(range, with: log.components(separatedBy: "\n"))
        }
        try lines.joined(separator: "\n").write(to: url, atomically: true, encoding: .utf8)
    }
}
