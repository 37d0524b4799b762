internal import CSluiceSimdjson

// A table as JSON, for the command and for C: docs/TABLES.md has its form.

extension WireFormat {
    /// Creates a format from a table in JSON, as the command reads it from a file.
    ///
    /// ```json
    /// {"name": "mine", "framing": "sse", "terminal": ["[DONE]"],
    ///  "rules": [
    ///    {"path": "delta.text", "field": "text"},
    ///    {"path": "delta.mood", "field": "mood"},
    ///    {"path": "kind", "field": "terminal", "when": [{"equals": "kind", "value": "bye"}]}],
    ///  "signature": [[{"equals": "kind", "value": "hello"}]]}
    /// ```
    ///
    /// With `extends`, the rules are added to those of the built-in format with that name. A field that is none of
    /// ``Field/allCases`` is one of one's own.
    /// - Throws: ``SluiceError/Code/invalidTable`` for what is no table, with what was found and where;
    ///   ``SluiceError/Code/invalidPath`` as ``validate()``.
    /// - Complexity: linear in the table's bytes.
    public init(json: String) throws(SluiceError) {
        var reader = TableReader()
        self = try reader.read(Array(json.utf8))
        try validate()
    }
}

/// Reads one table.
private struct TableReader {
    private static let texts = ["name", "extends", "framing", "payload", "tools"]
    private static let lists = ["terminal", "silent"]
    private static let conditions = [
        "equals", "differs", "present", "empty", "not_empty", "true", "not_true", "event", "block", "prefix",
    ]
    private static let conditionKeys = conditions + ["value", "only", "error_event"]
    private static let ruleKeys = ["path", "field", "whole", "origin", "when"]
    private static let tableKeys = texts + lists + ["usage_whole", "rules", "signature"]
    private static let conditionPlaces = ["rules[].when[]", "signature[][]"]
    private static let listPaths = Set(
        lists + ["rules", "rules[].when", "signature", "signature[]"] + conditionPlaces.map { $0 + ".only" })
    private static let paths: [String] =
        listPaths.sorted() + ["rules[]"] + conditionPlaces + ["usage_whole"]
        + texts + lists.map { $0 + "[]" } + ["path", "field", "whole", "origin"].map { "rules[]." + $0 }
        + conditionPlaces.flatMap { place in
            (conditions + ["value", "error_event"]).map { place + "." + $0 } + [place + ".only[]"]
        }

    /// The value of a path in some elements.
    private struct Place: Hashable {
        var path: String
        var positions: [UInt32]
    }

    private var values: [Place: String] = [:]
    /// Of each list, how many elements it has.
    private var counts: [Place: Int] = [:]

    mutating func read(_ bytes: [UInt8]) throws(SluiceError) -> WireFormat {
        try capture(Window(lending: bytes.span.rawBytes))
        return try format()
    }

    // MARK: Capturing

    private mutating func capture(_ json: Window) throws(SluiceError) {
        var parser = CaptureParser.make()
        parser.bound(by: Limits())
        let table = try CaptureTable(paths: Self.paths, containers: Set(Self.paths))
        if let failure = parser.walk(json, length: json.count, table) {
            throw Self.invalid("is no JSON object (at byte \(failure.offset))")
        }
        try checkKeys(json, Self.tableKeys, "the table")
        let captures = parser.captures
        for index in captures.indices {
            let capture = captures[index]
            let path = Self.paths[Int(capture.path)]
            let levels = [capture.positions.0, capture.positions.1, capture.positions.2]
            let positions = Array(levels.prefix(Int(capture.levels)))
            let bytes = json.slice(Int(capture.offset), Int(capture.length))
            try checkShape(path, positions, capture.kind, bytes)
            note(path, positions)
            if capture.kind == C_SLUICE_CONTAINER { continue }
            let text = capture.kind == C_SLUICE_ESCAPED ? unescaped(bytes.copy()) : nil
            values[Place(path: path, positions: positions)] = text ?? String(decoding: bytes.copy(), as: UTF8.self)
        }
    }

