// `Decodable` over the nodes of a document: a value, and the containers that lead to others.

/// Decodes one value.
struct ValueDecoder: Decoder {
    let document: DecodedDocument
    let node: Int32
    let depth: Int

    var codingPath: [any CodingKey] { document.path(to: node) }
    var userInfo: [CodingUserInfoKey: Any] { [:] }

    func container<Key: CodingKey>(keyedBy type: Key.Type) throws -> KeyedDecodingContainer<Key> {
        KeyedDecodingContainer(try MemberContainer<Key>(self))
    }

    func unkeyedContainer() throws -> any UnkeyedDecodingContainer { try ElementContainer(self) }

    func singleValueContainer() -> any SingleValueDecodingContainer { self }

    var kind: JSONView.Kind { document.node(node).kind }

    /// A decoder of a value in this one.
    func child(_ node: Int32) throws -> ValueDecoder {
        guard depth < DecodedDocument.mostNestingDepth else {
            throw document.corrupted(
                node, "the value is nested in more than \(DecodedDocument.mostNestingDepth) others")
        }
        return ValueDecoder(document: document, node: node, depth: depth + 1)
    }
}

extension ValueDecoder: SingleValueDecodingContainer {
    func decodeNil() -> Bool { kind == .null }

    func decode(_ type: Bool.Type) throws -> Bool {
        switch kind {
        case .true: true
        case .false: false
        default: throw document.mismatch(type, node)
        }
    }

    func decode(_ type: String.Type) throws -> String {
        guard kind == .string else { throw document.mismatch(type, node) }
        return document.text(of: node)
    }

    func decode(_ type: Double.Type) throws -> Double {
        guard kind == .number else { throw document.mismatch(type, node) }
        return try fitting(Double(document.text(of: node)).flatMap { $0.isFinite ? $0 : nil }, type)
    }

    func decode(_ type: Float.Type) throws -> Float {
        guard kind == .number else { throw document.mismatch(type, node) }
        return try fitting(Float(document.text(of: node)).flatMap { $0.isFinite ? $0 : nil }, type)
    }

    func decode(_ type: Int.Type) throws -> Int { try integer() }
    func decode(_ type: Int8.Type) throws -> Int8 { try integer() }
    func decode(_ type: Int16.Type) throws -> Int16 { try integer() }
    func decode(_ type: Int32.Type) throws -> Int32 { try integer() }
    func decode(_ type: Int64.Type) throws -> Int64 { try integer() }
    func decode(_ type: Int128.Type) throws -> Int128 { try integer() }
    func decode(_ type: UInt.Type) throws -> UInt { try integer() }
    func decode(_ type: UInt8.Type) throws -> UInt8 { try integer() }
    func decode(_ type: UInt16.Type) throws -> UInt16 { try integer() }
    func decode(_ type: UInt32.Type) throws -> UInt32 { try integer() }
    func decode(_ type: UInt64.Type) throws -> UInt64 { try integer() }
    func decode(_ type: UInt128.Type) throws -> UInt128 { try integer() }

    func decode<Value: Decodable>(_ type: Value.Type) throws -> Value { try Value(from: self) }

    /// A number without a fraction, as `JSONDecoder` reads it: models write `3.0` and `1e3` too. A double holds integers below
    /// 2^53 only, so larger ones have to be written as such.
    private func integer<Integer: FixedWidthInteger>() throws -> Integer {
        guard kind == .number else { throw document.mismatch(Integer.self, node) }
        let text = document.text(of: node)
        if let value = Integer(text) { return value }
        let double = Double(text) ?? .nan
        return try fitting(abs(double) < 0x1p53 ? Integer(exactly: double) : nil, Integer.self)
    }

    private func fitting<Number>(_ number: Number?, _ type: Number.Type) throws -> Number {
        guard let number else {
            throw document.corrupted(node, "\(document.described(node)) was found, which does not fit \(type)")
        }
        return number
    }
}

/// The members of an object.
struct MemberContainer<Key: CodingKey>: KeyedDecodingContainerProtocol {
    /// From this number of members on, they are found by their hash.
    private static var fewMembers: Int { 16 }

    private let decoder: ValueDecoder
    private let places: [[UInt8]: Int32]?

    init(_ decoder: ValueDecoder) throws {
        guard decoder.kind == .object else { throw decoder.document.mismatch([String: Any].self, decoder.node) }
        self.decoder = decoder
        guard decoder.document.node(decoder.node).count > Self.fewMembers else {
            places = nil
            return
        }
        var places: [[UInt8]: Int32] = [:]
        Self.forEachMember(of: decoder) { places[decoder.document.json.key(of: $0)] = $0 }
        self.places = places
    }

