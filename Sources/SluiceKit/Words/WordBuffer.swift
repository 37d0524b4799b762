// Word boundaries are those of Unicode's UAX #29, as the standard library's regular expressions find them. A boundary is used
// once no later character can remove it: the rules look at most at the next character and, if that one may join two words
// ("can't", "3.14"), at the one after it.

/// Buffers text until its words have ended, to display it word by word instead of token by token.
///
/// ```swift
/// var words = WordBuffer()
/// assert(words.append("Hel") == nil)
/// assert(words.append("lo wor") == "Hello ")
/// assert(words.append("ld, it's") == "world, ")
/// assert(words.flush() == "it's")
/// ```
///
/// The joined output equals the joined input. Words end as UAX #29 says, so languages without spaces are split too. At most
/// ``maxPendingBytes`` are buffered: a longer word is split between two characters, and a longer character inside. Call
/// ``flush()`` at the end, and after a maximum delay of your choice.
public struct WordBuffer: Sendable {
    /// The maximum of buffered text, in bytes of UTF-8.
    public let maxPendingBytes: Int
    /// The buffered text.
    public private(set) var pending = ""

    /// Creates an empty buffer.
    ///
    /// - Parameter maxPendingBytes: The maximum of buffered text, in bytes of UTF-8; 256 by default, 1 at least.
    public init(maxPendingBytes: Int = 256) {
        self.maxPendingBytes = max(1, maxPendingBytes)
    }

    /// Adds text.
    ///
    /// - Returns: the text to display now; nil if there is none.
    /// - Complexity: linear in `text` and the pending text, which is bounded.
    public mutating func append(_ text: String) -> String? {
        guard !text.isEmpty else { return nil }
        let isInsideWord = Self.isWordOnly(pending) && Self.isWordOnly(text)
        pending += text
        var shown = ""
        if !isInsideWord, let boundary = lastBoundary, boundary > pending.startIndex { shown = take(upTo: boundary) }
        if pending.utf8.count > maxPendingBytes { shown += take(upTo: lastCharacter) }
        // The size of a character is unbounded: a letter may have any number of combining marks.
        if pending.utf8.count > maxPendingBytes { shown += take(upTo: pending.endIndex) }
        return shown.isEmpty ? nil : shown
    }

    /// Returns the buffered text and empties the buffer; nil if it is empty.
    public mutating func flush() -> String? {
        if pending.isEmpty { return nil }
        defer { pending = "" }
        return pending
    }

    /// Whether the text consists of ASCII letters and digits, between which no word ends: the most frequent case.
    private static func isWordOnly(_ text: String) -> Bool {
        text.utf8.allSatisfy { ($0 | 0x20) &- 0x61 < 26 || $0 &- 0x30 < 10 }
    }

    /// The beginning of the last character, which later bytes may extend.
    private var lastCharacter: String.Index {
        let last = pending.index(before: pending.endIndex)
        return last > pending.startIndex ? last : pending.endIndex
    }

    private var lastBoundary: String.Index? {
        pending.matches(of: #/\b/#).last { isSettled($0.range.lowerBound) }?.range.lowerBound
    }

    /// Whether no later text can remove this boundary: the characters after it that the rules look at have been received.
    private func isSettled(_ boundary: String.Index) -> Bool {
        guard boundary < pending.endIndex else { return false }
        let second = pending.index(after: boundary)
        if second < pending.endIndex { return true }
        // One character follows: later bytes may extend it, but cannot turn a space into a letter.
        return pending[boundary].isWhitespace || pending[boundary].isLetter
    }

    private mutating func take(upTo end: String.Index) -> String {
        let shown = String(pending[..<end])
        pending = String(pending[end...])
        return shown
    }
}
