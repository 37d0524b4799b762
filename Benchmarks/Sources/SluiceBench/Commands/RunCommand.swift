import ArgumentParser
import Foundation
import Sluice

/// `sluice-bench run`, the default: measures.
struct RunCommand: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "run", abstract: "Measure (the default).")

    @Flag(help: "A subset, in under a minute.")
    var quick = false
    @Option(help: "Mebibytes of the large streams.")
    var size: Int?
    @Option(help: "Rounds; the median is told.")
    var rounds: Int?
    @Option(help: ArgumentHelp("Only these corpora; may be repeated.", valueName: "name"))
    var corpus: [String] = []
    @Option(
        help: ArgumentHelp(
            "Only this chunk size of the main table, in bytes (0: whole, -1: recorded).", valueName: "bytes"))
    var chunk: Int?
    @Option(
        help: ArgumentHelp("Only contenders whose names begin so, and the ceilings and experts.", valueName: "name"))
    var only: String?
    @Option(help: ArgumentHelp("Write the report as JSON.", valueName: "file"))
    var json: String?
    @Option(help: ArgumentHelp("Write the results as CSV.", valueName: "file"))
    var csv: String?
    @Option(help: ArgumentHelp("Say what changed beyond noise since an earlier report.", valueName: "file"))
    var compare: String?
    @Option(help: "With --compare: per cent by which Sluice may be slower before the exit status is 2.")
    var threshold = 5.0
    @OptionGroup var options: CorpusOptions

    func validate() throws {
        if let size, size < 1 { throw ValidationError("--size \(size): at least 1 MiB is needed") }
        if let rounds, rounds < 1 { throw ValidationError("--rounds \(rounds): at least one is needed") }
    }

    func run() throws {
        let before = try compare.map(Report.init(contentsOf:))
        var report = Report(machine: .current())
        var standard = StandardSet(
            folder: options.folder, seed: options.seed, isQuick: quick, only: only, corpora: corpus, chunk: chunk,
            size: size, rounds: rounds, expected: try ExpectedHashes())
        try standard.run(&report)
        Tables.print(report)
        if let json { try report.writeJSON(to: json) }
        if let csv { try report.writeCSV(to: csv) }
        let written = [json, csv].compactMap(\.self)
        if !written.isEmpty { print("\nwritten: \(written.joined(separator: ", "))") }
        let wrong = report.results.filter { !$0.correct }
        for row in wrong {
            print("WRONG: \(row.contender) on \(row.corpus), chunks of \(ChunkSize.name(of: row.chunk))")
        }
        if let before, Changes(from: before, to: report).report(threshold: threshold / 100) { throw ExitCode(2) }
        if !wrong.isEmpty { throw ExitCode(1) }
    }
}
