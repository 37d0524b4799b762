import Foundation
import Provider
import SluiceKit

/// A tool: what the model is told of it, and what it does with the arguments of a call.
struct Tool: Sendable {
    var description: ToolDescription
    var output: @Sendable (ToolArguments.Call) throws -> String

    static let all = [clock, letters, plan]

    /// Runs a call. What goes wrong is for the model to read: it can try again.
    static func run(_ call: ToolArguments.Call) -> ToolResult {
        guard let tool = all.first(where: { $0.description.name == call.name }) else {
            return ToolResult(of: call, "there is no tool '\(call.name)'", isError: true)
        }
        do {
            return ToolResult(of: call, try tool.output(call))
        } catch {
            return ToolResult(of: call, "\(error)", isError: true)
        }
    }

    // MARK: Tools

    private struct Clock: Decodable { var zone: String? }

    private static let clock = Tool(
        description: ToolDescription(
            name: "clock", description: "The time, by default in UTC.",
            schema: #"{"type":"object","properties":{"zone":{"type":"string","description":"such as Europe/Oslo"}}}"#)
    ) { call in
        let name = try call.decode(Clock.self).zone ?? "UTC"
        guard let zone = TimeZone(identifier: name) else { throw Failure("there is no time zone '\(name)'") }
        return Date.now.formatted(Date.ISO8601FormatStyle(timeZone: zone))
    }

    private struct Letters: Decodable {
        var text: String
        var letter: String
    }

    private static let letters = Tool(
        description: ToolDescription(
            name: "letters", description: "Counts a letter in a text.",
            schema: """
                {"type":"object","properties":{"text":{"type":"string"},"letter":{"type":"string"}},\
                "required":["text","letter"]}
                """)
    ) { call in
        let question = try call.decode(Letters.self)
        guard let letter = question.letter.lowercased().first else { throw Failure("'letter' is empty") }
        return "{\"count\":\(question.text.lowercased().count { $0 == letter })}"
    }

    struct Plan: Decodable {
        var title: String
        var steps: [String]?
    }

    private static let plan = Tool(
        description: ToolDescription(
            name: "plan", description: "Shows the user a plan before you begin.",
            schema: """
                {"type":"object","properties":{"title":{"type":"string"},\
                "steps":{"type":"array","items":{"type":"string"}}},"required":["title"]}
                """)
    ) { call in
        "shown, with \(try call.decode(Plan.self).steps?.count ?? 0) steps"
    }

    // MARK: While arguments arrive

    /// What a terminal shows of the arguments so far, in place of their JSON; nil for tools without a view of their own.
    static func view(of call: ToolArguments.Call) -> String? {
        guard call.name == "plan" else { return nil }
        guard let plan = call.decodePartial(Plan.self) else { return "" }
        let steps = (plan.steps ?? []).enumerated().map { "\n  \($0.offset + 1). \($0.element)" }
        return plan.title + steps.joined()
    }
}
