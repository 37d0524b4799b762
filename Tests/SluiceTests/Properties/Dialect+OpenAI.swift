import Sluice

@testable import SluiceTestSupport

// OpenAI's formats, and those who speak them.

extension Dialect {
    static let openAI: [Dialect] = [
        Dialect(
            .openAIChat,
            [.text, .reasoning, .refusal, .toolCalls, .finish, .usage, .errorTypes, .choices, .terminal, .ids],
            framings: lines, chat),
        Dialect(
            .openAICompletions, [.text, .finish, .usage, .errorTypes, .choices, .terminal], framings: lines, completions
        ),
        Dialect(
            .openAIResponses, [.text, .reasoning, .refusal, .toolCalls, .finish, .usage, .errorTypes, .terminal, .ids],
            framings: lines, responses),
        Dialect(
            .openAIAssistants, [.text, .toolCalls, .finish, .usage, .errorTypes, .terminal, .ids],
            reasons: ["completed", "incomplete", "\u{e9}\"\n"], assistants),
        Dialect(.openAIAudio, [.text, .usage, .errorTypes, .terminal], framings: lines, audio),
        Dialect(.mcpJSONRPC, [.text, .errorTypes], framings: anyLines, contextProtocol),
        Dialect(.writerCompletions, [.text, .errorTypes, .terminal], framings: lines) { field("value", $0, &$1) },
        Dialect(.textField, [.text, .errorTypes, .terminal], framings: lines) { field("text", $0, &$1) },
    ]

    /// An element of `choices` that says which choice it is: by a number, or by where it stands.
    private static func choice(
        _ number: Int, _ members: [(String, JSONTree?)], _ generator: inout SeededGenerator
    ) -> Rendering {
        if (0...2).contains(number) && generator.oneIn(8) {
            let before = (0..<number).map { _ in JSONTree.object([]) }
            return Rendering(["choices": .array(before + [Self.members(members)])], isAlone: true)
        }
        let object = generator.oneIn(3) ? "chat.completion.chunk" : nil
        let element = Self.members([("index", Self.number(number, &generator))] + members)
        return Rendering(Self.members([("object", object.map { .string($0) }), ("choices", [element])]))
    }

    private static func chat(_ act: StreamAct, _ generator: inout SeededGenerator) -> Rendering? {
        switch act {
        case .text(let number, let units):
            var content = JSONTree.text(units)
            if generator.oneIn(8) { content = [["type": "text", "text": .text(units)]] }
            return choice(number, [("delta", ["content": content])], &generator)
        case .reasoning(let number, let units):
            return choice(number, [("delta", reasoning(.text(units), isEmpty: units.isEmpty, &generator))], &generator)
        case .refusal(let number, let units):
            return choice(number, [("delta", ["refusal": .text(units), "content": .null])], &generator)
        case .toolCall(let number, let tool, let id, let name):
            let function = members([
                ("name", name.isEmpty ? nil : .text(name)), ("arguments", generator.oneIn(2) ? "" : nil),
            ])
            let call = members([
                ("index", index(tool, &generator)), ("id", id.isEmpty ? nil : .text(id)), ("type", "function"),
                ("function", function),
            ])
            return choice(number, [("delta", ["tool_calls": [call]])], &generator)
        case .toolArguments(let number, let tool, let units):
            let call = members([("index", index(tool, &generator)), ("function", ["arguments": .text(units)])])
            return choice(number, [("delta", ["tool_calls": [call]])], &generator)
        case .finish(let number, let units):
            return choice(
                number, [("delta", generator.oneIn(2) ? [:] : nil), ("finish_reason", .text(units))], &generator)
        case .usage(let input, let output):
            let usage: JSONTree = [
                "prompt_tokens": tokens(input, &generator), "completion_tokens": tokens(output, &generator),
            ]
            return Rendering(generator.oneIn(4) ? ["x_groq": ["usage": usage]] : ["choices": [], "usage": usage])
        default: return completionsEnd(act, &generator)
        }
    }

