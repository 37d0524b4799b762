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
        let widths = widths()
        for row in [Self.head] + rows { output.append(line(row, widths)) }
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
            ("events", "\(summary.events)"),
            ("bytes", "\(summary.bytes), \(summary.envelopeBytes) of them envelope"),
        ]
        for (label, value) in lines { output.append("  " + pad(label, 24) + trimmed(value) + "\n") }
        report.append(summary.gaps.bars, of: "gaps between tokens, all streams", &output)
    }

    /// Of each column what its longest cell takes; names give way to the screen.
    private func widths() -> [Int] {
        var widths = Self.head.indices.map { column in
            ([Self.head] + rows).map { $0[column].count }.max() ?? 0
        }
        let others = widths.dropFirst().reduce(0) { $0 + $1 + 2 }
        widths[0] = min(widths[0], max(12, report.screen.columns - others))
        return widths
    }

    private func line(_ row: [String], _ widths: [Int]) -> String {
        var cells: [String] = []
        for (column, cell) in row.enumerated() {
            let space = String(repeating: " ", count: max(0, widths[column] - cell.count))
            cells.append(
                column == 0 ? pad(shortened(cell, widths[0]), widths[0]) : column == 1 ? cell + space : space + cell)
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
