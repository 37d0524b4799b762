import ArgumentParser
import Foundation
import Provider
import Sluice
import SluiceKit

@main
struct Chat: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Chats in the terminal.",
        discussion:
            "/reset forgets the conversation, /quit ends it. Ctrl-C interrupts an answer, and keeps what came of it.")

    @OptionGroup var provider: Provider

    @Option(help: "The system prompt.")
    var system: String?

    func run() async throws {
        var conversation = provider.conversation()
        while true {
            Terminal.write("> ")
            guard let line = readLine() else { break }
            switch line.trimmingCharacters(in: .whitespaces) {
            case "": continue
            case "/quit": return
            case "/reset": conversation.removeAll()
            default:
                conversation.add(user: line)
                let question = conversation
                conversation = try await Terminal.interruptible { await answer(to: question) }
            }
        }
        Terminal.write("\n")
    }

    /// Shows the answer, and returns the conversation with it; without the question if there was no answer.
    private func answer(to question: Conversation) async -> Conversation {
        var conversation = question
        var message = provider.message()
        do {
            let deltas = try await provider.answer(to: question, system: system)
            var isReasoning = false
            for try await delta in deltas {
                try message.add(delta)
                switch delta.kind {
                case .text, .refusal:
                    if isReasoning { Terminal.write("\n\n") }
                    isReasoning = false
                    Terminal.write(delta.text)
                case .reasoning:
                    isReasoning = true
                    Terminal.write(delta.text, dimmed: true)
                case .error: Terminal.write("\n[the server says: \(delta.text)]")
                default: break
                }
            }
            Terminal.write("\n")
            if deltas.end.status == .complete || deltas.end.status == .finished {
                conversation.add(message)
            } else {
                Terminal.write("[the answer is \(deltas.end.status)]\n")
                conversation.add(assistant: deltas.message.choices[0]?.text ?? "")
            }
        } catch let interruption as StreamInterruption {
            Terminal.write("\n[\(interruption)]\n")
            conversation.add(assistant: interruption.message.choices[0]?.text ?? "")
        } catch is CancellationError {
            Terminal.write("\n[interrupted]\n")
        } catch {
            Terminal.write("\n[\(error)]\n")
        }
        if conversation.elements.count == question.elements.count { conversation.removeLast() }
        return conversation
    }
}
