// Numbers the paths of a format and binds its rules to them.

struct FormatBuilder {
    typealias Part = CompiledFormat.Part
    typealias Lookup = CompiledFormat.Lookup

    /// The maximum number of rules of a format, and of conditions of a rule.
    static var maxRules: Int { 1024 }
    static var maxConditions: Int { 64 }

    let format: WireFormat
    /// Its rules, without those of details unless they are wanted.
    private let wanted: [Rule]
    /// Conditions ask for the types of blocks, which are then read also without details.
    let remembersBlocks: Bool
    private(set) var names: [String] = []
    private(set) var containers: Set<String> = []
    /// The paths whose values conditions compare.
    private(set) var discriminators: Set<String> = []
    private(set) var entries: [CompiledFormat.PathEntry] = []
    private(set) var rules: [CompiledFormat.BoundRule] = []
    private(set) var conditions: [CompiledFormat.BoundCondition] = []
    private(set) var lookups: [Lookup] = []
    private(set) var values: [[UInt8]] = []
    private(set) var cursors: [UInt16] = []
    private(set) var payloadRules = Part()
    private(set) var details: [Field] = []
    /// The steps of each path: the number of a key, or `Self.element`.
    private var components: [[Int]] = []
    private var keys: [String: Int] = [:]
    private var numbers: [String: Int] = [:]
    /// Indices of rules.
    private var rulesByPath: [String: [Int]] = [:]
    private var rulesByField: [Field: [Int]] = [:]
    /// The conditions of each rule, once they are bound: they are the same wherever the rule is looked up.
    private var boundConditions: [Part?] = []

    private static var element: Int { -1 }

    init(_ format: WireFormat, withDetails: Bool) {
        self.format = format
        let remembers = format.rules.contains { rule in
            rule.conditions.contains { if case .block = $0 { true } else { false } }
        }
        remembersBlocks = remembers
        wanted =
            withDetails
            ? format.rules : format.rules.filter { $0.field.meaning != .detail || remembers && $0.field == .block }
    }

    /// A number in a flat list.
    ///
    /// - Throws: `invalidPath` if the number does not fit.
    static func number<Number: FixedWidthInteger>(_ value: Int) throws(SluiceError) -> Number {
        guard let number = Number(exactly: value) else {
            throw SluiceError(
                .invalidPath, detail: "the format has too many rules that refer to each other; remove some")
        }
        return number
    }

    private func checkSize() throws(SluiceError) {
        let conditions = wanted.map(\.conditions.count).max() ?? 0
        guard wanted.count <= Self.maxRules, conditions <= Self.maxConditions else {
            throw SluiceError(
                .invalidPath,
                detail:
                    "the format '\(format.name)' has \(wanted.count) rules with up to \(conditions) conditions; "
                    + "at most \(Self.maxRules) rules and \(Self.maxConditions) conditions are allowed")
        }
    }

    mutating func build() throws(SluiceError) {
        try checkSize()
        boundConditions = Array(repeating: nil, count: wanted.count)
        for (index, rule) in wanted.enumerated() {
            rulesByPath[rule.path, default: []].append(index)
            rulesByField[rule.field, default: []].append(index)
        }
        for rule in wanted {
            if rule.path != "$" { _ = try number(rule.path) }
            for condition in rule.conditions {
                guard let path = condition.path else { continue }
                _ = try number(path)
                if case .present = condition { containers.insert(path) }
                if condition.comparesValue { discriminators.insert(path) }
            }
            if rule.field.meaning.takesContainers { containers.insert(rule.path) }
        }
        if !format.silentEvents.isEmpty {
            // Events without deltas match templates only if one template has one type.
            _ = try number("type")
            discriminators.insert("type")
        }
        for index in names.indices {
            let name = names[index]
            entries[index].rules = try bindRules(rulesByPath[name] ?? [])
            try bindIndices(index)
        }
        payloadRules = try bindRules(rulesByPath["$"] ?? [])
    }

    private mutating func number(_ path: String) throws(SluiceError) -> Int {
        if let known = numbers[path] { return known }
        let parts = try CaptureTable.components(of: path).map { component in
            guard case .key(let key) = component else { return Self.element }
            let known = keys[key] ?? keys.count
            keys[key] = known
            return known
        }
        var entry = CompiledFormat.PathEntry()
        entry.levels = try Self.number(parts.count { $0 == Self.element })
        numbers[path] = names.count
        names.append(path)
        entries.append(entry)
        components.append(parts)
        return names.count - 1
    }

    private mutating func bindRules(_ chosen: [Int]) throws(SluiceError) -> Part {
        let start = rules.count
        for index in chosen {
            let rule = wanted[index]
            var bound = CompiledFormat.BoundRule(
                field: rule.field.meaning, conditions: try bindAll(index), whole: rule.whole)
            if rule.field.meaning == .detail { bound.detail = try detail(rule.field) }
            rules.append(bound)
        }
        return try Part(start: start, end: rules.count)
    }

