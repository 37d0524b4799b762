import Foundation
import Testing

/// Reads of a made-up recording: when they came, in milliseconds, and what they brought.
struct MadeReads {
    var reads: [(milliseconds: Int, text: String)]

    var stream: String { reads.map(\.text).joined() }
    var times: String { reads.map { "\($0.milliseconds)000000\t\($0.text.utf8.count)\n" }.joined() }

    /// Writes responses one behind the other, as a folder of that name, and gives its path.
    static func write(_ responses: [MadeReads], _ name: String, in folder: Folder, stream: String = "stream.sse") throws
        -> String
    {
        let place = folder.url.appendingPathComponent(name)
        try FileManager.default.createDirectory(at: place, withIntermediateDirectories: true)
        try Data(responses.map(\.stream).joined().utf8).write(to: place.appendingPathComponent(stream))
        let times = stream == "stream.part" ? "stream.part.times" : "stream.times"
        try Data(responses.map(\.times).joined(separator: "\n").utf8).write(to: place.appendingPathComponent(times))
        return place.path
    }

    /// Every figure of this one is known: see ``StatsTests/figures()``.
    static let known: MadeReads = {
        let call = "\"tool_calls\":[{\"index\":0,\"id\":\"c\",\"function\":{\"name\":\"f\",\"arguments\":\"{}\"}}]"
        let usage = "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":3,\"completion_tokens\":6}}\n\n"
        return MadeReads(reads: [
            (0, ": hello\n\n"), (100, chat("\"role\":\"assistant\",\"reasoning_content\":\"Hm.\"")),
            (150, chatText("a") + chatText("b")), (2150, chatText("ç")), (2160, chat(call)),
            (2170, chat("", more: ",\"finish_reason\":\"stop\"") + usage + chatDone),
        ])
    }()

    /// Without usage and reasoning: three tokens, 10 ms apart.
    static let plain = MadeReads(reads: [
        (20, chatText("x")), (30, chatText("y")),
        (40, chatText("z") + chat("", more: ",\"finish_reason\":\"stop\"") + chatDone),
    ])
}

@Suite("sluice stats", .hangGuard)
struct StatsTests {
    @Test("every figure of a recording with known times")
    func figures() async throws {
        try await Folder.with { folder in
            let path = try MadeReads.write([.known], "known", in: folder)
            let known = MadeReads.known
            let result = try await Tool.run("stats", "--json", path)
            let bytes = known.stream.utf8.count
            let stall = known.reads[..<3].map(\.text).joined().utf8.count
            let wanted = """
                {"kind":"stream","file":"\(path)","response":null,"format":"openai-chat","status":"complete",\
                "finish_reasons":["stop"],"clock":"recorded","ttfb_seconds":null,"ttft_seconds":0.1,"ttfo_seconds":0.15,\
                "latency_seconds":2.16,"duration_seconds":2.17,"tpot_seconds":0.412,"tokens_per_second":2.7778,\
                "output_tokens":6,"token_count_from":"usage","itl_count":4,"itl_p50_seconds":0.01,"itl_p90_seconds":2,\
                "itl_p99_seconds":2,"itl_max_seconds":2,"itl_mean_seconds":0.515,"itl_exact":true,\
                "stall_threshold_seconds":1,"stalls":1,"stall_sum_seconds":2,"stall_longest_seconds":2,\
                "stall_longest_at_seconds":0.15,"stall_longest_offset":\(stall),"tokens":5,"text_tokens":3,\
                "reasoning_tokens":1,"argument_tokens":1,"usage_input":3,"usage_output":6,"tokens_per_event":1.0000,\
                "tokens_per_event_max":1,"events_per_read":1.3333,"events_per_read_max":3,"reads":6,"events":8,\
                "malformed_events":0,"unread_events":0,"bytes":\(bytes),"content_bytes":9,"envelope_bytes":\(bytes - 9),"itl_histogram":[\
                {"from_seconds":0,"below_seconds":0.000000001,"count":1},{"from_seconds":0.01,"below_seconds":0.02,"count":1},\
                {"from_seconds":0.05,"below_seconds":0.1,"count":1},{"from_seconds":2,"below_seconds":5,"count":1}]}

                """
            #expect(result.output == wanted)
            #expect(result.errors == "" && result.status == 0)
        }
    }

