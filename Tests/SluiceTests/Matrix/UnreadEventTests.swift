import Testing

@testable import Sluice
@testable import SluiceTestSupport

// Events from which nothing was read, and how streams end: docs/READING.md, from section 5 on.

@Suite("unread events")
struct UnreadEventTests {
    /// Lines of NDJSON in a format of the test's own, or of `text`; and what is unread, as `name count offset event`.
    struct Case: Sendable, CustomTestStringConvertible {
        var title: String
        var events: [String]
        var unread: [String]
        var count: UInt64?
        var testDescription: String { title }

        init(_ title: String, _ events: [String], _ unread: [String], count: UInt64? = nil) {
            self.title = title
            self.events = events
            self.unread = unread
            self.count = count
        }

        var bytes: [UInt8] { Array(events.joined().utf8) }
    }

    private static let format = WireFormat(
        name: "mine", framing: .sse,
        rules: [
            Rule("t", .text), Rule("bye", .terminal), Rule("stop", .finish), Rule("n", .tool), Rule("seen", .ignored),
            Rule("whole", .text, whole: .answer),
        ], silentEvents: ["hush"])

    private static func sse(_ data: String, _ event: String = "") -> String {
        (event.isEmpty ? "" : "event: \(event)\n") + "data: \(data)\n\n"
    }

    private static let long = String(repeating: "x", count: 70)

