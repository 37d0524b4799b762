// A JSON value that grows while a stream is read.
//
// Nodes are in one array and refer to each other by index. A string grows in place, so joining n pieces costs what
// their bytes cost. Nodes of a replaced value are used again, so a value that each event replaces (usage, a snapshot)
// takes no more memory than its largest version.
//
// Strings are held decoded, as UTF-8 in which an unpaired surrogate has three bytes of its own (WTF-8): a pair that is
// cut between two pieces is joined when the second arrives.

struct JSONTree: Sendable {
    struct Node: Sendable {
        var kind = JSONView.Kind.null
        /// A string that is the text of a JSON value, which is written in its place.
        var isEncoded = false
        /// An array whose elements did not arrive in the order of their numbers.
        var isUnsorted = false
        /// A member's key; an element's identity, if elements are matched.
        var key: [UInt8] = []
        /// The text of a string, decoded; that of a number, as it was sent.
        var text: [UInt8] = []
        var children: [Int32] = []
        /// The last child of each key, once there are many children.
        var places: [[UInt8]: Int32]?
        /// An element's number.
        var number = 0
    }

    static let root: Int32 = 0
    /// Nested rules: about two for each level of a document. Values below are not joined, the last counts. All formats
    /// have what they join within ten levels; more would not fit into the stack of every thread.
    static let mostFoldDepth = 64
    /// The bytes that a node counts, beside its key and text: the node, its arrays' headers, its place in its parent.
    static let nodeBytes = 160
    /// From this number of children on, they are found by their hash.
    static let fewChildren = 16

    private(set) var nodes = [Node()]
    private var unused: [Int32] = []
    /// The bytes of all nodes, keys and texts. Growing arrays reserve up to as many again.
    private(set) var size = JSONTree.nodeBytes
    /// The work done: nodes visited, keys compared, bytes copied. A test requires it to be linear.
    private(set) var steps: UInt64 = 0

    /// The rules being applied.
    var foldDepth = 0

    subscript(_ node: Int32) -> Node { nodes[Int(node)] }

    mutating func count(steps count: Int) { steps &+= UInt64(count) }

    // MARK: Nodes

    /// Adds a child that is null.
    mutating func add(key: [UInt8], to parent: Int32) -> Int32 {
        let node: Int32
        if let free = unused.popLast() {
            node = free
        } else {
            node = Int32(nodes.count)
            nodes.append(Node())
        }
        nodes[Int(node)].key = key
        size += Self.nodeBytes + key.count
        nodes[Int(parent)].children.append(node)
        index(node, in: parent)
        return node
    }

    private mutating func index(_ node: Int32, in parent: Int32) {
        let count = nodes[Int(parent)].children.count
        guard count > Self.fewChildren else { return }
        if nodes[Int(parent)].places == nil {
            var places: [[UInt8]: Int32] = [:]
            for child in nodes[Int(parent)].children where hasKey(child, in: parent) {
                places[nodes[Int(child)].key] = child
            }
            nodes[Int(parent)].places = places
            steps &+= UInt64(count)
        } else if hasKey(node, in: parent) {
            let key = nodes[Int(node)].key
            nodes[Int(parent)].places?[key] = node
        }
    }

    private func hasKey(_ child: Int32, in parent: Int32) -> Bool {
        nodes[Int(parent)].kind == .object || !nodes[Int(child)].key.isEmpty
    }

    /// Makes a node null and releases what is in it.
    mutating func clear(_ node: Int32) {
        var open = nodes[Int(node)].children
        empty(node)
        while let child = open.popLast() {
            open.append(contentsOf: nodes[Int(child)].children)
            empty(child)
            size -= Self.nodeBytes + nodes[Int(child)].key.count
            nodes[Int(child)].key = []
            nodes[Int(child)].number = 0
            unused.append(child)
            steps &+= 1
        }
    }

    private mutating func empty(_ node: Int32) {
        size -= nodes[Int(node)].text.count
        nodes[Int(node)].kind = .null
        nodes[Int(node)].isEncoded = false
        nodes[Int(node)].isUnsorted = false
        nodes[Int(node)].text = []
        nodes[Int(node)].children = []
        nodes[Int(node)].places = nil
    }

