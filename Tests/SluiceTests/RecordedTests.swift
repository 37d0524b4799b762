import Foundation
import Sluice
import Testing

@testable import SluiceTestSupport

// Every recorded stream that lies beside the project, against what the provider's own client read in it.

@Suite("recorded streams", .enabled(if: Recordings.areThere, "needs the recordings beside the project; skipped"))
struct RecordedTests {
    @Test("collecting gives what the official client read", arguments: Recordings.all)
    func collectsAsTheClientDid(_ recording: Recording) throws {
        let bytes = try recording.bytes()
        let found = collect(bytes, chunkBytes: bytes.count, .borrowed)
        for difference in recording.differences(from: found) {
            Issue.record("\(recording.file): \(difference)")
        }
    }

    @Test("every buffer and chunk size gives the same", arguments: Recordings.all)
    func chunksMakeNoDifference(_ recording: Recording) throws {
        let bytes = try recording.bytes()
        let whole = collect(bytes, chunkBytes: bytes.count, .borrowed)
        for strategy in Strategy.allCases {
            for chunkBytes in [1, 7, 64, 1448, 16384, bytes.count] {
                let found = collect(bytes, chunkBytes: chunkBytes, strategy)
                #expect(found == whole, "\(recording.file), \(strategy), chunks of \(chunkBytes)")
            }
        }
    }

    @Test("every listed deviation is still one")
    func deviationsAreReal() throws {
        for file in Deviations.table.keys {
            let recording = try #require(Recordings.all.first { $0.file == file }, "\(file) is no recording")
            let bytes = try recording.bytes()
            let found = collect(bytes, chunkBytes: bytes.count, .borrowed)
            #expect(!recording.rawDifferences(from: found).isEmpty, "\(file) deviates no more")
        }
    }

    @Test("no recording in which the client read no error has an event that cannot be read")
    func nothingIsMalformed() throws {
        for recording in Recordings.all where recording.isOutcomeOK && Deviations.table[recording.file] == nil {
            let bytes = try recording.bytes()
            let found = collect(bytes, chunkBytes: bytes.count, .borrowed)
            let problems = found.answer.problems.filter { $0.code != .strayError }
            #expect(problems.isEmpty, "\(recording.file): \(problems)")
        }
    }
}
