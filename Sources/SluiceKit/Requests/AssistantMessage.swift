public import Sluice

/// The assistant's message as the next request has to contain it: thinking with its signatures, ids, and calls as they came.
///
/// It is made of the payloads of the stream, so the stream has to be read with the kind `payload`:
///
/// ```swift
/// let deltas = chunks.deltas(format: .openAIChat, kinds: [.answer, .payload])
/// var message = AssistantMessage(formatName: "openai-chat")!
/// for try await delta in deltas {
///     try message.add(delta)
///     if delta.kind == .text { show(delta.text) }
/// }
/// assert(message.elements == [#"{"role":"assistant","content":"Hello, wörld"}"#])
/// ```
///
/// What an answer has and a request must not have is left out: usage, finish reasons, null, annotations, empty texts, thinking
/// without a signature. In the format `openai-chat`, reasoning goes back in messages with tool calls only, and signed
/// `reasoning_details` always. Of several choices the first counts.
///
/// An answer that was cut may have calls without all of their arguments. Do not send it back: add its text alone with
/// ``Conversation/add(assistant:)``.
///
/// The memory is bounded as that of ``NativeMessage``.
public struct AssistantMessage: Sendable {
    private var message: NativeMessage
    private let form: RequestForm

    /// The names of the wire formats whose messages can be sent back: `openai-chat`, `openai-responses`, `anthropic-messages`,
    /// `gemini-generate` and `ollama-chat`.
    public static var formatNames: [String] { RequestForm.allCases.map(\.rawValue) }

    /// Creates an empty message; nil if the format is none of ``formatNames``.
    ///
    /// - Parameters:
    ///   - formatName: the name of a built-in wire format, as `WireFormat.name`.
    ///   - limits: bounds as those of ``NativeMessage``.
    public init?(formatName: String, limits: Limits = Limits()) {
        guard let form = RequestForm(rawValue: formatName) else { return nil }
        guard let message = NativeMessage(formatName: formatName, limits: limits) else { return nil }
        (self.form, self.message) = (form, message)
    }

    /// Adds a delta of kind `payload`; ignores all others.
    ///
    /// - Throws: as ``NativeMessage/add(_:)-(Span<UInt8>)``. The message is unchanged then.
    public mutating func add(_ delta: OwnedDelta) throws(SluiceError) {
        if delta.kind == .payload { try message.add(delta.text) }
    }

    /// As ``add(_:)-(OwnedDelta)``.
    public mutating func add(_ delta: borrowing Delta) throws(SluiceError) {
        if delta.kind == .payload { try message.add(delta.text.span) }
    }

    /// What the message is in the next request: JSON texts, the elements of its `messages`, `input` or `contents`. One message,
    /// or the items of a response; empty if there is nothing to send back.
    ///
    /// - Complexity: linear in the size of the answer. Nothing is kept.
    public var elements: [String] { values.map(\.json) }

    private var values: [JSONValue] {
        guard let answer = JSONValue(json: String(decoding: message.json(), as: UTF8.self)) else { return [] }
        return form.elements(of: answer)
    }
}
