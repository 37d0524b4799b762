import Sluice

/// Prints each delta as one JSON object on one line.
struct JSONSink: DeltaSink {
    mutating func take(_ delta: borrowing Delta, _ output: inout Output) {
        switch delta.kind {
        case .text: appendText("{\"kind\":\"text\",\"choice\":", delta, &output)
        case .reasoning: appendText("{\"kind\":\"reasoning\",\"choice\":", delta, &output)
        case .refusal: appendText("{\"kind\":\"refusal\",\"choice\":", delta, &output)
        case .toolCall: appendToolCall(delta, &output)
        case .toolArguments:
            output.append("{\"kind\":\"tool_arguments\",\"choice\":" as StaticString)
            output.append(number: delta.choice)
            output.append(",\"tool\":" as StaticString)
            output.append(number: delta.tool)
            output.append(",\"text\":" as StaticString)
            output.appendJSON(delta.text)
        case .finish:
            output.append("{\"kind\":\"finish\",\"choice\":" as StaticString)
            output.append(number: delta.choice)
            output.append(",\"reason\":" as StaticString)
            output.appendJSON(delta.text)
        case .usage:
            output.append("{\"kind\":\"usage\",\"input\":" as StaticString)
            output.appendJSON(delta.inputTokens)
            output.append(",\"output\":" as StaticString)
            output.appendJSON(delta.outputTokens)
        case .partial: appendText("{\"kind\":\"partial\",\"choice\":", delta, &output)
        case .error:
            output.append("{\"kind\":\"error\",\"type\":" as StaticString)
            output.appendJSON(delta.errorType)
            output.append(",\"message\":" as StaticString)
            output.appendJSON(delta.text)
        case .malformed: return  // reported on standard error
        }
        output.append("}\n" as StaticString)
    }

    mutating func pause(_ output: inout Output) {}

    /// The last line: how the stream has ended.
    func finish(_ end: StreamEnd, _ output: inout Output) {
        output.append("{\"kind\":\"end\",\"status\":\"" as StaticString)
        output.append(end.status.rawValue)
        output.append("\",\"frames\":\(end.frames),\"deltas\":\(end.deltas),\"bytes\":\(end.bytes)}\n")
    }

    @inline(__always)
    private func appendText(_ head: StaticString, _ delta: borrowing Delta, _ output: inout Output) {
        output.append(head)
        output.append(number: delta.choice)
        output.append(",\"text\":" as StaticString)
        output.appendJSON(delta.text)
    }

    private func appendToolCall(_ delta: borrowing Delta, _ output: inout Output) {
        output.append("{\"kind\":\"tool_call\",\"choice\":" as StaticString)
        output.append(number: delta.choice)
        output.append(",\"tool\":" as StaticString)
        output.append(number: delta.tool)
        output.append(",\"id\":" as StaticString)
        output.appendJSON(delta.toolID)
        output.append(",\"name\":" as StaticString)
        output.appendJSON(delta.toolName)
    }
}
