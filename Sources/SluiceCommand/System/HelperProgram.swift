import Foundation

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// A program that the command consists of besides itself, as `git` has its own.
///
/// It is looked for in the folder that `SLUICE_LIBEXEC` names, where that is set; else in `../libexec/sluice` beside the
/// command's folder, in that folder, and on PATH.
struct HelperProgram {
    let name: String
    private let folders: [String]

    init(_ name: String) {
        self.name = name
        if let folder = System.environment("SLUICE_LIBEXEC"), !folder.isEmpty {
            folders = [folder]
            return
        }
        let command = Bundle.main.executableURL?.resolvingSymlinksInPath().deletingLastPathComponent()
        let beside = command.map { [$0.deletingLastPathComponent().path + "/libexec/sluice", $0.path] } ?? []
        folders = beside + (System.environment("PATH") ?? "").split(separator: ":").map(String.init)
    }

    /// Where the program is looked for, in words.
    var places: [String] { Array(folders.prefix(2)) + (folders.count > 2 ? ["PATH"] : []) }

    /// The program's path; nil where it is not found.
    var path: String? {
        folders.lazy.map { $0 + "/" + name }.first { FileManager.default.isExecutableFile(atPath: $0) }
    }

    /// Runs the program in this process, so that it gets the signals. Returns only where it cannot be run.
    static func replaceThisProcess(by path: String, arguments: [String]) -> SystemError {
        unsafe execute(path, [path] + arguments)
        return .last
    }

    /// execv(3): returns only where the program cannot be run.
    @unsafe
    private static func execute(_ path: String, _ arguments: [String]) {
        // Contract: the list ends with nil; its texts were made by strdup(3) and are freed below; execv(3) copies them.
        var texts = unsafe arguments.map { unsafe strdup($0) } + [nil]
        // What is ignored stays so across exec(3), and few programs expect that.
        let previous = signal(SIGPIPE, SIG_DFL)
        unsafe execv(path, &texts)
        let reason = errno
        _ = signal(SIGPIPE, previous)
        for index in arguments.indices { unsafe free(texts[index]) }
        errno = reason
    }
}
