import ArgumentParser
import CBaselines
import Sluice

@main
struct Bench: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sluice-bench",
        abstract: "Measures Sluice beside an expert's C++ loop, on the same bytes in the same run.")

    @Option(help: "Mebibytes of OpenAI chat chunks.")
    var size = 64
    @Option(help: "Bytes of a chunk.")
    var chunk = 65_536
    @Option(help: "Rounds; the median is told.")
    var rounds = 9
    @Option(help: "Only the contenders whose names begin so.")
    var only = ""
    @Option(help: "Seed of the corpus.")
    var seed: UInt64 = 1

    func run() throws {
        var bytes = Corpus.openAIChat(bytes: size << 20, seed: seed)
        let length = bytes.count
        bytes += [UInt8](repeating: 0x20, count: Int(BASELINE_PADDING))
        print("openai-chat, \(length) bytes, chunks of \(chunk), jemalloc \(String(cString: baseline_allocator()))")
        var times: [String: [Double]] = [:]
        var expected: baseline_answer?
        for round in 0...rounds {
            for contender in Contender.all(chunk: chunk).filter({ $0.name.hasPrefix(only) }) {
                let clock = ContinuousClock()
                var outcome = Contender.Outcome(answer: baseline_answer())
                let time = try clock.measure { outcome = try contender.run(bytes, length) }
                let answer = outcome.answer
                if contender.checks {
                    if let expected, !isSame(expected, answer) { throw WrongAnswer(contender: contender.name) }
                    expected = answer
                }
                if round > 0 { times[contender.name, default: []].append(seconds(time)) }
                if round == rounds && contender.checks {
                    report(contender.name, outcome)
                }
            }
        }
        summary(times, length, deltas: expected?.deltas ?? 1)
    }

    private func isSame(_ left: baseline_answer, _ right: baseline_answer) -> Bool {
        left.deltas == right.deltas && left.bytes == right.bytes && left.hash == right.hash
    }

    private func seconds(_ duration: Duration) -> Double {
        Double(duration.components.seconds) + Double(duration.components.attoseconds) * 1e-18
    }

    private func report(_ name: String, _ outcome: Contender.Outcome) {
        let answer = outcome.answer
        var line = "\(name): \(answer.deltas) deltas, \(answer.bytes) bytes, hash \(String(answer.hash, radix: 16))"
        if let warm = outcome.warm { line += "; warm: \(warm.calls) calls to malloc, \(warm.bytes) bytes" }
        print(line)
    }

    private func summary(_ times: [String: [Double]], _ length: Int, deltas: UInt64) {
        func median(_ name: String) -> Double {
            let sorted = (times[name] ?? [1]).sorted()
            return sorted[sorted.count / 2]
        }
        let expert = median("expert-loop")
        for contender in Contender.all(chunk: chunk).filter({ $0.name.hasPrefix(only) }) {
            let time = median(contender.name)
            let sorted = (times[contender.name] ?? [1]).sorted()
            func fixed(_ value: Double) -> String {
                let hundredths = Int((value * 100).rounded())
                return "\(hundredths / 100).\(hundredths % 100 < 10 ? "0" : "")\(hundredths % 100)"
            }
            print(
                "\(contender.name): \(fixed(Double(length) / time / 1e9)) GB/s median, "
                    + "\(fixed(Double(length) / sorted[sorted.count - 1] / 1e9))–\(fixed(Double(length) / sorted[0] / 1e9)), "
                    + "\(fixed(time * 1e9 / Double(deltas))) ns/delta, \(fixed(expert / time)) x expert-loop")
        }
    }
}

struct WrongAnswer: Error, CustomStringConvertible {
    var contender: String
    var description: String { "\(contender) read something else than the others: it is wrong, not fast" }
}
