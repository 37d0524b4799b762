internal import Sluice

extension JSONValue {
    /// The value as JSON text: members in their order, numbers as they were written, no white space.
    ///
    /// ```swift
    /// let value = JSONValue.object([.init(key: "city", value: .string("Oslo")), .init(key: "days", value: .number("3"))])
    /// assert(value.json == #"{"city":"Oslo","days":3}"#)
    /// ```
    /// - Complexity: linear in the size of the value. Recursive, as the value is.
    public var json: String {
        var text = ""
        write(to: &text)
        return text
    }

    private func write(to text: inout String) {
        switch self {
        case .null: text += "null"
        case .bool(let value): text += value ? "true" : "false"
        case .number(let digits): text += digits
        case .string(let string): text += OwnedDelta.quoted(string)
        case .array(let elements):
            text += "["
            for (position, element) in elements.enumerated() {
                if position > 0 { text += "," }
                element.write(to: &text)
            }
            text += "]"
        case .object(let members):
            text += "{"
            for (position, member) in members.enumerated() {
                text += (position > 0 ? "," : "") + OwnedDelta.quoted(member.key) + ":"
                member.value.write(to: &text)
            }
            text += "}"
        }
    }

    /// The value that a text is; nil if it is not JSON.
    init?(json text: String) {
        var document = IncrementalJSON()
        guard (try? document.append(text)) != nil, (try? document.finish()) != nil else { return nil }
        guard let value = document.root?.copied else { return nil }
        self = value
    }

    var elements: [JSONValue] {
        if case .array(let elements) = self { elements } else { [] }
    }

    var members: [Member] {
        if case .object(let members) = self { members } else { [] }
    }

    var stringValue: String? {
        if case .string(let string) = self { string } else { nil }
    }

    var isObject: Bool {
        if case .object = self { true } else { false }
    }

    /// An object without some of its members, and without those that are null.
    func without(_ keys: [String]) -> JSONValue {
        guard isObject else { return self }
        return .object(members.filter { $0.value != .null && !keys.contains($0.key) })
    }

    /// An object in which a member is changed, if it is there.
    func changing(_ key: String, _ change: (JSONValue) -> JSONValue) -> JSONValue {
        guard isObject else { return self }
        return .object(members.map { $0.key == key ? Member(key: key, value: change($0.value)) : $0 })
    }

    /// An object with this member, in front of the others unless it was there.
    func with(_ key: String, ifMissing value: JSONValue) -> JSONValue {
        guard isObject, self[key] == nil else { return self }
        return .object([Member(key: key, value: value)] + members)
    }
}
