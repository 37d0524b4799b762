import Foundation
import Sluice

// The first events of streams that were recorded, damaged at every place. An event that is damaged may be lost, and the one
// behind it where the damage took the line between them; all others must come out as they are.

extension HostileCase {
    static func sweeps(_ scale: HostileScale, _ corpora: URL) throws -> [HostileCase] {
        try Recording.names(in: corpora).flatMap { name in
            let sample = try HostileSample(Recording(name, in: corpora), bytes: 768, every: scale.isQuick ? 8 : 1)
            let feeds: [HostileFeed] = [.borrowed(65_536), .ring(61)]
            func item(
                _ kind: String, _ about: String, _ sweep: @escaping (HostileFeed, inout HostileOutcome) throws -> Void
            )
                -> HostileCase
            {
                HostileCase(
                    name: "\(kind)-\(name)", about: about, format: sample.format, feeds: feeds, leastGBPerSecond: 0.001,
                    expected: .anything, work: .sweep(sweep))
            }
            return [
                item("bytes", "every byte made every other", sample.damageBytes),
                item("cut", "cut off behind every byte", sample.cutOff),
            ]
        }
    }
}

/// The first events of a recording.
struct HostileSample {
    let format: WireFormat
    private let bytes: [UInt8]
    /// Where events end.
    private let ends: [Int]
    private let whole: Reading
    /// From one damaged position to the next.
    private let step: Int

    /// What one damaged stream came to.
    private struct Reading {
        /// Text, reasoning and arguments, and where their events begin.
        var pieces: [(text: String, offset: Int)] = []
        var status = StreamEnd.Status.truncated
        var errors: [String: Int] = [:]
        var failure: SluiceError.Code?
    }

    init(_ recording: Recording, bytes limit: Int, every step: Int) throws {
        format = recording.format
        self.step = step
        // Events begin where the ones before end.
        var starts: [Int] = []
        var parser = FrameParser(framing: format.framing)
        let beginning = Array(recording.bytes.prefix(16 * limit))
        var frames = parser.read(beginning.span)
        while let frame = try frames.next() { starts.append(Int(frame.offset)) }
        let ends = starts.dropFirst().enumerated().prefix { $0.offset < 6 || $0.element <= limit }.map(\.element)
        bytes = Array(beginning[..<(ends.last ?? 0)])
        self.ends = ends
        var engine = Engine()
        var whole = Reading()
        try Self.read(bytes, format, .borrowed(65_536), &engine, &whole)
        guard whole.pieces.count > 1 else { throw BenchError("\(recording.name): too little text at the beginning") }
        self.whole = whole
    }

    /// Every byte value at every position: the pieces of all events but the damaged one and the next must be as they were.
    func damageBytes(_ feed: HostileFeed, _ outcome: inout HostileOutcome) throws {
        var engine = Engine()
        var damaged = bytes
        for position in stride(from: 0, to: bytes.count, by: step) {
            let event = self.event(at: position)
            let before = whole.pieces.filter { self.event(at: $0.offset) < event }.map(\.text)
            let behind = whole.pieces.filter { self.event(at: $0.offset) > event + 1 }.map(\.text)
            for value in UInt8.min ... .max {
                damaged[position] = value
                let found = try read(damaged, feed, &engine, &outcome)
                let pieces = found.pieces.map(\.text)
                if found.failure != nil || !pieces.starts(with: before)
                    || !pieces.reversed().starts(with: behind.reversed())
                {
                    outcome.wrong = "\(found.pieces.count) pieces with \(value) at byte \(position)"
                }
            }
            damaged[position] = bytes[position]
        }
    }

    /// Without the bytes behind every position: the pieces of all events that are whole must be there, and of the one that
    /// is cut no more than its pieces' beginnings.
    func cutOff(_ feed: HostileFeed, _ outcome: inout HostileOutcome) throws {
        var engine = Engine()
        for count in bytes.indices {
            let found = try read(Array(bytes[..<count]), feed, &engine, &outcome)
            let pieces = found.pieces.map(\.text)
            let certain = whole.pieces.prefix { ends[event(at: $0.offset)] <= count }.map(\.text)
            let rest = zip(pieces.dropFirst(certain.count), whole.pieces.dropFirst(certain.count))
            let isRight =
                pieces.starts(with: certain) && pieces.count <= whole.pieces.count
                && rest.allSatisfy { $1.text.hasPrefix($0) }
            let isTooGood = [.complete, .finished].contains(found.status) && whole.status == .truncated
            if !isRight || isTooGood || found.failure != nil {
                outcome.wrong = "\(pieces.count) pieces of \(count) bytes, \(found.status)"
            }
        }
    }

    /// The number of the event that a byte lies in, from 0.
    private func event(at position: Int) -> Int { ends.firstIndex { $0 > position } ?? ends.count }

    private func read(
        _ bytes: [UInt8], _ feed: HostileFeed, _ engine: inout Engine, _ outcome: inout HostileOutcome
    ) throws -> Reading {
        var found = Reading()
        try Self.read(bytes, format, feed, &engine, &found)
        outcome.bytes += bytes.count
        outcome.deltas += found.pieces.count
        outcome.errors.merge(found.errors) { $0 + $1 }
        return found
    }

    private static func read(
        _ bytes: [UInt8], _ format: WireFormat, _ feed: HostileFeed, _ engine: inout Engine, _ found: inout Reading
    ) throws {
        var stream = TokenStream(format: format)
        do throws(SluiceError) {
            try HostileRun.read(bytes.span, feed, &engine, &stream) { (reader: inout DeltaReader) throws(SluiceError) in
                try take(&reader, &found)
            }
            var reader = engine.finish(&stream)
            try take(&reader, &found)
        } catch {
            found.failure = error.code
        }
        found.status = stream.end.status
    }

    private static func take(_ reader: inout DeltaReader, _ found: inout Reading) throws(SluiceError) {
        while let delta = try reader.next() {
            switch delta.kind {
            case .text, .reasoning, .toolArguments: found.pieces.append((delta.string, Int(delta.eventOffset)))
            case .malformed:
                if let problem = delta.problem { found.errors[problem.code.rawValue, default: 0] += 1 }
            default: break
            }
        }
    }
}
