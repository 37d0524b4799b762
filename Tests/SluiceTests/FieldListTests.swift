import Foundation
import Testing

@testable import Sluice

// Tests/Fields lists every event and field that the official SDKs' types have: each is read by a rule, or passed over on purpose.

@Suite("events and fields of the official SDKs")
struct FieldListTests {
    /// A field of one list.
    struct Row {
        var event: [String]
        var path: String
        var type: String

        init?(_ line: Substring) {
            let columns = line.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
            guard columns.count >= 3, !line.hasPrefix("#") else { return nil }
            event = columns[0] == "-" ? [] : Self.segments(of: columns[0])
            path = columns[1]
            type = columns[2]
        }

        /// `a/{b/c,d}` has the segments `a` and `{b/c,d}`.
        private static func segments(of event: String) -> [String] {
            var segments = [""]
            var depth = 0
            for character in event {
                if character == "{" { depth += 1 }
                if character == "}" { depth -= 1 }
                if character == "/" && depth == 0 {
                    segments.append("")
                } else {
                    segments[segments.count - 1].append(character)
                }
            }
            return segments.filter { !$0.isEmpty }
        }
    }

    private static let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "Fields")

    private static func rows(of list: String) throws -> [Row] {
        try String(contentsOf: folder.appending(path: list + ".tsv"), encoding: .utf8).split(separator: "\n")
            .compactMap { Row($0) }
    }

    static let lists: [String] = {
        let files = (try? FileManager.default.contentsOfDirectory(atPath: folder.path())) ?? []
        return files.filter { $0.hasSuffix(".tsv") && $0 != "passed-over.tsv" }.map { String($0.dropLast(4)) }.sorted()
    }()

    /// Patterns of formats, events and paths that are passed over.
    private static let passedOver: [(format: String, event: String, path: String)] = {
        let text = (try? String(contentsOf: folder.appending(path: "passed-over.tsv"), encoding: .utf8)) ?? ""
        return text.split(separator: "\n").filter { !$0.hasPrefix("#") }.map { line in
            let columns = line.split(separator: "\t").map(String.init)
            return (columns[0], columns[1], columns[2])
        }
    }()

    /// Lists whose streams a format with another name reads.
    private static let readers = [
        "bedrock-flow": "bedrock-agent", "bedrock-harness": "bedrock", "bedrock-retrieve": "bedrock-agent",
        "cohere-generate": "cohere-v1", "mistral-speech": "openai-audio", "together-speech": "openai-audio",
        "writer-application": "writer-completions", "writer-question": "writer-completions",
    ]

    private static func format(of list: String) -> WireFormat? { WireFormat.named(readers[list] ?? list) }

    // MARK: Patterns

    /// Whether a text is as a pattern says, in which `*` is any text, and `{a,b}` one of a list.
    static func matches(_ text: Substring, _ pattern: Substring) -> Bool {
        guard let first = pattern.first else { return text.isEmpty }
        if first == "*" {
            return matches(text, pattern.dropFirst()) || !text.isEmpty && matches(text.dropFirst(), pattern)
        }
        if first == "{", let end = pattern.firstIndex(of: "}") {
            let rest = pattern[pattern.index(after: end)...]
            return pattern[pattern.index(after: pattern.startIndex)..<end].split(separator: ",").contains { one in
                matches(text, Substring(one + rest))
            }
        }
        return first == text.first && matches(text.dropFirst(), pattern.dropFirst())
    }

    /// Whether an event of the row may have this value where a condition looks.
    private static func mayHave(_ value: String, _ row: Row) -> Bool {
        row.event.isEmpty || row.event.contains { matches(value[...], $0[...]) }
    }

    private static func mayHold(_ condition: Condition, _ row: Row) -> Bool {
        switch condition {
        case .equals(_, let value), .event(let value): mayHave(value, row)
        default: true
        }
    }

    // MARK: Reading

    /// Whether a rule reads the field, alone or as a part of an object or array that is read whole.
    private static func isRead(_ row: Row, by rules: [Rule]) -> Bool {
        rules.contains { rule in
            guard rule.field != .ignored, rule.conditions.allSatisfy({ mayHold($0, row) }) else { return false }
            let path = row.path
            if rule.path == path || rule.path + "[]" == path { return true }
            guard rule.field.meaning.takesContainers, path.hasPrefix(rule.path) else { return false }
            let next = path.dropFirst(rule.path.count).first
            return next == "." || next == "["
        }
    }

    private static func isPassedOver(_ row: Row, _ list: String) -> Bool {
        passedOver.contains { pattern in
            matches(list[...], pattern.format[...]) && matches(row.path[...], pattern.path[...])
                && (pattern.event == "*" || matches(row.event.joined(separator: "/")[...], pattern.event[...]))
        }
    }

    @Test("each is read, or passed over on purpose", arguments: lists)
    func fields(_ list: String) throws {
        let rows = try Self.rows(of: list)
        #expect(!rows.isEmpty)
        let format = try #require(Self.format(of: list), "no format reads \(list)")
        for row in rows where row.type != "tag" && row.type != "request" && !row.type.hasPrefix("as:") {
            let isKnown = Self.isRead(row, by: format.rules) || Self.isPassedOver(row, list)
            #expect(isKnown, "\(list): \(row.event.joined(separator: "/")) \(row.path)")
        }
    }

    @Test("each event is read in part, silent, or passed over on purpose", arguments: lists)
    func events(_ list: String) throws {
        let rows = try Self.rows(of: list)
        let format = try #require(Self.format(of: list))
        for tag in rows where tag.type == "tag" && tag.event.count == 1 {
            let name = tag.event[0]
            let isSilent = format.silentEvents.contains { Self.matches($0[...], name[...]) }
            let isRead = rows.contains { $0.event.first == name && Self.isRead($0, by: format.rules) }
            let hasRule = format.rules.contains { rule in
                rule.conditions.contains {
                    switch $0 {
                    case .equals(_, let value), .event(let value): Self.matches(value[...], name[...])
                    default: false
                    }
                }
            }
            #expect(isSilent || isRead || hasRule || Self.isPassedOver(tag, list), "\(list): \(name)")
        }
    }

    @Test("each pattern of what is passed over fits a field that no rule reads")
    func patterns() throws {
        for pattern in Self.passedOver {
            let isOfUse = try Self.lists.contains { list in
                guard Self.matches(list[...], pattern.format[...]) else { return false }
                guard let format = Self.format(of: list) else { return false }
                return try Self.rows(of: list).contains { row in
                    Self.matches(row.path[...], pattern.path[...]) && !Self.isRead(row, by: format.rules)
                }
            }
            #expect(isOfUse, "\(pattern)")
        }
    }
}
