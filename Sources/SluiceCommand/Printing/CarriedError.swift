import Sluice

/// An error that a stream carried: the same parts in every output.
struct CarriedError {
    var type: String
    var code = ""
    var message: String
    var parameter = ""
    var requestID = ""
    var retryAfterSeconds: Double?

    init(_ delta: borrowing Delta) {
        self.init(type: String(copying: delta.errorType), delta.string, delta.errorDetails)
    }

    init(_ error: Accumulator.StreamError) {
        self.init(type: error.type, error.message, error.details)
    }

    private init(type: String, _ message: String, _ details: ErrorDetails?) {
        self.type = type
        self.message = message
        guard let details else { return }
        code = details.code
        // A delta's own type may be the code.
        if !details.type.isEmpty || type == code { self.type = details.type }
        parameter = details.parameter
        requestID = details.requestID
        retryAfterSeconds = details.retryAfterSeconds
    }

    /// For standard error: `type: message (code 429, param messages, request r1, retry after 3 s)`.
    var text: String {
        let head = [type, message].filter { !$0.isEmpty }.joined(separator: ": ")
        var parts = [("code", code), ("param", parameter), ("request", requestID)].filter { !$0.1.isEmpty }.map {
            "\($0.0) \($0.1)"
        }
        if let retryAfterSeconds { parts.append("retry after \(Self.number(retryAfterSeconds)) s") }
        let tail = parts.isEmpty ? "" : "(" + parts.joined(separator: ", ") + ")"
        return [head, tail].filter { !$0.isEmpty }.joined(separator: " ")
    }

    /// The members of its JSON object: null for what the stream does not say.
    func appendMembers(to output: inout Output) {
        append("\"type\":", type, &output)
        append(",\"code\":", code, &output)
        output.append(",\"message\":" as StaticString)
        output.appendJSON(message)
        append(",\"param\":", parameter, &output)
        append(",\"request_id\":", requestID, &output)
        output.append(",\"retry_after\":" as StaticString)
        output.append(retryAfterSeconds.map(Self.number) ?? "null")
    }

    private func append(_ name: StaticString, _ text: String, _ output: inout Output) {
        output.append(name)
        output.appendJSON(text.isEmpty ? nil : text)
    }

    /// A number as JSON has it, without a fraction where there is none.
    private static func number(_ value: Double) -> String {
        guard value.isFinite else { return "null" }
        return abs(value) < 1e15 && value == value.rounded() ? "\(Int64(value))" : "\(value)"
    }
}
