import ArgumentParser
import Foundation

/// `sluice-bench verify`: every strategy, extraction and chunk size on every corpus, for equality only.
struct VerifyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify",
        abstract: "Checks that every contender gives the same answer on every corpus and chunk size; measures nothing.")

    @Option(help: "Kibibytes made of each recording; chunks of one byte get a quarter.")
    var size = 128
    @OptionGroup var options: CorpusOptions

    static let chunks: [ChunkSize] = [1, 8, 64, 256, 1448, 16_384, 65_536].map { .bytes($0) } + [.whole, .recorded]

    func run() throws {
        let names = try Recording.names(in: options.folder)
        let contenders = Contender.experts + Contender.sluice + Contender.familiar + Contender.matrix
        var progress = Progress(total: names.count * Self.chunks.count * contenders.count)
        var passed = 0
        var failures: [String] = []
        let expected = try ExpectedHashes()
        var unknown: [String] = []
        for name in names {
            let recording = try Recording(name, in: options.folder)
            let streams = try [16 << 10, size << 10].map {
                try Stream(amplifying: recording, to: $0, seed: options.seed)
            }
            try checkAmplifier(recording, streams[1])
            let mebibyte = try Stream(amplifying: recording, to: 1 << 20, seed: ExpectedHashes.seed)
            if try expected.check(mebibyte, 1, ExpectedHashes.seed, recording) == nil {
                unknown.append(name)
            }
            let truths = streams.map(Truth.init)
            for chunk in Self.chunks {
                let isSmall = chunk == .bytes(1) || chunk == .bytes(8)
                for contender in contenders where !contender.ignoresChunks || chunk == .whole {
                    progress.advance("\(name), \(ChunkSize.name(of: chunk.number)): \(contender.name)")
                    let choice = isSmall ? 0 : 1
                    let expected = truths[choice].expected(contender.task)
                    var probe = Probe(isCounting: false)
                    let answer = try? contender.run(streams[choice], chunk, &probe)
                    if let answer, answer.equals(expected) {
                        passed += 1
                    } else {
                        failures.append(
                            "\(contender.name) on \(name), chunks of \(ChunkSize.name(of: chunk.number)): "
                                + "\(answer?.text ?? "an error"), expected \(expected.text)")
                    }
                }
            }
        }
        progress.finish()
        for failure in failures { print("WRONG: \(failure)") }
        print("\(names.count) corpora: \(names.joined(separator: ", "))")
        if !unknown.isEmpty {
            print(
                "no hash is stored for these recordings (make bench-hashes stores them): \(unknown.joined(separator: ", "))"
            )
        }
        print("\(passed) passed, \(failures.count) failed")
        if !failures.isEmpty || !unknown.isEmpty && options.corpora == nil { throw ExitCode(1) }
    }

    /// The same seed gives the same bytes, another seed others, and no response comes twice.
    private func checkAmplifier(_ recording: Recording, _ stream: Stream) throws {
        let again = try Stream(amplifying: recording, to: size << 10, seed: options.seed)
        guard again.hash == stream.hash else { throw BenchError("\(recording.name): the same seed gave other bytes") }
        let other = try Stream(amplifying: recording, to: size << 10, seed: options.seed + 1)
        guard other.hash != stream.hash else { throw BenchError("\(recording.name): another seed gave the same bytes") }
        let distinct = Set(stream.responses.map { Array(stream.bytes[$0]) })
        guard distinct.count == stream.responses.count else {
            throw BenchError("\(recording.name): a response came twice")
        }
    }
}
