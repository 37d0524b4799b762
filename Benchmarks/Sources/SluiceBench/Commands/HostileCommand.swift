import ArgumentParser
import Foundation

/// `sluice-bench hostile`: input made to do harm.
struct HostileCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "hostile", abstract: "Feeds hostile input, and compares memory and outcome with what is stated.",
        discussion: """
            Each case states how far the resident set may rise, which follows from the limits, and what must come out: \
            errors, how the stream ends, and that the events before and behind are read. What is beyond that has FAILED, \
            and the exit status is 1. What is slower than stated is marked, and fails nothing.
            """)

    @Option(help: "Mebibytes of the endless inputs.")
    var size = 1024
    @Option(help: ArgumentHelp("Only cases whose names begin so; may be repeated.", valueName: "name"))
    var only: [String] = []
    @Flag(help: "A sixteenth of everything.")
    var quick = false
    @Option(help: ArgumentHelp("Write the rows as JSON.", valueName: "file"))
    var json: String?
    @Option(help: "Per cent of the stated memory that is allowed; below 100 the cases are stricter.")
    var memory = 100
    @Flag(help: "Print the cases, and run none.")
    var list = false
    @OptionGroup var options: CorpusOptions

    func validate() throws {
        if size < 1 { throw ValidationError("--size \(size): at least 1 MiB is needed") }
        if memory < 1 { throw ValidationError("--memory \(memory): at least 1 per cent is needed") }
    }

    func run() throws {
        let scale = HostileScale(bytes: quick ? max(1 << 20, size << 16) : size << 20, isQuick: quick)
        let cases = try HostileCase.all(scale, options.folder).filter { item in
            only.isEmpty || only.contains { item.name.hasPrefix($0) }
        }
        if cases.isEmpty { throw ValidationError("--only: there is no such case; --list prints them") }
        if list {
            for item in cases { print(item.name, item.about, separator: "\t") }
            return
        }
        var progress = Progress(total: cases.reduce(0) { $0 + $1.feeds.count })
        var rows: [HostileRow] = []
        for var item in cases {
            item.bound.bytes = item.bound.bytes / 100 * memory
            for feed in item.feeds {
                progress.advance("\(item.name), \(feed.name)", by: 0)
                rows.append(try HostileRun.measure(item, feed))
                progress.advance("\(item.name), \(feed.name)")
            }
        }
        progress.finish()
        let report = HostileReport(machine: .current(), rows: rows)
        Tables.align(HostileTable.head, rows.map(HostileTable.cells))
        let failed = rows.filter { $0.problem != nil }
        print("\n\(rows.count - failed.count) of \(rows.count) as stated, \(rows.filter(\.isSlow).count) slow")
        if let json { try write(report, to: json) }
        if !failed.isEmpty { throw ExitCode(1) }
    }

    private func write(_ report: HostileReport, to path: String) throws {
        let encoder = JSONEncoder()
        encoder.keyEncodingStrategy = .convertToSnakeCase
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        try encoder.encode(report).write(to: URL(filePath: path))
        print("written: \(path)")
    }
}

/// How large the cases are.
struct HostileScale {
    /// Of the endless ones.
    var bytes: Int
    var isQuick: Bool

    /// So many at full size.
    func count(_ full: Int) -> Int { isQuick ? full / 16 : full }
}
