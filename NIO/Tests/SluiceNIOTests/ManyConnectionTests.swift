import AsyncHTTPClient
import Foundation
import NIOCore
import NIOHTTP1
import Sluice
import SluiceKit
import SluiceNIO
import Testing

// The origin sends nothing before all connections are there, so they are open at once.

@Suite(
    "a thousand connections at once", .serialized, .hangGuard,
    .enabled(if: Servers.python != nil, "make test-nio starts the servers that these tests read"))
struct ManyConnectionTests {
    private static let count = 1_000

    /// Each connection takes two descriptors of this process, or four where it also has the server.
    private func raiseLimit() throws {
        var limit = rlimit()
        try #require(unsafe getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0)
        limit.rlim_cur = min(limit.rlim_max, 16_384)
        try #require(unsafe setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0)
        try #require(limit.rlim_cur >= 4_096, "the limit of open files is \(limit.rlim_cur)")
    }

    @Test("each response has all of its deltas", arguments: [Origin.openAI, .deltaDone])
    func responses(origin: Origin) async throws {
        try raiseLimit()
        let meant = try await Servers.shared.meant(10)
        let texts = try await withThrowingTaskGroup(of: String.self) { group in
            for _ in 0..<Self.count {
                group.addTask {
                    let deltas = try await origin.response("tokens=10&gate=\(Self.count)").deltas(format: origin.format)
                    for try await _ in deltas {}
                    #expect(deltas.end.status == .complete)
                    return deltas.message.choices[0]?.text ?? ""
                }
            }
            return try await group.reduce(into: [:]) { $0[$1, default: 0] += 1 }
        }
        #expect(texts == [meant: Self.count])
    }

    @Test("each client of a server has all that its origin sends", arguments: RelayServer.allCases)
    func clients(server: RelayServer) async throws {
        try raiseLimit()
        let bytes = try await Origin.openAI.response("tokens=10").body.collect(upTo: .max)
        let reading = try SynchronousReading(Array(bytes.readableBytesView), format: .openAIChat)
        let expected =
            reading.deltas.map { ServerSentEvent($0, names: true).text }.joined() + "event: end\ndata: complete\n\n"
        let texts = try await server.run(heartbeat: nil) { port in
            try await withThrowingTaskGroup(of: String.self) { group in
                for _ in 0..<Self.count {
                    group.addTask {
                        let url = "http://127.0.0.1:\(port)/openai?tokens=10&gate=\(Self.count)"
                        var request = HTTPClientRequest(url: url)
                        request.headers.add(name: "connection", value: "close")
                        let response = try await Client.shared.execute(request, deadline: .distantFuture)
                        return try await String(buffer: response.body.collect(upTo: .max))
                    }
                }
                return try await group.reduce(into: [String: Int]()) { $0[$1, default: 0] += 1 }
            }
        }
        #expect(texts == [expected: Self.count])
    }
}
