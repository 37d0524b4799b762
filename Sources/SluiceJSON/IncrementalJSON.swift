public import Sluice

/// Parses one JSON document piece by piece; after each piece its value holds everything received so far.
///
/// Use it for a tool call's arguments and for structured output, which stream as pieces of JSON text:
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
/// A member is available after its key has ended and its value has begun. A string is available from its opening quote, with
/// the characters received so far. Numbers, `true`, `false` and `null` are available after they have ended. Pieces may be cut
/// anywhere, even inside characters and escapes. A surrogate pair that is split between pieces is joined; an unpaired
/// surrogate becomes U+FFFD.
///
/// The document has to be strict JSON (RFC 8259). If a key is repeated, the last value counts.
///
/// - Complexity: appending is linear in the appended bytes. Reading the value copies nothing.
public struct IncrementalJSON: Sendable {
    /// The grammar state: what the next byte may be.
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

    /// One available value. Links are indices of nodes, -1 for none.
    package struct Node {
        package var kind: JSONView.Kind
        package var isComplete = false
        package var parent: Int32 = -1
        package var firstChild: Int32 = -1
        package var lastChild: Int32 = -1
        package var next: Int32 = -1
        package var count: Int32 = 0
        /// The positions of its key and its text in `text`; -1 if it has no key.
        package var keyStart = -1
        package var keyCount = 0
        package var textStart = 0
        package var textCount = 0
    }

    package var nodes: [Node] = []
    /// Keys, strings and numbers, decoded and concatenated: only the last one grows.
    package var text: [UInt8] = []
    var state = State.value
    /// The innermost open container, -1 for none, and the number of open containers.
    var open: Int32 = -1
    var depth = 0
    /// Whether the current string is a key; and where the current string or number begins in `text`.
    var isKey = false
    var start = 0
    /// The key whose value has not begun.
    var keyStart = -1
    var keyCount = 0
    /// The node of the current string.
    var current: Int32 = -1
    /// Of an incomplete UTF-8 character, the number of missing bytes and the range of the next.
    var pendingBytes = 0
    var least: UInt8 = 0x80
    var most: UInt8 = 0xBF
    /// Of a `\u` escape, the digits read and their value; and a high surrogate that waits for its low one.
    var digits = 0
    var unit: UInt16 = 0
    var high: UInt16 = 0
    var literal = Literal.null
    var matched = 0
    var failure: SluiceError?
    package let limits: Limits
    /// The maximum of ``size``: that of the limits, or less if several documents share it.
    package var maxSize: Int
    /// Unpaired surrogates are kept as three bytes each (WTF-8), so that a string can be joined to another. Views do not
    /// expect them.
    package var keepsHalves = false

    /// The number of bytes appended.
    public internal(set) var byteCount: UInt64 = 0

    /// Creates an empty document.
    ///
    /// - Parameter limits: ``/Sluice/Limits/maxNestingDepth`` bounds the brackets open at once, with a maximum of 1,024;
    ///   ``/Sluice/Limits/maxAccumulatedBytes`` bounds the memory of the value.
    public init(limits: Limits = Limits()) {
        var limits = limits.clamped
        limits.maxNestingDepth = min(limits.maxNestingDepth, Self.mostNestingDepth)
        self.limits = limits
        maxSize = self.limits.maxAccumulatedBytes
    }

    /// The value so far; nil before its first byte.
    ///
    /// It is a view, valid until the next call of `append`, which the compiler checks. ``JSONView/copied`` copies it.
    public var root: JSONView? {
        @_lifetime(borrow self)
        get {
            if nodes.isEmpty { return nil }
            return JSONView(nodes.span, text.span, 0)
        }
    }

    /// Whether the document has ended. A document that is a number ends only with ``finish()``.
    public var isComplete: Bool { state == .done }

    /// Parses the next piece.
    ///
    /// - Throws: `malformedPayload`, `invalidUTF8`, `invalidEscape`, `nestedTooDeep` or `answerTooLarge`, with the offset of
    ///   the wrong byte. All later calls throw the same error. The value read before it remains available.
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

    /// As ``append(_:)-(Span<UInt8>)``, for text such as ``/Sluice/Delta/text``.
    public mutating func append(_ text: UTF8Span) throws(SluiceError) { try append(text.span) }

    /// As ``append(_:)-(Span<UInt8>)``.
    public mutating func append(_ text: String) throws(SluiceError) { try append(text.utf8Span.span) }

    /// Ends the document. This completes a document that is a number.
    ///
    /// - Throws: `incompleteEvent` if the document is incomplete. The value so far remains available.
    public mutating func finish() throws(SluiceError) {
        if let failure { throw failure }
        if state == .number, depth == 0, endNumber() { state = .done }
        guard state == .done else {
            throw SluiceError(
                .incompleteEvent, offset: byteCount, detail: "the document ends before its value is complete")
        }
    }

    /// The deinitialization of a ``JSONValue`` is recursive: about 3,400 levels fit into a thread's stack of 512 KiB, 2,200
    /// without optimisation.
    private static var mostNestingDepth: Int { 1024 }

    /// The bytes of the value. Growing arrays reserve up to as many again, until ``trim()``.
    package var size: Int { text.count + nodes.count * MemoryLayout<Node>.stride }

    /// The maximum size of `text` while no value is added.
    var maxTextCount: Int { maxSize - nodes.count * MemoryLayout<Node>.stride }

    /// Frees the reserved capacity of the arrays after the value has ended.
    package mutating func trim() {
        if text.capacity > text.count + text.count / 4 + 64 { text = text.trimmed }
        if nodes.capacity > nodes.count + nodes.count / 4 + 4 { nodes = nodes.trimmed }
    }

    /// Releases the value, but not the state of the document.
    package mutating func dropValue() {
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
        case .invalidEscape: "a string has an escape that JSON does not define"
        default: "this is not JSON: \(expected) was expected"
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
    /// The same elements with no reserved capacity.
    fileprivate var trimmed: [Element] {
        var copy: [Element] = []
        copy.reserveCapacity(count)
        copy.append(contentsOf: self)
        return copy
    }
}

/// The literal names of JSON.
enum Literal: String {
    case `true`
    case `false`
    case null
}
