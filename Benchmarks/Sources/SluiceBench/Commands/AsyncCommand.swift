import ArgumentParser
import Sluice

/// `sluice-bench async`: what a delta costs through an async sequence.
struct AsyncCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "async", abstract: "Measures the async sequences of deltas beside a parser without tasks.")

    @Argument(help: "The recordings' names.")
    var corpus = StandardSet.main
    @Option(help: "Mebibytes of each stream.")
    var size = 16
    @Option(help: "Rounds; the median is reported.")
    var rounds = 5
    @Option(help: ArgumentHelp("Only readers whose names begin so.", valueName: "name"))
    var only = ""
    @OptionGroup var options: CorpusOptions

    func run() async throws {
        for name in corpus {
            let stream = try Stream(
                amplifying: try Recording(name, in: options.folder), to: size << 20, seed: options.seed)
            print("\n\(name), \(stream.count) bytes, \(Truth(stream).pieces.deltas) deltas, \(rounds) rounds")
            Tables.align(
                ["reader", "chunk", "ns/delta", "ns/chunk", "processor ns/delta"],
                try await AsyncOverhead.measure(stream, rounds: rounds, only: only).map {
                    [
                        $0.reader, $0.chunk, Tables.fixed($0.nsPerDelta, 1), Tables.fixed($0.nsPerChunk, 0),
                        Tables.fixed($0.processorNsPerDelta, 1),
                    ]
                })
        }
    }
}
