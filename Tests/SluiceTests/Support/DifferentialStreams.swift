import Foundation
import Sluice
import Testing

// The streams of the differential test: events of the corpora and of the recordings beside the project, in runs as they
// were said, with others and changed ones among them.

/// Events of one format, each with its framing.
struct DifferentialSource: Sendable, CustomTestStringConvertible {
    var format: WireFormat
    var table: ReferenceTable
    var events: [[UInt8]]
    var testDescription: String { "\(format.name), \(events.count) events" }

    /// Everything that is there, by format, the cases of the golden files too: many providers speak another's. Of a stream's format is told what its first
    /// events show; those that are framed otherwise than by lines have no templates and are left out.
    static let all: [DifferentialSource] = {
        var events: [String: [[UInt8]]] = [:]
        for (name, bytes) in corpora() { events[name, default: []] += split(bytes, name) }
        for format in WireFormat.all {
            for one in (try? WireGoldenFile(format.name))?.cases ?? [] where one.framing == nil {
                events[format.name, default: []] += split(one.input, format.name)
            }
        }
        for recording in RecordingSet.recorded.read() {
            guard let bytes = try? recording.bytes(), bytes.first != UInt8(ascii: "[") else { continue }
            guard let name = try? detected(bytes) else { continue }
            events[name, default: []] += split(bytes, name)
        }
        let only = ProcessInfo.processInfo.environment["SLUICE_DIFFERENTIAL_FORMAT"].flatMap { $0.isEmpty ? nil : $0 }
        let isCustom = only == nil || only == custom.format.name
        return (isCustom ? [custom] : [])
            + events.keys.sorted().compactMap { name in
                guard only == nil || only == name else { return nil }
                guard let format = WireFormat.named(name), let own = events[name], own.count > 2 else { return nil }
                return DifferentialSource(format: format, table: ReferenceTable(format), events: own)
            }
    }()

    static func detected(_ bytes: [UInt8]) throws -> String? {
        var parser = StreamParser()
        try parser.parse(bytes.span) { _ in }
        return parser.formatName
    }

    static func corpora() -> [(String, [UInt8])] {
        let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent().appending(path: "corpora")
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
        return names.sorted().compactMap { name in
            let files = ["stream.sse", "stream.ndjson"].map { folder.appending(path: "\(name)/\($0)") }
            return files.lazy.compactMap { try? Data(contentsOf: $0) }.first.map { (name, [UInt8]($0)) }
        }
    }

    /// Events of Server-Sent Events end with a blank line, those of NDJSON with a line.
    static func split(_ bytes: [UInt8], _ name: String) -> [[UInt8]] {
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
        if start < bytes.count { events.append(Array(bytes[start...])) }
        return events
    }
}

/// A stream as the events that it is made of, and how it is read.
struct DifferentialStream {
    var events: [[UInt8]]
    /// Where it is cut into chunks.
    var cuts: [Int] = []
    /// Chunks go through the stream's own buffer.
    var isFilled = false
    /// Details are asked for too.
    var hasDetails = false
    /// Those of this stream alone; the engine reads others with theirs.
    var limits = Limits()

    var bytes: [UInt8] { Array(events.joined()) }

    /// Some events of the source, one in four of them changed.
    static func drawn(_ source: DifferentialSource, _ generator: inout SeededGenerator) -> DifferentialStream {
        var events: [[UInt8]] = []
        var at = Int.random(in: 0..<source.events.count, using: &generator)
        for _ in 0..<generator.pick([3, 8, 20, 40]) {
            var event = source.events[at % source.events.count]
            at = generator.oneIn(12) ? Int.random(in: 0..<source.events.count, using: &generator) : at + 1
            if generator.oneIn(4) {
                for _ in 0..<generator.pick([1, 1, 1, 3]) { change(&event, source, &generator) }
            }
            if generator.oneIn(6) { events.append(DifferentialEvents.drawn(source.format, &generator)) }
            events.append(event)
        }
        if generator.oneIn(4) { restyle(&events, source.format.framing, &generator) }
        var stream = DifferentialStream(events: events, isFilled: generator.oneIn(4))
        if generator.oneIn(2) { stream.cuts = generator.cuts(of: stream.bytes, most: 4).cuts }
        if generator.oneIn(3) { stream.limits = limits(source, &generator) }
        stream.hasDetails = generator.oneIn(3)
        return stream
    }

    /// Some limits that some events of the source pass.
    private static func limits(_ source: DifferentialSource, _ generator: inout SeededGenerator) -> Limits {
        var limits = Limits()
        if generator.oneIn(3) {
            limits.maxEventBytes = max(1, generator.pick(source.events).count + generator.pick([-9, -1, 0, 1, 9]))
        }
        if generator.oneIn(3) { limits.maxDataLinesPerEvent = generator.pick([1, 2, 3]) }
        if generator.oneIn(3) { limits.maxEventNameBytes = generator.pick([0, 4, 5, 12, 19, 24, 40]) }
        if generator.oneIn(3) { limits.maxIDBytes = generator.pick([0, 1, 4]) }
        if generator.oneIn(3) { limits.maxChoices = generator.pick([1, 1, 2, 7, 8]) }
        if generator.oneIn(3) { limits.maxToolCalls = generator.pick([0, 1, 1, 2, 7, 8]) }
        if generator.oneIn(4) {
            limits.whenExceeded = .fail
        } else if generator.oneIn(3) {
            // Of a document that is nested too deep and broken, either may be told; so it must not matter which.
            limits.maxNestingDepth = generator.pick([1, 2, 3, 4, 5, 6])
        }
        return limits
    }

