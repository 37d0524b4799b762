import Synchronization

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// Ctrl-C asks to stop: the first ends the work in good order, a second one ends it at once.
enum Interrupt {
    private static let flag = Atomic<Bool>(false)
    private static let readEnd = Atomic<Int32>(-1)
    private static let writeEnd = Atomic<Int32>(-1)

    /// The user has asked to stop.
    static var isRequested: Bool { flag.load(ordering: .relaxed) }

    /// Becomes readable with the signal, so that a wait for input ends; -1 before ``install()``.
    static var wakeDescriptor: Int32 { readEnd.load(ordering: .relaxed) }

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
