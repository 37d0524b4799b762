import Foundation
import Sluice
import Testing

@testable import SluiceTestSupport

// The project's own recordings, read as they arrived, against the text that their servers meant to send.

@Suite("the project's corpora")
struct CorporaTests {
    private static let folder = URL(filePath: #filePath).deletingLastPathComponent()
        .appending(path: "../../../corpora").standardized

    /// Folders are named by the wire format that they hold.
    static let names = [
        "openai-chat", "openai-completions", "openai-responses", "anthropic-messages", "gemini-generate", "delta-done",
        "text-field", "raw-text", "ollama-generate", "ollama-chat",
    ]

    /// What a parser made of a stream.
    private struct Reading {
        var text: [UInt8] = []
        var reasoning: [UInt8] = []
        var arguments: [UInt8] = []

        mutating func take(_ delta: borrowing Delta) {
            switch delta.kind {
            case .text: text += Array(delta.string.utf8)
            case .reasoning: reasoning += Array(delta.string.utf8)
            case .toolArguments: arguments += Array(delta.string.utf8)
            default: break
            }
        }
    }

    static func bytes(_ name: String) throws -> [UInt8] {
        let ending = name.hasPrefix("ollama") ? "ndjson" : "sse"
        return [UInt8](try Data(contentsOf: folder.appending(path: "\(name)/stream.\(ending)")))
    }

    /// What a file says; nothing where there is none.
    private static func said(_ name: String, _ file: String) -> [UInt8] {
        [UInt8]((try? Data(contentsOf: folder.appending(path: "\(name)/\(file)"))) ?? Data())
    }

    /// Bytes of each read, response by response, from `stream.times`: a blank line stands between responses.
    private static func reads(_ name: String) throws -> [[Int]] {
        let times = try String(contentsOf: folder.appending(path: "\(name)/stream.times"), encoding: .utf8)
        return try times.split(separator: "\n\n").map { response in
            try response.split(separator: "\n").map { try #require(Int($0.split(separator: "\t")[1])) }
        }
    }

    @Test("read by read as they arrived, they give what the servers meant to send", arguments: names)
    func contentIsWhole(_ name: String) throws {
        let bytes = try Self.bytes(name)
        let reads = try Self.reads(name).flatMap(\.self)
        #expect(bytes.count >= 1_000_000)
        #expect(reads.reduce(0, +) == bytes.count)
        var parser = StreamParser()
        var reading = Reading()
        var start = 0
        for count in reads {
            try parser.parse(bytes.span.extracting(start..<start + count)) { reading.take($0) }
            start += count
        }
        let end = try parser.finish { reading.take($0) }
        #expect(parser.formatName == name)
        #expect(end.malformedEvents == 0)
        #expect(end.status == (name == "delta-done" ? .failed : .complete))
        #expect(reading.text == Self.said(name, "stream.txt"))
        #expect(reading.reasoning == Self.said(name, "stream.reasoning.txt"))
        #expect(reading.arguments == Self.said(name, "stream.arguments.txt"))
    }

    @Test("each response alone is complete, but for the one whose server failed", arguments: names)
    func responsesAreComplete(_ name: String) throws {
        let bytes = try Self.bytes(name)
        var start = 0
        var statuses: [StreamEnd.Status] = []
        var text: [UInt8] = []
        for response in try Self.reads(name) {
            var parser = StreamParser()
            var reading = Reading()
            let count = response.reduce(0, +)
            try parser.parse(bytes.span.extracting(start..<start + count)) { reading.take($0) }
            statuses.append(try parser.finish { reading.take($0) }.status)
            #expect(parser.formatName == name)
            text += reading.text
            start += count
        }
        let failed = statuses.filter { $0 == .failed }.count
        #expect(failed == (name == "delta-done" ? 1 : 0))
        #expect(statuses.allSatisfy { $0 == .complete || $0 == .failed })
        #expect(text == Self.said(name, "stream.txt"))
    }
}
