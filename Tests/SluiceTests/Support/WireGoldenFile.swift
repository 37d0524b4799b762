import Foundation

@testable import Sluice

// Golden/Wire/<format>.md; its README.md tells the form.

/// One case of a wire format's golden file.
struct WireCase: Sendable {
    var title: String
    /// What detection must say, where it is asked.
    var detected: String?
    var framing: Framing?
    var input: [UInt8] = []
    var log = ""
    /// The same with details; nil where the case does not show them.
    var detailLog: String?
    fileprivate var logLines: Range<Int>?
    fileprivate var detailLines: Range<Int>?
}

struct WireGoldenFile {
    let url: URL
    private var lines: [String]
    private(set) var cases: [WireCase] = []

    init(_ name: String) throws { try self.init(Self.directory.appending(path: "\(name).md")) }

    init(_ url: URL) throws {
        self.url = url
        lines = try String(contentsOf: url, encoding: .utf8).components(separatedBy: "\n")
        try parse()
    }

    static var directory: URL { URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../Golden/Wire") }

    private mutating func parse() throws {
        var index = 0
        while index < lines.count {
            let line = lines[index]
            index += 1
            if line.hasPrefix("## ") {
                cases.append(WireCase(title: String(line.dropFirst(3))))
            } else if line.hasPrefix("<!-- ") {
                try take(setting: line)
            } else if line.hasPrefix("```"), line != "```" {
                let end = lines[index...].firstIndex(of: "```") ?? lines.count
                try take(block: String(line.dropFirst(3)), index..<end)
                index = end + 1
            }
        }
    }

    private mutating func take(setting line: String) throws {
        let words = line.split(separator: " ").map(String.init)
        guard words.count == 4, let last = cases.indices.last else { throw malformed("'\(line)' is no setting") }
        switch words[1] {
        case "detected:": cases[last].detected = words[2]
        case "framing:":
            guard let framing = Framing(rawValue: words[2]) else { throw malformed("'\(words[2])' is no framing") }
            cases[last].framing = framing
        default: throw malformed("'\(line)' is no setting")
        }
    }

    private mutating func take(block kind: String, _ range: Range<Int>) throws {
        guard let last = cases.indices.last else { throw malformed("a block before the first title") }
        switch kind {
        case "text":
            guard let bytes = VisibleBytes.read(lines[range].joined()) else {
                throw malformed("an unknown escape in '\(cases[last].title)'")
            }
            cases[last].input = bytes
        case "hex":
            cases[last].input = try lines[range].flatMap { $0.split(separator: " ") }.map { word in
                guard let byte = UInt8(word, radix: 16) else { throw malformed("'\(word)' is no byte") }
                return byte
            }
        case "messages": cases[last].input = try messages(lines[range])
        case "deltas":
            cases[last].log = lines[range].joined(separator: "\n")
            cases[last].logLines = range
        case "details":
            cases[last].detailLog = lines[range].joined(separator: "\n")
            cases[last].detailLines = range
        default: throw malformed("an unknown block '\(kind)'")
        }
    }

    /// AWS messages, a blank line between two.
    private func messages(_ lines: ArraySlice<String>) throws -> [UInt8] {
        try lines.split(separator: "").flatMap { try message($0) }
    }

    private func message(_ lines: ArraySlice<String>) throws -> [UInt8] {
        var message = AWSMessage(payload: "")
        var bytes: [UInt8] = []
        for line in lines {
            let parts = line.split(separator: " ", maxSplits: 1).map(String.init)
            let value = VisibleBytes.read(parts.count < 2 ? "" : parts[1]) ?? []
            if line.hasPrefix(":") {
                message.headers += AWSMessage.header(parts[0], String(decoding: value, as: UTF8.self))
            }
            switch parts[0] {
            case "payload": message.payload = value
            case "document":
                message.payload = Array("{\"bytes\":\"\(Data(value).base64EncodedString())\",\"p\":\"abc\"}".utf8)
            case "flip", "cut":
                guard let count = Int(parts[1]) else { throw malformed("'\(line)' has no number") }
                bytes = bytes.isEmpty ? message.bytes : bytes
                if parts[0] == "flip" { bytes[count] ^= 1 } else { bytes.removeLast(count) }
            default: if !line.hasPrefix(":") { throw malformed("'\(line)' is no part of a message") }
            }
        }
        return bytes.isEmpty ? message.bytes : bytes
    }

    private func malformed(_ what: String) -> GoldenFile.Malformed {
        GoldenFile.Malformed(description: "\(url.lastPathComponent): \(what)")
    }

    /// Puts new logs into the file, in the order of its cases.
    mutating func rewrite(_ logs: [(deltas: String, details: String)]) throws {
        for (golden, log) in zip(cases, logs).reversed() {
            if let range = golden.detailLines {
                lines.replaceSubrange(range, with: log.details.components(separatedBy: "\n"))
            }
            guard let range = golden.logLines else { throw malformed("'\(golden.title)' has no block of deltas") }
            lines.replaceSubrange(range, with: log.deltas.components(separatedBy: "\n"))
        }
        try lines.joined(separator: "\n").write(to: url, atomically: true, encoding: .utf8)
    }
}
