import Foundation
import Sluice

/// What a run over the user's recordings prints: a table for each task, the fastest first, with bars on a terminal.
enum FileTables {
    static func print(_ report: Report) {
        Swift.print(
            "\(report.machine.cpu), \(report.machine.cores) cores; \(report.machine.swift); "
                + "simdjson \(report.machine.simdjson)")
        for file in report.files ?? [] {
            let rows = report.results.filter { $0.corpus == file.name }
            let corpus = report.corpora.first { $0.corpus == file.name }
            describe(file, corpus)
            table(
                "Every delta, and the ceilings: \(rows.first?.section ?? file.name), rounds: \(file.rounds), median (range)",
                rows,
                [.pieces, .nothing])
            table("Usage alone, as for a gateway", rows, [.usage])
            table("Framing alone: nothing in an event is read", rows, [.frames])
            list(
                "Excluded, because the answer differs (hand-written readers take the first choice and field of an event)",
                file.excluded)
            list("Not taking part", file.notTakingPart)
        }
    }

    private static func describe(_ file: FileRow, _ corpus: CorpusRow?) {
        let how = file.isFormatDetected ? "detected" : "as given"
        let framing = Framing(rawValue: file.framing)?.words ?? file.framing
        Swift.print("\n\(file.name)")
        var lines = [
            "recording: \(file.format) (\(how)), \(framing), \(file.recordedBytes) bytes, responses: \(file.recordedResponses)"
        ]
        lines += file.notes.map { "note:      \($0)" }
        if let corpus {
            lines.append(
                "stream:    \(corpus.bytes) bytes, responses: \(corpus.responses), deltas: \(corpus.tokens), seed \(corpus.seed), "
                    + "hash \(corpus.hash)")
        }
        lines.append("made:      \(origin(file))")
        lines.append("answer:    \(file.answer)")
        for line in lines { Swift.print("  \(line)") }
    }

    private static func origin(_ file: FileRow) -> String {
        switch file.origin {
        case "amplified":
            "amplified without repetition: separate responses, text drawn from \(file.pieces ?? 0) recorded pieces"
        case "recorded": "as recorded: no byte was generated"
        default:
            "REPEATED: the same bytes \(file.repetitions ?? 0) times, so caches and branch predictors know them, and the "
                + "figures are too high. It cannot be amplified: \(file.reason ?? "")"
        }
    }

    private static func table(_ title: String, _ rows: [Row], _ tasks: Set<Contender.Task>) {
        let contenders = Dictionary(FileRun.contenders.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
        let chosen = rows.filter { row in contenders[row.contender].map { tasks.contains($0.task) } ?? false }
            .sorted { $0.gbPerSecond > $1.gbPerSecond }
        guard let fastest = chosen.first?.gbPerSecond else { return }
        // Ceilings would make all other bars short.
        let scale = chosen.first { contenders[$0.contender]?.task != .nothing }?.gbPerSecond ?? fastest
        let hasDeltas = tasks.contains(.pieces)
        func column(
            _ head: String, rank: Int = 0, isLeft: Bool = false, _ cell: (Row) -> String
        ) -> BarTable.Column { BarTable.Column(head: head, cells: chosen.map(cell), isLeft: isLeft, rank: rank) }
        var columns = [
            column("contender", isLeft: true, \.contender),
            column("what it is", rank: 2, isLeft: true) { contenders[$0.contender]?.about ?? "" },
            column("GB/s") { speed($0.gbPerSecond) },
            column("range", rank: 4) { "\(speed($0.gbPerSecondMinimum))–\(speed($0.gbPerSecondMaximum))" },
            column(hasDeltas ? "to hand-written" : "to memchr", rank: 1) {
                Tables.ratio(hasDeltas ? $0.ratioToExpert : $0.ratioToMemchr)
            },
        ]
        if hasDeltas {
            columns.append(
                column("ns/delta") { contenders[$0.contender]?.task == .nothing ? "" : Tables.fixed($0.nsPerDelta, 1) })
            columns.append(
                column("mallocs/delta", rank: 3) { $0.allocationsPerDelta.map { Tables.fixed($0, 3) } ?? "" })
        }
        Swift.print("\n  \(title)")
        BarTable(columns: columns, shares: chosen.map { $0.gbPerSecond / scale }).print()
    }

    /// Two digits behind the point, or four where the first would be none.
    private static func speed(_ value: Double) -> String { Tables.fixed(value, value < 0.1 ? 4 : 2) }

    private static func list(_ title: String, _ exclusions: [Exclusion]) {
        if exclusions.isEmpty { return }
        Swift.print("\n  \(title)")
        var reasons: [(reason: String, names: [String])] = []
        for exclusion in exclusions {
            if let position = reasons.firstIndex(where: { $0.reason == exclusion.reason }) {
                reasons[position].names.append(exclusion.contender)
            } else {
                reasons.append((exclusion.reason, [exclusion.contender]))
            }
        }
        for (reason, names) in reasons { Swift.print("    \(names.joined(separator: ", ")): \(reason)") }
    }
}
