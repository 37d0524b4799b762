import Foundation
import Testing

/// Streams for `sluice check`: sound ones, and ones with one defect each.
enum CheckMaterial {
    struct Sound: Sendable, CustomTestStringConvertible {
        var name: String
        var bytes: Data
        var arguments: [String] = []

        var testDescription: String { name }
    }

    static let corpora: [String] = {
        let place = Tool.package.appendingPathComponent("corpora")
        let names = (try? FileManager.default.contentsOfDirectory(atPath: place.path)) ?? []
        return names.filter {
            FileManager.default.fileExists(atPath: place.appendingPathComponent("\($0)/stream.times").path)
        }.sorted()
    }()

    // MARK: Events of the providers

    /// An SSE event without a type.
    static func data(_ json: String) -> String { "data: \(json)\n\n" }

    /// One of Anthropic's.
    static func claude(_ type: String, _ more: String = "") -> String {
        "event: \(type)\ndata: {\"type\":\"\(type)\"\(more)}\n\n"
    }

    /// One of the Responses API.
    static func response(_ type: String, _ number: Int, _ more: String = "") -> String {
        claude("response.\(type)", ",\"sequence_number\":\(number)\(more)")
    }

    static let start = claude("message_start", ",\"message\":{\"usage\":{\"input_tokens\":1}}")
    static let blockStart = claude(
        "content_block_start", ",\"index\":0,\"content_block\":{\"type\":\"text\",\"text\":\"\"}")
    static let blockDelta = claude(
        "content_block_delta", ",\"index\":0,\"delta\":{\"type\":\"text_delta\",\"text\":\"a\"}")
    static let blockStop = claude("content_block_stop", ",\"index\":0")
    static let messageDelta = claude("message_delta", ",\"delta\":{\"stop_reason\":\"end_turn\"}")
    static let stop = claude("message_stop")
    static let claudeAnswer = [start, blockStart, blockDelta, blockStop, messageDelta, stop]

    static let role = chat("\"role\":\"assistant\",\"content\":\"\"")
    static let finish = chat("", more: ",\"finish_reason\":\"stop\"")
    static let usage = data("{\"object\":\"chat.completion.chunk\",\"choices\":[],\"usage\":{\"completion_tokens\":2}}")
    static let chatAnswer = [role, chatText("a"), finish, usage, chatDone]

    static let item = ",\"output_index\":0"
    static let part = "{\"type\":\"output_text\",\"text\":\"a\"}"
    static let message = ",\"item\":{\"type\":\"message\",\"content\":[\(part)]}"
    static let responsesAnswer = [
        response("created", 0, ",\"response\":{\"object\":\"response\"}"), response("in_progress", 1),
        response("output_item.added", 2, item + ",\"item\":{}"),
        response("content_part.added", 3, item + ",\"content_index\":0"),
        response("output_text.delta", 4, item + ",\"content_index\":0,\"delta\":\"a\""),
        response("content_part.done", 5, item + ",\"content_index\":0,\"part\":\(part)"),
        response("output_item.done", 6, item + message),
        response("completed", 7, ",\"response\":{\"status\":\"completed\"}"),
    ]

    static let ollamaAnswer = [
        "{\"model\":\"m\",\"message\":{\"role\":\"assistant\",\"content\":\"a\"},\"done\":false}\n",
        "{\"model\":\"m\",\"message\":{\"role\":\"assistant\",\"content\":\"\"},\"done\":true,\"done_reason\":\"stop\"}\n",
    ]

    static let cohereAnswer = [
        data("{\"type\":\"message-start\",\"id\":\"1\"}"), data("{\"type\":\"content-start\",\"index\":0}"),
        data("{\"type\":\"content-delta\",\"index\":0,\"delta\":{\"message\":{\"content\":{\"text\":\"a\"}}}}"),
        data("{\"type\":\"content-end\",\"index\":0}"),
        data("{\"type\":\"message-end\",\"delta\":{\"finish_reason\":\"COMPLETE\"}}"),
    ]

    static let geminiAnswer = [
        data("{\"candidates\":[{\"index\":0,\"content\":{\"parts\":[{\"text\":\"a\"}]}}]}"),
        data("{\"candidates\":[{\"index\":0,\"finishReason\":\"STOP\"}]}"),
    ]

