public import Sluice

/// Re-chunks the text of a stream's deltas by words; everything else goes through in its place.
///
/// ```swift
/// var words = DeltaWords()
/// var shown: [String] = []
/// var parser = try StreamParser(format: .textField)
/// let chunk: [UInt8] = Array("data: {\"text\":\"Hel\"}\n\ndata: {\"text\":\"lo you\"}\n\n".utf8)
/// try parser.parse(chunk.span) { delta in
///     shown += words.append(OwnedDelta(copying: delta)).map(\.text)
/// }
/// shown += words.flush().map(\.text)
/// assert(shown == ["Hello ", "you"])
/// ```
///
/// Texts, reasoning and refusals of each choice have a ``WordBuffer`` of their own. Whatever else a choice says comes behind
/// its text: what is held back of that choice is handed on before. A delta of words tells the offset of the event that
/// completed it.
public struct DeltaWords: Sendable {
    private struct Text: Hashable {
        var choice: Int
        var kind: DeltaKind
        var isToolPlan: Bool
    }

    private let maxPendingBytes: Int
    private var order: [Text] = []
    private var buffers: [Text: (buffer: WordBuffer, last: OwnedDelta)] = [:]

    /// Nothing held back.
    ///
    /// - Parameter maxPendingBytes: Bytes of each text that are held back at most.
    public init(maxPendingBytes: Int = 256) {
        self.maxPendingBytes = maxPendingBytes
    }

    /// Nothing is held back.
    public var isEmpty: Bool { order.isEmpty }

    /// Bytes of text that are held back.
    var heldBytes: Int { buffers.values.reduce(0) { $0 + $1.buffer.pending.utf8.count + $1.last.text.utf8.count } }

    /// Takes the next delta.
    ///
    /// - Returns: what may be shown now, in order.
    public mutating func append(_ delta: OwnedDelta) -> [OwnedDelta] {
        switch delta.kind {
        case .text, .reasoning, .refusal: return appendText(delta)
        case .toolCall, .toolArguments, .finish: return flush { $0.choice == delta.choice } + [delta]
        case .usage, .partial, .error, .malformed: return flush() + [delta]
        }
    }

    /// What is held back: at the end of the stream, or when it has been held back for long enough.
    public mutating func flush() -> [OwnedDelta] { flush { _ in true } }

    private mutating func appendText(_ delta: OwnedDelta) -> [OwnedDelta] {
        let text = Text(choice: delta.choice, kind: delta.kind, isToolPlan: delta.isToolPlan)
        // Another text of the choice has begun: the one before it is shown first.
        var shown = flush { $0.choice == delta.choice && $0 != text }
        var held = buffers[text] ?? (WordBuffer(maxPendingBytes: maxPendingBytes), delta)
        // Without its text, which the buffer has: a text may be as long as an event.
        held.last = delta
        held.last.text = ""
        if let words = held.buffer.append(delta.text) {
            var whole = delta
            whole.text = words
            shown.append(whole)
        }
        if held.buffer.pending.isEmpty {
            forget(text)
        } else {
            if buffers[text] == nil { order.append(text) }
            buffers[text] = held
        }
        return shown
    }

    private mutating func flush(_ isWanted: (Text) -> Bool) -> [OwnedDelta] {
        var shown: [OwnedDelta] = []
        for text in order where isWanted(text) {
            guard let held = buffers[text] else { continue }
            var rest = held.last
            rest.text = held.buffer.pending
            shown.append(rest)
            buffers[text] = nil
        }
        order.removeAll { buffers[$0] == nil }
        return shown
    }

    private mutating func forget(_ text: Text) {
        guard buffers.removeValue(forKey: text) != nil else { return }
        order.removeAll { $0 == text }
    }
}
