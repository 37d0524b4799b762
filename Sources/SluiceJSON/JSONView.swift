/// One value of an ``IncrementalJSON``, with everything received so far.
///
/// ```swift
/// var json = IncrementalJSON()
/// try json.append(#"{"steps":["one","tw"#)
/// if let steps = json.root?["steps"] {
///     assert(steps.kind == .array && steps.count == 2 && !steps.isComplete)
///     assert(steps[1]?.string == "tw")
/// }
/// ```
///
/// A view copies nothing. The compiler rejects its use after more was appended.
public struct JSONView: ~Escapable {
    /// The types of values.
    public enum Kind: UInt8, Sendable {
        /// `{…}`
        case object
        /// `[…]`
        case array
        /// `"…"`
        case string
        /// A complete number.
        case number
        /// `true`
        case `true`
        /// `false`
        case `false`
        /// `null`
        case null
    }

    private let nodes: Span<IncrementalJSON.Node>
    private let bytes: Span<UInt8>
    private let number: Int

    @_lifetime(copy nodes, copy bytes)
    init(_ nodes: Span<IncrementalJSON.Node>, _ bytes: Span<UInt8>, _ number: Int) {
        self.nodes = nodes
        self.bytes = bytes
        self.number = number
    }

    private var node: IncrementalJSON.Node { nodes[number] }

    @_lifetime(copy self)
    private func view(_ number: Int32) -> JSONView? {
        if number < 0 { return nil }
        return JSONView(nodes, bytes, Int(number))
    }

    /// The type of the value.
    public var kind: Kind { node.kind }
    /// Whether the value has ended with its closing bracket or quote. Always true for numbers, `true`, `false` and `null`.
    public var isComplete: Bool { node.isComplete }
    /// The number of values that an array or object has so far.
    public var count: Int { Int(node.count) }

    /// The first value of an array or object; nil if there is none.
    public var firstChild: JSONView? {
        @_lifetime(copy self) get { view(node.firstChild) }
    }

    /// The last value of an array or object, which may be incomplete; nil if there is none.
    public var lastChild: JSONView? {
        @_lifetime(copy self) get { view(node.lastChild) }
    }

    /// The next value in the same array or object; nil if there is none.
    public var next: JSONView? {
        @_lifetime(copy self) get { view(node.next) }
    }

    /// The key of a member of an object; nil for other values. Allocates if the key is longer than 15 bytes.
    public var key: String? { node.keyStart < 0 ? nil : copy(node.keyStart, node.keyCount) }

    /// The member of an object with this key, the last if there are several; nil if it has not begun.
    /// - Complexity: linear in the object's members.
    public subscript(_ key: String) -> JSONView? {
        @_lifetime(copy self)
        get {
            guard kind == .object else { return nil }
            let wanted = key.utf8Span.span
            var found: Int32 = -1
            var child = node.firstChild
            while child >= 0 {
                if isKey(of: nodes[Int(child)], wanted) { found = child }
                child = nodes[Int(child)].next
            }
            return view(found)
        }
    }

    /// An array's value at `position`, from 0; nil if it has not begun.
    /// - Complexity: linear in `position`. To iterate over all values, use ``firstChild`` and ``next``.
    public subscript(_ position: Int) -> JSONView? {
        @_lifetime(copy self)
        get {
            guard kind == .array, position >= 0, position < count else { return nil }
            var child = node.firstChild
            for _ in 0..<position { child = nodes[Int(child)].next }
            return view(child)
        }
    }

    /// Keys are compared byte by byte: strings that Swift calls equal may be different keys.
    private func isKey(of node: IncrementalJSON.Node, _ wanted: Span<UInt8>) -> Bool {
        guard node.keyStart >= 0, node.keyCount == wanted.count else { return false }
        for index in 0..<wanted.count where bytes[node.keyStart + index] != wanted[index] { return false }
        return true
    }

