// What each error says to a person: what is wrong, and what can be done.

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
            return excess + (limits.whenExceeded == .skip ? "; it was skipped up to its end" : "; nothing more is read")
        }
        return switch code {
        case .malformedPayload: "the event is not valid JSON; it was skipped"
        case .invalidUTF8: "the event has bytes that are not UTF-8; it was skipped"
        case .invalidEscape: "a string of the event has an escape that JSON does not know; the event was skipped"
        case .unexpectedPayload: "the event is JSON, but no object; it was skipped"
        case .incompleteEvent: "the input ended inside this event, and what there is of it cannot be read"
        case .strayError:
            "a line is neither field nor comment and looks like an error; the stream is not taken as complete"
        case .undecodedBody:
            "the size of an HTTP chunk stands before this line; decode chunked transfer encoding first (curl without --raw): "
                + "payloads are cut where chunks are, and the stream is not taken as complete"
        case .strayByteOrderMark:
            "a byte order mark stands before a field inside of the stream, which makes it none; remove the mark. "
                + "The line was ignored, and the stream is not taken as complete"
        case .checksumMismatch: "a checksum of the message does not match its bytes; it was skipped"
        case .malformedHeaders: "the message's headers overrun their length; it was skipped"
        case .invalidBase64: "the event's embedded document is not base64; the event was skipped"
        case .outOfMemory: "there is no memory for the event; it was skipped"
        case .unknownFormat:
            "the events are those of no format that Sluice knows; name the format, or the path of the text"
        default: code.rawValue
        }
    }

    /// Which limit an event has passed; nil for any other error.
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

/// The first bytes of `bytes`, with whatever does not print escaped.
func printableBytes(_ bytes: [UInt8]) -> String {
    bytes.withWindow { printable($0) }
}

/// The bytes as text, with U+FFFD for what is not UTF-8, as WHATWG's decoder puts it.
func repairedUTF8(_ window: Window) -> String {
    String(decoding: window.copy(), as: UTF8.self)
}
