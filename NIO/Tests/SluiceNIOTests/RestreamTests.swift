import AsyncHTTPClient
import Foundation
import HTTPTypes
import NIOCore
import NIOHTTP1
import Sluice
import SluiceKit
import SluiceNIO
import Testing

// A client of this process reads a server of this process, which reads a server of Tests/Servers.

@Suite(
    "servers that send streams on", .serialized, .hangGuard,
    .enabled(if: Servers.python != nil, "make test-nio starts the servers that these tests read"))
struct RestreamTests {
    private func response(_ port: Int, _ target: String, lastEventID: String? = nil) async throws -> HTTPClientResponse
    {
        var request = HTTPClientRequest(url: "http://127.0.0.1:\(port)\(target)")
        request.headers.add(name: "connection", value: "close")
        if let lastEventID { request.headers.add(name: "last-event-id", value: lastEventID) }
        return try await Client.shared.execute(request, deadline: .distantFuture)
    }

    /// The deltas of a stream as the events that are sent on, and the last event.
    private func expected(_ bytes: ByteBuffer, _ format: WireFormat, _ ending: String) throws -> String {
        let reading = try SynchronousReading(Array(bytes.readableBytesView), format: format)
        return reading.deltas.map { ServerSentEvent($0, names: true).text }.joined() + ending
    }

    @Test("what arrives is the deltas of the origin's bytes", arguments: RelayServer.allCases, Origin.allCases)
    func whole(server: RelayServer, origin: Origin) async throws {
        let bytes = try await origin.response("tokens=300").body.collect(upTo: .max)
        let expected = try expected(bytes, origin.format, "event: end\ndata: complete\n\n")
        try await server.run { port in
            for _ in 0..<2 {
                let response = try await response(port, "/\(origin.rawValue)?tokens=300")
                #expect(response.headers.first(name: "content-type") == "text/event-stream")
                #expect(response.headers.first(name: "x-accel-buffering") == "no")
                #expect(try await String(buffer: response.body.collect(upTo: .max)) == expected)
            }
        }
    }

    @Test("an origin that is cut ends the stream with the word for it", arguments: RelayServer.allCases)
    func cut(server: RelayServer) async throws {
        try await server.run { port in
            let body = try await response(port, "/openai?tokens=900&cut=300").body.collect(upTo: .max)
            let text = String(buffer: body)
            #expect(text.hasSuffix("event: broken\ndata: source\n\n"))
            // The server's client drops what it has not handed on when its connection breaks.
            #expect((1...301).contains(text.components(separatedBy: "event: text\n").count))
        }
    }

    @Test("an origin that refuses ends the stream with its status", arguments: RelayServer.allCases)
    func refused(server: RelayServer) async throws {
        try await server.run { port in
            let body = try await response(port, "/openai?tokens=none").body.collect(upTo: .max)
            #expect(String(buffer: body) == "event: broken\ndata: http-422\n\n")
        }
    }

    @Test(
        "a client that goes cancels the origin's request, though nothing is there to send",
        arguments: RelayServer.allCases)
    func clientGoes(server: RelayServer) async throws {
        try await server.run(heartbeat: nil) { port in
            let id = "nio-gone-\(server)"
            let response = try await response(port, "/openai?tokens=900&stall=3&id=\(id)")
            var count = 0
            for try await part in response.body {
                count += String(buffer: part).components(separatedBy: "event: text\n").count - 1
                if count == 3 { break }
            }
            #expect(count == 3)
            // The body's iterator is gone, so the connection is closed.
            try await eventually { try await Servers.shared.progress(id).over }
            #expect(try await Servers.shared.progress(id).sent == 3)
        }
    }

