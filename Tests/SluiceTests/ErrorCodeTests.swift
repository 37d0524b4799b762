import Foundation
import Sluice
import Testing

@testable import SluiceTestSupport

// Every error code that is documented can be produced by what a caller does with the public API.

@Suite("error codes")
struct ErrorCodeTests {
    /// The errors of a stream, emitted and thrown.
    private static func read(
        _ text: String, _ format: WireFormat? = .textField, _ change: (inout Limits) -> Void = { _ in }
    ) throws -> [SluiceError] {
        try read(Array(text.utf8), format, change)
    }

    private static func read(
        _ bytes: [UInt8], _ format: WireFormat? = .textField, _ change: (inout Limits) -> Void = { _ in }
    ) throws -> [SluiceError] {
        var limits = Limits()
        change(&limits)
        var parser = StreamParser(format: format, limits: limits)
        var found: [SluiceError] = []
        try parser.parse(bytes.span) { if let problem = $0.problem { found.append(problem) } }
        try parser.finish { if let problem = $0.problem { found.append(problem) } }
        return found
    }

    private static func aws(_ payload: String, damage: (inout [UInt8]) -> Void = { _ in }) -> [UInt8] {
        var bytes = AWSMessage(payload: payload, event: "chunk").bytes
        damage(&bytes)
        return bytes
    }

    private struct FullSink: SpillSink {
        mutating func take(_ bytes: RawSpan, of part: Accumulator.Part) throws(SluiceError) {
            throw SluiceError(.sinkFailed, detail: "full")
        }
    }

    private static let choice = "data: {\"choices\":[{\"index\":9,\"delta\":{\"content\":\"a\"}}]}\n\n"
    private static let call =
        "data: {\"choices\":[{\"index\":0,\"delta\":{\"tool_calls\":[{\"index\":9,\"function\":{\"arguments\":\"a\"}}]}}]}\n\n"

    static let cases: [String: @Sendable () throws -> [SluiceError]] = [
        "malformed-payload": { try read("data: {\"text\":}\n\n") },
        "invalid-utf8": { try read(Array("data: {\"text\":\"".utf8) + [0xFF] + Array("\"}\n\n".utf8)) },
        "invalid-escape": { try read("data: {\"text\":\"\\x\"}\n\n") },
        "unexpected-payload": { try read("data: [1]\n\n") },
        "nested-too-deep": { try read("data: {\"a\":[[[1]]]}\n\n") { $0.maxNestingDepth = 2 } },
        "too-many-fields": { try read("data: {\"text\":\"a\"}\n\n") { $0.maxCapturesPerEvent = 0 } },
        "event-too-large": { try read("data: {\"text\":\"abcdefgh\"}\n\n") { $0.maxEventBytes = 9 } },
        "too-many-data-lines": { try read("data: {\ndata: }\n\n") { $0.maxDataLinesPerEvent = 1 } },
        "event-name-too-long": { try read("event: abc\ndata: {}\n\n") { $0.maxEventNameBytes = 2 } },
        "id-too-long": { try read("id: abc\ndata: {}\n\n") { $0.maxIDBytes = 2 } },
        "too-many-choices": { try read(choice, .openAIChat) { $0.maxChoices = 9 } },
        "too-many-tool-calls": { try read(call, .openAIChat) { $0.maxToolCalls = 9 } },
        "answer-too-large": {
            var limits = Limits()
            limits.maxAccumulatedBytes = 2
            var parser = StreamParser(format: .textField)
            var answer = Accumulator(limits: limits)
            let bytes = Array("data: {\"text\":\"abc\"}\n\n".utf8)
            try parser.parse(bytes.span, into: &answer)
            return answer.problems
        },
        "sink-failed": {
            var sink = FullSink()
            var answer = Accumulator()
            var parser = StreamParser(format: .textField)
            let bytes = Array("data: {\"text\":\"abc\"}\n\n".utf8)
            try parser.parse(bytes.span, into: &answer)
            try answer.spill(to: &sink)
            return []
        },
        "misnumbered-event": {
            try read("data: {\"delta\":\"a\",\"done\":false,\"chunk_index\":3}\n\n", .deltaDone)
        },
        "incomplete-event": { try read("data: {\"text\":\"a") },
        "stray-error": { try read("data: {\"text\":\"a\"}\n\nerror: {\"message\":\"no\"}\n\n") },
        "undecoded-body": { try read("15\r\ndata: {\"text\":\"a\"}\r\n\r\n") },
        "stray-byte-order-mark": { try read("data: {\"text\":\"a\"}\n\n\u{FEFF}data: {\"text\":\"a\"}\n\n") },
        "checksum-mismatch": { try read(aws("{}") { $0[$0.count - 1] ^= 1 }, .bedrock) },
        "malformed-headers": {
            var message = AWSMessage(payload: "{}")
            message.headers = [200, 1]
            return try read(message.bytes, .bedrock)
        },
        "invalid-base64": { try read(aws("{\"bytes\":\"!!\"}"), .bedrock) },
        "out-of-memory": {
            var parser = StreamParser(format: .textField)
            _ = unsafe parser.fill(.max) { _ in 0 }
            var reader = parser.pull()
            _ = try reader.next()
            return []
        },
        "not-a-stream": { try read("<html>\n<body>\n", nil) },
        "unknown-format": { try read("data: {\"a\":1}\n\n", nil) },
        "abandoned": {
            var parser = StreamParser(format: .textField)
            let bytes = Array("data: {\"text\":\"a\"}\n\n".utf8)
            _ = parser.read(bytes.span)
            try parser.finish { _ in }
            return []
        },
        "invalid-table": {
            _ = try WireFormat(json: "{")
            return []
        },
        "invalid-path": {
            try read("data: {}\n\n", WireFormat(name: "mine", framing: .sse, rules: [Rule("a..b", .text)]))
        },
    ]

    @Test("each documented code can be produced", arguments: cases.keys.sorted())
    func produced(code: String) throws {
        let produce = try #require(Self.cases[code])
        var found: [SluiceError] = []
        do { found = try produce() } catch let error as SluiceError { found = [error] }
        #expect(found.contains { $0.code.rawValue == code }, "\(found)")
    }

    @Test("each code that is declared or documented is among them")
    func all() throws {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        func text(_ path: String) throws -> String {
            try String(contentsOf: root.appending(path: path), encoding: .utf8)
        }
        let declared = try text("Sources/Sluice/Deltas/SluiceError.swift").matches(
            of: /Code\(rawValue: "([a-z0-9-]+)"\)/)
        #expect(Set(declared.map { String($0.1) }) == Set(Self.cases.keys))
        let page = try text("Sources/Sluice/Sluice.docc/ErrorsAndLimits.md")
        let table = page.components(separatedBy: "## Errors")[1].components(separatedBy: "## Limits")[0]
        let rows = table.split(separator: "\n").filter { $0.hasPrefix("| `") }
        let documented = rows.flatMap { row in
            row.split(separator: "|")[0].matches(of: /`([a-z0-9-]+)`/).map { String($0.1) }
        }
        #expect(Set(documented) == Set(Self.cases.keys))
    }
}