    static let chunkedAnswer = [
        data("{\"delta\":\"a\",\"done\":false,\"chunk_index\":0}"),
        data("{\"delta\":\"b\",\"done\":false,\"chunk_index\":1}"),
        data("{\"delta\":\"\",\"done\":true,\"chunk_index\":2}"),
    ]

    static let oldCohereAnswer = [
        "{\"is_finished\":false,\"event_type\":\"stream-start\"}\n",
        "{\"is_finished\":false,\"event_type\":\"text-generation\",\"text\":\"a\"}\n",
        "{\"is_finished\":true,\"event_type\":\"stream-end\",\"finish_reason\":\"COMPLETE\"}\n",
    ]

    static let tgiAnswer = [
        "data:{\"token\":{\"id\":1,\"text\":\"a\",\"special\":false},\"generated_text\":null,\"details\":null}\n\n",
        "data:{\"token\":{\"id\":2,\"text\":\"b\",\"special\":false},\"generated_text\":\"ab\",\"details\":null}\n\n",
    ]

    static let interaction = [
        data("{\"event_type\":\"interaction.created\",\"interaction\":{\"id\":\"1\"}}"),
        data("{\"event_type\":\"step.start\",\"index\":0,\"step\":{\"type\":\"model_output\"}}"),
        data("{\"event_type\":\"step.delta\",\"index\":0,\"delta\":{\"type\":\"text\",\"text\":\"a\"}}"),
        data("{\"event_type\":\"step.stop\",\"index\":0}"),
        data("{\"event_type\":\"interaction.completed\",\"interaction\":{\"id\":\"1\",\"status\":\"completed\"}}"),
    ]

    static let text = data("{\"text\":\"a\"}")

    static let sound: [Sound] = {
        func sound(_ name: String, _ parts: [String], _ arguments: [String] = []) -> Sound {
            Sound(name: name, bytes: Data(parts.joined().utf8), arguments: arguments)
        }
        let error = claude("error", ",\"error\":{\"type\":\"overloaded_error\",\"message\":\"busy\"}")
        return [
            sound("Anthropic", claudeAnswer),
            sound("Anthropic with pings", [start, claude("ping")] + claudeAnswer[1...]),
            sound("Anthropic that fails", [start, blockStart, blockDelta, error]), sound("OpenAI chat", chatAnswer),
            sound(
                "two choices",
                [
                    role, chat("\"role\":\"a\"", choice: 1), finish,
                    chat("", choice: 1, more: ",\"finish_reason\":\"stop\""), chatDone,
                ]),
            sound("OpenAI chat that fails", [role, chatError]), sound("OpenAI Responses", responsesAnswer),
            sound("Responses and [DONE]", responsesAnswer + [chatDone]), sound("Ollama", ollamaAnswer),
            sound("Cohere's first version", oldCohereAnswer), sound("TGI", tgiAnswer),
            sound("Gemini's interactions", interaction),
            sound("Cohere", cohereAnswer), sound("Gemini", geminiAnswer), sound("delta-done", chunkedAnswer),
            sound("text-field", [text, chatDone]),
            sound("raw-text", [data("Hi."), data("{not JSON"), chatDone], ["--format", "raw-text"]),
            sound(
                "comments, ids and retry",
                [": hi\n:\n\n", "id: 7\nretry: 10\n" + text, "id:\n" + text, ": keepalive\n\n", chatDone]),
            sound("data that are a keep-alive", [text, data(": keepalive"), chatDone]),
            sound("data in several lines", ["data: {\"text\":\ndata: \"a\"}\n\n", chatDone]),
            sound("CRLF", [text, chatDone].map { $0.replacingOccurrences(of: "\n", with: "\r\n") }),
            sound("CR", [text, chatDone].map { $0.replacingOccurrences(of: "\n", with: "\r") }),
            sound(
                "a surrogate of which the other half comes later",
                [data("{\"text\":\"\\ud83c\"}"), data("{\"text\":\"\\udf0a\"}"), chatDone]),
            sound("a JSON array", ["[", "{\"candidates\":[{\"finishReason\":\"STOP\"}]}", "]"]),
        ]
    }()

    // MARK: Defects of the framing

