import Foundation
import Sluice

@testable import SluiceTestSupport

// Anthropic, Google, Cohere, Ollama, Hugging Face, IBM, Amazon.

extension Dialect {
    static let services: [Dialect] = [
        Dialect(
            .anthropicMessages, [.text, .reasoning, .toolCalls, .finish, .usage, .errorTypes, .terminal, .ids],
            framings: anyLines, anthropic),
        Dialect(
            .geminiGenerate, [.text, .reasoning, .wholeCalls, .finish, .usage, .errorTypes, .choices, .terminal, .ids],
            framings: [.sse, .jsonArray, .jsonArray], gemini),
        Dialect(
            .geminiInteractions, [.text, .reasoning, .toolCalls, .finish, .usage, .errorTypes, .terminal, .ids],
            framings: lines, interactions),
        Dialect(
            .cohereV2, [.text, .reasoning, .toolPlan, .toolCalls, .finish, .usage, .terminal, .ids], framings: anyLines,
            cohere),
        Dialect(
            .cohereV1, [.text, .wholeCalls, .finish, .usage, .terminal], framings: [.ndjson, .ndjson, .sse], cohereV1),
        Dialect(
            .ollamaGenerate, [.text, .reasoning, .finish, .usage, .terminal], framings: [.ndjson, .ndjson, .jsonArray],
            ollama),
        Dialect(
            .ollamaChat, [.text, .reasoning, .wholeCalls, .finish, .usage, .terminal, .ids],
            framings: [.ndjson, .ndjson, .sse], ollamaChat),
        Dialect(.ollamaPull, [.finish], reasons: ["success"], ollamaPull),
        Dialect(.huggingFaceTGI, [.text, .finish, .usage, .errorTypes, .terminal], framings: anyLines, huggingFace),
        Dialect(.watsonx, [.text, .finish, .usage, .errorTypes], framings: anyLines, watsonx),
        Dialect(.bedrock, [.text, .reasoning, .toolCalls, .finish, .usage, .errorTypes, .terminal, .ids], bedrock),
    ]

    private static func anthropic(_ act: StreamAct, _ generator: inout SeededGenerator) -> Rendering? {
        func typed(_ type: String, _ rest: [(String, JSONTree?)], also: [StreamAct] = []) -> Rendering {
            let event = generator.oneIn(4) ? nil : type
            return Rendering(members([("type", .string(type))] + rest), event: event, also: also)
        }
        func delta(_ index: Int, _ type: String, _ name: String, _ units: [UInt16]) -> Rendering {
            let delta: JSONTree = .object([
                .init(name: "type", value: .string(type)), .init(name: name, value: .text(units)),
            ])
            return typed("content_block_delta", [("index", number(index, &generator)), ("delta", delta)])
        }
        switch act {
        case .text(_, let units):
            if generator.oneIn(4) {
                return typed(
                    "content_block_start", [("index", 0), ("content_block", ["type": "text", "text": .text(units)])])
            }
            return delta(0, "text_delta", "text", units)
        case .reasoning(_, let units): return delta(1, "thinking_delta", "thinking", units)
        case .toolCall(_, let tool, let id, let name):
            let block = members([
                ("type", "tool_use"), ("id", id.isEmpty ? nil : .text(id)), ("name", name.isEmpty ? nil : .text(name)),
                ("input", .exact([:])),
            ])
            return typed("content_block_start", [("index", number(tool, &generator)), ("content_block", block)])
        case .toolArguments(_, let tool, let units): return delta(tool, "input_json_delta", "partial_json", units)
        case .finish(_, let units): return typed("message_delta", [("delta", ["stop_reason": .text(units)])])
        case .usage(let input, let output):
            let usage: JSONTree = [
                "input_tokens": tokens(input, &generator), "output_tokens": tokens(output, &generator),
            ]
            if generator.oneIn(2) { return typed("message_delta", [("usage", usage)]) }
            return typed("message_start", [("message", ["content": [], "usage": usage])])
        case .error(let type, let message):
            return lonelyError(type, message, &generator)
        case .terminal: return typed("message_stop", [])
        default: return nil
        }
    }