    /// The number of a detail's field.
    private mutating func detail(_ field: Field) throws(SluiceError) -> UInt16 {
        if let known = details.firstIndex(of: field) { return try Self.number(known) }
        details.append(field)
        return try Self.number(details.count - 1)
    }

    private mutating func bindAll(_ index: Int) throws(SluiceError) -> Part {
        if let known = boundConditions[index] { return known }
        let rule = wanted[index]
        let first = conditions.count
        for condition in rule.conditions { conditions.append(try bind(condition, to: rule.path)) }
        let bound = try Part(start: first, end: conditions.count)
        boundConditions[index] = bound
        return bound
    }

    private mutating func bind(_ condition: Condition, to rule: String) throws(SluiceError)
        -> CompiledFormat.BoundCondition
    {
        var bound = CompiledFormat.BoundCondition(test: .errorEvent)
        switch condition {
        case .equals(_, let value):
            bound.test = .equals
            bound.value = try remember(value)
        case .differs(_, let value):
            bound.test = .differs
            bound.value = try remember(value)
        case .event(let type):
            bound.test = .event
            bound.value = try remember(type)
        case .block(let type):
            bound.test = .block
            bound.hash = Array(type.utf8).withWindow { ToolCallTable.hash($0) }
        case .present: bound.test = .present
        case .empty: bound.test = .empty
        case .notEmpty: bound.test = .notEmpty
        case .isTrue: bound.test = .isTrue
        case .isNotTrue: bound.test = .isNotTrue
        case .errorEvent: bound.test = .errorEvent
        case .notErrorEvent: bound.test = .notErrorEvent
        case .hasPrefix, .hasOnly:
            throw SluiceError(
                .invalidPath, detail: "a rule of '\(format.name)' has a condition that only signatures may have")
        }
        if let path = condition.path { bound.lookup = try lookup(path, from: rule) }
        return bound
    }

    private mutating func remember(_ value: String) throws(SluiceError) -> UInt16 {
        values.append(Array(value.utf8))
        return try Self.number(values.count - 1)
    }

    /// How to find `path` from a capture of `rule`: all arrays of the path have to be arrays of the rule's path too.
    private mutating func lookup(_ name: String, from rule: String) throws(SluiceError) -> Lookup {
        let index = try number(name)
        let own = entries[index].levels
        guard rule != "$", let other = numbers[rule], sharedLevels(index, other) == Int(own) else {
            throw SluiceError(
                .invalidPath,
                detail: "'\(name)' is in an array that '\(rule)' is not in; use a path in the same arrays")
        }
        let path: UInt16 = try Self.number(index)
        let cursor = cursors.firstIndex(of: path) ?? cursors.count
        if cursor == cursors.count { cursors.append(path) }
        guard cursors.count <= CompiledFormat.maxCursors else {
            throw SluiceError(
                .invalidPath,
                detail: "the rules of '\(format.name)' look up over \(CompiledFormat.maxCursors) paths; remove some")
        }
        return Lookup(path: path, levels: own, cursor: try Self.number(cursor))
    }

    private func sharedLevels(_ first: Int, _ second: Int) -> Int {
        components[first].prefix(affinity(first, second)).count { $0 == Self.element }
    }

    /// The length of the longest common prefix of two paths.
    private func affinity(_ first: Int, _ second: Int) -> Int {
        let count = min(components[first].count, components[second].count)
        return (0..<count).first { components[first][$0] != components[second][$0] } ?? count
    }

    private mutating func bindIndices(_ index: Int) throws(SluiceError) {
        entries[index].choice = try candidates(.choice, for: index)
        entries[index].tool = try candidates(.tool, for: index)
        entries[index].toolID = try candidates(.toolID, for: index)
        entries[index].toolName = try candidates(.toolName, for: index)
        let choice = entries[index].choice
        if !choice.isEmpty { entries[index].choiceLevel = try Self.number(Int(lookups[choice.start].levels) - 1) }
    }

    /// The fields that apply to the path at `index`, the nearest first: those in the innermost array, then those with the
    /// longest common prefix.
    private mutating func candidates(_ field: Field, for index: Int) throws(SluiceError) -> Part {
        var found: [(rule: Int, levels: Int, affinity: Int)] = []
        for rule in rulesByField[field] ?? [] {
            guard let other = numbers[wanted[rule].path] else { continue }
            let levels = Int(entries[other].levels)
            guard sharedLevels(other, index) == levels else { continue }
            found.append((rule, levels, affinity(other, index)))
        }
        let innermost = found.map(\.levels).max() ?? 0
        found = found.filter { $0.levels == innermost }.sorted { $0.affinity > $1.affinity }
        let start = lookups.count
        for candidate in found {
            let rule = wanted[candidate.rule]
            var lookup = try lookup(rule.path, from: names[index])
            lookup.conditions = try bindAll(candidate.rule)
            lookup.origin = rule.origin
            lookups.append(lookup)
        }
        return try Part(start: start, end: lookups.count)
    }
}
