// The nodes of a document that was read, by their indices.

extension IncrementalJSON {
    func forEachChild(of node: Int32, _ body: (Int32) -> Void) {
        var child = nodes[Int(node)].firstChild
        while child >= 0 {
            body(child)
            child = nodes[Int(child)].next
        }
    }

    /// A string's bytes, or a number's; empty for other values.
    func text(of node: Int32) -> ArraySlice<UInt8> {
        let node = nodes[Int(node)]
        switch node.kind {
        case .string, .number: return text[node.textStart..<node.textStart + node.textCount]
        case .object, .array, .true, .false, .null: return []
        }
    }

    func key(of node: Int32) -> [UInt8] {
        let node = nodes[Int(node)]
        return node.keyStart < 0 ? [] : Array(text[node.keyStart..<node.keyStart + node.keyCount])
    }

    func isKey(of node: Int32, _ key: [UInt8]) -> Bool {
        let node = nodes[Int(node)]
        guard node.keyStart >= 0, node.keyCount == key.count else { return false }
        return text[node.keyStart..<node.keyStart + node.keyCount] == key[...]
    }

    /// The last member of an object with this key; nil if it is missing or null.
    func member(_ name: FoldName, of object: Int32) -> Int32? {
        guard nodes[Int(object)].kind == .object else { return nil }
        var found: Int32?
        forEachChild(of: object) { if isKey(of: $0, name.bytes) { found = $0 } }
        return found.flatMap { nodes[Int($0)].kind == .null ? nil : $0 }
    }

    func value(at path: FoldPath, from node: Int32 = 0) -> Int32? {
        var node = node
        for name in path.names {
            guard let member = member(name, of: node) else { return nil }
            node = member
        }
        return node
    }

    /// The text of a number; nil for other values.
    func numberText(of node: Int32) -> [UInt8]? {
        nodes[Int(node)].kind == .number ? Array(text(of: node)) : nil
    }

    /// Whether a value is complete, or can be written with what it has.
    func isShown(_ node: Int32) -> Bool { nodes[Int(node)].kind != .string || nodes[Int(node)].isComplete }
}
