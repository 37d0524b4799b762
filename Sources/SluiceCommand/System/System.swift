import Sluice
import Synchronization

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

// All that is unsafe in the command: POSIX calls, the signal handler, and the memory that output gathers in. Everything
// handed to a system call is a span or an array that outlives the call; nothing keeps a pointer.

/// What a system call refused, in the system's words.
struct SystemError: Error {
    let reason: String

    /// The error that the last call of this thread left behind.
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
    static func writeLine(_ line: String, to descriptor: Int32) {
        _ = write((line + "\n").utf8.span.raw, to: descriptor)
    }

    /// Writes all of `span`, however many calls that takes.
    static func write(_ span: RawSpan, to descriptor: Int32) -> OutputFailure? {
        // Contract: at most the span's own bytes behind the pointer are read, and only during the call.
        unsafe span.withUnsafeBytes { bytes in
            var written = 0
            while written < bytes.count {
                let count = unsafe Self.writeSome(
                    descriptor, bytes.baseAddress.unsafelyUnwrapped + written, bytes.count - written)
                if count >= 0 {
                    written += count
                    continue
                }
                switch errno {
                case EINTR: if Interrupt.isRequested { return .interrupted }
                case EAGAIN: Self.wait(for: descriptor, Int16(POLLOUT))
                case EPIPE: return .closed
                default: return .refused(SystemError.last.reason)
                }
            }
            return nil
        }
    }

