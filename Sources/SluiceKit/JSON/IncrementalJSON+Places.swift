internal import Sluice

// Values by number, for the C ABI, whose callers cannot hold a view.

extension IncrementalJSON {
    /// What is known of one value. Ranges lie in ``decodedText``.
    package struct Place {
        package var kind: JSONView.Kind
        package var isComplete: Bool
        /// The numbers of the first value in it and of the next one beside it; nil if there is none.
        package var first: Int?
        package var next: Int?
        package var count: Int
        /// The key of a member of an object.
        package var key: Range<Int>?
        package var text: Range<Int>
    }

    /// The number of values. They are numbered in order of their beginnings.
    package var placeCount: Int { nodes.count }

    /// The value with this number.
    package func place(_ number: Int) -> Place {
        let node = nodes[number]
        return Place(
            kind: node.kind, isComplete: node.isComplete,
            first: node.firstChild < 0 ? nil : Int(node.firstChild), next: node.next < 0 ? nil : Int(node.next),
            count: Int(node.count), key: node.keyStart < 0 ? nil : node.keyStart..<node.keyStart + node.keyCount,
            text: node.textStart..<node.textStart + node.textCount)
    }

    /// All keys, strings and numbers, decoded; appending to the document appends to it.
    package var decodedText: [UInt8] { text }

    /// Empties the document.
    package mutating func reset() { self = IncrementalJSON(limits: limits) }
}