    /// Counts the elements of the lists that a value lies in.
    private mutating func note(_ path: String, _ positions: [UInt32]) {
        var list = ""
        var level = 0
        var rest = path[...]
        while let range = rest.firstIndex(of: "[") {
            list += rest[..<range]
            rest = rest[range...].dropFirst(2)
            let place = Place(path: list, positions: Array(positions[..<level]))
            counts[place] = max(counts[place] ?? 0, Int(positions[level]) + 1)
            list += "[]"
            level += 1
        }
    }

    /// Checks that a value is the list, the object, the truth value or the string that belongs there.
    private func checkShape(
        _ path: String, _ positions: [UInt32], _ kind: UInt8, _ bytes: Window
    ) throws(SluiceError) {
        let first = kind == C_SLUICE_CONTAINER ? bytes[0] : 0
        let wanted: String
        if Self.listPaths.contains(path) {
            if first == 0x5B { return }
            wanted = "a list"
        } else if let keys = Self.keys(ofObjects: path) {
            return try checkKeys(bytes, keys, Self.shown(path, positions))
        } else if path == "usage_whole" || path.hasSuffix(".error_event") {
            if kind == C_SLUICE_TRUE || kind == C_SLUICE_FALSE { return }
            wanted = "true or false"
        } else {
            if kind == C_SLUICE_STRING || kind == C_SLUICE_ESCAPED { return }
            wanted = "a string"
        }
        throw Self.invalid("\(Self.shown(path, positions)) is not \(wanted)")
    }

    /// The keys that objects at a path may have; nil if there are none.
    private static func keys(ofObjects path: String) -> [String]? {
        path == "rules[]" ? ruleKeys : conditionPlaces.contains(path) ? conditionKeys : nil
    }

    private func checkKeys(_ object: Window, _ known: [String], _ place: String) throws(SluiceError) {
        guard object.count > 0, object[0] == 0x7B else { throw Self.invalid("\(place) is no object") }
        let scan = EventScan(object)
        for index in 0..<min(scan.keyCount, EventScan.mostKeys) {
            let key = String(decoding: scan.key(index).copy(), as: UTF8.self)
            guard known.contains(key) else {
                throw Self.invalid("\(place) has no '\(key)'; it may have \(known.joined(separator: ", "))")
            }
        }
    }

    private static func shown(_ path: String, _ positions: [UInt32]) -> String {
        var text = ""
        var level = 0
        for part in path.split(separator: "[", omittingEmptySubsequences: false) {
            if !text.isEmpty || part.hasPrefix("]") {
                text += "[\(positions[level])" + part
                level += 1
            } else {
                text += part
            }
        }
        return text
    }

    private static func invalid(_ what: String) -> SluiceError {
        SluiceError(.invalidTable, detail: "the table of a format cannot be read: \(what)")
    }

    // MARK: The format

    private func value(_ path: String, _ positions: UInt32...) -> String? {
        values[Place(path: path, positions: positions)]
    }

    private func count(_ path: String, _ positions: UInt32...) -> UInt32 {
        UInt32(counts[Place(path: path, positions: positions)] ?? 0)
    }

