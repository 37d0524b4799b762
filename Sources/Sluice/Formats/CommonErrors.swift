internal import CSluiceSimdjson

// Errors in the forms that servers and gateways share, in every format: docs/READING.md has the table.

/// An error that was found in a document.
struct FoundError {
    /// The message, or the whole error if it has none: a value of the document.
    var message: Capture
    var details = ErrorDetails()

    /// The type or code to show: a word rather than a number.
    var name: String {
        let isWord = details.code.utf8.contains { !(0x30...0x39).contains($0) }
        return isWord || details.type.isEmpty ? details.code : details.type
    }
}

final class CommonErrors: Sendable {
    static let shared = SharedTable { () throws(SluiceError) in try CommonErrors() }

    private static let messages = ["message", "msg", "detail", "error", "description", "title", "reason"]
    private static let types = ["type", "error_type", "errorType", "__type"]
    private static let codes = ["code", "error_code", "errorCode", "status_code"]
    private static let requests = ["request_id", "requestId", "trace_id"]
    private static let delays = ["retry_after", "retryAfter", "retryDelay"]
    private static let flatMessages = ["error_message", "error_msg", "errorMessage", "errorText", "error_description"]
    private static let flatCodes = ["error_code", "error_type", "errorCode", "errorType"]
    private static let containers = ["error", "errors", "detail", "base_resp"] + flatMessages

    private static let topKeys: [[UInt8]] = {
        let names = ["error", "errors", "detail", "message", "msg", "code", "status", "__type", "success", "base_resp"]
        return (names + ["title"] + flatMessages + flatCodes).map { Array($0.utf8) }
    }()

    /// Whether a document with this top-level key, as it was sent, may be an error.
    static func isKey(_ key: Window) -> Bool {
        let isEscaped = (0..<key.count).contains { key[$0] == 0x5C }
        return topKeys.contains { equals(key, isEscaped: isEscaped, $0) }
    }

    private let numbers: [String: UInt16]
    private let table: CaptureTable

    init() throws(SluiceError) {
        var paths: [String] = []
        let names =
            Self.containers + Self.messages + Self.types + Self.codes + Self.requests + Self.delays + [
                "status", "status_msg", "object", "success", "param", "loc[]", "details[].retryDelay",
            ]
        for name in names where !paths.contains(name) { paths.append(name) }
        numbers = Dictionary(uniqueKeysWithValues: paths.enumerated().map { ($1, UInt16(truncatingIfNeeded: $0)) })
        table = try CaptureTable(paths: paths, containers: Set(Self.containers))
    }

    /// The error of a valid document.
    ///
    /// - Parameters:
    ///   - subject: The error that a rule has read; nil for none.
    ///   - isMarked: The framing says that the document is an error.
    ///   - isWalked: It is the document that was walked last, and need not be indexed again.
    /// - Returns: nil if the document is no error.
    func find(
        _ payload: Window, subject: Capture?, isMarked: Bool, isWalked: Bool, _ parser: inout CaptureParser
    ) -> FoundError? {
        guard let root = fields(payload, 0, payload.count, &parser, isWalked: isWalked) else { return nil }
        if let subject {
            guard let value = root.resolved(subject) else { return nil }
            let isTop = root.captures.contains { $0.offset == subject.offset }
            return error(value, beside: isTop ? root : nil, payload, &parser)
        }
        if let found = commonForm(root, payload, &parser) { return found }
        return isMarked ? own(root.text(of: Self.messages), root) : nil
    }

    // MARK: Fields

    /// The fields of one object of a document.
    private struct Fields {
        let payload: Window
        let whole: Capture
        /// With offsets in the document.
        var captures: [Capture] = []
        let numbers: [String: UInt16]

        func value(_ name: String) -> Capture? {
            guard let number = numbers[name] else { return nil }
            return captures.first { $0.path == number }
        }

        func string(_ capture: Capture) -> String {
            let raw = payload.slice(Int(capture.offset), Int(capture.length)).copy()
            let isEscaped = capture.kind == C_SLUICE_ESCAPED
            return (isEscaped ? Sluice.unescaped(raw) : nil) ?? String(decoding: raw, as: UTF8.self)
        }

        /// A string or number that is not falsy.
        func text(_ name: String) -> Capture? {
            guard let found = value(name), found.isText, !isFalsy(found, payload) else { return nil }
            return found
        }

        func text(of names: [String], but nothing: String = "") -> Capture? {
            for name in names {
                if let found = text(name), nothing.isEmpty || string(found) != nothing { return found }
            }
            return nil
        }

