import Sluice

/// Finds the strings of a JSON document, as paths that `--text` takes. What is no JSON ends the search.
struct StringPaths {
    private let bytes: [UInt8]
    private var index = 0
    private var found: [(path: String, length: Int)] = []

    private static var mostDepth: Int { 64 }
    private static var mostFound: Int { 1000 }
    /// A longer path makes a message unreadable.
    private static var mostPathBytes: Int { 100 }
    /// Names that never have an answer's text: they are named behind all others.
    private static let bookkeeping: Set<String> = [
        "id", "object", "type", "model", "role", "created", "created_at", "timestamp", "system_fingerprint",
        "finish_reason", "request_id", "event", "status", "provider", "version", "name",
    ]

    private init(_ bytes: [UInt8]) { self.bytes = bytes }

    /// Up to `count` paths that have strings, the longest string first.
    static func longest(_ count: Int, of payload: RawSpan) -> [String] {
        let span = Span<UInt8>(_bytes: payload)
        var bytes: [UInt8] = []
        for index in span.indices { bytes.append(span[index]) }
        var search = StringPaths(bytes)
        search.skipSpace()
        guard search.next == 0x7B else { return [] }
        _ = search.value("", depth: 0)
        var best: [String: Int] = [:]
        for (path, length) in search.found { best[path] = max(length, best[path] ?? 0) }
        var order: [String] = []
        for (path, _) in search.found where !order.contains(path) { order.append(path) }
        let ranked = order.enumerated().sorted { one, other in
            let (first, second) = (isBookkeeping(one.element), isBookkeeping(other.element))
            if first != second { return second }
            let (length, otherLength) = (best[one.element] ?? 0, best[other.element] ?? 0)
            return length == otherLength ? one.offset < other.offset : length > otherLength
        }
        return ranked.prefix(count).map(\.element)
    }

    private static func isBookkeeping(_ path: String) -> Bool {
        bookkeeping.contains(path.split(separator: ".").last.map(String.init) ?? path)
    }

    private var next: UInt8? { index < bytes.count ? bytes[index] : nil }

    private mutating func skipSpace() {
        while let byte = next, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 { index += 1 }
    }

    /// Reads a value; false where the document ends or is no JSON.
    private mutating func value(_ path: String?, depth: Int) -> Bool {
        guard depth < Self.mostDepth, found.count < Self.mostFound else { return false }
        skipSpace()
        switch next {
        case 0x7B: return members(path, depth)
        case 0x5B: return elements(path, depth)
        case 0x22:
            guard let text = string() else { return false }
            if let path, !text.isEmpty, path.utf8.count <= Self.mostPathBytes { found.append((path, text.count)) }
            return true
        case nil: return false
        default:
            let start = index
            while let byte = next, !Self.endsWord(byte) { index += 1 }
            return index > start
        }
    }

    private static func endsWord(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x2C, 0x3A, 0x5B, 0x5D, 0x7B, 0x7D, 0x22, 0x20, 0x09, 0x0A, 0x0D: true
        default: false
        }
    }

    private mutating func members(_ path: String?, _ depth: Int) -> Bool {
        index += 1
        while true {
            skipSpace()
            if next == 0x7D { return pass() }
            guard next == 0x22, let name = string() else { return false }
            skipSpace()
            guard next == 0x3A else { return false }
            index += 1
            guard value(Self.joined(path, name), depth: depth + 1) else { return false }
            skipSpace()
            if next == 0x2C { index += 1 } else if next != 0x7D { return false }
        }
    }

    private mutating func elements(_ path: String?, _ depth: Int) -> Bool {
        index += 1
        let inside = path.map { $0 + "[]" }
        while true {
            skipSpace()
            if next == 0x5D { return pass() }
            guard value(inside, depth: depth + 1) else { return false }
            skipSpace()
            if next == 0x2C { index += 1 } else if next != 0x5D { return false }
        }
    }

    private mutating func pass() -> Bool {
        index += 1
        return true
    }

    /// The path of a member; nil where a path cannot say its name.
    private static func joined(_ path: String?, _ name: ArraySlice<UInt8>) -> String? {
        guard let path, !name.isEmpty, path.utf8.count <= mostPathBytes else { return nil }
        for byte in name where byte <= 0x20 || [0x22, 0x27, 0x2E, 0x5B, 0x5C, 0x5D, 0x7F].contains(byte) { return nil }
        let text = String(decoding: name, as: UTF8.self)
        return path.isEmpty ? text : path + "." + text
    }

    /// The bytes between the quotes, with their escapes; nil where there is no closing one.
    private mutating func string() -> ArraySlice<UInt8>? {
        index += 1
        let start = index
        while let byte = next, byte != 0x22 { index += byte == 0x5C ? 2 : 1 }
        guard index < bytes.count else { return nil }
        defer { index += 1 }
        return bytes[start..<index]
    }
}
