import Foundation
import Testing

@testable import Sluice
@testable import SluiceTestSupport

// Golden/Wire/*.md, each case at every chunk size, through each buffer, with the format given and detected.
// SLUICE_UPDATE_GOLDEN=1 writes what is found into the files: read the difference before it is kept.

@Suite("golden wire formats")
struct WireGoldenTests {
    static let names = WireFormat.all.map(\.name)

    @Test("the logs are those of the golden files at every chunk size", arguments: names)
    func replay(_ name: String) throws {
        var golden = try WireGoldenFile(name)
        if GoldenFile.updates {
            try golden.rewrite(
                golden.cases.map { wanted in
                    let format = try Self.format(name, wanted)
                    return (
                        WireRun.publicLog(format, wanted.input).text,
                        WireRun.publicLog(format, wanted.input, kinds: Self.detailed).text
                    )
                })
            golden = try WireGoldenFile(name)
        }
        let engine = EngineCore()
        for wanted in golden.cases {
            let format = try Self.format(name, wanted)
            let whole = WireRun.publicLog(format, wanted.input)
            #expect(whole.text == wanted.log, "\(name): \(wanted.title)")
            let run = try WireRun(format)
            let difference = run.difference(fromEverySize: whole, of: wanted.input, upTo: .max, engine)
            #expect(difference == nil, "\(name): \(wanted.title)")
        }
    }

    private static let detailed: DeltaKinds = [.answer, .detail]

    @Test("with details, the logs are those of the golden files at every chunk size", arguments: names)
    func details(_ name: String) throws {
        let engine = EngineCore()
        for wanted in try WireGoldenFile(name).cases {
            let format = try Self.format(name, wanted)
            let whole = WireRun.publicLog(format, wanted.input, kinds: Self.detailed)
            if let log = wanted.detailLog { #expect(whole.text == log, "\(name): \(wanted.title)") }
            let run = try WireRun(format, Self.detailed)
            let difference = run.difference(fromEverySize: whole, of: wanted.input, upTo: 64, engine)
            #expect(difference == nil, "\(name): \(wanted.title)")
        }
    }

    @Test("formats are detected at every chunk size, and read as if they were given", arguments: names)
    func detection(_ name: String) throws {
        let engine = EngineCore()
        for wanted in try WireGoldenFile(name).cases {
            guard let detected = wanted.detected else { continue }
            let whole = WireRun.publicLog(nil, wanted.input)
            #expect(whole.text == wanted.log, "\(name): \(wanted.title)")
            #expect(whole.formatName == detected, "\(name): \(wanted.title)")
            let run = try WireRun(nil)
            let difference = run.difference(fromEverySize: whole, of: wanted.input, upTo: 64, engine)
            #expect(difference == nil, "\(name): \(wanted.title)")
        }
    }

    @Test("every format has a file, and every case a title of its own and a log", arguments: names)
    func files(_ name: String) throws {
        let cases = try WireGoldenFile(name).cases
        #expect(cases.count >= 4)
        #expect(Set(cases.map(\.title)).count == cases.count)
        for wanted in cases { #expect(wanted.log.contains("end "), "\(name): \(wanted.title)") }
        #expect(name == "raw-text" || cases.contains { $0.detected == name }, "\(name) is nowhere detected")
    }

    @Test("no file is without a format")
    func strays() throws {
        let files = try FileManager.default.contentsOfDirectory(atPath: WireGoldenFile.directory.path())
        for file in files where file != "README.md" {
            #expect(Self.names.contains(String(file.dropLast(3))), "\(file) is no format's")
        }
    }

    /// The file's format, cut as the case has it.
    static func format(_ name: String, _ wanted: WireCase) throws -> WireFormat {
        var format = try #require(WireFormat.named(name))
        format.framing = wanted.framing ?? format.framing
        return format
    }
}