    @Test("a client may go whatever the server did with its request's body", arguments: BodyUse.allCases)
    func clientGoesAfterBody(use: BodyUse) async throws {
        try await RelayServer.hummingbird.run(heartbeat: nil) { port in
            let id = "nio-body-\(use)"
            var request = HTTPClientRequest(url: "http://127.0.0.1:\(port)/openai?tokens=900&stall=3&id=\(id)")
            request.method = .POST
            request.headers.add(name: "body-use", value: use.rawValue)
            request.body = .bytes(ByteBuffer(repeating: 0x20, count: 200_000))
            let response = try await Client.shared.execute(request, deadline: .distantFuture)
            var text = ""
            for try await part in response.body {
                text += String(buffer: part)
                if text.components(separatedBy: "event: text\n").count > 3 { break }
            }
            try await eventually { try await Servers.shared.progress(id).over }
            // The server is still there.
            let whole = try await self.response(port, "/openai?tokens=3").body.collect(upTo: .max)
            #expect(String(buffer: whole).hasSuffix("event: end\ndata: complete\n\n"))
        }
    }

    @Test("a client that reads slowly slows the origin down", arguments: RelayServer.allCases)
    func slowClient(server: RelayServer) async throws {
        try await server.run { port in
            let id = "nio-slow-client-\(server)"
            // Some 200 MB, of which sockets and buffers hold a few.
            let response = try await response(port, "/openai?tokens=100000&times=400&id=\(id)")
            var iterator = response.body.makeAsyncIterator()
            #expect(try await iterator.next() != nil)
            var last = try await Servers.shared.progress(id)
            while true {
                try await Task.sleep(for: .milliseconds(500))
                let next = try await Servers.shared.progress(id)
                if next == last { break }
                last = next
            }
            #expect(!last.over && last.sent < 30_000, "\(last)")
            var bytes = 0
            while bytes < 10_000_000, let part = try await iterator.next() { bytes += part.readableBytes }
            #expect(bytes >= 10_000_000)
        }
    }

    @Test("a silent origin does not make a silent connection", arguments: RelayServer.allCases)
    func heartbeat(server: RelayServer) async throws {
        let clock = ManualClock()
        try await server.run(heartbeat: .seconds(2), clock: clock) { port in
            let response = try await response(port, "/openai?tokens=900&stall=3")
            try await ticking(clock) {
                var text = ""
                for try await part in response.body {
                    text += String(buffer: part)
                    if text.components(separatedBy: ": keep-alive\n\n").count > 3 { break }
                }
                #expect(text.components(separatedBy: "event: text\n").count == 4)
            }
        }
    }

    @Test("a client that comes back with the last id gets the rest, and nothing twice", arguments: RelayServer.allCases)
    func resumed(server: RelayServer) async throws {
        let bytes = try await Origin.openAI.response("tokens=900").body.collect(upTo: .max)
        let expected = try expected(bytes, .openAIChat, "event: end\ndata: complete\n\n")
        let store = EventStreamStore(grace: .seconds(3_600))
        try await server.run(store: store) { port in
            let id = "nio-resumed-\(server)"
            var lastID: String?
            var events: [String] = []
            var connections = 0
            while true {
                let response = try await response(
                    port, "/openai?tokens=900&every=0.001&id=\(id)", lastEventID: lastID)
                if response.status == .noContent { break }
                connections += 1
                var text = ""
                for try await part in response.body {
                    text += String(buffer: part)
                    // The connection breaks, in the midst of an event or not.
                    if text.utf8.count > 15_000 { break }
                }
                for event in text.components(separatedBy: "\n\n").dropLast() where !event.hasPrefix(":") {
                    let lines = event.components(separatedBy: "\n")
                    lastID = lines.first { $0.hasPrefix("id: ") }.map { String($0.dropFirst(4)) }
                    events.append(lines.filter { !$0.hasPrefix("id: ") }.joined(separator: "\n") + "\n\n")
                }
            }
            #expect(connections > 3)
            #expect(events.joined() == expected)
            #expect(try await Servers.shared.progress(id).sent == 900)
        }
    }
}
