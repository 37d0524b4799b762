import Foundation

/// What changed between two reports beyond noise.
struct Changes {
    struct Change {
        var row: Row
        var before: Row
        /// The new ratio to the hand-written loop over the old, or of GB/s where it took no part.
        var factor: Double
    }

    private(set) var changes: [Change] = []
    private(set) var compared = 0

    /// Machines and days differ, so ratios within each run are compared. A change is more than noise when the ranges
    /// of the runs' repetitions, each over the hand-written loop of its run, do not touch.
    init(from old: Report, to new: Report) {
        let before = Dictionary(old.results.map { ($0.key, $0) }, uniquingKeysWith: { first, _ in first })
        for row in new.results {
            guard let match = before[row.key], row.gbPerSecond > 0, match.gbPerSecond > 0 else { continue }
            compared += 1
            let (value, range) = Self.figure(row)
            let (oldValue, oldRange) = Self.figure(match)
            if row.correct != match.correct || !range.overlaps(oldRange) {
                changes.append(Change(row: row, before: match, factor: value / oldValue))
            }
        }
    }

    private static func figure(_ row: Row) -> (Double, ClosedRange<Double>) {
        let value = row.ratioToExpertLoop ?? row.gbPerSecond
        return (
            value, value * row.gbPerSecondMinimum / row.gbPerSecond...value * row.gbPerSecondMaximum / row.gbPerSecond
        )
    }

    /// Prints the changes; true where Sluice lost more than `threshold` (0.05 is 5 %) or gives another answer.
    func report(threshold: Double) -> Bool {
        print("\n\(compared) measurements compared, \(changes.count) changed beyond noise")
        for change in changes.sorted(by: { $0.factor < $1.factor }) {
            let row = change.row
            print(
                "  \(row.contender), \(row.corpus), \(ChunkSize.name(of: row.chunk)): \(Tables.fixed(change.factor)) × of before "
                    + "(\(Tables.fixed(change.before.gbPerSecond)) → \(Tables.fixed(row.gbPerSecond)) GB/s, to the loop "
                    + "\(Tables.ratio(change.before.ratioToExpertLoop)) → \(Tables.ratio(row.ratioToExpertLoop)))"
                    + (row.correct ? "" : ", WRONG ANSWER"))
        }
        return changes.contains {
            $0.row.contender.hasPrefix("sluice")
                && ($0.factor < 1 - threshold || ($0.before.correct && !$0.row.correct))
        }
    }
}
