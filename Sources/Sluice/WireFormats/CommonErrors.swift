internal import CSluiceSimdjson

// Errors in the forms that servers and gateways share, in every format: docs/READING.md has the table.

/// An error that was found in a document.
struct FoundError {
    /// The captured message, or the whole error if it has none.
    var message: Capture
    var details = ErrorDetails()

    /// The type or code to show: a word rather than a number.
    var name: String {
        let isWord = details.code.utf8.contains { !(0x30...0x39).contains($0) }
        return isWord || details.type.isEmpty ? details.code : details.type
    }
}

struct CommonErrors {
    /// The objects in which an error's fields may be: the error's own, the first of several, and the document.
    private enum Place: Int, CaseIterable {
        case error, errorElement, errorsElement, detail, detailElement, document

        var prefix: String { ["error.", "error[].", "errors[].", "detail.", "detail[].", ""][rawValue] }
    }

    private static let messages = ["message", "msg", "detail", "error", "description", "title", "reason"]
    private static let types = ["type", "error_type", "errorType", "__type", "status"]
    private static let codes = ["code", "error_code", "errorCode", "status_code"]
    private static let requests = ["request_id", "requestId", "trace_id"]
    private static let delays = ["retry_after", "retryAfter", "retryDelay"]
    private static let flatMessages = ["error_message", "error_msg", "errorMessage", "errorText", "error_description"]
    private static let flatTypes = ["error_code", "error_type", "errorCode", "errorType"]

    private static let topKeys: Set<String> = Set(
        ["error", "errors", "detail", "message", "msg", "code", "status", "__type", "success", "base_resp", "title"]
            + flatMessages + flatTypes)
    private static let topKeyBytes: [[UInt8]] = topKeys.map { Array($0.utf8) }

    /// Whether a document with this top-level key may be an error.
    static func isKey(_ key: Window) -> Bool { topKeyBytes.contains { equals(key, isEscaped: false, $0) } }

    private let paths: [String]
    private let numbers: [String: UInt16]
    private let table: CaptureTable

    init() throws(SluiceError) {
        var paths = ["error", "error[]", "errors[]", "detail", "detail[]"]
        for place in Place.allCases {
            for name in Self.messages + Self.types + Self.codes + Self.requests + Self.delays + ["param"] {
                paths.append(place.prefix + name)
            }
        }
        paths += Self.flatMessages
        paths += ["object", "success", "base_resp.status_code", "base_resp.status_msg"]
        paths += ["error.details[].retryDelay", "detail[].loc[]", "error.param[]"]
        var seen: Set<String> = []
        paths = paths.filter { seen.insert($0).inserted }
        self.paths = paths
        numbers = Dictionary(uniqueKeysWithValues: paths.enumerated().map { ($1, UInt16(truncatingIfNeeded: $0)) })
        table = try CaptureTable(
            paths: paths, containers: ["error", "error[]", "errors[]", "detail", "detail[]", "error.message"])
    }

    /// The error in a valid document; nil if it is none. `isMarked`: the framing or a rule says that it is one.
    func find(_ payload: Window, isMarked: Bool, _ parser: inout CaptureParser) -> FoundError? {
        guard parser.walk(payload, length: payload.count, table) == nil else { return nil }
        return Reading(payload: payload, parser: parser, errors: self).find(isMarked: isMarked)
    }

    /// The captures of one document.
    private struct Reading: ~Copyable, ~Escapable {
        let payload: Window
        let captures: Span<Capture>
        let errors: CommonErrors

        @_lifetime(borrow parser)
        init(payload: Window, parser: borrowing CaptureParser, errors: CommonErrors) {
            self.payload = payload
            captures = parser.captures
            self.errors = errors
        }

        /// The first value at a path that is not falsy.
        private func value(_ path: String) -> Capture? {
            guard let number = errors.numbers[path] else { return nil }
            for index in captures.indices where captures[index].path == number {
                return isFalsy(captures[index], payload) ? nil : captures[index]
            }
            return nil
        }

        private func first(_ place: Place, _ names: [String]) -> Capture? {
            for name in names { if let found = value(place.prefix + name) { return found } }
            return nil
        }

        private func text(_ capture: Capture?) -> String {
            guard let capture else { return "" }
            let raw = payload.slice(Int(capture.offset), Int(capture.length)).copy()
            return capture.kind == C_SLUICE_ESCAPED ? Sluice.unescaped(raw) ?? "" : String(decoding: raw, as: UTF8.self)
        }

