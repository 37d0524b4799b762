import Foundation
import Sluice
import Testing

// The same streams through skeletons and through simdjson alone. Streams are made of events of the corpora and of the
// recordings beside the project, as they are and changed: bytes flipped, deleted, inserted, swapped between events.
//
//     SLUICE_DIFFERENTIAL_PAYLOADS=10000000 swift test -c release --filter SkeletonDifferential

@Suite("skeletons against simdjson")
struct SkeletonDifferentialTests {
    /// Events of one format, each with its framing.
    struct Source: Sendable, CustomTestStringConvertible {
        var format: WireFormat
        var events: [[UInt8]]
        var testDescription: String { "\(format.name), \(events.count) events" }
    }

    private static var wanted: Int {
        ProcessInfo.processInfo.environment["SLUICE_DIFFERENTIAL_PAYLOADS"].flatMap(Int.init) ?? 60_000
    }

    static let sources: [Source] = {
        var events: [String: [[UInt8]]] = [:]
        for (name, bytes) in corpora() { events[name, default: []] += split(bytes, name) }
        if Recordings.areThere {
            for recording in Recordings.all {
                // Many providers speak another's format.
                guard let bytes = try? recording.bytes(), let name = try? detected(bytes) else { continue }
                events[name, default: []] += split(bytes, name)
            }
        }
        return events.keys.sorted().compactMap { name in
            guard let format = WireFormat.named(name), let own = events[name], own.count > 2 else { return nil }
            return Source(format: format, events: own)
        }
    }()

    @Test("as recorded and changed, events give the same deltas, problems and end", arguments: sources)
    func sameDeltas(_ source: Source) throws {
        var generator = SeededGenerator(seed: 2026)
        var left = Self.wanted / Self.sources.count
        while left > 0 {
            // A new engine now and then: what one has learnt is bounded, and so is how often it learns.
            var learning = Reader()
            var parsing = Reader(maxSkeletons: 0)
            for _ in 0..<24 where left > 0 {
                let (bytes, count) = Self.stream(source, &generator)
                left -= count
                let cuts = generator.oneIn(2) ? [] : generator.cuts(of: bytes, most: 4).cuts
                let found = try learning.read(bytes, cuts, source.format)
                let expected = try parsing.read(bytes, [], source.format)
                guard found != expected else { continue }
                Issue.record("\(source.format.name): \(found) instead of \(expected) in \(VisibleBytes.write(bytes))")
                return
            }
        }
    }

    @Test("of a stream that is passed through, what is wanted is told as among all", arguments: sources)
    func wantedKinds(_ source: Source) throws {
        let kinds: Set<DeltaKind> = [.finish, .usage, .error, .toolCall]
        var generator = SeededGenerator(seed: 7)
        var everything = Engine()
        var part = Engine()
        var left = Self.wanted / Self.sources.count / 4
        while left > 0 {
            // As recorded: text that is passed over may have escapes that are wrong, which nobody looks at.
            let bytes = (0..<64).flatMap { _ in generator.pick(source.events) }
            left -= 64
            func told(_ engine: inout Engine, _ wanted: Set<DeltaKind>?) throws -> (deltas: [String], end: StreamEnd) {
                var stream = try TokenStream(format: source.format, kinds: wanted)
                var deltas: [String] = []
                func note(_ delta: borrowing Delta) {
                    guard kinds.contains(delta.kind) || delta.kind == .malformed else { return }
                    deltas.append(
                        "\(delta.kind) \(delta.choice) \(delta.eventOffset) \(delta.string) \(delta.problem?.event ?? 0) "
                            + "\(delta.inputTokens ?? -1) \(delta.outputTokens ?? -1)")
                }
                var reader = engine.read(bytes.span, of: &stream)
                while let delta = try reader.next() { note(delta) }
                reader = engine.readEnd(of: &stream)
                while let delta = try reader.next() { note(delta) }
                return (deltas, stream.end)
            }
            let expected = try told(&everything, nil)
            let found = try told(&part, kinds)
            #expect(found.deltas == expected.deltas)
            #expect(found.end.status == expected.end.status && found.end.frames == expected.end.frames)
        }
    }

    /// An engine, and what it read of a stream.
    private struct Reader: ~Copyable {
        private var engine = Engine()
        private var limits = Limits()

        init(maxSkeletons: Int = 16) { limits.maxSkeletons = maxSkeletons }

        struct Found: Equatable, CustomStringConvertible {
            var hasher = Digest()
            var end: StreamEnd?
            var failure: String?
            var last: [String] = []
            var description: String { "\(end.map { "\($0)" } ?? "") \(failure ?? "") \(last)" }
        }

        mutating func read(_ bytes: [UInt8], _ cuts: [Int], _ format: WireFormat) throws -> Found {
            var stream = try TokenStream(format: format, limits: limits)
            var found = Found()
            do {
                for (start, end) in zip([0] + cuts, cuts + [bytes.count]) {
                    var reader = engine.read(bytes.span.extracting(start..<end), of: &stream)
                    while let delta = try reader.next() { Self.note(delta, &found) }
                }
                var reader = engine.readEnd(of: &stream)
                while let delta = try reader.next() { Self.note(delta, &found) }
            } catch {
                found.failure = "\(error)"
            }
            found.end = stream.end
            return found
        }

