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

/// A running program whose standard output is read here.
///
/// It shares standard input, standard error and the terminal with this command, and has no descriptor that this command
/// opened: all are close-on-exec. Descriptors that the command's own caller passed on stay open, as with env(1) or time(1):
/// `sluice record -- curl -H @<(…)` depends on that.
struct ChildProcess: ~Copyable {
    private let identifier: pid_t
    let output: InputFile

    /// Starts `command`, whose first word is looked for on PATH.
    ///
    /// - Parameter input: What the program reads from standard input in place of this command's. It has to read all of it
    ///   before it prints more than a pipe holds.
    init(_ command: [String], input: String? = nil) throws(SystemError) {
        let ends = try System.pipe()
        defer { close(ends.write) }
        do throws(SystemError) {
            let source = input == nil ? nil : try System.pipe()
            defer {
                if let source {
                    close(source.read)
                    close(source.write)
                }
            }
            identifier = try Self.spawn(command, input: source?.read, output: ends.write)
            // A program that does not read all of it says why by its status.
            if let source, let input { _ = System.write(input.utf8.span.raw, to: source.write) }
        } catch {
            close(ends.read)
            throw error
        }
        output = InputFile(descriptor: ends.read)
    }

    /// Starts `command`, whose first word is looked for on PATH.
    ///
    /// - Parameters:
    ///   - input: The program's standard input; nil for that of this command.
    ///   - errors: Its standard error; nil for that of this command.
    static func spawn(
        _ command: [String], input: Int32? = nil, output: Int32, errors: Int32? = nil
    ) throws(SystemError) -> pid_t {
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
        if let input { unsafe posix_spawn_file_actions_adddup2(&actions, input, System.standardInput) }
        unsafe posix_spawn_file_actions_adddup2(&actions, output, System.standardOutput)
        if let errors { unsafe posix_spawn_file_actions_adddup2(&actions, errors, System.standardError) }
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

    /// How long the program may take to end once it was asked to.
    private static var lastPatience: Duration { .seconds(2) }

    /// Waits for the program's end; once the user has asked to stop, asks the program too, and later ends it.
    ///
    /// - Returns: What is to be said of it; nil where it ended with status 0.
    consuming func end() -> String? {
        var status: Int32 = 0
        var deadline: ContinuousClock.Instant?
        while true {
            if Interrupt.isRequested {
                // As a closed terminal would ask.
                if deadline == nil { kill(identifier, SIGTERM) }
                let end = deadline ?? .now + Self.lastPatience
                if ContinuousClock.now > end { kill(identifier, SIGKILL) }
                deadline = end
            }
            // Contract: the system fills in one integer.
            let ended = unsafe waitpid(identifier, &status, deadline == nil ? 0 : WNOHANG)
            if ended == identifier { break }
            if ended < 0 && errno != EINTR { return SystemError.last.reason }
            if deadline != nil { System.sleep(.milliseconds(10)) }
        }
        let signal = status & 0x7F
        if signal != 0 { return "was ended by signal \(signal)" }
        let code = status >> 8 & 0xFF
        return code == 0 ? nil : "ended with status \(code)"
    }
}
