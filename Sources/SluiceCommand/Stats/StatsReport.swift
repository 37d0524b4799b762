import Sluice

/// The figures of streams as a person reads them.
struct StatsReport {
    let screen: Screen

    /// One stream: a figure a line, then how the gaps are spread.
    func append(_ stream: StreamFigures, _ output: inout Output) {
        let reasons = stream.finishReasons.isEmpty ? "" : ", finish " + stream.finishReasons.joined(separator: ", ")
        output.append(
            Session.oneLine(
                "\(stream.file == "-" ? "standard input" : stream.name): \(stream.format ?? "no known format"), \(stream.status)\(reasons)"
            )
                + "\n\n")
        for (label, value) in lines(stream) {
            output.append("  " + label + String(repeating: " ", count: max(1, 24 - label.count)) + value + "\n")
        }
        append(stream.gaps.bars, of: "gaps between tokens", &output)
    }

    private func lines(_ stream: StreamFigures) -> [(String, String)] {
        (stream.clock == nil ? [("times", "unknown: a file without stream.times; see 'sluice record'")] : times(stream))
            + [
                ("tokens counted", tokens(stream)),
                (
                    "usage by the server",
                    stream.inputTokens == nil && stream.outputTokens == nil
                        ? none : "input \(count(stream.inputTokens)), output \(count(stream.outputTokens))"
                ),
                ("tokens an event", ratio(stream.tokensPerEvent, most: stream.mostTokensAnEvent)),
                ("events a read", ratio(stream.eventsPerRead, most: stream.reads.mostEvents)),
                ("events", events(stream)),
                ("bytes", bytes(stream.end.bytes, content: stream.contentBytes, envelope: stream.envelopeBytes)),
            ]
    }

    private func times(_ stream: StreamFigures) -> [(String, String)] {
        let gaps = stream.gaps
        let isFromFirstByte = stream.clock == .recorded && stream.timeToFirstByte == nil
        let origin = isFromFirstByte ? "unknown: times count from the first byte" : none
        var lines = [
            ("time to first byte", stream.timeToFirstByte.map(time) ?? origin),
            ("time to first token", time(stream.timeToFirstToken)),
        ]
        if stream.reasoningTokens > 0 {
            lines.append(("time to first answer", time(stream.timeToFirstOutputToken) + " (behind reasoning)"))
        }
        let source = stream.countsByUsage ? "tokens by the server's usage" : "tokens counted"
        let spread =
            "p50 \(time(gaps.median)), p90 \(time(gaps.p90)), p99 \(time(gaps.p99)), max \(time(gaps.greatest))"
        lines += [
            ("time to last token", time(stream.latency)),
            ("tokens a second", stream.tokensPerSecond.map { FigureText.digits($0) + " (\(source))" } ?? none),
            ("time per output token", stream.timePerOutputToken.map { time($0) + " (\(source))" } ?? none),
            ("gaps between tokens", gaps.count == 0 ? none : spread),
            ("stalls over \(FigureText.seconds(stream.stallThreshold)) s", stalls(stream)),
        ]
        return lines
    }

    private func tokens(_ stream: StreamFigures) -> String {
        let parts = [
            (stream.textTokens, "text"), (stream.reasoningTokens, "reasoning"), (stream.argumentTokens, "arguments"),
        ].filter { $0.0 > 0 }
        let known = parts.map { "\($0.0) \($0.1)" }.joined(separator: ", ")
        return "\(stream.tokens)"
            + (parts.count > 1 || stream.textTokens == 0 && stream.tokens > 0 ? " (\(known))" : "")
    }

    private func stalls(_ stream: StreamFigures) -> String {
        let found = stream.stalls
        guard found.count > 0 else { return "none" }
        return
            "\(found.count), \(time(found.sum)) in all; longest \(time(found.longest)) from \(time(found.longestAt)), "
            + "before byte \(count(found.longestOffset))"
    }

