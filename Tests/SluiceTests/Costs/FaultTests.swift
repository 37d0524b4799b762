import Foundation
import Testing

@testable import Sluice
@testable import SluiceTestSupport

// What a machine does to a parser: reads that are short, fail or are cancelled, memory and mappings that are refused, a fork.
// In each, what was parsed until then is kept and told, and the stream says how it ended.
//
// What changes a whole process runs in one of its own.

@Suite("faults")
struct FaultTests {
    private static let hello = "data: {\"text\":\"Hello, \"}\n\n"
    private static let world = "data: {\"text\":\"world\"}\n\n"
    private static let done = "data: {\"done\":true}\n\ndata: [DONE]\n\n"
    private struct Broken: Error {}

    /// What `read(2)` might do with a buffer of `space` bytes.
    private enum Read {
        case bytes(Int)
        case fails
    }

    /// Fills `parser` as `reads` say, in turn and again from the first, and reads what there is after each.
    @safe
    private static func feed(_ bytes: [UInt8], _ reads: [Read], _ parser: inout StreamParser, _ log: inout DeltaLog)
        throws -> Int
    {
        var sent = 0
        var number = 0
        var failures = 0
        while sent < bytes.count {
            let read = reads[number % reads.count]
            number += 1
            do {
                sent += try unsafe parser.fill(64) { space throws(Broken) in
                    guard case .bytes(let most) = read else { throw Broken() }
                    let count = min(most, bytes.count - sent, space.count)
                    for index in 0..<count { unsafe space[index] = bytes[sent + index] }
                    return count
                }
            } catch {
                failures += 1
            }
            try log.take(parser.pull())
        }
        return failures
    }

    @Test(
        "reads of any length, of none, and reads that fail give the same deltas",
        arguments: [BufferLayout.mirrored, .linear])
    func shortReads(_ layout: BufferLayout) throws {
        let bytes = Array((Self.hello + Self.world + Self.done).utf8)
        let ways: [[Read]] = [
            [.bytes(1)], [.bytes(0), .bytes(3)], [.bytes(64)], [.bytes(7), .fails, .bytes(0), .bytes(1)],
            [.fails, .bytes(13)],
        ]
        for way in ways {
            var parser = StreamParser(format: .textField, layout: layout)
            var log = DeltaLog()
            let failures = try Self.feed(bytes, way, &parser, &log)
            try log.take(parser.finish())
            #expect(log.text() == "Hello, world")
            #expect(parser.end.status == .complete)
            #expect(parser.end.bytes == bytes.count)
            #expect((failures > 0) == way.contains { if case .fails = $0 { true } else { false } })
        }
    }

    @Test("a reader that fails for good leaves what was read, and a truncated stream")
    func failingReader() throws {
        var parser = StreamParser(format: .textField)
        var log = DeltaLog()
        let cut = Array((Self.hello + Self.world.dropLast(9)).utf8)
        #expect(try Self.feed(cut, [.bytes(5)], &parser, &log) == 0)
        do {
            _ = try unsafe parser.fill(64) { _ throws(Broken) in throw Broken() }
            Issue.record("the failure was lost")
        } catch {}
        #expect(log.text() == "Hello, ")
        try log.take(parser.finish())
        #expect(log.text() == "Hello, ")
        #expect(log.deltas.last?.problem?.code == "incomplete-event")
        #expect(parser.end.status == .truncated)
    }

    @Test("a stream that is cancelled inside an event keeps its partial text, and its engine serves others")
    func cancellation() throws {
        var engine = Engine()
        var answer = Accumulator()
        do {
            var stream = TokenStream(format: .textField)
            let cut = Array((Self.hello + Self.world.dropLast(9)).utf8)
            var reader = engine.read(cut.span, of: &stream)
            while let delta = try reader.next() { try answer.add(delta) }
            #expect(stream.end.status == .truncated)
        }
        #expect(answer.choices[0]?.text == "Hello, ")
        var next = TokenStream(format: .textField)
        var log = DeltaLog()
        let whole = Array((Self.world + Self.done).utf8)
        try log.take(engine.read(whole.span, of: &next))
        #expect(log.text() == "world")
        #expect(next.end.status == .complete)
    }