    static let framing: [Defect] = [
        Defect(
            name: "a byte order mark", parts: ["\u{FEFF}" + text, chatDone], part: 0, event: 1, severity: "warning",
            code: "byte-order-mark"),
        Defect(
            name: "a byte order mark inside", parts: [text, "\u{FEFF}: x\n", text, chatDone], part: 1, event: 2,
            code: "byte-order-mark"),
        Defect(
            name: "a stray line", parts: [text, "oops\n", text, chatDone], part: 1, event: 2, severity: "warning",
            code: "stray-line"),
        Defect(
            name: "an unknown field", parts: [text, "wait: 1\n", text, chatDone], part: 1, event: 2,
            severity: "warning", code: "unknown-field"),
        Defect(
            name: "a long unknown field",
            parts: [text, String(repeating: "data", count: 100) + ": 1\n", text, chatDone], part: 1, event: 2,
            severity: "warning", code: "unknown-field"),
        Defect(
            name: "a known field without a colon", parts: [text, "id\n", text, chatDone], part: 1, event: 2,
            severity: "warning", code: "colon-missing"),
        Defect(
            name: "an error as a field", parts: [text, "error: {\"detail\":1}\n\n", chatDone], part: 1, event: 2,
            code: "stray-error"),
        Defect(
            name: "no blank line at the end", parts: [text, "data: [DONE]\n"], part: 1, event: 2,
            code: "blank-line-missing"),
        Defect(
            name: "no line end at the end", parts: [text, "data: [DONE]"], part: 1, event: 2, code: "blank-line-missing"
        ),
        Defect(
            name: "a NUL in an id", parts: [text, "id: 1\u{0}\n", text, chatDone], part: 1, event: 2,
            severity: "warning", code: "null-in-id"),
        Defect(
            name: "a retry that is no number", parts: [text, "retry: 1s\n", text, chatDone], part: 1, event: 2,
            severity: "warning", code: "retry-not-a-number"),
        Defect(
            name: "an empty retry", parts: ["retry:\n", text, chatDone], part: 0, event: 1, severity: "warning",
            code: "retry-not-a-number"),
        Defect(
            name: "CRLF among LF", parts: [text, ": x", "\r\n", text, chatDone], part: 2, event: 2, severity: "warning",
            code: "mixed-line-ends"),
        Defect(
            name: "CR among LF", parts: [text, ": x", "\r", text, chatDone], part: 2, event: 2, severity: "warning",
            code: "mixed-line-ends"),
        Defect(
            name: "LF among CRLF", parts: [": x\r\n", "data: {\"text\":\"a\"}", "\n\n", chatDone], part: 2, event: 1,
            severity: "warning", code: "mixed-line-ends"),
        Defect(
            name: "JSON that breaks off", parts: [text, data("{\"text\":\"b\""), chatDone], part: 1, event: 2,
            code: "malformed-payload"),
        Defect(
            name: "JSON with bytes behind it", parts: [text, data("{\"text\":\"b\"}}"), chatDone], part: 1, event: 2,
            code: "malformed-payload"),
        Defect(
            name: "JSON with a comma too many", parts: [text, data("{\"text\":\"b\",}"), chatDone], part: 1, event: 2,
            code: "malformed-payload"),
        Defect(
            name: "JSON with a false word", parts: [text, data("{\"text\":\"b\",\"x\":nul}"), chatDone], part: 1,
            event: 2, code: "malformed-payload"),
        Defect(
            name: "JSON with a number that is none", parts: [text, data("{\"text\":\"b\",\"x\":01}"), chatDone],
            part: 1, event: 2, code: "malformed-payload"),
        Defect(
            name: "JSON with an unknown escape", parts: [text, data("{\"text\":\"\\x\"}"), chatDone], part: 1, event: 2,
            code: "malformed-payload"),
        Defect(
            name: "JSON with a control character", parts: [text, data("{\"text\":\"\t\"}"), chatDone], part: 1,
            event: 2, code: "malformed-payload"),
        Defect(
            name: "two documents in one event", parts: [text, data("{\"text\":\"b\"}data: {}"), chatDone], part: 1,
            event: 2, code: "malformed-payload"),
        Defect(
            name: "a payload that is no object", parts: [text, data("[1]"), chatDone], part: 1, event: 2,
            code: "unexpected-payload"),
        Defect(
            name: "a blank line in NDJSON", parts: [ollamaAnswer[0], "\n", ollamaAnswer[1]], part: 1, event: 2,
            severity: "warning", code: "blank-line"),
        Defect(
            name: "NDJSON without its last line end", parts: [ollamaAnswer[0], String(ollamaAnswer[1].dropLast())],
            part: 1, event: 2, severity: "warning", code: "line-end-missing"),
        Defect(
            name: "a byte order mark before NDJSON", parts: ["\u{FEFF}" + ollamaAnswer[0], ollamaAnswer[1]], part: 0,
            event: 1, code: "byte-order-mark"),
        Defect(
            name: "a broken line of NDJSON", parts: [ollamaAnswer[0], "{\"a\":\n", ollamaAnswer[1]], part: 1, event: 2,
            code: "malformed-payload"),
        Defect(
            name: "a JSON array that is not closed", parts: ["[{\"candidates\":[{\"finishReason\":\"STOP\"}]}"],
            event: 1, code: "array-open"),
        Defect(name: "nothing", parts: [""], part: 0, event: 1, code: "empty"),
        Defect(name: "no stream", parts: [": hello\n\n"], part: 0, event: 1, code: "not-a-stream"),
        Defect(
            name: "a format that nobody knows", parts: ["{\"a\":1}\n"], part: 0, event: 1, severity: "warning",
            code: "unknown-format"),
    ]