    private static func gemini(_ act: StreamAct, _ generator: inout SeededGenerator) -> Rendering? {
        func candidate(_ number: Int, _ rest: [(String, JSONTree?)], also: [StreamAct] = []) -> Rendering {
            let index = number == 0 && generator.oneIn(2) ? nil : Self.number(number, &generator)
            return Rendering(
                ["candidates": [members([("index", index)] + rest)]], also: also, isAlone: index == nil)
        }
        func part(_ number: Int, _ part: JSONTree) -> Rendering {
            candidate(number, [("content", ["parts": [part], "role": "model"])])
        }
        switch act {
        case .text(let number, let units):
            let thought: JSONTree? = generator.oneIn(3) ? .plain(generator.pick(["false", "null", "0"])) : nil
            return part(number, members([("text", .text(units)), ("thought", thought)]))
        case .reasoning(let number, let units): return part(number, ["text": .text(units), "thought": true])
        case .wholeCall(let number, let id, let name, let arguments):
            let call = members([
                ("id", id.isEmpty ? nil : .text(id)), ("name", name.isEmpty ? nil : .text(name)),
                ("args", .exact(arguments)),
            ])
            return part(number, ["functionCall": call])
        case .finish(let number, let units):
            return candidate(number, [("finishReason", .text(units))], also: [.terminal])
        case .usage(let input, let output):
            return Rendering([
                "usageMetadata": [
                    "promptTokenCount": tokens(input, &generator), "candidatesTokenCount": tokens(output, &generator),
                ]
            ])
        case .error(let type, let message):
            if type.isEmpty && generator.oneIn(2) { return Rendering(["error": .text(message)]) }
            let status: JSONTree? = type.isEmpty ? nil : .string(type)
            let code = status.map { _ in JSONTree.plain("429") }
            return Rendering(["error": members([("code", code), ("message", .text(message)), ("status", status)])])
        case .terminal:
            return Rendering(
                ["promptFeedback": ["blockReason": "SAFETY"]], also: [.finish(choice: 0, Array("SAFETY".utf16))],
                isAlone: true)
        default: return nil
        }
    }

    private static func interactions(_ act: StreamAct, _ generator: inout SeededGenerator) -> Rendering? {
        func delta(_ index: Int, _ type: String, _ name: String, _ value: JSONTree) -> Rendering {
            let delta: JSONTree = .object([.init(name: "type", value: .string(type)), .init(name: name, value: value)])
            return Rendering(["event_type": "step.delta", "index": number(index, &generator), "delta": delta])
        }
        switch act {
        case .text(_, let units): return delta(0, "text", "text", .text(units))
        case .reasoning(_, let units):
            // Two under different names would come in either order.
            var thought = delta(0, generator.pick(["thought", "thought_summary"]), "text", .text(units))
            if generator.oneIn(2) { thought = delta(0, "thought_summary", "content", ["text": .text(units)]) }
            thought.isAlone = true
            return thought
        case .toolCall(_, let tool, let id, let name):
            let step = members([
                ("type", "function_call"), ("id", id.isEmpty ? nil : .text(id)),
                ("name", name.isEmpty ? nil : .text(name)),
            ])
            return Rendering(["event_type": "step.start", "index": number(tool, &generator), "step": step])
        case .toolArguments(_, let tool, let units): return delta(tool, "arguments_delta", "arguments", .text(units))
        case .finish(_, let units):
            let interaction: JSONTree = ["status": .text(units)]
            return Rendering(["event_type": "interaction.completed", "interaction": interaction], also: [.terminal])
        case .usage(let input, let output):
            let usage: JSONTree = [
                "total_input_tokens": tokens(input, &generator), "total_output_tokens": tokens(output, &generator),
            ]
            return Rendering(["event_type": "interaction.updated", "interaction": ["usage": usage, "status": "x"]])
        case .error(let type, let message): return error(type, message, &generator)
        case .terminal:
            return generator.oneIn(2) ? Rendering("[DONE]") : Rendering(["event_type": "interaction.completed"])
        default: return nil
        }
    }

