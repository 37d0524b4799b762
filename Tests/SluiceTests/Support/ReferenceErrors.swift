import Sluice

// Errors: the common forms, their messages, and what else they say. docs/READING.md, section 4.

/// An error as a document has it.
struct ReferenceError {
    var message: [UInt8] = []
    var details = ErrorDetails()

    /// The type or code to show: a word rather than a number.
    var name: String {
        let isWord = details.code.contains { !("0"..."9").contains($0) }
        return isWord || details.type.isEmpty ? details.code : details.type
    }
}

struct ReferenceErrors {
    private let payload: [UInt8]
    private let root: ReferenceValue

    init(_ payload: [UInt8], _ root: ReferenceValue) {
        self.payload = payload
        self.root = root
    }

    private static let messages = ["message", "msg", "detail", "error", "description", "title", "reason"]
    private static let ownMessages = [
        "error_message", "error_msg", "errorMessage", "errorText", "error_description",
    ]
    private static let codes = ["error_code", "error_type", "errorCode", "errorType"]
    private static let types = ["type", "error_type", "errorType", "__type"]

    // MARK: Values

    private func raw(_ value: ReferenceValue) -> ArraySlice<UInt8> { payload[value.range] }

    /// `""`, `{}`, `[]`, `false`, null, and numbers whose digits before an exponent are all 0.
    func isFalsy(_ value: ReferenceValue) -> Bool {
        switch value.kind {
        case .null, .no: true
        case .yes: false
        case .string: value.range.isEmpty
        case .object: value.members.isEmpty
        case .array: value.elements.isEmpty
        case .number:
            !raw(value).prefix { $0 != UInt8(ascii: "e") && $0 != UInt8(ascii: "E") }
                .contains { (UInt8(ascii: "1")...UInt8(ascii: "9")).contains($0) }
        }
    }

    /// The text of a value, of a string with wrong escapes and of what is no string as it was sent.
    private func shown(_ value: ReferenceValue) -> [UInt8] {
        (value.kind == .string ? ReferenceText.closed(raw(value)) : nil) ?? Array(raw(value))
    }

    /// The text of a string or number that is not falsy.
    private func text(_ value: ReferenceValue?) -> [UInt8]? {
        guard let value, value.kind == .string || value.kind == .number, !isFalsy(value) else { return nil }
        return shown(value)
    }

    private func first(_ names: [String], in object: ReferenceValue?, but nothing: String = "") -> [UInt8]? {
        for name in names {
            if let found = text(object?.member(name)), found != Array(nothing.utf8) { return found }
        }
        return nil
    }

    /// A value, or the first element of an array; nil where that is falsy.
    func resolved(_ value: ReferenceValue?) -> ReferenceValue? {
        guard let value else { return nil }
        guard let one = value.kind == .array ? value.elements.first : value else { return nil }
        return isFalsy(one) ? nil : one
    }

    // MARK: Messages

    /// The error that a value is, which stands in `holder`.
    func error(_ value: ReferenceValue, in holder: ReferenceValue?) -> ReferenceError {
        var message: [UInt8]?
        switch value.kind {
        case .string: message = shown(value)
        case .object: message = first(Self.messages, in: value)
        case .array: break
        case .number, .yes, .no, .null: message = first(Self.messages, in: holder)
        }
        return ReferenceError(message: message ?? Array(raw(value)), details: details(of: value, beside: holder))
    }

    /// The error that the whole document is.
    private func own(_ message: [UInt8]?) -> ReferenceError {
        let message = message ?? first(Self.messages, in: root) ?? Array(raw(root))
        return ReferenceError(message: message, details: details(of: root, beside: nil))
    }

