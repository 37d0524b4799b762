import Foundation
import Sluice

// Small streams that were recorded, damaged at every place. An event that is damaged may be lost, and the one behind it where
// the damage took the line between them; all others must come out as they are.

extension HostileCase {
    static func sweeps(_ scale: HostileScale, _ corpora: URL) throws -> [HostileCase] {
        try Recording.names(in: corpora).flatMap { name in
            let sample = try HostileSample(Recording(name, in: corpora), bytes: scale.isQuick ? 512 : 2048)
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

    /// What one damaged stream came to.
    private struct Reading {
        /// Text, reasoning and arguments by the offset of their event.
        var pieces: [String] = []
        var status = StreamEnd.Status.truncated
        var errors: [String: Int] = [:]
        var failure: SluiceError.Code?
    }

    init(_ recording: Recording, bytes limit: Int) throws {
        format = recording.format
        // Events begin where the ones before end.
        var starts: [Int] = []
        var parser = FrameParser(framing: format.framing)
        let beginning = Array(recording.bytes.prefix(16 * limit))
        var frames = parser.read(beginning.span)
        while let frame = try frames.next() { starts.append(Int(frame.offset)) }
        let ends = starts.dropFirst().enumerated().prefix { $0.offset < 6 || $0.element <= limit }.map(\.element)
        bytes = Array(beginning[..<(ends.last ?? 0)])
        self.ends = ends
        guard ends.count > 2 else { throw BenchError("\(recording.name): too few events at the beginning") }
        var engine = Engine()
        var whole = Reading()
        try Self.read(bytes, format, .borrowed(65_536), &engine, &whole)
        self.whole = whole
    }

    /// Every byte value at every position.
    func damageBytes(_ feed: HostileFeed, _ outcome: inout HostileOutcome) throws {
        var engine = Engine()
        var damaged = bytes
        for position in bytes.indices {
            for value in UInt8.min ... .max {
                damaged[position] = value
                let found = try read(damaged, feed, &engine, &outcome)
                // An event has several pieces at most, and two events are harmed.
                let isHarmed = common(found.pieces, whole.pieces) + 2 * mostPieces < whole.pieces.count
                if found.failure != nil || isHarmed {
                    outcome.wrong = "\(found.pieces.count) pieces with \(value) at byte \(position)"
                }
            }
            damaged[position] = bytes[position]
        }
    }

    /// Without the bytes behind every position.
    func cutOff(_ feed: HostileFeed, _ outcome: inout HostileOutcome) throws {
        var engine = Engine()
        for count in bytes.indices {
            let found = try read(Array(bytes[..<count]), feed, &engine, &outcome)
            let complete = ends.prefix { $0 <= count }.count
            let isShort = found.pieces.count < whole.pieces.prefix(complete).count - mostPieces
            if !whole.pieces.starts(with: found.pieces.dropLast()) || isShort && count > 0 && complete > 2 {
                outcome.wrong = "\(found.pieces.count) pieces of \(count) bytes"
            }
            if found.status == .complete && count < bytes.count && whole.status != .complete {
                outcome.wrong = "complete after \(count) bytes"
            }
        }
    }

    private var mostPieces: Int { 2 }

    /// How many pieces the beginnings and ends have in common.
    private func common(_ one: [String], _ other: [String]) -> Int {
        let head = zip(one, other).prefix { $0 == $1 }.count
        let tail = zip(one.dropFirst(head).reversed(), other.dropFirst(head).reversed()).prefix { $0 == $1 }.count
        return head + tail
    }

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
        var stream = try TokenStream(format: format)
        do throws(SluiceError) {
            try HostileRun.read(bytes.span, feed, &engine, &stream) { (reader: inout DeltaReader) throws(SluiceError) in
                try take(&reader, &found)
            }
            var reader = engine.readEnd(of: &stream)
            try take(&reader, &found)
        } catch {
            found.failure = error.code
        }
        found.status = stream.end.status
    }

    private static func take(_ reader: inout DeltaReader, _ found: inout Reading) throws(SluiceError) {
        while let delta = try reader.next() {
            switch delta.kind {
            case .text, .reasoning, .toolArguments: found.pieces.append(delta.string)
            case .malformed:
                if let problem = delta.problem { found.errors[problem.code.rawValue, default: 0] += 1 }
            default: break
            }
        }
    }
}
