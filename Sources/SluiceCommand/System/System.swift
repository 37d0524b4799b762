#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

// This folder has all that is unsafe in the command: POSIX calls, the signal handler, and the memory that output gathers in.
// Everything handed to a system call is a span or an array that outlives the call; nothing keeps a pointer. Every descriptor
// is opened with FD_CLOEXEC, so that a program that `sluice record` starts inherits none of them.

/// The system's reason for a call that failed.
struct SystemError: Error {
    let reason: String

    /// The error of this thread's last failed call.
    static var last: SystemError {
        // Contract: strerror's text is valid until this thread's next call of it, and is copied at once.
        SystemError(reason: unsafe strerror(errno).map { unsafe String(cString: $0) } ?? "error \(errno)")
    }
}

enum System {
    static var standardInput: Int32 { 0 }
    static var standardOutput: Int32 { 1 }
    static var standardError: Int32 { 2 }

    static func isTerminal(_ descriptor: Int32) -> Bool { isatty(descriptor) == 1 }

    /// A variable of the environment, nil where it is not set.
    static func environment(_ name: String) -> String? {
        // Contract: nothing here changes the environment, so the text stays valid while it is copied.
        unsafe getenv(name).map { unsafe String(cString: $0) }
    }

    /// Writes `line` and a line end, by one call where the system takes it at once: lines of several tasks stay apart.
    ///
    /// - Parameter patience: Drops the line when there is no room for it for that long; nil waits.
    static func writeLine(_ line: String, to descriptor: Int32, patience: Duration? = nil) {
        _ = write((line + "\n").utf8.span.raw, to: descriptor, patience: patience)
    }

    /// Writes all of `span`, however many calls that takes; once the user has asked to stop, what the reader still takes.
    ///
    /// - Parameter patience: How long the reader may take to make room; nil for ever.
    static func write(_ span: RawSpan, to descriptor: Int32, patience: Duration? = nil) -> OutputFailure? {
        // Contract: at most the span's own bytes from the pointer on are read, and only during the call.
        unsafe span.withUnsafeBytes { bytes in
            var written = 0
            while written < bytes.count {
                var most = bytes.count - written
                if let patience = Interrupt.isRequested ? lastPatience : patience {
                    guard isWritable(descriptor, within: patience) else { return .interrupted }
                    // A pipe that is writable takes that many bytes without waiting.
                    most = min(most, atomicBytes)
                }
                let count = unsafe Self.writeSome(descriptor, bytes.baseAddress.unsafelyUnwrapped + written, most)
                if count >= 0 {
                    written += count
                    continue
                }
                switch errno {
                case EINTR: continue
                case EAGAIN: Self.wait(for: descriptor, Int16(POLLOUT))
                case EPIPE: return .closed
                default: return .refused(SystemError.last.reason)
                }
            }
            return nil
        }
    }

    /// How long a reader may take to make room once the user has asked to stop.
    private static var lastPatience: Duration { .milliseconds(250) }

    /// POSIX's least PIPE_BUF.
    private static var atomicBytes: Int { 512 }