        private func integer(_ capture: Capture?) -> Int64 {
            guard let capture, capture.kind == C_SLUICE_NUMBER else { return 0 }
            return parseInteger(payload, Int(capture.offset), Int(capture.length)) ?? 0
        }

        func find(isMarked: Bool) -> FoundError? {
            for (path, own) in [
                ("error", Place.error), ("error[]", .errorElement), ("errors[]", .errorsElement), ("detail", .detail),
                ("detail[]", .detailElement),
            ] {
                guard let whole = value(path) else { continue }
                // An array of errors is read by its first element.
                if whole.kind == C_SLUICE_CONTAINER && payload[Int(whole.offset)] == 0x5B { continue }
                let isObject = whole.kind == C_SLUICE_CONTAINER
                let message = isObject ? first(own, CommonErrors.messages) : whole
                return found(message ?? first(.document, ["message", "msg"]) ?? whole, own)
            }
            if let message = first(.document, CommonErrors.flatMessages) { return found(message, .document) }
            if value("base_resp.status_code") != nil,
                let message = value("base_resp.status_msg") ?? value("base_resp.status_code")
            {
                return found(message, .document)
            }
            let message = first(.document, ["message", "msg"])
            if let message, isMarked || isError(message) { return found(message, .document) }
            if let title = value("title"), isMarked || value("status") != nil { return found(title, .document) }
            if let code = first(.document, CommonErrors.flatTypes) { return found(message ?? code, .document) }
            guard let success = errors.numbers["success"] else { return nil }
            for index in captures.indices
            where captures[index].path == success && captures[index].kind == C_SLUICE_FALSE {
                return found(message ?? captures[index], .document)
            }
            return nil
        }

        /// Whether a document with a message says by its other fields that it is an error.
        private func isError(_ message: Capture) -> Bool {
            if text(value("object")) == "error" || text(value("type")) == "error" { return true }
            if value("__type") != nil || integer(value("status")) >= 400 { return true }
            guard let code = value("code") else { return false }
            return !["200", "success", "SUCCESS", "ok", "OK"].contains(text(code))
        }

        private func found(_ message: Capture, _ own: Place) -> FoundError {
            var found = FoundError(message: message)
            func field(_ names: [String]) -> String {
                let inside = text(first(own, names))
                return inside.isEmpty ? text(first(.document, names)) : inside
            }
            found.details.type = field(CommonErrors.types)
            let isNumber = found.details.type.utf8.allSatisfy { (0x30...0x39).contains($0) }
            if isNumber { found.details.type = "" }
            if found.details.type == "error" {
                found.details.type = text(first(.document, ["error_type", "errorType"]))
            }
            found.details.code = field(CommonErrors.codes)
            for path in ["base_resp.status_code", own.prefix + "status", "status"] where found.details.code.isEmpty {
                if let code = value(path), code.kind == C_SLUICE_NUMBER { found.details.code = text(code) }
            }
            found.details.parameter = field(["param"])
            if found.details.parameter.isEmpty { found.details.parameter = location() }
            found.details.requestID = field(CommonErrors.requests)
            var delay = field(CommonErrors.delays)
            if delay.isEmpty { delay = text(value("error.details[].retryDelay")) }
            found.details.retryAfterSeconds = Double(delay.hasSuffix("s") ? String(delay.dropLast()) : delay)
            return found
        }

        /// The place of a validation error, as FastAPI has it: `["body","messages",0]` is `body.messages.0`.
        private func location() -> String {
            guard let number = errors.numbers["detail[].loc[]"] else { return "" }
            var parts: [String] = []
            for index in captures.indices where captures[index].path == number && captures[index].positions.0 == 0 {
                parts.append(text(captures[index]))
            }
            return parts.joined(separator: ".")
        }
    }
}

/// Whether a value says that there is no error: an empty string, object or array, false, or zero.
func isFalsy(_ capture: Capture, _ payload: Window) -> Bool {
    let bytes = payload.slice(Int(capture.offset), Int(capture.length))
    switch Int32(capture.kind) {
    case Int32(C_SLUICE_FALSE): return true
    case Int32(C_SLUICE_STRING), Int32(C_SLUICE_ESCAPED): return capture.length == 0
    case Int32(C_SLUICE_NUMBER): return (0..<bytes.count).allSatisfy { [0x30, 0x2E, 0x2D].contains(bytes[$0]) }
    case Int32(C_SLUICE_CONTAINER): return (1..<max(1, bytes.count - 1)).allSatisfy { isSpace(bytes[$0]) }
    default: return false
    }
}
