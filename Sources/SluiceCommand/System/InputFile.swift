import Sluice

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// A file, a pipe or a terminal that is read from its beginning to its end.
struct InputFile: ~Copyable {
    private let descriptor: Int32
    private let isOwned: Bool
    /// Bytes of a regular file; nil for what has no size, such as a pipe.
    let size: Int?

    /// Opens the file of that path; `-` is standard input.
    init(_ path: String) throws(SystemError) {
        isOwned = path != "-"
        descriptor = isOwned ? try System.open(path, O_RDONLY) : System.standardInput
        var status = stat()
        // Contract: the system fills in one `stat`.
        let known = unsafe fstat(descriptor, &status) == 0
        size = known && status.st_mode & S_IFMT == S_IFREG ? Int(status.st_size) : nil
    }

    deinit {
        if isOwned { close(descriptor) }
    }

    /// Takes over an open descriptor that has no size, such as a pipe's end.
    init(descriptor: Int32) {
        isOwned = true
        self.descriptor = descriptor
        size = nil
    }

    /// The text of a small file: at most `limit` bytes of it.
    static func text(of path: String, upTo limit: Int) throws(SystemError) -> String {
        let file = try InputFile(path)
        var text: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 64 << 10)
        while text.count < limit, case let count = try file.read(into: &buffer), count > 0 {
            text += buffer[..<count]
        }
        return String(decoding: text.prefix(limit), as: UTF8.self)
    }

    /// Waits until there is something to read, or no more data can arrive; false where `limit` passes before.
    func isReady(within limit: Duration?) -> Bool {
        size != nil || System.wait(for: descriptor, Int16(POLLIN), within: limit)
    }

    /// The descriptor, for ``System/ready(_:within:)``.
    var number: Int32 { descriptor }

    /// Bytes of a regular file as it is now; nil for what has no size.
    var currentSize: Int? {
        guard size != nil else { return nil }
        var status = stat()
        // Contract: the system fills in one `stat`.
        return unsafe fstat(descriptor, &status) == 0 ? Int(status.st_size) : nil
    }

    /// Reads what there is into the front of `buffer`: at least one byte, 0 only at the end or when the user asked to stop.
    func read(into buffer: inout [UInt8]) throws(SystemError) -> Int {
        do {
            // Contract: read(2) writes at most the buffer's own count of bytes.
            return try unsafe buffer.withUnsafeMutableBytes { unsafe try read(into: $0) }
        } catch let error as SystemError {
            throw error
        } catch {
            throw SystemError(reason: "\(error)")
        }
    }

    /// Reads what there is into the parser's own ring, up to `count` bytes.
    func read(_ count: Int, into parser: inout StreamParser) throws(SystemError) -> Int {
        // Contract: read(2) writes no more than the room it is given, and its result is how much it wrote.
        try unsafe parser.fill(count) { space throws(SystemError) in unsafe try read(into: space) }
    }

    @unsafe
    private func read(into space: UnsafeMutableRawBufferPointer) throws(SystemError) -> Int {
        while true {
            // A file is always ready. Elsewhere a Ctrl-C between the question and read(2) would go unnoticed, so both the
            // input and the handler's pipe are waited for.
            if size == nil { System.wait(for: descriptor, Int16(POLLIN)) }
            if Interrupt.isRequested { return 0 }
            #if canImport(Glibc)
            let count = unsafe Glibc.read(descriptor, space.baseAddress, space.count)
            #elseif canImport(Musl)
            let count = unsafe Musl.read(descriptor, space.baseAddress, space.count)
            #elseif canImport(Darwin)
            let count = unsafe Darwin.read(descriptor, space.baseAddress, space.count)
            #endif
            if count >= 0 { return count }
            if errno != EINTR && errno != EAGAIN { throw SystemError.last }
        }
    }
}
