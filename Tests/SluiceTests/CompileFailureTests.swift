import Foundation
import Testing

@testable import SluiceTestSupport

// What the compiler must refuse: views that outlive what they point to. Each snippet goes through the compiler up to its
// lifetime checks, against the modules that these tests were built with.

@Suite("programs that must not compile")
struct CompileFailureTests {
    struct Snippet: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var body: String
        /// What the compiler must say; nil: it must say nothing.
        var complaint: String?
    }

    static let snippets = [
        Snippet(
            testDescription: "a reader that is read until nil compiles",
            body: """
                var reader = parser.read(chunk.span)
                while let delta = try reader.next() { print(delta.string) }
                reader = parser.finish()
                while let batch = try reader.nextBatch() { print(batch[0].string) }
                """),
        Snippet(
            testDescription: "a delta kept beyond the next one",
            body: """
                var reader = parser.read(chunk.span)
                let first = try reader.next()
                let second = try reader.next()
                if let first, let second { print(first.string, second.string) }
                """, complaint: "overlapping accesses to 'reader'"),
        Snippet(
            testDescription: "a batch kept beyond the next one",
            body: """
                var reader = parser.read(chunk.span)
                if let first = try reader.nextBatch(), let second = try reader.nextBatch() { print(first.count, second.count) }
                """, complaint: "overlapping accesses to 'reader'"),
        Snippet(
            testDescription: "a delta of a batch kept beyond the batch",
            body: """
                var reader = parser.read(chunk.span)
                var bytes = RawSpan()
                do {
                    if let batch = try reader.nextBatch() { bytes = batch[0].bytes }
                }
                print(bytes.byteCount)
                """, complaint: "lifetime-dependent"),
        Snippet(
            testDescription: "a reader used after another read began",
            body: """
                var first = parser.read(chunk.span)
                var second = parser.read(chunk.span)
                _ = try second.next()
                _ = try first.next()
                """, complaint: "overlapping accesses to 'parser'"),
        Snippet(
            testDescription: "the parser asked while a reader is in use",
            body: """
                var reader = parser.read(chunk.span)
                print(parser.end)
                _ = try reader.next()
                """, complaint: "overlapping accesses to 'parser'"),
        Snippet(
            testDescription: "a delta kept in a variable over the next read",
            body: """
                var kept: Delta?
                var reader = parser.read(chunk.span)
                kept = try reader.next()
                _ = try reader.next()
                if let kept { print(kept.string) }
                """, complaint: "overlapping accesses to 'reader'"),
        Snippet(
            testDescription: "a delta kept by the closure that it was handed to",
            body: """
                var kept: Delta?
                try parser.parse(chunk.span) { kept = $0 }
                if let kept { print(kept.string) }
                """, complaint: "lifetime-dependent variable 'kept' escapes its scope"),
        Snippet(
            testDescription: "a delta kept beyond its reader",
            body: """
                var kept: Delta?
                do {
                    var reader = parser.read(chunk.span)
                    kept = try reader.next()
                }
                if let kept { print(kept.string) }
                """, complaint: "lifetime-dependent"),
        Snippet(
            testDescription: "deltas collected in an array",
            body: """
                var deltas: [Delta] = []
                try parser.parse(chunk.span) { deltas.append($0) }
                """, complaint: "type 'Delta' does not conform to protocol 'Escapable'"),
        Snippet(
            testDescription: "the chunk changed while a reader is alive",
            body: """
                var own = chunk
                var reader = parser.read(own.span)
                own[0] = 0
                _ = try reader.next()
                """, complaint: "overlapping accesses to 'own'"),
        Snippet(
            testDescription: "a parser copied",
            body: """
                let copy = parser
                _ = try parser.finish { _ in }
                print(copy.end)
                """, complaint: "'parser' used after consume"),
        Snippet(
            testDescription: "two reads of one engine at once",
            body: """
                var engine = Engine()
                var first = TokenStream(format: .openAIChat)
                var second = TokenStream(format: .openAIChat)
                var reader = engine.read(chunk.span, of: &first)
                var other = engine.read(chunk.span, of: &second)
                _ = try reader.next()
                _ = try other.next()
                """, complaint: "overlapping accesses to 'engine'"),
        Snippet(
            testDescription: "a frame kept beyond the next one",
            body: """
                var frames = FrameParser(framing: .sse)
                var reader = frames.read(chunk.span)
                if let first = try reader.next(), let second = try reader.next() { print(first.number, second.number) }
                """, complaint: "overlapping accesses to 'reader'"),
        Snippet(
            testDescription: "a parser used by another task meanwhile",
            body: """
                Task { print(parser.end) }
                _ = try parser.finish { _ in }
                """, complaint: "risks causing data races"),
        Snippet(
            testDescription: "an engine used by two tasks",
            body: """
                var engine = Engine()
                var stream = TokenStream(format: .openAIChat)
                Task {
                    var reader = engine.finish(&stream)
                    _ = try reader.next()
                }
                var other = TokenStream(format: .openAIChat)
                var reader = engine.finish(&other)
                _ = try reader.next()
                """, complaint: "risks causing data races"),
        Snippet(
            testDescription: "a reader handed to another task",
            body: """
                var reader = parser.read(chunk.span)
                Task { _ = try reader.next() }
                """, complaint: "lifetime-dependent"),
        Snippet(
            testDescription: "a delta handed to another task",
            body: """
                var reader = parser.read(chunk.span)
                if let delta = try reader.next() { Task { print(delta.string) } }
                """, complaint: "lifetime-dependent"),
        Snippet(
            testDescription: "a stream used after it was sent away",
            body: """
                let stream = TokenStream(format: .openAIChat)
                func send(_ stream: consuming sending TokenStream) { Task { [stream] in print(stream.end) } }
                send(stream)
                print(stream.end)
                """, complaint: "'stream' used after consume"),
        Snippet(
            testDescription: "a stream handed to another task compiles",
            body: """
                actor Holder {
                    var engine = Engine()
                    func read(_ chunk: [UInt8], _ stream: consuming TokenStream) throws -> TokenStream {
                        var stream = stream
                        var reader = engine.read(chunk.span, of: &stream)
                        while let delta = try reader.next() { print(delta.string) }
                        return stream
                    }
                }
                """),
    ]

    /// Skipped where there is no compiler, or where the tests run apart from the modules that they were built with.
    static let compiler: (path: String, arguments: [String])? = {
        let folders = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
        let path = folders.map { "\($0)/swiftc" }.first { FileManager.default.isExecutableFile(atPath: $0) }
        let build = Bundle.main.bundleURL.path()
        let root = build.hasSuffix("/") ? String(build.dropLast()) : build
        guard let path, FileManager.default.fileExists(atPath: "\(root)/Modules/Sluice.swiftmodule") else { return nil }
        let maps = ["CSluiceMemory", "CSluiceScan", "CSluiceSimdjson", "CSluiceTemplates"].flatMap {
            ["-Xcc", "-fmodule-map-file=\(root)/\($0).build/module.modulemap"]
        }
        return (
            path,
            ["-emit-sil", "-o", "/dev/null", "-parse-as-library", "-swift-version", "6", "-I", "\(root)/Modules"] + maps
        )
    }()

    @Test("the compiler refuses them", .enabled(if: compiler != nil), arguments: snippets)
    func compile(_ snippet: Snippet) throws {
        let program =
            "import Sluice\nfunc program(_ chunk: [UInt8]) throws {\nvar parser = StreamParser(format: .openAIChat)\n\(snippet.body)\n}\n"
        let output = try Self.diagnostics(of: program)
        let errors = output.split(separator: "\n").filter { $0.contains("error:") }
        guard let complaint = snippet.complaint else {
            #expect(errors == [], "\(output)")
            return
        }
        #expect(!errors.isEmpty)
        for error in errors { #expect(error.contains(complaint), "\(output)") }
    }

    @Test("a delta that a loop leaves in a variable is refused", .enabled(if: compiler != nil))
    func loop() throws {
        let program = """
            import Sluice
            func program(_ chunk: [UInt8]) throws {
                var parser = StreamParser(format: .openAIChat)
                var reader = parser.read(chunk.span)
                var kept: Delta?
                while let delta = try reader.next() { kept = delta }
                if let kept { print(kept.string) }
            }
            """
        // Swift 6.3 lets this one pass: it does not follow a lifetime from one turn of a loop to the next.
        let output = try Self.diagnostics(of: program)
        withKnownIssue { #expect(output.contains("overlapping accesses to 'reader'")) }
    }

    private static func diagnostics(of program: String) throws -> String {
        let (path, arguments) = try #require(compiler)
        let file = FileManager.default.temporaryDirectory.appending(path: "sluice-\(UUID().uuidString).swift")
        try program.write(to: file, atomically: true, encoding: .utf8)
        defer { try? FileManager.default.removeItem(at: file) }
        let process = Process()
        let pipe = Pipe()
        process.executableURL = URL(filePath: path)
        process.arguments = arguments + [file.path()]
        process.standardOutput = pipe
        process.standardError = pipe
        try process.run()
        let output = try pipe.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        return String(decoding: output, as: UTF8.self)
    }
}
