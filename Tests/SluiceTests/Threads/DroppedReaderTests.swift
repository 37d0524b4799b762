import Testing

@testable import Sluice
@testable import SluiceTestSupport

// Readers that are dropped before they return nil, and readers that outlive the read they were made for. The compiler lets a
// variable keep an old reader until it is assigned, or until its scope ends, after the stream was used again or is gone.

@Suite("dropped readers")
struct DroppedReaderTests {
    /// Three deltas, so that a reader that returned one has more to come, or an event that is not whole.
    private static func chunk(_ text: String, isCut: Bool = false) -> [UInt8] {
        let events = text.map { "data: {\"text\":\"\($0)\"}\n\n" }.joined()
        return Array((isCut ? events + "data: {\"te" : events).utf8)
    }

    enum Way: CaseIterable {
        case read, pull, finish
    }

    /// Begins to read more of the stream, and returns a reader.
    @_lifetime(&engine, &stream, copy bytes)
    private static func begin(
        _ way: Way, _ bytes: Span<UInt8>, _ engine: inout Engine, _ stream: inout TokenStream
    ) -> DeltaReader {
        switch way {
        case .read: return engine.read(bytes, of: &stream)
        case .pull:
            try? engine.fill(bytes, of: &stream)
            return engine.pull(&stream)
        case .finish: return engine.finish(&stream)
        }
    }

    /// What `body` throws has to be `abandoned`, with the place of the chunk that was lost.
    private static func expectAbandoned(
        at offset: UInt64 = 0, _ location: SourceLocation = #_sourceLocation, _ body: () throws -> Void
    ) {
        let error = #expect(throws: SluiceError.self, sourceLocation: location) { try body() }
        #expect(error?.code == .abandoned && error?.offset == offset, sourceLocation: location)
    }

    @Test("a replaced reader ends its stream with an error, whatever begins", arguments: Way.allCases, [false, true])
    func replaced(by way: Way, isCut: Bool) throws {
        let first = Self.chunk("abc", isCut: isCut)
        let second = Self.chunk("def")
        for before in Way.allCases where before != .finish {
            var engine = Engine()
            var stream = TokenStream(format: .textField)
            var reader = Self.begin(before, first.span, &engine, &stream)
            #expect(try reader.next()?.string == "a")
            reader = Self.begin(way, second.span, &engine, &stream)
            Self.expectAbandoned { _ = try reader.next() }
            let isOver = try reader.next() == nil
            #expect(isOver)
            Self.expectAbandoned { try read(second.span, &engine, &stream) }
            #expect(stream.end.status == .truncated)
        }
    }

    private func read(_ bytes: Span<UInt8>, _ engine: inout Engine, _ stream: inout TokenStream) throws {
        var reader = engine.read(bytes, of: &stream)
        while let delta = try reader.next() { Issue.record("\(delta.string) behind a hole") }
    }

    @Test("a parser says so too, by all of its ways to read", arguments: Way.allCases)
    func parser(way: Way) throws {
        let bytes = Self.chunk("abc")
        var parser = StreamParser(format: .textField)
        var reader = parser.read(bytes.span)
        _ = try reader.next()
        switch way {
        case .read: reader = parser.read(bytes.span)
        case .pull:
            try parser.fill(bytes.span)
            reader = parser.pull()
        case .finish: reader = parser.finish()
        }
        Self.expectAbandoned { _ = try reader.next() }
        Self.expectAbandoned { try parser.parse(bytes.span) { Issue.record("\($0.string) behind a hole") } }
        Self.expectAbandoned { _ = try parser.finish { _ in } }
        #expect(parser.end.status == .truncated)
    }

    @Test("a reader of frames says so too")
    func frames() throws {
        let bytes = Self.chunk("abc")
        for way in Way.allCases {
            var parser = FrameParser(framing: .sse)
            var reader = parser.read(bytes.span)
            _ = try reader.next()
            switch way {
            case .read: reader = parser.read(bytes.span)
            case .pull:
                try parser.fill(bytes.span)
                reader = parser.pull()
            case .finish: reader = parser.finish(flush: true)
            }
            Self.expectAbandoned { _ = try reader.next() }
        }
    }

    @Test("what was dropped before is where the error says")
    func place() throws {
        let bytes = Self.chunk("abc")
        var parser = StreamParser(format: .textField)
        try parser.parse(bytes.span) { _ in }
        do {
            var reader = parser.read(bytes.span)
            _ = try reader.next()
        }
        Self.expectAbandoned(at: UInt64(bytes.count)) { try parser.parse(bytes.span) { _ in } }
    }

