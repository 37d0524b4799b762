import ArgumentParser
import AsyncHTTPClient
import Foundation
import NIOCore
import Sluice
import SluiceKit
import SluiceNIO

/// The APIs that the programs speak. Many servers speak the first: vLLM, llama.cpp, LM Studio, OpenRouter and others.
public enum API: String, ExpressibleByArgument, CaseIterable, Sendable {
    case chat, responses, anthropic, gemini, ollama

    var format: WireFormat {
        switch self {
        case .chat: .openAIChat
        case .responses: .openAIResponses
        case .anthropic: .anthropicMessages
        case .gemini: .geminiGenerate
        case .ollama: .ollamaChat
        }
    }

    var server: String {
        switch self {
        case .chat, .responses: "https://api.openai.com"
        case .anthropic: "https://api.anthropic.com"
        case .gemini: "https://generativelanguage.googleapis.com"
        case .ollama: "http://127.0.0.1:11434"
        }
    }

    /// The environment variable that has the key.
    var keyName: String {
        switch self {
        case .chat, .responses: "OPENAI_API_KEY"
        case .anthropic: "ANTHROPIC_API_KEY"
        case .gemini: "GEMINI_API_KEY"
        case .ollama: "OLLAMA_API_KEY"
        }
    }
}

/// A tool as the model sees it.
public struct ToolDescription: Sendable {
    /// The name by which the model calls it.
    public var name: String
    /// What it does, for the model.
    public var description: String
    /// The JSON schema of its arguments.
    public var schema: String

    /// Creates a description.
    public init(name: String, description: String, schema: String) {
        (self.name, self.description, self.schema) = (name, description, schema)
    }
}

/// The server that a program asks, and how.
public struct Provider: ParsableArguments, Sendable {
    /// The API that the server speaks.
    @Option(help: "The API that the server speaks: \(API.allCases.map(\.rawValue).joined(separator: ", ")).")
    public var api = API.chat

    /// The server's address, without a path.
    @Option(help: "The server's address, without a path; by default the API's own.")
    public var url: String?

    /// The model.
    @Option(help: "The model.")
    public var model: String

    /// Creates a provider without options, to be parsed.
    public init() {}

    /// An empty conversation in the API's form.
    public func conversation() -> Conversation { Conversation(formatName: api.format.name)! }
    /// An empty answer in the API's form.
    public func message() -> AssistantMessage { AssistantMessage(formatName: api.format.name)! }

    /// Asks for the answer to a conversation. By default the deltas have the payloads, of which `message()` is made.
    ///
    /// Cancelling the task, or leaving the loop over the deltas, closes the connection.
    public func answer(
        to conversation: Conversation, system: String? = nil, tools: [ToolDescription] = [],
        kinds: DeltaKinds = [.answer, .payload]
    ) async throws -> DeltaSequence {
        let request = request(conversation, system: system, tools: tools)
        // For the whole answer: the timeouts of the deltas notice a server that is silent.
        let response = try await HTTPClient.shared.execute(request, timeout: .hours(1))
        return response.deltas(format: api.format, kinds: kinds)
    }

    private func request(_ conversation: Conversation, system: String?, tools: [ToolDescription]) -> HTTPClientRequest {
        var request = HTTPClientRequest(url: (url ?? api.server) + path)
        request.method = .POST
        request.headers.add(name: "content-type", value: "application/json")
        if let key = ProcessInfo.processInfo.environment[api.keyName] {
            switch api {
            case .anthropic: request.headers.add(name: "x-api-key", value: key)
            case .gemini: request.headers.add(name: "x-goog-api-key", value: key)
            case .chat, .responses, .ollama: request.headers.add(name: "authorization", value: "Bearer \(key)")
            }
        }
        if api == .anthropic { request.headers.add(name: "anthropic-version", value: "2023-06-01") }
        request.body = .bytes(ByteBuffer(string: body(conversation, system, tools)))
        return request
    }

    private var path: String {
        switch api {
        case .chat: "/v1/chat/completions"
        case .responses: "/v1/responses"
        case .anthropic: "/v1/messages"
        case .gemini: "/v1beta/models/\(model):streamGenerateContent?alt=sse"
        case .ollama: "/api/chat"
        }
    }

    /// The request's JSON: the conversation is its list of messages, and the rest are a few members.
    private func body(_ conversation: Conversation, _ system: String?, _ tools: [ToolDescription]) -> String {
        var members: [(name: String, json: String)] = []
        if api != .gemini { members += [("model", quoted(model)), ("stream", "true")] }
        switch api {
        case .chat, .ollama:
            let first = system.map { #"{"role":"system","content":\#(quoted($0))}"# }
            members.append(("messages", list([first].compactMap(\.self) + conversation.elements)))
        case .responses:
            members.append(("input", conversation.json))
            // Nothing is stored there: the reasoning comes back with the next request, encrypted.
            members += [("store", "false"), ("include", #"["reasoning.encrypted_content"]"#)]
            if let system { members.append(("instructions", quoted(system))) }
        case .anthropic:
            members += [("messages", conversation.json), ("max_tokens", "8192")]
            if let system { members.append(("system", quoted(system))) }
        case .gemini:
            members.append(("contents", conversation.json))
            if let system { members.append(("systemInstruction", #"{"parts":[{"text":\#(quoted(system))}]}"#)) }
        }
        if !tools.isEmpty { members.append(("tools", list(tools.map(described)))) }
        return "{" + members.map { "\(quoted($0.name)):\($0.json)" }.joined(separator: ",") + "}"
    }

    private func described(_ tool: ToolDescription) -> String {
        let head = #""name":\#(quoted(tool.name)),"description":\#(quoted(tool.description))"#
        return switch api {
        case .chat, .ollama: #"{"type":"function","function":{\#(head),"parameters":\#(tool.schema)}}"#
        case .responses: #"{"type":"function",\#(head),"parameters":\#(tool.schema)}"#
        case .anthropic: #"{\#(head),"input_schema":\#(tool.schema)}"#
        case .gemini: #"{"functionDeclarations":[{\#(head),"parameters":\#(tool.schema)}]}"#
        }
    }

    private func quoted(_ text: String) -> String { JSONValue.string(text).json }
    private func list(_ elements: [String]) -> String { "[" + elements.joined(separator: ",") + "]" }
}
