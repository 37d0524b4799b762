// Figures as JSON and CSV: both print the same list, so they cannot differ.

extension Output {
    /// One JSON object on one line; `more` is what stands behind the figures.
    mutating func appendJSON(_ kind: StaticString, _ figures: [Figure], bars: DurationBars) {
        append("{\"kind\":\"" as StaticString)
        append(kind)
        append(byte: 0x22)
        for figure in figures {
            append(",\"\(figure.name)\":")
            appendJSON(figure.value)
        }
        append(",\"itl_histogram\":[" as StaticString)
        let shown = bars.shown.filter { bars.counts[$0] > 0 }
        for (position, index) in shown.enumerated() {
            if position > 0 { append(byte: 0x2C) }
            let next = index + 1 < DurationBars.edges.count ? DurationBars.edges[index + 1] : nil
            append("{\"from_seconds\":\(FigureText.seconds(DurationBars.edges[index])),\"below_seconds\":")
            append(next.map(FigureText.seconds) ?? "null")
            append(",\"count\":\(bars.counts[index])}")
        }
        append("]}\n" as StaticString)
    }

    private mutating func appendJSON(_ value: Figure.Value) {
        switch value {
        case .text(let text): appendJSON(text)
        case .list(let texts):
            append(byte: 0x5B)
            for (position, text) in texts.enumerated() {
                if position > 0 { append(byte: 0x2C) }
                appendJSON(text)
            }
            append(byte: 0x5D)
        case .count, .nanoseconds, .ratio, .flag: append(value.plain ?? "null")
        }
    }

    /// A line of CSV (RFC 4180, but for the line's end, which is LF).
    mutating func appendCSV(_ cells: [String]) {
        for (position, cell) in cells.enumerated() {
            if position > 0 { append(byte: 0x2C) }
            if cell.utf8.contains(where: { [0x22, 0x2C, 0x0A, 0x0D].contains($0) }) {
                append(
                    "\"" + cell.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\"\"")
                        + "\"")
            } else {
                append(cell)
            }
        }
        append(byte: 0x0A)
    }
}

extension Figure.Value {
    /// As CSV has it: empty where the figure is unknown.
    var cell: String {
        switch self {
        case .text(let text): text ?? ""
        case .list(let texts): texts.joined(separator: " ")
        case .count, .nanoseconds, .ratio, .flag: plain ?? ""
        }
    }

    /// A number or a truth value as JSON has it; nil where it is unknown.
    fileprivate var plain: String? {
        switch self {
        case .text, .list: nil
        case .count(let number): number.map { "\($0)" }
        case .nanoseconds(let time): time.map(FigureText.seconds)
        case .ratio(let ratio): ratio.map { FigureText.fixed($0, digits: 4) }
        case .flag(let flag): flag.map { "\($0)" }
        }
    }
}
