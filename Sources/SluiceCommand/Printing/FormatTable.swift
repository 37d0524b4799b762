import Sluice

/// A wire format's table, for people or as JSON.
struct FormatTable {
    let format: WireFormat

    func print(_ output: inout Output) {
        output.append(format.name + "\n")
        output.append("  framing: \(format.framing.rawValue)\n")
        output.append("  payload: \(format.payload == .json ? "JSON" : "text")\n")
        if !format.terminalPayloads.isEmpty {
            output.append("  complete with: \(format.terminalPayloads.joined(separator: ", "))\n")
        }
        if format.toolNumbering == .counted {
            output.append("  tool calls: counted, the stream does not number them\n")
        }
        for rule in format.rules {
            output.append("  \(rule.path) → \(rule.field.rawValue)")
            let conditions = rule.conditions.map(Self.phrase)
            if !conditions.isEmpty { output.append("  when \(conditions.joined(separator: " and "))") }
            output.append("\n" as StaticString)
        }
    }

    /// One object on one line.
    func printJSON(_ output: inout Output) {
        output.append("{\"name\":" as StaticString)
        output.appendJSON(format.name)
        output.append(",\"framing\":" as StaticString)
        output.appendJSON(format.framing.rawValue)
        output.append(",\"payload\":" as StaticString)
        output.appendJSON(format.payload == .json ? "json" : "text")
        output.append(",\"terminal_payloads\":" as StaticString)
        Self.appendStrings(format.terminalPayloads, &output)
        output.append(",\"tool_numbering\":" as StaticString)
        output.appendJSON(format.toolNumbering == .given ? "given" : "counted")
        output.append(",\"rules\":[" as StaticString)
        for (position, rule) in format.rules.enumerated() {
            if position > 0 { output.append(byte: 0x2C) }
            output.append("{\"path\":" as StaticString)
            output.appendJSON(rule.path)
            output.append(",\"field\":" as StaticString)
            output.appendJSON(rule.field.rawValue)
            output.append(",\"when\":" as StaticString)
            Self.appendStrings(rule.conditions.map(Self.phrase), &output)
            output.append("}" as StaticString)
        }
        output.append("]}\n" as StaticString)
    }

    private static func appendStrings(_ strings: [String], _ output: inout Output) {
        output.append("[" as StaticString)
        for (position, string) in strings.enumerated() {
            if position > 0 { output.append(byte: 0x2C) }
            output.appendJSON(string)
        }
        output.append("]" as StaticString)
    }

    private static func phrase(_ condition: Condition) -> String {
        switch condition {
        case .equals(let path, let value): "\(path) is \"\(value)\""
        case .differs(let path, let value): "\(path) is other than \"\(value)\""
        case .present(let path): "\(path) is present"
        case .empty(let path): "\(path) is empty"
        case .notEmpty(let path): "\(path) is not empty"
        case .isTrue(let path): "\(path) is true"
        case .isNotTrue(let path): "\(path) is not true"
        case .event(let type): "the event type is \"\(type)\""
        case .block(let type): "the block began as \"\(type)\""
        case .errorEvent: "the event is an error"
        case .hasPrefix(let path, let prefix): "\(path) begins with '\(prefix)'"
        case .hasOnly(let keys): "no keys but \(keys.joined(separator: ", "))"
        case .notErrorEvent: "the event is no error"
        }
    }
}
