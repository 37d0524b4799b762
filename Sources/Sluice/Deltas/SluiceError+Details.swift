// The messages of errors: what is wrong, and what to do.

extension SluiceError {
    static func code(of status: Int32) -> Code {
        switch status {
        case 1: .outOfMemory
        case 2: .invalidUTF8
        case 4: .unexpectedPayload
        case 5: .nestedTooDeep
        case 6: .tooManyFields
        default: .malformedPayload
        }
    }

    static func detail(of code: Code, _ limits: Limits) -> String {
        if let excess = excess(code, limits) {
            return excess + (limits.whenExceeded == .skip ? "; it was skipped up to its end" : "; reading stopped")
        }
        return switch code {
        case .malformedPayload: "the event is not valid JSON; it was skipped"
        case .invalidUTF8: "the event has bytes that are not UTF-8; it was skipped"
        case .invalidEscape: "a string of the event has an escape that JSON does not define; the event was skipped"
        case .unexpectedPayload: "the event is JSON but not an object; it was skipped"
        case .incompleteEvent: "the input ended inside this event, and the received part cannot be read"
        case .strayError:
            "a line is neither a field nor a comment and looks like an error; the stream does not count as complete"
        case .undecodedBody:
            "the size of an HTTP chunk precedes this line; decode chunked transfer encoding first (curl without --raw): "
                + "payloads are cut at chunk boundaries, and the stream does not count as complete"
        case .strayByteOrderMark:
            "a byte order mark precedes a field that is not the first of the stream; remove the mark. "
                + "The line was ignored, and the stream does not count as complete"
        case .checksumMismatch: "a checksum of the message does not match its bytes; it was skipped"
        case .malformedHeaders: "the message's headers overrun their length; it was skipped"
        case .invalidBase64: "the event's embedded document is not base64; the event was skipped"
        case .outOfMemory: "allocation failed for the event; it was skipped"
        case .unknownFormat:
            "the events match no built-in format; name the format, or the path of the text"
        default: code.rawValue
        }
    }

    /// Which limit an event exceeds; nil for other errors.
    private static func excess(_ code: Code, _ limits: Limits) -> String? {
        switch code {
        case .eventTooLarge: "the event is larger than maxEventBytes, \(limits.maxEventBytes) bytes"
        case .tooManyDataLines:
            "the event has more data lines than maxDataLinesPerEvent, \(limits.maxDataLinesPerEvent)"
        case .eventNameTooLong:
            "the event's type is longer than maxEventNameBytes, \(limits.maxEventNameBytes) bytes"
        case .idTooLong: "the event's id is longer than maxIDBytes, \(limits.maxIDBytes) bytes"
        case .nestedTooDeep: "the event is nested deeper than maxNestingDepth, \(limits.maxNestingDepth)"
        case .tooManyFields: "the event has more fields than maxCapturesPerEvent, \(limits.maxCapturesPerEvent)"
        case .tooManyChoices: "the event's choice has a number that is not below maxChoices, \(limits.maxChoices)"
        case .tooManyToolCalls:
            "the event's tool call has a number that is not below maxToolCalls, \(limits.maxToolCalls)"
        default: nil
        }
    }
}

/// The first bytes of `bytes`, with control characters and non-ASCII bytes escaped.
func printableBytes(_ bytes: [UInt8]) -> String {
    bytes.withWindow { printable($0) }
}

/// The bytes as text, with U+FFFD for bytes that are not UTF-8, as WHATWG's decoder does.
func repairedUTF8(_ window: Window) -> String {
    String(decoding: window.copy(), as: UTF8.self)
}
