import Foundation
import Testing

// Streams after public bug reports lie in a folder beside the project, with a program that says what they should come to. It
// reads each whole, in chunks of 1 and 7 bytes, and through both kinds of buffer.

private let check = Tool.package.deletingLastPathComponent().appendingPathComponent("shared/reports/check.py")

@Suite(
    "reported streams",
    .enabled(
        if: FileManager.default.fileExists(atPath: check.path), "needs the reported streams beside the project; skipped"
    ))
struct ReportedStreamTests {
    @Test("come to what their reports ask for")
    func areAsWanted() async throws {
        let found = try await Tool.run([check.path, Tool.url.path], input: Data(), program: "python3")
        #expect(found.status == 0, "\(found.output)\(found.errors)")
        #expect(found.output.contains("as wanted, 0 not"))
    }
}
