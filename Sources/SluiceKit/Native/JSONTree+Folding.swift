// Rules applied to a value of a document. The recursion has a limit; copying is as deep as the document, which has one,
// too.

extension JSONTree {
    /// Copies a value of a document. Of repeated keys the last counts.
    ///
    /// - Parameter completeOnly: leaves out strings that have no end.
    mutating func copy(
        _ document: IncrementalJSON, _ value: Int32, into node: Int32, completeOnly: Bool = false
    ) {
        let kind = document.nodes[Int(value)].kind
        count(steps: 1)
        guard kind == .object || kind == .array else {
            return set(kind, Array(document.text(of: value)), node)
        }
        clear(node)
        become(kind, node)
        var child = document.nodes[Int(value)].firstChild
        while child >= 0 {
            if !completeOnly || document.isShown(child) {
                let key = document.key(of: child)
                let place = kind == .object ? member(key, of: node) : add(key: key, to: node)
                copy(document, child, into: place, completeOnly: completeOnly)
            }
            child = document.nodes[Int(child)].next
        }
    }

    /// Joins a value of a document to the one that is held at `node`.
    mutating func fold(_ document: IncrementalJSON, _ value: Int32, into node: Int32, _ rule: FoldRule) {
        count(steps: 1)
        let kind = document.nodes[Int(value)].kind
        if kind == .null { return }
        foldDepth += 1
        defer { foldDepth -= 1 }
        if foldDepth > Self.mostFoldDepth { return copy(document, value, into: node) }
        switch rule {
        case .drop: return
        case .last: copy(document, value, into: node)
        case .first: if isBlank(node) { copy(document, value, into: node) }
        case .whole:
            if kind != .string || !document.text(of: value).isEmpty || self[node].kind == .null {
                copy(document, value, into: node)
            }
        case .constant(let name): set(.string, name.bytes, node)
        case .join: join(document, value, into: node)
        case .name:
            let isRepeated =
                kind == .string && self[node].kind == .string && document.text(of: value) == self[node].text[...]
            if !isRepeated { join(document, value, into: node) }
        case .encoded: foldEncoded(document, value, into: node)
        case .merge(let members, let others): merge(document, value, into: node, members, others)
        case .append: append(document, value, to: node)
        case .each:
            become(.array, node)
            copy(document, value, into: add(key: [], to: node))
        case .list(let list):
            guard kind == .array else { return copy(document, value, into: node) }
            match(document, value, into: node, list)
        case .parts: foldParts(document, value, into: node)
        case .call: foldCall(document, value, into: node)
        case .wrap(let name, let path): wrap(name, of: node, into: path)
        case .snapshot(let name): foldSnapshot(document, value, into: node, keeping: name)
        }
    }

    private func isBlank(_ node: Int32) -> Bool {
        switch self[node].kind {
        case .null: true
        case .string: self[node].text.isEmpty
        case .number: self[node].text == [0x30]
        case .object, .array, .true, .false: false
        }
    }

    private mutating func join(_ document: IncrementalJSON, _ value: Int32, into node: Int32) {
        let held = self[node].kind
        switch document.nodes[Int(value)].kind {
        case .string where held == .string: append(document.text(of: value), to: node)
        case .object where held == .object || held == .null: fold(document, value, into: node, .joinedMembers)
        case .array where held == .array || held == .null:
            match(document, value, into: node, FoldRule.joinedElements)
        case .string where held != .null && document.text(of: value).isEmpty: return
        default: copy(document, value, into: node)
        }
    }

    /// Text that is empty changes nothing: a call without arguments keeps what it began with.
    private mutating func foldEncoded(_ document: IncrementalJSON, _ value: Int32, into node: Int32) {
        guard document.nodes[Int(value)].kind == .string else { return copy(document, value, into: node) }
        let piece = document.text(of: value)
        if piece.isEmpty { return }
        beginEncoded(node)
        append(piece, to: node)
    }

    private mutating func merge(
        _ document: IncrementalJSON, _ value: Int32, into node: Int32, _ members: [FoldMember], _ others: FoldRule
    ) {
        guard document.nodes[Int(value)].kind == .object else { return copy(document, value, into: node) }
        become(.object, node)
        var child = document.nodes[Int(value)].firstChild
        while child >= 0 {
            mergeMember(document, child, of: value, into: node, members, others)
            child = document.nodes[Int(child)].next
        }
    }

