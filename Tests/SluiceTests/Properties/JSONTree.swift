// JSON as a generator means it: a tree whose text is written later, in one of the many ways that mean the same.

@testable import SluiceTestSupport

indirect enum JSONTree: Sendable {
    struct Member: Sendable {
        var name: String
        var value: JSONTree
    }

    /// A string by its UTF-16, which may have halves of surrogate pairs.
    case text([UInt16])
    /// A number or literal as it stands.
    case plain(String)
    case array([JSONTree])
    case object([Member])
    /// A value that is handed on whole: nothing may be added to it.
    case exact(JSONTree)

    static let null = JSONTree.plain("null")

    static func string(_ text: String) -> JSONTree { .text(Array(text.utf16)) }

    /// Both objects in one: members that both have are joined where they are objects or arrays, and stand once where they
    /// are the same; nil where they are not.
    func merged(with other: JSONTree) -> JSONTree? {
        switch (self, other) {
        case (.object(var members), .object(let others)):
            for member in others {
                guard let known = members.firstIndex(where: { $0.name == member.name }) else {
                    members.append(member)
                    continue
                }
                guard let both = members[known].value.merged(with: member.value) else { return nil }
                members[known].value = both
            }
            return .object(members)
        case (.array(let elements), .array(let others)): return .array(elements + others)
        case (.text(let text), .text(let same)) where text == same: return self
        case (.plain(let text), .plain(let same)) where text == same: return self
        default: return nil
        }
    }

    /// With another value in place of the text `mark`.
    func replacing(_ mark: [UInt16], by value: JSONTree) -> JSONTree {
        switch self {
        case .text(let units): return units == mark ? value : self
        case .array(let elements): return .array(elements.map { $0.replacing(mark, by: value) })
        case .object(let members):
            return .object(members.map { Member(name: $0.name, value: $0.value.replacing(mark, by: value)) })
        case .plain, .exact: return self
        }
    }

    /// The one form that equal values share: sorted names, no white space, only the escapes that must be.
    var canonical: String {
        switch self {
        case .exact(let value): return value.canonical
        case .plain(let text): return text
        case .text(let units): return "\"" + units.decoded.unicodeScalars.map(Self.escaped).joined() + "\""
        case .array(let elements): return "[" + elements.map(\.canonical).joined(separator: ",") + "]"
        case .object(let members):
            let sorted = members.sorted { $0.name.unicodeScalars.lexicographicallyPrecedes($1.name.unicodeScalars) }
            let written = sorted.map { JSONTree.string($0.name).canonical + ":" + $0.value.canonical }
            return "{" + written.joined(separator: ",") + "}"
        }
    }

    private static func escaped(_ scalar: Unicode.Scalar) -> String {
        switch scalar {
        case "\"": "\\\""
        case "\\": "\\\\"
        case "\u{8}": "\\b"
        case "\t": "\\t"
        case "\n": "\\n"
        case "\u{C}": "\\f"
        case "\r": "\\r"
        case "\0"..<" ": "\\u00" + (scalar.value < 16 ? "0" : "") + String(scalar.value, radix: 16)
        default: String(scalar)
        }
    }
}

extension [UInt16] {
    /// As text; halves of pairs become U+FFFD.
    var decoded: String { String(decoding: self, as: UTF16.self) }
}

extension JSONTree: ExpressibleByDictionaryLiteral, ExpressibleByArrayLiteral, ExpressibleByStringLiteral,
    ExpressibleByIntegerLiteral, ExpressibleByBooleanLiteral
{
    init(dictionaryLiteral elements: (String, JSONTree)...) {
        self = .object(elements.map { Member(name: $0.0, value: $0.1) })
    }

    init(arrayLiteral elements: JSONTree...) { self = .array(elements) }
    init(stringLiteral value: String) { self = .string(value) }
    init(integerLiteral value: Int) { self = .plain("\(value)") }
    init(booleanLiteral value: Bool) { self = .plain("\(value)") }
}
