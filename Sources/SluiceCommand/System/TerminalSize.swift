#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

extension System {
    /// Columns of the terminal at `descriptor`; nil for what is no terminal, or one of unknown size.
    static func columns(of descriptor: Int32) -> Int? {
        var size = winsize()
        // Contract: the system fills in one `winsize`.
        guard unsafe ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return nil }
        return Int(size.ws_col)
    }
}

/// What a screen can show.
struct Screen {
    /// Columns; 80 where nothing says otherwise.
    let columns: Int
    /// Lines have to fit: it is a terminal, or the environment says how wide it is.
    let isBounded: Bool
    /// Only ASCII is certain to be shown: the terminal is dumb, or the locale is not UTF-8.
    let isASCII: Bool

    /// Of standard output, by the environment.
    static var current: Screen {
        let columns = System.columns(of: System.standardOutput) ?? System.environment("COLUMNS").flatMap { Int($0) }
        let names = ["LC_ALL", "LC_CTYPE", "LANG"]
        let locale = names.compactMap { System.environment($0) }.first { !$0.isEmpty } ?? ""
        let isUTF8 = ["utf-8", "utf8"].contains {
            locale.lowercased().hasSuffix($0) || locale.lowercased().contains($0 + "@")
        }
        return Screen(
            columns: max(40, min(columns ?? 80, 1000)), isBounded: columns != nil,
            isASCII: !isUTF8 || System.environment("TERM") == "dumb")
    }
}
