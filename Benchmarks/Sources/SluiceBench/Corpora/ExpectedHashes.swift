import Foundation

/// The hashes that generated streams are known to have, kept in the repository: whoever has the same recordings measures
/// the same bytes.
struct ExpectedHashes {
    private var hashes: [String: String] = [:]

    static let seed: UInt64 = 1
    /// Mebibytes of the streams of a standard run.
    static let sizes = [1, 4, 8, 16, 24, 64]

    private static let file = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent().appending(path: "expected-hashes.tsv")

    init() throws {
        guard let text = try? String(contentsOf: Self.file, encoding: .utf8) else {
            throw BenchError("cannot read \(Self.file.path)")
        }
        for line in text.split(separator: "\n").dropFirst() {
            let fields = line.split(separator: "\t")
            guard fields.count == 4 else { throw BenchError("\(Self.file.path): not four columns: \(line)") }
            hashes[fields[..<3].joined(separator: "\t")] = String(fields[3])
        }
    }

    /// Whether the stream has the hash that is stored for its recording, size and seed; nil where none is stored.
    ///
    /// - Throws: where it has another one.
    func check(_ stream: Stream, _ mebibytes: Int, _ seed: UInt64, _ recording: Recording) throws -> Bool? {
        guard seed == Self.seed, let expected = hashes[try Self.key(recording, mebibytes)] else { return nil }
        let found = String(stream.hash, radix: 16)
        if found == expected { return true }
        throw BenchError(
            "\(mebibytes) MiB made of \(recording.name) have the hash \(found), not \(expected) as expected-hashes.tsv "
                + "says: the amplifier has changed; if that is intended, run make bench-hashes")
    }

    /// Another recording of the same name has other hashes.
    private static func key(_ recording: Recording, _ mebibytes: Int) throws -> String {
        "\(recording.name)\t\(try recording.hash())\t\(mebibytes)"
    }

    /// The file's text.
    static func table(of folder: URL) throws -> String {
        var text = "recording\thash of the recording\tMiB\thash of the generated stream, seed \(seed)\n"
        for name in try Recording.names(in: folder) {
            let recording = try Recording(name, in: folder)
            for size in sizes {
                let stream = try Stream(amplifying: recording, to: size << 20, seed: seed)
                text += "\(try key(recording, size))\t\(String(stream.hash, radix: 16))\n"
            }
        }
        return text
    }
}

extension Recording {
    /// A hash of all bytes, the same on every machine.
    fileprivate func hash() throws -> String { String(try Stream(self).hash, radix: 16) }
}
