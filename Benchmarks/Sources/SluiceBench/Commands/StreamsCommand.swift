import ArgumentParser
import Sluice

/// `sluice-bench streams`: the table of many streams alone.
struct StreamsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "streams", abstract: "Measures many streams of one thread, and the memory of an idle one.")

    @Argument(help: "The recordings' names.")
    var corpus = StandardSet.main
    @Option(help: "How many streams; may be repeated.")
    var count = [1_000, 10_000, 100_000, 1_000_000]
    @OptionGroup var options: CorpusOptions

    func run() throws {
        var report = Report(machine: .current())
        for name in corpus {
            let recording = try Recording(name, in: options.folder)
            let stream = try Stream(amplifying: recording, to: 16 << 20, seed: options.seed)
            for count in count {
                report.streams.append(
                    try ManyStreams.measure(
                        stream, streams: count, eventsEach: ManyStreams.eventsEach(of: count), seed: options.seed))
            }
        }
        Tables.print(report)
    }
}
