import Foundation
import Testing

@testable import Sluice
@testable import SluiceTestSupport

// Properties that cannot fail would show nothing. So the engine is made wrong on purpose, on the way in or on the way out,
// and each time a property must notice, the stream that shows it must be made small, and its golden case must say what
// should have been read.

@Suite("properties notice defects", .disabled(if: isSanitized, "what is found counts: make test-release"))
struct PlantedDefectTests {
    struct Defect: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var property: StreamProperty
        /// Formats whose streams show it.
        var formats = ["openai-chat", "anthropic-messages", "ollama-generate"]
        /// Bytes that the stream that shows it may be left with.
        var smallest = 200
        var reader: PropertyReader

        /// Wrong after the engine.
        init(
            _ name: String, _ property: StreamProperty, formats: [String]? = nil,
            after change: @escaping @Sendable (inout PropertyReading) -> Void
        ) {
            testDescription = name
            self.property = property
            self.formats = formats ?? self.formats
            reader = PropertyReader { stream, chunks, feeding in
                var reading = PropertyReader.engine.read(stream, chunks, feeding)
                change(&reading)
                return reading
            }
        }

        /// Wrong before the engine.
        init(
            _ name: String, _ property: StreamProperty, formats: [String]? = nil, smallest: Int = 200,
            before change: @escaping @Sendable (Chunks) -> Chunks
        ) {
            testDescription = name
            self.property = property
            self.formats = formats ?? self.formats
            self.smallest = smallest
            reader = PropertyReader { stream, chunks, feeding in
                PropertyReader.engine.read(stream, change(chunks), feeding)
            }
        }
    }

    static let defects: [Defect] = [
        Defect("the first byte of a chunk that begins within a line is lost", .anySplit, smallest: 2) { chunks in
            guard let cut = chunks.cuts.first(where: { $0 > 0 && $0 < chunks.bytes.count }) else { return chunks }
            return Chunks(whole: Array(chunks.bytes[..<cut] + chunks.bytes[(cut + 1)...]))
        },
        Defect("a carriage return is taken for a line feed", .anySplit, formats: ["text-field"], smallest: 40) {
            chunks in
            // Where chunks are cut between them a CRLF becomes two line ends.
            let bytes = chunks.bytes
            let split = chunks.cuts.first { $0 > 0 && $0 < bytes.count && bytes[$0] == 0x0A && bytes[$0 - 1] == 0x0D }
            guard let split else { return chunks }
            return Chunks(whole: Array(bytes[..<split] + [0x0A] + bytes[split...]))
        },
        Defect("the last byte is lost", .reference) { chunks in Chunks(whole: chunks.bytes.dropLast()) },
        Defect("NUL is dropped from the input", .reference, formats: ["raw-text"]) { chunks in
            Chunks(whole: chunks.bytes.filter { $0 != 0 })
        },
        Defect("an escape is left as it is", .meaning) { reading in
            let escaped = reading.deltas.contains { $0.kind == .text && $0.bytes.contains(0x0A) }
            if escaped { reading.answer = Accumulator() }
        },
        Defect("every text delta but the first of an answer is lost", .reference) { reading in
            let first = reading.deltas.firstIndex { $0.kind == .text }
            reading.deltas = reading.deltas.enumerated().filter { $0.element.kind != .text || $0.offset == first }
                .map(\.element)
        },
        Defect("two deltas in the wrong order", .reference) { reading in
            let differing = reading.deltas.indices.dropLast().first { reading.deltas[$0] != reading.deltas[$0 + 1] }
            if let differing { reading.deltas.swapAt(differing, differing + 1) }
        },
        Defect("offsets a byte off behind the first event", .reference) { reading in
            for index in reading.deltas.indices where reading.deltas[index].offset > 0 {
                reading.deltas[index].offset += 1
            }
        },
        Defect("all choices are the first", .reference, formats: ["openai-chat"]) { reading in
            for index in reading.deltas.indices { reading.deltas[index].choice = 0 }
        },
        Defect("tool calls a number too high", .reference, formats: ["anthropic-messages", "bedrock"]) { reading in
            for index in reading.deltas.indices where reading.deltas[index].kind == .toolArguments {
                reading.deltas[index].tool += 1
            }
        },
        Defect("tokens of the answer are lost", .reference) { reading in
            for index in reading.deltas.indices { reading.deltas[index].output = nil }
        },
        Defect("a cut stream is complete", .meaning) { reading in
            if reading.end?.status == .truncated { reading.end?.status = .complete }
        },
        Defect("an error leaves the stream as it was", .meaning) { reading in
            if reading.end?.status == .failed { reading.end?.status = .complete }
        },
        Defect("events that cannot be read are passed over", .meaning) { reading in
            if !reading.problems.isEmpty { reading.answer = Accumulator() }
        },
        Defect("a delta is told twice", .batches) { reading in reading.deltas += reading.deltas.suffix(1) },
        Defect("what is not wanted is told", .kinds) { reading in
            for index in reading.deltas.indices where reading.deltas[index].kind == .text {
                reading.deltas[index].kind = .refusal
            }
        },
        Defect("an engine that knows nothing leaves out reasons", .learning) { reading in
            reading.deltas.removeAll { $0.kind == .finish }
        },
        Defect("a format that is given tells no tokens", .detection) { reading in
            reading.deltas.removeAll { $0.kind == .usage }
        },
        Defect("every byte is looked at again with the next chunk", .scannedOnce) { reading in
            reading.scannedBytes += min(1, reading.scannedBytes)
        },
        Defect("repaired text", .reference, formats: ["cohere-v2", "gemini-generate"]) { reading in
            for index in reading.deltas.indices {
                reading.deltas[index].bytes = reading.deltas[index].bytes.filter { $0 < 0x80 }
            }
        },
    ]

    @Test("a defect is noticed, and its stream made small", arguments: defects)
    private func noticed(_ defect: Defect) throws {
        let folder = URL(filePath: NSTemporaryDirectory()).appending(path: "sluice-planted-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: folder) }
        for name in defect.formats {
            let dialect = try #require(Dialect.named(name))
            let found = (0..<400).lazy.map { StreamGenerator.stream(dialect, seed: $0) }.first {
                defect.property.check($0, defect.reader) != nil
            }
            let stream = try #require(found, "\(name): no stream showed it")
            let small = stream.shrunk { defect.property.check($0, defect.reader) != nil }
            #expect(defect.property.check(small, defect.reader) != nil)
            #expect(small.bytes.count <= stream.bytes.count && small.cuts.count <= 2)
            // Messages of Amazon's have headers and checksums, which cannot be cut.
            let most = name == "bedrock" ? 500 : defect.smallest
            #expect(small.bytes.count <= most, "\(name): \(stream.bytes.count) bytes became \(small)")
            // The engine itself has no part in it.
            #expect(defect.property.check(small, .engine) == nil)
            let file = try small.writeCase(defect.testDescription, to: folder)
            let golden = try #require(try WireGoldenFile(file).cases.last)
            #expect(golden.input == small.bytes)
            #expect(WireRun.publicLog(small.format, golden.input).text == golden.log)
        }
    }

    @Test("a stream is made small without a letter more than the property needs")
    func smallest() throws {
        let dialect = try #require(Dialect.named("text-field"))
        let stream = StreamGenerator.stream(dialect, seed: 11)
        // A stream is wrong that has a line feed behind a carriage return, and an x somewhere.
        func fails(_ stream: GeneratedStream) -> Bool {
            let bytes = stream.bytes
            return bytes.contains(0x78) && bytes.count { $0 == 0x22 } > 1
        }
        var wrong = stream
        wrong.events.insert(.init(acts: [], bytes: Array("data: {\"x\":\"xyz\"}\r\n\r\n".utf8)), at: 0)
        #expect(fails(wrong))
        #expect(wrong.shrunk(fails).bytes.sorted() == [0x22, 0x22, 0x78])
    }
}
