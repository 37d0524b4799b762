import ArgumentParser
import Foundation

/// `sluice-bench json`: arguments that stream, looked at after each piece.
struct JSONCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "json",
        abstract: "Measures incremental JSON beside parsing anew at each piece, which is what others do.",
        discussion: """
            A tool call's arguments of so many pieces are made from the seed. After each piece every contender has a value and \
            looks into it: how many members the last element has, and how long its last string is. All must see the same.
            """)

    @Option(help: "Pieces, at most; a quarter and a half of them are measured too.")
    var pieces = 4000
    @Option(help: "Rounds; the median is reported.")
    var rounds = 5
    @Option(help: "Seed of the arguments.")
    var seed: UInt64 = 1
    @Option(
        name: .customLong("write-pieces"),
        help: ArgumentHelp(
            "Write the pieces to FILE as a JSON array and measure nothing, for peers.", valueName: "file"))
    var file: String?

    func validate() throws {
        guard (4...1_000_000).contains(pieces), rounds > 0 else {
            throw ValidationError("give 4 to 1000000 --pieces, and --rounds above 0")
        }
    }

    func run() throws {
        let all = StreamedArguments.pieces(pieces, seed: seed)
        if let file { return try JSONEncoder().encode(all).write(to: URL(filePath: file)) }
        var rows: [[String]] = []
        for count in [pieces / 4, pieces / 2, pieces] {
            let some = Array(all[..<count])
            let bytes = some.reduce(0) { $0 + $1.utf8.count }
            for (name, run) in StreamedArguments.contenders {
                let expected = try StreamedArguments.incremental(some)
                var times: [Double] = []
                for round in 0...rounds {
                    let start = ContinuousClock.now
                    let seen = try run(some)
                    let elapsed = ContinuousClock.now - start
                    guard seen == expected else {
                        throw ValidationError("\(name) saw \(seen) where \(expected) was to be seen")
                    }
                    if round > 0 { times.append(elapsed / Duration.microseconds(1)) }
                }
                let median = Statistics(times).median
                rows.append([
                    name, "\(count)", "\(bytes)", Tables.fixed(median / 1000, 2),
                    Tables.fixed(median / Double(count), 2),
                ])
            }
        }
        print("seed \(seed), \(rounds) rounds")
        Tables.align(["reader", "pieces", "bytes", "ms in all", "µs/piece"], rows)
    }
}
