import Foundation
import Testing

/// A stream in parts, one of which is wrong, and what has to be found of it.
struct Defect: Sendable, CustomTestStringConvertible {
    struct Found: Sendable, Equatable {
        var offset: Int
        var event: Int
        var severity: String
        var code: String
    }

    var name: String
    var parts: [String]
    /// The part that is reported; nil for the end of the stream.
    var part: Int?
    /// Bytes of the part before the place.
    var inset = 0
    var event: Int
    var severity = "error"
    var code: String
    var arguments: [String] = []

    var testDescription: String { name }
    var stream: String { parts.joined() }

    var found: Found {
        let before = part.map { parts[..<$0].joined().utf8.count } ?? stream.utf8.count
        return Found(offset: before + inset, event: event, severity: severity, code: code)
    }
}

@Suite("sluice check", .hangGuard)
struct CheckTests {
    private static func findings(_ result: Tool.Result) throws -> [Defect.Found] {
        try result.lines.map { line in
            let value = try JSONValue(line)
            return Defect.Found(
                offset: Int(value["offset"]?.number ?? -1), event: Int(value["event"]?.number ?? -1),
                severity: value["severity"]?.text ?? "", code: value["code"]?.text ?? "")
        }
    }

    private static func check(_ defect: Defect) async throws {
        let result = try await Tool.run(["check", "--json"] + defect.arguments, input: Data(defect.stream.utf8))
        let found = try findings(result)
        #expect(found == [defect.found], "\(result.output)")
        #expect(result.status == (defect.severity == "error" ? 2 : 0))
        let isOne = defect.severity == "error" ? "1 error, 0 warnings" : "0 errors, 1 warning"
        #expect(result.errors == "sluice: 1 file checked: \(isOne)\n")
        let strict = try await Tool.run(["check", "--strict"] + defect.arguments, input: Data(defect.stream.utf8))
        #expect(strict.status == 2)
    }

    @Test("a defect of the framing is found where it is, and nothing else", arguments: CheckMaterial.framing)
    func framing(_ defect: Defect) async throws { try await Self.check(defect) }

    @Test("keep-alives are no defects, wherever they stand")
    func keepAlives() async throws {
        let alive = ["null", "\"\"", "{}", "[]", "0", "ping", "[PING]", " [PING] ", ": x"].map { "data: \($0)\n\n" }
            .joined()
        let answer = chat("\"role\":\"assistant\",\"content\":\"Hi\"") + alive + chatFinish + chatDone
        let plain = try await Tool.run(
            "check", "--json", input: chat("\"role\":\"assistant\",\"content\":\"Hi\"") + chatFinish + chatDone)
        let result = try await Tool.run("check", "--json", input: answer)
        #expect(plain.output == "" && result.output == "" && result.status == 0, "\(result.output)")
    }

    @Test("of a stream without a format, an error and an empty stream are not reported as unknown events")
    func withoutFormat() async throws {
        let cases = [
            ("{\n  \"error\": {\"message\": \"no\"}\n}\n", "error-only", 2), (chatDone, "empty", 2),
            ("data: {\"foo\":\"bar\"}\n\n", "unknown-format", 0),
        ]
        for (input, code, status) in cases {
            let result = try await Tool.run("check", "--json", input: input)
            #expect(try Self.findings(result).map(\.code) == [code] && result.status == status, "\(result.output)")
        }
    }

    @Test("a defect of the order is found where it is, and nothing else", arguments: CheckMaterial.order)
    func order(_ defect: Defect) async throws { try await Self.check(defect) }

    @Test("well-formed streams have no findings", arguments: CheckMaterial.sound)
    func sound(_ stream: CheckMaterial.Sound) async throws {
        let result = try await Tool.run(["check", "--strict"] + stream.arguments, input: stream.bytes)
        #expect(result.output == "" && result.status == 0, "\(result.output)")
        #expect(result.errors == "sluice: 1 file checked: 0 errors, 0 warnings\n")
    }

    @Test("the corpora have no findings", arguments: CheckMaterial.corpora)
    func corpora(_ name: String) async throws {
        let path = Tool.package.appendingPathComponent("corpora/\(name)").path
        let result = try await Tool.run("check", "--strict", path)
        #expect(result.output == "" && result.status == 0, "\(result.output.prefix(500))")
    }

    @Test("there are corpora")
    func corporaCount() { #expect(CheckMaterial.corpora.count >= 10) }

    @Test("a finding is a line for people")
    func lines() async throws {
        let result = try await Tool.run(
            "check", input: chat("\"role\":\"assistant\",\"content\":\"a\"") + "oops\n\n" + chatDone)
        let first = chat("\"role\":\"assistant\",\"content\":\"a\"").utf8.count
        #expect(
            result.lines.first
                == "-:\(first): event 2: warning: a line without a colon, 'oops', which the standard ignores; "
                + "expected a field (data, event, id, retry), or a comment that begins with ':'")
        #expect(result.lines.count == 2 && result.lines[1].hasSuffix("the stream ends; expected a finish_reason"))
    }

