import AsyncHTTPClient
import Foundation
import NIOCore
import NIOHTTP1
import Sluice
import SluiceKit
import SluiceNIO
import Testing

// Real servers, real HTTP. What a server does wrong, it does after a number of tokens and not after a time.

@Suite(
    "responses of AsyncHTTPClient", .serialized, .hangGuard,
    .enabled(if: Servers.python != nil, "make test-nio starts the servers that these tests read"))
struct ClientTests {
    private func read(_ deltas: DeltaSequence) async -> StreamInterruption? {
        do {
            for try await _ in deltas {}
            return nil
        } catch {
            return error
        }
    }

    private func text(_ message: Accumulator) -> String { message.choices[0]?.text ?? "" }

    @Test("the deltas of a response are those of its bytes", arguments: Origin.allCases)
    func whole(origin: Origin) async throws {
        let tokens = origin == .liteLLM ? 300 : 2_000
        let bytes = try await origin.response("tokens=\(tokens)").body.collect(upTo: .max)
        let expected = try SynchronousReading(Array(bytes.readableBytesView), format: origin.format)
        #expect(try await text(expected.message) == Servers.shared.meant(tokens))
        for format in [origin.format, nil] {
            let deltas = try await origin.response("tokens=\(tokens)").deltas(format: format)
            var found: [OwnedDelta] = []
            for try await delta in deltas { found.append(delta) }
            #expect(found == expected.deltas && deltas.message == expected.message && deltas.end == expected.end)
            #expect(deltas.end.status == .complete && deltas.formatName == origin.format.name)
        }
    }

    @Test("recordings that are served again give the deltas of the recording", arguments: KitCorpus.all[..<3])
    func replayed(corpus: KitCorpus) async throws {
        let program = try #require(ProcessInfo.processInfo.environment["SLUICE_REPLAY"])
        let folder = Server.package.appending(path: "corpora/\(corpus.name)").path
        let server = try Server(program, folder, "--port", "0", "--whole", "--pace", "max")
        let expected = try SynchronousReading(corpus.bytes(.max), format: corpus.format)
        let request = HTTPClientRequest(url: "http://127.0.0.1:\(server.port)/")
        let deltas = try await Client.shared.execute(request, deadline: .distantFuture).deltas(format: corpus.format)
        var found: [OwnedDelta] = []
        for try await delta in deltas { found.append(delta) }
        #expect(found == expected.deltas && deltas.message == expected.message && deltas.end == expected.end)
    }

    @Test(
        "a stream that ends early is truncated, and its text is kept", arguments: [Origin.deltaDone, .openAI, .relay])
    func stopped(origin: Origin) async throws {
        let deltas = try await origin.response("tokens=900&stop=300").deltas(format: origin.format)
        #expect(await read(deltas)?.description == nil)
        #expect(deltas.end.status == .truncated)
        #expect(try await text(deltas.message) == Servers.shared.meant(300))
    }