    private static func cohere(_ act: StreamAct, _ generator: inout SeededGenerator) -> Rendering? {
        func message(_ type: String, _ rest: JSONTree, _ index: Int = 0) -> Rendering {
            Rendering(["type": .string(type), "index": number(index, &generator), "delta": ["message": rest]])
        }
        switch act {
        case .text(_, let units): return message("content-delta", ["content": ["text": .text(units)]])
        case .reasoning(_, let units): return message("content-delta", ["content": ["thinking": .text(units)]])
        case .toolPlan(let units): return message("tool-plan-delta", ["tool_plan": .text(units)])
        case .toolCall(_, let tool, let id, let name):
            let function: JSONTree = members([("name", name.isEmpty ? nil : .text(name)), ("arguments", "")])
            let call = members([("id", id.isEmpty ? nil : .text(id)), ("type", "function"), ("function", function)])
            return message("tool-call-start", ["tool_calls": call], tool)
        case .toolArguments(_, let tool, let units):
            return message("tool-call-delta", ["tool_calls": ["function": ["arguments": .text(units)]]], tool)
        case .finish(_, let units):
            return Rendering(["type": "message-end", "delta": ["finish_reason": .text(units)]], also: [.terminal])
        case .usage(let input, let output):
            let counts: JSONTree = [
                "input_tokens": tokens(input, &generator), "output_tokens": tokens(output, &generator),
            ]
            let billed: JSONTree? = input == nil ? nil : ["input_tokens": 1]
            let usage: JSONTree = ["usage": members([("billed_units", billed), ("tokens", counts)])]
            return Rendering(["type": "message-end", "delta": usage], also: [.terminal])
        case .error(_, let message):
            let whole: JSONTree = generator.oneIn(2) ? ["message": .text(message)] : .text(message)
            return Rendering(
                ["type": "message-end", "delta": ["finish_reason": "ERROR", "error": whole]],
                also: [.finish(choice: 0, Array("ERROR".utf16)), .terminal])
        case .terminal: return Rendering(["type": "message-end", "id": "x"])
        default: return nil
        }
    }

    private static func cohereV1(_ act: StreamAct, _ generator: inout SeededGenerator) -> Rendering? {
        switch act {
        case .text(_, let units):
            return Rendering(["is_finished": false, "event_type": "text-generation", "text": .text(units)])
        case .wholeCall(_, _, let name, let arguments):
            let call = members([("name", name.isEmpty ? nil : .text(name)), ("parameters", .exact(arguments))])
            return Rendering(
                ["event_type": "tool-calls-generation", "text": "not text", "tool_calls": [call]],
                also: [.whole("plan", Array("not text".utf16))])
        case .finish(_, let units):
            return Rendering(
                ["is_finished": true, "event_type": "stream-end", "finish_reason": .text(units), "text": "all"],
                also: [.terminal])
        case .usage(let input, let output):
            let counts: JSONTree = [
                "input_tokens": tokens(input, &generator), "output_tokens": tokens(output, &generator),
            ]
            let response: JSONTree = ["text": "all of it", "meta": ["tokens": counts]]
            return Rendering(
                ["event_type": "stream-end", "response": response],
                also: [.whole("text", Array("all of it".utf16)), .terminal])
        case .error(_, let message): return Rendering(["response": ["error": .text(message)]])
        case .terminal: return Rendering(["event_type": "stream-end", "is_finished": true])
        default: return nil
        }
    }

    private static func ollama(_ act: StreamAct, _ generator: inout SeededGenerator) -> Rendering? {
        switch act {
        case .text(_, let units): return Rendering(["model": "m", "response": .text(units), "done": false])
        case .reasoning(_, let units):
            return Rendering(["model": "m", "thinking": .text(units), "response": ""], isAlone: true)
        case .finish(_, let units): return Rendering(["response": "", "done_reason": .text(units)], isAlone: true)
        case .usage(let input, let output):
            return Rendering([
                "prompt_eval_count": tokens(input, &generator), "eval_count": tokens(output, &generator),
                "total_duration": 12_345_678_901,
            ])
        case .error(_, let message): return Rendering(["error": .text(message)])
        case .terminal: return Rendering(["done": true])
        default: return nil
        }
    }

    private static func ollamaChat(_ act: StreamAct, _ generator: inout SeededGenerator) -> Rendering? {
        func message(_ rest: [(String, JSONTree?)]) -> Rendering {
            Rendering(["model": "m", "message": members([("role", "assistant")] + rest), "done": false])
        }
        switch act {
        case .text(_, let units): return message([("content", .text(units))])
        case .reasoning(_, let units): return message([("thinking", .text(units))])
        case .wholeCall(_, let id, let name, let arguments):
            let function = members([("name", name.isEmpty ? nil : .text(name)), ("arguments", .exact(arguments))])
            let call = members([("id", id.isEmpty ? nil : .text(id)), ("function", function)])
            return message([("tool_calls", [call])])
        default: return ollama(act, &generator)
        }
    }

    private static func ollamaPull(_ act: StreamAct, _ generator: inout SeededGenerator) -> Rendering? {
        switch act {
        case .finish: return Rendering(["status": "success"], also: [.terminal])
        case .error(_, let message): return Rendering(["error": .text(message)])
        case .silence: return Rendering(["status": "pulling manifest", "digest": "d", "total": 12])
        default: return nil
        }
    }

