import ArgumentParser
import Foundation
import Sluice

/// `sluice-bench run`, the default: measures.
struct RunCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run", abstract: "Measures your recordings, or those of the project (the default).",
        discussion: """
            With --file: framing strategies, with and without event templates, beside hand-written C++ and the ceilings of \
            the machine, on your bytes, in under a minute. Without it: every table of the project's README, which takes \
            some twenty minutes; --quick is a subset.

            EXIT STATUS
              0   measured; every contender of a table has the same answer
              1   a recording cannot be read, or Sluice gives a wrong answer
              2   with --compare: Sluice became slower beyond noise and --threshold
              64  the command line is wrong
            """)

    @OptionGroup(title: "Your recordings") var files: FileOptions
    @OptionGroup(title: "How much, and what") var extent: ExtentOptions
    @OptionGroup(title: "Reports") var reports: ReportOptions
    @OptionGroup(title: "The project's recordings") var selection: SelectionOptions

    func validate() throws {
        if files.file.isEmpty { return }
        if !selection.corpus.isEmpty || selection.options.corpora != nil {
            throw ValidationError(
                "--file is for single recordings, --corpus and --corpora for a folder of them; give one of them")
        }
        if let chunk = extent.chunk, chunk < 0 {
            throw ValidationError(
                "--chunk \(chunk): with --file, give a number of bytes, or 0 for the whole stream at once")
        }
    }

    func run() throws {
        let before = try reports.compare.map(Report.init(contentsOf:))
        try reports.checkPlaces()
        var report = Report(machine: .current())
        if files.file.isEmpty { try measureCorpora(&report) } else { try measureFiles(&report) }
        try reports.write(report)
        let isWrong = printWrong(report)
        if let before, Changes(from: before, to: report).report(threshold: reports.threshold / 100) {
            throw ExitCode(2)
        }
        if isWrong { throw ExitCode(1) }
    }

    private func measureCorpora(_ report: inout Report) throws {
        var standard = StandardSet(
            folder: selection.options.folder, seed: selection.options.seed, isQuick: extent.quick, only: extent.only,
            corpora: selection.corpus, chunk: extent.chunk, size: extent.size, rounds: extent.rounds,
            expected: try ExpectedHashes())
        try standard.run(&report)
        Tables.print(report)
    }

    private func measureFiles(_ report: inout Report) throws {
        let size = extent.size ?? files.defaultMebibytes(isQuick: extent.quick)
        let seed = selection.options.seed
        let run = FileRun(
            streams: try files.streams(size: size << 20, seed: seed),
            chunk: ChunkSize(number: extent.chunk ?? 65_536), rounds: extent.rounds ?? (extent.quick ? 3 : 9),
            seed: seed,
            only: extent.only, budget: .seconds(extent.rounds == nil ? 20 : 3600))
        try run.run(&report)
        FileTables.print(report)
    }

    /// Prints which answers of Sluice, or of contenders of the corpora, are wrong.
    private func printWrong(_ report: Report) -> Bool {
        let wrong = report.results.filter { !$0.correct }
        for row in wrong {
            print("WRONG: \(row.contender) on \(row.corpus), chunks of \(ChunkSize.name(of: row.chunk))")
        }
        let files = report.files ?? []
        for file in files {
            for exclusion in file.wrong { print("WRONG: \(exclusion.contender) on \(file.name): \(exclusion.reason)") }
        }
        return !wrong.isEmpty || files.contains { !$0.wrong.isEmpty }
    }
}

/// Which recordings of the user's, and what they are.
struct FileOptions: ParsableArguments {
    @Option(
        parsing: .upToNextOption,
        help: ArgumentHelp(
            "Measure these streams: files, or folders that 'sluice record' wrote, of any name. SSE, NDJSON, JSON arrays and "
                + "AWS event streams; several after one another, or the option again.", valueName: "file"))
    var file: [String] = []
    @Option(
        help: ArgumentHelp(
            "With --file: their wire format; 'sluice formats' lists them. Default: detected.", valueName: "name"))
    var format: String?
    @Option(
        help: ArgumentHelp(
            "With --file: how they are cut into events. Default: detected.", valueName: "sse|ndjson|json-array|aws"))
    var framing: String?

