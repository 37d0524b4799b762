import Sluice

@testable import SluiceTestSupport

// Sessions of agents, and images.

extension Dialect {
    static let sessions: [Dialect] = [
        Dialect(.openAIImages, [.text, .errorTypes, .terminal], framings: lines, images),
        Dialect(
            .openAIAgents, [.text, .reasoning, .finish, .usage, .errorTypes, .terminal], framings: lines, agentSession),
        Dialect(
            .anthropicAgents, [.text, .finish, .usage, .errorTypes, .terminal], framings: lines, managedSession),
    ]

    private static func typed(_ type: String, _ rest: [(String, JSONTree?)], also: [StreamAct] = []) -> Rendering {
        Rendering(members([("type", .string(type))] + rest), event: type, also: also)
    }

    private static func images(_ act: StreamAct, _ generator: inout SeededGenerator) -> Rendering? {
        switch act {
        case .text(_, let units): return typed("image_generation.text_chunk", [("text", .text(units))])
        case .error(let type, let message): return error(type, message, &generator)
        case .terminal:
            return typed(
                generator.oneIn(2) ? "image_edit.completed" : "image_generation.completed", [("b64_json", "AA")])
        default: return nil
        }
    }

    private static func agentSession(_ act: StreamAct, _ generator: inout SeededGenerator) -> Rendering? {
        let turn = "agent.session.turn."
        switch act {
        case .text(_, let units):
            return typed(
                turn + "output_text.delta", [("output_index", number(1, &generator)), ("delta", .text(units))])
        case .reasoning(_, let units):
            return typed(
                turn + "reasoning_summary_text.delta",
                [("output_index", number(0, &generator)), ("delta", .text(units))])
        case .finish(_, let units):
            let kind = generator.pick(["completed", "failed", "cancelled"])
            return typed(turn + kind, [("turn", ["status": .text(units)])])
        case .usage(let input, let output):
            let usage: JSONTree = [
                "input_tokens": tokens(input, &generator), "output_tokens": tokens(output, &generator),
            ]
            return typed(turn + "completed", [("usage", usage)])
        case .error(let type, let message): return error(type, message, &generator)
        case .terminal: return typed("agent.session." + generator.pick(["idle", "requires_action"]), [])
        default: return nil
        }
    }

    private static func managedSession(_ act: StreamAct, _ generator: inout SeededGenerator) -> Rendering? {
        switch act {
        case .text(_, let units):
            let content: JSONTree = ["type": "text", "text": .text(units)]
            return typed("event_delta", [("event_id", "e"), ("delta", ["content": content])])
        case .finish(_, let units):
            return typed("session.status_idle", [("stop_reason", ["type": .text(units)])], also: [.terminal])
        case .usage(let input, let output):
            let usage: JSONTree = [
                "input_tokens": tokens(input, &generator), "output_tokens": tokens(output, &generator),
            ]
            return typed("span.model_request_end", [("model_usage", usage)])
        case .error(let type, let message): return error(type, message, &generator)
        case .terminal: return typed("session.status_idle", [])
        default: return nil
        }
    }
}