    @Test("a reader that is dropped in the middle of a chunk ends its stream, which says so")
    func givenUp() throws {
        let whole = Array((Self.hello + Self.world + Self.done).utf8)
        for fills in [false, true] {
            var parser = StreamParser(format: .textField)
            var first = ""
            if fills {
                try parser.fill(whole.span)
                var reader = parser.pull()
                if let delta = try reader.next() { first = delta.string }
            } else {
                var reader = parser.read(whole.span)
                if let delta = try reader.next() { first = delta.string }
            }
            #expect(first == "Hello, ")
            let error = #expect(throws: SluiceError.self) { try parser.parse(whole.span) { _ in } }
            #expect(error?.code == .abandoned)
            #expect(parser.end.status == .truncated)
        }
    }

    @Test("a reader that is dropped leaves nothing to the engine's next stream", arguments: [0, 16])
    func givenUp(_ templates: Int) throws {
        var limits = Limits()
        limits.maxTemplates = templates
        var engine = Engine()
        // Inside an event, so that the next chunk of it is carried on.
        var second = TokenStream(format: .textField, limits: limits)
        var log = DeltaLog()
        try log.take(engine.read(Array("data: {\"text\":\"sec".utf8).span, of: &second))
        for events in [2, 300, 1000] {
            var first = TokenStream(format: .textField, limits: limits)
            let chunk = Array((0..<events).map { "data: {\"text\":\"first \($0)\"}\n\n" }.joined().utf8)
            var reader = engine.read(chunk.span, of: &first)
            #expect(try reader.next()?.string == "first 0")
        }
        try log.take(engine.read(Array("ond\"}\n\n".utf8).span, of: &second))
        try log.take(engine.finish(&second))
        #expect(log.deltas.map(\.text) == ["second"])
        #expect(second.end.frames == 1)
    }

    // MARK: In a process of its own

