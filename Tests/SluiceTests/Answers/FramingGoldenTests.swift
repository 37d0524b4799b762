import Foundation
import Testing

@testable import Sluice
@testable import SluiceTestSupport

// Golden/Framing/*.md, each case at every chunk size and in every two parts, through each buffer.
// SLUICE_UPDATE_GOLDEN=1 writes what is found into the files: read the difference before it is kept.

@Suite("golden framing")
struct FramingGoldenTests {
    static let framings: [(file: String, framing: Framing, leastCases: Int)] = [
        ("sse.md", .sse, 25), ("ndjson.md", .ndjson, 8), ("json-array.md", .jsonArray, 8),
        ("aws.md", .awsEventStream, 8),
    ]

    @Test("the logs are those of the golden files at every chunk size", arguments: framings)
    func replay(_ file: String, _ framing: Framing, _ leastCases: Int) throws {
        var golden = try GoldenFile("Framing/\(file)")
        #expect(golden.cases.count >= leastCases)
        if GoldenFile.updates {
            try golden.rewrite(golden.cases.map { try Self.run(framing, $0).log(Chunks(whole: $0.input)).text })
            golden = try GoldenFile("Framing/\(file)")
        }
        for wanted in golden.cases {
            let run = try Self.run(framing, wanted)
            let whole = run.log(Chunks(whole: wanted.input))
            #expect(whole.text == wanted.events, "\(file): \(wanted.title)")
            let difference = run.difference(from: whole, over: Chunks.everySize(of: wanted.input))
            #expect(difference == nil, "\(file): \(wanted.title)")
        }
    }

    @Test("where no limit is set, the golden logs are those of the slow readings")
    func references() throws {
        let readings: [(String, ([UInt8], Bool) -> FrameLog)] = [
            ("sse.md", ReferenceSSE.log), ("ndjson.md", ReferenceNDJSON.log), ("json-array.md", ReferenceJSONArray.log),
        ]
        for (file, reading) in readings {
            for wanted in try GoldenFile("Framing/\(file)").cases where wanted.settings["limit"] == nil {
                let log = reading(wanted.input, wanted.settings["end"] != "discard")
                let isText = String(validating: wanted.input, as: UTF8.self) != nil
                if !isText { continue }  // the slow reading decodes first, the engine does not
                let end = wanted.events.hasSuffix("inside-event") ? " inside-event" : ""
                #expect(log.text + end == withoutExcerpts(wanted.events), "\(file): \(wanted.title)")
            }
        }
    }

    private func withoutExcerpts(_ events: String) -> String {
        let lines = events.split(separator: "\n").map { line in
            line.range(of: " excerpt=").map { "\(line[..<$0.lowerBound]) excerpt=\"\"" } ?? String(line)
        }
        return lines.joined(separator: "\n")
    }

    @Test("titles are unique and every case has a log")
    func titles() throws {
        for (file, _, _) in Self.framings {
            let golden = try GoldenFile("Framing/\(file)")
            #expect(Set(golden.cases.map(\.title)).count == golden.cases.count)
            for wanted in golden.cases { #expect(!wanted.events.isEmpty, "\(file): \(wanted.title)") }
        }
    }

    static func run(_ framing: Framing, _ golden: GoldenCase) throws -> FrameRun {
        var run = FrameRun(framing: framing)
        for (name, value) in golden.settings {
            switch (name, value) {
            case ("end", "flush"): run.flush = true
            case ("end", "discard"): run.flush = false
            case ("exceeded", "skip"): run.limits.whenExceeded = .skip
            case ("exceeded", "fail"): run.limits.whenExceeded = .fail
            case ("limit", _): run.limits.maxEventBytes = try #require(Int(value))
            default: throw GoldenFile.Malformed(description: "'\(name)=\(value)' in '\(golden.title)' is no setting")
            }
        }
        return run
    }
}
