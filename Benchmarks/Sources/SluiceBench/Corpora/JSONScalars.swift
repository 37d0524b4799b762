/// Finds the strings and numbers of a JSON document with their paths and where they stand.
struct JSONScalars {
    struct Scalar {
        /// As in the tables of the wire formats: `choices[].delta.content`.
        var path: String
        /// The value's bytes; of a string those between its quotes.
        var range: Range<Int>
        var isString: Bool
    }

    private static let maxDepth = 128

    private let bytes: [UInt8]
    private let end: Int
    private var position: Int
    private var depth = 0
    private var isBroken = false
    private var scalars: [Scalar] = []

    /// The scalars of the document that begins where `range` does; none where it is broken or nested too deep.
    static func scan(_ bytes: [UInt8], _ range: Range<Int>) -> [Scalar] {
        var scanner = JSONScalars(bytes: bytes, range)
        scanner.value("")
        return scanner.isBroken ? [] : scanner.scalars
    }

    private init(bytes: [UInt8], _ range: Range<Int>) {
        self.bytes = bytes
        end = range.upperBound
        position = range.lowerBound
    }

    private mutating func value(_ path: String) {
        skipSpace()
        guard position < end else { return fail() }
        switch bytes[position] {
        case UInt8(ascii: "{"): object(path)
        case UInt8(ascii: "["): array(path)
        case UInt8(ascii: "\""):
            if let range = string() { scalars.append(Scalar(path: path, range: range, isString: true)) }
        default: word(path)
        }
    }

    private mutating func object(_ path: String) {
        enter()
        while skipTo(UInt8(ascii: "}")) {
            guard let name = string() else { return }
            let key = String(decoding: bytes[name], as: UTF8.self)
            skipSpace()
            guard position < end, bytes[position] == UInt8(ascii: ":") else { return fail() }
            position += 1
            value(path.isEmpty ? key : path + "." + key)
        }
        depth -= 1
    }

    private mutating func array(_ path: String) {
        enter()
        while skipTo(UInt8(ascii: "]")) { value(path + "[]") }
        depth -= 1
    }

    private mutating func enter() {
        position += 1
        depth += 1
        if depth > Self.maxDepth { fail() }
    }

    /// Nothing more is read.
    private mutating func fail() {
        isBroken = true
        position = end
    }

    /// Whether another member follows; steps over the closing bracket where none does.
    private mutating func skipTo(_ close: UInt8) -> Bool {
        skipSpace()
        if position < end, bytes[position] == UInt8(ascii: ",") { position += 1 }
        skipSpace()
        guard position < end else {
            fail()
            return false
        }
        if bytes[position] != close { return true }
        position += 1
        return false
    }

    private mutating func string() -> Range<Int>? {
        guard position < end, bytes[position] == UInt8(ascii: "\"") else {
            fail()
            return nil
        }
        position += 1
        let start = position
        while position < end, bytes[position] != UInt8(ascii: "\"") {
            position += bytes[position] == UInt8(ascii: "\\") ? 2 : 1
        }
        guard position < end else {
            fail()
            return nil
        }
        position += 1
        return start..<position - 1
    }

    /// A number, true, false or null.
    private mutating func word(_ path: String) {
        let start = position
        let ends = Array(",]}\r\n\t ".utf8)
        while position < end, !ends.contains(bytes[position]) { position += 1 }
        if position == start { return fail() }
        scalars.append(Scalar(path: path, range: start..<position, isString: false))
    }

    private mutating func skipSpace() {
        while position < end, bytes[position] == 0x20 || (0x09...0x0D).contains(bytes[position]) {
            position += 1
        }
    }
}
