import ArgumentParser

/// `sluice-bench hashes`: what `expected-hashes.tsv` holds.
struct HashesCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "hashes", abstract: "Prints the hashes of the generated streams, for expected-hashes.tsv.")

    @OptionGroup var options: CorpusOptions

    func run() throws { print(try ExpectedHashes.table(of: options.folder), terminator: "") }
}