    private static func isWritable(_ descriptor: Int32, within limit: Duration) -> Bool {
        var waits = [pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)]
        let end = ContinuousClock.now + limit
        while true {
            let rest = milliseconds(end - .now)
            // Contract: the array holds the one entry that the count says.
            let count = unsafe waits.withUnsafeMutableBufferPointer { unsafe poll($0.baseAddress, 1, rest) }
            if count >= 0 || errno != EINTR { return count > 0 }
        }
    }

    /// write(2).
    @unsafe
    static func writeSome(_ descriptor: Int32, _ start: UnsafeRawPointer?, _ count: Int) -> Int {
        #if canImport(Glibc)
        unsafe Glibc.write(descriptor, start, count)
        #elseif canImport(Musl)
        unsafe Musl.write(descriptor, start, count)
        #elseif canImport(Darwin)
        unsafe Darwin.write(descriptor, start, count)
        #endif
    }

    /// Waits until `descriptor` is ready, or the user has asked to stop.
    ///
    /// - Parameter limit: How long at most; nil for ever.
    /// - Returns: false where the time has passed.
    @discardableResult
    static func wait(for descriptor: Int32, _ events: Int16, within limit: Duration? = nil) -> Bool {
        var waits = [
            pollfd(fd: descriptor, events: events, revents: 0),
            pollfd(fd: Interrupt.wakeDescriptor, events: Int16(POLLIN), revents: 0),
        ]
        // Contract: the array holds the two entries that the count says. An early return (EINTR) only means to look again.
        return unsafe waits.withUnsafeMutableBufferPointer { unsafe poll($0.baseAddress, 2, milliseconds(limit)) } != 0
    }

    /// Which of several descriptors are ready; waits until one is, `limit` has passed, or the user asks to stop.
    static func ready(_ waits: [Wait], within limit: Duration?) -> [Bool] {
        var waits = (waits + [.readable(Interrupt.wakeDescriptor)]).map {
            pollfd(fd: $0.descriptor, events: $0.events, revents: 0)
        }
        // Contract: the array holds as many entries as the count says.
        _ = unsafe waits.withUnsafeMutableBufferPointer {
            unsafe poll($0.baseAddress, nfds_t($0.count), milliseconds(limit))
        }
        return waits.dropLast().map { $0.revents != 0 }
    }

    /// Waits for `time`, or until the user asks to stop.
    static func pause(_ time: Duration) {
        wait(for: -1, 0, within: time)
    }

    /// Waits for `time` even if the user has asked to stop; a signal may end the wait early.
    static func sleep(_ time: Duration) {
        _ = poll(nil, 0, milliseconds(time))
    }

    /// Rounded up, so that a wait is never too short; -1 for ever.
    private static func milliseconds(_ limit: Duration?) -> Int32 {
        guard let limit, limit > .zero else { return limit == nil ? -1 : 0 }
        let (seconds, rest) = limit.components
        return Int32(clamping: min(seconds, 1_000_000) * 1000 + (rest + 999_999_999_999_999) / 1_000_000_000_000_000)
    }

    /// The descriptor under a number that is none of the standard ones, which may have been closed: a pipe in place of
    /// standard input would be read from.
    static func aboveStandard(_ descriptor: Int32) -> Int32 {
        guard (0...2).contains(descriptor) else { return descriptor }
        let moved = fcntl(descriptor, F_DUPFD_CLOEXEC, 3)
        close(descriptor)
        return moved
    }

    /// Opens a file, which may be one to create; a program that is started does not inherit it.
    static func open(_ path: String, _ flags: Int32) throws(SystemError) -> Int32 {
        let readableAndWritable: mode_t = 0o666  // the user's umask takes from it
        while true {
            #if canImport(Glibc)
            let descriptor = unsafe Glibc.open(path, flags | O_CLOEXEC, readableAndWritable)
            #elseif canImport(Musl)
            let descriptor = unsafe Musl.open(path, flags | O_CLOEXEC, readableAndWritable)
            #elseif canImport(Darwin)
            let descriptor = unsafe Darwin.open(path, flags | O_CLOEXEC, readableAndWritable)
            #endif
            if descriptor >= 0 { return aboveStandard(descriptor) }
            if errno != EINTR || Interrupt.isRequested { throw SystemError.last }
        }
    }

    /// A pipe's ends, which a program that is started does not inherit.
    static func pipe() throws(SystemError) -> (read: Int32, write: Int32) {
        var ends: [Int32] = [-1, -1]
        // Contract: the call fills in both entries.
        let result = unsafe ends.withUnsafeMutableBufferPointer {
            #if canImport(Glibc)
            unsafe Glibc.pipe($0.baseAddress)
            #elseif canImport(Musl)
            unsafe Musl.pipe($0.baseAddress)
            #elseif canImport(Darwin)
            unsafe Darwin.pipe($0.baseAddress)
            #endif
        }
        if result != 0 { throw SystemError.last }
        // pipe2(2) is not everywhere. Only one thread of this command starts programs, and it is here.
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        return (aboveStandard(ends[0]), aboveStandard(ends[1]))
    }
}
