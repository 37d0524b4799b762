import NIOCore
import Sluice
import SluiceKit
import SluiceNIO
import Testing

// Bodies of responses without a server. Events come, and time passes, when the test says so.

/// The events of a source's chunks: each chunk is the data of one.
private struct DrivenEvents: AsyncSequence, Sendable {
    let source: DrivenSource

    func makeAsyncIterator() -> Iterator { Iterator(base: source.makeAsyncIterator()) }

    struct Iterator: AsyncIteratorProtocol {
        let base: DrivenSource.Iterator

        mutating func next() async throws -> ServerSentEvent? {
            try await base.next().map { ServerSentEvent(String(decoding: $0, as: UTF8.self)) }
        }
    }
}

@Suite("bodies of Server-Sent Events", .hangGuard)
struct EventStreamTests {
    private struct Broken: Error {}

    private func next(_ iterator: inout EventStreamBody.Iterator) async throws -> String? {
        try await iterator.next().map { String(buffer: $0) }
    }

    @Test("each event is a buffer, and is requested after the one before was sent")
    func pulled() async throws {
        let source = DrivenSource()
        let body = DrivenEvents(source: source).eventStream(heartbeat: nil)
        for text in ["a", "b", "c"] { source.send(text) }
        source.finish()
        var iterator = body.makeAsyncIterator()
        #expect(source.asked.count == 0)
        for (number, text) in ["a", "b", "c"].enumerated() {
            #expect(try await next(&iterator) == "data: \(text)\n\n")
            for _ in 0..<20 { await Task.yield() }
            #expect(source.asked.count == number + 1)
        }
        #expect(try await next(&iterator) == nil)
        #expect(try await next(&iterator) == nil)
        var second = body.makeAsyncIterator()
        #expect(try await next(&second) == nil)
    }

    @Test("a body ends with the error of its events")
    func fails() async throws {
        let source = DrivenSource()
        source.send("a")
        source.fail(Broken())
        var iterator = DrivenEvents(source: source).eventStream().makeAsyncIterator()
        #expect(try await next(&iterator) == "data: a\n\n")
        await #expect(throws: Broken.self) { _ = try await iterator.next() }
        #expect(try await next(&iterator) == nil)
    }

    @Test("after each time of silence a comment is sent, and events begin the time anew")
    func heartbeats() async throws {
        let clock = ManualClock()
        let source = DrivenSource()
        let body = DrivenEvents(source: source).eventStream(heartbeat: .seconds(15), clock: clock)
        let (texts, continuation) = AsyncStream.makeStream(of: String.self)
        let reader = Task {
            for try await buffer in body { continuation.yield(String(buffer: buffer)) }
            continuation.finish()
        }
        var sent = texts.makeAsyncIterator()
        await source.asked.reaches(1)
        await clock.sleeps.reaches(1)
        clock.advance(by: .seconds(10))
        source.send("a")
        #expect(await sent.next() == "data: a\n\n")
        await source.asked.reaches(2)
        clock.advance(by: .seconds(10))
        await clock.sleeps.reaches(2)
        clock.advance(by: .seconds(5))
        #expect(await sent.next() == ": keep-alive\n\n")
        await clock.sleeps.reaches(3)
        clock.advance(by: .seconds(15))
        #expect(await sent.next() == ": keep-alive\n\n")
        // A heartbeat requests nothing.
        #expect(source.asked.count == 2)
        source.send("b")
        #expect(await sent.next() == "data: b\n\n")
        source.finish()
        #expect(await sent.next() == nil)
        try await reader.value
    }

    @Test("the upstream is cancelled when the body's task is, and when its loop is left", arguments: [true, false])
    func cancelled(byTask: Bool) async throws {
        let source = DrivenSource(heedsCancellation: false)
        let body = DrivenEvents(source: source).eventStream()
        source.send("a")
        let reader = Task {
            for try await _ in body where !byTask { break }
        }
        if byTask {
            await source.asked.reaches(2)
            reader.cancel()
            await #expect(throws: CancellationError.self) { try await reader.value }
        } else {
            try await reader.value
            source.send("b")
        }
        if byTask { await source.cancelled.reaches(1) }
        source.finish()
        await source.released.reaches(1)
    }

    // MARK: Resuming

    private func id(_ text: String?) throws -> String {
        let line = try #require(text?.split(separator: "\n").first { $0.hasPrefix("id: ") })
        return String(line.dropFirst(4))
    }

