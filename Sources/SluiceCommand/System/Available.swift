#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

// Reads and writes of descriptors that never wait: the ends of pipes to a program that decodes an input.

extension Wait {
    /// There is something to read, or the other end is closed.
    static func readable(_ descriptor: Int32) -> Wait { Wait(descriptor: descriptor, events: Int16(POLLIN)) }

    /// There is room to write, or the other end is closed.
    static func writable(_ descriptor: Int32) -> Wait { Wait(descriptor: descriptor, events: Int16(POLLOUT)) }
}

extension System {
    static func makeNonBlocking(_ descriptor: Int32) {
        _ = fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) | O_NONBLOCK)
    }

    /// Reads what a non-blocking descriptor has.
    static func readAvailable(_ descriptor: Int32, into buffer: inout [UInt8]) throws(SystemError) -> Taken {
        while true {
            // Contract: read(2) writes at most the buffer's own count of bytes.
            let count = unsafe buffer.withUnsafeMutableBytes { space in
                #if canImport(Glibc)
                unsafe Glibc.read(descriptor, space.baseAddress, space.count)
                #elseif canImport(Musl)
                unsafe Musl.read(descriptor, space.baseAddress, space.count)
                #elseif canImport(Darwin)
                unsafe Darwin.read(descriptor, space.baseAddress, space.count)
                #endif
            }
            if count > 0 { return .bytes(count) }
            if count == 0 { return .end }
            switch errno {
            case EINTR: continue
            case EAGAIN: return .nothing
            default: throw SystemError.last
            }
        }
    }

    /// Writes as much of `bytes` as a non-blocking descriptor takes: `.nothing` where it is full, `.end` where the other end is closed.
    static func writeAvailable(_ bytes: ArraySlice<UInt8>, to descriptor: Int32) throws(SystemError) -> Taken {
        while true {
            // Contract: write(2) reads at most the slice's own count of bytes.
            let count = unsafe bytes.withUnsafeBytes { unsafe writeSome(descriptor, $0.baseAddress, $0.count) }
            if count >= 0 { return .bytes(count) }
            switch errno {
            case EINTR: continue
            case EAGAIN: return .nothing
            case EPIPE: return .end
            default: throw SystemError.last
            }
        }
    }

    /// Waits for the end of a program that this command has started.
    ///
    /// - Returns: Its status as waitpid(2) has it; nil where there is no such program.
    static func status(ofEnded program: pid_t) -> Int32? {
        var status: Int32 = 0
        while true {
            // Contract: the system fills in one integer.
            let ended = unsafe waitpid(program, &status, 0)
            if ended == program { return status }
            if errno != EINTR { return nil }
            // Its output has ended, so it does not stay long; once the user has asked to stop, not at all.
            if Interrupt.isRequested { kill(program, SIGKILL) }
        }
    }
}