    /// The error that the document has in one of the common forms.
    func commonForm() -> ReferenceError? {
        if let found = resolved(root.member("error")) { return error(found, in: root) }
        if let errors = root.member("errors"), errors.kind == .array, let found = resolved(errors) {
            return error(found, in: root)
        }
        if let found = resolved(root.member("detail")) { return error(found, in: root) }
        for name in Self.ownMessages {
            if let found = resolved(root.member(name)) { return error(found, in: root) }
        }
        for name in Self.codes {
            if let found = text(root.member(name)) { return own(first(Self.messages, in: root) ?? found) }
        }
        let status = number(root.member("status"))
        if let found = first(["message", "msg"], in: root) {
            if isErrorCode(root.member("code")) || status >= 400 || text(root.member("__type")) != nil {
                return own(found)
            }
        }
        if ["object", "type"].contains(where: { text(root.member($0)) == Array("error".utf8) }) { return own(nil) }
        if root.member("success")?.kind == .no { return own(nil) }
        if let base = root.member("base_resp"), text(base.member("status_code")) != nil {
            var found = error(base, in: root)
            found.message = text(base.member("status_msg")) ?? Array(raw(base))
            return found
        }
        if status >= 400, let title = text(root.member("title")) { return own(title) }
        return nil
    }

    /// The error of an event that the framing marks as one, whatever its document.
    func anyForm() -> ReferenceError { commonForm() ?? own(nil) }

    /// A number's digits before its fraction; -1 for all else.
    private func number(_ value: ReferenceValue?) -> Int {
        guard let value, value.kind == .number else { return -1 }
        let digits = String(decoding: raw(value), as: UTF8.self)
        return digits.contains { $0 == "e" || $0 == "E" } ? -1 : Int(digits.prefix { $0 != "." }) ?? -1
    }

    /// A code that is not falsy, nor one of HTTP's for success.
    private func isErrorCode(_ value: ReferenceValue?) -> Bool {
        guard let code = text(value) else { return false }
        if ["success", "SUCCESS", "ok", "OK"].contains(String(decoding: code, as: UTF8.self)) { return false }
        return !(code.count == 3 && code[0] == UInt8(ascii: "2") && code.allSatisfy { (0x30...0x39).contains($0) })
    }

    // MARK: Details

    /// What else is said, in the error or else beside it.
    private func details(of value: ReferenceValue, beside holder: ReferenceValue?) -> ErrorDetails {
        let objects = [value, holder].compactMap { $0 }.filter { $0.kind == .object }
        func find(_ names: [String], _ read: (ReferenceValue) -> [UInt8]?) -> [UInt8]? {
            for object in objects {
                for name in names {
                    if let found = object.member(name).flatMap(read) { return found }
                }
            }
            return nil
        }
        func string(_ bytes: [UInt8]?) -> String { String(decoding: bytes ?? [], as: UTF8.self) }

        var details = ErrorDetails()
        // A status beside the error is that of the answer.
        let isObject = value.kind == .object
        let types = isObject ? first(Self.types + ["status"], in: value, but: "error") : nil
        details.type = string(types ?? first(Self.types, in: holder, but: "error"))
        details.code = string(find(["code", "error_code", "errorCode", "status_code"]) { text($0) })
        details.parameter = string(find(["param", "loc"]) { text($0) ?? joined($0) })
        details.requestID = string(find(["request_id", "requestId", "trace_id"]) { text($0) })
        let delay = find(["retry_after", "retryAfter", "retryDelay"]) { value in
            Self.seconds(shown(value)) == nil ? nil : shown(value)
        }
        let nested = objects.lazy.compactMap { $0.member("details")?.elements }.joined()
            .compactMap { $0.member("retryDelay") }.compactMap { Self.seconds(shown($0)) }
        details.retryAfterSeconds = delay.flatMap { Self.seconds($0) } ?? nested.first
        return details
    }

    /// The strings and numbers of an array, with points between them.
    private func joined(_ value: ReferenceValue) -> [UInt8]? {
        guard value.kind == .array else { return nil }
        let parts = value.elements.filter { $0.kind == .string || $0.kind == .number }.map { shown($0) }
        return parts.isEmpty ? nil : Array(parts.joined(separator: Array(".".utf8)))
    }

    /// `12`, `1.5` or `39s`: digits, a fraction, a unit. At most 32 bytes.
    static func seconds(_ bytes: [UInt8]) -> Double? {
        var text = Substring(String(decoding: bytes, as: UTF8.self))
        guard bytes.count <= 32 else { return nil }
        if text.hasSuffix("s") { text = text.dropLast() }
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        let areDigits = parts.allSatisfy { !$0.isEmpty && $0.utf8.allSatisfy { (0x30...0x39).contains($0) } }
        return parts.count <= 2 && areDigits ? Double(text) : nil
    }
}