    /// Lets the process have `bytes` more of memory than it has, or as much as it likes.
    @safe
    fileprivate static func limitMemory(toMore bytes: Int?) {
        var most = rlim_t.max
        if let bytes {
            let statistics = try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8)
            let pages = statistics?.split(separator: " ").first.flatMap { Int($0) } ?? 0
            most = rlim_t(pages * sysconf(Int32(_SC_PAGESIZE)) + bytes)
        }
        var limit = rlimit(rlim_cur: most, rlim_max: rlim_t.max)
        let status = unsafe setrlimit(__rlimit_resource_t(RLIMIT_AS.rawValue), &limit)
        precondition(status == 0, "no limit can be set")
    }

    @Test(
        "an allocation for a large event fails: an error, and the stream goes on",
        .disabled(if: isSanitized, "a sanitizer has the memory: make test-release")
    )
    func noMemory() async {
        await #expect(processExitsWith: .success) {
            for fills in [false, true] {
                var limits = Limits()
                limits.maxEventBytes = 1 << 30
                var parser = StreamParser(format: .textField, limits: limits, layout: .linear)
                var log = DeltaLog()
                let chunk = [UInt8](repeating: 0x78, count: 1 << 20)
                try log.take(parser.read(Array(FaultTests.hello.utf8).span))
                try log.take(parser.read(Array("data: {\"text\":\"".utf8).span))
                FaultTests.limitMemory(toMore: 6 << 20)
                var refused = false
                // More than the allocator may have put aside for a thread.
                for _ in 0..<300 {
                    do throws(SluiceError) {
                        if fills {
                            try parser.fill(chunk.span)
                            try log.take(parser.pull())
                        } else {
                            try log.take(parser.read(chunk.span))
                        }
                    } catch {
                        precondition(
                            error.code == .outOfMemory && error.event == 2 && (fills || error.offset == 26), "\(error)")
                        refused = true
                        break
                    }
                }
                FaultTests.limitMemory(toMore: nil)
                let told = log.deltas.contains { $0.problem?.code == "out-of-memory" }
                precondition(refused || told, "memory was to be had")
                precondition(log.text() == "Hello, ")
                _ = try? parser.finish { _ in }
                precondition(parser.end.status != .complete)
            }
        }
    }

    @Test(
        "room for nothing can be filled, and room for more than there is cannot",
        arguments: [BufferLayout.mirrored, .linear])
    func roomAtTheEnds(_ layout: BufferLayout) throws {
        var parser = StreamParser(format: .textField, layout: layout)
        #expect(unsafe parser.fill(0) { _ in 0 } == 0)
        #expect(unsafe parser.fill(Int.max) { _ in 7 } == 0)
        var reader = parser.pull()
        do {
            _ = try reader.next()
            Issue.record("memory was to be had")
        } catch {
            #expect(error.code == .outOfMemory)
        }
    }

    @Test("an event that was begun is told at the end, whether its lines were lent or filled in")
    func endBehindFill() throws {
        var whole = StreamParser(format: .textField)
        try whole.parse(Array("event: a\ndata: {".utf8).span) { _ in }
        var cut = StreamParser(format: .textField)
        try cut.parse(Array("event: a".utf8).span) { _ in }
        try cut.fill(Array("\ndata: {".utf8).span)
        let wanted = try whole.finish { _ in }
        #expect(wanted.endedInsideEvent)
        #expect(try cut.finish { _ in } == wanted)
    }

    @Test(
        "a chunk of more bytes than 32 bits count is read to its end",
        .disabled(
            if: isSanitized || _isDebugAssertConfiguration(), "four gibibytes take long: make test-release"))
    func hugeChunk() throws {
        // One event after the other, in memory that is the same two mebibytes again and again.
        let begin = "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\""
        let end = "\"}}]}\n\n"
        let filling = String(repeating: "x", count: (1 << 16) - begin.utf8.count - end.utf8.count)
        let event = Array((begin + filling + end).utf8)
        let unit = 2 << 20
        let count = 2049
        guard let temporary = unsafe tmpfile() else { throw CocoaError(.fileWriteUnknown) }
        defer { unsafe fclose(temporary) }
        let file = unsafe fileno(temporary)
        for index in 0..<(unit / event.count) {
            #expect(unsafe pwrite(file, event, event.count, off_t(index * event.count)) == event.count)
        }
        let memory = unsafe mmap(nil, unit * count, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
        guard let memory = unsafe memory, unsafe memory != MAP_FAILED else {
            throw CocoaError(.fileReadUnknown)
        }
        defer { unsafe munmap(memory, unit * count) }
        for index in 0..<count {
            let place = unsafe memory + index * unit
            #expect(unsafe mmap(place, unit, PROT_READ, MAP_SHARED | MAP_FIXED, file, 0) == place)
        }
        var parser = StreamParser(format: .openAIChat, kinds: [.finish])
        try parser.parse(unsafe Span(_bytes: UnsafeRawBufferPointer(start: memory, count: unit * count).bytes)) { _ in }
        #expect(try parser.finish { _ in }.frames == UInt64(unit * count / event.count))
    }

    @Test(
        "where mapping twice is refused the linear buffer takes over",
        .disabled(if: isSanitized, "a sanitizer has the memory: make test-release"))
    func noMapping() async {
        await #expect(processExitsWith: .success) {
            var limit = rlimit(rlim_cur: 3, rlim_max: 3)
            let status = unsafe setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
            precondition(status == 0)
            var buffer = StreamBuffer(layout: .mirrored)
            precondition(buffer.append(byte: 0x78) && !buffer.isMirrored, "the mapping was not refused")
            var parser = StreamParser(format: .textField, layout: .mirrored)
            var log = DeltaLog()
            let bytes = Array((FaultTests.hello + FaultTests.world + FaultTests.done).utf8)
            _ = try FaultTests.feed(bytes, [.bytes(11)], &parser, &log)
            try log.take(parser.finish())
            precondition(log.text() == "Hello, world")
            precondition(parser.end.status == .complete)
        }
    }

    @Test(
        "a forked child can neither change what a ring holds nor read it",
        .disabled(if: isSanitized, "a sanitizer has the memory: make test-release"))
    func forked() async {
        await #expect(processExitsWith: .success) {
            typealias Fork = @convention(c) () -> Int32
            let fork = unsafe unsafeBitCast(dlsym(nil, "fork"), to: Fork.self)
            var parser = StreamParser(format: .textField, layout: .mirrored)
            var log = DeltaLog()
            let bytes = Array((FaultTests.hello + FaultTests.world + FaultTests.done).utf8)
            let cut = FaultTests.hello.utf8.count + 12
            try parser.fill(Array(bytes[..<cut]).span)
            try log.take(parser.pull())
            let child = fork()
            if child == 0 {
                signal(SIGSEGV, SIG_DFL)
                let other = [UInt8](repeating: 0x21, count: 64)
                try? parser.fill(other.span)
                _exit(0)
            }
            var status: Int32 = 0
            precondition(unsafe waitpid(child, &status, 0) == child)
            precondition(status & 0x7F == SIGSEGV, "the child could write: \(status)")
            try parser.fill(Array(bytes[cut...]).span)
            try log.take(parser.pull())
            precondition(log.text() == "Hello, world")
            precondition(parser.end.status == .complete)
        }
    }
}
