import Foundation
import Sluice
import Testing

@testable import SluiceTestSupport

// The same streams four times: through templates, through programs, through the rules alone, and
// through the slow reference reader of Support/ReferenceStream.swift, which shares no code with the engine. Streams are
// made of events of the corpora and of the recordings beside the project, as they are and changed: bytes flipped, deleted,
// inserted, swapped between events, values replaced, members repeated; and of events that recordings rarely have, those of
// Support/DifferentialEvents.swift.
//
//     make differential PAYLOADS=10000000 [SEED=n]
//
// Every payload goes through all four. Between the first three everything is compared that a delta says, errors'
// texts included. With the reference are compared, for every built-in format over Server-Sent Events and NDJSON: each
// delta's kind, choice, tool call, bytes, name or type, tokens, flags and event offset, in order; of an event that cannot
// be read its number, offset and code; the origin of a call, and whether it continues one; what an error says beside its message;
// unread events and their kinds; frames, deltas, unreadable events and ignored lines; how the stream ended. Counted
// tool calls are counted by the reference too. Not compared with it: excerpts and texts of errors, `endedInsideEvent`,
// custom formats but for one, and what is framed otherwise and so has no templates: AWS event
// streams with the documents in base64 in them, and JSON arrays.

@Suite("templates, simdjson and the slow reference")
struct TemplateDifferentialTests {
    private typealias Source = DifferentialSource

    @Test("as recorded and changed, events give the same deltas, problems and end", arguments: DifferentialSource.all)
    func sameDeltas(_ source: DifferentialSource) throws {
        defer { DifferentialRun.finish(of: Source.all.count) }
        var seed = DifferentialRun.seed
        var left = DifferentialRun.share(of: Source.all.count)
        while left > 0 {
            // A new engine now and then: what one has learnt is bounded, and so is how often it learns.
            var generator = SeededGenerator(seed: seed)
            var engines = DifferentialEngines()
            var history: [DifferentialStream] = []
            for _ in 0..<24 where left > 0 {
                let stream = DifferentialStream.drawn(source, &generator)
                left -= stream.events.count
                DifferentialRun.advance(by: stream.events.count)
                let difference = try DifferentialFailure.difference(&engines, stream, source.format, source.table)
                if difference != nil {
                    let failure = DifferentialFailure(
                        format: source.format, table: source.table, history: history, stream: stream)
                    Issue.record("seed \(seed), \(source.format.name): \(failure.shrunk().description)")
                    return
                }
                history.append(stream)
            }
            seed += 1
        }
    }

    @Test("of a stream that is passed through, what is wanted is told as among all", arguments: DifferentialSource.all)
    func wantedKinds(_ source: DifferentialSource) throws {
        let kinds: DeltaKinds = [.finish, .usage, .error, .toolCall]
        var generator = SeededGenerator(seed: DifferentialRun.seed)
        var everything = Engine()
        var part = Engine()
        var left = DifferentialRun.share(of: Source.all.count) / 4
        while left > 0 {
            // As recorded: text that is passed over may have escapes that are wrong, which nobody looks at.
            let bytes = (0..<64).flatMap { _ in generator.pick(source.events) }
            left -= 64
            func told(_ engine: inout Engine, _ wanted: DeltaKinds) throws -> (deltas: [String], end: StreamEnd) {
                var stream = TokenStream(format: source.format, kinds: wanted)
                var deltas: [String] = []
                func note(_ delta: borrowing Delta) {
                    guard kinds.contains(delta.kind) || delta.kind == .malformed else { return }
                    deltas.append(
                        "\(delta.kind) \(delta.choice) \(delta.eventOffset) \(delta.string) \(delta.problem?.event ?? 0) "
                            + "\(delta.inputTokens ?? -1) \(delta.outputTokens ?? -1) \(String(copying: delta.toolID))")
                }
                var reader = engine.read(bytes.span, of: &stream)
                while let delta = try reader.next() { note(delta) }
                reader = engine.finish(&stream)
                while let delta = try reader.next() { note(delta) }
                return (deltas, stream.end)
            }
            let expected = try told(&everything, .answer)
            let found = try told(&part, kinds)
            #expect(found.deltas == expected.deltas)
            #expect(found.end.status == expected.end.status && found.end.frames == expected.end.frames)
        }
    }
}
