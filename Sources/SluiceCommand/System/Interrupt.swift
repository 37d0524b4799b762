import Synchronization

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// SIGINT (Ctrl-C), SIGTERM and SIGHUP ask to stop: the first ends the work in good order, a second of the same kind ends it
/// at once.
///
/// A system call that a signal finds waiting returns EINTR, and its caller looks at ``isRequested``. A signal may also come
/// between that look and the call. So a wait for input or output includes ``wakeDescriptor``; and for the calls that wait for
/// one thing only, write(2) and waitpid(2), the handler sets an alarm that interrupts them a second later, and again.
enum Interrupt {
    private static let first = Atomic<Int32>(0)
    private static let readEnd = Atomic<Int32>(-1)
    private static let writeEnd = Atomic<Int32>(-1)

    /// The user has asked to stop.
    static var isRequested: Bool { signal != 0 }

    /// The first signal that asked to stop; 0 where none has.
    static var signal: Int32 { first.load(ordering: .relaxed) }

    /// Is readable from the first signal on, so that a wait for input ends; -1 before ``install()``.
    static var wakeDescriptor: Int32 { readEnd.load(ordering: .relaxed) }

    /// Takes over the signals, and ignores SIGPIPE: write(2) reports a closed pipe.
    static func install() {
        // Without a pipe a signal still ends the wait by EINTR.
        if let ends = try? System.pipe() {
            readEnd.store(ends.read, ordering: .relaxed)
            writeEnd.store(ends.write, ordering: .relaxed)
        }
        handle(SIGALRM, flags: 0) { _ in alarm(1) }
        // Contract: the handler does only what may be done in one: lock-free stores to what is initialised above, write(2),
        // alarm(2), and it leaves errno as it was. The pipe has room for a byte from each signal that it can get.
        let handler: @convention(c) (Int32) -> Void = { number in
            let before = errno
            _ = Interrupt.first.compareExchange(expected: 0, desired: number, ordering: .relaxed)
            var byte: UInt8 = 0
            #if canImport(Glibc)
            _ = unsafe Glibc.write(Interrupt.writeEnd.load(ordering: .relaxed), &byte, 1)
            #elseif canImport(Musl)
            _ = unsafe Musl.write(Interrupt.writeEnd.load(ordering: .relaxed), &byte, 1)
            #elseif canImport(Darwin)
            _ = unsafe Darwin.write(Interrupt.writeEnd.load(ordering: .relaxed), &byte, 1)
            #endif
            alarm(1)
            errno = before
        }
        for number in signals where number == SIGINT || !isIgnored(number) {
            handle(number, flags: Int32(truncatingIfNeeded: UInt32(truncatingIfNeeded: SA_RESETHAND)), handler)
        }
        // Whoever spawns from a thread that blocks signals hands the block on; the user could not stop the command.
        var set = sigset_t()
        _ = unsafe sigemptyset(&set)
        for number in signals + [SIGALRM] { _ = unsafe sigaddset(&set, number) }
        _ = unsafe sigprocmask(SIG_UNBLOCK, &set, nil)
        #if canImport(Glibc)
        _ = Glibc.signal(SIGPIPE, SIG_IGN)
        #elseif canImport(Musl)
        _ = Musl.signal(SIGPIPE, SIG_IGN)
        #elseif canImport(Darwin)
        _ = Darwin.signal(SIGPIPE, SIG_IGN)
        #endif
    }

    private static var signals: [Int32] { [SIGINT, SIGTERM, SIGHUP] }

    /// Without SA_RESTART: a call that waits must return.
    private static func handle(_ number: Int32, flags: Int32, _ handler: @escaping @convention(c) (Int32) -> Void) {
        // Contract: the structure is the caller's and outlives the call.
        var action = sigaction()
        #if canImport(Darwin)
        action.__sigaction_u = __sigaction_u(__sa_handler: handler)
        #else
        action.__sigaction_handler = .init(sa_handler: handler)
        #endif
        action.sa_flags = flags
        _ = unsafe sigaction(number, &action, nil)
    }

    /// SIGHUP asks to stop too.
    static var heedsHangUp: Bool { !isIgnored(SIGHUP) }

    /// Whoever has started the command wants the signal ignored, as nohup(1) does with SIGHUP.
    private static func isIgnored(_ number: Int32) -> Bool {
        var action = sigaction()
        // Contract: the system fills in the structure.
        guard unsafe sigaction(number, nil, &action) == 0 else { return false }
        #if canImport(Darwin)
        let handler = unsafe action.__sigaction_u.__sa_handler
        #else
        let handler = unsafe action.__sigaction_handler.sa_handler
        #endif
        return unsafe unsafeBitCast(handler, to: Int.self) == unsafeBitCast(SIG_IGN, to: Int.self)
    }
}
