import Foundation

/// A tool that compresses, where the system has it.
enum Compression: String, CaseIterable {
    case gzip
    case zstd

    var isInstalled: Bool {
        (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":").contains {
            FileManager.default.isExecutableFile(atPath: "\($0)/\(rawValue)")
        }
    }

    /// Those that the system has; CI has both.
    static var installed: [Compression] { allCases.filter(\.isInstalled) }

    func compress(_ text: String) async throws -> Data { try await compress(Data(text.utf8)) }

    func compress(_ data: Data) async throws -> Data {
        try await Folder.with { folder in
            let file = try folder.write(data, as: "plain")
            let command = "\(rawValue) -c < \"$0\" > \"$0.compressed\""
            let result = try await Tool.run(["-c", command, file.path], input: Data(), program: "sh")
            guard result.status == 0 else { throw CocoaError(.executableLoad) }
            return try Data(contentsOf: URL(fileURLWithPath: file.path + ".compressed"))
        }
    }
}

/// HTTP responses as `curl -i` and `curl -i --raw` save them.
enum Saved {
    static let head = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n"

    /// The body in chunks of `size` bytes.
    static func chunked(_ body: Data, size: Int = 37, extension more: String = "", trailer: String = "") -> Data {
        var data = Data()
        var rest = body[...]
        while !rest.isEmpty {
            let chunk = rest.prefix(size)
            data += Data((String(chunk.count, radix: 16) + more + "\r\n").utf8) + chunk + Data("\r\n".utf8)
            rest = rest.dropFirst(size)
        }
        return data + Data(("0\r\n" + trailer + "\r\n").utf8)
    }

    static func response(_ headers: String..., body: Data) -> Data {
        Data((head + headers.map { $0 + "\r\n" }.joined() + "\r\n").utf8) + body
    }
}
