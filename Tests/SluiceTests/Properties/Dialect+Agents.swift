import Foundation
import Sluice

@testable import SluiceTestSupport

// Agents and front ends: Mistral, the AI SDK, Agent2Agent, Amazon's agents; and Workers AI.

extension Dialect {
    static let agents: [Dialect] = [
        Dialect(
            .mistralConversations, [.text, .reasoning, .toolCalls, .usage, .errorTypes, .terminal, .ids],
            framings: lines, conversations),
        Dialect(.mistralTranscription, [.text, .usage, .errorTypes, .terminal], framings: lines, transcription),
        Dialect(.aiSDKUI, [.text, .reasoning, .finish, .terminal], framings: lines, uiMessages),
        Dialect(
            .a2a, [.text, .finish, .errorTypes, .terminal], framings: lines,
            reasons: ["completed", "canceled", "rejected"], agentToAgent),
        Dialect(.bedrockAgent, [.text, .reasoning, .wholeCalls, .errorTypes, .terminal], bedrockAgent),
        Dialect(
            .workersAI, [.text, .toolCalls, .usage, .errorTypes, .terminal, .ids], framings: lines, workersAI),
    ]

    private static func conversations(_ act: StreamAct, _ generator: inout SeededGenerator) -> Rendering? {
        func typed(_ type: String, _ rest: [(String, JSONTree?)]) -> Rendering {
            Rendering(members([("type", .string(type))] + rest), event: generator.oneIn(4) ? nil : type)
        }
        switch act {
        case .text(_, let units):
            let chunk: JSONTree = ["type": "text", "text": .text(units)]
            return typed("message.output.delta", [("content", generator.oneIn(3) ? chunk : .text(units))])
        case .reasoning(_, let units):
            let chunk: JSONTree = ["type": "thinking", "thinking": [["type": "text", "text": .text(units)]]]
            return typed("message.output.delta", [("content", chunk)])
        case .toolCall(_, let tool, let id, let name):
            let rest: [(String, JSONTree?)] = [
                ("output_index", number(tool, &generator)), ("tool_call_id", id.isEmpty ? nil : .text(id)),
                ("name", name.isEmpty ? nil : .text(name)), ("arguments", ""), ("id", "fc"),
            ]
            return typed("function.call.delta", rest)
        case .toolArguments(_, let tool, let units):
            return typed(
                "function.call.delta", [("output_index", number(tool, &generator)), ("arguments", .text(units))])
        case .usage(let input, let output):
            let usage: JSONTree = [
                "prompt_tokens": tokens(input, &generator), "completion_tokens": tokens(output, &generator),
            ]
            var rendering = typed("conversation.response.done", [("usage", usage)])
            rendering.also = [.terminal]
            return rendering
        case .error(let type, let message):
            return typed(
                "conversation.response.error",
                [("code", type.isEmpty ? nil : .string(type)), ("message", .text(message))])
        case .terminal: return typed("conversation.response.done", [])
        default: return nil
        }
    }

    private static func transcription(_ act: StreamAct, _ generator: inout SeededGenerator) -> Rendering? {
        switch act {
        case .text(_, let units): return Rendering(["type": "transcription.text.delta", "text": .text(units)])
        case .usage(let input, let output):
            let usage: JSONTree = [
                "prompt_tokens": tokens(input, &generator), "completion_tokens": tokens(output, &generator),
            ]
            return Rendering(["type": "transcription.done", "usage": usage], also: [.terminal])
        case .error(let type, let message): return lonelyError(type, message, &generator)
        case .terminal: return Rendering(["type": "transcription.done", "segments": []])
        default: return nil
        }
    }

    private static func uiMessages(_ act: StreamAct, _ generator: inout SeededGenerator) -> Rendering? {
        switch act {
        case .text(_, let units): return Rendering(["type": "text-delta", "id": "t", "delta": .text(units)])
        case .reasoning(_, let units): return Rendering(["type": "reasoning-delta", "id": "r", "delta": .text(units)])
        case .finish(_, let units):
            return Rendering(["type": "finish", "finishReason": .text(units)], also: [.terminal])
        case .error(_, let message): return Rendering(["type": "error", "errorText": .text(message)])
        case .terminal: return generator.oneIn(2) ? Rendering("[DONE]") : Rendering(["type": "finish"])
        case .silence: return Rendering(["type": "text-start", "id": "t"])
        default: return nil
        }
    }

