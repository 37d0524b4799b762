// Where a word may be cut: the boundaries of Unicode's UAX #29, as the standard library's regular expressions find them. A
// boundary counts once no character to come can take it away: those rules look at most at the next character and, where
// that one may join two words ("can't", "3.14"), at the one behind it.

/// Holds text back until its words have ended, for a display that grows by words instead of by tokens.
///
/// ```swift
/// var words = WordBuffer()
/// assert(words.append("Hel") == nil)
/// assert(words.append("lo wor") == "Hello ")
/// assert(words.append("ld, it's") == "world, ")
/// assert(words.flush() == "it's")
/// ```
///
/// What comes out, joined, is what went in. Words end where UAX #29 says, so languages without spaces are cut too. Nothing is
/// held back longer than ``maxPendingBytes``: a longer word is handed on between two characters, and a longer character as
/// far as it has come. How long it may be held in time is the display's to say: ``flush()`` after a delay that it does not
/// want to pass, and at the end.
public struct WordBuffer: Sendable {
    /// Bytes of text that are held back at most, of UTF-8.
    public let maxPendingBytes: Int
    /// What is held back.
    public private(set) var pending = ""

    /// An empty buffer.
    ///
    /// - Parameter maxPendingBytes: Bytes of text that are held back at most; 256 by default, 1 at least.
    public init(maxPendingBytes: Int = 256) {
        self.maxPendingBytes = max(1, maxPendingBytes)
    }

    /// Takes more text in.
    ///
    /// - Returns: what may be shown now, if anything may.
    /// - Complexity: linear in `text` and what is pending, which is bounded.
    public mutating func append(_ text: String) -> String? {
        guard !text.isEmpty else { return nil }
        let isInsideWord = Self.isWordOnly(pending) && Self.isWordOnly(text)
        pending += text
        var shown = ""
        if !isInsideWord, let boundary = lastBoundary, boundary > pending.startIndex { shown = take(upTo: boundary) }
        if pending.utf8.count > maxPendingBytes { shown += take(upTo: lastCharacter) }
        // A character has no bound: any number of marks may stand on a letter.
        if pending.utf8.count > maxPendingBytes { shown += take(upTo: pending.endIndex) }
        return shown.isEmpty ? nil : shown
    }

    /// Hands over what is held back, if anything is.
    public mutating func flush() -> String? {
        if pending.isEmpty { return nil }
        defer { pending = "" }
        return pending
    }

    /// Letters and digits of ASCII, between which no word ends; they are most of what comes.
    private static func isWordOnly(_ text: String) -> Bool {
        text.utf8.allSatisfy { ($0 | 0x20) &- 0x61 < 26 || $0 &- 0x30 < 10 }
    }

    /// More bytes may belong to the last character.
    private var lastCharacter: String.Index {
        let last = pending.index(before: pending.endIndex)
        return last > pending.startIndex ? last : pending.endIndex
    }

    private var lastBoundary: String.Index? {
        pending.matches(of: #/\b/#).last { isSettled($0.range.lowerBound) }?.range.lowerBound
    }

    /// Whether a boundary there is one whatever comes: of the characters behind it, those that the rules look at have come.
    private func isSettled(_ boundary: String.Index) -> Bool {
        guard boundary < pending.endIndex else { return false }
        let second = pending.index(after: boundary)
        if second < pending.endIndex { return true }
        // One character: more of it may come, but not so that it is a letter where it was a space.
        return pending[boundary].isWhitespace || pending[boundary].isLetter
    }

    private mutating func take(upTo end: String.Index) -> String {
        let shown = String(pending[..<end])
        pending = String(pending[end...])
        return shown
    }
}