    // MARK: Defects of the order

    private static func change(_ parts: [String], without index: Int) -> [String] {
        parts.enumerated().filter { $0.offset != index }.map(\.element)
    }

    private static func change(_ parts: [String], _ index: Int, _ part: String) -> [String] {
        parts.enumerated().map { $0.offset == index ? part : $0.element }
    }

    static let order: [Defect] = anthropic + openAI + others

    private static let anthropic: [Defect] = [
        Defect(
            name: "a delta of an index that never began",
            parts: change(claudeAnswer, 2, blockDelta.replacingOccurrences(of: "\"index\":0", with: "\"index\":1")),
            part: 2, event: 3, code: "out-of-order"),
        Defect(
            name: "a stop of an index that never began",
            parts: change(claudeAnswer, 3, blockStop + claude("content_block_stop", ",\"index\":4")), part: 3,
            inset: blockStop.utf8.count, event: 5, code: "out-of-order"),
        Defect(name: "message_start twice", parts: [start] + claudeAnswer, part: 1, event: 2, code: "out-of-order"),
        Defect(
            name: "a block that begins twice", parts: [start, blockStart] + claudeAnswer[1...], part: 2, event: 3,
            code: "out-of-order"),
        Defect(
            name: "a block that is open at message_delta",
            parts: [start, blockStart, blockDelta, messageDelta, blockStop, stop], part: 3, event: 4,
            severity: "warning", code: "out-of-order"),
        Defect(
            name: "no message_delta", parts: change(claudeAnswer, without: 4), part: 4, event: 5, severity: "warning",
            code: "out-of-order"),
        Defect(name: "no message_stop", parts: change(claudeAnswer, without: 5), event: 5, code: "terminal-missing"),
        Defect(
            name: "an event behind message_stop", parts: claudeAnswer + [claude("ping")], part: 6, event: 7,
            severity: "warning", code: "behind-terminal"),
        Defect(
            name: "a second answer behind message_stop", parts: claudeAnswer + claudeAnswer, part: 6, event: 7,
            severity: "warning", code: "behind-terminal"),
        Defect(
            name: "an event field that is not the type",
            parts: change(
                claudeAnswer, 2, blockDelta.replacingOccurrences(of: "event: content_block_delta", with: "event: delta")
            ), part: 2, event: 3, severity: "warning", code: "event-type-differs"),
    ]

