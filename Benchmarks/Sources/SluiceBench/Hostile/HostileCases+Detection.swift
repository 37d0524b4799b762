import Sluice

// Streams whose format is not given: what is kept until it shows has an end, and nothing is waited for in vain.

extension HostileCase {
    static func undetected(_ scale: HostileScale) -> [HostileCase] {
        let size = scale.bytes
        let mebibyte = 1 << 20
        let early = HostileExpectation(
            status: "truncated", failure: "unknown-format", head: "", tail: "", mostBytes: mebibyte)
        func unknown(_ name: String, _ about: String, _ parts: [HostileSource.Part], by bytes: Int? = nil)
            -> HostileCase
        {
            var expected = early
            expected.mostBytes = bytes ?? mebibyte
            return HostileCase(
                name: "unknown-\(name)", about: about, bound: .parsed(2 * mebibyte), expected: expected,
                work: .stream(HostileSource(parts + [.text(chat("after"))])))
        }
        return [
            HostileCase(
                name: "undetected-comments", about: "comments before the format is known",
                expected: HostileExpectation(head: "after"),
                work: .stream(
                    HostileSource([
                        .repeated(": ping\n\n", bytes: size / 8 * 8), .text(chat("after") + "data: [DONE]\n\n"),
                    ]))),
            HostileCase(
                name: "undetected-keep-alives", about: "keep-alives before the format is known",
                expected: HostileExpectation(head: "after"),
                work: .stream(
                    HostileSource([
                        .repeated("data: : ping\n\ndata: {}\n\n", bytes: size / 24 * 24),
                        .text(chat("after") + "data: [DONE]\n\n"),
                    ]))),
            HostileCase(
                name: "undetected-blanks", about: "blank lines before the framing is known",
                expected: HostileExpectation(head: "after"),
                work: .stream(
                    HostileSource([.repeated("\n", bytes: size), .text(chat("after") + "data: [DONE]\n\n")]))),
            HostileCase(
                name: "undetected-blanks-bytewise", about: "the same byte by byte",
                feeds: [byteByByte, .ring(1)], leastGBPerSecond: 0.002, expected: HostileExpectation(head: "after"),
                work: .stream(
                    HostileSource([.repeated("\n", bytes: size / 1024), .text(chat("after") + "data: [DONE]\n\n")]))),
            unknown("documents", "documents of no format", [.repeated("data: {\"a\":1}\n\n", bytes: size)]),
            unknown("lines", "lines of no format", [.repeated("{\"a\":1}\n", bytes: size)]),
            unknown("array", "an array of no format", [.text("["), .repeated("{\"a\":1},", bytes: size)]),
            unknown(
                "large-documents", "documents of a mebibyte and no format",
                Array(
                    repeating: [.text("data: {\"a\":\""), .repeated("x", bytes: mebibyte), .text("\"}\n\n")], count: 8
                ).flatMap { $0 }, by: 3 * mebibyte),
            unknown(
                "event-names", "event names as long as they may be, and no format",
                Array(
                    repeating: [.text("event: "), .repeated("x", bytes: 1024), .text("\ndata: {\"a\":1}\n\n")],
                    count: 64
                ).flatMap { $0 }, by: 4 * mebibyte),
        ]
    }

    static func random(_ scale: HostileScale) -> [HostileCase] {
        let size = scale.bytes / 10
        func item(_ name: String, _ about: String, _ format: WireFormat?, _ work: Work, least: Double) -> HostileCase {
            HostileCase(
                name: "random-\(name)", about: about, format: format, bound: .parsed(Limits().maxEventBytes),
                leastGBPerSecond: least, expected: .anything, work: work)
        }
        let bytes = HostileSource.Part.random(bytes: size) { $0 }
        var cases = [
            item("sse", "random bytes as Server-Sent Events", .openAIChat, chatStream([bytes]), least: 0.01),
            item("ndjson", "random bytes as NDJSON", .ollamaGenerate, lineStream([bytes]), least: 0.001),
            item("array", "random bytes as a JSON array", array, arrayStream([bytes]), least: 0.001),
            item("aws", "random bytes as Amazon's messages", .bedrock, amazonStream([bytes]), least: 0.001),
            item("detected", "random bytes of any format", nil, .stream(HostileSource([bytes])), least: 0.01),
        ]
        let lines = HostileSource.Part.made(count: size / 64) { number, target in
            var random = SeededGenerator(seed: UInt64(number))
            target += Array("data: {".utf8)
            for _ in 0..<48 {
                let byte = UInt8(truncatingIfNeeded: random.next())
                target.append(byte == 0x0A || byte == 0x0D ? 0x20 : byte)
            }
            target += Array("\n\n".utf8)
        }
        let count = size / 64
        var data = item("data", "random bytes in data lines", .openAIChat, chatStream([lines]), least: 0.001)
        data.bound = .nothing
        data.expected = HostileExpectation(
            errors: ["malformed-payload": 0...count, "invalid-utf8": 1...count], textBytes: 11)
        cases.append(data)
        return cases
    }
}
