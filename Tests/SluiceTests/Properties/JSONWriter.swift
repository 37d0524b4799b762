@testable import Sluice
@testable import SluiceTestSupport

// One JSON tree as a server might write it: white space anywhere, members in any order, names twice, names that mean
// nothing, nulls where a value may stand, and letters as they are or escaped.

/// How a stream's documents are written.
struct JSONStyle: Sendable {
    /// What may stand between two tokens; a line feed among them begins a new data line in Server-Sent Events.
    var spaces: [String] = []
    /// Of so many letters one is escaped though it need not be; 0 for none.
    var escapes = 0
    /// Members may be shuffled, repeated, added.
    var isOdd = false

    /// Mostly plain, as servers are.
    static func drawn(_ framing: Framing, _ generator: inout SeededGenerator) -> JSONStyle {
        var style = JSONStyle()
        style.escapes = generator.pick([0, 0, 1, 2, 8])
        style.isOdd = generator.oneIn(2)
        // A carriage return ends a line of Server-Sent Events, and a line feed one of NDJSON.
        let odd = framing == .sse ? "\n" : framing == .ndjson ? "\r" : generator.pick(["\n", "\r\n"])
        style.spaces = generator.pick([
            [], [], ["", " "], [" "], ["", "", "", " ", "\t", odd, odd + "  "], ["", odd],
        ])
        return style
    }
}

/// Writes one tree. What decides the document's shape and what decides how letters are written are drawn apart, so that
/// events of one kind may have one shape, as a server's have.
struct JSONWriter {
    let style: JSONStyle
    var shape: SeededGenerator
    var letters: SeededGenerator
    private(set) var bytes: [UInt8] = []

    init(style: JSONStyle, shape: SeededGenerator, letters: SeededGenerator) {
        self.style = style
        self.shape = shape
        self.letters = letters
    }

    mutating func write(_ tree: JSONTree) {
        value(tree, isExact: false)
    }

    private mutating func token(_ text: some Sequence<UInt8>) {
        if !style.spaces.isEmpty && !bytes.isEmpty { bytes += shape.pick(style.spaces).utf8 }
        bytes += text
    }

    private mutating func value(_ tree: JSONTree, isExact: Bool) {
        switch tree {
        case .exact(let inner): value(inner, isExact: true)
        case .plain(let text): token(text.utf8)
        case .text(let units): token(string(units))
        case .array(let elements):
            token("[".utf8)
            for (number, element) in elements.enumerated() {
                if number > 0 { token(",".utf8) }
                value(element, isExact: isExact)
            }
            token("]".utf8)
        case .object(let members):
            token("{".utf8)
            for (number, member) in (style.isOdd ? odd(members, isExact) : members).enumerated() {
                if number > 0 { token(",".utf8) }
                token(string(Array(member.name.utf16), isName: true))
                token(":".utf8)
                value(member.value, isExact: isExact)
            }
            token("}".utf8)
        }
    }

    // MARK: Members

    /// Names that no format knows.
    private static let unknown = ["zz", "", "é", "obfuscation_", "x\"y", "a\\b", "Choices", "data: ", "\u{0}", "🙂"]

    private mutating func odd(_ members: [JSONTree.Member], _ isExact: Bool) -> [JSONTree.Member] {
        var all = members
        if shape.oneIn(2) { all.shuffle(using: &shape) }
        if !isExact && shape.oneIn(3) {
            let place = Int.random(in: 0...all.count, using: &shape)
            all.insert(.init(name: shape.pick(Self.unknown), value: noise(2)), at: place)
        }
        // Of a name that comes again the last counts.
        if let member = all.randomElement(using: &shape), shape.oneIn(6),
            let last = all.lastIndex(where: { $0.name.utf8.elementsEqual(member.name.utf8) })
        {
            all.insert(.init(name: member.name, value: noise(2)), at: Int.random(in: 0...last, using: &shape))
        }
        return all
    }

    private static let numbers = [
        "0", "-0", "7", "-1", "12.5", "1e5", "1E+400", "-2.21e-6", "0.0", "12345678901234567890123", "1e-0",
    ]

    /// A value that says nothing where it stands.
    private mutating func noise(_ depth: Int) -> JSONTree {
        switch Int.random(in: 0..<(depth > 0 ? 7 : 4), using: &shape) {
        case 0: return .null
        case 1: return .plain(shape.pick(Self.numbers))
        case 2: return .plain(shape.pick(["true", "false"]))
        case 3: return .text(PropertyText.units(&shape, most: 12, hasHalves: true))
        case 4: return .array((0..<Int.random(in: 0...3, using: &shape)).map { _ in noise(depth - 1) })
        case 5: return ["choices": [["delta": ["content": noise(0)]]], "text": noise(0), "error": noise(depth - 1)]
        default: return .object([.init(name: shape.pick(Self.unknown), value: noise(depth - 1))])
        }
    }

    // MARK: Strings

    private mutating func string(_ units: [UInt16], isName: Bool = false) -> [UInt8] {
        var written: [UInt8] = [0x22]
        // Names are part of the shape.
        var generator = isName ? shape : letters
        var rest = units[...]
        while let unit = rest.popFirst() {
            let isEscaped =
                style.escapes > 0 && (!isName || style.isOdd)
                && generator.oneIn(isName ? style.escapes * 8 : style.escapes)
            if UTF16.isLeadSurrogate(unit), let next = rest.first, UTF16.isTrailSurrogate(next) {
                rest = rest.dropFirst()
                written +=
                    isEscaped
                    ? Self.hexadecimal(unit, &generator) + Self.hexadecimal(next, &generator)
                    : Array([unit, next].decoded.utf8)
            } else if let short = Self.short[unit], unit != 0x2F || isEscaped, !(isEscaped && generator.oneIn(2)) {
                written += [0x5C, short]
            } else if isEscaped || unit < 0x20 || unit == 0x22 || unit == 0x5C || UTF16.isSurrogate(unit) {
                written += Self.hexadecimal(unit, &generator)
            } else {
                written += [unit].decoded.utf8
            }
        }
        if isName { shape = generator } else { letters = generator }
        return written + [0x22]
    }

    private static let short: [UInt16: UInt8] = [
        0x22: 0x22, 0x5C: 0x5C, 0x2F: 0x2F, 8: UInt8(ascii: "b"), 9: UInt8(ascii: "t"), 10: UInt8(ascii: "n"),
        12: UInt8(ascii: "f"), 13: UInt8(ascii: "r"),
    ]

    private static func hexadecimal(_ unit: UInt16, _ generator: inout SeededGenerator) -> [UInt8] {
        let digits = String(unit, radix: 16, uppercase: generator.oneIn(2))
        return Array(("\\u" + String(repeating: "0", count: 4 - digits.count) + digits).utf8)
    }
}

extension UTF16 {
    static func isSurrogate(_ unit: UInt16) -> Bool { unit & 0xF800 == 0xD800 }
}
