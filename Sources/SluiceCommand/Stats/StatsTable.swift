import Sluice

/// The figures of several streams: a row each, then all together.
struct StatsTable {
    let report: StatsReport
    private var rows: [[String]] = []

    private static let head = [
        "stream", "status", "TTFT", "TPOT", "ITL p50", "p90", "p99", "max", "tokens/s", "tokens", "events", "stalls",
    ]

    init(_ report: StatsReport) { self.report = report }

    mutating func add(_ stream: StreamFigures) {
        let gaps = stream.gaps
        rows.append(
            [Session.oneLine(stream.name), stream.status]
                + [
                    stream.timeToFirstToken, stream.timePerOutputToken, gaps.median, gaps.p90, gaps.p99, gaps.greatest,
                ].map(report.time) + [
                    stream.tokensPerSecond.map(FigureText.digits) ?? report.none, "\(stream.outputLength)",
                    "\(stream.end.frames)", stream.clock == nil ? report.none : "\(stream.stalls.count)",
                ])
    }

    /// Prints all rows, and what they come to together.
    func append(_ summary: SummaryFigures, _ output: inout Output) {
        let columns = columns()
        for row in [Self.head] + rows { output.append(line(row, columns)) }
        let statuses = SummaryFigures.statusNames.compactMap { name in
            summary.statuses[name].map { "\($0) \(name)" }
        }
        output.append("\n  all \(summary.streams) streams: \(statuses.joined(separator: ", "))\n\n")
        var lines = [("", "p50         p90         p99         max")]
        lines = summary.isTimed ? lines : []
        for (label, values) in [
            ("time to first token", summary.firstTokens), ("time per output token", summary.timesPerToken),
            ("gaps between tokens", summary.gaps),
        ] where summary.isTimed {
            let times = values.percentiles([50, 90, 99]) + [values.count == 0 ? nil : values.greatest]
            lines.append((label, times.map { pad(report.time($0), 12) }.joined()))
        }
        if summary.isTimed {
            let longest = summary.longestStall.map {
                ", \(report.time(summary.stallSum)) in all, longest \(report.time($0))"
            }
            lines.append(("stalls", "\(summary.stallCount)" + (longest ?? "")))
        }
        lines += [
            ("output tokens", "\(summary.outputTokens)"), ("tokens counted", "\(summary.tokens)"),
            ("events", "\(summary.events)" + (summary.unreadEvents > 0 ? ", \(summary.unreadEvents) not read" : "")),
            ("bytes", "\(summary.bytes), \(summary.envelopeBytes) of them envelope"),
        ]
        for (label, value) in lines { output.append("  " + pad(label, 24) + trimmed(value) + "\n") }
        report.append(summary.gaps.bars, of: "gaps between tokens, all streams", &output)
    }

    /// Columns that are left out first where the screen is too narrow; JSON and CSV have all.
    private static let dispensable = ["events", "p90", "tokens", "max", "stalls", "tokens/s", "status"]

    /// The columns that are shown, and what the longest cell of each takes; names give way to the screen.
    private func columns() -> [(index: Int, width: Int)] {
        var columns = Self.head.indices.map { column in
            (index: column, width: ([Self.head] + rows).map { $0[column].count }.max() ?? 0)
        }
        guard report.screen.isBounded else { return columns }
        var others: Int { columns.dropFirst().reduce(0) { $0 + $1.width + 2 } }
        let least = min(columns[0].width, 16)
        for name in Self.dispensable where others + least > report.screen.columns {
            columns.removeAll { Self.head[$0.index] == name }
        }
        columns[0].width = min(columns[0].width, max(least, report.screen.columns - others))
        return columns
    }

    private func line(_ row: [String], _ columns: [(index: Int, width: Int)]) -> String {
        let cells = columns.map { column in
            let cell = row[column.index]
            if column.index == 0 { return pad(shortened(cell, column.width), column.width) }
            if column.index == 1 { return pad(cell, column.width) }
            return String(repeating: " ", count: max(0, column.width - cell.count)) + cell
        }
        return cells.joined(separator: "  ") + "\n"
    }

    /// The end of a path says more than its beginning.
    private func shortened(_ name: String, _ width: Int) -> String {
        guard name.count > width else { return name }
        let mark = report.screen.isASCII ? "..." : "…"
        return mark + name.suffix(width - mark.count)
    }

    private func pad(_ text: String, _ width: Int) -> String {
        text + String(repeating: " ", count: max(0, width - text.count))
    }

    private func trimmed(_ text: String) -> String {
        String(text.reversed().drop { $0 == " " }.reversed())
    }
}
