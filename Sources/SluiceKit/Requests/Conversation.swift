/// The messages of the next request: a list to which questions, answers and the results of tools are added.
///
/// ```swift
/// var conversation = Conversation(formatName: "openai-chat")!
/// conversation.add(user: "How is the weather in Oslo?")
/// while true {
///     let deltas = chunks.deltas(format: .openAIChat, kinds: [.answer, .payload])  // of the request with conversation.json
///     var message = AssistantMessage(formatName: "openai-chat")!
///     var results: [ToolResult] = []
///     for try await event in deltas.toolCalls() {
///         switch event {
///         case .delta(let delta): try message.add(delta)
///         case .completed(let call) where call.isForClient: results.append(ToolResult(of: call, "7 °C"))
///         default: break
///         }
///     }
///     conversation.add(message)
///     conversation.add(results)
///     if results.isEmpty { break }
/// }
/// assert(conversation.elements.count == 2)
/// ```
///
/// | format | the list is | a result is |
/// |---|---|---|
/// | `openai-chat` | `messages` | a message of role `tool` |
/// | `openai-responses` | `input` | an item `function_call_output`, or `custom_tool_call_output` |
/// | `anthropic-messages` | `messages` | a block `tool_result` in one message for all results |
/// | `gemini-generate` | `contents` | a part `functionResponse` in one content for all results |
/// | `ollama-chat` | `messages` | a message of role `tool` |
///
/// All else of a request (model, system prompt, tools) is yours.
public struct Conversation: Sendable {
    private let form: RequestForm
    /// The elements of the list, each a JSON text.
    public private(set) var elements: [String] = []

    /// Creates an empty list; nil if the format is none of ``AssistantMessage/formatNames``.
    public init?(formatName: String) {
        guard let form = RequestForm(rawValue: formatName) else { return nil }
        self.form = form
    }

    /// The list as JSON text.
    /// - Complexity: linear in its size.
    public var json: String { "[" + elements.joined(separator: ",") + "]" }

    /// Adds what the user says.
    public mutating func add(user text: String) { elements.append(form.text(text, isAnswer: false).json) }

    /// Adds an answer that is its text alone, such as one that was interrupted; nothing if the text is empty.
    public mutating func add(assistant text: String) {
        if !text.isEmpty { elements.append(form.text(text, isAnswer: true).json) }
    }

    /// Adds an answer. Its calls for the client need results before the next request.
    public mutating func add(_ answer: AssistantMessage) { elements += answer.elements }

    /// Adds the results of the calls of the last answer, all of them at once and in their order.
    ///
    /// Calls of OpenAI's Responses for a shell, a patch or a computer have results of other forms: add those with
    /// ``add(json:)``.
    public mutating func add(_ results: [ToolResult]) { elements += form.elements(of: results).map(\.json) }

    /// Adds an element as it is, such as a system message, or one with an image.
    ///
    /// - Precondition: it is one JSON value. It is not checked.
    public mutating func add(json element: String) { elements.append(element) }

    /// Removes all elements.
    public mutating func removeAll() { elements = [] }

    /// Removes the last element, such as a question whose answer has failed.
    public mutating func removeLast() { elements.removeLast() }
}