    @Test("a client that comes back gets what it has not got, and the upstream goes on")
    func resumed() async throws {
        let store = EventStreamStore()
        let source = DrivenSource()
        for number in 0..<5 { source.send("\(number)") }
        var ids: [String] = []
        do {
            var first = store.open(DrivenEvents(source: source)).makeAsyncIterator()
            for _ in 0..<3 { ids.append(try id(try await next(&first))) }
        }
        #expect(Set(ids).count == 3 && store.count == 1)
        guard case .body(let body) = store.resume(after: ids[0]) else {
            Issue.record("not resumed")
            return
        }
        var second = body.makeAsyncIterator()
        for number in 1..<5 { #expect(try await next(&second)?.hasSuffix("data: \(number)\n\n") == true) }
        source.finish()
        #expect(try await next(&second) == nil)
        #expect(source.cancelled.count == 0)
    }

    @Test("what a client asks that cannot be: an unknown stream, an event that is not kept, one that never was")
    func unknown() async throws {
        let store = EventStreamStore(keptBytes: 100)
        let source = DrivenSource()
        for number in 0..<20 { source.send("event \(number)") }
        source.finish()
        var iterator = store.open(DrivenEvents(source: source)).makeAsyncIterator()
        var ids: [String] = []
        while let text = try await next(&iterator) { ids.append(try id(text)) }
        #expect(ids.count == 20)
        func isUnknown(_ id: String) -> Bool { if case .unknown = store.resume(after: id) { true } else { false } }
        let name = try #require(ids[0].split(separator: "-").first)
        #expect(
            ["", "7", "-1", "x-1", "\(name)-", "\(name)-20", "\(name)-x", "\(name)--1", ids[0]].allSatisfy(isUnknown))
        #expect(!isUnknown(ids[18]))
        if case .over = store.resume(after: ids[19]) {} else { Issue.record("it has everything") }
    }

    @Test("a stream whose client stays away is cancelled and forgotten after the grace")
    func grace() async throws {
        let clock = ManualClock()
        let store = EventStreamStore(grace: .seconds(30), heartbeat: nil, clock: clock)
        let source = DrivenSource(heedsCancellation: false)
        source.send("a")
        let body = store.open(DrivenEvents(source: source))
        #expect(store.count == 0)
        let reader = Task { for try await _ in body {} }
        await source.asked.reaches(2)
        reader.cancel()
        await #expect(throws: CancellationError.self) { try await reader.value }
        await clock.sleeps.reaches(1)
        clock.advance(by: .seconds(29))
        for _ in 0..<50 { await Task.yield() }
        #expect(store.count == 1 && source.cancelled.count == 0)
        clock.advance(by: .seconds(1))
        await source.cancelled.reaches(1)
        source.finish()
        await source.released.reaches(1)
        while store.count > 0 { await Task.yield() }
    }

    @Test("a client that comes back in time ends the grace, and takes the place of its former self")
    func replaced() async throws {
        let clock = ManualClock()
        let store = EventStreamStore(grace: .seconds(30), heartbeat: nil, clock: clock)
        let source = DrivenSource()
        source.send("a")
        let body = store.open(DrivenEvents(source: source))
        let (texts, continuation) = AsyncStream.makeStream(of: String.self)
        let reader = Task {
            for try await buffer in body { continuation.yield(String(buffer: buffer)) }
        }
        var sent = texts.makeAsyncIterator()
        let lastID = try id(await sent.next())
        await source.asked.reaches(2)
        guard case .body(let again) = store.resume(after: lastID) else {
            Issue.record("not resumed")
            return
        }
        var second = again.makeAsyncIterator()
        // The former loop ends, without an error, and cancels nothing.
        try await reader.value
        source.send("b")
        #expect(try await next(&second)?.hasSuffix("data: b\n\n") == true)
        clock.advance(by: .seconds(1_000))
        source.finish()
        #expect(try await next(&second) == nil)
        #expect(store.count == 1 && source.cancelled.count == 0)
    }

    // MARK: Deltas

    @Test("deltas are events as JSON, and the last one says how the stream ended")
    func deltas() async throws {
        let source = DrivenSource([Array((textEvent("Hi") + doneEvent).utf8)])
        let deltas = source.deltas(format: .textField, firstByteTimeout: nil, idleTimeout: nil)
        var texts: [String] = []
        for try await buffer in deltas.events().eventStream() { texts.append(String(buffer: buffer)) }
        #expect(
            texts == [
                "event: text\ndata: {\"kind\":\"text\",\"choice\":0,\"text\":\"Hi\"}\n\n",
                "event: end\ndata: complete\n\n",
            ])
    }

    @Test("a stream that breaks off ends with the word for its cause, and not with what the error says")
    func broken() async throws {
        let source = DrivenSource()
        source.send(textEvent("Hi"))
        source.fail(Broken())
        let deltas = source.deltas(format: .textField, firstByteTimeout: nil, idleTimeout: nil)
        var events: [ServerSentEvent] = []
        for await event in deltas.events(names: false) { events.append(event) }
        #expect(events.map(\.event) == [nil, "broken"] && events.last?.data == "source")
        let silent = DrivenSource([]).deltas(format: .textField).events { _, _ in nil }
        for await event in silent { Issue.record("\(event)") }
    }
}
