import Foundation
import Sluice
import Synchronization

/// What a run of the differential test is asked for, and how far it has come.
enum DifferentialRun {
    private static let environment = ProcessInfo.processInfo.environment

    static let payloads = environment["SLUICE_DIFFERENTIAL_PAYLOADS"].flatMap { Int($0) }
    /// A life of a pair of engines draws its streams by a seed of its own: this one for the first, one more for the next.
    static let seed = environment["SLUICE_DIFFERENTIAL_SEED"].flatMap { UInt64($0) } ?? 2026
    static var isLarge: Bool { payloads != nil }

    /// Payloads for each of the sources; the clock starts with the first that asks.
    static func share(of sources: Int) -> Int {
        _ = begin
        return max(1, (payloads ?? 60_000) / max(1, sources))
    }

    private static let done = Atomic(0)
    private static let finished = Atomic(0)
    private static let shownAt = Atomic(0)
    private static let begin = ContinuousClock.now
    private static let isTerminal = isatty(FileHandle.standardError.fileDescriptor) != 0

    /// Shows on a terminal how many payloads have been read, twice a second.
    static func advance(by count: Int) {
        let total = done.add(count, ordering: .relaxed).newValue
        let now = Int((ContinuousClock.now - begin) / .milliseconds(500))
        guard isLarge, isTerminal, case let before = shownAt.load(ordering: .relaxed), now > before,
            shownAt.compareExchange(expected: before, desired: now, ordering: .relaxed).exchanged
        else { return }
        say("\r" + progress(total))
    }

    /// Tells, when the last of the sources has been read, how many payloads that were in which time.
    static func finish(of sources: Int) {
        guard finished.add(1, ordering: .relaxed).newValue == sources, isLarge else { return }
        let text = progress(done.load(ordering: .relaxed))
        say((isTerminal ? "\r" : "") + text + ", seed \(seed)\n")
    }

    private static func progress(_ total: Int) -> String {
        let seconds = max(0.001, (ContinuousClock.now - begin) / .seconds(1))
        let rate = Int(Double(total) / seconds)
        return "differential: \(total) of \(payloads ?? 0) payloads in \(Int(seconds)) s, \(rate) a second"
    }

    private static func say(_ text: String) { FileHandle.standardError.write(Data(text.utf8)) }
}

/// A stream on which readings differ, and what the engines had read before.
struct DifferentialFailure {
    var format: WireFormat
    var table: ReferenceTable
    var history: [DifferentialStream]
    var stream: DifferentialStream

    /// How the last stream's readings differ when engines that know nothing read all of them; nil where they do not.
    var difference: String? {
        var engines = DifferentialEngines()
        for earlier in history { _ = try? Self.difference(&engines, earlier, format, table) }
        return try? Self.difference(&engines, stream, format, table)
    }

    /// How the readings of one stream differ; nil where they do not.
    static func difference(
        _ engines: inout DifferentialEngines, _ stream: DifferentialStream, _ format: WireFormat,
        _ table: ReferenceTable
    ) throws(SluiceError) -> String? {
        let bytes = stream.bytes
        engines.select(stream.hasDetails ? [.answer, .detail] : .answer)
        let table = stream.hasDetails ? ReferenceTable(format, hasDetails: true) : table
        let found = try engines.comparing.read(
            bytes, format, stream.limits, cuts: stream.cuts, isFilled: stream.isFilled)
        let ruled = try engines.ruling.read(
            bytes, format, stream.limits, cuts: stream.cuts, isFilled: stream.isFilled, keepsDeltas: false)
        let parsed = try engines.parsing.read(bytes, format, stream.limits, keepsDeltas: false)
        let difference = found.difference(fromReference: ReferenceStream.read(bytes, table, stream.limits))
        if let other = found.difference(fromParsing: parsed) {
            return "templates and simdjson: \(other); templates and reference: \(difference ?? "no difference")"
        }
        if let other = ruled.difference(fromParsing: parsed) { return "rules and programs: \(other)" }
        return difference.map { "engine and reference: \($0)" }
    }

    /// A smaller one that still differs: fewer streams before, fewer events, no cuts, lent rather than filled.
    func shrunk() -> DifferentialFailure {
        var small = self
        small.shrink { $0.history = [] }
        small.shrink { $0.stream.cuts = [] }
        small.removeParts(of: \.history)
        small.removeParts(of: \.stream.events)
        for index in small.history.indices {
            small.shrink { $0.history[index].cuts = [] }
            small.removeParts(of: \.history[index].events)
        }
        small.shrink { $0.stream.cuts = [] }
        small.shrink { $0.stream.isFilled = false }
        small.shrink { $0.stream.limits = Limits() }
        return small
    }

    private mutating func shrink(_ change: (inout DifferentialFailure) -> Void) {
        var smaller = self
        change(&smaller)
        let count = smaller.stream.bytes.count
        smaller.stream.cuts.removeAll { $0 > count }
        for index in smaller.history.indices {
            let count = smaller.history[index].bytes.count
            smaller.history[index].cuts.removeAll { $0 > count }
        }
        if smaller.difference != nil { self = smaller }
    }

    /// Leaves out what is not needed: ever smaller runs, from the front and from the back.
    private mutating func removeParts<Part>(of list: WritableKeyPath<DifferentialFailure, [Part]>) {
        var length = self[keyPath: list].count / 2
        while length > 0 {
            var start = 0
            while start + length <= self[keyPath: list].count {
                let before = self[keyPath: list].count
                let range = start..<start + length
                shrink { $0[keyPath: list].removeSubrange(range) }
                if self[keyPath: list].count == before { start += length }
            }
            length /= 2
        }
    }

    var description: String {
        let all = history + [stream]
        let shown = all.map { stream in
            "\"\(VisibleBytes.write(stream.bytes))\"" + (stream.cuts.isEmpty ? "" : " cut at \(stream.cuts)")
                + (stream.isFilled ? " by fill" : "") + (stream.limits == Limits() ? "" : " with \(stream.limits)")
        }
        return "\(difference ?? "no difference any more") in \(shown.joined(separator: ", then "))"
    }
}
