import CSluice
import Sluice
import Testing

@Suite("whole answers of the C ABI as structs")
struct AnswerValuesTests {
    /// What `body` makes of the structs of a stream's answer.
    private static func values<Made>(
        _ text: String, chunkBytes: Int = .max, maxBytes: UInt64 = 0, kinds: DeltaKinds = [.answer, .detail],
        _ body: (sluice_answer_values) -> Made
    ) throws -> Made {
        let made: Made? = unsafe AnswerRun.read(text, chunkBytes: chunkBytes, maxBytes: maxBytes, kinds: kinds) {
            answer, _ in
            var values: UnsafePointer<sluice_answer_values>?
            #expect(unsafe sluice_answer_read(answer, &values) == SLUICE_OK)
            return unsafe values.map { unsafe body($0.pointee) }
        }
        return try #require(made)
    }

    private static let stream =
        "data: {\"id\":\"r1\",\"model\":\"m\",\"choices\":[{\"index\":1,\"delta\":{\"content\":\"ü\"}}]}\n\n"
        + "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"a\",\"reasoning_content\":\"r\",\"refusal\":\"n\"}}]}\n\n"
        + "data: {\"choices\":[{\"index\":0,\"delta\":{\"tool_calls\":[{\"index\":3,\"id\":\"c\","
        + "\"function\":{\"name\":\"look\",\"arguments\":\"{\\\"a\\\":1}\"}}]},\"finish_reason\":\"tool_calls\"}]}\n\n"
        + "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":3,\"completion_tokens\":4,\"total_tokens\":7,"
        + "\"prompt_tokens_details\":{\"cached_tokens\":2}}}\n\ndata: [DONE]\n\n"

    @Test("structs have the texts, calls, usage, id and model, at every chunk size")
    func whole() throws {
        for size in [Int.max, 64, 7, 1] {
            try unsafe Self.values(Self.stream, chunkBytes: size) { values in
                #expect(unsafe values.choice_count == 2 && values.problem_count == 0 && values.error == nil)
                let first = unsafe values.choices[0]
                let second = unsafe values.choices[1]
                #expect(unsafe [first.number, second.number] == [0, 1])
                #expect(
                    unsafe [first.text, first.reasoning, first.tool_plan, first.refusal, first.finish_reason]
                        .map { unsafe $0.string } == ["a", "r", "", "n", "tool_calls"])
                #expect(unsafe second.text.string == "ü" && second.finish_reason.string == "")
                #expect(unsafe first.call_count == 1 && second.call_count == 0)
                let call = unsafe first.calls[0]
                #expect(
                    unsafe [call.id, call.name, call.arguments].map { unsafe $0.string } == ["c", "look", "{\"a\":1}"])
                #expect(unsafe call.index == 3 && call.origin == UInt32(SLUICE_CLIENT))
                #expect(unsafe values.response_id.string == "r1" && values.model.string == "m")
                let usage = unsafe values.usage
                #expect([usage.input, usage.output, usage.total, usage.cached] == [3, 4, 7, 2])
                #expect([usage.all_input, usage.all_output, usage.cache_write, usage.tool] == [3, 4, -1, -1])
            }
        }
    }

    @Test("structs have the error with its parts, and the problems with their places")
    func failures() throws {
        let text =
            "data: {\"choices\":[{\"delta\":{\"content\":\"a\"}}]}\n\ndata: {oops\n\n"
            + "data: {\"error\":{\"message\":\"m\",\"type\":\"t\",\"code\":429},\"retry_after\":1.5}\n\n"
        try unsafe Self.values(text) { values in
            #expect(unsafe values.error_message.string == "m")
            #expect(unsafe values.error?.pointee.retry_after_seconds == 1.5)
            #expect(unsafe values.error.map { unsafe [$0.pointee.type.0, $0.pointee.code.0] } == [0x74, 0x34])
            #expect(unsafe values.problem_count == 1)
            #expect(unsafe values.problems[0]?.pointee.offset == 47 && values.problems[0]?.pointee.event == 2)
        }
        let dropped = try unsafe Self.values("data: {\"text\":\"abc\"}\n\ndata: {\"text\":\"de\"}\n\n", maxBytes: 4) {
            values in
            unsafe (values.choices[0].text.string, values.problem_count)
        }
        #expect(dropped == ("abc", 1))
    }

    @Test("the values of an empty answer are unknown, and each call makes them anew")
    func empty() {
        let answer = unsafe sluice_answer_create(0)
        var values: UnsafePointer<sluice_answer_values>?
        for _ in 0..<3 {
            #expect(unsafe sluice_answer_read(answer, &values) == SLUICE_OK)
            #expect(unsafe values?.pointee.choice_count == 0 && values?.pointee.usage.input == -1)
            #expect(unsafe values?.pointee.response_id.string == "" && values?.pointee.error == nil)
        }
        #expect(unsafe sluice_answer_read(nil, &values) == SLUICE_MISUSE)
        #expect(unsafe sluice_answer_read(answer, nil) == SLUICE_MISUSE)
        unsafe sluice_answer_destroy(answer)
    }
}
