import Foundation
import Testing

@testable import Sluice

/// One recorded stream and what the official client read in it.
struct Recording: Sendable, CustomTestStringConvertible {
    let file: String
    let isOutcomeOK: Bool
    let choices: [Int: Choice]
    let usage: Accumulator.Usage?
    let error: String?

    struct Choice: Sendable {
        var text: String
        var reasoning: String
        var refusal: String
        var finishReason: String?
        var toolCalls: [[String?]]
    }

    var testDescription: String { file }

    func bytes() throws -> [UInt8] {
        [UInt8](try Data(contentsOf: Recordings.folder.appendingPathComponent(file)))
    }

    func differences(from found: Collected) -> [String] {
        guard isOutcomeOK, Deviations.table[file] == nil else { return [] }
        return rawDifferences(from: found)
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
            let calls = actual.toolCalls.map { [$0.index.map(String.init), $0.id, $0.name, $0.arguments] }
            check("tool calls of \(number)", expected.toolCalls, calls)
        }
        check("usage", usage, found.answer.usage)
        check("error", error, found.answer.error?.message)
        return differences
    }
}

enum Recordings {
    static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent().appendingPathComponent("shared/recorded")

    static let areThere = FileManager.default.fileExists(atPath: folder.appendingPathComponent("expected.jsonl").path)

    static let all: [Recording] = {
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
    }()

    private static func recording(_ row: [String: Any]) -> Recording? {
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
        return Recording(
            file: file, isOutcomeOK: row["outcome"] as? String == "ok", choices: choices, usage: usage,
            error: row["error"] as? String)
    }
}

/// Where Sluice reads something else than the client did, and is right to.
enum Deviations {
    static let table: [String: String] = [
        "bedrock/fantasy__bedrock-anthropic-claude-haiku-4-5_tool_streaming__i0_02432c26.bin":
            "message_start tells input_tokens 577, which the plain reading behind the expectation passes over",
        "bedrock/fantasy__bedrock-anthropic-claude-opus-4-6_simple_streaming__i0_05bd6d9e.bin":
            "message_start tells input_tokens 17, which the plain reading behind the expectation passes over",
        "openai-audio/ruby_llm__sic_functionality_openai_gpt-4o-transcribe-diarize_streams_segments_labelled_with_speakers__i0_cd8a7947.sse":
            "the expected finish reason 'done' stands nowhere in the stream; it is the event type's last word",
        "snowflake-chat/pydantic-ai__test_snowflake_thinking_streaming__i0_684feae8.sse":
            "the reasoning stands in reasoning_details, which OpenAI's client does not know",
        "firebase-mock-gemini-generate/vertexai-sdk-test-data__streaming-failure-invalid-json__i0_cb2eeb49.sse":
            "a document of no known format; undetected, so an error rather than an empty answer",
    ]
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
func collect(_ bytes: [UInt8], chunkBytes: Int, _ strategy: Strategy, format: WireFormat? = nil) -> Collected {
    var found = Collected()
    do throws(SluiceError) {
        var parser = try StreamParser(format: format, layout: strategy == .linear ? .linear : .mirrored)
        defer { found.format = parser.formatName }
        var start = 0
        while start < bytes.count {
            let chunk = unsafe bytes.span.bytes.extracting(start..<min(bytes.count, start + chunkBytes))
            start += chunk.byteCount
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