    /// Mistral leaves out the number of its only call.
    private static func index(_ tool: Int, _ generator: inout SeededGenerator) -> JSONTree? {
        tool == 0 && generator.oneIn(4) ? nil : number(tool, &generator)
    }

    /// Under any of its names; what is told under two is told once.
    private static func reasoning(_ text: JSONTree, isEmpty: Bool, _ generator: inout SeededGenerator) -> JSONTree {
        switch Int.random(in: 0..<7, using: &generator) {
        case 0: return ["reasoning": text]
        case 1: return ["reasoning": text, "reasoning_content": .null]
        case 2 where !isEmpty: return ["reasoning": text, "reasoning_content": text]
        case 3: return ["reasoning_details": [["type": "reasoning.text", "text": text]], "reasoning": ""]
        case 4: return ["content": [["type": "thinking", "thinking": [["type": "text", "text": text]]]]]
        default: return ["reasoning_content": text, "content": .null]
        }
    }

    private static func completions(_ act: StreamAct, _ generator: inout SeededGenerator) -> Rendering? {
        switch act {
        case .text(let number, let units):
            return choice(number, [("text", .text(units)), ("logprobs", nil)], &generator)
        case .finish(let number, let units): return choice(number, [("finish_reason", .text(units))], &generator)
        case .usage(let input, let output):
            return Rendering([
                "usage": ["prompt_tokens": tokens(input, &generator), "completion_tokens": tokens(output, &generator)]
            ])
        default: return completionsEnd(act, &generator)
        }
    }

    private static func completionsEnd(_ act: StreamAct, _ generator: inout SeededGenerator) -> Rendering? {
        switch act {
        case .error(let type, let message): return error(type, message, &generator)
        case .terminal: return Rendering("[DONE]")
        default: return nil
        }
    }

    private static func field(_ name: String, _ act: StreamAct, _ generator: inout SeededGenerator) -> Rendering? {
        guard case .text(_, let units) = act else { return completionsEnd(act, &generator) }
        return Rendering(.object([.init(name: name, value: .text(units))]))
    }

    private static func responses(_ act: StreamAct, _ generator: inout SeededGenerator) -> Rendering? {
        func typed(_ type: String, _ rest: [(String, JSONTree?)], also: [StreamAct] = []) -> Rendering {
            let number = Self.number(3, &generator)
            let tree = members([("type", .string(type)), ("sequence_number", number)] + rest)
            return Rendering(tree, event: generator.oneIn(2) ? type : nil, also: also)
        }
        switch act {
        case .text(_, let units): return typed("response.output_text.delta", [("delta", .text(units))])
        case .reasoning(_, let units):
            let kind = generator.pick(["response.reasoning_summary_text.delta", "response.reasoning_text.delta"])
            return typed(kind, [("delta", .text(units)), ("output_index", 0)])
        case .refusal(_, let units): return typed("response.refusal.delta", [("delta", .text(units))])
        case .toolCall(_, let tool, let id, let name):
            let item = members([
                ("type", "function_call"), ("id", "fc"), ("call_id", id.isEmpty ? nil : .text(id)),
                ("name", name.isEmpty ? nil : .text(name)), ("arguments", ""),
            ])
            return typed("response.output_item.added", [("output_index", number(tool, &generator)), ("item", item)])
        case .toolArguments(_, let tool, let units):
            return typed(
                "response.function_call_arguments.delta",
                [("output_index", number(tool, &generator)), ("delta", .text(units))])
        case .finish(_, let units):
            if generator.oneIn(3) {
                let details: JSONTree = ["status": "incomplete", "incomplete_details": ["reason": .text(units)]]
                if !units.isEmpty { return typed("response.incomplete", [("response", details)], also: [.terminal]) }
            }
            return typed("response.completed", [("response", ["status": .text(units)])], also: [.terminal])
        case .usage(let input, let output):
            let usage: JSONTree = [
                "input_tokens": tokens(input, &generator), "output_tokens": tokens(output, &generator),
            ]
            return typed("response.in_progress", [("response", ["usage": usage])])
        case .error(let type, let message):
            if generator.oneIn(3) {
                return lonelyError(type, message, &generator)
            }
            let own: [(String, JSONTree?)] = [
                ("code", type.isEmpty ? nil : .string(type)), ("message", .text(message)),
            ]
            if generator.oneIn(2) { return typed("error", own) }
            return typed(
                "response.failed", [("response", ["status": "failed", "error": members(own)])],
                also: [.finish(choice: 0, Array("failed".utf16)), .terminal])
        case .terminal: return generator.oneIn(2) ? typed("response.completed", []) : Rendering("[DONE]")
        default: return nil
        }
    }

