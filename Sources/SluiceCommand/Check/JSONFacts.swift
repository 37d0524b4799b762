/// What a document says at the places that a check asks for; everything else of it is only checked for being JSON.
indirect enum Fact: Equatable {
    case null
    case bool(Bool)
    case number(Double)
    /// The first bytes of a string, with its escapes as they are.
    case text(String)
    case list([Fact])
    case object([String: Fact])

    /// The value of a path from here, such as `delta.type`; nil where there is none.
    subscript(path: String) -> Fact? {
        var fact = self
        for name in path.split(separator: ".") {
            guard case .object(let members) = fact, let next = members[String(name)] else { return nil }
            fact = next
        }
        return fact
    }

    /// Neither null, false nor an empty string.
    var isFilled: Bool { self != .null && self != .bool(false) && self != .text("") }
}

/// Names that a check asks for, as a tree: `choices.delta.role` goes through arrays too.
final class FactTree: Sendable {
    let members: [String: FactTree]

    init(_ paths: [String]) {
        var below: [String: [String]] = [:]
        for path in paths where !path.isEmpty {
            let parts = path.split(separator: ".", maxSplits: 1).map(String.init)
            below[parts[0], default: []] += parts.dropFirst()
        }
        members = below.mapValues(FactTree.init)
    }
}

/// Why bytes are no JSON document (RFC 8259).
struct JSONProblem: Error {
    /// Bytes from the document's first.
    var position: Int
    var message: String
}

/// Reads one JSON document strictly.
struct JSONReader {
    private let bytes: [UInt8]
    private var index = 0
    private var depth = 0

    private static var depthLimit: Int { 1024 }
    /// Bytes of a string that are kept, and elements of an array.
    private static var textBytes: Int { 128 }
    private static var elementCount: Int { 1024 }

    private init(_ bytes: [UInt8]) { self.bytes = bytes }

    /// The facts of a document.
    static func read(_ bytes: [UInt8], _ tree: FactTree) throws(JSONProblem) -> Fact {
        var reader = JSONReader(bytes)
        reader.skipSpace()
        let fact = try reader.value(tree)
        reader.skipSpace()
        if reader.index < bytes.count { throw reader.problem("bytes behind the document") }
        return fact
    }

    private func problem(_ message: String) -> JSONProblem { JSONProblem(position: index, message: message) }

    private var next: UInt8? { index < bytes.count ? bytes[index] : nil }

    private mutating func skipSpace() {
        while let byte = next, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 { index += 1 }
    }

    private mutating func value(_ tree: FactTree?) throws(JSONProblem) -> Fact {
        switch next {
        case 0x7B: return try object(tree)
        case 0x5B: return try list(tree)
        case 0x22: return .text(try string(isKept: tree != nil))
        case 0x74: return try word("true", .bool(true))
        case 0x66: return try word("false", .bool(false))
        case 0x6E: return try word("null", .null)
        case 0x2D?, (0x30...0x39)?: return try number()
        case nil: throw problem("it ends too early")
        default: throw problem("no value begins with this byte")
        }
    }

    private mutating func enter() throws(JSONProblem) {
        index += 1
        depth += 1
        if depth > Self.depthLimit { throw problem("it is nested deeper than \(Self.depthLimit)") }
        skipSpace()
    }

    private mutating func object(_ tree: FactTree?) throws(JSONProblem) -> Fact {
        var members: [String: Fact] = [:]
        try enter()
        if next == 0x7D { return leave(.object([:])) }
        while true {
            guard next == 0x22 else { throw problem("expected a name in quotes") }
            let name = try string(isKept: tree?.members.isEmpty == false)
            skipSpace()
            guard next == 0x3A else { throw problem("expected ':'") }
            index += 1
            skipSpace()
            let below = tree?.members[name]
            let fact = try value(below)
            if below != nil { members[name] = fact }
            skipSpace()
            guard let byte = next, byte == 0x2C || byte == 0x7D else { throw problem("expected ',' or '}'") }
            if byte == 0x7D { return leave(.object(members)) }
            index += 1
            skipSpace()
        }
    }

    private mutating func list(_ tree: FactTree?) throws(JSONProblem) -> Fact {
        var elements: [Fact] = []
        try enter()
        if next == 0x5D { return leave(.list([])) }
        while true {
            let fact = try value(tree)
            if tree != nil && elements.count < Self.elementCount { elements.append(fact) }
            skipSpace()
            guard let byte = next, byte == 0x2C || byte == 0x5D else { throw problem("expected ',' or ']'") }
            if byte == 0x5D { return leave(.list(elements)) }
            index += 1
            skipSpace()
        }
    }

    private mutating func leave(_ fact: Fact) -> Fact {
        index += 1
        depth -= 1
        return fact
    }

    private mutating func word(_ word: StaticString, _ fact: Fact) throws(JSONProblem) -> Fact {
        for byte in word.description.utf8 {
            guard next == byte else { throw problem("expected '\(word)'") }
            index += 1
        }
        return fact
    }

    private mutating func string(isKept: Bool) throws(JSONProblem) -> String {
        index += 1
        let start = index
        while let byte = next, byte != 0x22 {
            if byte < 0x20 { throw problem("a control character within a string, which has to be escaped") }
            index += 1
            if byte == 0x5C { try escape() }
        }
        guard next == 0x22 else { throw problem("it ends inside a string") }
        defer { index += 1 }
        return isKept ? String(decoding: bytes[start..<min(index, start + Self.textBytes)], as: UTF8.self) : ""
    }

    private mutating func escape() throws(JSONProblem) {
        guard let byte = next else { throw problem("it ends inside a string") }
        guard byte == 0x75 else {
            // " \ / b f n r t
            guard [0x22, 0x5C, 0x2F, 0x62, 0x66, 0x6E, 0x72, 0x74].contains(byte) else {
                throw problem("an escape that JSON does not know")
            }
            index += 1
            return
        }
        index += 1
        for _ in 0..<4 {
            switch next {
            case (0x30...0x39)?, (0x41...0x46)?, (0x61...0x66)?: index += 1
            default: throw problem("an escape that JSON does not know")
            }
        }
    }

    private mutating func number() throws(JSONProblem) -> Fact {
        let start = index
        if next == 0x2D { index += 1 }
        if next == 0x30 { index += 1 } else { try digits() }
        if next == 0x2E {
            index += 1
            try digits()
        }
        if next == 0x65 || next == 0x45 {
            index += 1
            if next == 0x2B || next == 0x2D { index += 1 }
            try digits()
        }
        return .number(Double(String(decoding: bytes[start..<index], as: UTF8.self)) ?? 0)
    }

    private mutating func digits() throws(JSONProblem) {
        guard let byte = next, (0x30...0x39).contains(byte) else { throw problem("expected a digit") }
        while let byte = next, (0x30...0x39).contains(byte) { index += 1 }
    }
}
