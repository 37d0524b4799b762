// A document that is being decoded. Containers refer to its nodes by index, so nothing of it is copied but the values.

/// The document, and what of it the containers are to see.
final class DecodedDocument {
    /// The nesting of values that are decoded: each level takes a few frames of the stack, which may be one of 512 KiB.
    static let mostNestingDepth = 128

    let json: IncrementalJSON
    /// A value that has not arrived as far as containers can see: always the last one of its object or array.
    let hidden: Int32

    init(_ json: IncrementalJSON, hidden: Int32 = -1) {
        self.json = json
        self.hidden = hidden
    }

    func node(_ number: Int32) -> IncrementalJSON.Node { json.nodes[Int(number)] }

    /// The first value of an object or array; nil if there is none.
    func first(of node: Int32) -> Int32? { visible(self.node(node).firstChild) }

    /// The value behind another one; nil at the end.
    func next(_ node: Int32) -> Int32? { visible(self.node(node).next) }

    private func visible(_ node: Int32) -> Int32? { node < 0 || node == hidden ? nil : node }

    func keyText(of node: Int32) -> String { String(decoding: json.key(of: node), as: UTF8.self) }

    func text(of node: Int32) -> String { String(decoding: json.text(of: node), as: UTF8.self) }

    /// The values that are incomplete, from the top: each is the last one of the one before it.
    var openNodes: [Int32] {
        var open: [Int32] = []
        var node: Int32 = 0
        while node >= 0, !self.node(node).isComplete {
            open.append(node)
            node = self.node(node).lastChild
        }
        return open
    }

    // MARK: Errors

    /// The keys and positions that lead to a value. Found when it is asked for, so that values without an error pay nothing.
    func path(to node: Int32) -> [any CodingKey] {
        var path: [any CodingKey] = []
        var node = node
        while self.node(node).parent >= 0 {
            let parent = self.node(node).parent
            if self.node(node).keyStart >= 0 {
                path.append(PathKey(stringValue: keyText(of: node)))
            } else {
                path.append(PathKey(intValue: position(of: node, in: parent)))
            }
            node = parent
        }
        return path.reversed()
    }

    private func position(of node: Int32, in parent: Int32) -> Int {
        var position = 0
        var child = self.node(parent).firstChild
        while child >= 0, child != node {
            position += 1
            child = self.node(child).next
        }
        return position
    }

    /// What a value is, for people: with the beginning of its text.
    func described(_ node: Int32) -> String {
        func excerpt() -> String {
            let text = text(of: node)
            return text.count <= 32 ? text : text.prefix(32) + "…"
        }
        switch self.node(node).kind {
        case .object: return "an object"
        case .array: return "an array"
        case .string: return "the string \"\(excerpt())\""
        case .number: return "the number \(excerpt())"
        case .true: return "true"
        case .false: return "false"
        case .null: return "null"
        }
    }

    func mismatch(_ type: Any.Type, _ node: Int32) -> DecodingError {
        let context = DecodingError.Context(
            codingPath: path(to: node), debugDescription: "\(described(node)) was found, not \(type)")
        return node >= 0 && self.node(node).kind == .null ? .valueNotFound(type, context) : .typeMismatch(type, context)
    }

    func corrupted(_ node: Int32, _ description: String) -> DecodingError {
        .dataCorrupted(DecodingError.Context(codingPath: path(to: node), debugDescription: description))
    }
}

/// A key or position on the way to a value.
struct PathKey: CodingKey {
    let stringValue: String
    let intValue: Int?

    init(stringValue: String) {
        self.stringValue = stringValue
        intValue = nil
    }

    init(intValue: Int) {
        stringValue = "\(intValue)"
        self.intValue = intValue
    }
}

extension [any CodingKey] {
    /// The path as code would write it: `days[2].date`; empty for the whole document.
    var text: String {
        reduce(into: "") { text, key in
            if let position = key.intValue {
                text += "[\(position)]"
            } else {
                text += text.isEmpty ? key.stringValue : ".\(key.stringValue)"
            }
        }
    }
}
