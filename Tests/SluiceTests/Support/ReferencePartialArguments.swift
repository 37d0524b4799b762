import Sluice

// Arguments that come value by value, each with a JSON path: docs/READING.md, section 3. All values are kept, and the JSON text
// of all of them is written anew with each.

struct ReferencePartialArguments {
    private struct Value {
        /// Members by their names, elements by their numbers in brackets.
        var path: [String]
        var rawPath: [UInt8]
        var text: [UInt8]
        var isString: Bool
        var isOpen: Bool
    }

    private var values: [Value] = []

    /// What a list adds to the text; nil if a value has no place.
    mutating func add(_ list: ReferenceValue, _ payload: [UInt8]) -> [UInt8]? {
        let before = text
        for element in list.elements {
            guard let path = element.member("jsonPath"), !path.isContainer else { continue }
            let rawPath = Array(payload[path.range])
            let continues = element.member("willContinue")?.kind == .yes
            let kinds = ["stringValue", "numberValue", "boolValue", "nullValue"]
            let value = element.members.last { member in
                kinds.contains { Array($0.utf8) == member.key } && !member.value.isContainer
            }
            guard let value else {
                if !continues, let last = values.last, last.rawPath == rawPath {
                    values[values.count - 1].isOpen = false
                }
                continue
            }
            let isString = value.key == Array("stringValue".utf8)
            let isNull = value.key == Array("nullValue".utf8)
            let bytes = isNull ? Array("null".utf8) : Array(payload[value.value.range])
            if isString, let last = values.last, last.isOpen, last.rawPath == rawPath {
                values[values.count - 1].text += bytes
                values[values.count - 1].isOpen = continues
                continue
            }
            guard let steps = Self.steps(rawPath), fits(steps) else { return nil }
            if !values.isEmpty { values[values.count - 1].isOpen = false }
            values.append(
                Value(path: steps, rawPath: rawPath, text: bytes, isString: isString, isOpen: isString && continues))
        }
        return Array(text.dropFirst(before.count))
    }

    /// What ends the object.
    var ending: [UInt8] {
        guard let last = values.last else { return [] }
        let quote = last.isOpen ? "\"" : ""
        return Array((quote + Self.brackets(last.path.dropFirst(), isOpening: false) + "}").utf8)
    }

    private func fits(_ steps: [String]) -> Bool {
        guard let last = values.last?.path else { return !Self.isElement(steps[0]) }
        let shared = Self.shared(last, steps)
        return Self.isElement(last[shared]) == Self.isElement(steps[shared])
    }

    private static func shared(_ first: [String], _ second: [String]) -> Int {
        let limit = min(first.count, second.count) - 1
        return (0..<limit).first { first[$0] != second[$0] } ?? limit
    }

    private static func isElement(_ step: String) -> Bool { step.hasPrefix("[") }

    private static func brackets(_ steps: ArraySlice<String>, isOpening: Bool) -> String {
        isOpening
            ? steps.map { isElement($0) ? "[" : "{" }.joined()
            : steps.reversed().map { isElement($0) ? "]" : "}" }.joined()
    }

    private var text: [UInt8] {
        var text: [UInt8] = []
        var place: [String] = []
        for value in values {
            var level = 0
            if place.isEmpty {
                text += "{".utf8
            } else {
                level = Self.shared(place, value.path)
                text += (Self.brackets(place.dropFirst(level + 1), isOpening: false) + ",").utf8
            }
            for (index, step) in value.path.enumerated().dropFirst(level) {
                if index > level { text += Self.brackets([step], isOpening: true).utf8 }
                if !Self.isElement(step) { text += "\"\(step.dropFirst())\":".utf8 }
            }
            place = value.path
            text += value.isString ? Array("\"".utf8) + value.text : value.text
            if value.isString && !value.isOpen { text += "\"".utf8 }
        }
        return text
    }

    /// `$.a[0]['b']` as `.a`, `[0` and `.b`.
    private static func steps(_ path: [UInt8]) -> [String]? {
        guard path.count <= 1024, let text = String(validating: path, as: UTF8.self) else { return nil }
        var steps: [String] = []
        var rest = text[...]
        guard rest.utf8.first == UInt8(ascii: "$") else { return nil }
        rest = text[text.utf8.index(after: text.startIndex)...]
        while let first = rest.unicodeScalars.first {
            let match =
                first == "."
                ? rest.prefixMatch(of: /\.((?:[^.\[])+)/.matchingSemantics(.unicodeScalar)).map {
                    ($0.range, "." + $0.1)
                }
                : quoted(rest) ?? rest.prefixMatch(of: /\[([0-9]+)\]/).map { ($0.range, "[" + $0.1) }
            guard let match, steps.count < 64 else { return nil }
            steps.append(match.1)
            rest = rest[match.0.upperBound...]
        }
        return steps.isEmpty ? nil : steps
    }

    private static func quoted(_ text: Substring) -> (Range<Substring.Index>, String)? {
        for quote in ["'", "\\\"", "\""] where text.hasPrefix("[" + quote) {
            let inner = text.dropFirst(1 + quote.count)
            guard let end = inner.firstRange(of: quote + "]") else { return nil }
            return (text.startIndex..<end.upperBound, "." + inner[..<end.lowerBound])
        }
        return nil
    }
}