    @Test("a finding in a recording of several responses says which one, and where in the file")
    func responses() async throws {
        try await Folder.with { folder in
            let bad = MadeReads(reads: [
                (0, chatText("x")), (1, chat("", more: ",\"finish_reason\":\"stop\"") + chatDone),
            ])
            let good = MadeReads(reads: [(0, chat("\"role\":\"a\"", more: ",\"finish_reason\":\"stop\"") + chatDone)])
            let path = try MadeReads.write([good, bad], "two", in: folder)
            let result = try await Tool.run("check", path)
            let offset = good.stream.utf8.count
            #expect(result.lines.count == 1)
            #expect(
                result.output.hasPrefix(
                    "\(path):\(offset): response 2, event 1: warning: the first chunk of a choice (index 0)"))
            let json = try JSONValue(try await Tool.run("check", "--json", path).output)
            #expect(json["response"] == .number(2) && json["offset"] == .number(Double(offset)))
        }
    }

    @Test("--max-findings prints so many of a file, and counts the others")
    func maximum() async throws {
        try await Folder.with { folder in
            let file = try folder.file("a", String(repeating: "x: 1\n", count: 250) + "\n")
            let normal = try await Tool.run("check", file)
            #expect(normal.lines.count == 100)
            // The lines and that there is no event.
            #expect(
                normal.errors == "sluice: \(file): 151 more findings; raise --max-findings to see them\n"
                    + "sluice: 1 file checked: 1 error, 250 warnings\n")
            let few = try await Tool.run("check", "--max-findings", "2", file, file)
            #expect(few.lines.count == 4 && few.status == 2)
            let none = try await Tool.run("check", "--max-findings", "0", file)
            #expect(none.output == "" && none.status == 2)
            #expect(try await Tool.run("check", "--max-findings", "-1", file).status == 1)
        }
    }

    @Test("findings do not depend on how the bytes come", arguments: ["1", "7"])
    func pieces(_ size: String) async throws {
        let input =
            "\u{FEFF}data: {\"text\":\"a\"}\r\n\r\nid: 1\u{0}2\ndata: {\"text\":\r\ndata: \"b\"}\r\n\r\nbad\n\ndata: {x}\n\ndata: {\"text\":1}\n"
        try await Folder.with { folder in
            let whole = try await Tool.run("check", input: input)
            let place = folder.url.appendingPathComponent("cut")
            try FileManager.default.createDirectory(at: place, withIntermediateDirectories: true)
            try Data(input.utf8).write(to: place.appendingPathComponent("stream.sse"))
            let (count, step) = (input.utf8.count, try #require(Int(size)))
            let times = stride(from: 0, to: count, by: step).map { "\($0)\t\(min(step, count - $0))\n" }.joined()
            try Data(times.utf8).write(to: place.appendingPathComponent("stream.times"))
            let cut = try await Tool.run("check", place.path)
            let lines = cut.lines.map { $0.replacingOccurrences(of: place.path, with: "-") }
            #expect(lines.sorted() == whole.lines.sorted() && whole.lines.count == 7, "\(whole.output)")
        }
    }

    @Test("what cannot be read has the status 1, and text that moves the cursor is escaped")
    func unusable() async throws {
        #expect(try await Tool.run("check", "/no/such/file").status == 1)
        let result = try await Tool.run("check", input: "x\u{1B}[2J: 1\n\n")
        #expect(result.output.contains("the field 'x^[[2J'") && !result.output.contains("\u{1B}"))
    }

    @Test("the formats that --help names exist")
    func helpNames() async throws {
        let help = try await Tool.run("check", "--help").output
        let start = try #require(help.range(of: "order of events:\n") ?? help.range(of: "events' order:"))
        let end = try #require(help.range(of: ". Of others,"))
        let names = help[start.upperBound..<end.lowerBound].split { ", \n".contains($0) }
        #expect(names.count == 15)
        for name in names { #expect(try await Tool.run("formats", String(name)).status == 0, "\(name)") }
    }

    @Test("bytes that are not UTF-8 are found where they are")
    func invalidUTF8() async throws {
        let head = Data("data: {\"text\":\"a\"}\n\ndata: {\"text\":\"".utf8)
        let tail = Data("\"}\n\ndata: [DONE]\n\n".utf8)
        for (bytes, inset) in [([0xFF], 0), ([0xC3, 0x28], 1), ([0xED, 0xA0, 0x80], 1)] as [([UInt8], Int)] {
            let result = try await Tool.run(["check", "--json"], input: head + bytes + tail)
            let wanted = Defect.Found(offset: head.count + inset, event: 2, severity: "error", code: "invalid-utf8")
            #expect(try Self.findings(result) == [wanted], "\(result.output)")
        }
        let cut = try await Tool.run(["check", "--json"], input: head + [0xF0, 0x9F])
        #expect(
            try Self.findings(cut).contains {
                $0.code == "invalid-utf8" && $0.offset == head.count + 2 && $0.event == 2
            })
    }

    @Test("Bedrock's events have an order too")
    func bedrock() async throws {
        let input = try #require(Data(base64Encoded: awsAnswer))
        let result = try await Tool.run(["check", "--json"], input: input)
        let places = [(0, 1), (115, 2), (115, 2)]  // messageStart before both, and contentBlockStop before the second
        let wanted = places.map { Defect.Found(offset: $0.0, event: $0.1, severity: "warning", code: "out-of-order") }
        #expect(try Self.findings(result) == wanted && result.status == 0, "\(result.output)")
    }

    @Test("damaged messages of AWS's event stream are found")
    func aws() async throws {
        let input = try #require(Data(base64Encoded: awsAnswer))
        var damaged = input
        damaged[100] ^= 1
        let result = try await Tool.run(["check", "--json"], input: damaged)
        #expect(
            try Self.findings(result).contains { $0.code == "checksum-mismatch" && $0.offset == 0 && $0.event == 1 })
        let cut = try await Tool.run(["check", "--json"], input: input.dropLast(5))
        #expect(
            try Self.findings(cut).contains {
                $0.code == "incomplete-event" && $0.offset == input.count - 5 && $0.event == 2
            },
            "\(cut.output)")
    }
}