        func integer(_ name: String) -> Int64 {
            guard let found = value(name), found.kind == C_SLUICE_NUMBER else { return -1 }
            return parseInteger(payload, Int(found.offset), Int(found.length)) ?? -1
        }

        /// The strings and numbers of an array, with points between them.
        func joined(_ name: String) -> String {
            guard let number = numbers[name] else { return "" }
            return captures.filter { $0.path == number && $0.isText }.map { string($0) }.joined(separator: ".")
        }

        /// A value, or the first element of an array; nil if that is falsy.
        func resolved(_ value: Capture?) -> Capture? {
            guard let value else { return nil }
            guard value.isArray(payload) else { return isFalsy(value, payload) ? nil : value }
            guard let element = firstElement(of: value, payload) else { return nil }
            return isFalsy(element, payload) ? nil : element
        }
    }

    private func fields(
        _ payload: Window, _ offset: Int, _ length: Int, _ parser: inout CaptureParser, isWalked: Bool = false
    ) -> Fields? {
        let object = payload.slice(offset, length)
        let failure = isWalked ? parser.walkAgain(object, table) : parser.walk(object, length: length, table)
        guard failure == nil else { return nil }
        // Data lines without a value put white space around a document.
        var (start, end) = (0, length)
        while isSpace(object[start]) { start += 1 }
        while isSpace(object[end - 1]) { end -= 1 }
        var whole = Capture()
        whole.offset = UInt32(clamping: offset + start)
        whole.length = UInt32(clamping: end - start)
        whole.kind = UInt8(C_SLUICE_CONTAINER)
        var fields = Fields(payload: payload, whole: whole, numbers: numbers)
        let found = parser.captures
        for index in found.indices {
            var capture = found[index]
            capture.offset += UInt32(clamping: offset)
            fields.captures.append(capture)
        }
        return fields
    }

    // MARK: Forms

    private func commonForm(_ root: Fields, _ payload: Window, _ parser: inout CaptureParser) -> FoundError? {
        for name in ["error", "errors", "detail"] + Self.flatMessages {
            if name == "errors", root.value(name)?.isArray(payload) != true { continue }
            if let value = root.resolved(root.value(name)) { return error(value, beside: root, payload, &parser) }
        }
        if let code = root.text(of: Self.flatCodes) { return own(root.text(of: Self.messages) ?? code, root) }
        let status = root.integer("status")
        if let message = root.text(of: ["message", "msg"]),
            isErrorCode(root) || status >= 400 || root.text("__type") != nil
        {
            return own(message, root)
        }
        let isNamed = ["object", "type"].contains { root.text($0).map { root.string($0) } == "error" }
        if isNamed || root.value("success")?.kind == UInt8(C_SLUICE_FALSE) {
            return own(root.text(of: Self.messages), root)
        }
        if let found = baseResponse(root, payload, &parser) { return found }
        if status >= 400, let title = root.text("title") { return own(title, root) }
        return nil
    }

    private func baseResponse(_ root: Fields, _ payload: Window, _ parser: inout CaptureParser) -> FoundError? {
        guard let base = root.value("base_resp"), base.kind == C_SLUICE_CONTAINER, !base.isArray(payload),
            let fields = fields(payload, Int(base.offset), Int(base.length), &parser), fields.text("status_code") != nil
        else { return nil }
        return FoundError(message: fields.text("status_msg") ?? base, details: details(fields, beside: root))
    }

    /// A code that is neither falsy nor one for success.
    private func isErrorCode(_ root: Fields) -> Bool {
        guard let found = root.text("code") else { return false }
        let code = root.string(found)
        let isHTTP = code.utf8.count == 3 && code.utf8.allSatisfy { (0x30...0x39).contains($0) } && code.hasPrefix("2")
        return !isHTTP && !["success", "SUCCESS", "ok", "OK"].contains(code)
    }

    /// The error that a value is.
    private func error(
        _ value: Capture, beside root: Fields?, _ payload: Window, _ parser: inout CaptureParser
    ) -> FoundError? {
        if value.kind == C_SLUICE_CONTAINER && !value.isArray(payload) {
            guard let own = fields(payload, Int(value.offset), Int(value.length), &parser) else { return nil }
            return FoundError(message: own.text(of: Self.messages) ?? value, details: details(own, beside: root))
        }
        let isString = value.isText && value.kind != C_SLUICE_NUMBER
        let message = isString || value.kind == C_SLUICE_CONTAINER ? value : root?.text(of: Self.messages) ?? value
        return FoundError(message: message, details: details(nil, beside: root))
    }

