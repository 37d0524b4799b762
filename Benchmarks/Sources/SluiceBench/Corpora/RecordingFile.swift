import Foundation

/// Where a recording lies: the file of its stream, and its times where they are known.
///
/// A folder is one that `sluice record` wrote, whatever its name; a file is a stream of any name.
struct RecordingFile {
    /// What the reports call it; its control characters are escaped.
    var name: String
    let stream: URL
    /// The sidecar with a line for each read; nil where there is none.
    let times: URL?

    /// The names that a stream has in a recording's folder, in the order in which they are looked for.
    static let streamNames = ["stream.sse", "stream.ndjson", "stream.json", "stream.aws"]
    private static let timesName = "stream.times"
    /// A stream lies in memory as a whole, beside the one that is made from it.
    static let maxBytes = 256 << 20

    /// - Throws: ``BenchError`` where there is no stream at `path`.
    init(_ path: String) throws {
        let place = URL(filePath: path).standardizedFileURL
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: place.path, isDirectory: &isFolder) else {
            throw BenchError("there is no file or folder '\(printable(path))'; check the path")
        }
        stream = isFolder.boolValue ? try Self.stream(in: place) : place
        let isRecorded = Self.streamNames.contains(stream.lastPathComponent)
        let folder = stream.deletingLastPathComponent()
        name = printable((isRecorded ? folder : stream).lastPathComponent)
        let times = folder.appending(path: Self.timesName)
        self.times = isRecorded && FileManager.default.fileExists(atPath: times.path) ? times : nil
    }

    /// Whether the folder has a stream in it.
    static func isRecording(_ folder: URL) -> Bool { !streams(in: folder).isEmpty }

    private static func streams(in folder: URL) -> [String] {
        streamNames.filter { FileManager.default.fileExists(atPath: folder.appending(path: $0).path) }
    }

    private static func stream(in folder: URL) throws -> URL {
        let path = printable(folder.path)
        let found = streams(in: folder)
        if found.count > 1 {
            throw BenchError("'\(path)' holds \(found.joined(separator: " and ")); give the path of one of them")
        }
        if let name = found.first { return folder.appending(path: name) }
        if FileManager.default.fileExists(atPath: folder.appending(path: "stream.part").path) {
            throw BenchError(
                "'\(path)' holds an interrupted recording; record it again, or give the path of its stream.part")
        }
        let inside = ((try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []).sorted()
        if let first = inside.first(where: { isRecording(folder.appending(path: $0)) }) {
            throw BenchError(
                "'\(path)' is a folder of recordings; give them one by one, such as --file \(path)/\(printable(first)), "
                    + "or all of them with --corpora \(path)")
        }
        throw BenchError(
            "'\(path)' holds none of \(streamNames.joined(separator: ", ")); give a folder that 'sluice record' wrote, "
                + "or the path of a stream's file")
    }

    /// The stream's bytes, from a file or a pipe.
    ///
    /// - Throws: ``BenchError`` where they cannot be read, or are none or too many.
    func bytes() throws -> [UInt8] {
        let path = printable(stream.path)
        var bytes: [UInt8] = []
        do {
            let file = try FileHandle(forReadingFrom: stream)
            while bytes.count <= Self.maxBytes, let piece = try file.read(upToCount: 1 << 20), !piece.isEmpty {
                bytes += piece
            }
        } catch {
            throw BenchError("cannot read '\(path)': \(error.localizedDescription)")
        }
        if bytes.isEmpty { throw BenchError("'\(path)' is empty; there is nothing to measure") }
        if bytes.count > Self.maxBytes {
            throw BenchError(
                "'\(path)' has more than \(Self.maxBytes) bytes, the most that is measured; cut it, for example with "
                    + "head -c 100M")
        }
        return bytes
    }
}

/// `text` with control characters escaped, so that a name cannot steer a terminal.
func printable(_ text: String) -> String {
    var result = ""
    for scalar in text.unicodeScalars {
        switch scalar.properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator: result += scalar.escaped(asASCII: true)
        default: result.unicodeScalars.append(scalar)
        }
    }
    return result
}
