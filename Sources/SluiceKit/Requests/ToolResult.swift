public import Sluice

/// What a tool call came to, to be sent back in the next request by ``Conversation/add(_:)-([ToolResult])``.
///
/// ```swift
/// let deltas = chunks.deltas(format: .openAIChat)
/// var results: [ToolResult] = []
/// for try await event in deltas.toolCalls() {
///     guard case .completed(let call) = event, call.isForClient else { continue }
///     results.append(ToolResult(of: call, #"{"degrees":7}"#))
/// }
/// ```
public struct ToolResult: Sendable, Hashable {
    /// The id of the call; empty if the stream has none.
    public var callID: String
    /// The name of the function.
    public var name: String
    /// Who was to run the call.
    public var origin: ToolOrigin
    /// The output: text, or JSON. Gemini gets a JSON object as it is, and everything else in one.
    public var output: String
    /// Whether the call has failed. Anthropic and Gemini say so to the model; for the others, say it in the output.
    public var isError: Bool

    /// Creates the result of a call.
    public init(of call: ToolArguments.Call, _ output: String, isError: Bool = false) {
        callID = call.id
        name = call.name
        origin = call.origin
        self.output = output
        self.isError = isError
    }
}
