import AsyncHTTPClient
import Foundation
import NIOCore
import NIOHTTP1
import Sluice
import Testing

// Where streams come from: the servers of Tests/Servers, LiteLLM's proxy in front of one of them, and recordings.

/// A way to stream the text of Tests/Servers/streams.py.
enum Origin: String, CaseIterable, Sendable {
    case deltaDone = "delta-done"
    case rawText = "raw-text"
    case openAI = "openai"
    case relay = "relay"
    case liteLLM = "litellm"

    var format: WireFormat {
        switch self {
        case .deltaDone: .deltaDone
        case .rawText: .rawText
        case .openAI, .liteLLM: .openAIChat
        case .relay: .textField
        }
    }

    /// Whether a cut connection ends the body with an error.
    var cutsVisibly: Bool { self != .liteLLM }

    func request(_ query: String) throws -> HTTPClientRequest {
        let servers = try Servers.shared
        switch self {
        case .liteLLM:
            var request = HTTPClientRequest(url: "http://127.0.0.1:\(try LiteLLM.shared.port)/v1/chat/completions")
            request.method = .POST
            request.headers.add(name: "content-type", value: "application/json")
            request.headers.add(name: "authorization", value: "Bearer sk-of-the-tests-of-sluice-0123456789")
            let body = #"{"model": "\#(query)", "stream": true, "messages": [{"role": "user", "content": "go"}]}"#
            request.body = .bytes(ByteBuffer(string: body))
            return request
        case .relay: return HTTPClientRequest(url: "http://127.0.0.1:\(servers.relay.port)/relay?\(query)")
        default: return HTTPClientRequest(url: "http://127.0.0.1:\(servers.streams.port)/\(rawValue)?\(query)")
        }
    }

    func response(_ query: String) async throws -> HTTPClientResponse {
        var request = try request(query)
        // No connection is used again: a server may close an idle one while the client sends its next request.
        request.headers.add(name: "connection", value: "close")
        return try await Client.shared.execute(request, deadline: .distantFuture)
    }
}

/// LiteLLM's proxy, started at first use.
enum LiteLLM {
    /// Set by NIO/Tests/run.sh.
    static var python: String? { ProcessInfo.processInfo.environment["SLUICE_LITELLM_PYTHON"] }

    private static let running = Result {
        try Server(
            #require(python), "-B", Server.package.appending(path: "NIO/Tests/Servers/litellm_proxy.py").path,
            String(Servers.shared.streams.port))
    }

    static var shared: Server { get throws { try running.get() } }
}

enum Client {
    /// Many connections to one server, and no timeout of its own.
    static let shared: HTTPClient = {
        var configuration = HTTPClient.Configuration()
        configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = 2_000
        configuration.timeout.connect = .minutes(10)
        configuration.httpVersion = .http1Only
        return HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
    }()
}

/// Waits until something holds; the suite's limit of time is what gives up.
func eventually(_ holds: () async throws -> Bool) async throws {
    while try await !holds() { try await Task.sleep(for: .milliseconds(20)) }
}

/// Lets time pass on the clock while `body` waits.
func ticking<Value>(_ clock: ManualClock, _ body: () async throws -> Value) async rethrows -> Value {
    let ticks = Task {
        while !Task.isCancelled {
            clock.advance(by: .milliseconds(100))
            try? await Task.sleep(for: .milliseconds(20))
        }
    }
    defer { ticks.cancel() }
    return try await body()
}