    private func format() throws(SluiceError) -> WireFormat {
        var format = WireFormat(name: value("name") ?? "custom", framing: .sse, rules: [])
        if let base = value("extends") {
            guard let known = WireFormat.named(base) else {
                throw Self.invalid("there is no format '\(base)' to extend")
            }
            format = known
            format.name = value("name") ?? base
            if value("name") != nil && value("name") != base { format.signature = [] }
        }
        format.framing =
            try choose("framing", Framing.init(rawValue:), Framing.allCases.map(\.rawValue)) ?? format.framing
        let payloads: [String: Payload] = ["json": .json, "text": .text]
        format.payload = try choose("payload", { payloads[$0] }, payloads.keys.sorted()) ?? format.payload
        let numberings: [String: WireFormat.ToolNumbering] = ["given": .given, "counted": .counted]
        format.toolNumbering = try choose("tools", { numberings[$0] }, numberings.keys.sorted()) ?? format.toolNumbering
        if let isWhole = value("usage_whole") { format.tellsUsageWhole = isWhole == "true" }
        for index in 0..<count("terminal") { format.terminalPayloads.append(value("terminal[]", index) ?? "") }
        for index in 0..<count("silent") { format.silentEvents.append(value("silent[]", index) ?? "") }
        for index in 0..<count("rules") { format.rules.append(try rule(index)) }
        for index in 0..<count("signature") {
            var alternative: [Condition] = []
            for number in 0..<count("signature[]", index) {
                alternative.append(try condition("signature[][]", index, number))
            }
            format.signature.append(alternative)
        }
        return format
    }

    private typealias Payload = WireFormat.Payload

    private func choose<Value>(
        _ key: String, _ named: (String) -> Value?, _ names: [String]
    ) throws(SluiceError) -> Value? {
        guard let text = value(key) else { return nil }
        guard let value = named(text) else {
            throw Self.invalid("\(key) is '\(text)'; it may be \(names.joined(separator: ", "))")
        }
        return value
    }

    private func rule(_ index: UInt32) throws(SluiceError) -> Rule {
        guard let path = value("rules[].path", index), let field = value("rules[].field", index) else {
            throw Self.invalid("rules[\(index)] has no path or no field")
        }
        var rule = Rule(path, Field(rawValue: field) ?? .custom(field))
        if let whole = value("rules[].whole", index) {
            let wholes: [String: Rule.Whole] = ["text": .text, "part": .part, "item": .item, "answer": .answer]
            guard let known = wholes[whole] else {
                throw Self.invalid("rules[\(index)].whole is '\(whole)'; it may be text, part, item, answer")
            }
            rule.whole = known
        }
        if let origin = value("rules[].origin", index) {
            guard let known = ToolOrigin.allCases.first(where: { "\($0)" == origin }) else {
                throw Self.invalid(
                    "rules[\(index)].origin is '\(origin)'; it may be client, custom, server, mcp, approval")
            }
            rule.origin = known
        }
        for number in 0..<count("rules[].when", index) {
            rule.conditions.append(try condition("rules[].when[]", index, number))
        }
        return rule
    }

    private func condition(_ place: String, _ index: UInt32, _ number: UInt32) throws(SluiceError) -> Condition {
        let given = Self.conditions.compactMap { name in value(place + "." + name, index, number).map { (name, $0) } }
        let shown = Self.shown(place, [index, number])
        let only = (0..<count(place + ".only", index, number)).compactMap {
            value(place + ".only[]", index, number, $0)
        }
        if given.isEmpty, let isError = value(place + ".error_event", index, number) {
            return isError == "true" ? .errorEvent : .notErrorEvent
        }
        if given.isEmpty && !only.isEmpty { return .hasOnly(only) }
        guard given.count == 1, let (name, path) = given.first else {
            throw Self.invalid(
                "\(shown) has \(given.count) conditions; give one of \(Self.conditions.joined(separator: ", "))")
        }
        let compared = value(place + ".value", index, number)
        switch (name, compared) {
        case ("equals", let value?): return .equals(path, value)
        case ("differs", let value?): return .differs(path, value)
        case ("prefix", let value?): return .hasPrefix(path, value)
        case ("equals", nil), ("differs", nil), ("prefix", nil):
            throw Self.invalid("\(shown) has no value to compare with")
        case ("present", _): return .present(path)
        case ("empty", _): return .empty(path)
        case ("not_empty", _): return .notEmpty(path)
        case ("true", _): return .isTrue(path)
        case ("not_true", _): return .isNotTrue(path)
        case ("block", _): return .block(path)
        default: return .event(path)
        }
    }
}
