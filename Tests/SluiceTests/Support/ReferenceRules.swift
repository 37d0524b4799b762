import Sluice

// A wire format's public table, read the plain way: which values of a document its paths name, and what stands beside them.
//
// A path is found by following it from the root; a path of a condition, or of a number that stands beside a value, in
// the elements that the value lies in. Nothing is remembered between two look-ups.
//
// null is no value. An object or array is one only at the paths whose rules take it whole (arguments, held ones, ends of calls,
// errors, terminal markers) or that a condition asks for the presence of.

struct ReferencePath: Hashable {
    enum Step: Hashable {
        case key([UInt8])
        case element
    }

    let steps: [Step]
    /// Arrays that it passes through.
    let levels: Int

    /// Of the form `choices[].delta."odd.key"`.
    init(_ text: String) {
        var steps: [Step] = []
        var rest = Substring(text)
        while !rest.isEmpty {
            if rest.hasPrefix("[]") {
                steps.append(.element)
                rest = rest.dropFirst(2)
            } else if rest.hasPrefix(".") {
                rest = rest.dropFirst()
            } else if rest.hasPrefix("\"") {
                let key = rest.dropFirst().prefix { $0 != "\"" }
                steps.append(.key(Array(key.utf8)))
                rest = rest.dropFirst(key.count + 2)
            } else {
                let key = rest.prefix { $0 != "." && $0 != "[" }
                steps.append(.key(Array(key.utf8)))
                rest = rest.dropFirst(key.count)
            }
        }
        self.steps = steps
        levels = steps.count { $0 == .element }
    }

    /// Steps that two paths begin with alike.
    func common(_ other: ReferencePath) -> ArraySlice<Step> {
        let count = zip(steps, other.steps).prefix { $0.0 == $0.1 }.count
        return steps[..<count]
    }

    /// Whether every array of this path is one that `other` passes through too.
    func isBeside(_ other: ReferencePath) -> Bool {
        common(other).count { $0 == .element } == levels
    }
}

/// A value that a path names, and where: the number of the element in each array that the path passes through.
struct ReferencePlace {
    var value: ReferenceValue
    var positions: [Int]
}

/// A format's table with its paths taken apart.
struct ReferenceTable {
    struct Test {
        var condition: Condition
        var path: Int?
    }

    struct Entry {
        var field: Field
        var path: Int
        var tests: [Test]
        var whole: Rule.Whole?
        var origin: ToolOrigin
    }

    let format: WireFormat
    /// Details are read, and texts have the numbers of their blocks.
    let hasDetails: Bool
    /// Conditions ask for the types of blocks.
    let remembersBlocks: Bool
    private(set) var paths: [ReferencePath] = []
    private(set) var entries: [Entry] = []
    /// Of each path, the rules that give it a meaning, in the table's order.
    private(set) var rules: [[Int]] = []
    /// Of each path, the rules that may number or name the thing that it belongs to, the likeliest first.
    private(set) var speakers: [[Field: [Int]]] = []
    private var wholes: Set<Int> = []
    /// The same with details, where this has none.
    private(set) var detailed: [ReferenceTable] = []

    init(_ format: WireFormat, hasDetails: Bool = false) {
        self.format = format
        self.hasDetails = hasDetails
        if !hasDetails { detailed = [ReferenceTable(format, hasDetails: true)] }
        let remembers = format.rules.contains { $0.conditions.contains { Self.isOfBlock($0) } }
        remembersBlocks = remembers
        for rule in format.rules where hasDetails || !Self.isDetail(rule.field) || remembers && rule.field == .block {
            let path = number(rule.path)
            let tests = rule.conditions.map { Test(condition: $0, path: Self.path(of: $0).map { number($0) }) }
            entries.append(
                Entry(field: rule.field, path: path, tests: tests, whole: rule.whole, origin: rule.origin))
            if Self.mayBeWhole(rule.field) { wholes.insert(path) }
            for test in tests { if case .present = test.condition, let path = test.path { wholes.insert(path) } }
        }
        rules = paths.indices.map { path in entries.indices.filter { entries[$0].path == path } }
        speakers = paths.indices.map { path in
            var found: [Field: [Int]] = [:]
            for field in [Field.choice, .tool, .toolID, .toolName] { found[field] = speakers(field, for: path) }
            return found
        }
    }

    private static func mayBeWhole(_ field: Field) -> Bool {
        let known: [Field] = [.toolArguments, .heldArguments, .partialArguments, .toolEnd, .error, .terminal]
        return known.contains(field) || isDetail(field)
    }

