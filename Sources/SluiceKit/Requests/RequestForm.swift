internal import Sluice

// What the next request has to contain of an answer. An answer has more than a request may have: the differences are those
// between the types of answers and of requests in the official clients of OpenAI, Anthropic and Google, and in Ollama's
// documentation.

/// How the requests of a provider's API have their messages.
enum RequestForm: String, CaseIterable, Sendable {
    case chat = "openai-chat"
    case responses = "openai-responses"
    case messages = "anthropic-messages"
    case gemini = "gemini-generate"
    case ollama = "ollama-chat"

    /// The elements of the request that an answer becomes: one message, or the items of a response. Empty if the answer has
    /// nothing to send back.
    func elements(of answer: JSONValue) -> [JSONValue] {
        switch self {
        case .chat: Self.chatMessage(answer).map { [$0] } ?? []
        case .responses:
            // `created_by` is for readers only, and null is not what a request has for nothing.
            (answer["output"] ?? .null).elements.filter(\.isObject).map { $0.without(["created_by"]) }
        case .messages: Self.anthropicMessage(answer).map { [$0] } ?? []
        case .gemini: Self.geminiContent(answer).map { [$0] } ?? []
        case .ollama:
            (answer["message"]?.isObject == true ? answer["message"] : nil).map {
                [$0.without([]).with("role", ifMissing: .string("assistant"))]
            } ?? []
        }
    }

    // MARK: Answers

    private static let chatOnlyInAnswers = [
        "annotations", "executed_tools", "citations", "channel", "token_id", "images",
    ]

    /// The message of the first choice.
    private static func chatMessage(_ answer: JSONValue) -> JSONValue? {
        let choices = (answer["choices"] ?? .null).elements
        let first = choices.first { $0["index"] == .number("0") } ?? choices.first
        guard let message = first?["message"], message.isObject else { return nil }
        let calls = (message["tool_calls"] ?? .null).elements
        // Reasoning goes back while tools run, as its providers want it; signed details always.
        let reasoning = calls.isEmpty ? ["reasoning", "reasoning_content", "tool_calls"] : []
        return message.without(chatOnlyInAnswers + reasoning + ["role"])
            .with("content", ifMissing: calls.isEmpty ? .string("") : .null)
            .with("role", ifMissing: message["role"] ?? .string("assistant"))
            .changing("audio") { $0["id"].map { .object([.init(key: "id", value: $0)]) } ?? .null }
            .changing("tool_calls") { .array($0.elements.map(chatCall)) }
    }

    private static func chatCall(_ call: JSONValue) -> JSONValue {
        let isFunction = call["function"] != nil
        return call.without([]).with("type", ifMissing: .string(isFunction ? "function" : "custom"))
            .changing("function") { function in
                function.with("arguments", ifMissing: .string("{}"))
                    .changing("arguments") { $0.stringValue?.isEmpty == true ? .string("{}") : $0 }
            }
    }

    private static func anthropicMessage(_ answer: JSONValue) -> JSONValue? {
        let blocks = (answer["content"] ?? .null).elements.filter(\.isObject).filter { block in
            switch block["type"]?.stringValue {
            case "text": block["text"]?.stringValue?.isEmpty == false
            // Thinking that was cut has no signature, and is refused.
            case "thinking": block["signature"]?.stringValue?.isEmpty == false
            default: true
            }
        }
        guard !blocks.isEmpty else { return nil }
        let sent = blocks.map { block in
            block.without([]).changing("citations") { .array($0.elements.map { $0.changedCitation }) }
        }
        return message(role: answer["role"]?.stringValue ?? "assistant", "content", .array(sent))
    }

    private static func geminiContent(_ answer: JSONValue) -> JSONValue? {
        let candidates = (answer["candidates"] ?? .null).elements
        let first = candidates.first { $0["index"] == .number("0") } ?? candidates.first
        guard let content = first?["content"] else { return nil }
        // The last event often has an empty text; with a signature it says something.
        let parts = (content["parts"] ?? .null).elements.filter { $0.isObject && $0.members != emptyText }
        guard !parts.isEmpty else { return nil }
        return message(role: content["role"]?.stringValue ?? "model", "parts", .array(parts))
    }

    private static let emptyText = [JSONValue.Member(key: "text", value: .string(""))]

    // MARK: Messages

    static func message(role: String, _ key: String, _ content: JSONValue) -> JSONValue {
        object([("role", .string(role)), (key, content)])
    }

    static func object(_ members: [(String, JSONValue)]) -> JSONValue {
        .object(members.map { JSONValue.Member(key: $0.0, value: $0.1) })
    }

    /// A message that is text.
    func text(_ text: String, isAnswer: Bool) -> JSONValue {
        switch self {
        case .chat, .responses, .messages, .ollama:
            Self.message(role: isAnswer ? "assistant" : "user", "content", .string(text))
        case .gemini:
            Self.message(
                role: isAnswer ? "model" : "user", "parts", .array([Self.object([("text", .string(text))])]))
        }
    }

    // MARK: Results

    /// The elements that bring back the results of an answer's calls: a message each, or one for all.
    func elements(of results: [ToolResult]) -> [JSONValue] {
        guard !results.isEmpty else { return [] }
        switch self {
        case .chat:
            return results.map {
                Self.object([
                    ("role", .string("tool")), ("tool_call_id", .string($0.callID)), ("content", .string($0.output)),
                ])
            }
        case .responses:
            return results.map {
                Self.object([
                    ("type", .string($0.origin == .custom ? "custom_tool_call_output" : "function_call_output")),
                    ("call_id", .string($0.callID)), ("output", .string($0.output)),
                ])
            }
        case .messages: return [Self.message(role: "user", "content", .array(results.map(\.anthropicBlock)))]
        case .gemini: return [Self.message(role: "user", "parts", .array(results.map(\.geminiPart)))]
        case .ollama:
            return results.map {
                Self.object([
                    ("role", .string("tool")), ("tool_name", .string($0.name)), ("content", .string($0.output)),
                ])
            }
        }
    }
}

extension JSONValue {
    /// A citation as requests have it: a file's id is in answers only, and a title may be null.
    fileprivate var changedCitation: JSONValue {
        guard isObject else { return self }
        return .object(members.filter { $0.key != "file_id" })
    }
}

extension ToolResult {
    fileprivate var anthropicBlock: JSONValue {
        let block: [(String, JSONValue)] = [
            ("type", .string("tool_result")), ("tool_use_id", .string(callID)), ("content", .string(output)),
        ]
        return RequestForm.object(block + (isError ? [("is_error", .bool(true))] : []))
    }

    /// Gemini takes an object: the output itself if it is one, or else `output` or `error` with it.
    fileprivate var geminiPart: JSONValue {
        let value = JSONValue(json: output) ?? .string(output)
        let response = value.isObject && !isError ? value : RequestForm.object([(isError ? "error" : "output", value)])
        let id: [(String, JSONValue)] = callID.isEmpty ? [] : [("id", .string(callID))]
        return RequestForm.object([
            ("functionResponse", RequestForm.object(id + [("name", .string(name)), ("response", response)]))
        ])
    }
}
