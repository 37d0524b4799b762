/// An error with its code, its offset in the stream, its event's number, and what to do.
///
/// ```swift
/// var parser = StreamParser()
/// let page: [UInt8] = Array("<html>502 Bad Gateway</html>\n".utf8)
/// do {
///     try parser.parse(page.span) { _ in }
///     try parser.finish { _ in }
/// } catch {
///     assert(error.code == .notAStream)
///     print(error)
/// }
/// ```
public struct SluiceError: Error, Sendable, Hashable {
    /// The kind of an error. Later versions may add codes; compare with the ones that you handle.
    public struct Code: RawRepresentable, Sendable, Hashable {
        /// A stable name, such as `malformed-payload`.
        public let rawValue: String

        /// Creates a custom code, or one that was read from a log.
        public init(rawValue: String) { self.rawValue = rawValue }

        /// A payload that is not JSON, or a stray byte between frames.
        public static let malformedPayload = Code(rawValue: "malformed-payload")
        /// A payload with bytes that are not UTF-8.
        public static let invalidUTF8 = Code(rawValue: "invalid-utf8")
        /// A captured string with an escape that JSON does not know.
        public static let invalidEscape = Code(rawValue: "invalid-escape")
        /// A payload that is JSON but not an object.
        public static let unexpectedPayload = Code(rawValue: "unexpected-payload")
        /// A payload nested deeper than ``Limits/maxNestingDepth``.
        public static let nestedTooDeep = Code(rawValue: "nested-too-deep")
        /// A payload with more fields than ``Limits/maxCapturesPerEvent``.
        public static let tooManyFields = Code(rawValue: "too-many-fields")
        /// An event longer than ``Limits/maxEventBytes``.
        public static let eventTooLarge = Code(rawValue: "event-too-large")
        /// An SSE event with more `data` lines than ``Limits/maxDataLinesPerEvent``.
        public static let tooManyDataLines = Code(rawValue: "too-many-data-lines")
        /// An event's type longer than ``Limits/maxEventNameBytes``.
        public static let eventNameTooLong = Code(rawValue: "event-name-too-long")
        /// An SSE event's id longer than ``Limits/maxIDBytes``.
        public static let idTooLong = Code(rawValue: "id-too-long")
        /// A choice whose number is below 0, or not below ``Limits/maxChoices``.
        public static let tooManyChoices = Code(rawValue: "too-many-choices")
        /// A tool call whose number is below 0, or not below ``Limits/maxToolCalls``.
        public static let tooManyToolCalls = Code(rawValue: "too-many-tool-calls")
        /// An answer larger than ``Limits/maxAccumulatedBytes``, without a sink for the rest.
        public static let answerTooLarge = Code(rawValue: "answer-too-large")
        /// A sink could not store what it was given.
        public static let sinkFailed = Code(rawValue: "sink-failed")
        /// An event whose number, given by the stream, shows that events are missing, repeated or late.
        public static let misnumberedEvent = Code(rawValue: "misnumbered-event")
        /// The input ended inside this event, and the received part cannot be read.
        public static let incompleteEvent = Code(rawValue: "incomplete-event")
        /// An SSE line that looks like an error and is not a field of the standard, which ignores it.
        public static let strayError = Code(rawValue: "stray-error")
        /// A chunk size of HTTP's chunked transfer encoding before the stream's first field: the body was not decoded.
        public static let undecodedBody = Code(rawValue: "undecoded-body")
        /// An SSE line that begins with a byte order mark and is not the stream's first; the standard ignores its field.
        public static let strayByteOrderMark = Code(rawValue: "stray-byte-order-mark")
        /// An AWS message or prelude whose CRC-32 does not match.
        public static let checksumMismatch = Code(rawValue: "checksum-mismatch")
        /// An AWS message whose headers overrun their length.
        public static let malformedHeaders = Code(rawValue: "malformed-headers")
        /// An embedded document that is not base64.
        public static let invalidBase64 = Code(rawValue: "invalid-base64")
        /// Allocation failed.
        public static let outOfMemory = Code(rawValue: "out-of-memory")
        /// The input is not a stream in any supported framing.
        public static let notAStream = Code(rawValue: "not-a-stream")
        /// The events match no built-in wire format.
        public static let unknownFormat = Code(rawValue: "unknown-format")
        /// A reader was dropped before it returned nil, or the body of a `parse` has thrown, and the rest of the chunk is lost;
        /// thrown by every later read.
        public static let abandoned = Code(rawValue: "abandoned")
        /// A custom wire format cannot be compiled; thrown by ``WireFormat/validate()``, and by every read of the format's stream.
        public static let invalidPath = Code(rawValue: "invalid-path")
        /// The table of a custom wire format cannot be read; thrown by ``WireFormat/init(json:)``.
        public static let invalidTable = Code(rawValue: "invalid-table")
    }

    /// The kind of error.
    public var code: Code
    /// Offset of the event in the stream, in bytes.
    public var offset: UInt64
    /// Number of the event, the first being 1.
    public var event: UInt64
    /// The bytes that were found, at most 64, with control characters and non-ASCII bytes escaped.
    public var excerpt: String
    /// What is wrong and what to do, in one sentence.
    public var detail: String

    /// Creates an error at `offset` bytes, in event number `event`.
    public init(_ code: Code, offset: UInt64 = 0, event: UInt64 = 0, excerpt: String = "", detail: String = "") {
        self.code = code
        self.offset = offset
        self.event = event
        self.excerpt = excerpt
        self.detail = detail
    }
}

extension SluiceError: CustomStringConvertible {
    /// The detail, code, offset, event number and excerpt.
    public var description: String {
        var text = detail.isEmpty ? code.rawValue : detail
        text += " (\(code.rawValue), byte \(offset), event \(event))"
        if !excerpt.isEmpty { text += ": \(excerpt)" }
        return text
    }
}

/// The first `limit` bytes of `window`, with control characters and non-ASCII bytes escaped.
func printable(_ window: Window, limit: Int = 64) -> String {
    var text = ""
    let shown = min(window.count, limit)
    for index in 0..<shown {
        let byte = window[index]
        switch byte {
        case 0x0A: text += "\\n"
        case 0x0D: text += "\\r"
        case 0x09: text += "\\t"
        case 0x20...0x7E: text.unicodeScalars.append(Unicode.Scalar(byte))
        default:
            let digits = String(byte, radix: 16)
            text += "\\x" + (digits.count < 2 ? "0" : "") + digits
        }
    }
    return window.count > limit ? text + "…" : text
}
