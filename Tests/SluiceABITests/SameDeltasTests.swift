import CSluice
import Foundation
import Testing

@testable import Sluice

// What C reads is what Swift reads, however a stream is cut and fed.

@Suite("the C ABI gives the deltas of the Swift API")
struct SameDeltasTests {
    private static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    static let corpora = [
        "openai-chat", "openai-completions", "openai-responses", "anthropic-messages", "gemini-generate", "delta-done",
        "text-field", "raw-text", "ollama-generate", "ollama-chat",
    ]

    private static func difference(_ bytes: [UInt8], _ all: [Chunks], _ format: WireFormat? = nil) -> String? {
        let wanted = DeltaRun(format: format).log(Chunks(whole: bytes)).comparable.asReadByC
        let engine = unsafe sluice_engine_create()
        defer { unsafe sluice_engine_destroy(engine) }
        for feeding in Feeding.allCases {
            for chunks in all {
                let found = unsafe ABIRun(format: format, feeding: feeding).log(chunks, engine).comparable
                if found != wanted { return "\(feeding), \(chunks): \(found.firstDifference(from: wanted))" }
            }
        }
        return nil
    }

    @Test("of the corpora", arguments: corpora)
    func corpus(_ name: String) throws {
        let ending = name.hasPrefix("ollama") ? "ndjson" : "sse"
        let file = Self.root.appending(path: "corpora/\(name)/stream.\(ending)")
        let bytes = [UInt8](try Data(contentsOf: file).prefix(120_000))
        let all = [Chunks(whole: bytes), Chunks(bytes, of: 65_536), Chunks(bytes, of: 1448), Chunks(bytes, of: 61)]
        #expect(Self.difference(bytes, all) == nil)
        #expect(Self.difference(bytes, [Chunks(bytes, of: 16_384)], WireFormat.named(name)) == nil)
    }

    private static let recordings: [URL] = {
        let folder = root.deletingLastPathComponent().appending(path: "shared/recorded")
        let all = FileManager.default.enumerator(at: folder, includingPropertiesForKeys: nil)
        let files = (all?.allObjects ?? []).compactMap { $0 as? URL }
        return files.filter { ["sse", "ndjson", "bin", "json"].contains($0.pathExtension) }
    }()

    @Test(
        "of the recorded streams", .enabled(if: !recordings.isEmpty, "needs the recordings beside the project; skipped")
    )
    func recorded() throws {
        #expect(Self.recordings.count > 500)
        for file in Self.recordings {
            let bytes = [UInt8](try Data(contentsOf: file))
            let difference = Self.difference(bytes, [Chunks(whole: bytes), Chunks(bytes, of: 64)])
            #expect(difference == nil, "\(file.lastPathComponent)")
        }
    }

    static let small = [
        "data: {\"choices\":[{\"index\":1,\"delta\":{\"content\":\"h\\u00e9\\ud83d\\ude00\"}}]}\r\n\r\ndata: [DONE]\r\n\r\n",
        ": ping\n\ndata: {\"choices\":[{\"delta\":\ndata: {\"content\":\"Hi\"}}]}\n\ndata: {\"choices\":[{\n\ndata: [DONE]",
        "event: error\ndata: {\"type\":\"error\",\"error\":{\"type\":\"overloaded_error\",\"message\":\"no\"}}\n\n",
        "{\"response\":\"Hi\",\"done\":false}\n{\"response\":\"\u{1}\"}\n{\"response\":\"\",\"done\":true,\"eval_count\":3}\n",
        "[{\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"Hi\"}]}}],\"usageMetadata\":{\"promptTokenCount\":4}}]",
        // Calls by the server, a name in pieces, events that no rule reads.
        "data: {\"type\":\"content_block_start\",\"index\":0,\"content_block\":{\"type\":\"server_tool_use\",\"id\":\"t\","
            + "\"name\":\"web_search\",\"input\":{\"q\":1}}}\n\ndata: {\"type\":\"content_block_stop\",\"index\":0}\n\n",
        "data: {\"choices\":[{\"delta\":{\"tool_calls\":[{\"index\":0,\"id\":\"c\",\"function\":{\"name\":\"get_\"}}]}}]}\n\n"
            + "data: {\"choices\":[{\"delta\":{\"tool_calls\":[{\"index\":0,\"function\":{\"name\":\"now\"}}]}}]}\n\n"
            + "data: {\"news\":[1]}\n\ndata: {\"type\":\"x\",\"item\":{\"type\":\"y\"}}\n\ndata: [DONE]\n\n",
        // Details that fit, and others that are cut.
        "data: {\"choices\":[{\"delta\":{\"content\":\"Hi\"}}]}\n\ndata: {\"error\":{\"message\":\"slow down\",\"type\":\"t\","
            + "\"code\":429,\"param\":\"p\"},\"request_id\":\"r\",\"retry_after\":1.5}\n\n",
        "data: {\"error\":{\"message\":\"m\",\"type\":\"\(String(repeating: "é", count: 64))\","
            + "\"code\":\"\(String(repeating: "c", count: 127))\",\"param\":\"\(String(repeating: "p", count: 256))\"}}\n\n",
        "<html>502 Bad Gateway</html>\n", "{\"what\":\"is this\"}\n", "",
    ]