        private static func note(_ delta: borrowing Delta, _ found: inout Found) {
            // A choice may be below zero: a stream says so.
            for number in [Int(delta.kind.rawValue), delta.choice, delta.tool] {
                found.hasher.add(UInt64(bitPattern: Int64(number)))
            }
            found.hasher.add(delta.bytes)
            found.hasher.add(delta.eventOffset)
            found.hasher.add(unsafe delta.toolName.span.bytes)
            found.hasher.add(UInt64(bitPattern: Int64(delta.inputTokens ?? -1)))
            found.hasher.add(UInt64(bitPattern: Int64(delta.outputTokens ?? -1)))
            let flags = (delta.isWhole ? 1 : 0) | (delta.isToolPlan ? 2 : 0) | (delta.isToolCounted ? 4 : 0)
            found.hasher.add(UInt64(flags))
            if let problem = delta.problem {
                found.hasher.add(unsafe problem.description.utf8.span.bytes)
                found.last = (found.last + [problem.description]).suffix(2)
            }
        }
    }

    /// FNV-1a: what is compared are long sequences of deltas, and an unequal pair must not hide.
    struct Digest: Equatable {
        private var value: UInt64 = 0xcbf2_9ce4_8422_2325

        mutating func add(_ word: UInt64) {
            for shift in stride(from: 0, to: 64, by: 8) { add(byte: UInt8(truncatingIfNeeded: word >> shift)) }
        }

        mutating func add(_ bytes: RawSpan) {
            add(UInt64(bytes.byteCount))
            for byte in bytes.copied { add(byte: byte) }
        }

        private mutating func add(byte: UInt8) { value = (value ^ UInt64(byte)) &* 0x100_0000_01b3 }
    }

    // MARK: Streams

    /// A run of events as they were said, with others and changed ones among them.
    private static func stream(_ source: Source, _ generator: inout SeededGenerator) -> ([UInt8], Int) {
        var bytes: [UInt8] = []
        var at = Int.random(in: 0..<source.events.count, using: &generator)
        let count = generator.pick([3, 8, 20, 40])
        for _ in 0..<count {
            var event = source.events[at % source.events.count]
            at = generator.oneIn(12) ? Int.random(in: 0..<source.events.count, using: &generator) : at + 1
            if generator.oneIn(4) {
                for _ in 0..<generator.pick([1, 1, 1, 3]) { change(&event, source, &generator) }
            }
            bytes += event
        }
        return (bytes, count)
    }

    private static let pieces: [[UInt8]] =
        [
            "\"", "\\", "{", "}", "[", "]", ":", ",", "0", "01", "-", ".", "1e", "1.5e-3", " ", "\t", "null", "true",
            "\\u00e9", "\\ud83d", "\\ude00", "\\q", "\\\"", "\\\\", "\u{0}", "\u{1F}", "é", "🙂", "\n", "\r", "\r\n",
            "\n\n", "data: ", "id: 7\n", "retry: 1\n", ": c\n", "event: error\n", "\"x\":1,", "\"content\":\"n\",",
        ].map { Array($0.utf8) } + [
            [0x80], [0xFF], [0xC3], [0xE2, 0x82], [0xED, 0xA0, 0x80], [0xF4, 0x90, 0x80, 0x80],
        ]

    private static func change(_ event: inout [UInt8], _ source: Source, _ generator: inout SeededGenerator) {
        guard event.count > 1 else { return event.append(0x7B) }
        let at = Int.random(in: 0..<event.count, using: &generator)
        let length = min(generator.pick([1, 1, 2, 5, 20]), event.count - at)
        switch Int.random(in: 0..<8, using: &generator) {
        case 0: event[at] ^= 1 << UInt8.random(in: 0..<8, using: &generator)
        case 1: event.replaceSubrange(at..<(at + length), with: generator.pick(pieces))
        case 2: event.insert(contentsOf: generator.pick(pieces), at: at)
        case 3: event.removeSubrange(at..<(at + length))
        case 4: event.insert(contentsOf: event[at..<(at + length)], at: at)
        case 5: event.swapAt(at, Int.random(in: 0..<event.count, using: &generator))
        case 6:
            // The rest of another event in place of this one's.
            let other = generator.pick(source.events)
            event.replaceSubrange(at..., with: other.suffix(max(0, other.count - at)))
        default: event[at] = generator.pick(pieces)[0]
        }
    }

    private static func detected(_ bytes: [UInt8]) throws -> String? {
        var parser = try StreamParser()
        try parser.parse(bytes.span) { _ in }
        return parser.formatName
    }

    private static func corpora() -> [(String, [UInt8])] {
        let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appending(path: "corpora")
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
        return names.sorted().compactMap { name in
            let files = ["stream.sse", "stream.ndjson"].map { folder.appending(path: "\(name)/\($0)") }
            return files.lazy.compactMap { try? Data(contentsOf: $0) }.first.map { (name, [UInt8]($0)) }
        }
    }

    /// Events of Server-Sent Events end with a blank line, those of NDJSON with a line.
    private static func split(_ bytes: [UInt8], _ name: String) -> [[UInt8]] {
        guard let framing = WireFormat.named(name)?.framing, framing == .sse || framing == .ndjson else { return [] }
        var events: [[UInt8]] = []
        var start = 0
        var lineStart = 0
        for (position, byte) in bytes.enumerated() where byte == 0x0A {
            let line = bytes[lineStart..<position]
            lineStart = position + 1
            guard framing == .ndjson || line.isEmpty || line.elementsEqual([0x0D]) else { continue }
            events.append(Array(bytes[start..<position + 1]))
            start = position + 1
        }
        return events
    }
}
