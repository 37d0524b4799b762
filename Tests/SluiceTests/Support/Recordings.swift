import Foundation
import Testing

@testable import Sluice

/// One recorded stream and what the provider's client, or a plain reading, read in it.
struct Recording: Sendable, CustomTestStringConvertible {
    let file: String
    let set: RecordingSet
    let isOutcomeOK: Bool
    var choices: [Int: Choice]
    var usage: Accumulator.Usage?
    let error: String?

    struct Choice: Sendable {
        var text = ""
        var reasoning = ""
        var refusal = ""
        var finishReason: String?
        /// Number, id, name and arguments of each call.
        var toolCalls: [[String?]] = []
    }

    var testDescription: String { file }

    func bytes() throws -> [UInt8] {
        [UInt8](try Data(contentsOf: set.folder.appendingPathComponent(file)))
    }

    /// What Sluice read otherwise, without what is argued in `Deviations`.
    func differences(from found: Collected, in bytes: [UInt8]) -> [String] {
        guard isOutcomeOK, Deviations.files[file] == nil else { return [] }
        var expected = self
        for kind in Deviations.kinds { kind.correct(&expected, found, bytes) }
        return expected.rawDifferences(from: found)
    }

    func rawDifferences(from found: Collected) -> [String] {
        var differences: [String] = []
        func check(_ what: String, _ expected: some Equatable, _ actual: some Equatable) {
            let left = String(describing: expected)
            let right = String(describing: actual)
            if left != right { differences.append("\(what): expected \(left), found \(right)") }
        }
        if let failure = found.failure { differences.append("\(failure)") }
        check("choices", choices.keys.sorted(), found.answer.choices.keys.sorted())
        for (number, expected) in choices {
            guard let actual = found.answer.choices[number] else { continue }
            check("text of \(number)", expected.text, actual.text)
            check("reasoning of \(number)", expected.reasoning, actual.reasoning)
            check("refusal of \(number)", expected.refusal, actual.refusal)
            check("finish of \(number)", expected.finishReason, actual.finishReason)
            check("tool calls of \(number)", expected.toolCalls, actual.toolCalls.map(\.fields))
        }
        check("usage", usage, found.answer.usage)
        check("error", error, found.answer.error?.message)
        return differences
    }
}

extension Accumulator.ToolCall {
    /// As in `Recording.Choice.toolCalls`.
    var fields: [String?] { [index.map(String.init), id, name, arguments] }
}

/// A folder of recordings beside the project.
enum RecordingSet: String, CaseIterable {
    case recorded
    case recorded2

    static let shared = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent().appendingPathComponent("shared")

    var folder: URL { Self.shared.appendingPathComponent(rawValue) }

    func read() -> [Recording] {
        guard let text = try? String(contentsOf: folder.appendingPathComponent("expected.jsonl"), encoding: .utf8)
        else {
            return []
        }
        return text.split(separator: "\n").compactMap { line in
            guard let row = try? JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any] else {
                return nil
            }
            return recording(row)
        }
    }

    private func recording(_ row: [String: Any]) -> Recording? {
        guard let file = row["file"] as? String else { return nil }
        var choices: [Int: Recording.Choice] = [:]
        for (key, value) in row["choices"] as? [String: [String: Any]] ?? [:] {
            let calls = (value["tool_calls"] as? [[String: Any]] ?? []).map { call in
                [
                    (call["index"] as? Int).map(String.init), call["id"] as? String, call["name"] as? String,
                    call["arguments"] as? String,
                ]
            }
            choices[Int(key) ?? -1] = Recording.Choice(
                text: value["text"] as? String ?? "", reasoning: value["reasoning"] as? String ?? "",
                refusal: value["refusal"] as? String ?? "", finishReason: value["finish_reason"] as? String,
                toolCalls: calls)
        }
        let usage = (row["usage"] as? [String: Any]).map { told in
            Accumulator.Usage(input: told["input"] as? Int, output: told["output"] as? Int)
        }
        let hasUsage = usage?.input != nil || usage?.output != nil
        let error = row["error"] as? String ?? (row["error"] as? [String: Any])?["message"] as? String
        return Recording(
            file: file, set: self, isOutcomeOK: row["outcome"] as? String == "ok", choices: choices,
            usage: hasUsage ? usage : nil, error: error)
    }
}

/// The recordings that a run reads: all of the first set, and a sample of the second, which is large.
///
/// `SLUICE_RECORDED=all` reads all of both; `SLUICE_RECORDED_SEED=n` draws the sample again that a run has printed.
enum Recordings {
    static let sampleSize = 200
    private static let environment = ProcessInfo.processInfo.environment
    static let readsAll = environment["SLUICE_RECORDED"] == "all"

    static let all: [Recording] = RecordingSet.recorded.read() + sample
    static var areThere: Bool { !all.isEmpty }

    private static let sample: [Recording] = {
        let second = RecordingSet.recorded2.read()
        guard second.count > sampleSize, !readsAll else { return second }
        let seed = environment["SLUICE_RECORDED_SEED"].flatMap { UInt64($0) } ?? UInt64.random(in: 0..<1_000_000)
        print("recorded2: \(sampleSize) of \(second.count) streams; SLUICE_RECORDED_SEED=\(seed) draws them again")
        var generator = SeededGenerator(seed: seed)
        return Array(second.shuffled(using: &generator).prefix(sampleSize))
    }()
}

enum Strategy: CaseIterable {
    case borrowed
    case ring
    case linear
}

struct Collected: Equatable {
    var answer = Accumulator()
    var end: StreamEnd?
    var format: String?
    var failure: SluiceError?
}

/// What a stream comes to when its bytes arrive `chunkBytes` at a time.
func collect(
    _ bytes: [UInt8], chunkBytes: Int, _ strategy: Strategy, format: WireFormat? = nil, kinds: DeltaKinds = .answer
) -> Collected {
    var found = Collected()
    do throws(SluiceError) {
        var parser = StreamParser(format: format, layout: strategy == .linear ? .linear : .mirrored, kinds: kinds)
        defer { found.format = parser.formatName }
        var start = 0
        while start < bytes.count {
            let chunk = bytes.span.extracting(start..<min(bytes.count, start + chunkBytes))
            start += chunk.count
            if strategy == .borrowed {
                try parser.parse(chunk, into: &found.answer)
            } else {
                try parser.fill(chunk)
                var reader = parser.pull()
                while let delta = try reader.next() { try found.answer.add(delta) }
            }
        }
        found.end = try parser.finish(into: &found.answer)
    } catch {
        found.failure = error
    }
    return found
}
