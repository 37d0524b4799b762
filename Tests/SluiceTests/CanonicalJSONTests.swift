import Testing

@testable import Sluice
@testable import SluiceTestSupport

@Suite("canonical JSON")
struct CanonicalJSONTests {
    private static func form(_ text: String) -> String? {
        CanonicalJSON.form(of: Array(text.utf8)).map { String(decoding: $0, as: UTF8.self) }
    }

    @Test(
        "keys are sorted by code point, the last of a repeated key counts, and white space is gone",
        arguments: [
            (#" { "b" : [ 1 , { "d" : 2 , "c" : 3 } ] , "a" : 4 } "#, #"{"a":4,"b":[1,{"c":3,"d":2}]}"#),
            (#"{"a":1,"b":{"y":1,"x":2},"a":{"q":3,"p":4}}"#, #"{"a":{"p":4,"q":3},"b":{"x":2,"y":1}}"#),
            (#"{"b":1,"b":2,"b":3}"#, #"{"b":3}"#),
            (#"{"\u0061":1,"a":2}"#, #"{"a":2}"#),
            (#"{"\"":1,"!":2,"$":3}"#, #"{"!":2,"\"":1,"$":3}"#),
            (#"{"ab":1,"a":2,"":3}"#, #"{"":3,"a":2,"ab":1}"#),
            (#"[{},[],{"a":{}},[[]]]"#, #"[{},[],{"a":{}},[[]]]"#),
            (#"{"é":1,"e\u0301":2,"\ud83d\ude00":3,"\uffff":4}"#, "{\"e\u{301}\":2,\"é\":1,\"\u{FFFF}\":4,\"😀\":3}"),
            (#""\u001f\/\ud800\t""#, "\"\\u001f/\u{FFFD}\\t\""),
            ("1.50e+1", "1.50e+1"),
        ])
    func examples(_ text: String, _ form: String) {
        #expect(Self.form(text) == form)
        #expect(ReferenceCanonicalJSON.form(of: Array(text.utf8)) == Array(form.utf8))
    }

    @Test(
        "what is no JSON has no form",
        arguments: ["", " ", "{", "[", "{]", "[}", "{\"a\"", "{\"a\":", "\"a", "[1 2]", "1 2"])
    func invalid(_ text: String) {
        #expect(Self.form(text) == nil)
        #expect(ReferenceCanonicalJSON.form(of: Array(text.utf8)) == nil)
    }

    // MARK: Against the plain way

    /// A document of few different keys, so that they come again, with white space anywhere.
    private static func document(_ generator: inout SeededGenerator, depth: Int = 0) -> String {
        let space = generator.oneIn(4) ? " \n" : ""
        switch Int.random(in: 0..<(depth > 7 ? 4 : 10), using: &generator) {
        case 0: return space + generator.pick(["0", "-1.5e3", "true", "null", "12345678901234567890"]) + space
        case 1...3: return space + "\"" + key(&generator) + "\"" + space
        case 4...6:
            let count = Int.random(in: 0...4, using: &generator)
            let elements = (0..<count).map { _ in document(&generator, depth: depth + 1) }
            return space + "[" + elements.joined(separator: ",") + "]" + space
        default:
            let count = Int.random(in: 0...6, using: &generator)
            let members = (0..<count).map { _ in
                "\(space)\"\(key(&generator))\"\(space):\(document(&generator, depth: depth + 1))"
            }
            return space + "{" + members.joined(separator: ",") + "}" + space
        }
    }

    private static func key(_ generator: inout SeededGenerator) -> String {
        let pieces = ["a", "b", "\\u0061", "\\n", "\\\\", "\\\"", "é", "😀", "\\ud83d\\ude00", "\\ud83d", "\\/", "~"]
        return (0..<Int.random(in: 0...3, using: &generator)).map { _ in generator.pick(pieces) }.joined()
    }

    @Test("the form is that of the plain way, of documents as they are and damaged", arguments: Seeds.rounds(2000))
    func reference(_ seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        var text = Array(Self.document(&generator).utf8)
        check(CanonicalJSON.form(of: text) != nil, "seed \(seed): no form")
        for _ in 0..<4 {
            let form = CanonicalJSON.form(of: text)
            check(
                form == ReferenceCanonicalJSON.form(of: text), "seed \(seed): \(String(decoding: text, as: UTF8.self))")
            if let form { check(CanonicalJSON.form(of: form) == form, "seed \(seed): the form has another form") }
            guard !text.isEmpty else { return }
            let place = Int.random(in: 0..<text.count, using: &generator)
            text[place] = generator.pick(Array("{}[]\",:\\ a\0\u{80}".utf8))
        }
    }

    // MARK: Cost

    /// Documents of some 100,000 bytes, of each a reason to be slow.
    static let large: [(String, String)] = {
        func repeated(_ count: Int, _ text: (Int) -> String) -> String { (0..<count).map(text).joined(separator: ",") }
        let depth = 10_000
        let many = 8000
        return [
            (
                "arrays inside arrays",
                String(repeating: "[", count: depth * 5) + String(repeating: "]", count: depth * 5)
            ),
            (
                "objects inside objects, out of order",
                String(repeating: #"{"b":"#, count: depth) + "0" + String(repeating: #","a":1}"#, count: depth)
            ),
            (
                "objects inside objects and arrays, in order",
                String(repeating: #"{"a":[1,"#, count: depth) + "0" + String(repeating: "]}", count: depth)
            ),
            (
                "a long text at the bottom",
                String(repeating: #"{"b":"#, count: depth) + "\"" + String(repeating: "x", count: 50_000) + "\""
                    + String(repeating: #","a":1}"#, count: depth)
            ),
            ("many keys, backwards", "{" + repeated(many) { "\"\(900_000 - $0)\":1" } + "}"),
            ("one key, again and again", "{" + repeated(many) { "\"key\":\($0)" } + "}"),
            (
                "keys of a long shared beginning",
                "{" + repeated(500) { "\"\(String(repeating: "k", count: 200))\(999 - $0)\":1" } + "}"
            ),
            ("many objects out of order", "[" + repeated(many) { "{\"b\":\($0),\"a\":1}" } + "]"),
            ("escapes", "{" + repeated(many) { "\"\\u00\(99 - $0 % 90)\":1" } + "}"),
        ]
    }()

    @Test(
        "the bytes that are read, copied and compared grow with the size, not with size times depth",
        arguments: large.map(\.0))
    func work(_ name: String) throws {
        let text = Array(try #require(Self.large.first { $0.0 == name }).1.utf8)
        let work = try #require(CanonicalJSON.countedForm(of: text), "no form").workBytes
        // Each byte is read once and copied twice; keys are compared, and places looked up, in steps of a logarithm.
        check(work <= 24 * text.count, "\(work) bytes of work for \(text.count) bytes")
    }

    @Test("whole arguments of any depth come into the answer in their canonical form", arguments: [1000, 20_000])
    func deepArguments(_ depth: Int) throws {
        var limits = Limits()
        limits.maxNestingDepth = .max
        let nested = String(repeating: #"{"b":0,"a":"#, count: depth) + "1" + String(repeating: "}", count: depth)
        let event =
            #"data: {"candidates":[{"content":{"parts":[{"functionCall":{"name":"f","args":"# + nested + "}}]}}]}\n\n"
        var parser = StreamParser(format: .geminiGenerate, limits: limits)
        var answer = Accumulator(limits: limits)
        try parser.parse(Array(event.utf8).span, into: &answer)
        let wanted = String(repeating: #"{"a":"#, count: depth) + "1" + String(repeating: #","b":0}"#, count: depth)
        check(answer.choices[0]?.toolCalls.first?.arguments == wanted)
        #expect(answer.problems.isEmpty)
    }
}
