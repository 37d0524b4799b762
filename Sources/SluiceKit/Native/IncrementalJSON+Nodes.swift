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

    /// Unlinks all but the last of the members with one key, in every object.
    ///
    /// - Returns: the number of keys compared, which is linear in the document.
    mutating func dropRepeatedKeys() -> Int {
        var compared = 0
        for object in nodes.indices where nodes[object].kind == .object && nodes[object].count > 1 {
            var children: [Int32] = []
            forEachChild(of: Int32(object)) { children.append($0) }
            let kept = lastOfEachKey(children, &compared)
            guard kept.count < children.count else { continue }
            nodes[object].firstChild = kept[0]
            nodes[object].lastChild = kept[kept.count - 1]
            nodes[object].count = Int32(kept.count)
            for (child, next) in zip(kept, kept.dropFirst() + [-1]) { nodes[Int(child)].next = next }
        }
        return compared
    }

    private func lastOfEachKey(_ children: [Int32], _ compared: inout Int) -> [Int32] {
        if children.count <= JSONTree.fewChildren {
            compared += children.count * (children.count - 1) / 2
            return children.indices.filter { index in
                !children[(index + 1)...].contains { hasSameKey($0, children[index]) }
            }.map { children[$0] }
        }
        compared += 2 * children.count
        var last: [ArraySlice<UInt8>: Int32] = [:]
        for child in children { last[keySlice(of: child)] = child }
        return children.filter { last[keySlice(of: $0)] == $0 }
    }

    private func keySlice(of node: Int32) -> ArraySlice<UInt8> {
        let node = nodes[Int(node)]
        return text[node.keyStart..<node.keyStart + node.keyCount]
    }

    private func hasSameKey(_ first: Int32, _ second: Int32) -> Bool {
        nodes[Int(first)].keyCount == nodes[Int(second)].keyCount && keySlice(of: first) == keySlice(of: second)
    }
}
