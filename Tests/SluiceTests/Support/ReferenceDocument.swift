// One JSON document read the plain way: RFC 8259 from its first byte to its last, into a tree. Slow, and written from the
// standard's text alone; it shares nothing with the engine.
//
// Strings are kept as they were sent. Their escapes are decoded by those who ask for the text, because the engine checks
// them there only: an escape that JSON does not know in a string that no rule asks for is no error.

struct ReferenceValue {
    enum Kind { case null, yes, no, number, string, object, array }

    var kind: Kind
    /// Where its text lies in the document: of a string without its quotes, of an object or array with its brackets.
    var range: Range<Int>
    var members: [(key: [UInt8], value: ReferenceValue)] = []
    /// The members' names as they were sent.
    var names: [Range<Int>] = []
    var elements: [ReferenceValue] = []

    var isContainer: Bool { kind == .object || kind == .array }

    /// The member of that name; of a name that comes again the last counts, as in readers that build dictionaries.
    func member(_ name: [UInt8]) -> ReferenceValue? {
        for member in members.reversed() where member.key.count == name.count && member.key == name {
            return member.value
        }
        return nil
    }
}

struct ReferenceDocument {
    /// Why a document cannot be read; of two faults either may be named.
    enum Fault: String, Error {
        case syntax = "malformed-payload"
        case text = "invalid-utf8"
        case noObject = "unexpected-payload"
        case depth = "nested-too-deep"
        case escape = "invalid-escape"
    }

    private let bytes: [UInt8]
    private var position = 0
    private var depth = 0
    private let maxDepth: Int

    /// The document's tree, or what is wrong with it.
    static func read(_ bytes: [UInt8], maxDepth: Int = 1024) -> (root: ReferenceValue?, faults: Set<Fault>) {
        var faults: Set<Fault> = String(validating: bytes, as: UTF8.self) == nil ? [.text] : []
        var reader = ReferenceDocument(bytes, maxDepth)
        do throws(Fault) {
            let root = try reader.document()
            if root.kind != .object { faults.insert(.noObject) }
            return (faults.isEmpty ? root : nil, faults)
        } catch {
            faults.insert(error)
            // Of an array no more need be read than that it is none of the objects that payloads are.
            if bytes.first(where: { !isSpace($0) }) == UInt8(ascii: "[") { faults.insert(.noObject) }
            // Brackets past the limit may stand before or behind another fault.
            if error == .depth { faults.insert(.syntax) }
            return (nil, faults)
        }
    }

    private init(_ bytes: [UInt8], _ maxDepth: Int) {
        self.bytes = bytes
        self.maxDepth = maxDepth
    }

    private static func isSpace(_ byte: UInt8) -> Bool {
        byte == 0x20 || byte == 0x09 || byte == 0x0A || byte == 0x0D
    }

    private var next: UInt8? { position < bytes.count ? bytes[position] : nil }

    private mutating func skipSpace() {
        while position < bytes.count && Self.isSpace(bytes[position]) { position += 1 }
    }

    private mutating func expect(_ text: String) throws(Fault) {
        for byte in text.utf8 {
            guard next == byte else { throw .syntax }
            position += 1
        }
    }

    private mutating func document() throws(Fault) -> ReferenceValue {
        skipSpace()
        let root = try value()
        skipSpace()
        guard position == bytes.count else { throw .syntax }
        return root
    }

    private mutating func value() throws(Fault) -> ReferenceValue {
        let start = position
        switch next {
        case UInt8(ascii: "{"): return try object()
        case UInt8(ascii: "["): return try array()
        case UInt8(ascii: "\""):
            try string()
            return ReferenceValue(kind: .string, range: start + 1..<position - 1)
        case UInt8(ascii: "n"):
            try expect("null")
            return ReferenceValue(kind: .null, range: start..<position)
        case UInt8(ascii: "t"):
            try expect("true")
            return ReferenceValue(kind: .yes, range: start..<position)
        case UInt8(ascii: "f"):
            try expect("false")
            return ReferenceValue(kind: .no, range: start..<position)
        default:
            try number()
            return ReferenceValue(kind: .number, range: start..<position)
        }
    }

    private mutating func open() throws(Fault) {
        depth += 1
        if depth > maxDepth { throw .depth }
        position += 1
        skipSpace()
    }

    private mutating func close(_ start: Int) -> Range<Int> {
        depth -= 1
        position += 1
        return start..<position
    }

