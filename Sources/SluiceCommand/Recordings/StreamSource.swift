import Foundation
import Sluice

/// What a path on the command line is read from: a file, standard input, or the stream in a recording's folder.
struct StreamSource {
    /// The file's path; `-` is standard input.
    let path: String
    /// The framing that the recording was found to have; nil where it is to be detected.
    let framing: Framing?

    /// Looks for a recording where the path names a folder.
    init(_ path: String) throws(RecordingError) {
        guard path != "-", System.isFolder(path) else {
            self.path = path
            framing = nil
            return
        }
        let folder = RecordingFolder(URL(fileURLWithPath: path, isDirectory: true))
        let name: String
        if let stream = try folder.stream() {
            name = stream
        } else if let stream = try folder.compressedStream() {
            name = stream
        } else if System.kind(of: folder.path(RecordingForm.unfinished[0])) != nil {
            name = RecordingForm.unfinished[0]  // interrupted, or still going on
        } else {
            throw RecordingError(
                message:
                    "it is a folder without a recording (none of \(RecordingForm.streams.joined(separator: ", "))); "
                    + "give a file, or a folder that 'sluice record' has written")
        }
        self.path = (path.hasSuffix("/") ? path : path + "/") + name
        let recorded = Framing.allCases.first { framing in
            RecordingForm.endings.contains { name == RecordingForm.stream(framing) + $0 }
        }
        // A stream of unknown framing has that name too.
        framing = recorded == .sse ? nil : recorded
    }
}
