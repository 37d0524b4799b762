import Sluice

// What people feed by mistake: the error must say what it is.

extension HostileCase {
    static func wrongInput(_ scale: HostileScale) -> [HostileCase] {
        let size = scale.bytes / 64
        func item(
            _ name: String, _ about: String, _ code: String, _ hint: String, _ parts: [HostileSource.Part]
        ) -> HostileCase {
            HostileCase(
                name: "wrong-\(name)", about: about, bound: .unfinished(),
                expected: HostileExpectation(
                    errors: [:], status: "truncated", failure: code, hint: hint, head: "", tail: ""),
                work: .stream(HostileSource(parts)))
        }
        func compressed(_ name: String, _ magic: [UInt8], _ hint: String) -> HostileCase {
            var made = item(
                name, "\(name)'s first bytes, and random ones", "not-a-stream", hint,
                [.bytes(magic), .random(bytes: size) { $0 }])
            // Of very many lines one looks like an error.
            made.expected.errors = ["stray-error": 0...1]
            return made
        }
        let events = String(repeating: chat("x"), count: 100) + "data: [DONE]\n\n"
        let quoted = events.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"").replacing("\n", with: "\\n")
        return [
            compressed("gzip", [0x1F, 0x8B, 8, 0], "it is gzip"),
            compressed("zstd", [0x28, 0xB5, 0x2F, 0xFD], "it is zstd"),
            compressed("brotli", [0x8B, 0x05, 0x80], "it is binary"),
            compressed("deflate", [0x78, 0x9C, 0x01], "deflate"),
            item("html", "a web page", "not-a-stream", "HTML", [.repeated("<p>502 Bad Gateway</p>\n", bytes: size)]),
            item(
                "xml", "an XML document", "not-a-stream", "XML",
                [.text("<?xml version=\"1.0\"?>\n"), .repeated("<Error/>\n", bytes: size)]),
            item(
                "http", "HTTP headers, and a page", "not-a-stream", "HTTP headers",
                [.text("HTTP/1.1 502 Bad Gateway\r\nContent-Type: text/html\r\n\r\n"), .repeated("<p>\n", bytes: size)]),
            item("json-string", "events in a JSON string", "not-a-stream", "JSON string", [.text("\"\(quoted)\"")]),
            HostileCase(
                name: "wrong-error", about: "an error's document",
                expected: HostileExpectation(status: "failed", head: "", tail: ""),
                work: .stream(HostileSource([.text("{\"detail\":\"Not Found\"}\n")]))),
        ] + wideText(events, size, item) + undecoded(events)
    }

    private static func wideText(
        _ events: String, _ size: Int,
        _ item: (String, String, String, String, [HostileSource.Part]) -> HostileCase
    ) -> [HostileCase] {
        var cases: [HostileCase] = []
        for width in [2, 4] {
            for isBigEndian in [false, true] {
                func wide(_ byte: UInt8) -> [UInt8] {
                    let zeros = [UInt8](repeating: 0, count: width - 1)
                    return isBigEndian ? zeros + [byte] : [byte] + zeros
                }
                let zeros = [UInt8](repeating: 0, count: width - 2)
                let mark = isBigEndian ? zeros + [0xFE, 0xFF] : [0xFF, 0xFE] + zeros
                for hasMark in [false, true] {
                    let name = "utf\(width * 8)-\(isBigEndian ? "be" : "le")" + (hasMark ? "-marked" : "")
                    cases.append(
                        item(
                            name, "UTF-\(width * 8)", "not-a-stream", "UTF-\(width * 8)",
                            [.bytes(hasMark ? mark : []), .repeated(events.utf8.flatMap(wide), bytes: size / 4 * 4)]))
                }
            }
        }
        return cases
    }

    /// Streams that can be read in part.
    private static func undecoded(_ events: String) -> [HostileCase] {
        func item(_ name: String, _ about: String, _ code: String, _ count: Int, _ bytes: [UInt8]) -> HostileCase {
            HostileCase(
                name: "wrong-\(name)", about: about, format: .openAIChat,
                expected: HostileExpectation(
                    errors: [code: 1...1], status: "truncated", head: "x", tail: "x", textBytes: count),
                work: .stream(HostileSource([.bytes(bytes)])))
        }
        // Chunks of 500 events, so that none is cut.
        let bytes = Array(events.utf8)
        let size = Array((String(bytes.count, radix: 16) + "\r\n").utf8)
        let chunk = size + bytes + Array("\r\n".utf8)
        let marks = Array("\u{FEFF}\u{FEFF}".utf8)
        return [
            item(
                "chunked", "an HTTP body whose chunks were not decoded", "undecoded-body", 500,
                Array(repeating: chunk, count: 5).flatMap { $0 } + Array("0\r\n\r\n".utf8)),
            item("two-marks", "two byte order marks", "stray-byte-order-mark", 99, marks + bytes),
        ]
    }
}
