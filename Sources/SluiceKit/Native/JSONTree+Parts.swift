// Content that is a string or an array of parts: `{"type":"text","text":"…"}`, `{"text":"…","thought":true}`.
//
// A part that continues the last one is joined to it. It does if both have text or thinking and nothing else but equal
// marks, and if no signature ended the last one.

extension JSONTree {
    mutating func foldParts(_ document: IncrementalJSON, _ value: Int32, into node: Int32) {
        let held = self[node].kind
        switch document.nodes[Int(value)].kind {
        case .array where held == .array || held == .null || isEmptyText(node):
            become(.array, node)
            document.forEachChild(of: value) { addPart(document, $0, to: node) }
        case .array where held == .string:
            wrapText(node)
            document.forEachChild(of: value) { addPart(document, $0, to: node) }
        case .object where held == .array || held == .null || isEmptyText(node):
            become(.array, node)
            addPart(document, value, to: node)
        case .object where held == .string:
            wrapText(node)
            addPart(document, value, to: node)
        case .string where held == .array: addText(document.text(of: value), to: node)
        case .string where held == .string: append(document.text(of: value), to: node)
        default: copy(document, value, into: node)
        }
    }

    private func isEmptyText(_ node: Int32) -> Bool { self[node].kind == .string && self[node].text.isEmpty }

    /// Makes a string an array of one part.
    private mutating func wrapText(_ node: Int32) {
        let text = self[node].text
        become(.array, node)
        addText(text[...], to: node)
    }

    private mutating func addText(_ text: ArraySlice<UInt8>, to array: Int32) {
        if text.isEmpty { return }
        if let last = self[array].children.last, let old = child(Self.text.bytes, of: last), isText(last) {
            return append(text, to: old)
        }
        let part = add(key: [], to: array)
        become(.object, part)
        set(.string, Self.text.bytes, member(Self.type.bytes, of: part))
        set(.string, Array(text), member(Self.text.bytes, of: part))
    }

    private mutating func isText(_ part: Int32) -> Bool {
        guard let type = child(Self.type.bytes, of: part) else { return false }
        return self[type].text == Self.text.bytes
    }

    private mutating func addPart(_ document: IncrementalJSON, _ part: Int32, to array: Int32) {
        if document.member("functionCall", of: part) != nil {
            let last = self[array].children.last.flatMap { continuesCall(document, part, $0) ? $0 : nil }
            return fold(document, part, into: last ?? add(key: [], to: array), Self.callPart)
        }
        guard document.nodes[Int(part)].kind == .object, document.isContinuable(part) else {
            return copy(document, part, into: add(key: [], to: array))
        }
        if let last = self[array].children.last, continues(document, part, last) {
            return fold(document, part, into: last, Self.part)
        }
        // A last part without text only says that there is no more.
        let isEmpty = document.isEmptyPart(part)
        if isEmpty && !self[array].children.isEmpty { return }
        fold(document, part, into: add(key: [], to: array), Self.part)
    }

    private mutating func continues(_ document: IncrementalJSON, _ part: Int32, _ last: Int32) -> Bool {
        guard self[last].kind == .object else { return false }
        for name in [Self.text, "thinking"] {
            let (new, old) = (document.member(name, of: part) != nil, child(name.bytes, of: last) != nil)
            if new != old { return false }
        }
        for name in [Self.type, "thought"] {
            let new = document.member(name, of: part)
            let old = child(name.bytes, of: last)
            if (new == nil) != (old == nil) { return false }
            guard let new, let old else { continue }
            if document.nodes[Int(new)].kind != self[old].kind || document.text(of: new) != self[old].text[...] {
                return false
            }
        }
        guard let signature = child("thoughtSignature".utf8Bytes, of: last) else { return true }
        return self[signature].text.isEmpty
    }

    private static let text: FoldName = "text"
    private static let type: FoldName = "type"

    private static let callPart = FoldRule.merge([FoldMember("functionCall", .call)], others: .last)

    private static let part = FoldRule.merge(
        [FoldMember("text", .join), FoldMember("thinking", .parts)], others: .last)
}

extension String {
    fileprivate var utf8Bytes: [UInt8] { Array(utf8) }
}

extension IncrementalJSON {
    /// Whether a part has text or thinking, and nothing else that text has not.
    fileprivate func isContinuable(_ part: Int32) -> Bool {
        let names: [FoldName] = ["text", "thinking", "type", "thought", "thoughtSignature", "closed"]
        var hasText = false
        var isPlain = true
        forEachChild(of: part) { child in
            guard let name = names.firstIndex(where: { isKey(of: child, $0.bytes) }) else {
                isPlain = false
                return
            }
            if name < 2 { hasText = true }
        }
        return hasText && isPlain
    }

    /// Whether a part is nothing but an empty text.
    fileprivate func isEmptyPart(_ part: Int32) -> Bool {
        guard let value = member("text", of: part), nodes[Int(value)].kind == .string else { return false }
        return text(of: value).isEmpty && member("thoughtSignature", of: part) == nil
    }
}
