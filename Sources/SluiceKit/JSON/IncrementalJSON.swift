public import Sluice

/// Reads one JSON document piece by piece, and has after every piece what of it is known by then.
///
/// For a tool call's arguments and for structured output, which stream as pieces of JSON text:
///
/// ```swift
/// var arguments = IncrementalJSON()
/// try arguments.append(#"{"city":"Par"#)
/// assert(arguments.root?["city"]?.string == "Par" && arguments.root?["city"]?.isComplete == false)
/// try arguments.append(#"is","days":3"#)
/// assert(arguments.root?["days"] == nil)  // more digits may come
/// try arguments.append("0}")
/// assert(arguments.root?["days"]?.integer == 30 && arguments.isComplete)
/// ```
///
/// A member is there once its key has ended and its value has begun; a string is there from its quote on, with the characters
/// that have come; numbers, `true`, `false` and `null` are there once they have ended. Pieces may be cut anywhere, inside
/// characters and escapes too; an escaped surrogate pair that is cut is joined, half a pair alone becomes U+FFFD.
///
/// The document is strict JSON (RFC 8259). Of a key that comes again the last counts.
///
/// - Complexity: appending is linear in the bytes appended, whatever came before; looking at the value copies nothing. So
///   to look at every step costs the document once, where parsing anew at each step costs it as often as there are steps.
public struct IncrementalJSON: Sendable {
    /// What may come next.
    enum State: UInt8 {
        case value
        case valueOrEnd
        case keyOrEnd
        case key
        case colon
        case commaOrEnd
        case done
        case string
        case escape
        case unicode
        case number
        case literal
        case failed
    }

    /// One value that is there, and how it hangs together with others; numbers of nodes, -1 for none.
    struct Node {
        var kind: JSONView.Kind
        var isComplete = false
        var parent: Int32 = -1
        var firstChild: Int32 = -1
        var lastChild: Int32 = -1
        var next: Int32 = -1
        var count: Int32 = 0
        /// Where its key and its text lie in `text`; -1: it has no key.
        var keyStart = -1
        var keyCount = 0
        var textStart = 0
        var textCount = 0
    }

    var nodes: [Node] = []
    /// Keys, strings and numbers, decoded, one behind the other: what grows is always the last.
    var text: [UInt8] = []
    var state = State.value
    /// The container that is open, -1 for none, and how many are.
    var open: Int32 = -1
    var depth = 0
    /// The string being read is a key; where it, or a number, begins in `text`.
    var isKey = false
    var start = 0
    /// The key that waits for its value.
    var keyStart = -1
    var keyCount = 0
    /// The string's node.
    var current: Int32 = -1
    /// Of a character that is cut, the bytes that are still to come, and what the next may be.
    var pendingBytes = 0
    var least: UInt8 = 0x80
    var most: UInt8 = 0xBF
    /// Of an escape, digits that have come and their value; half a pair that waits for its other half.
    var digits = 0
    var unit: UInt16 = 0
    var high: UInt16 = 0
    var literal = Literal.null
    var matched = 0
    var failure: SluiceError?
    let limits: Limits
    /// What ``size`` may be: that of the limits, or less where several documents share it.
    var maxSize: Int

    /// Bytes that were appended.
    public internal(set) var byteCount: UInt64 = 0

    /// Nothing read yet.
    ///
    /// - Parameter limits: ``/Sluice/Limits/maxNestingDepth`` bounds the brackets open at once, which are 1,024 at most whatever
    ///   it is; ``/Sluice/Limits/maxAccumulatedBytes`` bounds the memory that the value takes.
    public init(limits: Limits = Limits()) {
        var limits = limits.clamped
        limits.maxNestingDepth = min(limits.maxNestingDepth, Self.mostNestingDepth)
        self.limits = limits
        maxSize = self.limits.maxAccumulatedBytes
    }

    /// The value so far; nil before its first byte.
    ///
    /// It is a view: gone when something is appended, which the compiler sees to. ``JSONView/copied`` keeps it.
    public var root: JSONView? {
        @_lifetime(borrow self)
        get {
            if nodes.isEmpty { return nil }
            return JSONView(nodes.span, text.span, 0)
        }
    }

    /// The document has ended. A number at the top ends with ``finish()`` only.
    public var isComplete: Bool { state == .done }

