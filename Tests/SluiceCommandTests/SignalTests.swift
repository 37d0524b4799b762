import Foundation
import Testing

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

// Signals that ask the command to stop while nobody reads what it writes, and what programs that it starts inherit.

@Suite("signals and descriptors", .serialized, .hangGuard)
struct SignalTests {
    /// What has not ended by then never will: time decides nothing else here, since the machine may be busy.
    private static let never = Duration.seconds(100)

    private static let hasBash = FileManager.default.fileExists(atPath: "/bin/bash")

    /// Which standard descriptor nobody reads, and whether writing to it waits.
    struct Blockage: Sendable, CustomTestStringConvertible {
        var isError: Bool
        var isNonBlocking: Bool
        var testDescription: String { (isError ? "stderr" : "stdout") + (isNonBlocking ? ", O_NONBLOCK" : "") }
    }

    static let blockages = [false, true].flatMap { isError in
        [false, true].map { Blockage(isError: isError, isNonBlocking: $0) }
    }

    @Test(
        "a full pipe costs no processor time, and a signal ends the command", arguments: blockages,
        [SIGINT, SIGTERM, SIGHUP])
    func fullPipe(_ blockage: Blockage, signal: Int32) async throws {
        try await Folder.with { folder in
            let events = blockage.isError ? brokenEvent : chatText("a line\\n")
            let input = try folder.file("input", String(repeating: events, count: 60_000))
            let run = try Blocked(["cat", "--format", "openai-chat", input], blockage)
            try await run.waitUntilIdle()
            #expect(run.process.isRunning)
            let before = run.processorTime
            try await Task.sleep(for: .milliseconds(500))
            #expect(run.processorTime - before < .milliseconds(100))
            kill(run.process.processIdentifier, signal)
            // Not by waiting for somebody to read, since nobody does.
            #expect(await run.end(within: Self.never) == 128 + signal)
        }
    }

    @Test(
        "a signal ends the other commands too",
        arguments: [["collect"], ["frames"], ["cat", "--json"], ["cat", "--tag"]])
    func otherCommands(_ arguments: [String]) async throws {
        try await Folder.with { folder in
            let long = String(repeating: chatText("a line\\n"), count: 60_000)
            let input = try folder.file("input", arguments == ["collect"] ? brokenEvent + long : long)
            let run = try Blocked(arguments + [input], Blockage(isError: false, isNonBlocking: true))
            try await run.waitUntilIdle()
            kill(run.process.processIdentifier, SIGTERM)
            #expect(await run.end(within: Self.never) == 128 + SIGTERM)
        }
    }

    @Test("what a reader still takes after a signal is written")
    func slowReader() async throws {
        let tool = try LiveTool("--timeout", "600")
        try tool.write(chatText("Hi"))
        #expect(try tool.read(2) == "Hi")
        tool.signal(SIGTERM)
        #expect(await tool.end() == 128 + SIGTERM)
    }

    @Test("a SIGHUP that the caller ignores does not stop the command")
    func ignoredHangUp() async throws {
        try await Folder.with { folder in
            let command =
                "trap '' HUP; mkfifo p; \"$0\" cat p & tool=$!; exec 3>p; printf '%s' \"$1\" >&3; sleep 0.5; "
                + "kill -HUP $tool; sleep 0.5; printf '%s' \"$2\" >&3; exec 3>&-; wait $tool"
            let result = try await Tool.run(
                [
                    "-c", "cd '\(folder.url.path)'; \(command)", Tool.url.path, chatText("Hi"),
                    chatText(" there") + chatDone,
                ],
                input: Data(), program: "sh")
            #expect(result.status == 0, "\(result.errors)")
            #expect(result.output == "Hi there")
        }
    }

    @Test(
        "a program that does not heed SIGTERM is ended with the recording of it", arguments: [SIGINT, SIGTERM, SIGHUP])
    func stubbornProgram(signal: Int32) async throws {
        try await Folder.with { folder in
            let place = folder.url.appendingPathComponent("kept")
            // Closes its output, and stays.
            let script = "trap '' INT TERM HUP; echo 'data: 1'; echo; exec >&-; while :; do sleep 0.1; done"
            let tool = try LiveTool(["record", "-o", place.path, "--", "sh", "-c", script])
            while try Folder(url: place).size("stream.part") < 9 { try await Task.sleep(for: .milliseconds(10)) }
            try await Task.sleep(for: .milliseconds(300))
            tool.signal(signal)
            #expect(await tool.end() == 128 + signal)
            #expect(try Folder(url: place).text("stream.sse") == "data: 1\n\n")
        }
    }

