import Testing

@testable import Sluice
@testable import SluiceTestSupport

// What the fast lane learns and matches. The build without it leaves this folder out.

@Suite("event templates")
struct EventTemplateTests {
    @Test("events behind ids match templates, and not behind other lines")
    func behindIDs() throws {
        for (line, isKnown) in [("id: %\n", true), ("id:%\n", true), ("retry: %\nid: %\n", false)] {
            let text = (0..<400).map { line.replacing("%", with: String($0)) + IDLineTests.event }.joined()
            var engine = Engine()
            var stream = TokenStream(format: .anthropicMessages)
            var reader = engine.read(Array(text.utf8).span, of: &stream)
            var found = 0
            while let delta = try reader.next() { found += delta.kind == .text ? 1 : 0 }
            // What never matches is asked about ever more seldom.
            #expect((engine.core.work.templates.pause == 0) == isKnown, "\(line)")
            #expect(found == 400, "\(line)")
        }
    }

    @Test("texts match templates")
    func texts() throws {
        for line in ["data: %\n\n", "event: message\r\ndata: %\r\n\r\n", "id: %\ndata: %\n\n"] {
            let bytes = Array((0..<2_000).map { line.replacing("%", with: String($0)) }.joined().utf8)
            var engine = Engine()
            var stream = TokenStream(format: .rawText)
            var reader = engine.read(bytes.span, of: &stream)
            var found = 0
            while try reader.next() != nil { found += 1 }
            #expect(found == 2_000)
            #expect(engine.core.work.templates.least > 7 && engine.core.work.templates.pause == 0, "\(line)")
        }
    }

    @Test("events that every chunk cuts are learned")
    func alwaysCut() throws {
        for stream in CutEventTests.streams where !stream.testDescription.hasSuffix("CRLF") && stream.format != .rawText
        {
            var engine = Engine()
            var tokens = TokenStream(format: stream.format)
            for chunk in Chunks(stream.bytes, of: 61).slices {
                try lendFresh(chunk) { bytes throws(SluiceError) in
                    var reader = engine.read(bytes, of: &tokens)
                    while try reader.next() != nil {}
                }
            }
            #expect(engine.core.work.templates.least > 40, "\(stream)")
        }
    }

    @Test("a marker that was buffered until the format was known leaves no template of the event that shows it")
    func bufferedMarker() throws {
        let event = "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"a\"}}]}\n\n"
        var parser = StreamParser()
        var texts = 0
        try parser.parse(Array(("data: [DONE]\n\n" + String(repeating: event, count: 4)).utf8).span) { delta in
            if delta.kind == .text { texts += 1 }
        }
        #expect(texts == 4)
    }

    @Test("an event that can have no template leaves none behind in place of another's")
    func halfLearnt() throws {
        let format = WireFormat(
            name: "mine", framing: .ndjson, rules: [Rule("t", .text), Rule("a", .toolArguments), Rule("b", .text)])
        let table = try CompiledFormat(format).table
        var limits = Limits()
        limits.maxTemplates = 1
        var parser = CaptureParser.make()
        parser.bound(by: limits)
        var templates = EventTemplates()
        var records = RecordList(capacity: 512)

        func source(_ line: Window) -> CaptureParser.Source {
            CaptureParser.Source(window: line, position: 0, streamOffset: 0, kinds: .max, reads: .max)
        }
        func learn(_ line: [UInt8]) throws {
            line.withWindow { bytes in
                let length = bytes.count - 1
                let read = parser.read(length: length, of: source(bytes), table, room: 256, &records)
                #expect(read.isWalked && read.failure == nil)
                templates.learn(bytes, payload: 0, length: length, .silent, table, parser)
            }
            parser.forgetAhead()
        }
        func known(_ line: [UInt8]) -> Int? {
            line.withWindow { bytes in
                let place = EventTemplates.Place(
                    maxEventBytes: 1 << 20, isLines: true, maxIDBytes: -1, scanned: 0, carried: .empty, carriedBefore: 0
                )
                return templates.read(source(bytes), place, table, parser, room: 256, &records)?.events
            }
        }
        let plain = Array("{\"t\":\"x\"}\n".utf8)
        try learn(plain)
        #expect(known(plain) == 1)

        // Its first piece is built when the array turns out to be captured whole.
        let whole = Array("{\"t\":\"x\",\"a\":[1],\"b\":\"y\"}\n".utf8)
        try learn(whole)
        #expect(known(whole) == 0)
        #expect(known(plain) == 0)
        try learn(plain)
        #expect(known(plain) == 1)
    }
}
