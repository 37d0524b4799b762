import Sluice

/// Prints each delta as one JSON object on one line.
///
/// The name or id of a tool call may come in several deltas: they are held back until the next delta that is none of them, so
/// that a call has one line. What comes after that has a line marked as a continuation.
struct JSONSink: DeltaSink {
    /// A tool call that is held back.
    private struct Call {
        var choice: Int
        var tool: Int
        var id: String
        var name: String
        var origin: ToolOrigin
        var isContinuation: Bool
    }

    let kinds: DeltaKinds
    private var held: Call?

    init(kinds: DeltaKinds) { self.kinds = kinds }

    mutating func take(_ delta: borrowing Delta, _ output: inout Output) {
        if delta.kind == .toolCall { return hold(delta, &output) }
        if held != nil { release(&output) }
        switch delta.kind {
        case .text: appendText("{\"kind\":\"text\",\"choice\":", delta, &output)
        case .reasoning:
            appendText("{\"kind\":\"reasoning\",\"choice\":", delta, &output)
            if delta.isToolPlan { output.append(",\"plan\":true" as StaticString) }
        case .refusal: appendText("{\"kind\":\"refusal\",\"choice\":", delta, &output)
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
            output.append("{\"kind\":\"error\"," as StaticString)
            CarriedError(delta).appendMembers(to: &output)
        case .detail:
            output.append("{\"kind\":\"detail\",\"choice\":" as StaticString)
            output.append(number: delta.choice)
            appendBlock(delta, &output)
            output.append(",\"name\":" as StaticString)
            output.appendJSON(delta.name)
            appendValue(delta, &output)
        case .payload:
            output.append("{\"kind\":\"payload\",\"event\":" as StaticString)
            output.appendJSON(delta.name)
            appendValue(delta, &output)
        case .malformed, .toolCall: return  // the first is reported on standard error
        }
        output.append("}\n" as StaticString)
    }

    mutating func pause(_ output: inout Output) { release(&output) }

    var isHolding: Bool { held != nil }

    mutating func release(_ output: inout Output) {
        guard let call = held else { return }
        held = nil
        output.append("{\"kind\":\"tool_call\",\"choice\":" as StaticString)
        output.append(number: call.choice)
        output.append(",\"tool\":" as StaticString)
        output.append(number: call.tool)
        output.append(",\"id\":" as StaticString)
        output.appendJSON(call.id)
        output.append(",\"name\":" as StaticString)
        output.appendJSON(call.name)
        output.append(",\"origin\":\"" as StaticString)
        output.append(call.origin.name)
        output.append(call.isContinuation ? "\",\"continuation\":true}\n" : "\"}\n" as StaticString)
    }

    /// The last line: how the stream has ended.
    mutating func finish(_ end: StreamEnd, _ output: inout Output) {
        release(&output)
        output.append("{\"kind\":\"end\",\"status\":\"" as StaticString)
        output.append(end.status.rawValue)
        output.append("\",\"frames\":\(end.frames),\"deltas\":\(end.deltas),\"bytes\":\(end.bytes)")
        output.appendEvents(of: end)
        output.append("}\n" as StaticString)
    }

    @inline(__always)
    private func appendText(_ head: StaticString, _ delta: borrowing Delta, _ output: inout Output) {
        output.append(head)
        output.append(number: delta.choice)
        appendBlock(delta, &output)
        output.append(",\"text\":" as StaticString)
        output.appendJSON(delta.text)
    }

    @inline(__always)
    private func appendBlock(_ delta: borrowing Delta, _ output: inout Output) {
        guard let block = delta.block else { return }
        output.append(",\"block\":" as StaticString)
        output.append(number: block)
    }

    /// The value of a detail or payload: JSON on one line, or a string.
    private func appendValue(_ delta: borrowing Delta, _ output: inout Output) {
        output.append(",\"value\":" as StaticString)
        if delta.isJSON { output.append(json: delta.string) } else { output.appendJSON(delta.text) }
    }

    private mutating func hold(_ delta: borrowing Delta, _ output: inout Output) {
        let id = String(copying: delta.toolID)
        let name = String(copying: delta.toolName)
        if delta.isContinuation, var call = held, call.choice == delta.choice && call.tool == delta.tool {
            if call.id.isEmpty { call.id = id }
            call.name += name
            held = call
            return
        }
        release(&output)
        held = Call(
            choice: delta.choice, tool: delta.tool, id: id, name: name, origin: delta.toolOrigin,
            isContinuation: delta.isContinuation)
    }
}

extension ToolOrigin {
    /// As outputs have it.
    var name: String {
        switch self {
        case .client: "client"
        case .custom: "custom"
        case .server: "server"
        case .mcp: "mcp"
        case .approval: "approval"
        }
    }

    /// What marks a call that the client does not run by itself; nil for the others.
    var mark: String? { self == .client || self == .custom ? nil : "(\(name))" }
}

extension Output {
    /// Members that say how many events were not read, and which.
    mutating func appendEvents(of end: StreamEnd) {
        append(",\"malformed_events\":\(end.malformedEvents),\"unread_events\":\(end.unreadEvents),\"unread_kinds\":[")
        for (position, kind) in end.unreadKinds.enumerated() {
            append(position > 0 ? ",{\"name\":" : "{\"name\":" as StaticString)
            appendJSON(kind.name)
            append(",\"count\":\(kind.count),\"offset\":\(kind.offset),\"event\":\(kind.event)}")
        }
        append("]" as StaticString)
    }
}