    private static let openAI: [Defect] = [
        Defect(
            name: "no role in the first chunk", parts: change(chatAnswer, without: 0), part: 0, event: 1,
            severity: "warning", code: "out-of-order"),
        Defect(
            name: "text behind finish_reason", parts: [role, finish, chatText("a"), chatDone], part: 2, event: 3,
            severity: "warning", code: "out-of-order"),
        Defect(
            name: "finish_reason twice", parts: [role, finish, finish, chatDone], part: 2, event: 3,
            severity: "warning", code: "out-of-order"),
        Defect(
            name: "usage before finish_reason", parts: [role, usage, finish, chatDone], part: 1, event: 2,
            severity: "warning", code: "out-of-order"),
        Defect(
            name: "no [DONE]", parts: [role, chatText("a"), finish], event: 3, severity: "warning",
            code: "terminal-missing"),
        Defect(
            name: "no finish_reason and [DONE]", parts: [role, chatText("a"), chatDone], event: 3, severity: "warning",
            code: "terminal-missing"),
        Defect(
            name: "neither finish_reason nor [DONE]", parts: [role, chatText("a")], event: 2, code: "terminal-missing"),
        Defect(
            name: "a chunk behind [DONE]", parts: chatAnswer + [finish], part: 5, event: 6, severity: "warning",
            code: "behind-terminal"),
        Defect(
            name: "a second [DONE]", parts: chatAnswer + [chatDone], part: 5, event: 6, severity: "warning",
            code: "behind-terminal"),
        Defect(
            name: "a sequence_number that is missing", parts: change(responsesAnswer, 1, ": x\n"), part: 2, event: 2,
            code: "misnumbered"),
        Defect(
            name: "a delta of an item that never began",
            parts: change(
                responsesAnswer, 6, response("function_call_arguments.delta", 6, ",\"output_index\":3,\"delta\":\"{\"")
            ).dropLast() + [response("output_item.done", 7, item + message), response("completed", 8)], part: 6,
            event: 7,
            code: "out-of-order"),
        Defect(
            name: "a part that never began",
            parts: change(
                responsesAnswer, 4, response("output_text.delta", 4, item + ",\"content_index\":1,\"delta\":\"a\"")),
            part: 4, event: 5, severity: "warning", code: "out-of-order"),
        Defect(
            name: "response.completed with an open item",
            parts: Array(responsesAnswer[..<6]) + [response("completed", 6)], part: 6, event: 7, severity: "warning",
            code: "out-of-order"),
        Defect(
            name: "no response.completed", parts: Array(responsesAnswer.dropLast()), event: 7, code: "terminal-missing"),
        Defect(
            name: "an event behind response.completed", parts: responsesAnswer + [response("in_progress", 8)], part: 8,
            event: 9, severity: "warning", code: "behind-terminal"),
    ]

    private static let others: [Defect] = [
        Defect(
            name: "Cohere's text before stream-start", parts: change(oldCohereAnswer, without: 0), part: 0, event: 1,
            severity: "warning", code: "out-of-order"),
        Defect(
            name: "Cohere's first version without stream-end", parts: Array(oldCohereAnswer.dropLast()), event: 2,
            code: "terminal-missing"),
        Defect(name: "TGI without generated_text", parts: [tgiAnswer[0]], event: 1, code: "terminal-missing"),
        Defect(
            name: "TGI that goes on", parts: tgiAnswer + [tgiAnswer[0]], part: 2, event: 3, severity: "warning",
            code: "behind-terminal"),
        Defect(
            name: "a step that never began", parts: change(change(interaction, without: 3), without: 1), part: 1,
            event: 2, code: "out-of-order"),
        Defect(
            name: "no interaction.completed", parts: Array(interaction.dropLast()), event: 4, code: "terminal-missing"),
        Defect(name: "Ollama without done", parts: [ollamaAnswer[0]], event: 1, code: "terminal-missing"),
        Defect(
            name: "Ollama that goes on behind done", parts: ollamaAnswer + [ollamaAnswer[0]], part: 2, event: 3,
            code: "behind-terminal"),
        Defect(
            name: "Cohere's delta of an index that never began",
            parts: change(
                cohereAnswer, 2, cohereAnswer[2].replacingOccurrences(of: "\"index\":0", with: "\"index\":2")), part: 2,
            event: 3, code: "out-of-order"),
        Defect(
            name: "Cohere without message-end", parts: Array(cohereAnswer.dropLast()), event: 4,
            code: "terminal-missing"),
        Defect(name: "Gemini without finishReason", parts: [geminiAnswer[0]], event: 1, code: "terminal-missing"),
        Defect(
            name: "Gemini's text behind finishReason", parts: geminiAnswer + [geminiAnswer[0]], part: 2, event: 3,
            severity: "warning", code: "out-of-order"),
        Defect(
            name: "a chunk_index that is missing", parts: [chunkedAnswer[0], chunkedAnswer[2]], part: 1, event: 2,
            code: "misnumbered"),
        Defect(
            name: "a chunk_index that comes twice",
            parts: [
                chunkedAnswer[0], chunkedAnswer[0].replacingOccurrences(of: "\"a\"", with: "\"b\""),
                data("{\"delta\":\"\",\"done\":true,\"chunk_index\":1}"),
            ], part: 1, event: 2, code: "misnumbered"),
        Defect(name: "text-field without [DONE]", parts: [text, text], event: 2, code: "terminal-missing"),
    ]
}