    private func copy(_ start: Int, _ count: Int) -> String {
        guard let text = try? UTF8Span(validating: bytes.extracting(start..<start + count)) else { return "" }
        return String(copying: text)
    }

    // MARK: Scalars

    /// A string's bytes so far: complete UTF-8 characters with decoded escapes. The text of a number. Otherwise empty.
    public var utf8: Span<UInt8> {
        @_lifetime(copy self)
        get { bytes.extracting(node.textStart..<node.textStart + node.textCount) }
    }

    /// A copy of the string so far; nil for other types.
    /// - Complexity: linear in the length of the string.
    public var string: String? { kind == .string ? copy(node.textStart, node.textCount) : nil }

    /// The text of a number; nil for other types.
    public var numberText: String? { kind == .number ? copy(node.textStart, node.textCount) : nil }

    /// A number rounded to a double; nil for other types.
    public var double: Double? { numberText.flatMap { Double($0) } }

    /// A number that is written as an integer and fits into 64 bits; otherwise nil.
    public var integer: Int? { numberText.flatMap { Int($0) } }

    /// `true` or `false`; nil for other types.
    public var bool: Bool? { kind == .true ? true : kind == .false ? false : nil }

    /// Whether the value is `null`.
    public var isNull: Bool { kind == .null }

    /// A deep copy of the value.
    /// - Complexity: linear in the value's size.
    public var copied: JSONValue {
        var end = number
        while nodes[end].lastChild >= 0 { end = Int(nodes[end].lastChild) }
        // Children have higher indices than their parents: going backwards, each parent finds its children made.
        var made = [JSONValue](repeating: .null, count: end - number + 1)
        for position in (number...end).reversed() {
            made[position - number] = copied(nodes[position], made, from: number)
        }
        return made[0]
    }

    private func copied(_ node: IncrementalJSON.Node, _ made: [JSONValue], from first: Int) -> JSONValue {
        switch node.kind {
        case .object:
            var members: [JSONValue.Member] = []
            var child = Int(node.firstChild)
            while child >= 0 {
                let key = copy(nodes[child].keyStart, nodes[child].keyCount)
                members.append(JSONValue.Member(key: key, value: made[child - first]))
                child = Int(nodes[child].next)
            }
            return .object(members)
        case .array:
            var elements: [JSONValue] = []
            var child = Int(node.firstChild)
            while child >= 0 {
                elements.append(made[child - first])
                child = Int(nodes[child].next)
            }
            return .array(elements)
        case .string: return .string(copy(node.textStart, node.textCount))
        case .number: return .number(copy(node.textStart, node.textCount))
        case .true: return .bool(true)
        case .false: return .bool(false)
        case .null: return .null
        }
    }
}

/// A JSON value that can be stored.
///
/// ```swift
/// var json = IncrementalJSON()
/// try json.append(#"{"a":[1,true,"#)
/// let value = json.root?.copied
/// assert(value == .object([.init(key: "a", value: .array([.number("1"), .bool(true)]))]))
/// assert(value?["a"] == .array([.number("1"), .bool(true)]))
/// ```
public enum JSONValue: Sendable, Hashable {
    /// A member of an object.
    public struct Member: Sendable, Hashable {
        /// The member's key.
        public var key: String
        /// The member's value.
        public var value: JSONValue

        /// Creates a member.
        public init(key: String, value: JSONValue) {
            self.key = key
            self.value = value
        }
    }

    /// `null`
    case null
    /// `true` or `false`
    case bool(Bool)
    /// The text of a number, which may have more digits than a double holds.
    case number(String)
    /// A string.
    case string(String)
    /// An array.
    case array([JSONValue])
    /// An object: its members in the order of the document.
    case object([Member])

    /// The value of an object's last member with this key; nil if there is none.
    public subscript(_ key: String) -> JSONValue? {
        guard case .object(let members) = self else { return nil }
        return members.last { $0.key.utf8.elementsEqual(key.utf8) }?.value
    }
}
