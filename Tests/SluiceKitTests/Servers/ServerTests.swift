import Foundation
import Sluice
import Testing

@testable import SluiceKit

// Real servers, real HTTP. What a server does wrong, it does after a number of tokens and not after a time, so nothing here
// depends on who is fast.

@Suite(
    "streams of real servers", .serialized, .hangGuard,
    .enabled(if: Servers.python != nil, "make test-servers starts the servers that these tests read"))
struct ServerTests {
    /// Reads to the end.
    private func read(_ deltas: DeltaSequence) async -> StreamInterruption? {
        do {
            for try await _ in deltas {}
            return nil
        } catch {
            return error
        }
    }

    private func text(_ message: Accumulator) -> String { message.choices[0]?.text ?? "" }

    @Test("a whole stream is the text that the server means to send", arguments: Route.allCases)
    func whole(route: Route) async throws {
        let servers = try Servers.shared
        let meant = try await servers.meant(2_000)
        #expect(meant.utf8.count > 5_000)
        for format in [route.format, nil] {
            let deltas = servers.stream(route, "tokens=2000").deltas(format: format)
            let interruption = await read(deltas)
            #expect(interruption == nil)
            #expect(text(deltas.message) == meant)
            #expect(deltas.end.status == .complete && deltas.formatName == route.format.name)
        }
    }

    @Test("a stream that ends early is truncated, and its text is kept", arguments: Route.allCases)
    func stopped(route: Route) async throws {
        let servers = try Servers.shared
        let deltas = servers.stream(route, "tokens=900&stop=300").deltas(format: route.format)
        let interruption = await read(deltas)
        #expect(interruption == nil)
        #expect(deltas.end.status == .truncated && !deltas.end.endedInsideEvent)
        #expect(try await text(deltas.message) == servers.meant(300))
    }

    @Test("a connection cut midway is the source's error, with the text until then", arguments: Route.allCases)
    func cut(route: Route) async throws {
        let servers = try Servers.shared
        let deltas = servers.stream(route, "tokens=900&cut=300").deltas(format: route.format)
        let interruption = try #require(await read(deltas))
        guard case .source(let error) = interruption.cause else { throw interruption }
        #expect(error as? CurlSource.CurlError == CurlSource.CurlError(status: 18))
        #expect(interruption.end.status == .truncated)
        // Of raw text nobody can say that a line was cut; the relay sends nothing on but whole events.
        let tail = route == .rawText ? "never who" : ""
        #expect(try await text(interruption.message) == servers.meant(300) + tail)
        let problems: [SluiceError.Code] = route == .deltaDone || route == .openAI ? [.incompleteEvent] : []
        #expect(interruption.message.problems.map(\.code) == problems)
    }

    @Test("an error that the server sends is a delta, and the stream has failed", arguments: Route.allCases)
    func failed(route: Route) async throws {
        let servers = try Servers.shared
        let deltas = servers.stream(route, "tokens=900&fail=300").deltas(format: route.format)
        let interruption = await read(deltas)
        #expect(interruption == nil)
        #expect(deltas.end.status == .failed)
        #expect(deltas.message.error?.message == "the model went away")
        #expect(try await text(deltas.message) == servers.meant(300))
    }

    @Test("a server that stalls is told after the timeout, with the text until then", arguments: Route.allCases)
    func stalled(route: Route) async throws {
        let servers = try Servers.shared
        let meant = try await servers.meant(300)
        let clock = ManualClock()
        let deltas = servers.stream(route, "tokens=900&stall=300&id=stall-\(route)").deltas(
            format: route.format, idleTimeout: .milliseconds(500), clock: clock)
        let reader = Task { await read(deltas) }
        try await eventually { text(deltas.message).utf8.count == meant.utf8.count }
        let interruption = try #require(await ticking(clock) { await reader.value })
        guard case .idle = interruption.cause else { throw interruption }
        #expect(interruption.end.status == .truncated && text(interruption.message) == meant)
        try await eventually { try await servers.progress("stall-\(route)").over }
    }

    @Test("half a second of silence by the machine's clock", arguments: Route.allCases)
    func stalledByRealClock(route: Route) async throws {
        let servers = try Servers.shared
        let meant = try await servers.meant(300)
        let deltas = servers.stream(route, "tokens=900&stall=300&id=real-\(route)").deltas(
            format: route.format, idleTimeout: .milliseconds(500))
        let start = ContinuousClock.now
        let interruption = try #require(await read(deltas))
        #expect(ContinuousClock.now - start >= .milliseconds(500))
        guard case .idle(let timeout) = interruption.cause else { throw interruption }
        #expect(timeout == .milliseconds(500) && interruption.end.status == .truncated)
        // A machine that is very busy may be silent for as long before.
        #expect(meant.hasPrefix(text(interruption.message)))
        try await eventually { try await servers.progress("real-\(route)").over }
    }