    @Test(
        "a threshold of stalls is what a gap has to exceed",
        arguments: [("2", 0, 0), ("1.999", 1, 2), ("0.04", 2, 2.05)])
    func stalls(threshold: String, count: Int, sum: Double) async throws {
        try await Folder.with { folder in
            let path = try MadeReads.write([.known], "known", in: folder)
            let result = try JSONValue(try await Tool.run("stats", "--json", "--stall", threshold, path).output)
            #expect(result["stalls"] == .number(Double(count)) && result["stall_sum_seconds"] == .number(sum))
        }
    }

    @Test("without usage TPOT takes the tokens that were counted")
    func withoutUsage() async throws {
        try await Folder.with { folder in
            let path = try MadeReads.write([.plain], "plain", in: folder)
            let result = try JSONValue(try await Tool.run("stats", "--json", path).output)
            #expect(result["token_count_from"] == .string("deltas") && result["output_tokens"] == .number(3))
            #expect(result["tpot_seconds"] == .number(0.01) && result["tokens_per_second"] == .number(75))
            // This recording's clock began before its first byte.
            #expect(result["ttfb_seconds"] == .number(0.02) && result["ttft_seconds"] == .number(0.02))
        }
    }

    @Test("CSV has the fields of JSON, and a table and a summary have the same figures")
    func agree() async throws {
        try await Folder.with { folder in
            let paths = [
                try MadeReads.write([.known], "a, \"b\"", in: folder),
                try MadeReads.write([.plain], "plain", in: folder),
            ]
            let lines = try await Tool.run(["stats", "--json"] + paths, input: Data()).lines
            #expect(lines.count == 3)
            let streams = try lines.dropLast().map { try JSONValue($0) }
            let csv = try await Tool.run(["stats", "--csv"] + paths, input: Data())
            let header = try #require(csv.lines.first).split(separator: ",").map(String.init)
            #expect(Set(header) == Set(streams[0].members.keys).subtracting(["kind", "itl_histogram"]))
            let plain = try #require(csv.lines.last).split(separator: ",", omittingEmptySubsequences: false).map(
                String.init)
            #expect(csv.lines.count == 3 && plain.count == header.count)
            for (name, cell) in zip(header, plain) {
                switch try #require(streams[1][name]) {
                case .null: #expect(cell == "", "\(name)")
                case .number(let number): #expect(Double(cell) == number, "\(name)")
                case .bool(let flag): #expect(cell == "\(flag)", "\(name)")
                case .string(let text): #expect(cell == text, "\(name)")
                case .array(let elements):
                    #expect(cell == elements.compactMap(\.text).joined(separator: " "), "\(name)")
                case .object: Issue.record("\(name) is an object")
                }
            }
            #expect(
                csv.lines[1].hasPrefix(
                    "\"\(folder.url.path)/a, \"\"b\"\"\",,openai-chat,complete,stop,recorded,,0.1,0.15,"))

            let table = try await Tool.run(
                ["stats"] + paths, input: Data(), environment: ["LC_ALL": "C", "COLUMNS": "200"])
            #expect(table.lines[0].split(separator: " ").first == "stream")
            let row = table.lines[2].split(separator: "  ").map { $0.trimmingCharacters(in: .whitespaces) }
            #expect(
                row == [
                    paths[1], "complete", "20.0 ms", "10.0 ms", "10.0 ms", "10.0 ms", "10.0 ms", "10.0 ms", "75.0", "3",
                    "5",
                    "0",
                ], "\(table.output)")
        }
    }

    @Test("the responses of a recording are streams of their own, and a summary has all")
    func responses() async throws {
        try await Folder.with { folder in
            let path = try MadeReads.write([.known, .plain], "two", in: folder)
            let result = try await Tool.run("stats", "--json", path)
            #expect(result.lines.count == 3 && result.status == 0)
            let values = try result.lines.map { try JSONValue($0) }
            #expect(values.map { $0["response"] } == [.number(1), .number(2), nil])
            #expect(values[1]["ttft_seconds"] == .number(0.02) && values[1]["itl_count"] == .number(2))
            let summary = values[2]
            #expect(summary["kind"] == .string("summary") && summary["streams"] == .number(2))
            // Gaps of both: 0, 10, 10, 10, 50 and 2000 ms.
            let wanted: [String: Double] = [
                "complete": 2, "truncated": 0, "itl_count": 6, "itl_p50_seconds": 0.01, "itl_p90_seconds": 2,
                "ttft_p50_seconds": 0.02, "ttft_p90_seconds": 0.1, "ttft_max_seconds": 0.1, "tpot_p50_seconds": 0.01,
                "tpot_max_seconds": 0.412, "stalls": 1, "tokens": 8, "output_tokens": 9, "events": 13,
                "content_bytes": 12,
            ]
            for (name, number) in wanted { #expect(summary[name] == .number(number), "\(name)") }
        }
    }

    @Test("tokens of one event and events of one read are counted")
    func batches() async throws {
        try await Folder.with { folder in
            let both = chat("\"reasoning_content\":\"Hm.\",\"content\":\"Hi\"") + chatText("") + chatText("!")
            let path = try MadeReads.write([MadeReads(reads: [(0, both), (5, chatDone)])], "batch", in: folder)
            let result = try JSONValue(try await Tool.run("stats", "--json", path).output)
            let wanted: [String: Double] = [
                "tokens": 3, "tokens_per_event": 1.5, "tokens_per_event_max": 2, "events_per_read": 2,
                "events_per_read_max": 3,
            ]
            for (name, number) in wanted { #expect(result[name] == .number(number), "\(name)") }
        }
    }

    @Test("an event that several reads bring comes with the last of them")
    func cutEvents() async throws {
        try await Folder.with { folder in
            let event = chatText("x")
            let cut = event.index(event.startIndex, offsetBy: 20)
            let reads = MadeReads(reads: [
                (0, String(event[..<cut])), (7, String(event[cut...])), (9, chatText("y") + chatDone),
            ])
            let result = try JSONValue(
                try await Tool.run("stats", "--json", try MadeReads.write([reads], "cut", in: folder)).output)
            #expect(result["ttft_seconds"] == .number(0.007) && result["itl_max_seconds"] == .number(0.002))
        }
    }

    @Test("beyond 65536 gaps percentiles are within 0.4 %, and count and sum stay exact")
    func manyGaps() async throws {
        try await Folder.with { folder in
            let event = "data: {\"text\":\"x\"}\n\n"
            let place = folder.url.appendingPathComponent("many")
            try FileManager.default.createDirectory(at: place, withIntermediateDirectories: true)
            var (stream, times, time) = ("", "", 0)
            for number in 0...70_000 {
                time += number == 0 ? 0 : (number % 1000 + 1) * 1000
                stream += event
                times += "\(time)\t\(event.utf8.count)\n"
            }
            try Data(stream.utf8).write(to: place.appendingPathComponent("stream.sse"))
            try Data(times.utf8).write(to: place.appendingPathComponent("stream.times"))
            let result = try JSONValue(try await Tool.run("stats", "--json", place.path).output)
            #expect(result["itl_exact"] == .bool(false) && result["itl_count"] == .number(70_000))
            #expect(result["itl_max_seconds"] == .number(0.001) && result["itl_mean_seconds"] == .number(0.0005005))
            for (name, exact) in [
                ("itl_p50_seconds", 0.0005), ("itl_p90_seconds", 0.0009), ("itl_p99_seconds", 0.00099),
            ] {
                let found = try #require(result[name]?.number)
                #expect(abs(found - exact) <= 0.004 * exact, "\(name): \(found)")
            }
        }
    }
}