    /// The error that the whole document is.
    private func own(_ message: Capture?, _ root: Fields) -> FoundError {
        FoundError(message: message ?? root.whole, details: details(root, beside: nil))
    }

    // MARK: Details

    private func details(_ own: Fields?, beside root: Fields?) -> ErrorDetails {
        let objects = [own, root].compactMap(\.self)
        func find(_ names: [String]) -> String {
            for object in objects { if let found = object.text(of: names) { return object.string(found) } }
            return ""
        }
        var details = ErrorDetails()
        let type = own.flatMap { own in
            own.text(of: Self.types + ["status"], but: "error").map { own.string($0) }
        }
        details.type =
            type ?? root.flatMap { root in
                root.text(of: Self.types, but: "error").map { root.string($0) }
            } ?? ""
        details.code = find(Self.codes)
        for object in objects where details.parameter.isEmpty {
            details.parameter = object.text("param").map { object.string($0) } ?? object.joined("loc[]")
        }
        details.requestID = find(Self.requests)
        for object in objects {
            for name in Self.delays + ["details[].retryDelay"] where details.retryAfterSeconds == nil {
                details.retryAfterSeconds = object.value(name).flatMap { seconds(object.string($0)) }
            }
        }
        return details
    }

    /// `12`, `1.5` or `39s`: digits, a fraction, a unit. At most 32 bytes.
    private func seconds(_ text: String) -> Double? {
        guard text.utf8.count <= 32 else { return nil }
        let number = text.hasSuffix("s") ? text.dropLast() : Substring(text)
        let parts = number.split(separator: ".", omittingEmptySubsequences: false)
        let areDigits = parts.allSatisfy { !$0.isEmpty && $0.utf8.allSatisfy { (0x30...0x39).contains($0) } }
        return parts.count <= 2 && areDigits ? Double(number) : nil
    }
}

extension Capture {
    /// A string or a number.
    fileprivate var isText: Bool {
        kind == C_SLUICE_STRING || kind == C_SLUICE_ESCAPED || kind == C_SLUICE_NUMBER
    }

    fileprivate func isArray(_ payload: Window) -> Bool {
        kind == C_SLUICE_CONTAINER && payload[Int(offset)] == 0x5B
    }
}

/// The first element of a valid array; nil if it is empty or null.
private func firstElement(of array: Capture, _ payload: Window) -> Capture? {
    let end = Int(array.offset) + Int(array.length) - 1
    var start = Int(array.offset) + 1
    while start < end && isSpace(payload[start]) { start += 1 }
    guard start < end else { return nil }
    var element = array
    let first = payload[start]
    var at = start
    var depth = 0
    var isEscaped = false
    repeat {
        switch payload[at] {
        case 0x7B, 0x5B: depth += 1
        case 0x7D, 0x5D: depth -= 1
        case 0x22:
            at += 1
            while payload[at] != 0x22 {
                if payload[at] == 0x5C {
                    isEscaped = true
                    at += 1
                }
                at += 1
            }
        default: break
        }
        at += 1
    } while depth > 0 || at < end && payload[at] != 0x2C
    while isSpace(payload[at - 1]) { at -= 1 }
    element.offset = UInt32(clamping: start)
    element.length = UInt32(clamping: at - start)
    switch first {
    case 0x7B, 0x5B: element.kind = UInt8(C_SLUICE_CONTAINER)
    case 0x22:
        element.kind = UInt8(isEscaped ? C_SLUICE_ESCAPED : C_SLUICE_STRING)
        element.offset += 1
        element.length -= 2
    case 0x74: element.kind = UInt8(C_SLUICE_TRUE)
    case 0x66: element.kind = UInt8(C_SLUICE_FALSE)
    case 0x6E: return nil
    default: element.kind = UInt8(C_SLUICE_NUMBER)
    }
    return element
}

/// Whether a value says that there is no error: an empty string, object or array, false, or zero.
func isFalsy(_ capture: Capture, _ payload: Window) -> Bool {
    let bytes = payload.slice(Int(capture.offset), Int(capture.length))
    switch Int32(capture.kind) {
    case Int32(C_SLUICE_FALSE): return true
    case Int32(C_SLUICE_STRING), Int32(C_SLUICE_ESCAPED): return capture.length == 0
    case Int32(C_SLUICE_NUMBER):
        for index in 0..<bytes.count {
            if bytes[index] | 0x20 == 0x65 { return true }
            if (0x31...0x39).contains(bytes[index]) { return false }
        }
        return true
    case Int32(C_SLUICE_CONTAINER): return (1..<max(1, bytes.count - 1)).allSatisfy { isSpace(bytes[$0]) }
    default: return false
    }
}
