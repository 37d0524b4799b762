import Foundation
import Testing

@testable import Sluice
@testable import SluiceTestSupport

// Properties of streams that a generator makes up: every wire format, every framing, and whatever the standards let a server
// do. `make properties CASES=1000000 SEED=n` reads more of them; a stream that breaks one is told with its seed, made small,
// and written as a case for the golden files.

enum PropertyCases {
    private static let environment = ProcessInfo.processInfo.environment

    /// Streams for each property, all formats together.
    static let count = environment["SLUICE_PROPERTIES"].flatMap { Int($0) } ?? (isSanitized ? 110 : 440)
    static let firstSeed = environment["SLUICE_PROPERTIES_SEED"].flatMap { UInt64($0) } ?? 2026
    static let isLarge = environment["SLUICE_PROPERTIES"] != nil
    /// Where cases for the golden files are written.
    static let folder = URL(
        filePath: environment["SLUICE_PROPERTIES_CASES"] ?? NSTemporaryDirectory() + "sluice-properties")

    static let names = Dialect.all.map(\.format.name)

    /// Seeds of each format's streams.
    static func seeds(share: Int) -> [UInt64] {
        let each = UInt64(max(1, count / names.count / share))
        return (0..<each).map { firstSeed &+ $0 }
    }
}

@Suite("properties of generated streams")
struct PropertyTests {
    /// Asks every stream of a format, and tells the first that breaks the property.
    private func hold(
        _ property: StreamProperty, _ name: String, share: Int = 1, sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        let dialect = try #require(Dialect.named(name))
        for seed in PropertyCases.seeds(share: share) {
            let stream = StreamGenerator.stream(dialect, seed: seed, property.options)
            guard property.check(stream, .engine) != nil else { continue }
            let small = stream.shrunk { property.check($0, .engine) != nil }
            let file = try small.writeCase(property.name, to: PropertyCases.folder)
            Issue.record(
                """
                \(property.name), seed \(seed), \(name) as \(stream.format.framing.rawValue): \
                \(property.check(small, .engine) ?? "") in \(small); a golden case is in \(file.path())
                """, sourceLocation: sourceLocation)
            return
        }
    }

    @Test("any split and any buffer gives the same deltas, errors, answer and end", arguments: PropertyCases.names)
    func anySplit(_ name: String) throws { try hold(.anySplit, name) }

    @Test("deltas and ends are those of the slow reference reader", arguments: PropertyCases.names)
    func reference(_ name: String) throws { try hold(.reference, name) }

    @Test("with details, deltas and ends are those of the slow reference reader", arguments: PropertyCases.names)
    func details(_ name: String) throws { try hold(.details, name) }

    @Test("beside details and payloads, the same is told", arguments: PropertyCases.names)
    func allKinds(_ name: String) throws { try hold(.allKinds, name, share: 2) }

    @Test("the answer is what the generator meant", arguments: PropertyCases.names)
    func meaning(_ name: String) throws { try hold(.meaning, name) }

    @Test("batches have the deltas that are read one by one", arguments: PropertyCases.names)
    func batches(_ name: String) throws { try hold(.batches, name, share: 2) }

    @Test("a format that is found is read as one that is given", arguments: PropertyCases.names)
    func detection(_ name: String) throws { try hold(.detection, name, share: 2) }

    @Test("of some kinds of deltas the same is told as among all", arguments: PropertyCases.names)
    func kinds(_ name: String) throws { try hold(.kinds, name) }

    @Test("no byte is scanned twice", arguments: PropertyCases.names)
    func scannedOnce(_ name: String) throws { try hold(.scannedOnce, name, share: 2) }

    @Test("frames are those of the slow readings, also where the end is discarded", arguments: PropertyCases.names)
    func frames(_ name: String) throws { try hold(.frames, name, share: 2) }

    @Test("what an engine has learnt of other streams changes nothing", arguments: PropertyCases.names)
    func learning(_ name: String) throws { try hold(.learning, name, share: 2) }

