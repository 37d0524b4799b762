#if os(Linux)
import Foundation
import Glibc

extension Tool {
    /// Runs the command with standard input from a socket that keeps packets apart: each read(2) gets one of `packets`,
    /// however fast they are written.
    static func run(_ arguments: [String], packets: [Data]) async throws -> Result {
        var ends: [Int32] = [-1, -1]
        // Contract: the call fills in both entries.
        let made = unsafe socketpair(AF_UNIX, Int32(SOCK_SEQPACKET.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0, &ends)
        guard made == 0 else { throw POSIXError(.EMFILE) }
        let input = FileHandle(fileDescriptor: ends[0], closeOnDealloc: true)
        let writer = FileHandle(fileDescriptor: ends[1], closeOnDealloc: true)
        return try await Folder.with { folder in
            let process = Process()
            process.executableURL = url
            process.arguments = arguments
            process.standardInput = input
            let files = [
                try FileHandle(forWritingTo: folder.write(Data(), as: "output")),
                try FileHandle(forWritingTo: folder.write(Data(), as: "errors")),
            ]
            defer { for file in files + [input, writer] { try? file.close() } }
            process.standardOutput = files[0]
            process.standardError = files[1]
            let (ended, continuation) = AsyncStream.makeStream(of: Void.self)
            process.terminationHandler = { _ in continuation.finish() }
            try process.run()
            for packet in packets {
                // Contract: send(2) reads the packet's own bytes. Without a signal where the command has ended.
                _ = unsafe packet.withUnsafeBytes {
                    unsafe send(ends[1], $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
                }
            }
            try writer.close()
            for await _ in ended {}
            return Result(
                status: process.terminationStatus, output: try folder.text("output"), errors: try folder.text("errors"))
        }
    }
}
#endif