    @Test("a reader in an optional, a structure or an array of one is replaced")
    func stored() throws {
        struct Holder: ~Copyable, ~Escapable {
            var reader: DeltaReader
            @_lifetime(copy reader)
            init(_ reader: consuming DeltaReader) { self.reader = reader }
        }
        let first = Self.chunk("abc")
        let second = Self.chunk("def")
        var engine = Engine()
        var stream = TokenStream(format: .textField)
        var optional: DeltaReader? = engine.read(first.span, of: &stream)
        _ = try optional?.next()
        optional = engine.read(second.span, of: &stream)
        Self.expectAbandoned { _ = try optional?.next() }
        optional = nil

        stream = TokenStream(format: .textField)
        var holder = Holder(engine.read(first.span, of: &stream))
        _ = try holder.reader.next()
        holder = Holder(engine.read(second.span, of: &stream))
        Self.expectAbandoned { _ = try holder.reader.next() }
    }

    @Test("a reader that a function replaces")
    func replacedInside() throws {
        let bytes = Self.chunk("abc")
        var engine = Engine()
        var stream = TokenStream(format: .textField)
        var reader = engine.read(bytes.span, of: &stream)
        _ = try reader.next()
        try Self.restart(&engine, &stream, bytes)
        Self.expectAbandoned { try read(bytes.span, &engine, &stream) }
    }

    private static func restart(_ engine: inout Engine, _ stream: inout TokenStream, _ bytes: [UInt8]) throws {
        for _ in 0..<3 {
            var reader = engine.read(bytes.span, of: &stream)
            expectAbandoned { _ = try reader.next() }
            reader = engine.pull(&stream)
            expectAbandoned { _ = try reader.next() }
        }
    }

    @Test("two streams of one engine in turns, each reader replaced by the other's")
    func turns() throws {
        let first = Self.chunk("abc", isCut: true)
        let second = Self.chunk("def", isCut: true)
        for _ in 0..<20 {
            var engine = Engine()
            var one = TokenStream(format: .textField)
            var other = TokenStream(format: .textField)
            var reader = engine.read(first.span, of: &one)
            #expect(try reader.next()?.string == "a")
            reader = engine.read(second.span, of: &other)
            #expect(try reader.next()?.string == "d")
            reader = engine.read(first.span, of: &one)
            Self.expectAbandoned { _ = try reader.next() }
            reader = engine.read(second.span, of: &other)
            Self.expectAbandoned { _ = try reader.next() }
            var third = TokenStream(like: other)
            reader = engine.read(first.span, of: &third)
            var text = ""
            while let delta = try reader.next() { text += delta.string }
            #expect(text == "abc" && third.end.deltas == 3)
            #expect(one.end.status == .truncated && one.allocatedBytes == 0)
        }
    }

    @Test("one stream by two engines in turns")
    func engines() throws {
        let bytes = Self.chunk("abc", isCut: true)
        for _ in 0..<20 {
            var one = Engine()
            var other = Engine()
            var stream = TokenStream(format: .textField)
            var reader = one.read(bytes.span, of: &stream)
            _ = try reader.next()
            reader = other.read(bytes.span, of: &stream)
            Self.expectAbandoned { _ = try reader.next() }
            reader = one.finish(&stream)
            Self.expectAbandoned { _ = try reader.next() }
        }
    }

    @Test("the engine and the stream are replaced while a variable still holds their reader")
    func replacedOwners() throws {
        let bytes = Self.chunk("abc", isCut: true)
        for _ in 0..<20 {
            var engine = Engine()
            var stream = TokenStream(format: .textField)
            var reader = engine.read(bytes.span, of: &stream)
            _ = try reader.next()
            engine = Engine()
            Self.expectAbandoned { try read(bytes.span, &engine, &stream) }
            reader = engine.read(bytes.span, of: &stream)
            stream = TokenStream(format: .textField)
            reader = engine.read(bytes.span, of: &stream)
            #expect(try reader.next()?.string == "a")
            _ = consume engine
            _ = consume stream
        }
    }

    @Test("what is filled in after a reader was dropped is not kept, and its memory is given back")
    func filled() throws {
        let bytes = Self.chunk("abc")
        var engine = Engine()
        var stream = TokenStream(format: .textField)
        do {
            var reader = engine.read(bytes.span, of: &stream)
            _ = try reader.next()
        }
        for _ in 0..<1000 { try engine.fill(bytes.span, of: &stream) }
        #expect(stream.allocatedBytes <= 4096)
        Self.expectAbandoned {
            var reader = engine.pull(&stream)
            _ = try reader.next()
        }
        #expect(stream.allocatedBytes == 0)
    }
}
