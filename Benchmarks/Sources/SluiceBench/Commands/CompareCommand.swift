import ArgumentParser

/// `sluice-bench compare`: two stored reports.
struct CompareCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "compare",
        abstract: "Says what changed beyond noise between two reports; measures nothing.",
        discussion: "The exit status is 2 where Sluice lost more than the threshold, or gives a wrong answer.")

    @Argument(help: "The earlier report, as --json has written it.")
    var old: String
    @Argument(help: "The later one.")
    var new: String
    @Option(help: "Per cent by which Sluice may be slower.")
    var threshold = 5.0

    func run() throws {
        let changes = Changes(from: try Report(contentsOf: old), to: try Report(contentsOf: new))
        if changes.report(threshold: threshold / 100) { throw ExitCode(2) }
    }
}
