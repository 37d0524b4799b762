/// Finds the strings and numbers of a JSON document with their paths and where they stand.
///
/// Only recordings are read by it, which every other reader has read too, so it does not look for mistakes.
struct JSONScalars {
    struct Scalar {
        /// As in the tables of the wire formats: `choices[].delta.content`.
        var path: String
        /// The value's bytes; of a string those between its quotes.
        var range: Range<Int>
        var isString: Bool
    }

    private let bytes: [UInt8]
    private var position: Int
    private(set) var scalars: [Scalar] = []

    static func scan(_ bytes: [UInt8], from start: Int) -> [Scalar] {
        var scanner = JSONScalars(bytes: bytes, position: start)
        scanner.value("")
        return scanner.scalars
    }

    private init(bytes: [UInt8], position: Int) {
        self.bytes = bytes
        self.position = position
    }

    private mutating func value(_ path: String) {
        skipSpace()
        guard position < bytes.count else { return }
        switch bytes[position] {
        case UInt8(ascii: "{"): object(path)
        case UInt8(ascii: "["): array(path)
        case UInt8(ascii: "\""): scalars.append(Scalar(path: path, range: string(), isString: true))
        default: scalars.append(Scalar(path: path, range: word(), isString: false))
        }
    }

    private mutating func object(_ path: String) {
        position += 1
        while skipTo(UInt8(ascii: "}")) {
            let key = String(decoding: bytes[string()], as: UTF8.self)
            skipSpace()
            position += 1  // the colon
            value(path.isEmpty ? key : path + "." + key)
        }
    }

    private mutating func array(_ path: String) {
        position += 1
        while skipTo(UInt8(ascii: "]")) { value(path + "[]") }
    }

    /// Whether another member follows; steps over the closing bracket where none does.
    private mutating func skipTo(_ close: UInt8) -> Bool {
        skipSpace()
        if position < bytes.count, bytes[position] == UInt8(ascii: ",") { position += 1 }
        skipSpace()
        guard position < bytes.count, bytes[position] != close else {
            position += 1
            return false
        }
        return true
    }

    private mutating func string() -> Range<Int> {
        position += 1
        let start = position
        while position < bytes.count, bytes[position] != UInt8(ascii: "\"") {
            position += bytes[position] == UInt8(ascii: "\\") ? 2 : 1
        }
        position += 1
        return start..<position - 1
    }

    private mutating func word() -> Range<Int> {
        let start = position
        let ends = Array(",]}\r\n\t ".utf8)
        while position < bytes.count, !ends.contains(bytes[position]) { position += 1 }
        return start..<position
    }

    private mutating func skipSpace() {
        while position < bytes.count, bytes[position] == 0x20 || (0x09...0x0D).contains(bytes[position]) {
            position += 1
        }
    }
}
