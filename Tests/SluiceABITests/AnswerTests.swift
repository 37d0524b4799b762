import CSluice
import Testing

@testable import Sluice

@Suite("whole answers of the C ABI")
struct AnswerTests {
    /// Reads a stream in chunks, and returns its answer as JSON.
    private static func answer(
        _ text: String, chunkBytes: Int = .max, maxBytes: UInt64 = 0, kinds: DeltaKinds = [.answer, .detail]
    ) -> String {
        unsafe AnswerRun.read(text, chunkBytes: chunkBytes, maxBytes: maxBytes, kinds: kinds) { answer, stream in
            var json = unsafe sluice_text()
            #expect(unsafe sluice_answer_json(answer, stream, &json) == SLUICE_OK)
            return unsafe json.string
        }
    }

    private static let call =
        "{\"index\":0,\"id\":\"c\",\"function\":{\"name\":\"look\",\"arguments\":\"{\\\"a\\\":1}\"}}"
    private static let stream =
        "data: {\"id\":\"r1\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"a\\\"b\\\\\\u0001\\n\"}}]}\n\n"
        + "data: {\"id\":\"r1\",\"choices\":[{\"index\":0,\"delta\":{\"tool_calls\":[\(call)]}}]}\n\n"
        + "data: {\"id\":\"r1\",\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"tool_calls\"}],"
        + "\"usage\":{\"prompt_tokens\":3,\"completion_tokens\":4}}\n\ndata: [DONE]\n\n"

    @Test("an answer has its texts, calls, blocks, usage and details, at every chunk size")
    func whole() {
        let expected =
            "{\"format\":\"openai-chat\",\"status\":\"complete\",\"choices\":{\"0\":{"
            + "\"text\":\"a\\\"b\\\\\\u0001\\n\",\"reasoning\":\"\",\"tool_plan\":\"\",\"refusal\":\"\",\"tool_calls\":["
            + "{\"index\":0,\"id\":\"c\",\"name\":\"look\",\"origin\":\"client\",\"arguments\":\"{\\\"a\\\":1}\"}],"
            + "\"finish_reason\":\"tool_calls\",\"blocks\":["
            + "{\"kind\":\"text\",\"number\":null,\"type\":null,\"text\":\"a\\\"b\\\\\\u0001\\n\",\"details\":[]},"
            + "{\"kind\":\"tool_call\",\"number\":0,\"type\":null,\"tool_call\":0,\"details\":[]}]}},"
            + "\"usage\":{\"input\":3,\"output\":4,\"all_input\":3,\"all_output\":4},\"error\":null,"
            + "\"details\":{\"response-id\":\"r1\",\"usage\":{\"prompt_tokens\":3,\"completion_tokens\":4}},"
            + "\"malformed_events\":0,\"unread_events\":0,\"unread_kinds\":[],\"problems\":[]}"
        for size in [Int.max, 64, 7, 1] {
            #expect(Self.answer(Self.stream, chunkBytes: size) == expected, "\(size) bytes a chunk")
        }
    }

    @Test("an error has its parts, and what could not be read is in the problems")
    func failures() {
        let text =
            "data: {\"choices\":[{\"delta\":{\"content\":\"a\"}}]}\n\ndata: {oops\n\n"
            + "data: {\"error\":{\"message\":\"m\",\"type\":\"t\",\"code\":429},\"retry_after\":1.5}\n\n"
        let answer = Self.answer(text)
        #expect(answer.contains("\"status\":\"failed\""))
        #expect(answer.contains("\"error\":{\"type\":\"t\",\"code\":\"429\",\"message\":\"m\",\"param\":null,"))
        #expect(answer.contains("\"problems\":[{\"code\":\"malformed-payload\",\"offset\":47,\"event\":2,"))
    }

    @Test("what exceeds the bytes of an answer is dropped and reported")
    func excess() {
        let answer = Self.answer(
            "data: {\"text\":\"abc\"}\n\ndata: {\"text\":\"defgh\"}\n\ndata: {\"text\":\"i\"}\n\n", maxBytes: 4)
        #expect(answer.contains("\"text\":\"abc\""))
        #expect(!answer.contains("defgh"))
        #expect(answer.contains("\"problems\":[{\"code\":\"answer-too-large\","))
    }

    @Test("a detail that readers of JSON would reject is a string")
    func unfitDetails() {
        func details(_ usage: String) -> String {
            Self.answer("data: {\"choices\":[{\"delta\":{\"content\":\"a\"}}],\"usage\":{\"x\":\(usage)}}\n\n")
        }
        #expect(details(#""\u00e9\n""#).contains(#""usage":{"x":"\u00e9\n"}"#))
        #expect(details(#""\q""#).contains(#""usage":"{\"x\":\"\\q\"}""#))
        #expect(details(#""\u00g9""#).contains(#""usage":"{\"x\":\"\\u00g9\"}""#))
        let deep = String(repeating: "[", count: 256) + String(repeating: "]", count: 256)
        #expect(details(deep).contains("\"usage\":\"{\\\"x\\\":[["))
        #expect(details(String(deep.dropFirst().dropLast())).contains("\"usage\":{\"x\":[["))
    }

    @Test("what is no stream has no format")
    func noStream() {
        #expect(Self.answer("<html>502</html>\n").hasPrefix("{\"format\":null,"))
    }

    @Test("an answer without a batch, a stream or a place for its text is refused")
    func misuse() {
        let stream = unsafe ABIRun().make(nil)
        let answer = unsafe sluice_answer_create(0)
        var json = unsafe sluice_text()
        #expect(unsafe sluice_answer_add(answer, stream) == SLUICE_MISUSE)
        #expect(unsafe sluice_answer_add(nil, stream) == SLUICE_MISUSE)
        #expect(unsafe sluice_answer_add(answer, nil) == SLUICE_MISUSE)
        #expect(unsafe sluice_answer_json(nil, stream, &json) == SLUICE_MISUSE)
        #expect(unsafe sluice_answer_json(answer, nil, &json) == SLUICE_MISUSE)
        #expect(unsafe sluice_answer_json(answer, stream, nil) == SLUICE_MISUSE)
        #expect(unsafe sluice_answer_json(answer, stream, &json) == SLUICE_OK)
        unsafe sluice_stream_destroy(stream)
        unsafe sluice_answer_destroy(answer)
        sluice_answer_destroy(nil)
    }
}
