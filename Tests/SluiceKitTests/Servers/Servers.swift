import Foundation
import Sluice
import Testing

@testable import SluiceKit

/// The servers of `Tests/Servers`, started at first use. They end with this process, which holds their standard input.
final class Servers: Sendable {
    /// Set by `Tests/Servers/run.sh`.
    static var python: String? { ProcessInfo.processInfo.environment["SLUICE_SERVERS_PYTHON"] }

    private static let running = Result { try Servers() }

    static var shared: Servers { get throws { try running.get() } }

    let streams: Server
    let relay: Server

    private init() throws {
        let folder = Server.package.appending(path: "Tests/Servers")
        let python = try #require(Self.python)
        streams = try Server(python, "-B", folder.appending(path: "streams.py").path)
        relay = try Server(
            "/usr/bin/env", "NODE_PATH=/usr/share/nodejs", "node", folder.appending(path: "relay.js").path,
            String(streams.port))
    }

    /// The chunks of one answer, as curl hands them on.
    func stream(_ route: Route, _ query: String) -> CurlSource {
        CurlSource("http://127.0.0.1:\(route == .relay ? relay.port : streams.port)/\(route.rawValue)?\(query)")
    }

    /// What the server means to send, by a route that does not stream.
    func meant(_ tokens: Int, times: Int = 1) async throws -> String {
        try await CurlSource("http://127.0.0.1:\(streams.port)/meant?tokens=\(tokens)&times=\(times)").text()
    }

    struct Progress: Decodable, Equatable {
        var sent: Int
        var over: Bool
    }

    /// How far the server of the text has come with the answer that was given this id.
    func progress(_ id: String) async throws -> Progress {
        let text = try await CurlSource("http://127.0.0.1:\(streams.port)/progress?id=\(id)").text()
        return try JSONDecoder().decode(Progress.self, from: Data(text.utf8))
    }
}

/// A way to stream the text.
enum Route: String, Sendable, CaseIterable {
    case deltaDone = "delta-done"
    case rawText = "raw-text"
    case openAI = "openai"
    case relay = "relay"

    var format: WireFormat {
        switch self {
        case .deltaDone: .deltaDone
        case .rawText: .rawText
        case .openAI: .openAIChat
        case .relay: .textField
        }
    }
}

/// A server as a child process, which has said its port.
final class Server: Sendable {
    static let package = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent()

    struct StartError: Error {
        var program: String
        var output: String
    }

    private let process: Guarded<Process>
    private let input = Pipe()
    let port: Int

    /// The command, which is built beside the tests.
    static func sluice(_ arguments: String...) throws -> Server {
        let folders = [Bundle.main.executableURL, URL(filePath: CommandLine.arguments[0])]
            .compactMap { $0?.deletingLastPathComponent().appending(path: "sluice").path }
        let program = try #require(folders.first { FileManager.default.isExecutableFile(atPath: $0) })
        return try Server([program] + arguments)
    }

    convenience init(_ command: String...) throws { try self.init(command) }

    private init(_ command: [String]) throws {
        let process = Process()
        let output = Pipe()
        process.executableURL = URL(filePath: command[0])
        process.arguments = Array(command.dropFirst())
        process.standardInput = input
        process.standardOutput = output
        process.standardError = FileHandle.nullDevice
        try process.run()
        var line = Data()
        while let byte = try output.fileHandleForReading.read(upToCount: 1), !byte.isEmpty, byte != Data("\n".utf8) {
            line += byte
        }
        let text = String(decoding: line, as: UTF8.self)
        guard let port = text.split(whereSeparator: { $0 == " " || $0 == ":" }).last.flatMap({ Int($0) }) else {
            throw StartError(program: command[0], output: text)
        }
        self.port = port
        self.process = Guarded(process)
    }

    deinit { process.withLock { $0.endAtOnce() } }
}