    /// Makes a node a container of this kind, empty unless it was one.
    mutating func become(_ kind: JSONView.Kind, _ node: Int32) {
        if nodes[Int(node)].kind == kind { return }
        clear(node)
        nodes[Int(node)].kind = kind
    }

    mutating func setNumber(_ number: Int, of node: Int32, in parent: Int32) {
        nodes[Int(node)].number = number
        let children = nodes[Int(parent)].children
        guard children.count > 1, nodes[Int(children[children.count - 2])].number > number else { return }
        nodes[Int(parent)].isUnsorted = true
    }

    // MARK: Texts

    mutating func set(_ kind: JSONView.Kind, _ text: [UInt8], _ node: Int32) {
        clear(node)
        nodes[Int(node)].kind = kind
        nodes[Int(node)].text = text
        size += text.count
        steps &+= UInt64(text.count)
    }

    mutating func beginEncoded(_ node: Int32) {
        if nodes[Int(node)].isEncoded { return }
        set(.string, [], node)
        nodes[Int(node)].isEncoded = true
    }

    /// Appends a piece to a string. Two halves of a surrogate pair become one character.
    mutating func append(_ piece: ArraySlice<UInt8>, to node: Int32) {
        var piece = piece
        size -= nodes[Int(node)].text.count
        if let character = Halves.joined(nodes[Int(node)].text[...], piece) {
            nodes[Int(node)].text.removeLast(3)
            nodes[Int(node)].text.append(contentsOf: character)
            piece = piece.dropFirst(3)
        }
        nodes[Int(node)].text.append(contentsOf: piece)
        size += nodes[Int(node)].text.count
        steps &+= UInt64(piece.count)
    }

    // MARK: Children

    /// The last child with this key; nil if there is none.
    mutating func child(_ key: [UInt8], of parent: Int32) -> Int32? {
        if let places = nodes[Int(parent)].places {
            steps &+= 1
            return places[key]
        }
        for child in nodes[Int(parent)].children.reversed() {
            steps &+= 1
            if nodes[Int(child)].key == key { return child }
        }
        return nil
    }

    /// The member with this key, null if it was missing. The node has to be an object.
    mutating func member(_ key: [UInt8], of object: Int32) -> Int32 {
        child(key, of: object) ?? add(key: key, to: object)
    }

    /// The element with this identity; else the one at this position, if elements have no identities; nil if there is
    /// none.
    mutating func element(_ identity: [UInt8], _ number: Int, of array: Int32) -> Int32? {
        if let found = child(identity, of: array) { return found }
        let children = nodes[Int(array)].children
        guard number < children.count, nodes[Int(children[number])].key.isEmpty else { return nil }
        return children[number]
    }

    mutating func addElement(_ identity: [UInt8], _ number: Int, to array: Int32) -> Int32 {
        let element = add(key: identity, to: array)
        setNumber(number, of: element, in: array)
        return element
    }

    mutating func remove(_ child: Int32, of parent: Int32) {
        takeOut(child, of: parent)
        clear(child)
        size -= Self.nodeBytes + nodes[Int(child)].key.count
        nodes[Int(child)] = Node()
        unused.append(child)
    }

    /// Takes a child out, to be put back with ``putBack(_:to:)``.
    mutating func takeOut(_ child: Int32, of parent: Int32) {
        nodes[Int(parent)].children.removeAll { $0 == child }
        nodes[Int(parent)].places = nil
    }

    /// Makes a child that was taken out the member with its key, in place of the present one.
    mutating func putBack(_ child: Int32, to parent: Int32) {
        let place = member(nodes[Int(child)].key, of: parent)
        clear(place)
        let key = nodes[Int(place)].key
        nodes[Int(place)] = nodes[Int(child)]
        nodes[Int(place)].key = key
        nodes[Int(child)] = Node()
        size -= Self.nodeBytes + key.count
        unused.append(child)
    }
}