    private func events(_ stream: StreamFigures) -> String {
        let (unread, malformed) = (stream.end.unreadEvents, stream.end.malformedEvents)
        let reads = stream.reads.reads
        return "\(stream.end.frames)" + (reads > 0 ? " in \(reads) read\(reads == 1 ? "" : "s")" : "")
            + (unread > 0 ? ", \(unread) of them not read" : "")
            + (malformed > 0 ? ", and \(malformed) that cannot be read" : "")
    }

    private func bytes(_ all: UInt64, content: UInt64, envelope: UInt64) -> String {
        guard all > 0 else { return "0" }
        let share = FigureText.fixed(Double(envelope) * 100 / Double(all), digits: 1)
        return "\(all): \(content) of text, reasoning and arguments, \(envelope) of envelope (\(share) %)"
    }

    // MARK: Bars

    /// Bars on a logarithmic scale of time.
    func append(_ bars: DurationBars, of title: String, _ output: inout Output) {
        guard !bars.shown.isEmpty else { return }
        let most = bars.counts.max() ?? 0
        let labels = bars.shown.map { label(of: $0) }
        let width = labels.map(\.count).max() ?? 0
        let numbers = bars.shown.map { String(bars.counts[$0]) }
        let numberWidth = numbers.map(\.count).max() ?? 0
        let room = max(10, screen.columns - width - numberWidth - 7)
        output.append("\n  \(title)\n")
        var empty = 0
        for (position, index) in bars.shown.enumerated() {
            // Of many empty bars one row is enough.
            let isEmpty = bars.counts[index] == 0
            empty = isEmpty ? empty + 1 : 0
            let isFollowed = isEmpty && bars.counts[index + 1] == 0
            if empty > 1 || isFollowed {
                if empty == 1 {
                    output.append("  " + String(repeating: " ", count: width - 1) + (screen.isASCII ? ":" : "⋮") + "\n")
                }
                continue
            }
            let head = String(repeating: " ", count: width - labels[position].count) + labels[position]
            let number = String(repeating: " ", count: numberWidth - numbers[position].count) + numbers[position]
            let bar = bar(Double(bars.counts[index]) / Double(max(1, most)), room)
            output.append("  \(head)  \(number)" + (bar.isEmpty ? "" : "  " + bar) + "\n")
        }
    }

    private func label(of index: Int) -> String {
        let edges = DurationBars.edges
        if index == 0 { return "0, same read" }
        guard index + 1 < edges.count else { return "from " + FigureText.round(edges[index], isASCII: screen.isASCII) }
        return index == 1
            ? "below " + FigureText.round(edges[2], isASCII: screen.isASCII)
            : FigureText.round(edges[index], isASCII: screen.isASCII) + (screen.isASCII ? " - " : " – ")
                + FigureText.round(edges[index + 1], isASCII: screen.isASCII)
    }

    /// In eighths of a column, or in whole ones of ASCII; something for everything that is not 0.
    private func bar(_ share: Double, _ room: Int) -> String {
        guard share > 0 else { return "" }
        if screen.isASCII { return String(repeating: "#", count: max(1, Int((share * Double(room)).rounded()))) }
        let eighths = max(1, Int((share * Double(room * 8)).rounded()))
        let parts = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"]
        return String(repeating: "█", count: eighths / 8) + parts[eighths % 8]
    }

    // MARK: Values

    var none: String { screen.isASCII ? "-" : "–" }

    func time(_ nanoseconds: UInt64?) -> String {
        nanoseconds.map { FigureText.duration($0, isASCII: screen.isASCII) } ?? none
    }

    func count(_ number: some BinaryInteger) -> String { "\(number)" }

    func count(_ number: (some BinaryInteger)?) -> String { number.map { "\($0)" } ?? none }

    private func ratio(_ mean: Double?, most: UInt64) -> String {
        mean.map { "\(FigureText.digits($0)), at most \(most)" } ?? none
    }
}
