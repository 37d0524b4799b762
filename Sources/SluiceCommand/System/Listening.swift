#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// Why no server can listen at a port of 127.0.0.1.
enum ListeningProblem {
    case inUse
    case forbidden
    /// The system's own reason.
    case other(String)

    /// Asks the system; nil where a server could listen now.
    static func find(at port: Int) -> ListeningProblem? {
        #if canImport(Glibc)
        let stream = Int32(SOCK_STREAM.rawValue)
        #else
        let stream = SOCK_STREAM
        #endif
        let descriptor = socket(AF_INET, stream, 0)
        guard descriptor >= 0 else { return .other(SystemError.last.reason) }
        defer { close(descriptor) }
        _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
        var reuses: Int32 = 1
        // Contract: both calls read a structure of the length that they are given, and only during the call.
        _ = unsafe setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &reuses, socklen_t(MemoryLayout<Int32>.size))
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(truncatingIfNeeded: port).bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        let length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isBound = unsafe withUnsafePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe bind(descriptor, $0, length) == 0
            }
        }
        if isBound && listen(descriptor, 1) == 0 { return nil }
        switch errno {
        case EADDRINUSE: return .inUse
        case EACCES, EPERM: return .forbidden
        default: return .other(SystemError.last.reason)
        }
    }
}
