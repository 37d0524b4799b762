import Foundation

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

// The system calls that start another program and read what it prints. Foundation's own `Process` puts the program into
// a process group of its own, where it can neither be asked for a password nor be ended by Ctrl-C.

/// A running program whose standard output is read here; it shares everything else with this one.
struct ChildProcess: ~Copyable {
    private let identifier: pid_t
    let output: InputFile

    /// Starts `command`, whose first word is looked for on PATH.
    init(_ command: [String]) throws(SystemError) {
        var ends: [Int32] = [-1, -1]
        // Contract: pipe(2) fills in both entries.
        guard unsafe ends.withUnsafeMutableBufferPointer({ unsafe pipe($0.baseAddress) }) == 0 else {
            throw SystemError.last
        }
        let readEnd = System.aboveStandard(ends[0])
        let writeEnd = System.aboveStandard(ends[1])
        defer { close(writeEnd) }
        _ = fcntl(readEnd, F_SETFD, FD_CLOEXEC)
        _ = fcntl(writeEnd, F_SETFD, FD_CLOEXEC)
        do {
            identifier = try unsafe Self.spawn(command, standardOutput: writeEnd)
        } catch {
            close(readEnd)
            throw error
        }
        output = InputFile(descriptor: readEnd)
    }

    @unsafe
    private static func spawn(_ command: [String], standardOutput: Int32) throws(SystemError) -> pid_t {
        #if canImport(Darwin)
        var actions: posix_spawn_file_actions_t? = nil
        var attributes: posix_spawnattr_t? = nil
        #else
        var actions = unsafe posix_spawn_file_actions_t()
        var attributes = posix_spawnattr_t()
        #endif
        unsafe posix_spawn_file_actions_init(&actions)
        unsafe posix_spawnattr_init(&attributes)
        defer {
            unsafe posix_spawn_file_actions_destroy(&actions)
            unsafe posix_spawnattr_destroy(&attributes)
        }
        unsafe posix_spawn_file_actions_adddup2(&actions, standardOutput, System.standardOutput)
        // This command ignores SIGPIPE; what is ignored stays so across exec(3), and few programs expect that.
        var signals = sigset_t()
        unsafe sigemptyset(&signals)
        unsafe sigaddset(&signals, SIGPIPE)
        unsafe posix_spawnattr_setsigdefault(&attributes, &signals)
        unsafe posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGDEF))

        // Contract: both lists end with nil, their texts were made by strdup(3) and are freed below; posix_spawnp(3)
        // copies what it needs before it returns.
        let environment = ProcessInfo.processInfo.environment.map { "\($0.key)=\($0.value)" }
        var arguments = unsafe command.map { unsafe strdup($0) } + [nil]
        var variables = unsafe environment.map { unsafe strdup($0) } + [nil]
        defer {
            for index in command.indices { unsafe free(arguments[index]) }
            for index in environment.indices { unsafe free(variables[index]) }
        }
        var identifier: pid_t = 0
        let failure = unsafe posix_spawnp(&identifier, command[0], &actions, &attributes, &arguments, &variables)
        if failure != 0 {
            errno = failure
            throw SystemError.last
        }
        return identifier
    }

    /// Asks the program to end, as a closed terminal would.
    func terminate() { kill(identifier, SIGTERM) }

    /// Waits for the program's end.
    ///
    /// - Returns: What is to be said of it; nil where it ended with status 0.
    consuming func end() -> String? {
        var status: Int32 = 0
        // Contract: the system fills in one integer.
        while unsafe waitpid(identifier, &status, 0) < 0 {
            if errno != EINTR { return SystemError.last.reason }
        }
        let signal = status & 0x7F
        if signal != 0 { return "was ended by signal \(signal)" }
        let code = status >> 8 & 0xFF
        return code == 0 ? nil : "ended with status \(code)"
    }
}
