/// What went wrong, where in the stream, and in which event.
///
/// ```swift
/// var parser = try StreamParser()
/// let page: [UInt8] = Array("<html>502 Bad Gateway</html>\n".utf8)
/// do {
///     try parser.parse(page.span) { _ in }
///     try parser.finish()
/// } catch {
///     assert(error.code == .notAStream)
///     print(error)
/// }
/// ```
public struct SluiceError: Error, Sendable, Hashable {
    /// What kind of thing went wrong. New codes may come; compare with the ones you handle.
    public struct Code: RawRepresentable, Sendable, Hashable {
        /// A stable name, such as `malformed-payload`.
        public let rawValue: String

        /// A code of your own, or one read back from a log.
        public init(rawValue: String) { self.rawValue = rawValue }

        /// A payload that is not JSON, or a stray byte between frames.
        public static let malformedPayload = Code(rawValue: "malformed-payload")
        /// A payload with bytes that are not UTF-8.
        public static let invalidUTF8 = Code(rawValue: "invalid-utf8")
        /// A captured string with an escape that JSON does not know.
        public static let invalidEscape = Code(rawValue: "invalid-escape")
        /// A payload that is JSON, but no object.
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
        /// More of an answer than ``Limits/maxAccumulatedBytes``, and nowhere to put it.
        public static let answerTooLarge = Code(rawValue: "answer-too-large")
        /// A sink could not take what was handed to it.
        public static let sinkFailed = Code(rawValue: "sink-failed")
        /// The stream numbers its events, and by these numbers some are missing, or come twice or too late.
        public static let misnumberedEvent = Code(rawValue: "misnumbered-event")
        /// The input ended inside this event, and what there is of it cannot be read.
        public static let incompleteEvent = Code(rawValue: "incomplete-event")
        /// A line beside the framing that looks like an error, which Server-Sent Events would ignore.
        public static let strayError = Code(rawValue: "stray-error")
        /// A chunk size of HTTP's chunked coding stands before the stream's first field: nobody has decoded the body.
        public static let undecodedBody = Code(rawValue: "undecoded-body")
        /// A line that begins with a byte order mark, which only the stream's first may: its field is none of the standard.
        public static let strayByteOrderMark = Code(rawValue: "stray-byte-order-mark")
        /// An AWS message or prelude whose CRC-32 does not match.
        public static let checksumMismatch = Code(rawValue: "checksum-mismatch")
        /// An AWS message whose headers overrun their length.
        public static let malformedHeaders = Code(rawValue: "malformed-headers")
        /// An embedded document that is not base64.
        public static let invalidBase64 = Code(rawValue: "invalid-base64")
        /// Memory that the limits allow is not to be had.
        public static let outOfMemory = Code(rawValue: "out-of-memory")
        /// The input is no stream that Sluice knows.
        public static let notAStream = Code(rawValue: "not-a-stream")
        /// The frames are those of no wire format that Sluice knows.
        public static let unknownFormat = Code(rawValue: "unknown-format")
        /// A reader was dropped before it returned nil, and the rest of its chunk is lost; thrown by every later read.
        public static let abandoned = Code(rawValue: "abandoned")
        /// A path of a wire format that cannot be compiled.
        public static let invalidPath = Code(rawValue: "invalid-path")
    }

    /// The kind of error.
    public var code: Code
    /// Offset of the event in the stream, in bytes.
    public var offset: UInt64
    /// Number of the event, the first being 1.
    public var event: UInt64
    /// What was found, made printable; at most 64 bytes of it.
    public var excerpt: String
    /// What exactly is wrong, and what to do, in one sentence.
    public var detail: String

    /// An error at `offset` bytes, in event number `event`.
    public init(_ code: Code, offset: UInt64 = 0, event: UInt64 = 0, excerpt: String = "", detail: String = "") {
        self.code = code
        self.offset = offset
        self.event = event
        self.excerpt = excerpt
        self.detail = detail
    }
}

extension SluiceError: CustomStringConvertible {
    /// Found what, where, and what to do.
    public var description: String {
        var text = detail.isEmpty ? code.rawValue : detail
        text += " (\(code.rawValue), byte \(offset), event \(event))"
        if !excerpt.isEmpty { text += ": \(excerpt)" }
        return text
    }
}

/// The first bytes of `window`, with whatever does not print escaped.
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