    func validate() throws {
        if file.isEmpty && (format != nil || framing != nil) {
            throw ValidationError("--format and --framing say what the recordings of --file are; give --file, too")
        }
        _ = try choice()
    }

    private func choice() throws -> FormatChoice {
        do {
            return try FormatChoice(format: format, framing: framing)
        } catch let error as BenchError {
            throw ValidationError(error.description)
        }
    }

    /// As many as are measured in under a minute on a busy machine; the slowest contenders read 5 MB/s.
    func defaultMebibytes(isQuick: Bool) -> Int { isQuick ? 2 : max(1, 16 / (file.count + 1)) }

    /// The streams that are measured; all recordings are read before anything is.
    func streams(size: Int, seed: UInt64) throws -> [FileStream] {
        let choice = try choice()
        var places = try file.map { try RecordingFile($0) }
        let names = Dictionary(grouping: places, by: \.name)
        // The name identifies the rows of the report.
        for position in places.indices where (names[places[position].name]?.count ?? 0) > 1 {
            places[position].name = printable(file[position])
        }
        return try places.map { try FileStream($0, choice, size: size, seed: seed) }
    }
}

/// How long is measured, and what.
struct ExtentOptions: ParsableArguments {
    @Flag(help: "A subset, in under a minute; with --file in a few seconds.")
    var quick = false
    @Option(help: "Mebibytes of each large stream. Default: 64; with --file 8, and less for several files.")
    var size: Int?
    @Option(help: "Rounds; medians are reported. Default: 9, and fewer of small tables.")
    var rounds: Int?
    @Option(
        help: ArgumentHelp(
            "Only this chunk size of the main tables, in bytes (0: the whole stream, -1: as recorded). With --file: 65536.",
            valueName: "bytes"))
    var chunk: Int?
    @Option(
        help: ArgumentHelp(
            "Only contenders whose names begin so, and the ceilings and hand-written C++.", valueName: "name"))
    var only: String?

    func validate() throws {
        if let size, !(1...4096).contains(size) {
            throw ValidationError("--size \(size): give a number of mebibytes from 1 to 4096")
        }
        if let rounds, !(1...1000).contains(rounds) {
            throw ValidationError("--rounds \(rounds): give a number from 1 to 1000")
        }
    }
}

/// Where the results go.
struct ReportOptions: ParsableArguments {
    @Option(help: ArgumentHelp("Write the report as JSON.", valueName: "file"))
    var json: String?
    @Option(help: ArgumentHelp("Write the results as CSV.", valueName: "file"))
    var csv: String?
    @Option(help: ArgumentHelp("Report what changed beyond noise since an earlier report.", valueName: "file"))
    var compare: String?
    @Option(help: "With --compare: per cent by which Sluice may be slower before the exit status is 2.")
    var threshold = 5.0

    private var places: [String] { [json, csv].compactMap(\.self) }

    /// Finds before a long run what cannot be written after it.
    ///
    /// - Throws: ``BenchError`` for a file that cannot be created.
    func checkPlaces() throws {
        for place in places {
            let folder = URL(filePath: place).deletingLastPathComponent().path
            var isFolder: ObjCBool = false
            let exists = FileManager.default.fileExists(atPath: place, isDirectory: &isFolder)
            if !isFolder.boolValue && FileManager.default.isWritableFile(atPath: exists ? place : folder) { continue }
            throw BenchError(
                "cannot write '\(printable(place))'; give a file in a folder that exists and can be written")
        }
    }

    func write(_ report: Report) throws {
        if let json { try report.writeJSON(to: json) }
        if let csv { try report.writeCSV(to: csv) }
        if !places.isEmpty { print("\nwritten: \(places.map(printable).joined(separator: ", "))") }
    }
}

/// Which of the project's recordings.
struct SelectionOptions: ParsableArguments {
    @Option(help: ArgumentHelp("Only these recordings; may be repeated.", valueName: "name"))
    var corpus: [String] = []
    @OptionGroup var options: CorpusOptions
}
