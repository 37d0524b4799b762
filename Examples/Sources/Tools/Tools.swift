import ArgumentParser
import Foundation
import Provider
import Sluice
import SluiceKit

@main
struct Tools: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Asks a model that may use tools, and runs them until it answers.")

    @OptionGroup var provider: Provider

    @Option(help: "Requests at most.")
    var turns = 10

    @Argument(help: "The question.")
    var question: String

    func run() async throws {
        var conversation = provider.conversation()
        conversation.add(user: question)
        for _ in 0..<turns {
            let (message, calls) = try await answer(to: conversation)
            guard !calls.isEmpty else { return }
            conversation.add(message)
            conversation.add(calls.map(Tool.run))
        }
        throw ValidationError("no answer after \(turns) requests")
    }

    /// Shows an answer as it arrives, and returns it with the calls that are to be run.
    private func answer(to conversation: Conversation) async throws -> (AssistantMessage, [ToolArguments.Call]) {
        var message = provider.message()
        var calls: [ToolArguments.Call] = []
        var shown = ""
        let deltas = try await provider.answer(to: conversation, tools: Tool.all.map(\.description))
        for try await event in deltas.toolCalls() {
            switch event {
            case .delta(let delta):
                try message.add(delta)
                if delta.kind == .text { Terminal.write(delta.text) }
                if delta.kind == .reasoning { Terminal.write(delta.text, dimmed: true) }
                if delta.kind == .error { throw Failure("the server says: \(delta.text)") }
            case .began(let call):
                shown = ""
                Terminal.write("\n[\(call.name) ", dimmed: true)
            case .arguments(let call, let piece):
                let view = Tool.view(of: call) ?? shown + piece
                if view.hasPrefix(shown) { Terminal.write(String(view.dropFirst(shown.count)), dimmed: true) }
                shown = view
            case .completed(let call):
                Terminal.write("]\n", dimmed: true)
                if call.isForClient { calls.append(call) }
            case .incomplete(let call): throw Failure("the call of '\(call.name)' is incomplete")
            }
        }
        // A stream that was cut may lack calls: nothing is run then.
        guard deltas.end.status == .complete || deltas.end.status == .finished else {
            throw Failure("the answer is \(deltas.end.status)")
        }
        Terminal.write("\n")
        return (message, calls)
    }
}

struct Failure: Error, CustomStringConvertible {
    var description: String

    init(_ description: String) { self.description = description }
}
