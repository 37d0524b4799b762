import SluiceKit

// What is known of a JSON document after some of its bytes, read from the first byte on each time: the oracle of
// IncrementalJSON. Written from RFC 8259; slow, and it shares nothing with the reader that it tests.

struct SlowJSON {
    private enum Stop: Error {
        /// The bytes end here; what is known of the value that is being read, if anything is.
        case end(JSONValue?)
        case wrong
    }

    private let bytes: [UInt8]
    private var position = 0
    private var depth = 0
    private let maxDepth: Int

    /// What is known after `bytes`; nil where they cannot be the beginning of a document. The inner nil: nothing yet.
    static func read(_ bytes: [UInt8], maxDepth: Int = 1024) -> JSONValue?? {
        var reader = SlowJSON(bytes: bytes, maxDepth: maxDepth)
        do throws(Stop) {
            let value = try reader.value()
            reader.skipSpace()
            return reader.position == bytes.count ? .some(value) : nil
        } catch {
            if case .end(let value) = error { return .some(value) }
            return nil
        }
    }

    private init(bytes: [UInt8], maxDepth: Int) {
        self.bytes = bytes
        self.maxDepth = maxDepth
    }

    private mutating func skipSpace() {
        while position < bytes.count, [0x20, 0x0A, 0x0D, 0x09].contains(bytes[position]) { position += 1 }
    }

    private func next() -> UInt8? { position < bytes.count ? bytes[position] : nil }

    private mutating func value() throws(Stop) -> JSONValue {
        skipSpace()
        switch next() {
        case nil: throw .end(nil)
        case UInt8(ascii: "{"): return try object()
        case UInt8(ascii: "["): return try array()
        case UInt8(ascii: "\""):
            let (text, isWhole) = try string()
            if isWhole { return .string(text) }
            throw .end(.string(text))
        case UInt8(ascii: "t"): return try word("true", .bool(true))
        case UInt8(ascii: "f"): return try word("false", .bool(false))
        case UInt8(ascii: "n"): return try word("null", .null)
        default: return try number()
        }
    }

    private mutating func word(_ word: String, _ value: JSONValue) throws(Stop) -> JSONValue {
        for byte in word.utf8 {
            guard let found = next() else { throw .end(nil) }
            guard found == byte else { throw .wrong }
            position += 1
        }
        return value
    }

    private mutating func number() throws(Stop) -> JSONValue {
        let text = bytes[position...].prefix { "+-.eE0123456789".utf8.contains($0) }
        guard let first = text.first, first == UInt8(ascii: "-") || (0x30...0x39).contains(first) else { throw .wrong }
        position = text.endIndex
        if position == bytes.count { throw .end(nil) }
        let written = String(decoding: text, as: UTF8.self)
        guard written.wholeMatch(of: /-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?/) != nil else { throw .wrong }
        return .number(written)
    }

    private mutating func deepen() throws(Stop) {
        position += 1
        depth += 1
        if depth > maxDepth { throw .wrong }
    }

    private mutating func array() throws(Stop) -> JSONValue {
        try deepen()
        var elements: [JSONValue] = []
        skipSpace()
        guard next() != nil else { throw .end(.array([])) }
        if next() == UInt8(ascii: "]") {
            position += 1
            depth -= 1
            return .array([])
        }
        while true {
            do throws(Stop) {
                elements.append(try value())
            } catch {
                if case .end(let part) = error { throw .end(.array(elements + (part.map { [$0] } ?? []))) }
                throw error
            }
            skipSpace()
            switch next() {
            case nil: throw .end(.array(elements))
            case UInt8(ascii: ","): position += 1
            case UInt8(ascii: "]"):
                position += 1
                depth -= 1
                return .array(elements)
            default: throw .wrong
            }
        }
    }

