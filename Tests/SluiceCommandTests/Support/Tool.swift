import Foundation
import Testing

/// The built command, run as a process, as a shell would.
enum Tool {
    /// What a run has left behind.
    struct Result {
        var status: Int32
        var output: String
        var errors: String
        /// Lines of the output, without the empty one behind the last.
        var lines: [String] { output.split(separator: "\n", omittingEmptySubsequences: true).map(String.init) }
    }

    /// The executable, which is built beside the tests.
    static let url: URL = {
        let folders = [Bundle.main.executableURL, URL(fileURLWithPath: CommandLine.arguments[0])]
            .compactMap { $0?.deletingLastPathComponent() }
        let found = folders.map { $0.appendingPathComponent("sluice") }
        return found.first { FileManager.default.isExecutableFile(atPath: $0.path) } ?? found[0]
    }()

    /// The package's folder.
    static let package = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    /// Runs the command with `input` as standard input, to its end.
    static func run(_ arguments: String..., input: String = "") async throws -> Result {
        try await run(arguments, input: Data(input.utf8))
    }

    /// Runs the command, or another program that is looked for on PATH, to its end.
    static func run(
        _ arguments: [String], input: Data, environment: [String: String] = [:], program: String? = nil
    ) async throws -> Result {
        await Turns.all.take()
        defer { Task { await Turns.all.giveBack() } }
        return try await Folder.with { folder in
            let process = Process()
            process.executableURL = program == nil ? url : URL(fileURLWithPath: "/usr/bin/env")
            process.arguments = (program.map { [$0] } ?? []) + arguments
            process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
            // Files, not pipes: nothing can block, however much is written.
            let files = [
                try FileHandle(forReadingFrom: folder.write(input, as: "input")),
                try FileHandle(forWritingTo: folder.write(Data(), as: "output")),
                try FileHandle(forWritingTo: folder.write(Data(), as: "errors")),
            ]
            // Foundation keeps a process, and with it what it was given, long after its end.
            defer { for file in files { try? file.close() } }
            process.standardInput = files[0]
            process.standardOutput = files[1]
            process.standardError = files[2]
            try await process.runToEnd()
            let output = try folder.text("output")
            if program == nil { try JSONSchema.check(output, of: arguments) }
            return Result(status: process.terminationStatus, output: output, errors: try folder.text("errors"))
        }
    }
}

/// How many programs run to their end at once. Tests begin all together, each with three files and what Foundation opens for a
/// process; with some 1,350 descriptors open, Foundation's search for the highest of them reads beyond its memory.
private actor Turns {
    static let all = Turns()

    private var left = 16
    private var waiting: [CheckedContinuation<Void, Never>] = []

    func take() async {
        if left > 0 {
            left -= 1
            return
        }
        await withCheckedContinuation { waiting.append($0) }
    }

    func giveBack() {
        if waiting.isEmpty { left += 1 } else { waiting.removeFirst().resume() }
    }
}

extension Process {
    func runToEnd() async throws {
        try await withCheckedThrowingContinuation { (ended: CheckedContinuation<Void, any Error>) in
            terminationHandler = { _ in ended.resume() }
            do { try run() } catch { ended.resume(throwing: error) }
        }
    }
}

/// A folder of its own for a test's files, gone with the test.
struct Folder {
    let url: URL

    static func with<Value>(_ body: (Folder) async throws -> Value) async throws -> Value {
        let url = FileManager.default.temporaryDirectory.appendingPathComponent("sluice-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: url) }
        return try await body(Folder(url: url))
    }

    func write(_ data: Data, as name: String) throws -> URL {
        let file = url.appendingPathComponent(name)
        try data.write(to: file)
        return file
    }

    /// Writes a file and gives its path.
    func file(_ name: String, _ text: String) throws -> String {
        try write(Data(text.utf8), as: name).path
    }

    func text(_ name: String) throws -> String {
        String(decoding: try Data(contentsOf: url.appendingPathComponent(name)), as: UTF8.self)
    }
}
