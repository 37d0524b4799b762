import Foundation
import Sluice
import SluiceKit
import Testing

// Streams that the tests feed, and what a parser without tasks makes of them.

/// One event with a piece of text, in the form `{"text": …}`.
func textEvent(_ text: String) -> String { "data: {\"text\":\"\(text)\"}\n\n" }

let doneEvent = "data: [DONE]\n\n"

/// What `StreamParser` reads.
struct SynchronousReading {
    var deltas: [OwnedDelta] = []
    var message: Accumulator
    var end = StreamEnd()

    init(_ bytes: [UInt8], format: WireFormat?, limits: Limits = Limits(), kinds: DeltaKinds = .answer) throws {
        var parser = StreamParser(format: format, limits: limits, kinds: kinds)
        var message = Accumulator(limits: limits)
        var reader = parser.read(bytes.span)
        while let delta = try reader.next() {
            deltas.append(OwnedDelta(copying: delta))
            try message.add(delta)
        }
        reader = parser.finish()
        while let delta = try reader.next() {
            deltas.append(OwnedDelta(copying: delta))
            try message.add(delta)
        }
        self.message = message
        end = parser.end
    }
}

extension Array where Element == UInt8 {
    /// Cut into pieces of `size` bytes.
    func cut(every size: Int) -> [[UInt8]] {
        stride(from: 0, to: count, by: size).map { Array(self[$0..<Swift.min(count, $0 + size)]) }
    }
}

/// The recorded streams that come with the package.
struct KitCorpus: CustomTestStringConvertible, Sendable {
    var name: String
    var format: WireFormat

    var testDescription: String { name }

    static let all = [
        KitCorpus(name: "openai-chat", format: .openAIChat),
        KitCorpus(name: "anthropic-messages", format: .anthropicMessages),
        KitCorpus(name: "ollama-generate", format: .ollamaGenerate),
        KitCorpus(name: "delta-done", format: .deltaDone),
        KitCorpus(name: "raw-text", format: .rawText),
    ]

    /// The first `count` bytes.
    func bytes(_ count: Int) throws -> [UInt8] {
        let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent().appending(path: "corpora/\(name)")
        let ending = format.framing == .ndjson ? "ndjson" : "sse"
        return Array(try Data(contentsOf: folder.appending(path: "stream.\(ending)")).prefix(count))
    }
}
