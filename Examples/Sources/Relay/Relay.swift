import ArgumentParser
import Hummingbird
import Logging
import Provider
import SluiceHummingbird
import SluiceKit
import SluiceNIO

@main
struct Relay: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Serves a page to chat with, and keeps the key of the API on the server.")

    @OptionGroup var provider: Provider

    @Option(help: "The port on loopback; 0 for one that is free.")
    var port = 8080

    @Option(help: "Seconds of silence after which the browser gets a comment.")
    var heartbeat = 15

    /// What the page sends: the conversation so far.
    private struct Chat: Decodable {
        struct Message: Decodable {
            var isAnswer: Bool
            var text: String
        }

        var messages: [Message]
    }

    func run() async throws {
        let router = Router()
        router.get("/") { _, _ in
            Response(
                status: .ok,
                headers: [
                    .contentType: "text/html; charset=utf-8",
                    .contentSecurityPolicy: "default-src 'self'; script-src 'unsafe-inline'; style-src 'unsafe-inline'",
                ],
                body: ResponseBody(byteBuffer: ByteBuffer(bytes: PackageResources.page_html)))
        }
        router.post("/chat") { request, context in
            let chat = try await request.decode(as: Chat.self, context: context)
            var conversation = provider.conversation()
            for message in chat.messages {
                if message.isAnswer {
                    conversation.add(assistant: message.text)
                } else {
                    conversation.add(user: message.text)
                }
            }
            let deltas = try await provider.answer(to: conversation, kinds: .answer)
            // The browser is sent one event a delta. When it goes, so does the connection to the provider.
            let events = deltas.events().eventStream(heartbeat: .seconds(heartbeat))
            return Response(events: events, to: request)
        }
        let app = Application(
            router: router, configuration: ApplicationConfiguration(address: .hostname("127.0.0.1", port: port)),
            onServerRunning: { Terminal.write("http://127.0.0.1:\($0.localAddress?.port ?? port)/\n") },
            logger: Logger(label: "relay"))
        try await app.runService()
    }
}