    private static let names = [
        Case("its type", [sse(#"{"type":"a","x":1}"#)], ["a 1 0 1"]),
        Case("its event type", [sse(#"{"event_type":"a","x":1}"#, "b")], ["a 1 0 1"]),
        Case("the SSE type", [sse(#"{"x":1,"object":"o"}"#, "b")], ["b 1 0 1"]),
        Case("its object", [sse(#"{"x":1,"object":"o"}"#)], ["o 1 0 1"]),
        Case("its keys", [sse(#"{"x":1,"y":{"z":2}}"#)], ["x,y 1 0 1"]),
        Case("with the type of its item", [sse(#"{"type":"a","item":{"type":"i","x":1}}"#)], ["a:i 1 0 1"]),
        Case("with the type of its delta", [sse(#"{"delta":{"x":1,"type":"d"}}"#, "a")], ["a:d 1 0 1"]),
        Case("64 bytes of it", [sse(#"{"type":"\#(long)","x":1}"#)], ["\(long.prefix(64)) 1 0 1"]),
        Case("64 bytes of its keys", [sse(#"{"\#(long)":1}"#)], ["\(long.prefix(64)) 1 0 1"]),
        Case("escaped", [sse(#"{"type":"é","x":1}"#)], [#"\xc3\xa9 1 0 1"#]),
    ]

    private static let places = [
        Case(
            "of the first", [sse(#"{"t":"a"}"#), sse(#"{"x":1}"#), sse(#"{"y":1}"#), sse(#"{"x":2}"#)],
            ["x 2 17 2", "y 1 32 3"]),
        Case("behind the end", [sse(#"{"bye":1}"#), sse(#"{"x":1}"#)], ["x 1 17 2"]),
        Case(
            "behind keep-alives", [": x\n\n", sse("null"), sse(#"{"type":"ping","x":1}"#), sse(#"{"x":1}"#)],
            ["x 1 46 3"]),
        Case(
            "8 kinds of 10", (0..<10).map { sse(#"{"x\#($0)":1}"#) } + [sse(#"{"x0":1}"#), sse(#"{"x9":1}"#)],
            (0..<8).map { "x\($0) \($0 == 0 ? 2 : 1) \($0 * 16) \($0 + 1)" }, count: 12),
    ]

    private static let silent = [
        Case("silent by its kind", [sse(#"{"type":"hush","x":1}"#), sse(#"{"x":1}"#, "hush")], []),
        Case("another kind first", [sse(#"{"type":"loud","x":1}"#, "hush")], ["loud 1 0 1"]),
        Case("empty values", [sse(#"{"x":"","y":[],"z":[{"w":null}],"v":false}"#)], []),
        Case("bookkeeping", [sse(#"{"id":"i","model":"m","x":[{"index":3,"logprobs":{"y":1}}]}"#)], []),
        Case("types and states inside", [sse(#"{"x":{"type":"y","status":"z"}}"#)], []),
        Case("a state at the top", [sse(#"{"status":"z"}"#)], ["status 1 0 1"]),
        Case("a number", [sse(#"{"x":0}"#)], ["x 1 0 1"]),
        Case("an empty text is read", [sse(#"{"t":"","x":1}"#)], []),
        Case("a value that is known is read", [sse(#"{"seen":1,"x":1}"#)], []),
        Case("null is not", [sse(#"{"t":null,"x":1}"#)], ["t,x 1 0 1"]),
        Case("the number of a call is not", [sse(#"{"n":1,"x":1}"#)], ["n,x 1 0 1"]),
        Case("a whole value that is not emitted is read", [sse(#"{"t":"a"}"#), sse(#"{"whole":"a","x":1}"#)], []),
        Case("a malformed event is none", [sse(#"{"x":"#)], []),
        Case("an error is none", [sse(#"{"error":"e"}"#)], []),
    ]

    private static func shown(_ kinds: [UnreadKind]) -> [String] {
        kinds.map { "\($0.name) \($0.count) \($0.offset) \($0.event)" }
    }

    @Test("are counted and named", arguments: names + places + silent)
    func unread(_ wanted: Case) {
        var engine = Engine()
        let count = wanted.count ?? wanted.unread.reduce(0) { $0 + (UInt64($1.split(separator: " ")[1]) ?? 0) }
        for chunks in Chunks.everySplit(of: wanted.bytes) {
            for feeding in [Feeding.borrowed, .ring] {
                let end = DeltaRun(format: Self.format, feeding: feeding).log(chunks, &engine).end
                #expect(Self.shown(end?.unreadKinds ?? []) == wanted.unread, "\(feeding), \(chunks)")
                #expect(end?.unreadEvents == count, "\(feeding), \(chunks)")
            }
        }
    }

    @Test("threads say the same", arguments: names + places + silent)
    func parallel(_ wanted: Case) throws {
        let once = wanted.bytes
        let bytes = [UInt8]((0..<(40_000 / once.count)).map { _ in once }.joined())
        var parser = StreamParser(format: Self.format)
        try parser.parse(bytes.span) { _ in }
        let end = try parser.finish { _ in }
        let outcome = try ParallelParser.parse(
            bytes.span, format: Self.format, limits: Limits(), kinds: .answer, workers: 3, leastBytes: 4096,
            into: 0
        ) { _, _ in }
        #expect(outcome.results.count > 3)
        #expect(outcome.end == end)
    }

    private static let statuses: [(String, StreamEnd.Status)] = [
        ("", .empty), (sse("null") + ": x\n\n", .empty), (sse(#"{"type":"ping"}"#), .empty),
        (sse(#"{"t":"a"}"#), .truncated), (sse(#"{"x":1}"#), .truncated), (sse(#"{"stop":"s"}"#), .finished),
        (sse(#"{"stop":""}"#), .truncated), (sse(#"{"stop":"s"}"#) + sse(#"{"x":1}"#), .finished),
        (sse(#"{"stop":"s"}"#) + "data: {\"t\":\"a\"", .truncated),
        (sse(#"{"stop":"s"}"#) + sse(#"{"t":"#), .truncated),
        (sse(#"{"bye":1}"#), .complete), (sse(#"{"bye":1}"#) + sse(#"{"x":1}"#), .complete),
        (sse(#"{"bye":1}"#) + sse(#"{"error":"e"}"#), .failed), (sse(#"{"error":""}"#), .truncated),
    ]

    @Test("ends have their status", arguments: statuses)
    func status(_ text: String, _ wanted: StreamEnd.Status) {
        var engine = Engine()
        let bytes = Array(text.utf8)
        for chunks in Chunks.everySplit(of: bytes) {
            #expect(DeltaRun(format: Self.format).log(chunks, &engine).end?.status == wanted, "\(chunks)")
        }
    }

    @Test("a lone terminal payload is an empty stream, with the format named or not", arguments: MatrixStream.all)
    func terminalOnly(_ stream: MatrixStream) {
        guard stream.format.framing == .sse, !stream.format.terminalPayloads.isEmpty else { return }
        for payload in stream.format.terminalPayloads + (stream.isText ? [] : [" [DONE] "]) {
            for format in [stream.format, nil] {
                let log = WireRun.publicLog(format, Array(Self.sse(payload).utf8))
                #expect(log.lines.count == 1 && log.lines[0].hasPrefix("end empty"), "\(log.text)")
            }
        }
    }
}