    private static func agentToAgent(_ act: StreamAct, _ generator: inout SeededGenerator) -> Rendering? {
        let isOld = generator.oneIn(2)
        func result(_ tree: JSONTree) -> JSONTree { ["jsonrpc": "2.0", "id": 1, "result": tree] }
        switch act {
        case .text(_, let units):
            let parts: JSONTree = [members([("kind", isOld ? "text" : nil), ("text", .text(units))])]
            let artifact: JSONTree = ["artifactId": "a", "parts": parts]
            if isOld { return Rendering(result(["kind": "artifact-update", "artifact": artifact]), isAlone: true) }
            let update: JSONTree = ["artifactUpdate": ["artifact": artifact, "append": true]]
            return Rendering(generator.oneIn(2) ? update : result(update), isAlone: true)
        case .finish(_, let units):
            if isOld {
                let update: JSONTree = ["kind": "status-update", "status": ["state": .text(units)], "final": true]
                return Rendering(result(update), also: [.terminal], isAlone: true)
            }
            return Rendering(result(["status": ["state": .text(units)]]), also: [.terminal], isAlone: true)
        case .error(let type, let message):
            return lonelyError(type, message, &generator)
        case .terminal: return Rendering(result(["kind": "status-update", "final": true]), isAlone: true)
        default: return nil
        }
    }

    private static func bedrockAgent(_ act: StreamAct, _ generator: inout SeededGenerator) -> Rendering? {
        switch act {
        case .text(_, let units):
            guard Array(units.decoded.utf16) == units else { return nil }
            let encoded = Data(units.decoded.utf8).base64EncodedString()
            return Rendering(["bytes": .string(encoded)], event: "chunk", isAlone: true)
        case .reasoning(_, let units):
            let trace: JSONTree = ["orchestrationTrace": ["rationale": ["text": .text(units), "traceId": "t"]]]
            return Rendering(["sessionId": "s", "trace": trace], event: "trace", isAlone: true)
        case .wholeCall(_, _, let name, let arguments):
            let call = members([
                ("actionGroup", "g"), ("function", name.isEmpty ? nil : .text(name)),
                ("parameters", .exact(arguments)),
            ])
            return Rendering(
                ["invocationInputs": [["functionInvocationInput": call]]], event: "returnControl", isAlone: true)
        case .error(let type, let message):
            return Rendering(["message": .text(message)], event: "!" + type, isAlone: true)
        case .terminal: return Rendering(["invocationId": "i"], event: "returnControl", isAlone: true)
        default: return nil
        }
    }

    private static func workersAI(_ act: StreamAct, _ generator: inout SeededGenerator) -> Rendering? {
        func call(_ tool: Int, _ rest: [(String, JSONTree?)]) -> Rendering {
            let call = members([("index", number(tool, &generator))] + rest)
            return Rendering(["tool_calls": [call], "p": "abc"])
        }
        switch act {
        case .text(_, let units):
            return Rendering(members([("response", .text(units)), ("p", generator.oneIn(2) ? "ab" : nil)]))
        case .toolCall(_, let tool, let id, let name):
            let function = members([("name", name.isEmpty ? nil : .text(name))])
            return call(tool, [("id", id.isEmpty ? nil : .text(id)), ("type", "function"), ("function", function)])
        case .toolArguments(_, let tool, let units):
            return call(tool, [("function", ["arguments": .text(units)])])
        case .usage(let input, let output):
            return Rendering([
                "usage": ["prompt_tokens": tokens(input, &generator), "completion_tokens": tokens(output, &generator)]
            ])
        case .error(let type, let message): return error(type, message, &generator)
        case .terminal: return Rendering("[DONE]")
        default: return nil
        }
    }
}
