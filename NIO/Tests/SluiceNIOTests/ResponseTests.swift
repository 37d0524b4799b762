import AsyncHTTPClient
import NIOCore
import NIOHTTP1
import Sluice
import SluiceKit
import Testing

@testable import SluiceNIO

@Suite("responses that are no streams", .hangGuard)
struct ResponseTests {
    private static let bodies: [(body: String, type: String, message: String, details: [String])] = [
        (
            "{\n  \"error\": {\n    \"message\": \"Too many\",\n    \"type\": \"requests\",\n    \"code\": \"rate\",\n"
                + "    \"param\": \"n\"\n  }\n}\n", "application/json", "Too many", ["requests", "rate", "n", ""]
        ),
        (
            #"{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"},"request_id":"req_9"}"#,
            "application/json", "Overloaded", ["overloaded_error", "", "", "req_9"]
        ),
        (
            #"[{"error":{"code":429,"message":"Quota","status":"RESOURCE_EXHAUSTED"}}]"#, "application/json", "Quota",
            ["RESOURCE_EXHAUSTED", "429", "", ""]
        ),
        (#"{"detail":"Not here"}"#, "application/json", "Not here", ["", "", "", ""]),
        (
            #"{"message":"The security token is invalid"}"#, "application/json", "The security token is invalid",
            ["", "", "", ""]
        ),
        (
            "event: error\ndata: {\"error\":{\"message\":\"Broke\"}}\n\n", "text/event-stream", "Broke",
            ["", "", "", ""]
        ),
        ("  upstream connect error\n", "text/plain", "upstream connect error", ["", "", "", ""]),
        ("<html>Bad gateway</html>", "text/html", "Bad Gateway", ["", "", "", ""]),
        ("", "application/json", "Bad Gateway", ["", "", "", ""]),
        ("{\"error\":", "application/json", "Bad Gateway", ["", "", "", ""]),
    ]

    @Test("an error's body is read in the forms that providers have", arguments: bodies.indices)
    func error(_ index: Int) {
        let (body, type, message, details) = Self.bodies[index]
        let error = ResponseError(
            .status, .badGateway, ["content-type": type], ByteBuffer(string: body), isCut: false)
        let found = error.details
        #expect(error.message == message)
        #expect([found.type, found.code, found.parameter, found.requestID] == details)
        #expect(error.requestID == (details[3].isEmpty ? nil : details[3]))
    }

    @Test("Amazon's type of an error is a header")
    func amazon() {
        let error = ResponseError(
            .status, .forbidden, ["x-amzn-errortype": "AccessDeniedException:http://x", "x-amzn-requestid": "7"],
            ByteBuffer(string: #"{"Message":"No"}"#), isCut: false)
        #expect("\(error)" == "HTTP 403 Forbidden: No (AccessDeniedException), request 7")
    }

    private static let delays: [(headers: HTTPHeaders, delay: Duration?)] = [
        (["retry-after": "20"], .seconds(20)), (["retry-after": "0.5"], .milliseconds(500)),
        (["retry-after-ms": "250", "retry-after": "1"], .milliseconds(250)),
        (["retry-after": "Sun, 06 Nov 1994 08:50:37 GMT"], .seconds(60)),
        (["retry-after": "Sun, 06 Nov 1994 08:00:00 GMT"], .zero), ([:], nil), (["retry-after": "soon"], nil),
        (["retry-after": "-1"], nil), (["retry-after": "nan"], nil), (["retry-after": "1e300"], nil),
        (["retry-after": "Sun, 06 Nov 1994 08:49:37 CET"], nil),
        (["retry-after": "Sun, 99 Nov 1994 08:49:37 GMT"], nil),
        (["retry-after-ms": "x", "retry-after": "3"], .seconds(3)),
    ]

    @Test("when to repeat a request, in seconds, milliseconds or as a date", arguments: delays.indices)
    func retryAfter(_ index: Int) {
        #expect(RetryAfter.delay(Self.delays[index].headers, now: 784_111_777) == Self.delays[index].delay)
    }

    @Test("dates are those of the calendar")
    func dates() {
        #expect(RetryAfter.date("Thu, 01 Jan 1970 00:00:00 GMT") == 0)
        #expect(RetryAfter.date("Sun, 06 Nov 1994 08:49:37 GMT") == 784_111_777)
        #expect(RetryAfter.date("Thu, 29 Feb 2024 23:59:59 GMT") == 1_709_251_199)
        #expect(RetryAfter.date("Wed, 01 Mar 2000 00:00:00 GMT") == 951_868_800)
    }

    /// Parts of a body, what of them is parsed before its end, and at its end.
    private static let intakes:
        [(type: String, format: WireFormat?, parts: [String], taken: [String?], last: String?)] = [
            ("text/event-stream", nil, ["data: {", "}\n\n"], ["data: {", "}\n\n"], nil),
            ("Text/Event-Stream; charset=utf-8", nil, ["x"], ["x"], nil),
            ("", nil, ["{"], ["{"], nil),
            ("application/json", .ollamaChat, ["{}\n"], ["{}\n"], nil),
            ("application/json", nil, [" ", "[{", "}]"], [" ", "[{", "}]"], nil),
            ("application/json", nil, ["data: 1"], ["data: 1"], nil),
            ("application/json", .openAIChat, ["\n{\"a\":", "1\n}\n"], [nil, nil], "data: {\"a\":1 } \n\n"),
            ("application/problem+json", .openAIChat, ["{}"], [nil], "data: {}\n\n"),
            ("application/json", nil, ["{\"a\":{}}\n", "{\"b\"", ":1}"], [nil, "{\"a\":{}}\n{\"b\"", ":1}"], nil),
            ("application/json", nil, ["{\"a\":[{},\n{}]}"], [nil], "data: {\"a\":[{}, {}]}\n\n"),
            ("application/json", .openAIChat, [], [], nil),
        ]

    @Test("what of a body is parsed, by its content type", arguments: intakes.indices)
    func intake(_ index: Int) throws {
        let (type, format, parts, taken, last) = Self.intakes[index]
        var intake = ResponseIntake(
            .ok, ["content-type": type], format?.framing, errorBodyLimit: 10, documentLimit: 1_000)
        let found = parts.map { intake.take(ByteBuffer(string: $0)).map { String(buffer: $0) } }
        #expect(found == taken)
        #expect(try intake.finish().map { String(buffer: $0) } == last)
    }

    @Test("of an error's body no more is kept, and asked for, than the limit")
    func limit() async throws {
        let (parts, continuation) = AsyncStream.makeStream(of: ByteBuffer.self)
        for _ in 0..<3 { continuation.yield(ByteBuffer(string: "12345678")) }
        let response = HTTPClientResponse(status: .badRequest, body: .stream(parts))
        var iterator = response.chunks(errorBodyLimit: 10).makeAsyncIterator()
        do {
            _ = try await iterator.next()
            Issue.record("nothing was thrown")
        } catch let error as ResponseError {
            #expect(String(buffer: error.body) == "1234567812" && error.isBodyCut)
        }
        #expect(try await iterator.next() == nil)
    }

    @Test("a document over the limit is parsed as it comes")
    func longDocument() throws {
        var intake = ResponseIntake(.ok, ["content-type": "application/json"], nil, errorBodyLimit: 0, documentLimit: 5)
        #expect(intake.take(ByteBuffer(string: "{\"a\"")) == nil)
        #expect(intake.take(ByteBuffer(string: ":1")) == ByteBuffer(string: "{\"a\":1"))
        #expect(intake.take(ByteBuffer(string: "}")) == ByteBuffer(string: "}"))
        #expect(try intake.finish() == nil)
    }

    @Test("a redirection is no stream")
    func redirection() {
        var intake = ResponseIntake(.found, [:], nil, errorBodyLimit: 5, documentLimit: 5)
        #expect(throws: ResponseError.self) { try intake.finish() }
    }
}