    private mutating func object() throws(Fault) -> ReferenceValue {
        var object = ReferenceValue(kind: .object, range: position..<position)
        try open()
        while next != UInt8(ascii: "}") {
            if !object.members.isEmpty {
                try expect(",")
                skipSpace()
            }
            let start = position
            try string()
            let raw = bytes[start + 1..<position - 1]
            skipSpace()
            try expect(":")
            skipSpace()
            // A name whose escapes JSON does not know, or with half a pair at its end, is none that a rule could ask for.
            let name = raw.contains(0x5C) ? ReferenceText.whole(raw) ?? [0xFF] : Array(raw)
            object.members.append((name, try value()))
            object.names.append(raw.startIndex..<raw.endIndex)
            skipSpace()
        }
        object.range = close(object.range.lowerBound)
        return object
    }

    private mutating func array() throws(Fault) -> ReferenceValue {
        var array = ReferenceValue(kind: .array, range: position..<position)
        try open()
        while next != UInt8(ascii: "]") {
            if !array.elements.isEmpty {
                try expect(",")
                skipSpace()
            }
            array.elements.append(try value())
            skipSpace()
        }
        array.range = close(array.range.lowerBound)
        return array
    }

    /// Passes a string: no control bytes, and a backslash takes the next byte with it.
    private mutating func string() throws(Fault) {
        try expect("\"")
        while let byte = next {
            position += 1
            if byte < 0x20 { throw .syntax }
            if byte == UInt8(ascii: "\"") { return }
            guard byte == 0x5C else { continue }
            guard let escaped = next, escaped >= 0x20 else { throw .syntax }
            position += 1
        }
        throw .syntax
    }

    private mutating func number() throws(Fault) {
        if next == UInt8(ascii: "-") { position += 1 }
        if next == UInt8(ascii: "0") { position += 1 } else { try digits() }
        if next == UInt8(ascii: ".") {
            position += 1
            try digits()
        }
        if next == UInt8(ascii: "e") || next == UInt8(ascii: "E") {
            position += 1
            if next == UInt8(ascii: "+") || next == UInt8(ascii: "-") { position += 1 }
            try digits()
        }
    }

    private mutating func digits() throws(Fault) {
        let start = position
        while let byte = next, byte >= UInt8(ascii: "0"), byte <= UInt8(ascii: "9") { position += 1 }
        if position == start { throw .syntax }
    }
}

/// The text of JSON strings, by way of UTF-16 as RFC 8259 section 7 puts it.
enum ReferenceText {
    /// The text behind `half`, the first half of a pair that the string before ended with; and the half that this one ends
    /// with. Halves without another become U+FFFD. Nil for an escape that JSON does not know.
    static func decode(_ raw: ArraySlice<UInt8>, after half: UInt16? = nil) -> (text: [UInt8], half: UInt16?)? {
        var units: [UInt16] = half.map { [$0] } ?? []
        var rest = raw
        while let backslash = rest.firstIndex(of: 0x5C) {
            units += String(decoding: rest[..<backslash], as: UTF8.self).utf16
            rest = rest[(backslash + 1)...]
            guard let unit = escape(&rest) else { return nil }
            units.append(unit)
        }
        units += String(decoding: rest, as: UTF8.self).utf16
        var last: UInt16?
        if let unit = units.last, UTF16.isLeadSurrogate(unit) { last = units.removeLast() }
        return (Array(String(decoding: units, as: UTF16.self).utf8), last)
    }

    /// The text of a string that stands for itself: half a pair at its end has no other.
    static func closed(_ raw: ArraySlice<UInt8>) -> [UInt8]? {
        decode(raw).map { $0.half == nil ? $0.text : $0.text + "\u{FFFD}".utf8 }
    }

    /// The text of a string that is compared; nil where it ends with half a pair.
    static func whole(_ raw: ArraySlice<UInt8>) -> [UInt8]? {
        decode(raw).flatMap { $0.half == nil ? $0.text : nil }
    }

    private static func escape(_ rest: inout ArraySlice<UInt8>) -> UInt16? {
        switch rest.popFirst() {
        case UInt8(ascii: "\""): return 0x22
        case UInt8(ascii: "\\"): return 0x5C
        case UInt8(ascii: "/"): return 0x2F
        case UInt8(ascii: "b"): return 0x08
        case UInt8(ascii: "f"): return 0x0C
        case UInt8(ascii: "n"): return 0x0A
        case UInt8(ascii: "r"): return 0x0D
        case UInt8(ascii: "t"): return 0x09
        case UInt8(ascii: "u"):
            let digits = rest.prefix(4)
            rest = rest.dropFirst(4)
            guard digits.count == 4, digits.allSatisfy({ Character(Unicode.Scalar($0)).isHexDigit }) else { return nil }
            return UInt16(String(decoding: digits, as: UTF8.self), radix: 16)
        default: return nil
        }
    }
}
