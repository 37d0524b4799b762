import Foundation

@testable import SluiceKit

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// The body of an answer over HTTP, by curl: chunks as they come, none before it is asked for.
struct CurlSource: AsyncSequence, Sendable {
    typealias Element = Data

    /// curl has ended with this status; 18 where the connection ended before the body.
    struct CurlError: Error, Equatable {
        var status: Int32
    }

    private let url: String

    init(_ url: String) { self.url = url }

    func text() async throws -> String {
        var data = Data()
        for try await chunk in self { data += chunk }
        return String(decoding: data, as: UTF8.self)
    }

    func makeAsyncIterator() -> Iterator { Iterator(url) }

    final class Iterator: AsyncIteratorProtocol {
        private let child: Child
        private var isOver = false

        init(_ url: String) { child = Child(url) }

        deinit { child.end() }

        func next() async throws -> Data? {
            if isOver { return nil }
            let child = child
            let data = try await withTaskCancellationHandler {
                try await child.read()
            } onCancel: {
                child.end()
            }
            if !data.isEmpty { return data }
            isOver = true
            let status = await child.status()
            if status != 0 { throw CurlError(status: status) }
            return nil
        }
    }

    /// curl. Reading blocks a thread of its own queue.
    final class Child: Sendable {
        private enum Phase {
            case ready
            case running(Process)
            case ended
        }

        private let url: String
        private let phase = Guarded(Phase.ready)
        private let output = Pipe()
        private let queue = DispatchQueue(label: "curl")
        private let statuses: AsyncStream<Int32>
        private let statusSink: AsyncStream<Int32>.Continuation

        init(_ url: String) {
            self.url = url
            (statuses, statusSink) = AsyncStream.makeStream()
        }

        func read() async throws -> Data {
            try start()
            return await withCheckedContinuation { continuation in
                queue.async { [output] in continuation.resume(returning: output.fileHandleForReading.availableData) }
            }
        }

        /// Waits for the end; -1 where it has been ended before it began.
        func status() async -> Int32 {
            for await status in statuses { return status }
            return -1
        }

        func end() {
            phase.withLock { phase in
                if case .running(let process) = phase { process.endAtOnce() }
                phase = .ended
            }
        }

        private func start() throws {
            try phase.withLock { phase in
                switch phase {
                case .running: return
                case .ended: throw CancellationError()
                case .ready: break
                }
                let process = Process()
                process.executableURL = URL(filePath: "/usr/bin/env")
                process.arguments = ["curl", "-sN", "--noproxy", "*", url]
                process.standardInput = FileHandle.nullDevice
                process.standardOutput = output
                process.standardError = FileHandle.nullDevice
                process.terminationHandler = { [statusSink] in
                    statusSink.yield($0.terminationStatus)
                    statusSink.finish()
                }
                try process.run()
                phase = .running(process)
            }
        }
    }
}

extension Process {
    /// Ends a child whatever it does. It would not hear SIGTERM: it has the signal mask of the thread that started it, and
    /// threads that run tasks block most signals.
    func endAtOnce() {
        if isRunning { kill(processIdentifier, SIGKILL) }
    }
}
