import Foundation
import Testing

@Suite("sluice stats and check of compressed streams and saved HTTP responses", .hangGuard)
struct EncodedStreamTests {
    /// Without a terminal marker, so that `check` has something to report.
    private static let stream = chatText("Hi ") + chatText("there 🌊")

    @Test("stats and check read what is inside", arguments: ["stats --json", "check --json --strict"])
    func decodes(command: String) async throws {
        let arguments = command.split(separator: " ").map(String.init)
        let plain = try await Tool.run(arguments, input: Data(Self.stream.utf8))
        let chunk = "\(String(Self.stream.utf8.count, radix: 16))\r\n\(Self.stream)\r\n0\r\n\r\n"
        let response = try await Tool.run(
            arguments, input: Data("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n\(chunk)".utf8))
        #expect(!Self.sizes(plain.output).isEmpty)
        #expect(response.status == plain.status)
        #expect(Self.sizes(response.output) == Self.sizes(plain.output))
        let packed = try await Tool.run(
            ["-c", "gzip -c | '\(Tool.url.path)' \(command)"], input: Data(Self.stream.utf8), program: "sh")
        #expect(packed.status == plain.status, "\(packed.errors)")
        #expect(Self.sizes(packed.output) == Self.sizes(plain.output))
    }

    /// What does not depend on time.
    private static func sizes(_ output: String) -> [String] {
        output.split(whereSeparator: { ",{}\n".contains($0) }).map(String.init).filter { field in
            ["\"events\"", "\"bytes\"", "\"offset\"", "\"found\""].contains { field.contains($0) }
        }
    }

    @Test("a damaged response is reported by both", arguments: ["stats", "check"])
    func damaged(command: String) async throws {
        let input = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\n: a\n\r\nzz\r\n"
        let result = try await Tool.run(command, input: input)
        #expect(result.status == 2)
        #expect(result.errors.contains("chunk"), "\(result.errors)")
    }
}
