@testable import Sluice

// Errors as servers and gateways send them: docs/READING.md, section 4.

struct ErrorShape: Sendable {
    var json: String
    var message = "boom"
    var details = ErrorDetails()

    init(
        _ json: String, message: String = "boom", type: String = "", code: String = "", param: String = "",
        request: String = "", retry: Double? = nil
    ) {
        self.json = json
        self.message = message
        details.type = type
        details.code = code
        details.parameter = param
        details.requestID = request
        details.retryAfterSeconds = retry
    }

    /// The code if it is a word, or else the type, or a numeric code.
    var name: String {
        let isWord = details.code.contains { !$0.isNumber }
        return isWord || details.type.isEmpty ? details.code : details.type
    }

    static let all: [ErrorShape] = inError + flat + named

    private static let inError = [
        ErrorShape(#"{"error":"boom"}"#),
        ErrorShape(
            #"{"error":{"message":"boom","type":"bad_request","param":"model","code":"no_model"},"request_id":"r1"}"#,
            type: "bad_request", code: "no_model", param: "model", request: "r1"),
        ErrorShape(#"{"error":{"msg":"boom","code":429},"retry_after":2.5}"#, code: "429", retry: 2.5),
        ErrorShape(
            #"{"error":{"code":429,"message":"boom","status":"RESOURCE_EXHAUSTED","retryDelay":"39s"}}"#,
            type: "RESOURCE_EXHAUSTED", code: "429", retry: 39),
        ErrorShape(#"{"error":{"detail":"boom"},"trace_id":"r2"}"#, request: "r2"),
        ErrorShape(#"{"error":{"error":"boom","requestId":"r3","retryAfter":3}}"#, request: "r3", retry: 3),
        ErrorShape(#"{"error":{"description":"boom"}}"#),
        ErrorShape(#"{"error":{"title":"boom"}}"#),
        ErrorShape(#"{"error":{"reason":"boom"}}"#),
        ErrorShape(#"{"error":[{"message":"boom","code":"c"}]}"#, code: "c"),
        ErrorShape(#"{"error":["boom"]}"#),
        ErrorShape(#"{"error":{"a":1}}"#, message: #"{"a":1}"#),
        ErrorShape(#"{"error":"bo\u006fm"}"#),
        ErrorShape(#"{"errors":[{"message":"boom","type":"t","code":1001}]}"#, type: "t", code: "1001"),
        ErrorShape(#"{"errors":["boom"],"data":null}"#),
        ErrorShape(#"{"detail":"boom"}"#),
        ErrorShape(#"{"detail":{"message":"boom","code":"c"}}"#, code: "c"),
        ErrorShape(
            #"{"detail":[{"type":"missing","loc":["body","model",0],"msg":"boom"}]}"#, type: "missing",
            param: "body.model.0"),
    ]

    private static let flat = [
        ErrorShape(#"{"error_message":"boom","error_type":"t"}"#, type: "t"),
        ErrorShape(#"{"error_msg":"boom","error_code":17}"#, code: "17"),
        ErrorShape(#"{"errorMessage":"boom","errorType":"Exit"}"#, type: "Exit"),
        ErrorShape(#"{"errorText":"boom"}"#),
        ErrorShape(#"{"error_description":"boom"}"#),
        ErrorShape(#"{"error_code":"boom"}"#, code: "boom"),
        ErrorShape(#"{"errorCode":"boom"}"#, code: "boom"),
        ErrorShape(#"{"error_type":"boom"}"#, type: "boom"),
        ErrorShape(#"{"errorType":"boom"}"#, type: "boom"),
        ErrorShape(#"{"error_code":"c","message":"boom"}"#, code: "c"),
    ]

    private static let named = [
        ErrorShape(#"{"message":"boom","code":"bad_key"}"#, code: "bad_key"),
        ErrorShape(#"{"msg":"boom","code":40001}"#, code: "40001"),
        ErrorShape(#"{"message":"boom","status":400}"#, type: "400"),
        ErrorShape(#"{"message":"boom","__type":"Throttling"}"#, type: "Throttling"),
        ErrorShape(
            #"{"object":"error","message":"boom","type":"BadRequest","param":null,"code":400}"#, type: "BadRequest",
            code: "400"),
        ErrorShape(#"{"object":"error","message":"boom"}"#),
        ErrorShape(
            #"{"type":"error","error":{"type":"overloaded","message":"boom"},"request_id":"r4"}"#, type: "overloaded",
            request: "r4"),
        ErrorShape(#"{"success":false,"message":"boom"}"#),
        ErrorShape(#"{"base_resp":{"status_code":1004,"status_msg":"boom"}}"#, code: "1004"),
        ErrorShape(#"{"title":"boom","status":503}"#, type: "503"),
    ]

    /// What only looks like an error.
    static let falsy =
        ["error", "errors", "detail", "error_message", "error_code", "errorText"].flatMap { key in
            ["\"\"", "{}", "[]", "false", "0", "null"].map { "{\"\(key)\":\($0)}" }
        } + [
            #"{"success":true}"#, #"{"base_resp":{"status_code":0,"status_msg":"success"}}"#,
            #"{"message":"fine","code":0}"#, #"{"message":"fine","code":""}"#, #"{"message":"fine","status":200}"#,
            #"{"error":[null]}"#, #"{"error":[""]}"#, #"{"base_resp":{"status_code":0}}"#, #"{"title":"fine"}"#,
        ]

    /// As a program shows it to people: a body of HTTP.
    var pretty: String {
        json.dropFirst().dropLast().split(separator: ",", omittingEmptySubsequences: false).joined(separator: ",\n  ")
            .wrapped
    }
}

extension String {
    fileprivate var wrapped: String { "{\n  \(self)\n}\n" }
}