    private static func forEachMember(of decoder: ValueDecoder, _ body: (Int32) -> Void) {
        var child = decoder.document.first(of: decoder.node)
        while let member = child {
            body(member)
            child = decoder.document.next(member)
        }
    }

    /// The last member with this key. Keys are compared byte by byte.
    private func member(_ key: String) -> Int32? {
        let key = Array(key.utf8)
        if let places { return places[key] }
        var found: Int32?
        Self.forEachMember(of: decoder) { if decoder.document.json.isKey(of: $0, key) { found = $0 } }
        return found
    }

    private func present(_ key: some CodingKey) throws -> Int32 {
        if let member = member(key.stringValue) { return member }
        throw DecodingError.keyNotFound(
            key, DecodingError.Context(codingPath: codingPath, debugDescription: "\"\(key.stringValue)\" is missing"))
    }

    var codingPath: [any CodingKey] { decoder.codingPath }

    var allKeys: [Key] {
        var keys: [Key] = []
        var known: Set<[UInt8]> = []
        Self.forEachMember(of: decoder) { member in
            let key = decoder.document.json.key(of: member)
            guard known.insert(key).inserted else { return }
            if let key = Key(stringValue: String(decoding: key, as: UTF8.self)) { keys.append(key) }
        }
        return keys
    }

    func contains(_ key: Key) -> Bool { member(key.stringValue) != nil }

    func decodeNil(forKey key: Key) throws -> Bool { try decoder.document.node(present(key)).kind == .null }

    func decode<Value: Decodable>(_ type: Value.Type, forKey key: Key) throws -> Value {
        try Value(from: decoder.child(present(key)))
    }

    func nestedContainer<Nested: CodingKey>(
        keyedBy type: Nested.Type, forKey key: Key
    ) throws -> KeyedDecodingContainer<Nested> {
        try decoder.child(present(key)).container(keyedBy: type)
    }

    func nestedUnkeyedContainer(forKey key: Key) throws -> any UnkeyedDecodingContainer {
        try decoder.child(present(key)).unkeyedContainer()
    }

    func superDecoder() throws -> any Decoder { try decoder.child(present(PathKey(stringValue: "super"))) }

    func superDecoder(forKey key: Key) throws -> any Decoder { try decoder.child(present(key)) }
}

/// The elements of an array.
struct ElementContainer: UnkeyedDecodingContainer {
    private let decoder: ValueDecoder
    private var current: Int32?
    private(set) var currentIndex = 0

    init(_ decoder: ValueDecoder) throws {
        guard decoder.kind == .array else { throw decoder.document.mismatch([Any].self, decoder.node) }
        self.decoder = decoder
        current = decoder.document.first(of: decoder.node)
    }

    var codingPath: [any CodingKey] { decoder.codingPath }

    var count: Int? {
        let array = decoder.document.node(decoder.node)
        return Int(array.count) - (array.lastChild >= 0 && array.lastChild == decoder.document.hidden ? 1 : 0)
    }

    var isAtEnd: Bool { current == nil }

    private func present(_ type: Any.Type) throws -> Int32 {
        if let current { return current }
        throw DecodingError.valueNotFound(
            type,
            DecodingError.Context(
                codingPath: codingPath + [PathKey(intValue: currentIndex)],
                debugDescription: "the array has no more elements"))
    }

    private mutating func advance() {
        current = current.flatMap { decoder.document.next($0) }
        currentIndex += 1
    }

    mutating func decodeNil() throws -> Bool {
        guard try decoder.document.node(present(Never?.self)).kind == .null else { return false }
        advance()
        return true
    }

    mutating func decode<Value: Decodable>(_ type: Value.Type) throws -> Value {
        let value = try Value(from: decoder.child(present(type)))
        advance()
        return value
    }

    mutating func nestedContainer<Nested: CodingKey>(
        keyedBy type: Nested.Type
    ) throws -> KeyedDecodingContainer<Nested> {
        let container = try decoder.child(present([String: Any].self)).container(keyedBy: type)
        advance()
        return container
    }

    mutating func nestedUnkeyedContainer() throws -> any UnkeyedDecodingContainer {
        let container = try decoder.child(present([Any].self)).unkeyedContainer()
        advance()
        return container
    }

    mutating func superDecoder() throws -> any Decoder {
        let value = try decoder.child(present((any Decoder).self))
        advance()
        return value
    }
}