    @Test("streams of all formats that share an engine are read as each alone", arguments: Seeds.properties(20))
    func interleaved(_ seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let sources = (0..<12).map { _ in StreamGenerator.stream(random.pick(Dialect.all), seed: random.next()) }
        let runs = sources.map { PropertyRun(format: $0.format, feeding: $0.feeding) }
        var engine = Engine()
        var readings = sources.map { _ in PropertyReading() }
        let streams = UnsafeMutablePointer<TokenStream>.allocate(capacity: sources.count)
        for number in sources.indices {
            unsafe (streams + number).initialize(to: TokenStream(format: sources[number].format))
        }
        defer {
            unsafe streams.deinitialize(count: sources.count)
            unsafe streams.deallocate()
        }
        // Chunks of all of them in any order, each stream's in its own.
        var rest = sources.map { Array($0.chunks.slices.enumerated()) }
        var open = Array(sources.indices)
        while let number = open.randomElement(using: &random) {
            do throws(SluiceError) {
                if rest[number].isEmpty {
                    open.removeAll { $0 == number }
                    unsafe try readings[number].take(engine.finish(&streams[number]), inBatches: false)
                } else {
                    let (place, chunk) = rest[number].removeFirst()
                    unsafe try runs[number].step(chunk, place, &engine, &streams[number], &readings[number])
                }
            } catch {
                open.removeAll { $0 == number }
                readings[number].failure = error
            }
        }
        for (number, source) in sources.enumerated() {
            unsafe runs[number].note(&readings[number], streams[number])
            let difference = readings[number].difference(from: PropertyReader.engine.whole(source))
            #expect(difference == nil, "seed \(seed), stream \(number): \(source)")
        }
    }

    @Test("several threads read a long stream as one does", arguments: Seeds.properties(6))
    func parallel(_ seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let dialects = Dialect.all.filter { $0.framings[0] == .sse || $0.framings[0] == .ndjson }
        // Ends in the middle would make of the rest one event.
        let streams = (0..<6).map { _ in
            StreamGenerator.stream(random.pick(dialects), seed: random.next(), GeneratorOptions())
        }
        let first = try #require(streams.first { [.sse, .ndjson].contains($0.format.framing) && !$0.events.isEmpty })
        let once = first.events.dropLast().flatMap(\.bytes)
        guard once.count > 8 else { return }
        var bytes = first.head
        while bytes.count < 600 << 10 { bytes += once }
        bytes += first.events.suffix(1).flatMap(\.bytes)
        let one = PropertyRun(format: first.format).read(Chunks(whole: bytes))
        let outcome = try ParallelParser.parse(bytes.span, format: first.format, workers: 2, into: PropertyReading()) {
            $0.note($1)
        }
        var joined = PropertyReading()
        joined.deltas = outcome.results.flatMap(\.deltas)
        joined.problems = outcome.results.flatMap(\.problems)
        joined.end = outcome.end
        joined.failure = outcome.failure
        joined.formatName = outcome.formatName
        // What pieces collect is theirs alone.
        joined.answer = one.answer
        let difference = joined.difference(from: one)
        #expect(difference == nil, "seed \(seed), \(outcome.results.count) pieces, \(first)")
    }

    @Test("a stream that says the same again and again holds no more for it", arguments: PropertyCases.names)
    func memory(_ name: String) throws {
        let dialect = try #require(Dialect.named(name))
        for seed in PropertyCases.seeds(share: 8) {
            let stream = StreamGenerator.stream(dialect, seed: seed)
            let once = stream.events.dropLast().flatMap(\.bytes)
            func most(_ times: Int) -> Int {
                var held = HeldMemory(framing: stream.format.framing, limits: Limits(), feeding: stream.feeding)
                held.read(stream.head)
                for _ in 0..<times {
                    for chunk in Chunks(once, of: 977).slices { held.read(Array(chunk)) }
                }
                return held.most
            }
            let (few, many) = (most(3), most(9))
            #expect(many <= few, "seed \(seed): \(few) bytes, then \(many)")
        }
    }
}

extension Seeds {
    /// As many as the run asks for, or `count`.
    static func properties(_ count: Int) -> [UInt64] {
        let rounds = PropertyCases.isLarge ? max(count, PropertyCases.count / 200) : count
        return (0..<UInt64(rounds)).map { PropertyCases.firstSeed &+ $0 &* 104_729 }
    }
}
