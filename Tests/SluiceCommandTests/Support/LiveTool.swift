import Foundation

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// The command with pipes at both ends, while it runs.
struct LiveTool {
    let process = Process()
    let input = Pipe()
    let output = Pipe()
    let errors = Pipe()
    private let ends: AsyncStream<Void>

    init(_ arguments: String...) throws { try self.init(arguments) }

    init(_ arguments: [String], environment: [String: String] = [:]) throws {
        process.executableURL = Tool.url
        process.arguments = arguments
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        process.standardInput = input
        process.standardOutput = output
        process.standardError = errors
        let (ends, continuation) = AsyncStream.makeStream(of: Void.self)
        process.terminationHandler = { _ in continuation.finish() }
        self.ends = ends
        // At once, and not as a task: the tests below block while they read.
        try process.run()
    }

    /// Waits for the end, and gives the exit status; nil where a signal or the tests' own impatience has ended it.
    func end() async -> Int32? {
        for await _ in ends {}
        if process.isRunning {
            kill(process.processIdentifier, SIGKILL)
            return nil
        }
        return process.terminationReason == .exit ? process.terminationStatus : nil
    }

    func write(_ text: String) throws { try input.fileHandleForWriting.write(contentsOf: Data(text.utf8)) }

    /// Reads until `count` bytes have come, or the output ends.
    func read(_ count: Int) throws -> String {
        var data = Data()
        while data.count < count, let more = try output.fileHandleForReading.read(upToCount: count - data.count),
            !more.isEmpty
        {
            data += more
        }
        return String(decoding: data, as: UTF8.self)
    }

    /// Reads a line of output, without its end.
    func readLine() throws -> String {
        var line = ""
        while case let character = try read(1), !character.isEmpty, character != "\n" { line += character }
        return line
    }

    func signal(_ number: Int32) { kill(process.processIdentifier, number) }

    /// The most memory that `sluice cat` has had when it has read the file and reported `problem`.
    static func peakBytes(of path: String, until problem: String) async throws -> Int {
        // It waits for standard input after the file, and so can be asked.
        // The address sanitizer holds back what is freed, 256 MiB of it by default.
        let options = (ProcessInfo.processInfo.environment["ASAN_OPTIONS"] ?? "") + ":quarantine_size_mb=1"
        let tool = try LiveTool(["cat", path, "-"], environment: ["ASAN_OPTIONS": options])
        var errors = ""
        while !errors.contains(problem) {
            let more = tool.errors.fileHandleForReading.availableData
            errors += String(decoding: more, as: UTF8.self)
            if more.isEmpty || errors.hasSuffix("\n") && !errors.contains(problem) {
                tool.signal(SIGKILL)
                throw CocoaError(.fileReadCorruptFile, userInfo: [NSDebugDescriptionErrorKey: errors])
            }
        }
        let status = try String(contentsOfFile: "/proc/\(tool.process.processIdentifier)/status", encoding: .utf8)
        try tool.input.fileHandleForWriting.close()
        _ = await tool.end()
        let line = status.split(separator: "\n").first { $0.hasPrefix("VmHWM:") }
        return 1024 * (line?.split(separator: " ").compactMap { Int($0) }.first ?? 0)
    }
}
