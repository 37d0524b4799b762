import Sluice

/// Keeps what the answer would have been without streaming.
struct CollectSink: DeltaSink {
    private var answer: Accumulator

    var kinds: DeltaKinds { [.answer, .detail] }

    init(_ limits: Limits) { answer = Accumulator(limits: limits) }

    /// What was dropped because a limit was passed.
    var problems: [SluiceError] { answer.problems }

    mutating func take(_ delta: borrowing Delta, _ output: inout Output) throws(SluiceError) {
        try answer.add(delta)
    }

    mutating func pause(_ output: inout Output) {}

    /// Prints all of it as one JSON object.
    func finish(_ file: String, _ outcome: StreamOutcome, _ output: inout Output) {
        output.append("{\"file\":" as StaticString)
        output.appendJSON(file)
        output.append(",\"format\":" as StaticString)
        output.appendJSON(outcome.formatName)
        output.append(",\"status\":\"\(outcome.end.status.rawValue)\",\"choices\":{")
        for (position, entry) in answer.choices.sorted(by: { $0.key < $1.key }).enumerated() {
            if position > 0 { output.append(byte: 0x2C) }
            output.append("\"\(entry.key)\":")
            append(entry.value, &output)
        }
        output.append("},\"usage\":" as StaticString)
        appendUsage(&output)
        output.append(",\"error\":" as StaticString)
        appendError(&output)
        appendDetails(&output)
        if let partial = answer.partial {
            output.append(",\"partial\":" as StaticString)
            output.appendJSON(partial)
        }
        output.appendEvents(of: outcome.end)
        output.append("}\n" as StaticString)
    }

    private func append(_ choice: Accumulator.Choice, _ output: inout Output) {
        output.append("{\"text\":" as StaticString)
        output.appendJSON(choice.text)
        output.append(",\"reasoning\":" as StaticString)
        output.appendJSON(choice.reasoning)
        output.append(",\"tool_plan\":" as StaticString)
        output.appendJSON(choice.toolPlan)
        output.append(",\"refusal\":" as StaticString)
        output.appendJSON(choice.refusal)
        output.append(",\"tool_calls\":[" as StaticString)
        for (position, call) in choice.toolCalls.enumerated() {
            if position > 0 { output.append(byte: 0x2C) }
            append(call, &output)
        }
        output.append("],\"finish_reason\":" as StaticString)
        output.appendJSON(choice.finishReason)
        output.append(",\"blocks\":[" as StaticString)
        for (position, block) in choice.blocks.enumerated() {
            if position > 0 { output.append(byte: 0x2C) }
            append(block, of: choice, &output)
        }
        output.append("]}" as StaticString)
    }

    private func append(_ block: Accumulator.Block, of choice: Accumulator.Choice, _ output: inout Output) {
        output.append("{\"kind\":\"" as StaticString)
        output.append(block.kind.name)
        output.append("\",\"number\":" as StaticString)
        output.appendJSON(block.number)
        output.append(",\"type\":" as StaticString)
        output.appendJSON(block.type)
        if let text = choice.text(of: block) {
            output.append(",\"text\":" as StaticString)
            output.appendJSON(text)
        }
        if case .toolCall(let position) = block.kind {
            output.append(",\"tool_call\":" as StaticString)
            output.append(number: position)
        }
        output.append(",\"details\":[" as StaticString)
        for (position, detail) in block.details.enumerated() {
            output.append((position > 0 ? ",{\"name\":" : "{\"name\":") as StaticString)
            output.appendJSON(detail.name)
            output.append(",\"value\":" as StaticString)
            append(detail, &output)
            output.append(byte: 0x7D)
        }
        output.append("]}" as StaticString)
    }

    private func append(_ detail: Accumulator.Detail, _ output: inout Output) {
        if detail.isJSON { output.append(json: detail.value) } else { output.appendJSON(detail.value) }
    }

    /// What the stream says of the whole answer.
    private func appendDetails(_ output: inout Output) {
        output.append(",\"details\":{" as StaticString)
        for (position, detail) in answer.details.enumerated() {
            if position > 0 { output.append(byte: 0x2C) }
            output.appendJSON(detail.name)
            output.append(byte: 0x3A)
            append(detail, &output)
        }
        output.append("}" as StaticString)
    }

    private func append(_ call: Accumulator.ToolCall, _ output: inout Output) {
        output.append("{\"index\":" as StaticString)
        output.appendJSON(call.index)
        output.append(",\"id\":" as StaticString)
        output.appendJSON(call.id)
        output.append(",\"name\":" as StaticString)
        output.appendJSON(call.name)
        output.append(",\"origin\":\"" as StaticString)
        output.append(call.origin.name)
        output.append("\",\"arguments\":" as StaticString)
        output.appendJSON(call.arguments)
        output.append("}" as StaticString)
    }

    private func appendUsage(_ output: inout Output) {
        guard let usage = answer.usage else { return output.append("null" as StaticString) }
        output.append("{\"input\":" as StaticString)
        output.appendJSON(usage.input)
        output.append(",\"output\":" as StaticString)
        output.appendJSON(usage.output)
        let counts = [
            ("total", usage.total), ("cached", usage.cached), ("cache_write", usage.cacheWrite),
            ("reasoning", usage.reasoning), ("tool", usage.tool), ("audio_input", usage.audioInput),
            ("audio_output", usage.audioOutput), ("all_input", usage.allInput), ("all_output", usage.allOutput),
        ]
        for case (let name, let count?) in counts {
            output.append(",\"\(name)\":\(count)")
        }
        output.append("}" as StaticString)
    }

    private func appendError(_ output: inout Output) {
        guard let error = answer.error.map(CarriedError.init) else { return output.append("null" as StaticString) }
        output.append("{" as StaticString)
        error.appendMembers(to: &output)
        output.append("}" as StaticString)
    }
}

extension Accumulator.Block.Kind {
    /// As outputs have it.
    var name: String {
        switch self {
        case .text: "text"
        case .reasoning: "reasoning"
        case .toolPlan: "tool_plan"
        case .refusal: "refusal"
        case .toolCall: "tool_call"
        case .other: "other"
        }
    }
}
