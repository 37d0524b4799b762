import Sluice

// Bytes that never end an event, or end nothing but empty ones.

extension HostileCase {
    /// Events without an end.
    static func endless(_ scale: HostileScale) -> [HostileCase] {
        let size = scale.bytes
        let tooLarge = HostileExpectation.errors("event-too-large", 1)
        func sse(
            _ name: String, _ about: String, _ start: String, _ pattern: String, _ expected: HostileExpectation? = nil
        ) -> HostileCase {
            HostileCase(
                name: "endless-\(name)", about: about, format: .openAIChat, bound: .unfinished(),
                expected: expected ?? tooLarge,
                work: chatStream([.text(start), .repeated(pattern, bytes: size), .text("\n\n")]))
        }
        return [
            sse("line", "one data line", "data: ", "x"),
            sse("comment", "one comment line", ": ", "x"),
            sse("field", "one line without a colon", "", "x"),
            sse("id", "one id", "id: ", "x"),
            sse("event-name", "one event name", "event: ", "x"),
            sse("retry", "digits of one retry field", "retry: ", "9"),
            sse("event-names", "event lines without a blank line", "event: x\n", "event: x\n"),
            sse(
                "data-lines", "data lines without a blank line", "data: x\n", "data: x\n",
                .errors("too-many-data-lines", 1)),
            sse("string", "a JSON string that is not closed", "data: {\"x\":\"", "\\\""),
            HostileCase(
                name: "endless-ndjson", about: "one line of NDJSON", format: .ollamaGenerate, bound: .unfinished(),
                expected: tooLarge, work: lineStream([.text("{\"x\":\""), .repeated("x", bytes: size), .text("\"}\n")])),
            HostileCase(
                name: "endless-array-string", about: "an array's element whose string is not closed", format: array,
                bound: .unfinished(), expected: tooLarge,
                work: arrayStream([.text("{\"x\":\""), .repeated("x", bytes: size), .text("\"}")])),
            HostileCase(
                name: "endless-array-brackets", about: "brackets in an array's element", format: array,
                bound: .unfinished(), expected: tooLarge,
                work: arrayStream([
                    .text("{\"x\":"), .repeated("[", bytes: size), .repeated("]", bytes: size), .text("}"),
                ])),
            HostileCase(
                name: "endless-aws", about: "a message whose length is the whole of it", format: .bedrock,
                expected: tooLarge,
                work: amazonStream([
                    .bytes(amazonPrelude(total: UInt32(clamping: size + 12))), .repeated([0], bytes: size),
                ])),
            HostileCase(
                name: "endless-aws-lies", about: "preludes of 4 GiB whose checksum is wrong", format: .bedrock,
                leastGBPerSecond: 0.005, expected: .errors("checksum-mismatch", 1),
                work: amazonStream([
                    .repeated([0xFF, 0xFF, 0xFF, 0xFF, 0, 0, 0, 0, 1, 2, 3, 4], bytes: size / 16)
                ])),
        ]
    }

    /// Lines that make no event.
    static func lines(_ scale: HostileScale) -> [HostileCase] {
        func sse(
            _ name: String, _ about: String, _ pattern: String, bytes: Int? = nil,
            _ feeds: [HostileFeed] = [.borrowed(65_536), .ring(16_384)], least: Double = 0.02
        ) -> HostileCase {
            HostileCase(
                name: name, about: about, format: .openAIChat, feeds: feeds, leastGBPerSecond: least,
                work: chatStream([.repeated(pattern, bytes: bytes ?? scale.bytes), .text("\n\n")]))
        }
        let small = scale.bytes / 64
        return [
            sse("comments", "comment lines", ": keep-alive\n"),
            sse(
                "comments-bytewise", "the same byte by byte", ": keep-alive\n", bytes: small, [byteByByte], least: 0.001
            ),
            sse("comments-empty", "colons and line feeds", ":\n"),
            sse("ids", "id lines", "id: 12345\n"),
            sse("returns", "carriage returns", "\r"),
            sse("returns-bytewise", "the same byte by byte", "\r", bytes: small, [byteByByte], least: 0.001),
            sse("retries", "retry lines", "retry: 10\n"),
            sse("blanks", "blank lines", "\n"),
            sse("fields", "fields that mean nothing", "x: y\n"),
            sse("empty-data", "events whose data is empty", "data:\n\n"),
            sse("empty-data-bytewise", "the same byte by byte", "data:\n\n", bytes: small, [byteByByte], least: 0.001),
            sse("keep-alives", "data that keeps a connection alive", "data: : keepalive\n\n"),
            HostileCase(
                name: "empty-documents", about: "a million events that say nothing", format: .openAIChat,
                work: chatStream([.made(count: scale.count(1_000_000)) { $1 += Array("data: {}\n\n".utf8) }])),
            HostileCase(
                name: "ndjson-blanks", about: "blank lines of NDJSON", format: .ollamaGenerate,
                work: lineStream([.repeated("\r\n", bytes: scale.bytes), .text("\n")])),
            HostileCase(
                name: "array-gap", about: "commas and spaces between an array's elements", format: array,
                work: arrayStream([.repeated(", \n", bytes: scale.bytes)])),
            HostileCase(
                name: "array-strays", about: "what may not stand between an array's elements", format: array,
                expected: .errors("malformed-payload", 1), work: arrayStream([.repeated("x]\"", bytes: scale.bytes)])),
        ]
    }
}
