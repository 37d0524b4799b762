import Foundation

/// Tables that a person can read.
enum Tables {
    static func print(_ report: Report) {
        Swift.print(
            "\(report.machine.cpu), \(report.machine.cores) cores; \(report.machine.swift); simdjson \(report.machine.simdjson); "
                + "jemalloc \(report.machine.jemalloc)")
        for corpus in report.corpora {
            Swift.print(
                "\(corpus.corpus): \(corpus.bytes) bytes, \(corpus.responses) responses, \(corpus.tokens) tokens"
                    + (corpus.reportedTokens.map { " (\($0) by its own usage)" } ?? "")
                    + ", seed \(corpus.seed), hash \(corpus.hash)\(corpus.isExpected == true ? " as expected" : "")"
            )
        }
        var sections: [String] = []
        for row in report.results where !sections.contains(row.section) { sections.append(row.section) }
        for section in sections { printResults(section, report.results.filter { $0.section == section }) }
        printOthers(report)
    }

    private static func printResults(_ section: String, _ rows: [Row]) {
        Swift.print("\n\(section)")
        let table = rows.map { row in
            [
                row.contender, row.corpus, ChunkSize.name(of: row.chunk),
                "\(fixed(row.gbPerSecond)) (\(fixed(row.gbPerSecondMinimum))–\(fixed(row.gbPerSecondMaximum)))",
                fixed(row.deltasPerSecond / 1e6), fixed(row.nsPerDelta, 1),
                row.allocationsPerDelta.map { fixed($0, 3) } ?? "",
                row.allocatedBytesPerDelta.map { fixed($0, 1) } ?? "",
                row.peakGrowthBytes.map { fixed(Double($0) / 1_048_576, 1) } ?? "", ratio(row.ratioToExpert),
                ratio(row.ratioToExpertLoop),
                ratio(row.ratioToMemchr), row.correct ? "" : "WRONG ANSWER",
            ]
        }
        align(
            [
                "contender", "corpus", "chunk", "GB/s (min–max)", "M deltas/s", "ns/delta", "mallocs/delta",
                "bytes/delta", "peak MiB",
                "to hand-written", "to expert-loop", "to memchr", "",
            ], table)
    }

    private static func printOthers(_ report: Report) {
        if !report.latency.isEmpty {
            Swift.print("\nLatency of a chunk from its arrival to its last delta, in nanoseconds, at recorded arrivals")
            align(
                ["corpus", "pace", "p50", "p99", "p99.9", "max", "chunks"],
                report.latency.map {
                    [
                        "\($0.corpus)", "\(fixed($0.pace, 1))×", "\($0.p50)", "\($0.p99)", "\($0.p999)", "\($0.max)",
                        "\($0.count)",
                    ]
                })
        }
        if !report.growth.isEmpty {
            Swift.print("\nCost against size, one parser, 64 Ki chunks")
            align(
                ["corpus", "bytes", "ns/byte", "peak growth (bytes)", "mallocs/delta"],
                report.growth.map {
                    [
                        $0.corpus, "\($0.bytes)", fixed($0.nsPerByte, 4), $0.peakGrowthBytes.map { "\($0)" } ?? "",
                        fixed($0.allocationsPerDelta, 5),
                    ]
                })
        }
        if !report.streams.isEmpty {
            Swift.print("\nMany streams on one thread, event by event in random order")
            align(
                [
                    "corpus", "streams", "ns/delta", "ns/delta, no prefetch", "ns/delta of one stream", "ratio",
                    "ratio, no prefetch", "bytes per stream",
                ],
                report.streams.map {
                    [
                        $0.corpus, "\($0.streams)", fixed($0.nsPerDelta, 1),
                        $0.nsPerDeltaUnforeseen.map { fixed($0, 1) } ?? "", fixed($0.nsPerDeltaAlone, 1),
                        ratio($0.nsPerDelta / $0.nsPerDeltaAlone), $0.ratioUnforeseen.map { ratio($0) } ?? "",
                        fixed($0.bytesPerIdleStream, 0),
                    ]
                })
        }
        if let rows = report.scaling, !rows.isEmpty {
            Swift.print("\nOne stream in memory, by several threads")
            align(
                ["corpus", "workers", "GB/s", "to one thread"],
                rows.map { [$0.corpus, "\($0.workers)", fixed($0.gbPerSecond), ratio($0.ratioToOneThread)] })
        }
    }

    static func ratio(_ value: Double?) -> String { value.map { "\(fixed($0)) ×" } ?? "" }

    static func fixed(_ value: Double, _ digits: Int = 2) -> String { String(format: "%.\(digits)f", value) }

    /// Columns that hold words to the left, figures to the right.
    static func align(_ head: [String], _ rows: [[String]], left: Set<Int> = [0]) {
        let widths = head.indices.map { column in ([head] + rows).map { $0[column].count }.max() ?? 0 }
        for row in [head] + rows {
            let cells = row.enumerated().map { column, cell in
                let space = String(repeating: " ", count: widths[column] - cell.count)
                return left.contains(column) ? cell + (column == row.count - 1 ? "" : space) : space + cell
            }
            Swift.print("  " + cells.joined(separator: "  "))
        }
    }
}

extension Report {
    init(contentsOf path: String) throws {
        guard let data = FileManager.default.contents(atPath: path) else {
            throw BenchError("cannot read \(path): there is no such file, or it may not be read")
        }
        do {
            self = try JSONDecoder().decode(Report.self, from: data)
        } catch {
            throw BenchError("\(path) is no report of sluice-bench: \(error)")
        }
    }

    func writeJSON(to path: String) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        try encoder.encode(self).write(to: URL(filePath: path))
    }

    func writeCSV(to path: String) throws {
        let columns = Row.CodingKeys.allCases.map(\.rawValue)
        let encoder = JSONEncoder()
        var text = (columns + ["cpu", "swift", "simdjson", "date"]).joined(separator: ",") + "\n"
        for row in results {
            let object = try JSONSerialization.jsonObject(with: try encoder.encode(row)) as? [String: Any] ?? [:]
            let cells = columns.map { column in object[column].map { $0 is NSNull ? "" : "\($0)" } ?? "" }
            text +=
                (cells + [machine.cpu, machine.swift, machine.simdjson, machine.date]).map(Self.quoted).joined(
                    separator: ",") + "\n"
        }
        try text.write(toFile: path, atomically: true, encoding: .utf8)
    }

    private static func quoted(_ cell: String) -> String {
        cell.contains { ",\"\n".contains($0) } ? "\"" + cell.replacingOccurrences(of: "\"", with: "\"\"") + "\"" : cell
    }
}
