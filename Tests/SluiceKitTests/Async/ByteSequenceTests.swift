import Sluice
import Testing

@testable import SluiceKit

/// The bytes of a source's chunks, one by one, as `URLSession.AsyncBytes` has them.
private struct DrivenBytes: AsyncSequence, Sendable {
    let source: DrivenSource

    func makeAsyncIterator() -> Iterator { Iterator(chunks: source.makeAsyncIterator()) }

    struct Iterator: AsyncIteratorProtocol {
        var chunks: DrivenSource.Iterator
        var chunk: ArraySlice<UInt8> = []

        mutating func next() async throws -> UInt8? {
            while chunk.isEmpty {
                guard let next = try await chunks.next() else { return nil }
                chunk = next[...]
            }
            return chunk.popFirst()
        }
    }
}

@Suite("sequences of bytes", .hangGuard)
struct ByteSequenceTests {
    private struct Broken: Error {}

    @Test("single bytes give the deltas of the same bytes in chunks", arguments: KitCorpus.all)
    func corpora(corpus: KitCorpus) async throws {
        let bytes = try corpus.bytes(30_000)
        let expected = try SynchronousReading(bytes, format: corpus.format)
        for format in [corpus.format, nil] {
            let deltas = DrivenBytes(source: DrivenSource(bytes.cut(every: 1_000))).deltas(
                format: format, firstByteTimeout: nil, idleTimeout: nil)
            var found: [OwnedDelta] = []
            for try await delta in deltas { found.append(delta) }
            #expect(found == expected.deltas && deltas.end == expected.end && deltas.message == expected.message)
        }
    }

    private static let events: [(WireFormat, [UInt8])] = [
        (.textField, Array("data: {\"text\":\"Hi\"}\n\n".utf8)),
        (.textField, Array("data: {\"text\":\"Hi\"}\r\n\r\n".utf8)),
        (.textField, Array("data: {\"text\":\"Hi\"}\r\r".utf8)),
        (.ollamaGenerate, Array("{\"response\":\"Hi\",\"done\":false}\n".utf8)),
        (.ollamaGenerate, Array("{\"response\":\"Hi\",\"done\":false}\r\n".utf8)),
        (.geminiGenerate, Array(" [{\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"Hi\"}]}}]}".utf8)),
    ]

    @Test("a delta does not wait for the first byte of the next event", arguments: events.indices)
    func atOnce(_ index: Int) async throws {
        let (format, bytes) = Self.events[index]
        let source = DrivenSource()
        source.send(bytes)
        let deltas = DrivenBytes(source: source).deltas(format: format, firstByteTimeout: nil, idleTimeout: nil)
        var iterator = deltas.makeAsyncIterator()
        #expect(try await iterator.next()?.text == "Hi")
    }

    @Test("a message of AWS is a chunk; a length that cannot be ends one")
    func messages() async throws {
        let message: [UInt8] = [0, 0, 0, 6, 0x0A, 0x0A]
        let bytes = message + message + [0, 0, 0, 3] + message + [0]
        var chunks: [[UInt8]] = []
        for try await chunk in ByteChunks(base: DrivenBytes(source: DrivenSource([bytes]))) { chunks.append(chunk) }
        #expect(chunks == [[0], Array(message.dropFirst()), message, [0, 0, 0, 3], message, [0]])
    }

    @Test("what came before a source failed is read before its error is thrown")
    func failure() async throws {
        let source = DrivenSource()
        source.send("data: {\"text\":\"Hi\"}\n\ndata: {\"text\":\"wo")
        source.fail(Broken())
        let deltas = DrivenBytes(source: source).deltas(format: .textField, firstByteTimeout: nil, idleTimeout: nil)
        do {
            for try await _ in deltas {}
            Issue.record("nothing was thrown")
        } catch {
            guard case .source(let cause) = error.cause, cause is Broken else { throw error }
            #expect(error.message.choices[0]?.text == "Hi" && error.end.endedInsideEvent && error.end.bytes == 38)
        }
    }

    @Test("the first byte ends the time for the first byte, and a line without end is read in pieces")
    func pieces() async throws {
        let clock = ManualClock()
        let source = DrivenSource()
        let deltas = DrivenBytes(source: source).deltas(
            format: .textField, firstByteTimeout: .seconds(5), idleTimeout: .seconds(10), clock: clock)
        source.send("d")
        let reader = Task {
            do throws(StreamInterruption) {
                for try await _ in deltas {}
                return nil as StreamInterruption?
            } catch {
                return error
            }
        }
        await source.asked.reaches(2)
        source.send("ata: {\"text\":\"" + String(repeating: "x", count: 40_000))
        await source.asked.reaches(3)
        clock.advance(by: .seconds(10))
        let interruption = try #require(await reader.value)
        guard case .idle = interruption.cause else { throw interruption }
        let received = 1 + 2 * 16 * 1024
        #expect(interruption.end.bytes == received)
    }
}
