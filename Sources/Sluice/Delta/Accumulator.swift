/// Collects deltas into what the answer would have been without streaming.
///
/// ```swift
/// var parser = try StreamParser(format: .openAIChat)
/// var answer = Accumulator()
/// let chunk: [UInt8] = Array("data: {\"choices\":[{\"delta\":{\"content\":\"Hi\"}}]}\n\ndata: [DONE]\n\n".utf8)
/// try parser.parse(chunk.span) { answer.add($0) }
/// try parser.finish { answer.add($0) }
/// assert(answer.choices[0]?.text == "Hi")
/// ```
///
/// Pieces are joined in order of arrival with nothing between them. A tool call whose number comes again with another id
/// is a new call. Usage is what was told last. Arguments that come as a whole JSON object are put into canonical form:
/// sorted keys, no white space.
public struct Accumulator: Sendable, Hashable {
    /// One of n parallel completions.
    public struct Choice: Sendable, Hashable {
        fileprivate var textBytes: [UInt8] = []
        fileprivate var reasoningBytes: [UInt8] = []
        fileprivate var toolPlanBytes: [UInt8] = []
        fileprivate var refusalBytes: [UInt8] = []

        /// The answer's text so far.
        public var text: String { String(decoding: textBytes, as: UTF8.self) }
        /// The reasoning so far.
        public var reasoning: String { String(decoding: reasoningBytes, as: UTF8.self) }
        /// The plan for tool calls so far, where the provider tells it apart from reasoning.
        public var toolPlan: String { String(decoding: toolPlanBytes, as: UTF8.self) }
        /// The refusal so far.
        public var refusal: String { String(decoding: refusalBytes, as: UTF8.self) }
        /// Tool calls, in order of arrival.
        public var toolCalls: [ToolCall] = []
        /// Why the choice ended, once it has.
        public var finishReason: String?
    }

    /// One tool call.
    public struct ToolCall: Sendable, Hashable {
        /// The number that the stream gives it; nil where the stream does not number calls.
        public var index: Int?
        /// Its id, nil where the stream gives none.
        public var id: String?
        /// Its name, nil where the stream gives none.
        public var name: String?
        fileprivate var argumentBytes: [UInt8] = []
        fileprivate var number: Int

        /// The arguments so far.
        public var arguments: String { String(decoding: argumentBytes, as: UTF8.self) }
    }

    /// Token counts.
    public struct Usage: Sendable, Hashable {
        /// Tokens of the request.
        public var input: Int?
        /// Tokens of the answer.
        public var output: Int?

        /// Counts as far as they are known.
        public init(input: Int?, output: Int?) {
            self.input = input
            self.output = output
        }
    }

    /// An error that the stream carried.
    public struct StreamError: Sendable, Hashable {
        /// Its type or code, empty where there is none.
        public var type: String
        /// Its message.
        public var message: String
    }

    /// The choices that anything was said of, by number.
    public private(set) var choices: [Int: Choice] = [:]
    /// The token counts told last, nil when none were.
    public private(set) var usage: Usage?
    /// The last error that the stream carried.
    public private(set) var error: StreamError?
    /// Events that could not be read.
    public private(set) var problems: [SluiceError] = []

    /// Nothing collected yet.
    public init() {}

    /// Takes one delta in; copies its bytes.
    public mutating func add(_ delta: borrowing Delta) {
        switch delta.kind {
        case .text: append(delta.bytes, to: \.textBytes, of: delta.choice)
        case .reasoning:
            append(delta.bytes, to: delta.isToolPlan ? \.toolPlanBytes : \.reasoningBytes, of: delta.choice)
        case .refusal: append(delta.bytes, to: \.refusalBytes, of: delta.choice)
        case .finish: choices[delta.choice, default: Choice()].finishReason = delta.string
        case .toolCall: beginTool(delta)
        case .toolArguments: appendArguments(delta)
        case .usage:
            let known = delta.isWhole ? nil : usage
            usage = Usage(input: delta.inputTokens ?? known?.input, output: delta.outputTokens ?? known?.output)
        case .error: error = StreamError(type: String(copying: delta.errorType), message: delta.string)
        case .malformed: if let problem = delta.problem { problems.append(problem) }
        }
    }

    private mutating func append(_ bytes: RawSpan, to part: WritableKeyPath<Choice, [UInt8]>, of choice: Int) {
        Window(lending: bytes).append(to: &choices[choice, default: Choice()][keyPath: part])
    }

    private mutating func beginTool(_ delta: borrowing Delta) {
        let id = String(copying: delta.toolID)
        let name = String(copying: delta.toolName)
        var choice = choices[delta.choice] ?? Choice()
        defer { choices[delta.choice] = choice }
        if let known = choice.toolCalls.lastIndex(where: { $0.number == delta.tool }) {
            let call = choice.toolCalls[known]
            if id.isEmpty || call.id == nil || call.id == id {
                if call.id == nil && !id.isEmpty { choice.toolCalls[known].id = id }
                if call.name == nil && !name.isEmpty { choice.toolCalls[known].name = name }
                return
            }
        }
        choice.toolCalls.append(
            ToolCall(
                index: delta.isToolCounted ? nil : delta.tool, id: id.isEmpty ? nil : id,
                name: name.isEmpty ? nil : name, number: delta.tool))
    }

    private mutating func appendArguments(_ delta: borrowing Delta) {
        var choice = choices[delta.choice] ?? Choice()
        choices[delta.choice] = nil
        defer { choices[delta.choice] = choice }
        let known = choice.toolCalls.lastIndex { $0.number == delta.tool }
        let index = known ?? choice.toolCalls.count
        if known == nil {
            choice.toolCalls.append(ToolCall(index: delta.isToolCounted ? nil : delta.tool, number: delta.tool))
        }
        let window = Window(lending: delta.bytes)
        if delta.isWhole, let form = CanonicalJSON.form(of: window.copy()) {
            choice.toolCalls[index].argumentBytes.append(contentsOf: form)
        } else {
            window.append(to: &choice.toolCalls[index].argumentBytes)
        }
    }
}
