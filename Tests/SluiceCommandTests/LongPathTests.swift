import Foundation
import Testing

@Suite("paths that are too long", .hangGuard)
struct LongPathTests {
    private static func times(_ text: String, _ count: Int) -> String { String(repeating: text, count: count) }

    static let paths: [(name: String, path: String)] = [
        ("300 arrays", "a" + times("[]", 300)), ("300 objects", times("a.", 300) + "b"),
        ("300 arrays in objects", times("a[].", 300) + "b"), ("60,000 arrays", "a" + times("[]", 60_000)),
    ]

    @Test("a path deeper than a format may have is an error of the command line", arguments: paths.map(\.name))
    func refused(_ name: String) async throws {
        let path = try #require(Self.paths.first { $0.name == name }?.path)
        for options in [["--text", path], ["--text", "w", "--done", path], ["--text", "w", "--done", "\(path)=x"]] {
            for command in ["cat", "collect"] {
                let result = try await Tool.run([command] + options, input: Data(fullAnswer.utf8))
                #expect(result.status == 1, "\(name), \(command), \(options.count)")
                #expect(result.output == "")
                #expect(result.errors.hasPrefix("sluice: the path 'a"), "\(result.errors.prefix(200))")
            }
        }
    }
}
