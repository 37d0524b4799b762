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
/// Each choice has a ``WordBuffer`` for the text, reasoning or refusal that is coming. Whatever else a choice says comes behind
/// its text: what is held back of that choice is handed on before. A delta of words tells the offset of the event that
/// completed it.
public struct DeltaWords: Sendable {
    /// Text that is held back of one choice: of one text only, because another one that begins shows it first.
    private struct Held {
        /// The last delta of the text, without its piece: the buffer has what is left of that, and a piece may be as long as
        /// an event.
        var last: OwnedDelta
        var buffer: WordBuffer
        /// The order in which choices began to hold text back.
        var number: Int

        func isOfText(of delta: OwnedDelta) -> Bool { last.kind == delta.kind && last.isToolPlan == delta.isToolPlan }

        var rest: OwnedDelta {
            var rest = last
            rest.text = buffer.pending
            return rest
        }
    }

    private let maxPendingBytes: Int
    /// By choices, so that a delta costs the same however many choices there are.
    private var held: [Int: Held] = [:]
    private var heldCount = 0

    /// Nothing held back.
    ///
    /// - Parameter maxPendingBytes: Bytes of each text that are held back at most.
    public init(maxPendingBytes: Int = 256) {
        self.maxPendingBytes = maxPendingBytes
    }

    /// Nothing is held back.
    public var isEmpty: Bool { held.isEmpty }

    /// Bytes of text that are held back.
    var heldBytes: Int { held.values.reduce(0) { $0 + $1.buffer.pending.utf8.count + $1.last.text.utf8.count } }

    /// Takes the next delta.
    ///
    /// - Returns: what may be shown now, in order.
    public mutating func append(_ delta: OwnedDelta) -> [OwnedDelta] {
        switch delta.kind {
        case .text, .reasoning, .refusal: return appendText(delta)
        case .toolCall, .toolArguments, .finish: return flush(delta.choice) + [delta]
        case .usage, .partial, .error, .malformed: return flush() + [delta]
        }
    }

    /// What is held back: at the end of the stream, or when it has been held back for long enough.
    public mutating func flush() -> [OwnedDelta] {
        defer { held = [:] }
        return held.values.sorted { $0.number < $1.number }.map(\.rest)
    }

    private mutating func flush(_ choice: Int) -> [OwnedDelta] {
        held.removeValue(forKey: choice).map { [$0.rest] } ?? []
    }

    private mutating func appendText(_ delta: OwnedDelta) -> [OwnedDelta] {
        var shown: [OwnedDelta] = []
        // Another text of the choice has begun: the one before it is shown first.
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
