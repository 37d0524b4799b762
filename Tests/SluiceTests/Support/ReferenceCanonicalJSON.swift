@testable import Sluice

/// The canonical form the plain way: each value by itself, copied into what holds it, by recursion.
struct ReferenceCanonicalJSON {
    private let text: [UInt8]
    private var at = 0

    /// The canonical form, nil for what is no JSON. Not for deep documents: it recurses, and copies a byte at each level.
    static func form(of text: [UInt8]) -> [UInt8]? {
        var reader = ReferenceCanonicalJSON(text: text)
        guard let value = reader.value() else { return nil }
        reader.skipSpace()
        return reader.at == text.count ? value : nil
    }

    private init(text: [UInt8]) { self.text = text }

    private var byte: UInt8 { at < text.count ? text[at] : 0 }

    private mutating func skipSpace() {
        while at < text.count, " \t\r\n".utf8.contains(text[at]) { at += 1 }
    }

    private mutating func value() -> [UInt8]? {
        skipSpace()
        switch byte {
        case UInt8(ascii: "{"): return object()
        case UInt8(ascii: "["): return array()
        case UInt8(ascii: "\""): return string().map(Self.quoted)
        default:
            let start = at
            while at < text.count, !",]} \t\r\n".utf8.contains(text[at]) { at += 1 }
            return at > start ? Array(text[start..<at]) : nil
        }
    }

    private mutating func object() -> [UInt8]? {
        var members: [[UInt8]: [UInt8]] = [:]
        at += 1
        skipSpace()
        while byte != UInt8(ascii: "}") {
            guard byte == UInt8(ascii: "\""), let key = string() else { return nil }
            skipSpace()
            guard byte == UInt8(ascii: ":") else { return nil }
            at += 1
            guard let value = value() else { return nil }
            members[key] = value
            skipSpace()
            if byte == UInt8(ascii: ",") { at += 1 } else if byte != UInt8(ascii: "}") { return nil }
            skipSpace()
        }
        at += 1
        let sorted = members.sorted { $0.key.lexicographicallyPrecedes($1.key) }
        let written = sorted.map { Self.quoted($0.key) + [UInt8(ascii: ":")] + $0.value }
        return Array("{".utf8) + Array(written.joined(separator: Array(",".utf8))) + Array("}".utf8)
    }

    private mutating func array() -> [UInt8]? {
        var written = Array("[".utf8)
        at += 1
        skipSpace()
        while byte != UInt8(ascii: "]") {
            guard let value = value() else { return nil }
            written += value
            skipSpace()
            if byte == UInt8(ascii: ",") {
                written += Array(",".utf8)
                at += 1
            } else if byte != UInt8(ascii: "]") {
                return nil
            }
            skipSpace()
        }
        at += 1
        return written + Array("]".utf8)
    }

    private mutating func string() -> [UInt8]? {
        at += 1
        let start = at
        while byte != UInt8(ascii: "\"") {
            guard at < text.count else { return nil }
            at += byte == UInt8(ascii: "\\") ? 2 : 1
        }
        let raw = Array(text[start..<min(at, text.count)])
        at += 1
        return unescaped(raw).map { Array($0.utf8) }
    }

    private static func quoted(_ text: [UInt8]) -> [UInt8] {
        var quoted = "\""
        for scalar in String(decoding: text, as: UTF8.self).unicodeScalars {
            switch scalar {
            case "\"": quoted += "\\\""
            case "\\": quoted += "\\\\"
            case "\u{8}": quoted += "\\b"
            case "\t": quoted += "\\t"
            case "\n": quoted += "\\n"
            case "\u{C}": quoted += "\\f"
            case "\r": quoted += "\\r"
            case "\0"..<" ":
                quoted += "\\u00" + (scalar.value < 16 ? "0" : "") + String(scalar.value, radix: 16)
            default: quoted.unicodeScalars.append(scalar)
            }
        }
        return Array((quoted + "\"").utf8)
    }
}