    private static func assistants(_ act: StreamAct, _ generator: inout SeededGenerator) -> Rendering? {
        func step(_ call: [(String, JSONTree?)]) -> Rendering {
            Rendering(["delta": ["step_details": ["type": "tool_calls", "tool_calls": [members(call)]]]])
        }
        switch act {
        case .text(_, let units):
            let part: JSONTree = ["index": 0, "type": "text", "text": ["value": .text(units)]]
            return Rendering(
                ["object": "thread.message.delta", "delta": ["content": [part]]], event: "thread.message.delta")
        case .toolCall(_, let tool, let id, let name):
            let function = members([("name", name.isEmpty ? nil : .text(name)), ("arguments", "")])
            return step([
                ("index", number(tool, &generator)), ("id", id.isEmpty ? nil : .text(id)), ("type", "function"),
                ("function", function),
            ])
        case .toolArguments(_, let tool, let units):
            let place = (generator.oneIn(4) ? "code_interpreter" : "function")
            let arguments: JSONTree = place == "function" ? ["arguments": .text(units)] : ["input": .text(units)]
            return step([("index", number(tool, &generator)), ("type", .string(place)), (place, arguments)])
        case .finish(_, let units):
            let event = generator.pick(["thread.run.completed", "thread.run.incomplete"])
            return Rendering(["object": "thread.run", "status": .text(units)], event: event)
        case .usage(let input, let output):
            let usage: JSONTree = [
                "prompt_tokens": tokens(input, &generator), "completion_tokens": tokens(output, &generator),
            ]
            return Rendering(["object": "thread.run", "usage": usage], event: "thread.run.completed")
        case .error(let type, let message):
            if generator.oneIn(2) { return error(type, message, &generator) }
            let last = members([("code", type.isEmpty ? nil : .string(type)), ("message", .text(message))])
            return Rendering(["last_error": last, "status": .null], event: "thread.run.failed")
        case .terminal: return Rendering("[DONE]", event: "done")
        default: return nil
        }
    }

    private static func audio(_ act: StreamAct, _ generator: inout SeededGenerator) -> Rendering? {
        switch act {
        case .text(_, let units): return Rendering(["type": "transcript.text.delta", "delta": .text(units)])
        case .usage(let input, let output):
            return Rendering(
                [
                    "type": "transcript.text.done", "text": "all of it",
                    "usage": ["input_tokens": tokens(input, &generator), "output_tokens": tokens(output, &generator)],
                ], also: [.whole("text", Array("all of it".utf16)), .terminal])
        case .error(let type, let message): return lonelyError(type, message, &generator)
        default: return completionsEnd(act, &generator)
        }
    }

    private static func contextProtocol(_ act: StreamAct, _ generator: inout SeededGenerator) -> Rendering? {
        switch act {
        case .text(_, let units):
            let content: JSONTree = [["type": "text", "text": .text(units)]]
            return Rendering(["jsonrpc": "2.0", "id": 1, "result": ["content": content]], also: [.terminal])
        case .error(let type, let message): return error(type, message, &generator)
        default: return nil
        }
    }
}
