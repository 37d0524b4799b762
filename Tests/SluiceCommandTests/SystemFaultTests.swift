import Foundation
import Testing

// System calls that fail or do less than they were asked to, as strace injects them. Skipped where there is no strace, or
// where it may not trace.

@Suite("faults of the system")
struct SystemFaultTests {
    static let canInject: Bool = {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["strace", "-o", "/dev/null", "-e", "inject=getppid:error=EINTR", "true"]
        process.standardError = FileHandle.nullDevice
        do { try process.run() } catch { return false }
        process.waitUntilExit()
        if process.terminationStatus != 0 { print("skipped: strace cannot inject faults here") }
        return process.terminationStatus == 0
    }()

    private static let stream = "corpora/openai-chat/stream.sse"

    private struct Injected {
        var result: Tool.Result
        var faults: Int
    }

    /// Runs the command on a recorded stream with `fault` in its calls of `call`: those that are about the stream's file, or
    /// about standard output.
    private func run(_ call: String, _ fault: String, _ more: [String] = []) async throws -> Injected {
        try await Folder.with { folder in
            let stream = try folder.write(Data(contentsOf: Tool.package.appending(path: Self.stream)), as: "stream.sse")
                .path
            let log = try folder.write(Data(), as: "log").path
            let only = call == "write" ? [] : ["-P", stream]
            let arguments =
                ["-f", "-o", log, "-e", "trace=\(call)"] + only + [
                    "-e", "inject=\(call):\(fault)", Tool.url.path, "cat",
                ]
                + more + [stream]
            let result = try await Tool.run(arguments, input: Data(), program: "strace")
            return Injected(
                result: result, faults: try folder.text("log").components(separatedBy: "(INJECTED)").count - 1)
        }
    }

    private func wanted() async throws -> Tool.Result {
        try await Tool.run(["cat", Tool.package.appending(path: Self.stream).path], input: Data())
    }

    @Test(
        "reads that a signal interrupts are done again", .enabled(if: canInject, "needs strace"),
        arguments: ["borrowed", "ring", "linear"])
    func interruptedReads(_ strategy: String) async throws {
        let found = try await run("read", "error=EINTR:when=1+2", ["--strategy", strategy])
        #expect(found.faults > 3)
        #expect(found.result.output == (try await wanted().output))
        #expect(found.result.status == 0)
    }

    @Test("writes that a signal interrupts are done again, and none twice", .enabled(if: canInject, "needs strace"))
    func interruptedWrites() async throws {
        let found = try await run("write", "error=EINTR:when=1+2")
        #expect(found.faults > 3)
        #expect(found.result.output == (try await wanted().output))
        #expect(found.result.status == 0)
    }

    @Test(
        "a read that fails is reported, and what was read before it is printed", .enabled(if: canInject, "needs strace")
    )
    func failedRead() async throws {
        let found = try await run("read", "error=EIO:when=3")
        let whole = try await wanted().output
        #expect(found.faults == 1)
        #expect(whole.hasPrefix(found.result.output.trimmingCharacters(in: .newlines)))
        #expect(found.result.output.count > 100)
        #expect(found.result.status == 1)
        #expect(found.result.errors.contains("Input/output error"))
    }

    @Test("a disk that is full is reported", .enabled(if: canInject, "needs strace"))
    func failedWrite() async throws {
        let found = try await run("write", "error=ENOSPC:when=2")
        #expect(found.faults == 1)
        #expect(found.result.status == 1)
        #expect(found.result.errors.contains("No space left on device"))
    }

    @Test("a mapping that is refused changes nothing", .enabled(if: canInject, "needs strace"))
    func refusedMapping() async throws {
        let found = try await Folder.with { folder in
            let log = try folder.write(Data(), as: "log").path
            let stream = Tool.package.appending(path: Self.stream).path
            let arguments = [
                "-f", "-o", log, "-e", "trace=memfd_create", "-e", "inject=memfd_create:error=EMFILE", Tool.url.path,
                "cat",
                "--strategy", "ring", "--chunk", "4096", stream,
            ]
            let result = try await Tool.run(arguments, input: Data(), program: "strace")
            return Injected(
                result: result, faults: try folder.text("log").components(separatedBy: "(INJECTED)").count - 1)
        }
        #expect(found.faults > 0)
        #expect(found.result.output == (try await wanted().output))
        #expect(found.result.status == 0)
    }
}
