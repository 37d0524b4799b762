internal import NIOCore
internal import NIOHTTP1
internal import Sluice
internal import SluiceKit

// An error's body is read as the one event of a stream whose format is not known: so the rules for errors in streams hold for
// it (docs/READING.md, 4), and there is no second reader of errors.

extension ResponseError {
    /// The error that a response with this head and body is.
    init(_ cause: Cause, _ status: HTTPResponseStatus, _ headers: HTTPHeaders, _ body: ByteBuffer, isCut: Bool) {
        var message = ""
        var details = ErrorDetails()
        if let found = Self.error(in: body) {
            (message, details) = found
        } else if cause == .status {
            message = Self.text(of: body, headers)
        }
        if details.type.isEmpty, let type = headers.first(name: "x-amzn-errortype") {
            details.type = String(type.prefix { $0 != ":" })
        }
        self.init(
            cause: cause, status: status, headers: headers, message: message.isEmpty ? status.reasonPhrase : message,
            details: details, body: body, isBodyCut: isCut)
    }

    /// The first error that the parser finds.
    private static func error(in body: ByteBuffer) -> (String, ErrorDetails)? {
        let bytes = onOneLine(body)
        var parser = StreamParser(kinds: [.error])
        var found: (String, ErrorDetails)?
        func take(_ delta: borrowing Delta) {
            guard delta.kind == .error, found == nil else { return }
            var details = delta.errorDetails ?? ErrorDetails()
            let type = String(copying: delta.errorType)
            if details.type.isEmpty, type != details.code { details.type = type }
            found = (delta.string, details)
        }
        do throws(SluiceError) {
            try parser.parse(bytes.span, take)
            try parser.finish(take)
        } catch {
            // What is no stream has no error that the parser knows.
        }
        return found ?? message(in: bytes).map { ($0, ErrorDetails()) }
    }

    /// The message of a document that says nothing else: of Amazon's.
    private static func message(in bytes: [UInt8]) -> String? {
        var json = IncrementalJSON()
        guard bytes.first == UInt8(ascii: "{"), (try? json.append(bytes.span)) != nil else { return nil }
        for key in ["message", "Message", "error_description"] {
            if let text = json.root?[key]?.string, !text.isEmpty { return text }
        }
        return nil
    }

    /// The beginning of a body that is plain text.
    private static func text(of body: ByteBuffer, _ headers: HTTPHeaders) -> String {
        let type = MediaType(headers)
        guard type.isPlainText else { return "" }
        let bytes = body.readableBytesView.drop { $0 <= 0x20 }.prefix(500)
        // A document that cannot be read, or a page.
        if let first = bytes.first, "{[<".utf8.contains(first) { return "" }
        // The last character may be cut.
        for dropped in 0...min(3, bytes.count) {
            guard let text = String(validating: bytes.dropLast(dropped), as: UTF8.self) else { continue }
            return String(text.reversed().drop { $0.isWhitespace }.reversed())
        }
        return ""
    }

    /// The bytes; of a JSON document without leading white space and raw line ends, which only stand between its values.
    static func onOneLine(_ body: ByteBuffer) -> [UInt8] {
        let bytes = body.readableBytesView.drop { $0 <= 0x20 }
        guard bytes.first == UInt8(ascii: "{") || bytes.first == UInt8(ascii: "[") else { return Array(bytes) }
        return bytes.map { $0 == 0x0A || $0 == 0x0D ? 0x20 : $0 }
    }
}