    /// As another server would write the same: other line ends, spaces between names and values, a mark at the start.
    private static func restyle(
        _ events: inout [[UInt8]], _ framing: Framing, _ generator: inout SeededGenerator
    ) {
        let lineEnds: [[UInt8]] = framing == .sse ? [[0x0A], [0x0D, 0x0A], [0x0D]] : [[0x0A], [0x0D, 0x0A]]
        let lineEnd = generator.pick(lineEnds)
        let hasSpaces = generator.oneIn(2)
        for index in events.indices {
            var changed: [UInt8] = []
            for byte in events[index] {
                switch byte {
                case 0x0A: changed = (changed.last == 0x0D ? changed.dropLast() : changed) + lineEnd
                case 0x3A where hasSpaces && changed.last == 0x22: changed += [0x3A, 0x20]
                default: changed.append(byte)
                }
            }
            events[index] = changed
        }
        if generator.oneIn(8) { events[0] = [0xEF, 0xBB, 0xBF] + events[0] }
    }

    private static let pieces: [[UInt8]] =
        [
            "\"", "\\", "{", "}", "[", "]", ":", ",", "0", "01", "-", ".", "1e", "1.5e-3", " ", "\t", "null", "true",
            "\\u00e9", "\\ud83d", "\\ude00", "\\q", "\\\"", "\\\\", "\u{0}", "\u{1F}", "é", "🙂", "\n", "\r", "\r\n",
            "\n\n", "data: ", "id: 7\n", "retry: 1\n", ": c\n", "event: error\n", "\"x\":1,", "\"content\":\"n\",",
        ].map { Array($0.utf8) } + badUTF8

    private static let badUTF8: [[UInt8]] = [
        [0x80], [0xFF], [0xC3], [0xE2, 0x82], [0xED, 0xA0, 0x80], [0xF4, 0x90, 0x80, 0x80],
    ]

    /// What strings may have in them, wrong or right.
    private static let texts: [[UInt8]] =
        [
            "\\u00e9", "\\ud83d", "\\ude00", "\\ud83d\\ude00", "\\n", "\\/", "\\q", "\\u12", "é", "🙂",
            "\u{2028}", "\u{7F}",
        ].map { Array($0.utf8) } + badUTF8

    private static let values: [[UInt8]] = [
        "null", "true", "false", "0", "7", "-1", "12.5", "1e3", "99999999999", "18446744073709551616", "\"\"", "\"v\"",
        "\"\\u0041\"", "{}", "[]", "{\"text\":\"t\",\"a\":[1]}", "[{\"text\":\"t\"},null]", "\"\\ud83d\"", "nul",
        "[1,]",
    ].map { Array($0.utf8) }

    private static func change(
        _ event: inout [UInt8], _ source: DifferentialSource, _ generator: inout SeededGenerator
    ) {
        guard event.count > 1 else { return event.append(0x7B) }
        let at = Int.random(in: 0..<event.count, using: &generator)
        let length = min(generator.pick([1, 1, 2, 5, 20]), event.count - at)
        switch Int.random(in: 0..<11, using: &generator) {
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
        case 7: insertText(&event, behind: at, &generator)
        case 8: replaceValue(&event, behind: at, generator.pick(values))
        case 9: repeatMember(&event, behind: at, &generator)
        default: event[at] = generator.pick(pieces)[0]
        }
    }

    /// Something at either end of a string behind `at`.
    private static func insertText(_ event: inout [UInt8], behind at: Int, _ generator: inout SeededGenerator) {
        guard let colon = colonBefore("\"", in: event, behind: at) else { return }
        let end = event[(colon + 2)...].firstIndex(of: 0x22) ?? event.endIndex
        event.insert(contentsOf: generator.pick(texts), at: generator.oneIn(2) ? colon + 2 : end)
    }

    /// Another value for a string or number behind `at`, as far as its first comma or bracket goes.
    private static func replaceValue(_ event: inout [UInt8], behind at: Int, _ value: [UInt8]) {
        guard let colon = event[at...].firstIndex(of: 0x3A) else { return }
        let end = event[colon...].firstIndex { $0 == 0x2C || $0 == 0x7D || $0 == 0x5D } ?? event.endIndex
        event.replaceSubrange(colon + 1..<end, with: value)
    }

    /// A member's name again, with another value, before it or behind it.
    private static func repeatMember(_ event: inout [UInt8], behind at: Int, _ generator: inout SeededGenerator) {
        guard let colon = event[at...].firstIndex(of: 0x3A), colon > 1, event[colon - 1] == 0x22,
            let quote = event[..<(colon - 1)].lastIndex(of: 0x22)
        else { return }
        let again = event[quote...colon] + generator.pick(values)
        if generator.oneIn(2) {
            event.insert(contentsOf: again + [0x2C], at: quote)
        } else if let end = event[colon...].firstIndex(where: { $0 == 0x2C || $0 == 0x7D }) {
            event.insert(contentsOf: [0x2C] + again, at: end)
        }
    }

    private static func colonBefore(_ next: Character, in event: [UInt8], behind at: Int) -> Int? {
        event.indices[at...].dropLast().first { event[$0] == 0x3A && event[$0 + 1] == next.asciiValue }
    }
}