    @Test("a connection cut midway is an error, with the text until then", arguments: Origin.allCases)
    func cut(origin: Origin) async throws {
        let deltas = try await origin.response("tokens=900&cut=300").deltas(format: origin.format)
        let interruption = await read(deltas)
        if origin.cutsVisibly {
            guard case .source? = interruption?.cause else { throw try #require(interruption) }
            #expect(interruption?.response == nil && interruption?.end.status == .truncated)
        } else {
            // The proxy reports the cut in the stream.
            #expect(interruption?.description == nil && deltas.end.status == .failed)
        }
        // Of raw text nobody can say that a line was cut.
        let tail = origin == .rawText ? "never who" : ""
        // The client drops what it has received and not handed on when the connection breaks.
        #expect(try await (Servers.shared.meant(300) + tail).hasPrefix(text(deltas.message)))
    }

    @Test("a server that stalls is told after the time between chunks", arguments: Origin.allCases)
    func stalled(origin: Origin) async throws {
        let meant = try await Servers.shared.meant(300)
        let clock = ManualClock()
        let deltas = try await origin.response("tokens=900&stall=300&id=nio-stall-\(origin)").deltas(
            format: origin.format, idleTimeout: .milliseconds(500), clock: clock)
        let reader = Task { await read(deltas) }
        // The proxy holds the last token back.
        try await eventually { text(deltas.message).utf8.count >= meant.utf8.count - 20 }
        let interruption = try #require(await ticking(clock) { await reader.value })
        guard case .idle(.milliseconds(500)) = interruption.cause else { throw interruption }
        #expect(interruption.end.status == .truncated && meant.hasPrefix(text(interruption.message)))
        try await eventually { try await Servers.shared.progress("nio-stall-\(origin)").over }
    }

    @Test(
        "a server that does not begin is told after the time for the first byte",
        arguments: [Origin.deltaDone, .openAI])
    func firstByte(origin: Origin) async throws {
        let clock = ManualClock()
        let deltas = try await origin.response("tokens=900&stall=0&id=nio-first-\(origin)").deltas(
            format: origin.format, firstByteTimeout: .seconds(2), idleTimeout: .milliseconds(1), clock: clock)
        let interruption = try #require(await ticking(clock) { await read(deltas) })
        guard case .firstByte(.seconds(2)) = interruption.cause else { throw interruption }
        #expect(interruption.end.status == .empty)
        try await eventually { try await Servers.shared.progress("nio-first-\(origin)").over }
    }

    @Test("a reader that is cancelled, or leaves its loop, cancels the request", arguments: Origin.allCases)
    func cancelled(origin: Origin) async throws {
        let id = "nio-cancel-\(origin)"
        let deltas = try await origin.response("tokens=1000000&every=0.001&id=\(id)").deltas(format: origin.format)
        let reader = Task { await read(deltas) }
        try await eventually { deltas.end.deltas >= 50 }
        reader.cancel()
        guard case .cancelled? = await reader.value?.cause else {
            Issue.record("not cancelled")
            return
        }
        try await eventually { try await Servers.shared.progress(id).over }
        #expect(try await Servers.shared.progress(id).sent < 1_000_000)
        let left = try await origin.response("tokens=1000000&every=0.001&id=\(id)-left").deltas(format: origin.format)
        for try await _ in left { break }
        try await eventually { try await Servers.shared.progress("\(id)-left").over }
    }

    @Test("a slow reader slows the server down", arguments: [Origin.deltaDone, .rawText, .openAI, .relay])
    func slowReader(origin: Origin) async throws {
        let id = "nio-slow-\(origin)"
        // Some 200 MB, of which sockets and the relay hold a few.
        let deltas = try await origin.response("tokens=100000&times=400&id=\(id)").deltas(format: origin.format)
        var iterator = deltas.makeAsyncIterator()
        for _ in 0..<3 { #expect(try await iterator.next() != nil) }
        let sent = try await settled(id)
        #expect(sent < 20_000)
        for _ in 0..<500 { #expect(try await iterator.next() != nil) }
        #expect(try await Servers.shared.meant(1_000, times: 400).hasPrefix(text(deltas.message)))
    }

    /// The tokens that a server has sent when it sends no more.
    private func settled(_ id: String) async throws -> Int {
        var last = try await Servers.shared.progress(id)
        while true {
            try await Task.sleep(for: .milliseconds(300))
            let next = try await Servers.shared.progress(id)
            if next == last { return last.over ? .max : last.sent }
            last = next
        }
    }

    @Test("an HTTP error ends the stream, with the message, the request's id, and when to repeat it")
    func refused() async throws {
        let body = #"{"error": {"message": "Slow down", "type": "requests", "code": "rate_limit_exceeded"}}"#
        let query = Self.query(["status": "429", "body": body, "retry-after": "20", "x-request-id": "req_1"])
        let request = HTTPClientRequest(url: "http://127.0.0.1:\(try Servers.shared.streams.port)/refusal?\(query)")
        let deltas = try await Client.shared.execute(request, deadline: .distantFuture).deltas(format: .openAIChat)
        let error = try #require(await read(deltas)?.response)
        #expect(error.status == .tooManyRequests && error.message == "Slow down" && error.requestID == "req_1")
        #expect(error.details.code == "rate_limit_exceeded" && error.retryAfter == .seconds(20))
        #expect(
            "\(error)"
                == "HTTP 429 Too Many Requests: Slow down (rate_limit_exceeded), request req_1, retry after 20.0 seconds"
        )
        #expect(deltas.end.status == .empty)
    }

    @Test("an error of LiteLLM's proxy has its message")
    func refusedByProxy() async throws {
        var request = try Origin.liteLLM.request("tokens=1")
        request.body = .bytes(ByteBuffer(string: #"{"stream": true}"#))
        let response = try await Client.shared.execute(request, deadline: .distantFuture)
        let deltas = response.deltas(format: .openAIChat)
        let error = try #require(await read(deltas)?.response)
        #expect((400...500).contains(error.status.code) && error.message != error.status.reasonPhrase, "\(error)")
    }

    @Test("a page in place of a stream is an error that names its content type, and a JSON answer is read")
    func otherBodies() async throws {
        let port = try Servers.shared.streams.port
        func deltas(_ type: String, _ body: String) async throws -> DeltaSequence {
            let query = Self.query(["content-type": type, "body": body])
            let request = HTTPClientRequest(url: "http://127.0.0.1:\(port)/refusal?\(query)")
            return try await Client.shared.execute(request, deadline: .distantFuture).deltas(format: .openAIChat)
        }
        let page = try #require(await read(deltas("text/html; charset=utf-8", "<html>Sign in</html>"))?.response)
        #expect(page.cause == .contentType && page.status == .ok && "\(page)".contains("text/html"))
        #expect(page.body == ByteBuffer(string: "<html>Sign in</html>"))
        let answer = """
            {
              "object": "chat.completion",
              "choices": [{"index": 0, "message": {"role": "assistant", "content": "Hi"}, "finish_reason": "stop"}]
            }
            """
        let whole = try await deltas("application/json", answer)
        #expect(await read(whole)?.description == nil)
        #expect(text(whole.message) == "Hi" && whole.end.status == .finished)
    }

    private static func query(_ items: [String: String]) -> String {
        var components = URLComponents()
        components.queryItems = items.map { URLQueryItem(name: $0.key, value: $0.value) }
        return components.percentEncodedQuery ?? ""
    }
}
