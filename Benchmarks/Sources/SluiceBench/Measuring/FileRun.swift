import CBaselines
import Sluice

/// Measures recordings of the user's, one after the other.
struct FileRun {
    var streams: [FileStream]
    var chunk: ChunkSize
    var rounds: Int
    var seed: UInt64
    var only: String?
    /// For all streams together.
    var budget: Duration

    /// What is compared, apart from what cannot read a stream.
    static let contenders =
        Contender.ceilings + Contender.experts + Contender.sluice + Contender.familiar
        + Contender.matrix.filter { $0.task == .frames }

    /// Adds rows, streams and files to the report.
    func run(_ report: inout Report) throws {
        var comparisons: [(FileStream, FileTruth, Comparison, [Exclusion])] = []
        for source in streams {
            let stream = source.stream
            let truth = try FileTruth(stream)
            let (able, unable) = partition(stream, truth)
            let comparison = Comparison(
                section: "\(stream.corpus), chunks of \(ChunkSize.name(of: chunk.number))", stream: stream,
                chunk: chunk,
                contenders: able, rounds: rounds, truth: truth.truth, excludesWrong: true,
                budget: budget / streams.count)
            comparisons.append((source, truth, comparison, unable))
        }
        var progress = Progress(total: comparisons.reduce(0) { $0 + $1.2.contenders.count * ($1.2.rounds + 1) })
        var files: [FileRow] = []
        for (source, truth, comparison, unable) in comparisons {
            let outcome = try comparison.measure(&progress)
            report.results += outcome.rows
            report.corpora.append(try CorpusRow(source.stream, seed: seed, pieces: truth.truth.pieces))
            var row = FileRow(source, truth, rounds: outcome.rounds)
            row.notTakingPart = unable
            row.excluded = outcome.exclusions
            files.append(row)
        }
        progress.finish()
        report.files = files
    }

    private func partition(_ stream: Stream, _ truth: FileTruth) -> (able: [Contender], unable: [Exclusion]) {
        let references = Set((Contender.ceilings + Contender.experts).map(\.name))
        let chosen = Self.contenders.filter { contender in
            only.map { contender.name.hasPrefix($0) || references.contains(contender.name) } ?? true
        }
        var (able, unable): ([Contender], [Exclusion]) = ([], [])
        for contender in chosen {
            let frames = contender.task == .frames ? truth.framesObstacle : nil
            if let obstacle = contender.obstacle(to: stream) ?? frames {
                unable.append(Exclusion(contender, obstacle))
            } else {
                able.append(contender)
            }
        }
        return (able, unable)
    }
}