    @Test(
        "a program that is recorded inherits no descriptor of the command",
        .enabled(if: hasBash && FileManager.default.fileExists(atPath: "/proc/self/fd")),
        arguments: [[], ["--tee"], ["--force"]])
    func inheritance(_ more: [String]) async throws {
        try await Folder.with { folder in
            let place = Folder(url: folder.url.appendingPathComponent("new"))
            // Whatever the tests' own caller has passed on is closed first. ls(1) has the folder that it lists open as well.
            let script =
                "for f in /proc/$$/fd/*; do n=${f##*/}; if [ $n -gt 2 ]; then eval \"exec $n>&-\"; fi; done; "
                + "exec \"$0\" \"$@\""
            let command = [Tool.url.path, "record", "-o", place.url.path] + more + ["--", "ls", "/proc/self/fd"]
            let result = try await Tool.run(["-c", script] + command, input: Data(), program: "bash")
            #expect(result.status == 0, "\(result.errors)")
            #expect(try place.text("stream.sse") == "0\n1\n2\n3\n")
        }
    }

    @Test(
        "a program that is recorded has what the caller passes on, such as a process substitution",
        .enabled(if: hasBash, "needs bash"))
    func substitution() async throws {
        try await Folder.with { folder in
            let place = folder.url.appendingPathComponent("new").path
            let script = "\"$0\" record -o \"$1\" -- cat <(printf 'data: 1\\n\\n')"
            let result = try await Tool.run(["-c", script, Tool.url.path, place], input: Data(), program: "bash")
            #expect(result.status == 0, "\(result.errors)")
            #expect(try folder.text("new/stream.sse") == "data: 1\n\n")
        }
    }
}

/// The command while nobody reads from one of its descriptors.
private struct Blocked {
    let process = Process()
    private let pipe = Pipe()

    init(_ arguments: [String], _ blockage: SignalTests.Blockage) throws {
        if blockage.isNonBlocking {
            let descriptor = pipe.fileHandleForWriting.fileDescriptor
            _ = fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) | O_NONBLOCK)
        }
        process.executableURL = Tool.url
        process.arguments = arguments
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = blockage.isError ? FileHandle.nullDevice : pipe
        process.standardError = blockage.isError ? pipe : FileHandle.nullDevice
        try process.run()
    }

    /// User and system time that the process has used; zero where the system has no /proc.
    var processorTime: Duration {
        let stat = try? String(contentsOfFile: "/proc/\(process.processIdentifier)/stat", encoding: .utf8)
        // The name before may have spaces.
        guard let fields = stat?.split(separator: ")").last?.split(separator: " "), fields.count > 12 else {
            return .zero
        }
        let ticks = (Int(fields[11]) ?? 0) + (Int(fields[12]) ?? 0)
        return .seconds(ticks) / Int(sysconf(Int32(_SC_CLK_TCK)))
    }

    /// Waits until the pipe is full, and so the process has nothing to do.
    func waitUntilIdle() async throws {
        var full = pollfd(fd: pipe.fileHandleForReading.fileDescriptor, events: Int16(POLLIN), revents: 0)
        _ = unsafe poll(&full, 1, 60_000)
        for _ in 0..<20 {
            let before = processorTime
            try await Task.sleep(for: .milliseconds(300))
            if processorTime - before < .milliseconds(20) { return }
        }
    }

    /// The exit status; nil where the process does not end in time.
    func end(within limit: Duration) async -> Int32? {
        let deadline = ContinuousClock.now + limit
        while process.isRunning && ContinuousClock.now < deadline { try? await Task.sleep(for: .milliseconds(10)) }
        guard !process.isRunning else {
            kill(process.processIdentifier, SIGKILL)
            return nil
        }
        return process.terminationReason == .exit ? process.terminationStatus : nil
    }
}

extension Folder {
    /// Bytes of a file; 0 where it is not there.
    fileprivate func size(_ name: String) throws -> Int {
        (try? Data(contentsOf: url.appendingPathComponent(name)))?.count ?? 0
    }
}