    /// Reads the next piece.
    ///
    /// - Throws: `malformedPayload`, `invalidUTF8`, `invalidEscape`, `nestedTooDeep` or `answerTooLarge`, with the offset of
    ///   the byte that does not fit; then, and at each call from then on. What was read before it stays.
    public mutating func append(_ bytes: Span<UInt8>) throws(SluiceError) {
        if let failure { throw failure }
        var index = 0
        while index < bytes.count {
            let code = step(bytes, &index)
            if let code { throw fail(code, at: index, bytes) }
        }
        byteCount += UInt64(bytes.count)
        if size > maxSize { throw fail(.answerTooLarge, at: 0, bytes) }
    }

    /// As ``append(_:)-(Span<UInt8>)``, of text such as ``/Sluice/Delta/text``.
    public mutating func append(_ text: UTF8Span) throws(SluiceError) { try append(text.span) }

    /// As ``append(_:)-(Span<UInt8>)``.
    public mutating func append(_ text: String) throws(SluiceError) { try append(text.utf8Span.span) }

    /// Ends the document: a number at the top is read to its end.
    ///
    /// - Throws: `incompleteEvent` where the document has not ended; the value so far stays.
    public mutating func finish() throws(SluiceError) {
        if let failure { throw failure }
        if state == .number, depth == 0, endNumber() { state = .done }
        guard state == .done else {
            throw SluiceError(
                .incompleteEvent, offset: byteCount, detail: "the document ends before its value does")
        }
    }

    /// A ``JSONValue`` that is dropped drops what it holds by recursion: some 3,400 levels fit into the 512 KiB of a thread's
    /// stack, 2,200 without optimisation.
    private static var mostNestingDepth: Int { 1024 }

    /// Bytes that the value takes. Arrays that grow reserve up to as many again, until ``trim()``.
    var size: Int { text.count + nodes.count * MemoryLayout<Node>.stride }

    /// What `text` may grow to while no value is added.
    var maxTextCount: Int { maxSize - nodes.count * MemoryLayout<Node>.stride }

    /// Gives back what the arrays reserved to grow; of a value that has ended.
    mutating func trim() {
        if text.capacity > text.count + text.count / 4 + 64 { text = text.trimmed }
        if nodes.capacity > nodes.count + nodes.count / 4 + 4 { nodes = nodes.trimmed }
    }

    /// Gives up the value, but not what has become of the document.
    mutating func dropValue() {
        nodes = []
        text = []
    }

    private mutating func fail(_ code: SluiceError.Code, at index: Int, _ bytes: Span<UInt8>) -> SluiceError {
        let excerpt = bytes.extracting(min(index, bytes.count)..<min(index + 32, bytes.count))
        let error = SluiceError(
            code, offset: byteCount + UInt64(index),
            excerpt: String(decoding: (0..<excerpt.count).map { excerpt[$0] }, as: UTF8.self),
            detail: detail(of: code))
        failure = error
        state = .failed
        return error
    }

    private func detail(of code: SluiceError.Code) -> String {
        switch code {
        case .nestedTooDeep: "more than \(limits.maxNestingDepth) brackets are open at once (maxNestingDepth)"
        case .answerTooLarge: "the value takes more than \(limits.maxAccumulatedBytes) bytes (maxAccumulatedBytes)"
        case .invalidUTF8: "a string has bytes that are not UTF-8"
        case .invalidEscape: "a string has an escape that JSON does not know"
        default: "this is no JSON: \(expected) was expected"
        }
    }

    private var expected: String {
        switch state {
        case .value: "a value"
        case .valueOrEnd: "a value or ']'"
        case .keyOrEnd: "a key or '}'"
        case .key: "a key"
        case .colon: "':'"
        case .commaOrEnd: nodes[Int(open)].kind == .object ? "',' or '}'" : "',' or ']'"
        case .done, .failed: "the end"
        case .string, .escape, .unicode: "a character of a string, with control characters escaped"
        case .number: "a number as JSON writes it"
        case .literal: "'\(literal.rawValue)'"
        }
    }
}

extension Array {
    /// The same elements in memory of their size.
    fileprivate var trimmed: [Element] {
        var copy: [Element] = []
        copy.reserveCapacity(count)
        copy.append(contentsOf: self)
        return copy
    }
}

/// The words of JSON.
enum Literal: String {
    case `true`
    case `false`
    case null
}
