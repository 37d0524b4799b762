import Testing

@testable import Sluice
@testable import SluiceTestSupport

// Tables that users write: whatever is in them, they compile or are an error with a name.

@Suite("tables that are too large")
struct TableLimitTests {
    private static func compile(_ rules: [Rule]) -> SluiceError? {
        do throws(SluiceError) {
            try WireFormat(name: "mine", framing: .sse, rules: rules).validate()
            return nil
        } catch {
            return error
        }
    }

    @Test(
        "a path of too many arrays or keys is no path",
        arguments: [
            "a" + String(repeating: "[]", count: 300), "a" + String(repeating: "[]", count: 4),
            "a[][]" + String(repeating: ".b[]", count: 260), String(repeating: "a.", count: 24) + "a",
            String(repeating: "a.", count: 100_000) + "a", "\"" + String(repeating: "[]", count: 300) + "\"[][][][]",
        ])
    func paths(path: String) throws {
        let rules = [
            [Rule(path, .text)], [Rule("a", .text, when: .equals(path, "x"))], [Rule("a", .text), Rule(path, .choice)],
        ]
        for rules in rules {
            let error = try #require(Self.compile(rules))
            #expect(error.code == .invalidPath && error.detail.utf8.count < 300, "\(error)")
        }
    }

    @Test("paths up to the limits compile, and are read")
    func longest() throws {
        let path = (0..<21).map { "k\($0)" }.joined(separator: ".") + "[][][]"
        let format = WireFormat(name: "mine", framing: .ndjson, rules: [Rule(path, .text)])
        var parser = StreamParser(format: format)
        let document =
            (0..<21).map { "{\"k\($0)\":" }.joined() + "[[[\"deep\"]]]" + String(repeating: "}", count: 21) + "\n"
        var text = ""
        try parser.parse(Array(document.utf8).span) { text += $0.string }
        #expect(text == "deep")
    }

    @Test(
        "many rules, conditions, values and look-ups compile, or are too many",
        arguments: [1, 64, 500, 1024, 1025, 70_000])
    func counts(count: Int) {
        let rules: [(String, [Rule])] = [
            ("one path", (0..<count).map { _ in Rule("a", .text) }),
            ("paths side by side", (0..<count).map { Rule("a\($0)", .text) }),
            ("paths in many objects", (0..<count).map { Rule("a\($0 / 60).b\($0 % 60)", .text) }),
            ("conditions", (0..<count).map { Rule("a", .text, when: .equals("b", "\($0)")) }),
            ("looked up", (0..<count).map { Rule("a", .text, when: .present("a\($0)")) }),
            (
                "choices",
                (0..<count).flatMap { [Rule("a\($0 / 60).b\($0 % 60)", .text), Rule("c\($0 / 60)", .choice)] }
            ),
            (
                "tools with conditions",
                (0..<count).flatMap {
                    [
                        Rule("x[].a\($0 % 60)", .toolArguments, when: .present("x[].i")),
                        Rule("x[].i", .tool, when: .equals("x[].i", "\($0)")), Rule("x[].n", .toolName),
                    ]
                }
            ),
        ]
        for (name, rules) in rules {
            if let error = Self.compile(rules) { #expect(error.code == .invalidPath, "\(name): \(error)") }
        }
        #expect((Self.compile(rules[0].1) == nil) == (count <= FormatBuilder.maxRules))
        var rule = Rule("a", .text)
        rule.conditions = (0..<count).map { _ in Condition.present("a") }
        let error = Self.compile([rule])
        #expect((error == nil) == (count <= FormatBuilder.maxConditions))
    }
}