    private static func huggingFace(_ act: StreamAct, _ generator: inout SeededGenerator) -> Rendering? {
        switch act {
        case .text(_, let units):
            let special: JSONTree = .plain(generator.pick(["false", "false", "null", "0"]))
            return Rendering(
                [
                    "token": ["id": 5, "text": .text(units), "special": special], "generated_text": .null,
                    "details": .null,
                ],
                isAlone: true)
        case .finish(_, let units): return Rendering(["details": ["finish_reason": .text(units)]])
        case .usage(let input, let output):
            return Rendering([
                "details": ["input_length": tokens(input, &generator), "generated_tokens": tokens(output, &generator)]
            ])
        case .error(let type, let message):
            return Rendering(members([("error", .text(message)), ("error_type", type.isEmpty ? nil : .string(type))]))
        case .terminal:
            return Rendering([
                "token": ["text": "</s>", "special": true], "generated_text": generator.oneIn(2) ? "" : "all",
            ])
        case .silence: return Rendering(["token": ["text": "<s>", "special": true]])
        default: return nil
        }
    }

    private static func watsonx(_ act: StreamAct, _ generator: inout SeededGenerator) -> Rendering? {
        switch act {
        case .text(_, let units):
            return Rendering(
                ["results": [["generated_text": .text(units), "stop_reason": "not_finished", "input_token_count": 0]]])
        case .finish(_, let units):
            return Rendering(["results": [["stop_reason": .text(units)]]], also: [.terminal])
        case .usage(let input, let output):
            // 0 is what is said once the tokens were told.
            if input == 0 { return nil }
            return Rendering([
                "results": [
                    [
                        "input_token_count": tokens(input, &generator),
                        "generated_token_count": tokens(output, &generator),
                    ]
                ]
            ])
        case .error(let type, let message):
            let one = members([("code", type.isEmpty ? nil : .string(type)), ("message", .text(message))])
            return Rendering(["errors": [one], "trace": "t"])
        default: return nil
        }
    }

    // MARK: Amazon

    private static func bedrock(_ act: StreamAct, _ generator: inout SeededGenerator) -> Rendering? {
        let way = Int.random(in: 0..<5, using: &generator)
        if case .error(let type, let message) = act {
            return Rendering(["message": .text(message)], event: "!" + type, isAlone: true)
        }
        // InvokeModel: Anthropic's, Nova's, Titan's and Llama's documents in base64.
        if way == 0, let rendering = anthropic(act, &generator) { return embedded(rendering) }
        if way == 1, let rendering = converse(act, &generator), let type = rendering.event,
            case .document(let tree) = rendering.content
        {
            let nova = Rendering(.object([.init(name: type, value: tree)]), also: rendering.also)
            return embedded(nova)
        }
        if way == 2, case .text(_, let units) = act {
            let name = generator.pick(["outputText", "generation"])
            return embedded(Rendering(.object([.init(name: name, value: .text(units))])))
        }
        if case .terminal = act {
            return embedded(Rendering(["outputText": "", "amazon-bedrock-invocationMetrics": [:]]))
        }
        return converse(act, &generator)
    }

    private static func embedded(_ rendering: Rendering) -> Rendering {
        var rendering = rendering
        rendering.event = "base64"
        rendering.isAlone = true
        return rendering
    }

    private static func converse(_ act: StreamAct, _ generator: inout SeededGenerator) -> Rendering? {
        func block(_ index: Int, _ name: String, _ rest: JSONTree) -> Rendering {
            let tree: JSONTree = .object([
                .init(name: "contentBlockIndex", value: number(index, &generator)), .init(name: name, value: rest),
                .init(name: "p", value: "abc"),
            ])
            return Rendering(tree, event: name == "start" ? "contentBlockStart" : "contentBlockDelta")
        }
        switch act {
        case .text(_, let units): return block(0, "delta", ["text": .text(units)])
        case .reasoning(_, let units): return block(0, "delta", ["reasoningContent": ["text": .text(units)]])
        case .toolCall(_, let tool, let id, let name):
            let use = members([
                ("toolUseId", id.isEmpty ? nil : .text(id)), ("name", name.isEmpty ? nil : .text(name)),
            ])
            return block(tool, "start", ["toolUse": use])
        case .toolArguments(_, let tool, let units): return block(tool, "delta", ["toolUse": ["input": .text(units)]])
        case .finish(_, let units):
            return Rendering(["stopReason": .text(units)], event: "messageStop", also: [.terminal])
        case .usage(let input, let output):
            let usage: JSONTree = [
                "inputTokens": tokens(input, &generator), "outputTokens": tokens(output, &generator),
            ]
            return Rendering(["usage": usage, "metrics": ["latencyMs": 5]], event: "metadata")
        default: return nil
        }
    }
}
