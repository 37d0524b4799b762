import Foundation
import Testing

@testable import Sluice
@testable import SluiceTestSupport

// Small streams of every format with one byte made another, and with their ends cut off: what the engine makes of each is
// what the slow reference makes of it.

@Suite("conformance")
struct ConformanceTests {
    struct Subject: Sendable, CustomTestStringConvertible {
        var format: WireFormat
        var bytes: [UInt8]
        var testDescription: String { "\(format.name) as \(format.framing.rawValue), \(bytes.count) bytes" }
    }

    /// Of each format, and each framing that it comes in, the shortest of some streams that say something and end well.
    static let subjects: [Subject] = Dialect.all.flatMap { dialect in
        var found: [Framing: Subject] = [:]
        for seed in 0..<600 {
            if seed > 100 && found.count == Set(dialect.framings).count { break }
            var options = GeneratorOptions()
            options.hasFaults = false
            let stream = StreamGenerator.stream(dialect, seed: UInt64(seed), options)
            let known = found[stream.format.framing]?.bytes.count ?? 400
            let kinds = Set(stream.events.flatMap(\.acts).map(\.kind))
            guard stream.bytes.count < known, stream.bytes.count > 90, kinds.count >= min(3, dialect.kindCount) else {
                continue
            }
            found[stream.format.framing] = Subject(format: stream.format, bytes: stream.bytes)
        }
        return found.sorted { $0.key.rawValue < $1.key.rawValue }.map(\.value)
    }

    @Test("every format has a subject in its own framing")
    func everyFormat() {
        for format in WireFormat.all {
            #expect(Self.subjects.contains { $0.format == format }, "\(format.name)")
        }
    }

    /// How engine and reference differ, whole and cut; nil where they do not.
    private static func difference(
        _ bytes: [UInt8], _ format: WireFormat, _ table: ReferenceTable, _ random: inout SeededGenerator,
        _ engine: inout Engine
    ) -> String? {
        let whole = PropertyRun(format: format).read(Chunks(whole: bytes), &engine)
        let compared = DifferentialReader.Found(end: whole.end, failure: whole.failure, deltas: whole.deltas)
        if let difference = compared.difference(fromReference: ReferenceStream.read(bytes, table)) { return difference }
        let cut = Chunks(bytes, at: [Int.random(in: 0...bytes.count, using: &random)])
        let feeding = random.pick(Feeding.allCases)
        return PropertyRun(format: format, feeding: feeding).read(cut, &engine).difference(from: whole).map {
            "\(feeding), \(cut): \($0)"
        }
    }

    /// Bytes that mean something to a framing, to JSON or to UTF-8.
    private static let telling =
        Array("\n\r \t:,{}[]\"\\/u0-.eEd".utf8) + [0, 0x1F, 0x7F, 0x80, 0xC3, 0xE2, 0xED, 0xF0, 0xFF]

    /// Without a sanitizer every place.
    private static let step = isSanitized ? 5 : 1

    @Test("any byte at any place", arguments: subjects)
    func everyByte(_ subject: Subject) {
        let table = ReferenceTable(subject.format)
        var random = SeededGenerator(seed: PropertyCases.firstSeed)
        var engine = Engine()
        for place in stride(from: 0, to: subject.bytes.count, by: Self.step) {
            // All of them in a large run; else one, another with every seed.
            let one = random.oneIn(4) ? UInt8.random(in: .min ... .max, using: &random) : random.pick(Self.telling)
            for value in PropertyCases.isLarge ? Array(UInt8.min ... .max) : [one] {
                var bytes = subject.bytes
                bytes[place] = value
                let difference = Self.difference(bytes, subject.format, table, &random, &engine)
                if let difference {
                    Issue.record("\(value) at \(place): \(difference) in \"\(VisibleBytes.write(bytes))\"")
                    return
                }
            }
            // What it has learnt is bounded, and would be all that it knows.
            if place % 64 == 0 { engine = Engine() }
        }
    }

    @Test("an end at any place", arguments: subjects)
    func everyEnd(_ subject: Subject) {
        let table = ReferenceTable(subject.format)
        var random = SeededGenerator(seed: PropertyCases.firstSeed)
        var engine = Engine()
        let whole = ReferenceStream.read(subject.bytes, table)
        for end in stride(from: 0, through: subject.bytes.count, by: Self.step) {
            let bytes = Array(subject.bytes[..<end])
            let difference = Self.difference(bytes, subject.format, table, &random, &engine)
            #expect(difference == nil, "at \(end): \"\(VisibleBytes.write(bytes))\"")
            // An event has been told once another has begun behind it.
            let found = PropertyRun(format: subject.format).read(Chunks(whole: bytes), &engine)
            let begun = whole.deltas.filter { $0.offset < end }.map(\.offset).max() ?? 0
            let kept = whole.deltas.filter { $0.offset < begun }
            #expect(Array(found.deltas.prefix(kept.count)) == kept, "at \(end)")
        }
    }

    @Test(
        "the golden cases of every format are read as the slow reference reads them",
        arguments: WireFormat.all.map(\.name))
    func goldenCases(_ name: String) throws {
        for golden in try WireGoldenFile(name).cases {
            var format = try #require(WireFormat.named(name))
            format.framing = golden.framing ?? format.framing
            for hasDetails in [false, true] {
                let kinds: DeltaKinds = hasDetails ? [.answer, .detail] : .answer
                let found = PropertyRun(format: format, kinds: kinds).read(Chunks(whole: golden.input))
                let compared = DifferentialReader.Found(end: found.end, failure: found.failure, deltas: found.deltas)
                let wanted = ReferenceStream.read(golden.input, ReferenceTable(format, hasDetails: hasDetails))
                #expect(compared.difference(fromReference: wanted) == nil, "\(golden.title)")
            }
        }
    }
}

extension Dialect {
    fileprivate var kindCount: Int {
        let one: [Abilities] = [.text, .finish, .terminal, .usage]
        return 1 + one.count { abilities.contains($0) } / 2
    }
}