    private mutating func object() throws(Stop) -> JSONValue {
        try deepen()
        var members: [JSONValue.Member] = []
        var isFirst = true
        while true {
            skipSpace()
            if isFirst && next() == UInt8(ascii: "}") { break }
            guard let quote = next() else { throw .end(.object(members)) }
            guard quote == UInt8(ascii: "\"") else { throw .wrong }
            let (key, isWhole) = try string()
            guard isWhole else { throw .end(.object(members)) }
            skipSpace()
            guard let colon = next() else { throw .end(.object(members)) }
            guard colon == UInt8(ascii: ":") else { throw .wrong }
            position += 1
            do throws(Stop) {
                members.append(JSONValue.Member(key: key, value: try value()))
            } catch {
                guard case .end(let part) = error else { throw error }
                throw .end(.object(members + (part.map { [JSONValue.Member(key: key, value: $0)] } ?? [])))
            }
            isFirst = false
            skipSpace()
            guard let after = next() else { throw .end(.object(members)) }
            if after == UInt8(ascii: "}") { break }
            guard after == UInt8(ascii: ",") else { throw .wrong }
            position += 1
        }
        position += 1
        depth -= 1
        return .object(members)
    }

    // MARK: Strings

    /// The characters that have come, and whether the string has ended.
    private mutating func string() throws(Stop) -> (String, Bool) {
        position += 1
        let rest = bytes[position...]
        var raw: [UInt8] = []
        var isWhole = false
        var index = rest.startIndex
        while index < rest.endIndex {
            if rest[index] == UInt8(ascii: "\"") {
                isWhole = true
                break
            }
            if rest[index] < 0x20 { throw .wrong }
            let length = rest[index] == UInt8(ascii: "\\") ? 2 : 1
            raw += rest[index..<min(index + length, rest.endIndex)]
            index += length
        }
        position = isWhole ? index + 1 : bytes.count
        return (try Self.text(raw, isWhole), isWhole)
    }

    /// UTF-16 units first, then their text: half a pair that stands alone is U+FFFD, or not known where the bytes end.
    private static func text(_ raw: [UInt8], _ isWhole: Bool) throws(Stop) -> String {
        var units: [UInt16] = []
        var index = 0
        while index < raw.count {
            guard raw[index] == UInt8(ascii: "\\") else {
                let end = raw[index...].firstIndex(of: UInt8(ascii: "\\")) ?? raw.count
                units += try plain(Array(raw[index..<end]), mayBeCut: !isWhole && end == raw.count)
                index = end
                continue
            }
            if index + 1 == raw.count { break }
            let names: [UInt8: UInt16] = [
                0x22: 0x22, 0x5C: 0x5C, 0x2F: 0x2F, 0x62: 0x08, 0x66: 0x0C, 0x6E: 0x0A, 0x72: 0x0D, 0x74: 0x09,
            ]
            if let unit = names[raw[index + 1]] {
                units.append(unit)
                index += 2
                continue
            }
            guard raw[index + 1] == UInt8(ascii: "u") else { throw .wrong }
            let digits = raw[(index + 2)...].prefix(4)
            guard digits.allSatisfy({ "0123456789abcdefABCDEF".utf8.contains($0) }) else { throw .wrong }
            if digits.count < 4 {
                if isWhole { throw .wrong }
                break
            }
            units.append(UInt16(String(decoding: digits, as: UTF8.self), radix: 16) ?? 0)
            index += 6
        }
        if !isWhole, let last = units.last, last & 0xFC00 == 0xD800 { units.removeLast() }
        return String(decoding: units, as: UTF16.self)
    }

    private static func plain(_ bytes: [UInt8], mayBeCut: Bool) throws(Stop) -> [UInt16] {
        for missing in 0...(mayBeCut ? min(3, bytes.count) : 0) {
            guard let text = String(validating: bytes.dropLast(missing), as: UTF8.self) else { continue }
            let tail = Array(bytes.suffix(missing))
            if missing > 0 && !isBeginning(tail) { throw .wrong }
            return Array(text.utf16)
        }
        throw .wrong
    }

    /// Whether some character begins like this.
    private static func isBeginning(_ bytes: [UInt8]) -> Bool {
        let fill = (0x80...0xBF).map { UInt8($0) }
        for second in bytes.count > 1 ? [bytes[1]] : fill {
            for third in bytes.count > 2 ? [bytes[2]] : [0x80] {
                for length in 2...4 where length > bytes.count {
                    let whole = Array([bytes[0], second, third, 0x80].prefix(length))
                    if String(validating: whole, as: UTF8.self) != nil { return true }
                }
            }
        }
        return false
    }
}
