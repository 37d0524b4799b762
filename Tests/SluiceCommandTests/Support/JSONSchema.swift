import Foundation
import Testing

/// A schema of docs/json-schema, of which only such keywords are known as are used there: an unknown one is an error.
struct JSONSchema {
    let root: JSONValue

    private static let known: Set<String> = [
        "$schema", "title", "description", "type", "properties", "required", "additionalProperties", "items", "enum",
        "const",
        "oneOf", "minimum", "pattern",
    ]

    init(_ name: String) throws {
        let place = Tool.package.appendingPathComponent("docs/json-schema/\(name).schema.json")
        root = try JSONValue(String(decoding: Data(contentsOf: place), as: UTF8.self))
    }

    init(root: JSONValue) { self.root = root }

    /// What is wrong with a document; empty where it is valid.
    func problems(_ value: JSONValue) -> [String] { Self.problems(value, root, "$") }

    private static func problems(_ value: JSONValue, _ schema: JSONValue, _ path: String) -> [String] {
        if case .bool(let allows) = schema { return allows ? [] : ["\(path): nothing is allowed here"] }
        let rules = schema.members
        var found = rules.keys.filter { !known.contains($0) }.map {
            "\(path): the schema has the unknown keyword \($0)"
        }
        if let type = rules["type"] {
            let names = type.text.map { [$0] } ?? type.elements.compactMap(\.text)
            if !names.contains(where: { has($0, value) }) { found.append("\(path): \(value) is no \(names)") }
        }
        if let wanted = rules["const"], value != wanted { found.append("\(path): \(value) is not \(wanted)") }
        if let wanted = rules["enum"], !wanted.elements.contains(value) {
            found.append("\(path): \(value) is none of \(wanted.elements)")
        }
        if let least = rules["minimum"]?.number, let number = value.number, number < least {
            found.append("\(path): \(number) is below \(least)")
        }
        if let pattern = rules["pattern"]?.text, let text = value.text,
            text.range(of: pattern, options: .regularExpression) == nil
        {
            found.append("\(path): '\(text)' does not match \(pattern)")
        }
        if let choices = rules["oneOf"] {
            let results = choices.elements.map { problems(value, $0, path) }
            let valid = results.count { $0.isEmpty }
            if valid != 1 {
                found.append("\(path): \(valid) of oneOf are valid")
                found += results.min { $0.count < $1.count } ?? []
            }
        }
        if case .array(let elements) = value, let items = rules["items"] {
            for (index, element) in elements.enumerated() { found += problems(element, items, "\(path)[\(index)]") }
        }
        if case .object(let members) = value { found += problems(members, rules, path) }
        return found
    }

    private static func problems(
        _ members: [String: JSONValue], _ rules: [String: JSONValue], _ path: String
    ) -> [String] {
        var found: [String] = []
        for name in rules["required"]?.elements.compactMap(\.text) ?? [] where members[name] == nil {
            found.append("\(path): \(name) is missing")
        }
        let properties = rules["properties"]?.members ?? [:]
        for (name, value) in members {
            if let schema = properties[name] ?? rules["additionalProperties"] {
                found += problems(value, schema, "\(path).\(name)")
            }
        }
        return found
    }

    private static func has(_ type: String, _ value: JSONValue) -> Bool {
        switch (type, value) {
        case ("null", .null), ("boolean", .bool), ("number", .number), ("string", .string), ("array", .array),
            ("object", .object):
            true
        case ("integer", .number(let number)): number == number.rounded()
        default: false
        }
    }
}

extension JSONSchema {
    private static let subcommands = [
        "cat", "collect", "frames", "formats", "record", "replay", "stats", "check", "help",
    ]

    /// The schema of what a command prints on each line; nil where that is no JSON.
    static func name(of arguments: [String]) -> String? {
        if arguments.contains(where: { ["--help", "-h", "--version"].contains($0) }) { return nil }
        // The provider's own object.
        if arguments.contains("--native") { return nil }
        let command = arguments.first.flatMap { subcommands.contains($0) ? $0 : nil } ?? "cat"
        switch command {
        case "collect", "frames": return command
        case "cat", "formats", "stats", "check": return arguments.contains("--json") ? command : nil
        default: return nil
        }
    }

    /// Records an issue for each line of a run's output that its schema does not allow.
    static func check(_ output: String, of arguments: [String]) throws {
        guard let name = name(of: arguments), !output.isEmpty else { return }
        let schema = try JSONSchema(name)
        for line in output.split(separator: "\n") {
            guard let value = try? JSONValue(String(line)) else {
                Issue.record("\(arguments) prints a line that is not JSON: \(line.prefix(300))")
                continue
            }
            let problems = schema.problems(value)
            if !problems.isEmpty {
                Issue.record(
                    "\(arguments): not as \(name).schema.json says: \(problems.prefix(5)): \(line.prefix(300))")
            }
        }
    }
}
