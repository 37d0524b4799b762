import Foundation
import Sluice

/// What a run measures, table by table.
struct StandardSet {
    let folder: URL
    let seed: UInt64
    let isQuick: Bool
    let only: String?
    let corpora: [String]
    let chunk: Int?
    let size: Int?
    let rounds: Int?
    let expected: ExpectedHashes

    /// The corpora of the main tables.
    static let main = ["openai-chat", "anthropic-messages", "ollama-generate"]

    /// Of another folder, which may have none of those: its first three.
    private static func main(of recorded: [String]) -> [String] {
        let known = main.filter(recorded.contains)
        return known.isEmpty ? Array(recorded.prefix(3)) : known
    }

    mutating func run(_ report: inout Report) throws {
        let recorded = try Recording.names(in: folder)
        for name in corpora where !recorded.contains(name) { _ = try Recording(name, in: folder) }
        let wanted = corpora.isEmpty ? recorded : corpora
        let main = corpora.isEmpty ? Self.main(of: recorded) : corpora
        var tables: [Comparison] = []
        for name in main {
            let large = try stream(name, size ?? (isQuick ? 24 : 64), &report)
            let chunks = chunk.map { [$0] } ?? [65_536, 16_384]
            for chunk in chunks {
                tables.append(
                    table(
                        "\(name), chunks of \(ChunkSize.name(of: chunk))", large, ChunkSize(number: chunk),
                        Contender.ceilings + Contender.experts + Contender.sluice + Contender.familiar, isQuick ? 5 : 9)
                )
            }
        }
        if !isQuick && chunk == nil { try addDetails(&tables, main, wanted, &report) }
        var progress = Progress(total: tables.reduce(0) { $0 + $1.contenders.count * ($1.rounds + 1) })
        for table in tables { report.results += try table.run(&progress) }
        progress.finish()
        if isQuick && corpora.isEmpty || chunk != nil { return }
        try measureOthers(main, wanted, &report)
    }

    private func addDetails(
        _ tables: inout [Comparison], _ main: [String], _ wanted: [String], _ report: inout Report
    ) throws {
        for name in main {
            let tiny = try stream(name, 1, &report)
            let small = try stream(name, 8, &report)
            for chunk in VerifyCommand.chunks where chunk != .bytes(65_536) && chunk != .bytes(16_384) {
                let isTiny = chunk.number > 0 && chunk.number < 256
                tables.append(
                    table(
                        "\(name) by chunk size", isTiny ? tiny : small, chunk,
                        Contender.ceilings + Contender.experts + Contender.sluice + Array(Contender.familiar.suffix(2)),
                        5))
            }
        }
        for name in wanted where !main.contains(name) {
            tables.append(
                table(
                    "other corpora, chunks of 64 Ki", try stream(name, 16, &report), .bytes(65_536),
                    Contender.ceilings + Contender.experts + Contender.sluice, 5))
        }
        tables += workloads()
        for name in main {
            tables.append(
                table(
                    "\(name), framing by extraction, chunks of 16 Ki", try stream(name, 4, &report), .bytes(16_384),
                    Contender.ceilings + Contender.experts + Contender.matrix, 3))
        }
    }

    private func workloads() -> [Comparison] {
        let contenders = Contender.ceilings + Contender.experts + Contender.sluice
        return Workload.all(seed: seed).map {
            table("workloads", $0.stream, $0.chunk, contenders + Contender.matrix.filter { $0.task == .frames }, 3)
        }
    }

    private func measureOthers(_ main: [String], _ wanted: [String], _ report: inout Report) throws {
        for name in wanted { report.latency.append(try Latency.measure(try Recording(name, in: folder), seconds: 2)) }
        for name in main {
            for mebibytes in [1, 10, 100, 1000] where name == main.first || mebibytes <= 100 {
                report.growth.append(
                    try Growth.measure(try Recording(name, in: folder), bytes: mebibytes << 20, seed: seed))
            }
            var unlisted = Report(machine: report.machine)
            let source = try stream(name, 16, &unlisted)
            for count in [1_000, 10_000, 100_000, 1_000_000] {
                report.streams.append(
                    try ManyStreams.measure(
                        source, streams: count, eventsEach: ManyStreams.eventsEach(of: count), seed: seed))
            }
            let whole = try stream(name, 64, &unlisted)
            let cores = ProcessInfo.processInfo.activeProcessorCount
            let workers = Set([1, 2, 4, 8, 16, 32, cores].filter { $0 <= cores }).sorted()
            report.scaling = try (report.scaling ?? []) + Scaling.measure(whole, workers: workers, rounds: 5)
        }
    }

    private func stream(_ name: String, _ mebibytes: Int, _ report: inout Report) throws -> Stream {
        let recording = try Recording(name, in: folder)
        let stream = try Stream(amplifying: recording, to: mebibytes << 20, seed: seed)
        var row = try CorpusRow(stream, seed: seed)
        row.isExpected = try expected.check(stream, mebibytes, seed, recording)
        report.corpora.append(row)
        return stream
    }

    private func table(
        _ section: String, _ stream: Stream, _ chunk: ChunkSize, _ contenders: [Contender], _ defaultRounds: Int
    ) -> Comparison {
        let references = Set((Contender.ceilings + Contender.experts).map(\.name))
        let chosen = contenders.filter { contender in
            only.map { contender.name.hasPrefix($0) || references.contains(contender.name) } ?? true
        }
        return Comparison(
            section: section, stream: stream, chunk: chunk, contenders: chosen, rounds: rounds ?? defaultRounds)
    }
}
