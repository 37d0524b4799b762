public import Sluice

/// Splits the text of deltas at word boundaries; deltas that are not text are passed through in order.
///
/// ```swift
/// var words = DeltaWords()
/// var shown: [String] = []
/// var parser = StreamParser(format: .textField)
/// let chunk: [UInt8] = Array("data: {\"text\":\"Hel\"}\n\ndata: {\"text\":\"lo you\"}\n\n".utf8)
/// try parser.parse(chunk.span) { delta in
///     shown += words.append(OwnedDelta(copying: delta)).map(\.text)
/// }
/// shown += words.flush().map(\.text)
/// assert(shown == ["Hello ", "you"])
/// ```
///
/// Each choice has a ``WordBuffer`` for its current text, reasoning or refusal. A delta of another kind first emits the
/// buffered text of its choice. A delta of words has the offset of the event that completed it.
public struct DeltaWords: Sendable {
    /// The buffered text of one choice: of one text only, because the beginning of another one emits it.
    private struct Held {
        /// The last delta of the text, without its bytes: the buffer holds the rest of them, and a piece may be as long as an
        /// event.
        var last: OwnedDelta
        var buffer: WordBuffer
        /// The order in which the choices began to buffer text.
        var number: Int

        func isOfText(of delta: OwnedDelta) -> Bool { last.kind == delta.kind && last.isToolPlan == delta.isToolPlan }

        var rest: OwnedDelta {
            var rest = last
            rest.text = buffer.pending
            return rest
        }
    }

    private let maxPendingBytes: Int
    /// By choice, so that the cost of a delta does not depend on the number of choices.
    private var held: [Int: Held] = [:]
    private var heldCount = 0

    /// Creates an empty buffer.
    ///
    /// - Parameter maxPendingBytes: The maximum bytes of each text that are buffered.
    public init(maxPendingBytes: Int = 256) {
        self.maxPendingBytes = maxPendingBytes
    }

    /// Whether no text is buffered.
    public var isEmpty: Bool { held.isEmpty }

    /// The bytes of buffered text.
    var heldBytes: Int { held.values.reduce(0) { $0 + $1.buffer.pending.utf8.count + $1.last.text.utf8.count } }

    /// Adds the next delta.
    ///
    /// - Returns: the deltas to display now, in order.
    public mutating func append(_ delta: OwnedDelta) -> [OwnedDelta] {
        switch delta.kind {
        case .text, .reasoning, .refusal: return appendText(delta)
        case .toolCall, .toolArguments, .finish, .detail: return flush(delta.choice) + [delta]
        case .usage, .partial, .error, .malformed, .payload: return flush() + [delta]
        }
    }

    /// Returns the buffered text and empties the buffer. Call it at the end of the stream, or after a maximum delay.
    public mutating func flush() -> [OwnedDelta] {
        defer { held = [:] }
        return held.values.sorted { $0.number < $1.number }.map(\.rest)
    }

    private mutating func flush(_ choice: Int) -> [OwnedDelta] {
        held.removeValue(forKey: choice).map { [$0.rest] } ?? []
    }

    private mutating func appendText(_ delta: OwnedDelta) -> [OwnedDelta] {
        var shown: [OwnedDelta] = []
        // Another text of the choice has begun: the previous one is emitted first.
        if let other = held[delta.choice], !other.isOfText(of: delta) { shown = flush(delta.choice) }
        var text =
            held.removeValue(forKey: delta.choice)
            ?? Held(last: delta, buffer: WordBuffer(maxPendingBytes: maxPendingBytes), number: heldCount)
        heldCount += 1
        text.last = delta
        text.last.text = ""
        if let words = text.buffer.append(delta.text) {
            var whole = delta
            whole.text = words
            shown.append(whole)
        }
        if !text.buffer.pending.isEmpty { held[delta.choice] = text }
        return shown
    }
}