    @Test("of small streams, cut everywhere", arguments: small)
    func splits(_ stream: String) {
        let bytes = Array(stream.utf8)
        #expect(Self.difference(bytes, bytes.isEmpty ? [Chunks(whole: bytes)] : Chunks.everySize(of: bytes)) == nil)
    }

    @Test("of every limit that is passed, skipped or not", arguments: Limits.WhenExceeded.all)
    func limits(_ whenExceeded: Limits.WhenExceeded) {
        var limits = Limits()
        limits.whenExceeded = whenExceeded
        let event =
            "event: x\nid: 12345\ndata: {\"choices\":[{\"index\":3,\"delta\":{\"content\":\"Hi\"}}]}\ndata: \n\n"
        let bytes = Array("data: {\"choices\":[{\"delta\":{\"content\":\"A\"}}]}\n\n\(event)data: [DONE]\n\n".utf8)
        let fields: [WritableKeyPath<Limits, Int>] = [
            \.maxEventBytes, \.maxDataLinesPerEvent, \.maxEventNameBytes, \.maxIDBytes, \.maxNestingDepth,
            \.maxCapturesPerEvent, \.maxChoices, \.maxToolCalls, \.maxTemplates,
        ]
        var logs: Set<DeltaLog> = []
        for field in fields {
            for value in [0, 1, 3, 60] {
                var limits = limits
                limits[keyPath: field] = value
                let wanted = DeltaRun(format: .openAIChat, limits: limits).log(Chunks(whole: bytes)).comparable
                    .asReadByC
                logs.insert(wanted)
                for size in [1, 7, 1000] {
                    let run = ABIRun(format: .openAIChat, limits: limits)
                    #expect(unsafe run.log(Chunks(bytes, of: size)).comparable == wanted, "\(field) \(value), \(size)")
                }
            }
        }
        #expect(logs.count > 6)
    }

    @Test("of kinds that are wanted, and of no others")
    func kinds() {
        let bytes = Array(
            """
            data: {"choices":[{"delta":{"content":"Hi"},"finish_reason":"stop"}],"usage":{"prompt_tokens":3}}

            data: {"choices":

            data: [DONE]


            """.utf8)
        func kinds(_ bits: UInt64) -> [DeltaKind] {
            unsafe ABIRun(format: .openAIChat, kinds: bits).log(Chunks(whole: bytes)).deltas.map(\.kind)
        }
        #expect(kinds(UInt64(DeltaKinds.answer.rawValue)) == [.text, .finish, .usage, .malformed])
        #expect(kinds(.max) == [.payload, .text, .finish, .detail, .usage, .malformed, .payload])
        #expect(kinds(1 << UInt64(SLUICE_FINISH)) == [.finish, .malformed])
        #expect(kinds(1 << UInt64(SLUICE_TEXT) | 1 << 40) == [.text, .malformed])
        #expect(kinds(0) == [.malformed])
    }
}

extension Limits.WhenExceeded {
    static let all = [Self.skip, .fail]
}