    @Test("a reader that is cancelled keeps what came, and the server is told", arguments: Route.allCases)
    func cancelled(route: Route) async throws {
        let servers = try Servers.shared
        let id = "cancel-\(route)"
        let deltas = servers.stream(route, "tokens=1000000&every=0.001&id=\(id)").deltas(format: route.format)
        let reader = Task { await read(deltas) }
        try await eventually { deltas.end.deltas >= 50 }
        reader.cancel()
        let interruption = try #require(await reader.value)
        guard case .cancelled = interruption.cause else { throw interruption }
        let came = text(interruption.message)
        #expect(came.utf8.count >= 50)
        #expect(try await servers.meant(100_000).hasPrefix(came))
        try await eventually { try await servers.progress(id).over }
        #expect(try await servers.progress(id).sent < 1_000_000)
    }

    @Test("a slow reader slows the server down: buffers fill up, and no more is sent", arguments: Route.allCases)
    func slowReader(route: Route) async throws {
        let servers = try Servers.shared
        let id = "slow-\(route)"
        // Some 200 MB, of which sockets, pipes and the relay hold a few.
        let deltas = servers.stream(route, "tokens=100000&times=400&id=\(id)").deltas(format: route.format)
        var iterator = deltas.makeAsyncIterator()
        for _ in 0..<3 { #expect(try await iterator.next() != nil) }
        var last = try await servers.progress(id)
        while true {
            try await Task.sleep(for: .milliseconds(300))
            let next = try await servers.progress(id)
            if next == last { break }
            last = next
        }
        #expect(!last.over && last.sent < 20_000, "\(last)")
        for _ in 0..<500 { #expect(try await iterator.next() != nil) }
        let meant = try await servers.meant(1_000, times: 400)
        #expect(meant.hasPrefix(text(deltas.message)))
    }

    @Test("recordings that are served again give the deltas of the recording", arguments: KitCorpus.all[..<3])
    func replayed(corpus: KitCorpus) async throws {
        let folder = Server.package.appending(path: "corpora/\(corpus.name)").path
        let server = try Server.sluice("replay", folder, "--port", "0", "--whole", "--pace", "max")
        let expected = try SynchronousReading(corpus.bytes(.max), format: corpus.format)
        let deltas = CurlSource("http://127.0.0.1:\(server.port)/").deltas(format: corpus.format)
        var found: [OwnedDelta] = []
        for try await delta in deltas { found.append(delta) }
        #expect(found == expected.deltas && deltas.message == expected.message && deltas.end == expected.end)
    }

    @Test("four servers at once, one of which is cut and one stalls, each with its end")
    func merged() async throws {
        let servers = try Servers.shared
        let clock = ManualClock()
        let queries: [Route: String] = [
            .deltaDone: "tokens=900", .rawText: "tokens=900&stop=300", .openAI: "tokens=900&cut=300",
            .relay: "tokens=900&stall=300",
        ]
        let merged = MergedDeltas(
            queries.map { DeltaSource($0, servers.stream($0, $1), format: $0.format) }, idleTimeout: .seconds(1),
            clock: clock)
        let stalling = try await servers.meant(300)
        let ends = Guarded<[Route: String]>([:])
        let reader = Task {
            for await tagged in merged {
                switch tagged.event {
                case .delta: continue
                case .end(let end): ends.withLock { $0[tagged.source] = end.status.rawValue }
                case .interrupted(let interruption):
                    let name = String("\(interruption.cause)".prefix { $0 != "(" })
                    ends.withLock { $0[tagged.source] = name }
                }
            }
        }
        // Three have ended, and nothing more will come of the fourth.
        try await eventually { ends.withLock(\.count) == 3 && merged.message(of: .relay).map(text) == stalling }
        await ticking(clock) { await reader.value }
        #expect(
            ends.withLock(\.self) == [.deltaDone: "complete", .rawText: "truncated", .openAI: "source", .relay: "idle"])
        #expect(try await text(merged.message(of: .deltaDone) ?? Accumulator()) == servers.meant(900))
    }

    /// Lets time pass on the clock while `body` waits.
    private func ticking<Value>(_ clock: ManualClock, _ body: () async -> Value) async -> Value {
        let ticks = Task {
            while !Task.isCancelled {
                clock.advance(by: .milliseconds(100))
                try? await Task.sleep(for: .milliseconds(20))
            }
        }
        defer { ticks.cancel() }
        return await body()
    }

    /// Waits until something holds; the suite's limit of time is what gives up.
    private func eventually(_ holds: () async throws -> Bool) async throws {
        while try await !holds() { try await Task.sleep(for: .milliseconds(20)) }
    }
}