    /// Whether the rule reads the value: an object or array only if it takes it as a whole.
    func takes(_ value: ReferenceValue, by rule: Int) -> Bool {
        !value.isContainer || Self.mayBeWhole(entries[rule].field)
    }

    private static func isOfBlock(_ condition: Condition) -> Bool {
        if case .block = condition { true } else { false }
    }

    /// Whatever is none of the fields that the rules know by name.
    static func isDetail(_ field: Field) -> Bool {
        let known: [Field] = [
            .text, .reasoning, .toolPlan, .refusal, .choice, .tool, .toolID, .toolName, .toolArguments, .heldArguments,
            .partialArguments, .toolContinues, .toolEnd, .finish, .inputTokens, .outputTokens, .errorType,
            .errorMessage,
            .error, .partial, .position, .total, .terminal, .document, .encodedText, .ignored,
        ]
        return !known.contains(field)
    }

    private static func path(of condition: Condition) -> String? {
        switch condition {
        case .equals(let path, _), .differs(let path, _), .present(let path), .empty(let path), .notEmpty(let path),
            .isTrue(let path), .isNotTrue(let path), .hasPrefix(let path, _):
            path
        case .event, .block, .hasOnly, .errorEvent, .notErrorEvent: nil
        }
    }

    private mutating func number(_ text: String) -> Int {
        let path = ReferencePath(text)
        if let known = paths.firstIndex(of: path) { return known }
        paths.append(path)
        return paths.count - 1
    }

    /// Those in the innermost array that both lie in, of these first the one whose path begins most like this one.
    private func speakers(_ field: Field, for path: Int) -> [Int] {
        let own = paths[path]
        let beside = entries.indices.filter { entries[$0].field == field && paths[entries[$0].path].isBeside(own) }
        let innermost = beside.map { paths[entries[$0].path].levels }.max()
        let nearest = beside.filter { paths[entries[$0].path].levels == innermost }
        return nearest.sorted {
            let first = paths[entries[$0].path].common(own).count
            let second = paths[entries[$1].path].common(own).count
            return first == second ? $0 < $1 : first > second
        }
    }

    // MARK: Looking up

    private func counts(_ value: ReferenceValue, at path: Int) -> Bool {
        value.kind != .null && (!value.isContainer || wholes.contains(path))
    }

    /// Every value that rules give a meaning, in the document's order.
    func places(in root: ReferenceValue) -> [(path: Int, place: ReferencePlace)] {
        var found: [(path: Int, place: ReferencePlace)] = []
        for path in paths.indices where !rules[path].isEmpty {
            var places: [ReferencePlace] = []
            Self.follow(paths[path].steps[...], ReferencePlace(value: root, positions: []), &places)
            for place in places where counts(place.value, at: path) { found.append((path, place)) }
        }
        return found.sorted { $0.place.value.range.lowerBound < $1.place.value.range.lowerBound }
    }

    private static func follow(
        _ steps: ArraySlice<ReferencePath.Step>, _ place: ReferencePlace, _ found: inout [ReferencePlace]
    ) {
        switch steps.first {
        case nil: found.append(place)
        case .key(let key):
            guard place.value.kind == .object, let member = place.value.member(key) else { return }
            follow(steps.dropFirst(), ReferencePlace(value: member, positions: place.positions), &found)
        case .element:
            guard place.value.kind == .array else { return }
            for (position, element) in place.value.elements.enumerated() {
                let inner = ReferencePlace(value: element, positions: place.positions + [position])
                follow(steps.dropFirst(), inner, &found)
            }
        }
    }

    /// The objects that the value at `path` lies in, the innermost last.
    func objects(around path: Int, _ positions: [Int], in root: ReferenceValue) -> [ReferenceValue] {
        var found: [ReferenceValue] = []
        var value = root
        var rest = positions[...]
        for step in paths[path].steps {
            if value.kind == .object { found.append(value) }
            switch step {
            case .key(let key): value = value.member(key) ?? value
            case .element: if let position = rest.popFirst() { value = value.elements[position] }
            }
        }
        return found
    }

    /// The value at `path` in the elements that `positions` names.
    func value(_ path: Int, beside positions: [Int], in root: ReferenceValue) -> ReferenceValue? {
        var value = root
        var level = 0
        for step in paths[path].steps {
            switch step {
            case .key(let key):
                guard value.kind == .object, let member = value.member(key) else { return nil }
                value = member
            case .element:
                guard value.kind == .array, level < positions.count, positions[level] < value.elements.count else {
                    return nil
                }
                value = value.elements[positions[level]]
                level += 1
            }
        }
        return counts(value, at: path) ? value : nil
    }
}
