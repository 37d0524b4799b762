import Foundation
import Testing

// Every output of JSON that `Tool.run` sees is checked against docs/json-schema (see JSONSchema.swift). Here is checked that
// the check can fail, and that the schemas say something about each field.

@Suite("JSON schemas")
struct SchemaTests {
    private static let names = ["cat", "collect", "frames", "formats", "stats", "check"]

    @Test("the commands' schemas are found by their arguments")
    func commands() {
        #expect(JSONSchema.name(of: ["--json", "x"]) == "cat" && JSONSchema.name(of: ["x.sse"]) == nil)
        #expect(JSONSchema.name(of: ["collect"]) == "collect" && JSONSchema.name(of: ["frames", "x"]) == "frames")
        #expect(JSONSchema.name(of: ["stats", "--json"]) == "stats" && JSONSchema.name(of: ["stats"]) == nil)
        #expect(JSONSchema.name(of: ["record", "--", "curl", "--json", "x"]) == nil)
        #expect(JSONSchema.name(of: ["frames", "--help"]) == nil)
    }

    @Test("a document is refused where it differs from its schema")
    func refuses() throws {
        let schema = try JSONSchema("frames")
        let right = #"{"event":"message","data":"x","id":"","retry":3}"#
        #expect(schema.problems(try JSONValue(right)).isEmpty)
        for wrong in [
            #"{"event":"message","data":"x","id":"","retry":3,"more":1}"#, #"{"event":"message","data":"x"}"#,
            #"{"event":"message","data":1,"id":""}"#, #"{"event":"message","data":"x","id":"","retry":-1}"#,
            #"{"event":"message","data":"x","id":"","retry":0.5}"#, #"{"event":true,"data":"x","id":""}"#, "[]", "null",
        ] {
            #expect(!schema.problems(try JSONValue(wrong)).isEmpty, "\(wrong)")
        }
        let end = try JSONSchema("cat")
        #expect(!end.problems(try JSONValue(#"{"kind":"other"}"#)).isEmpty)
        #expect(
            !end.problems(try JSONValue(#"{"kind":"end","status":"done","frames":1,"deltas":1,"bytes":1}"#)).isEmpty)
    }

    @Test("an unknown keyword of a schema is an error, for it would check nothing")
    func keywords() throws {
        let schema = JSONSchema(root: try JSONValue(#"{"type":"number","maximum":3}"#))
        #expect(schema.problems(.number(2)) == ["$: the schema has the unknown keyword maximum"])
    }

    @Test("each schema allows no other fields, and describes each", arguments: names)
    func described(_ name: String) throws {
        let schema = try JSONSchema(name)
        #expect(schema.root["$schema"]?.text == "https://json-schema.org/draft/2020-12/schema")
        #expect(schema.root["title"]?.text?.isEmpty == false)
        var objects = 0
        func visit(_ schema: JSONValue) {
            if let properties = schema["properties"] {
                objects += 1
                #expect(schema["additionalProperties"] == .bool(false), "\(name): \(properties.members.keys.sorted())")
                for (field, value) in properties.members {
                    #expect(value["description"]?.text?.isEmpty == false, "\(name): \(field) has no description")
                    visit(value)
                }
            }
            for choice in schema["oneOf"]?.elements ?? [] { visit(choice) }
            if let items = schema["items"] { visit(items) }
            if let others = schema["additionalProperties"] { visit(others) }
        }
        visit(schema.root)
        #expect(objects > 0)
    }

    @Test("each command's output is checked", arguments: names)
    func outputs(_ name: String) async throws {
        let arguments = [name] + (["collect", "frames"].contains(name) ? [] : ["--json"])
        // A line that is wrong has a finding too, and tags add a field.
        let input = name == "formats" ? "" : fullAnswer + chatText("more")
        let result = try await Tool.run(arguments, input: Data(input.utf8))
        #expect(!result.lines.isEmpty)
        if name == "cat" {
            try await Folder.with { folder in
                let file = try folder.file("a", fullAnswer + chatError)
                #expect(try await Tool.run("cat", "--json", "--tag", file).lines.count > 5)
            }
        }
    }
}
