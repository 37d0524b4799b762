import Sluice

// Events that end, and hold documents that were made to be slow or large.

extension HostileCase {
    /// One event of so many data lines.
    private static func dataLines(_ count: Int) -> [HostileSource.Part] {
        [
            .text("data: {\"x\":[\n"), .made(count: count - 2) { _, bytes in bytes += Array("data: 1,\n".utf8) },
            .text("data: 1],\"choices\":[{\"delta\":{\"content\":\"joined\"}}]}\n\n"),
        ]
    }

    static func documents(_ scale: HostileScale) -> [HostileCase] {
        nesting(scale) + longTokens(scale) + [
            document(
                "data-lines", "a million data lines in one event", bytes: 16 << 20, copies: 1,
                dataLines(1_000_000), text: 11, errors: ["too-many-data-lines": 1...1]),
            document(
                "data-lines-in-limit", "as many as the limit allows", bytes: 1 << 20, copies: 1,
                dataLines(Limits().maxDataLinesPerEvent), text: 17),
            document(
                "many-fields", "an object of a million fields", bytes: 16 << 20, copies: 1,
                [
                    .text("data: {"),
                    .made(count: scale.count(1_000_000)) { $1 += Array("\"f\($0)\":0,".utf8) },
                    .text("\"choices\":[{\"delta\":{\"content\":\"x\"}}]}\n\n"),
                ], text: 12),
            document(
                "same-fields", "the text's field a hundred thousand times in one object", bytes: 2 << 20, copies: 1,
                [
                    .text("data: {\"choices\":[{\"delta\":{"),
                    .made(count: 100_000) { _, bytes in bytes += Array("\"content\":\"x\",".utf8) },
                    .text("\"content\":\"x\"}}]}\n\n"),
                ], text: 11, errors: ["too-many-fields": 1...1]),
            document(
                "same-fields-in-limit", "the same 50,000 times, which the limit allows; the last counts",
                bytes: 2 << 20,
                copies: 8,
                [
                    .text("data: {\"choices\":[{\"delta\":{"),
                    .made(count: 50_000) { _, bytes in bytes += Array("\"content\":\"x\",".utf8) },
                    .text("\"content\":\"x\"}}]}\n\n"),
                ], text: 19),
            document(
                "choices-of-one-event", "a million choices in one event", bytes: 16 << 20, copies: 1,
                [
                    .text("data: {\"choices\":["),
                    .made(count: 500_000) { _, bytes in bytes += Array("{\"delta\":{\"content\":\"x\"}},".utf8) },
                    .text("{}]}\n\n"),
                ], errors: ["too-many-fields": 1...1]),
        ]
    }

    /// `copies` events of at most `bytes` each between good ones.
    private static func document(
        _ name: String, _ about: String, bytes: Int, copies: Int, _ parts: [HostileSource.Part], text: Int? = nil,
        errors: [String: ClosedRange<Int>] = [:]
    ) -> HostileCase {
        HostileCase(
            name: name, about: about, format: .openAIChat, bound: .parsed(bytes), leastGBPerSecond: 0.01,
            expected: HostileExpectation(errors: errors, textBytes: text),
            work: chatStream(Array(repeating: parts, count: copies).flatMap { $0 }))
    }

    private static func nesting(_ scale: HostileScale) -> [HostileCase] {
        let limit = Limits().maxNestingDepth
        let copies = scale.count(160)
        func nested(_ name: String, _ about: String, _ open: String, _ close: String, _ depth: Int, isTooDeep: Bool)
            -> HostileCase
        {
            let bracket = [open.utf8.count, close.utf8.count].max() ?? 1
            return document(
                "nesting-\(name)", about, bytes: depth * bracket * 2, copies: copies,
                [
                    .text("data: {\"x\":"), .repeated(open, bytes: open.utf8.count * depth), .text("0"),
                    .repeated(close, bytes: close.utf8.count * depth),
                    .text(",\"choices\":[{\"delta\":{\"content\":\"x\"}}]}\n\n"),
                ], text: isTooDeep ? 11 : 11 + copies,
                errors: isTooDeep ? ["nested-too-deep": copies...copies] : [:])
        }
        return [
            nested("arrays", "arrays 100,000 deep", "[", "]", 100_000, isTooDeep: true),
            nested("objects", "objects 100,000 deep", "{\"a\":", "}", 100_000, isTooDeep: true),
            nested("both", "arrays and objects 100,000 deep", "[{\"a\":", "}]", 50_000, isTooDeep: true),
            nested("at-limit", "as deep as the limit allows", "[", "]", limit - 1, isTooDeep: false),
            nested("past-limit", "one deeper", "[", "]", limit, isTooDeep: true),
        ]
    }

    private static func longTokens(_ scale: HostileScale) -> [HostileCase] {
        let mebibyte = 1 << 20
        let copies = scale.count(64)
        func token(_ name: String, _ about: String, _ start: String, _ pattern: String, _ end: String, text: Int? = 11)
            -> HostileCase
        {
            document(
                "long-\(name)", about, bytes: mebibyte, copies: copies,
                [.text("data: {" + start), .repeated(pattern, bytes: mebibyte - 64), .text(end + "}\n\n")], text: text)
        }
        let content = "\"choices\":[{\"delta\":{\"content\":\""
        func escapes(_ name: String, _ pattern: String, _ decoded: Int) -> HostileCase {
            let whole = (mebibyte - 64) / pattern.utf8.count * pattern.utf8.count
            return document(
                "long-\(name)", "a mebibyte of \(pattern) in a text", bytes: mebibyte, copies: copies,
                [.text("data: {" + content), .repeated(pattern, bytes: whole), .text("\"}}]}\n\n")],
                text: 11 + copies * (whole / pattern.utf8.count) * decoded)
        }
        return [
            token("key", "a key of a mebibyte", "\"", "k", "\":0"),
            token("number", "a number of a mebibyte", "\"n\":", "1", ""),
            token("string", "a text of a mebibyte", content, "x", "\"}}]", text: 11 + copies * (mebibyte - 64)),
            escapes("escapes-accent", "\\u00e9", 2), escapes("escapes-backslash", "\\\\", 1),
            escapes("escapes-pairs", "\\ud83c\\udf0a", 4), escapes("escapes-halves", "\\ud83c!", 4),
            HostileCase(
                name: "long-names", about: "ids and event names of a mebibyte", format: .openAIChat,
                bound: .parsed(3 << 20),
                expected: HostileExpectation(
                    errors: ["id-too-long": copies...copies, "event-name-too-long": copies...copies], textBytes: 11),
                work: chatStream(
                    Array(
                        repeating: [
                            .text("id: "), .repeated("i", bytes: mebibyte), .text("\n" + chat("lost") + "event: "),
                            .repeated("e", bytes: mebibyte), .text("\n" + chat("lost")),
                        ], count: copies
                    ).flatMap { $0 })),
        ]
    }
}
