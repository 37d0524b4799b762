import Sluice

@testable import FuzzSupport

/// User-defined tables chosen by the input: paths and values of known providers' streams, in any combination.
enum TableDrawer {
    static let name = "drawn"
    private static let paths = [
        "choices[].delta.content", "choices[].delta", "choices[].index", "choices[].finish_reason", "choices", "error",
        "choices[].delta.tool_calls[].function.arguments", "choices[].delta.tool_calls[].index", "usage.prompt_tokens",
        "delta.text", "delta.type", "type", "index", "text", "message.content", "response", "done", "a", "a.b", "a[].b",
        "a[].b[].c", "a[]", "a[][].b", "\"a.b\"", "$", "", ".", "a.", "[]", "a[", "\"a", "error.message", "id",
    ]
    private static let values = ["", "a", "text", "stop", "text_delta", "1", "true", "null", "\u{E9}"]

    static func format(_ input: inout FuzzInput) -> WireFormat {
        let style = input.byte()
        var rules: [Rule] = []
        for _ in 0..<style % 8 {
            var rule = Rule(input.pick(paths), input.pick(Field.allCases))
            for _ in 0..<input.byte() % 3 { rule.conditions.append(condition(&input)) }
            rules.append(rule)
        }
        return WireFormat(
            name: name, framing: input.pick(Framing.allCases), payload: style & 0x18 == 0 ? .text : .json,
            terminalPayloads: style & 0x20 == 0 ? ["[DONE]"] : [],
            toolNumbering: style & 0x40 == 0 ? .given : .counted, tellsUsageWhole: style & 0x80 == 0, rules: rules)
    }

    private static func condition(_ input: inout FuzzInput) -> Condition {
        let path = input.pick(paths)
        switch input.byte() % 10 {
        case 0: return .equals(path, input.pick(values))
        case 1: return .differs(path, input.pick(values))
        case 2: return .present(path)
        case 3: return .empty(path)
        case 4: return .notEmpty(path)
        case 5: return .isTrue(path)
        case 6: return .isNotTrue(path)
        case 7: return .event(input.pick(values))
        case 8: return .errorEvent
        default: return .notErrorEvent
        }
    }
}
