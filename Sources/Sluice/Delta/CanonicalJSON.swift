// A JSON document in the one form that equal documents share: keys sorted by code point, no white space, strings with the
// escapes that JSON demands and no others; numbers stay as they were written.

enum CanonicalJSON {
    /// The canonical form of a valid document, or nil if it is not valid or nested deeper than 1,024.
    static func form(of text: [UInt8]) -> [UInt8]? {
        var reader = Reader(text: text)
        var output: [UInt8] = []
        guard reader.value(into: &output, depth: 0) else { return nil }
        reader.skipSpace()
        return reader.at == text.count ? output : nil
    }

    private struct Reader {
        let text: [UInt8]
        var at = 0

        private var byte: UInt8 { at < text.count ? text[at] : 0 }

        mutating func skipSpace() {
            while at < text.count, [0x20, 0x09, 0x0A, 0x0D].contains(text[at]) { at += 1 }
        }

        mutating func value(into output: inout [UInt8], depth: Int) -> Bool {
            guard depth <= 1024 else { return false }
            skipSpace()
            switch byte {
            case 0x7B: return object(into: &output, depth: depth)
            case 0x5B: return array(into: &output, depth: depth)
            case 0x22:
                guard let string = string() else { return false }
                Self.write(Array(string.utf8), into: &output)
                return true
            default:
                let start = at
                while at < text.count, ![0x2C, 0x5D, 0x7D, 0x20, 0x09, 0x0A, 0x0D].contains(text[at]) { at += 1 }
                output.append(contentsOf: text[start..<at])
                return at > start
            }
        }

        private mutating func object(into output: inout [UInt8], depth: Int) -> Bool {
            var members: [(key: String, value: [UInt8])] = []
            at += 1
            skipSpace()
            while byte != 0x7D {
                guard byte == 0x22, let key = string() else { return false }
                skipSpace()
                guard byte == 0x3A else { return false }
                at += 1
                var value: [UInt8] = []
                guard self.value(into: &value, depth: depth + 1) else { return false }
                members.append((key, value))
                skipSpace()
                if byte == 0x2C { at += 1 } else if byte != 0x7D { return false }
                skipSpace()
            }
            at += 1
            write(members, into: &output)
            return true
        }

        /// Sorted by code point, as UTF-8 is by its bytes; of a repeated key the last counts. Keys are bytes, because to
        /// Swift strings are equal that are composed differently, and to JSON they are not.
        private func write(_ members: [(key: String, value: [UInt8])], into output: inout [UInt8]) {
            var last: [[UInt8]: [UInt8]] = [:]
            for member in members { last[Array(member.key.utf8)] = member.value }
            let sorted = last.sorted { $0.key.lexicographicallyPrecedes($1.key) }
            output.append(0x7B)
            for (number, member) in sorted.enumerated() {
                if number > 0 { output.append(0x2C) }
                Self.write(member.key, into: &output)
                output.append(0x3A)
                output.append(contentsOf: member.value)
            }
            output.append(0x7D)
        }

        private mutating func array(into output: inout [UInt8], depth: Int) -> Bool {
            output.append(0x5B)
            at += 1
            skipSpace()
            while byte != 0x5D {
                guard value(into: &output, depth: depth + 1) else { return false }
                skipSpace()
                if byte == 0x2C {
                    output.append(0x2C)
                    at += 1
                } else if byte != 0x5D {
                    return false
                }
                skipSpace()
            }
            at += 1
            output.append(0x5D)
            return true
        }

        private mutating func string() -> String? {
            at += 1
            let start = at
            while byte != 0x22 {
                guard at < text.count else { return nil }
                at += byte == 0x5C ? 2 : 1
            }
            let raw = Array(text[start..<min(at, text.count)])
            at += 1
            return unescaped(raw)
        }

        private static func write(_ string: [UInt8], into output: inout [UInt8]) {
            output.append(0x22)
            for byte in string {
                switch byte {
                case 0x22, 0x5C: output.append(contentsOf: [0x5C, byte])
                case 0x08: output.append(contentsOf: Array("\\b".utf8))
                case 0x09: output.append(contentsOf: Array("\\t".utf8))
                case 0x0A: output.append(contentsOf: Array("\\n".utf8))
                case 0x0C: output.append(contentsOf: Array("\\f".utf8))
                case 0x0D: output.append(contentsOf: Array("\\r".utf8))
                case 0..<0x20:
                    let digits = String(byte, radix: 16)
                    output.append(contentsOf: Array("\\u00\(digits.count < 2 ? "0" : "")\(digits)".utf8))
                default: output.append(byte)
                }
            }
            output.append(0x22)
        }
    }
}
