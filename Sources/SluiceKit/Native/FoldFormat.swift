// A provider's table: which part of which event goes where, and by which rule.

internal import Sluice

/// A part of an event that joins a part of the object.
struct FoldAction: Sendable {
    /// What a document must have for the action.
    enum Condition: Sendable {
        case isOne(FoldPath, of: [FoldName])
        /// The value is none of these; a missing one is empty.
        case differs(FoldPath, [FoldName])
        case present(FoldPath)
        case missing(FoldPath)
        /// The object has something there.
        case held([Step])
        case notHeld([Step])
    }

    /// One step from the object's top to the value that is changed.
    enum Step: Sendable {
        case member(FoldName)
        /// The element with the number that the document has at this path.
        case element(FoldPath)
        /// A new element with that number. Some streams number each kind of element from 0.
        case newElement(FoldPath)
        case firstElement
    }

    /// The format's kinds of event; empty for all.
    let kinds: [FoldName]
    let conditions: [Condition]
    let source: FoldPath
    let target: [Step]
    let rule: FoldRule
    /// Whether the event may begin what it changes: the object, or the first element on the way. Without that, it is
    /// out of place.
    let begins: Bool

    init(
        of kinds: [FoldName] = [], when conditions: [Condition] = [], from source: FoldPath = "",
        to target: [Step] = [],
        by rule: FoldRule, begins: Bool = true
    ) {
        self.kinds = kinds
        self.conditions = conditions
        self.source = source
        self.target = target
        self.rule = rule
        self.begins = begins
    }
}

/// How the documents of one wire format become the object.
struct FoldFormat: Sendable {
    let name: String
    /// Where a document has its kind; nil if all are of one kind.
    let kind: FoldPath?
    let actions: [FoldAction]

    init(_ name: String, kind: FoldPath? = nil, _ actions: [FoldAction]) {
        self.name = name
        self.kind = kind
        self.actions = actions
    }

    /// Documents that are all joined by one rule.
    init(_ name: String, _ rule: FoldRule) { self.init(name, [FoldAction(by: rule)]) }

    /// Joins a document to the object. If it is out of place, nothing is changed.
    func fold(_ document: IncrementalJSON, into tree: inout JSONTree) throws(SluiceError) {
        let kind = kind.flatMap { document.value(at: $0) }.map { document.text(of: $0) }
        var found: [(action: FoldAction, value: Int32)] = []
        for action in actions where action.isMeant(document, kind) && holds(action, document, &tree) {
            guard let value = document.value(at: action.source) else { continue }
            try check(action, document, &tree)
            found.append((action, value))
        }
        for (action, value) in found {
            let node = place(action, document, &tree)
            tree.fold(document, value, into: node, action.rule)
        }
    }

    private func holds(_ action: FoldAction, _ document: IncrementalJSON, _ tree: inout JSONTree) -> Bool {
        for condition in action.conditions {
            switch condition {
            case .held(let steps): if find(steps, document, &tree) == nil { return false }
            case .notHeld(let steps): if find(steps, document, &tree) != nil { return false }
            case .isOne, .differs, .present, .missing: continue
            }
        }
        return true
    }

    private func find(_ steps: [FoldAction.Step], _ document: IncrementalJSON, _ tree: inout JSONTree) -> Int32? {
        var node = JSONTree.root
        for step in steps {
            let next: Int32?
            switch step {
            case .member(let name): next = tree.child(name.bytes, of: node)
            case .element(let path), .newElement(let path):
                let number = document.value(at: path).flatMap { document.numberText(of: $0) }
                next = number.flatMap { tree.element($0, JSONTree.order($0), of: node) }
            case .firstElement: next = tree[node].children.first
            }
            guard let next else { return nil }
            node = next
        }
        return node
    }

    private func check(
        _ action: FoldAction, _ document: IncrementalJSON, _ tree: inout JSONTree
    ) throws(SluiceError) {
        if !action.begins, tree[JSONTree.root].kind == .null {
            throw outOfPlace("before the event that begins the object")
        }
        var isFirst = true
        for (position, step) in action.target.enumerated() {
            guard let path = step.number else { continue }
            guard document.value(at: path).flatMap({ document.numberText(of: $0) }) != nil else {
                throw outOfPlace("without the number of what it changes")
            }
            if case .element = step, isFirst, !action.begins,
                find(Array(action.target[...position]), document, &tree) == nil
            {
                throw outOfPlace("for an element that has not begun")
            }
            isFirst = false
        }
    }

    private func outOfPlace(_ what: String) -> SluiceError {
        SluiceError(.unexpectedPayload, detail: "an event of \(name) came \(what); it was left out")
    }

    /// The node that an action changes; what is missing on the way is added.
    private func place(_ action: FoldAction, _ document: IncrementalJSON, _ tree: inout JSONTree) -> Int32 {
        var node = JSONTree.root
        for step in action.target {
            switch step {
            case .member(let name):
                tree.become(.object, node)
                node = tree.member(name.bytes, of: node)
            case .element(let path):
                let number = document.value(at: path).flatMap { document.numberText(of: $0) } ?? []
                let order = JSONTree.order(number)
                tree.become(.array, node)
                node = tree.element(number, order, of: node) ?? tree.addElement(number, order, to: node)
            case .newElement(let path):
                let number = document.value(at: path).flatMap { document.numberText(of: $0) } ?? []
                tree.become(.array, node)
                node = tree.addElement(number, JSONTree.order(number), to: node)
            case .firstElement:
                tree.become(.array, node)
                node = tree[node].children.first ?? tree.addElement([0x30], 0, to: node)
            }
        }
        return node
    }
}

extension FoldAction.Step {
    /// Where the document has the number of the element.
    fileprivate var number: FoldPath? {
        switch self {
        case .element(let path), .newElement(let path): path
        case .member, .firstElement: nil
        }
    }
}

extension FoldAction {
    fileprivate func isMeant(_ document: IncrementalJSON, _ kind: ArraySlice<UInt8>?) -> Bool {
        guard kinds.isEmpty || kinds.contains(where: { $0.bytes[...] == kind ?? [] }) else { return false }
        return conditions.allSatisfy { condition in
            switch condition {
            case .isOne(let path, let names):
                document.value(at: path).map { value in
                    names.contains { $0.bytes[...] == document.text(of: value) }
                } ?? false
            case .differs(let path, let names):
                !names.contains { $0.bytes[...] == document.value(at: path).map { document.text(of: $0) } ?? [] }
            case .present(let path): document.value(at: path) != nil
            case .missing(let path): document.value(at: path) == nil
            case .held, .notHeld: true
            }
        }
    }
}
