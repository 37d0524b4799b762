import Foundation
import Sluice
import Testing

// The project's own recordings, read as they arrived, against the text that their servers meant to send.

@Suite("the project's corpora")
struct CorporaTests {
    private static let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: "corpora")

    /// Bytes of each read, from `stream.times`.
    private static func reads(_ corpus: URL) throws -> [Int] {
        let times = try String(contentsOf: corpus.appending(path: "stream.times"), encoding: .utf8)
        return try times.split(separator: "\n").map { try #require(Int($0.split(separator: "\t")[1])) }
    }

    @Test(
        "read by read as they arrived, they give the text that the server meant to send",
        arguments: [
            ("delta-done", "sse"), ("raw-text", "sse"), ("ollama-generate", "ndjson"), ("ollama-chat", "ndjson"),
        ])
    func textIsWhole(_ name: String, _ ending: String) throws {
        let corpus = Self.folder.appending(path: name)
        let bytes = [UInt8](try Data(contentsOf: corpus.appending(path: "stream.\(ending)")))
        let reads = try Self.reads(corpus)
        #expect(reads.reduce(0, +) == bytes.count)
        var parser = try StreamParser()
        var text: [UInt8] = []
        func take(_ delta: borrowing Delta) {
            if delta.kind == .text { text += Array(delta.string.utf8) }
        }
        var start = 0
        for count in reads {
            try parser.parse(bytes.span.extracting(start..<start + count), take)
            start += count
        }
        let end = try parser.finish(take)
        #expect(parser.formatName == name)
        #expect(end.status == .complete && end.malformedEvents == 0)
        #expect(text == [UInt8](try Data(contentsOf: corpus.appending(path: "stream.txt"))))
    }
}
