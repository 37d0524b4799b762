internal import CSluice
internal import Sluice

/// An answer as the structs of sluice_answer.h, with copies of its texts.
///
/// Everything is allocated here and freed with the instance, which the answer's handle holds until the next call.
@safe
final class AnswerValues {
    private let values: UnsafeMutablePointer<sluice_answer_values>
    private var choices = unsafe UnsafeMutableBufferPointer<sluice_answer_choice>(start: nil, count: 0)
    private var problems = unsafe UnsafeMutableBufferPointer<sluice_error>(start: nil, count: 0)
    private var problemPlaces = unsafe UnsafeMutableBufferPointer<UnsafePointer<sluice_error>?>(start: nil, count: 0)
    private var error: UnsafeMutablePointer<sluice_error_details>?
    private var calls = unsafe [UnsafeMutableBufferPointer<sluice_answer_call>]()
    private var texts = unsafe [UnsafeMutableBufferPointer<CChar>]()

    var address: UnsafePointer<sluice_answer_values> { unsafe UnsafePointer(values) }

    init(_ answer: Accumulator) {
        unsafe values = .allocate(capacity: 1)
        unsafe values.initialize(to: sluice_answer_values())
        unsafe choices = .allocate(capacity: answer.choices.count)
        for (place, entry) in answer.choices.sorted(by: { $0.key < $1.key }).enumerated() {
            unsafe choices.initializeElement(at: place, to: choice(entry.value, number: entry.key))
        }
        unsafe problems = .allocate(capacity: answer.problems.count)
        for (place, problem) in answer.problems.enumerated() {
            unsafe problems.initializeElement(at: place, to: sluice_error(problem))
        }
        unsafe problemPlaces = .allocate(capacity: problems.count)
        for place in unsafe problems.indices {
            unsafe problemPlaces.initializeElement(
                at: place, to: problems.baseAddress.map { unsafe UnsafePointer($0 + place) })
        }
        if let failure = answer.error {
            unsafe error = .allocate(capacity: 1)
            unsafe error?.initialize(to: sluice_error_details(failure.namedDetails))
        }
        unsafe values.pointee.choices = UnsafePointer(choices.baseAddress)
        unsafe values.pointee.choice_count = choices.count
        unsafe values.pointee.response_id = lend(answer.detail(.responseID))
        unsafe values.pointee.model = lend(answer.detail(.model))
        unsafe values.pointee.error = UnsafePointer(error)
        unsafe values.pointee.error_message = lend(answer.error?.message)
        unsafe values.pointee.problems = UnsafePointer(problemPlaces.baseAddress)
        unsafe values.pointee.problem_count = problems.count
        unsafe values.pointee.usage = sluice_answer_usage(answer.usage)
    }

    deinit {
        unsafe values.deallocate()
        unsafe choices.deallocate()
        unsafe problems.deallocate()
        unsafe problemPlaces.deallocate()
        unsafe error?.deallocate()
        for index in unsafe calls.indices { unsafe calls[index].deallocate() }
        for index in unsafe texts.indices { unsafe texts[index].deallocate() }
    }

    private func choice(_ choice: Accumulator.Choice, number: Int) -> sluice_answer_choice {
        let list = UnsafeMutableBufferPointer<sluice_answer_call>.allocate(capacity: choice.toolCalls.count)
        unsafe calls.append(list)
        for (place, call) in choice.toolCalls.enumerated() {
            unsafe list.initializeElement(
                at: place,
                to: sluice_answer_call(
                    id: lend(call.id), name: lend(call.name), arguments: lend(call.arguments),
                    index: Int64(call.index ?? -1), origin: UInt32(call.origin.rawValue), reserved: 0))
        }
        return unsafe sluice_answer_choice(
            number: Int64(number), text: lend(choice.text), reasoning: lend(choice.reasoning),
            tool_plan: lend(choice.toolPlan), refusal: lend(choice.refusal),
            finish_reason: lend(choice.finishReason), calls: UnsafePointer(list.baseAddress), call_count: list.count)
    }

    /// A copy of the text, which has an address even if it is empty.
    private func lend(_ text: String?) -> sluice_text {
        var text = text ?? ""
        return text.withUTF8 { bytes in
            let copy = UnsafeMutableBufferPointer<CChar>.allocate(capacity: max(bytes.count, 1))
            unsafe UnsafeMutableRawBufferPointer(copy).copyMemory(from: UnsafeRawBufferPointer(bytes))
            unsafe texts.append(copy)
            return unsafe sluice_text(bytes: UnsafePointer(copy.baseAddress), length: bytes.count)
        }
    }
}

extension sluice_answer_usage {
    fileprivate init(_ usage: Accumulator.Usage?) {
        func count(_ known: Int?) -> Int64 { Int64(known ?? -1) }
        self.init(
            input: count(usage?.input), output: count(usage?.output), total: count(usage?.total),
            cached: count(usage?.cached), cache_write: count(usage?.cacheWrite), reasoning: count(usage?.reasoning),
            tool: count(usage?.tool), audio_input: count(usage?.audioInput), audio_output: count(usage?.audioOutput),
            all_input: count(usage?.allInput), all_output: count(usage?.allOutput))
    }
}

extension Accumulator.StreamError {
    /// The details, with the error's class as their type: the type of an error without a class may be its code.
    var namedDetails: ErrorDetails {
        var named = details ?? ErrorDetails()
        if named.type.isEmpty && type != named.code { named.type = type }
        return named
    }
}
