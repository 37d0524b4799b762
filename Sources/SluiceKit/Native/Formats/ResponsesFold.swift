extension FoldFormat {
    /// The response of the last event that has one, as `get_final_response` of OpenAI's Python client. A stream without
    /// its end, or whose end has no output, has the items that its other events made.
    static let openAIResponses = FoldFormat(
        "openai-responses", kind: "type",
        [
            FoldAction(
                of: [
                    "response.created", "response.queued", "response.in_progress", "response.completed",
                    "response.incomplete", "response.failed",
                ], from: "response", by: .snapshot(keeping: "output")),
            FoldAction(
                of: ["response.output_item.added", "response.output_item.done"], from: "item", to: item, by: .last),
            FoldAction(
                of: ["response.content_part.added", "response.content_part.done"], from: "part", to: part, by: .last,
                begins: false),
            FoldAction(
                of: ["response.reasoning_part.added", "response.reasoning_part.done"], from: "part", to: part,
                by: .last, begins: false),
            FoldAction(
                of: ["response.reasoning_summary_part.added", "response.reasoning_summary_part.done"], from: "part",
                to: summary,
                by: .last, begins: false),
            FoldAction(
                of: ["response.output_text.annotation.added"], from: "annotation",
                to: part + [.member("annotations"), .element("annotation_index")], by: .last, begins: false),
            FoldAction(
                of: ["response.output_text.delta"], from: "logprobs", to: part + [.member("logprobs")], by: .append,
                begins: false),
            FoldAction(
                of: ["error"], to: [.member("error")],
                by: .merge([FoldMember("type", .drop), FoldMember("sequence_number", .drop)], others: .last)),
        ]
            + text("response.output_text", whole: "text", part + [.member("text")])
            + text("response.reasoning_text", whole: "text", part + [.member("text")])
            + text("response.refusal", whole: "refusal", part + [.member("refusal")])
            + text("response.reasoning_summary_text", whole: "text", summary + [.member("text")])
            + text("response.function_call_arguments", whole: "arguments", item + [.member("arguments")])
            + text("response.mcp_call_arguments", whole: "arguments", item + [.member("arguments")])
            + text("response.custom_tool_call_input", whole: "input", item + [.member("input")])
            + text("response.code_interpreter_call_code", whole: "code", item + [.member("code")]))

    private static let item: [FoldAction.Step] = [.member("output"), .element("output_index")]
    private static let part = item + [.member("content"), .element("content_index")]
    private static let summary = item + [.member("summary"), .element("summary_index")]

    /// The two events of a text: a piece, and the whole.
    private static func text(_ kind: String, whole: String, _ target: [FoldAction.Step]) -> [FoldAction] {
        [
            FoldAction(of: [FoldName(kind + ".delta")], from: "delta", to: target, by: .join, begins: false),
            FoldAction(of: [FoldName(kind + ".done")], from: FoldPath(whole), to: target, by: .last, begins: false),
        ]
    }
}
