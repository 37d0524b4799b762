import Foundation

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

// Paths are passed as C strings that the system reads during the call only.

/// What a path names, without following a symbolic link.
enum PathKind {
    case file
    case folder
    case link
    case other

    /// The kind, for messages.
    var words: String {
        switch self {
        case .file: "a file"
        case .folder: "a folder"
        case .link: "a symbolic link"
        case .other: "neither a file nor a folder"
        }
    }
}

extension System {
    /// What `path` names; nil where nothing is there.
    static func kind(of path: String) -> PathKind? {
        var status = stat()
        // Contract: the system fills in one `stat`.
        guard unsafe lstat(path, &status) == 0 else { return nil }
        switch status.st_mode & S_IFMT {
        case S_IFREG: return .file
        case S_IFDIR: return .folder
        case S_IFLNK: return .link
        default: return .other
        }
    }

    /// Whether `path` names a folder, or a symbolic link to one.
    static func isFolder(_ path: String) -> Bool {
        var status = stat()
        // Contract: the system fills in one `stat`.
        return unsafe stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
    }

    /// Whether `path` names a regular file, or a symbolic link to one.
    static func isRegularFile(_ path: String) -> Bool {
        var status = stat()
        // Contract: the system fills in one `stat`.
        return unsafe stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFREG
    }

    /// The names in a folder, sorted; none where it cannot be read.
    static func names(in folder: String) -> [String] {
        ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).sorted()
    }

    /// Gives a file its name, in place of a file that has it.
    static func rename(_ source: String, to target: String) throws(SystemError) {
        #if canImport(Glibc)
        let result = unsafe Glibc.rename(source, target)
        #elseif canImport(Musl)
        let result = unsafe Musl.rename(source, target)
        #elseif canImport(Darwin)
        let result = unsafe Darwin.rename(source, target)
        #endif
        if result != 0 { throw SystemError.last }
    }

    /// Removes a file.
    static func removeFile(_ path: String) throws(SystemError) {
        if unsafe unlink(path) != 0 { throw SystemError.last }
    }

    /// Removes a folder if it is empty.
    static func removeEmptyFolder(_ path: String) { _ = unsafe rmdir(path) }
}

/// A file that did not exist before, locked as long as it is open.
struct NewFile: ~Copyable {
    let descriptor: Int32

    /// Creates the file.
    ///
    /// - Throws: The system's reason, also where something has that name already.
    init(_ path: String) throws(SystemError) {
        descriptor = try System.open(path, O_WRONLY | O_CREAT | O_EXCL)
        _ = flock(descriptor, LOCK_EX | LOCK_NB)
    }

    deinit { close(descriptor) }

    /// Whether another process has the file open as a ``NewFile``.
    static func isBeingWritten(_ path: String) -> Bool {
        guard let descriptor = try? System.open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK) else { return false }
        defer { close(descriptor) }
        // The lock is released with the descriptor. A file system without locks refuses for another reason.
        return flock(descriptor, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK
    }
}
