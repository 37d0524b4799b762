import Foundation
import Sluice
import Testing

@testable import SluiceTestSupport

// The recorded streams beside the project, against what the provider's own client, or a plain reading, read in them.

@Suite("recorded streams", .enabled(if: Recordings.areThere, "needs the recordings beside the project; skipped"))
struct RecordedTests {
    @Test("collecting gives what the official client read", arguments: Recordings.all)
    func collectsAsTheClientDid(_ recording: Recording) throws {
        let bytes = try recording.bytes()
        let found = collect(bytes, chunkBytes: bytes.count, .borrowed)
        for difference in recording.differences(from: found, in: bytes) {
            Issue.record("\(recording.file): \(difference)")
        }
    }

    /// Of the bytes one by one a sanitizer sees the golden files.
    private static let chunkSizes = isSanitized ? [7, 1448] : [1, 7, 64, 1448, 16384]

    @Test("every buffer and chunk size gives the same", arguments: Recordings.all)
    func chunksMakeNoDifference(_ recording: Recording) throws {
        let bytes = try recording.bytes()
        for kinds in [DeltaKinds.answer, [.answer, .detail]] {
            let whole = collect(bytes, chunkBytes: bytes.count, .borrowed, kinds: kinds)
            for strategy in Strategy.allCases {
                for chunkBytes in Self.chunkSizes + [bytes.count] {
                    let found = collect(bytes, chunkBytes: chunkBytes, strategy, kinds: kinds)
                    #expect(found == whole, "\(recording.file), \(strategy), chunks of \(chunkBytes)")
                }
            }
        }
    }

    @Test("with details, every recording is read as the slow reference reads it", arguments: Recordings.all)
    func detailsAreTheReferences(_ recording: Recording) throws {
        let bytes = try recording.bytes()
        guard let name = try? DifferentialSource.detected(bytes), var format = WireFormat.named(name) else { return }
        format.framing = ReferenceFraming.of(bytes, format)
        let wanted = ReferenceStream.read(bytes, ReferenceTable(format, hasDetails: true))
        var reader = DifferentialReader()
        reader.kinds = [.answer, .detail]
        for size in [bytes.count, 1448, 7] where size > 0 {
            let cuts = Array(stride(from: size, to: bytes.count, by: size))
            let found = try reader.read(bytes, format, cuts: cuts)
            #expect(found.difference(fromReference: wanted) == nil, "\(recording.file), chunks of \(size)")
        }
    }

    @Test("every listed deviation is still one")
    func deviationsAreReal() throws {
        let recordings = RecordingSet.allCases.flatMap { $0.read() }
        for file in Deviations.files.keys {
            guard let recording = recordings.first(where: { $0.file == file }) else {
                Issue.record("\(file) is no recording")
                continue
            }
            let bytes = try recording.bytes()
            let found = collect(bytes, chunkBytes: bytes.count, .borrowed)
            #expect(!recording.rawDifferences(from: found).isEmpty, "\(file) deviates no more")
        }
    }

    @Test("every kind of deviation makes up for a difference")
    func kindsAreReal() throws {
        var unseen = Set(Deviations.kinds.map(\.description))
        for recording in RecordingSet.allCases.flatMap({ $0.read() }) where recording.isOutcomeOK && !unseen.isEmpty {
            let bytes = try recording.bytes()
            let found = collect(bytes, chunkBytes: bytes.count, .borrowed)
            let before = recording.rawDifferences(from: found).count
            guard before > 0 else { continue }
            for kind in Deviations.kinds where unseen.contains(kind.description) {
                var expected = recording
                kind.correct(&expected, found, bytes)
                if expected.rawDifferences(from: found).count < before { unseen.remove(kind.description) }
            }
        }
        #expect(unseen.isEmpty)
    }

    @Test("no recording in which the client read no error has an event that cannot be read")
    func nothingIsMalformed() throws {
        for recording in Recordings.all where recording.isOutcomeOK && Deviations.files[recording.file] == nil {
            let bytes = try recording.bytes()
            let found = collect(bytes, chunkBytes: bytes.count, .borrowed)
            let problems = found.answer.problems.filter { $0.code != .strayError }
            #expect(problems.isEmpty, "\(recording.file): \(problems)")
        }
    }
}

@Suite("reported streams", .enabled(if: Reports.areThere, "needs the reported streams beside the project; skipped"))
struct ReportedTests {
    // What they come to is checked through the command: `ReportedStreamTests`.
    @Test("every buffer and chunk size gives the same", arguments: Reports.files)
    func chunksMakeNoDifference(_ file: URL) throws {
        let bytes = [UInt8](try Data(contentsOf: file))
        for format in [nil, WireFormat.openAIChat, .anthropicMessages] {
            let whole = collect(bytes, chunkBytes: bytes.count, .borrowed, format: format)
            for strategy in Strategy.allCases {
                for chunkBytes in [1, 7, 64, bytes.count] {
                    let found = collect(bytes, chunkBytes: chunkBytes, strategy, format: format)
                    #expect(found == whole, "\(file.lastPathComponent), \(strategy), chunks of \(chunkBytes)")
                }
            }
        }
    }
}

/// Streams after public bug reports, in a folder beside the project.
enum Reports {
    static let folder = RecordingSet.shared.appendingPathComponent("reports")
    static let files: [URL] = {
        let all = try? FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
        return (all ?? []).filter { ["sse", "json", "aws"].contains($0.pathExtension) }
            .sorted { $0.path < $1.path }
    }()
    static var areThere: Bool { !files.isEmpty }
}
