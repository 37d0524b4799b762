// A tree as JSON text: members in order of arrival, no white space, elements in the order of their numbers.
internal import Sluice

extension JSONTree {
    func json(_ limits: Limits) -> [UInt8] {
        var text: [UInt8] = []
        text.reserveCapacity(size / 2)
        write(Self.root, limits, &text)
        return text
    }

    /// Recursive: a tree is at most as deep as its documents, plus the depth of the format's table.
    private func write(_ node: Int32, _ limits: Limits, _ text: inout [UInt8]) {
        let value = self[node]
        switch value.kind {
        case .null: text.append(contentsOf: "null".utf8)
        case .true: text.append(contentsOf: "true".utf8)
        case .false: text.append(contentsOf: "false".utf8)
        case .number: text.append(contentsOf: value.text)
        case .string:
            if value.isEncoded, writeEncoded(value.text, limits, &text) { return }
            Self.write(string: value.text, &text)
        case .array:
            text.append(UInt8(ascii: "["))
            for (position, child) in sorted(value).enumerated() {
                if position > 0 { text.append(UInt8(ascii: ",")) }
                write(child, limits, &text)
            }
            text.append(UInt8(ascii: "]"))
        case .object:
            text.append(UInt8(ascii: "{"))
            var isFirst = true
            for child in value.children where self[child].key != Self.hidden {
                if !isFirst { text.append(UInt8(ascii: ",")) }
                isFirst = false
                Self.write(string: self[child].key, &text)
                text.append(UInt8(ascii: ":"))
                write(child, limits, &text)
            }
            text.append(UInt8(ascii: "}"))
        }
    }

    private func sorted(_ array: Node) -> [Int32] {
        guard array.isUnsorted else { return array.children }
        let order = array.children.indices.sorted { first, second in
            let (a, b) = (self[array.children[first]].number, self[array.children[second]].number)
            return a == b ? first < second : a < b
        }
        return order.map { array.children[$0] }
    }

    /// Writes the value that a text encodes. If the text is cut, as that of a cut stream, its last member is left out
    /// unless it is complete. False, and nothing is written, if the text is not JSON.
    private func writeEncoded(_ encoded: [UInt8], _ limits: Limits, _ text: inout [UInt8]) -> Bool {
        var document = IncrementalJSON(limits: limits)
        document.keepsHalves = true
        do { try document.append(Halves.repaired(encoded).span) } catch { return false }
        try? document.finish()
        guard !document.nodes.isEmpty else { return false }
        var value = JSONTree()
        value.copy(document, 0, into: Self.root, completeOnly: true)
        value.write(Self.root, limits, &text)
        return true
    }

    private static func write(string: [UInt8], _ text: inout [UInt8]) {
        text.append(UInt8(ascii: "\""))
        for byte in Halves.repaired(string) {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"):
                text.append(UInt8(ascii: "\\"))
                text.append(byte)
            case 0x20...: text.append(byte)
            case 0x0A: text.append(contentsOf: "\\n".utf8)
            case 0x0D: text.append(contentsOf: "\\r".utf8)
            case 0x09: text.append(contentsOf: "\\t".utf8)
            case 0x08: text.append(contentsOf: "\\b".utf8)
            case 0x0C: text.append(contentsOf: "\\f".utf8)
            default:
                text.append(contentsOf: "\\u00".utf8)
                text.append(byte < 0x10 ? 0x30 : 0x31)
                text.append(contentsOf: String(byte & 0xF, radix: 16).utf8)
            }
        }
        text.append(UInt8(ascii: "\""))
    }
}
