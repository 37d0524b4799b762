/// The table of hostile input, for people.
enum HostileTable {
    static let head = [
        "case", "feed", "bytes", "s", "GB/s", "MiB risen", "of at most", "own MiB", "deltas", "end", "",
    ]

    static func cells(_ row: HostileRow) -> [String] {
        let mebibytes = { (bytes: Int) in Tables.fixed(Double(bytes) / 1_048_576, 1) }
        let errors = row.outcome.errors.sorted { $0.key < $1.key }.map { "\($0.value) × \($0.key)" }
        return [
            row.name, row.feed, "\(row.outcome.bytes)", Tables.fixed(row.seconds), Tables.fixed(row.gbPerSecond),
            row.peakGrowthBytes.map(mebibytes) ?? "?", mebibytes(row.boundBytes), mebibytes(row.ownBytes),
            "\(row.outcome.deltas)", row.outcome.failure ?? row.outcome.status,
            verdict(row) + (errors.isEmpty ? "" : "; " + errors.joined(separator: ", ")),
        ]
    }

    static func verdict(_ row: HostileRow) -> String {
        let slow = row.isSlow ? ", slow" : ""
        guard let problem = row.problem else { return "ok\(slow)" }
        return "FAILED: \(problem)" + slow
    }
}