    @unsafe
    private static func writeSome(_ descriptor: Int32, _ start: UnsafeRawPointer, _ count: Int) -> Int {
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
    fileprivate static func wait(for descriptor: Int32, _ events: Int16, within limit: Duration? = nil) -> Bool {
        var waits = [
            pollfd(fd: descriptor, events: events, revents: 0),
            pollfd(fd: Interrupt.wakeDescriptor, events: Int16(POLLIN), revents: 0),
        ]
        // Contract: the array holds the two entries that the count says. An early return (EINTR) only means to look again.
        return unsafe waits.withUnsafeMutableBufferPointer { unsafe poll($0.baseAddress, 2, milliseconds(limit)) } != 0
    }

    /// Which of several descriptors can be read; waits until one can, `limit` has passed, or the user asks to stop.
    static func ready(_ descriptors: [Int32], within limit: Duration?) -> [Bool] {
        var waits = (descriptors + [Interrupt.wakeDescriptor]).map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
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
}

// MARK: Input

/// A file, a pipe or a terminal that is read from its beginning to its end.
struct InputFile: ~Copyable {
    private let descriptor: Int32
    private let isOwned: Bool
    /// Bytes of a regular file; nil for what has no size, such as a pipe.
    let size: Int?

    /// Opens the file of that path; `-` is standard input.
    init(_ path: String) throws(SystemError) {
        isOwned = path != "-"
        descriptor = isOwned ? try Self.open(path) : System.standardInput
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

    private static func open(_ path: String) throws(SystemError) -> Int32 {
        while true {
            #if canImport(Glibc)
            let descriptor = unsafe Glibc.open(path, O_RDONLY | O_CLOEXEC)
            #elseif canImport(Musl)
            let descriptor = unsafe Musl.open(path, O_RDONLY | O_CLOEXEC)
            #elseif canImport(Darwin)
            let descriptor = unsafe Darwin.open(path, O_RDONLY | O_CLOEXEC)
            #endif
            if descriptor >= 0 { return descriptor }
            if errno != EINTR || Interrupt.isRequested { throw SystemError.last }
        }
    }

    /// Waits until there is something to read, or it is certain that nothing comes; false where `limit` passes before.
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

// MARK: Signals

/// Ctrl-C asks to stop: the first ends the work in good order, a second one ends it at once.
enum Interrupt {
    private static let flag = Atomic<Bool>(false)
    private static let readEnd = Atomic<Int32>(-1)
    private static let writeEnd = Atomic<Int32>(-1)

    /// The user has asked to stop.
    static var isRequested: Bool { flag.load(ordering: .relaxed) }

    /// Becomes readable with the signal, so that a wait for input ends; -1 before ``install()``.
    fileprivate static var wakeDescriptor: Int32 { readEnd.load(ordering: .relaxed) }

    /// Takes over SIGINT, and ignores SIGPIPE: a closed pipe is told by write(2).
    static func install() {
        var ends: [Int32] = [-1, -1]
        // Contract: pipe(2) fills in both entries. Without a pipe a Ctrl-C still ends the wait by EINTR.
        _ = unsafe ends.withUnsafeMutableBufferPointer { unsafe pipe($0.baseAddress) }
        readEnd.store(System.aboveStandard(ends[0]), ordering: .relaxed)
        writeEnd.store(System.aboveStandard(ends[1]), ordering: .relaxed)
        flag.store(false, ordering: .relaxed)
        // Contract: the handler does only what may be done in one: lock-free stores to what is initialised above, write(2),
        // and it leaves errno as it was.
        let handler: @convention(c) (Int32) -> Void = { _ in
            let before = errno
            Interrupt.flag.store(true, ordering: .relaxed)
            var byte: UInt8 = 0
            #if canImport(Glibc)
            _ = unsafe Glibc.write(Interrupt.writeEnd.load(ordering: .relaxed), &byte, 1)
            #elseif canImport(Musl)
            _ = unsafe Musl.write(Interrupt.writeEnd.load(ordering: .relaxed), &byte, 1)
            #elseif canImport(Darwin)
            _ = unsafe Darwin.write(Interrupt.writeEnd.load(ordering: .relaxed), &byte, 1)
            #endif
            errno = before
        }
        // Contract: the structure is the caller's and outlives the call. No SA_RESTART: a call that waits shall return.
        var action = sigaction()
        #if canImport(Darwin)
        action.__sigaction_u = __sigaction_u(__sa_handler: handler)
        #else
        action.__sigaction_handler = .init(sa_handler: handler)
        #endif
        action.sa_flags = Int32(truncatingIfNeeded: UInt32(truncatingIfNeeded: SA_RESETHAND))
        _ = unsafe sigaction(SIGINT, &action, nil)
        // Whoever spawns from a thread that blocks signals hands the block on; the user could not stop the command.
        var signals = sigset_t()
        _ = unsafe sigemptyset(&signals)
        _ = unsafe sigaddset(&signals, SIGINT)
        _ = unsafe sigprocmask(SIG_UNBLOCK, &signals, nil)
        _ = signal(SIGPIPE, SIG_IGN)
    }
}

// MARK: Memory

extension Span<UInt8> {
    /// The same bytes without a type.
    var raw: RawSpan {
        // Contract: a UInt8 has no padding, so every byte of the span is initialised.
        @_lifetime(copy self) get { unsafe bytes }
    }
}

/// Bytes one behind the other, in memory that only grows: appending a few of them costs a few nanoseconds.
///
/// Contract: `base` is valid for `capacity` bytes, of which the first `count` are initialised; `reserve` comes before
/// each write.
@safe
struct ByteStore: ~Copyable {
    private var base: UnsafeMutableRawPointer
    private var capacity = 4096
    private(set) var count = 0

    init() {
        unsafe base = UnsafeMutableRawPointer.allocate(byteCount: capacity, alignment: 16)
    }

    deinit {
        unsafe base.deallocate()
    }

    var last: UInt8? { count == 0 ? nil : unsafe base.load(fromByteOffset: count - 1, as: UInt8.self) }

    var span: RawSpan {
        @_lifetime(borrow self)
        get {
            let bytes = unsafe UnsafeRawBufferPointer(start: base, count: count)
            return unsafe _overrideLifetime(RawSpan(_unsafeBytes: bytes), borrowing: self)
        }
    }

    mutating func removeAll() { count = 0 }

    var isEmpty: Bool { count == 0 }

    var copy: [UInt8] { (0..<count).map { unsafe base.load(fromByteOffset: $0, as: UInt8.self) } }

    /// There is a line's end.
    var hasLine: Bool { unsafe memchr(base, 0x0A, count) != nil }

    /// Hands over whole lines without their ends, and with `all` what is behind the last; keeps the rest.
    mutating func takeLines(all: Bool, _ body: (RawSpan) -> Void) {
        var start = 0
        while start < count {
            let end = unsafe memchr(base + start, 0x0A, count - start).map { unsafe UnsafeMutableRawPointer($0) - base }
            guard let line = end ?? (all ? count : nil) else { break }
            body(span.extracting(start..<line))
            start = line + 1
        }
        let rest = max(0, count - start)
        unsafe base.copyMemory(from: base + min(start, count), byteCount: rest)
        count = rest
    }

    @inline(__always)
    mutating func append(byte: UInt8) {
        reserve(1)
        unsafe base.storeBytes(of: byte, toByteOffset: count, as: UInt8.self)
        count += 1
    }

    @inline(__always)
    mutating func append(_ text: StaticString) {
        let length = text.utf8CodeUnitCount
        reserve(length)
        unsafe (base + count).copyMemory(from: text.utf8Start, byteCount: length)
        count += length
    }

    @inline(__always)
    mutating func append(_ bytes: RawSpan) {
        let length = bytes.byteCount
        guard length > 0 else { return }
        reserve(length)
        unsafe bytes.withUnsafeBytes { source in
            unsafe (base + count).copyMemory(from: source.baseAddress.unsafelyUnwrapped, byteCount: length)
        }
        count += length
    }

    @inline(__always)
    private mutating func reserve(_ bytes: Int) {
        if capacity - count < bytes { grow(by: bytes) }
    }

    @inline(never)
    private mutating func grow(by bytes: Int) {
        var wanted = capacity
        while wanted - count < bytes { wanted *= 2 }
        let larger = UnsafeMutableRawPointer.allocate(byteCount: wanted, alignment: 16)
        unsafe larger.copyMemory(from: base, byteCount: count)
        unsafe base.deallocate()
        unsafe base = larger
        capacity = wanted
    }
}