    private mutating func mergeMember(
        _ document: IncrementalJSON, _ child: Int32, of value: Int32, into node: Int32, _ members: [FoldMember],
        _ others: FoldRule
    ) {
        let member = members.first { document.isKey(of: child, $0.name.bytes) }
        let rule = member?.rule ?? others
        if case .drop = rule { return }
        if let other = member?.other, document.member(other, of: value) != nil { return }
        let target = self.member(member?.target.bytes ?? document.key(of: child), of: node)
        fold(document, child, into: target, rule)
    }

    private mutating func append(_ document: IncrementalJSON, _ value: Int32, to node: Int32) {
        let kind = document.nodes[Int(value)].kind
        // Parallel arrays of log probabilities are in objects.
        if kind == .object, self[node].kind == .object || self[node].kind == .null {
            return merge(document, value, into: node, [], .append)
        }
        guard kind == .array else { return copy(document, value, into: node) }
        become(.array, node)
        document.forEachChild(of: value) { child in copy(document, child, into: add(key: [], to: node)) }
    }

    // MARK: Arrays

    private mutating func match(
        _ document: IncrementalJSON, _ value: Int32, into node: Int32, _ list: FoldList
    ) {
        become(.array, node)
        var position = 0
        var child = document.nodes[Int(value)].firstChild
        while child >= 0 {
            let target = matched(document, child, at: position, in: node, list)
            fold(document, child, into: target, list.element)
            position += 1
            child = document.nodes[Int(child)].next
        }
    }

    /// The element that an element of a document joins, added if there is none.
    private mutating func matched(
        _ document: IncrementalJSON, _ child: Int32, at position: Int, in array: Int32, _ list: FoldList
    ) -> Int32 {
        let number = document.member(list.number, of: child).flatMap { document.numberText(of: $0) }
        guard number != nil || list.countsPositions else { return add(key: [], to: array) }
        let identity = number ?? Array(String(position).utf8)
        let order = Self.order(identity)
        guard let held = element(identity, order, of: array), !isOther(document, child, than: held, list.difference)
        else { return addElement(identity, order, to: array) }
        return held
    }

    /// The number that elements are sorted by: the last for what is no number from 0.
    static func order(_ identity: [UInt8]) -> Int {
        guard identity.count < 18, let number = Int(String(decoding: identity, as: UTF8.self)), number >= 0 else {
            return .max
        }
        return number
    }

    private mutating func isOther(
        _ document: IncrementalJSON, _ value: Int32, than held: Int32, _ difference: FoldList.Difference
    ) -> Bool {
        switch difference {
        case .never: return false
        case .type: return differs(document, value, held, "type")
        case .call:
            guard let function = document.member("function", of: value),
                let name = document.member("name", of: function), !document.text(of: name).isEmpty
            else { return false }
            return differs(document, value, held, "id")
        }
    }

    /// Whether both have a string in this member, not empty, and not the same.
    private mutating func differs(
        _ document: IncrementalJSON, _ value: Int32, _ held: Int32, _ name: FoldName
    ) -> Bool {
        guard let new = document.member(name, of: value), let old = child(name.bytes, of: held) else { return false }
        let text = document.text(of: new)
        return !text.isEmpty && !self[old].text.isEmpty && text != self[old].text[...]
    }

    // MARK: Snapshots

    private mutating func foldSnapshot(
        _ document: IncrementalJSON, _ value: Int32, into node: Int32, keeping name: FoldName
    ) {
        let new = document.member(name, of: value)
        let isMissing = new.map { document.nodes[Int($0)].count == 0 } ?? true
        guard isMissing, self[node].kind == .object, let held = child(name.bytes, of: node),
            !self[held].children.isEmpty
        else { return copy(document, value, into: node) }
        takeOut(held, of: node)
        copy(document, value, into: node)
        become(.object, node)
        putBack(held, to: node)
    }

    private mutating func wrap(_ name: FoldName, of object: Int32, into path: [FoldName]) {
        guard let value = child(name.bytes, of: object) else { return }
        takeOut(value, of: object)
        var node = object
        for name in path {
            become(.object, node)
            node = member(name.bytes, of: node)
        }
        become(.array, node)
        let element = self[node].children.first ?? add(key: [], to: node)
        become(.object, element)
        putBack(value, to: element)
    }
}
