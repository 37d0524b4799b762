import CBaselines
import Foundation

/// The pieces of a document that JSONSerialization has read.
enum JSONPieces {
    static func read(_ document: [String: Any], _ format: baseline_format, _ answer: inout baseline_answer) {
        switch format {
        case BASELINE_OPENAI_CHAT:
            guard let delta = choice(document)?["delta"] as? [String: Any] else { return }
            answer.add(delta["content"] as? String)
            answer.add((delta["reasoning_content"] ?? delta["reasoning"]) as? String)
            for call in delta["tool_calls"] as? [[String: Any]] ?? [] {
                answer.add((call["function"] as? [String: Any])?["arguments"] as? String)
            }
        case BASELINE_OPENAI_COMPLETIONS: answer.add(choice(document)?["text"] as? String)
        case BASELINE_OPENAI_RESPONSES:
            if DecodedPieces.responseTypes.contains(document["type"] as? String ?? "") {
                answer.add(document["delta"] as? String)
            }
        case BASELINE_ANTHROPIC_MESSAGES:
            let part = document["delta"] ?? document["content_block"]
            guard document["type"] as? String != "message_delta", let part = part as? [String: Any] else { return }
            answer.add(part["text"] as? String)
            answer.add(part["thinking"] as? String)
            answer.add(part["partial_json"] as? String)
        case BASELINE_GEMINI_GENERATE:
            let candidate = (document["candidates"] as? [[String: Any]])?.first
            let content = candidate?["content"] as? [String: Any]
            for part in content?["parts"] as? [[String: Any]] ?? [] { answer.add(part["text"] as? String) }
        case BASELINE_DELTA_DONE: answer.add(document["delta"] as? String)
        case BASELINE_TEXT_FIELD: answer.add(document["text"] as? String)
        case BASELINE_OLLAMA_GENERATE:
            answer.add(document["response"] as? String)
            answer.add(document["thinking"] as? String)
        case BASELINE_OLLAMA_CHAT:
            let message = document["message"] as? [String: Any]
            answer.add(message?["content"] as? String)
            answer.add(message?["thinking"] as? String)
        default: break
        }
    }

    private static func choice(_ document: [String: Any]) -> [String: Any]? {
        (document["choices"] as? [[String: Any]])?.first
    }
}

/// The pieces of a document that JSONDecoder has read into the types that people declare for it.
enum DecodedPieces {
    static let responseTypes: Set<String> = [
        "response.output_text.delta", "response.reasoning_summary_text.delta", "response.reasoning_text.delta",
        "response.function_call_arguments.delta",
    ]

    static func read(
        _ data: Data, _ decoder: JSONDecoder, _ format: baseline_format, _ answer: inout baseline_answer
    ) throws {
        switch format {
        case BASELINE_OPENAI_CHAT:
            guard let delta = try decoder.decode(Chat.self, from: data).choices?.first?.delta else { return }
            answer.add(delta.content)
            answer.add(delta.reasoningContent ?? delta.reasoning)
            for call in delta.toolCalls ?? [] { answer.add(call.function?.arguments) }
        case BASELINE_OPENAI_COMPLETIONS:
            answer.add(try decoder.decode(Completion.self, from: data).choices?.first?.text)
        case BASELINE_OPENAI_RESPONSES:
            let event = try decoder.decode(Event.self, from: data)
            if responseTypes.contains(event.type) { answer.add(try decoder.decode(TextDelta.self, from: data).delta) }
        case BASELINE_ANTHROPIC_MESSAGES:
            let event = try decoder.decode(Block.self, from: data)
            guard event.type != "message_delta", let part = event.delta ?? event.contentBlock else { return }
            answer.add(part.text)
            answer.add(part.thinking)
            answer.add(part.partialJSON)
        case BASELINE_GEMINI_GENERATE:
            for part in try decoder.decode(Gemini.self, from: data).candidates?.first?.content?.parts ?? [] {
                answer.add(part.text)
            }
        case BASELINE_DELTA_DONE: answer.add(try decoder.decode(TextDelta.self, from: data).delta)
        case BASELINE_TEXT_FIELD: answer.add(try decoder.decode(TextField.self, from: data).text)
        case BASELINE_OLLAMA_GENERATE:
            let line = try decoder.decode(Generate.self, from: data)
            answer.add(line.response)
            answer.add(line.thinking)
        case BASELINE_OLLAMA_CHAT:
            let line = try decoder.decode(OllamaChat.self, from: data)
            answer.add(line.message?.content)
            answer.add(line.message?.thinking)
        default: break
        }
    }

    private struct Chat: Decodable {
        struct Choice: Decodable { var delta: Delta? }
        struct Delta: Decodable {
            var content: String?
            var reasoningContent: String?
            var reasoning: String?
            var toolCalls: [Call]?

            enum CodingKeys: String, CodingKey {
                case content, reasoning
                case reasoningContent = "reasoning_content"
                case toolCalls = "tool_calls"
            }
        }
        struct Call: Decodable { var function: Function? }
        struct Function: Decodable { var arguments: String? }
        var choices: [Choice]?
    }

    private struct Completion: Decodable {
        struct Choice: Decodable { var text: String? }
        var choices: [Choice]?
    }

    private struct Event: Decodable { var type: String }
    private struct TextDelta: Decodable { var delta: String? }
    private struct TextField: Decodable { var text: String? }

    private struct Block: Decodable {
        struct Part: Decodable {
            var text: String?
            var thinking: String?
            var partialJSON: String?

            enum CodingKeys: String, CodingKey {
                case text, thinking
                case partialJSON = "partial_json"
            }
        }
        var type: String
        var delta: Part?
        var contentBlock: Part?

        enum CodingKeys: String, CodingKey {
            case type, delta
            case contentBlock = "content_block"
        }
    }

    private struct Gemini: Decodable {
        struct Candidate: Decodable { var content: Content? }
        struct Content: Decodable { var parts: [Part]? }
        struct Part: Decodable { var text: String? }
        var candidates: [Candidate]?
    }

    private struct Generate: Decodable {
        var response: String?
        var thinking: String?
    }

    private struct OllamaChat: Decodable {
        struct Message: Decodable {
            var content: String?
            var thinking: String?
        }
        var message: Message?
    }
}
