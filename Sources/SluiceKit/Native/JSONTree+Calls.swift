// Gemini's calls, whose arguments come as an object or value by value, each with a JSON path:
//
//     {"name":"book","willContinue":true}
//     {"partialArgs":[{"jsonPath":"$.city","stringValue":"New ","willContinue":true}],"willContinue":true}
//     {"partialArgs":[{"jsonPath":"$.city","stringValue":"York"},{"jsonPath":"$.days[0]","numberValue":7}]}
//
// become {"name":"book","args":{"city":"New York","days":[7]}}. A value whose path cannot be followed
// stays in `partialArgs`.

extension JSONTree {
    private enum Step {
        case member([UInt8])
        case element(Int)
    }

    /// A key that no document has, since it is not UTF-8. Such members are not written. In a call, it marks that more
    /// of the call follows; its text is the path of the string that goes on.
    static let hidden: [UInt8] = [0xFF]

    private static let mostSteps = 64
    private static let mostPathBytes = 1024

    /// Whether a part continues the call of the last part.
    mutating func continuesCall(_ document: IncrementalJSON, _ part: Int32, _ last: Int32) -> Bool {
        guard let piece = document.member("functionCall", of: part), document.member("name", of: piece) == nil,
            let call = child(Array("functionCall".utf8), of: last)
        else { return false }
        return child(Self.hidden, of: call) != nil
    }

    mutating func foldCall(_ document: IncrementalJSON, _ value: Int32, into call: Int32) {
        guard document.nodes[Int(value)].kind == .object else { return copy(document, value, into: call) }
        let handled: [FoldMember] = ["partialArgs", "willContinue"].map { FoldMember(FoldName($0), .drop) }
        fold(document, value, into: call, .merge(handled, others: .last))
        if document.member("partialArgs", of: value) == nil, child(Self.hidden, of: call) == nil,
            document.member("willContinue", of: value) == nil
        {
            return
        }
        let state = member(Self.hidden, of: call)
        if let list = document.member("partialArgs", of: value), document.nodes[Int(list)].kind == .array {
            document.forEachChild(of: list) { foldArgument(document, $0, into: call, state) }
        }
        let goesOn = document.member("willContinue", of: value).map { document.nodes[Int($0)].kind == .true } ?? false
        guard !goesOn else { return }
        let args = member(Array("args".utf8), of: call)
        if self[args].kind == .null { become(.object, args) }
        remove(state, of: call)
    }

    private mutating func foldArgument(
        _ document: IncrementalJSON, _ argument: Int32, into call: Int32, _ state: Int32
    ) {
        guard let pathNode = document.member("jsonPath", of: argument) else { return }
        let path = Array(document.text(of: pathNode))
        let values: [FoldName] = ["stringValue", "numberValue", "boolValue"]
        let value = values.lazy.compactMap { document.member($0, of: argument) }.first
        let goesOn =
            document.member("willContinue", of: argument).map { document.nodes[Int($0)].kind == .true } ?? false
        let isContinued = self[state].kind == .string && self[state].text == path
        guard let node = follow(Self.steps(path), from: member(Array("args".utf8), of: call)) else {
            let list = member(Array("partialArgs".utf8), of: call)
            become(.array, list)
            return copy(document, argument, into: add(key: [], to: list))
        }
        if let value, document.nodes[Int(value)].kind == .string, isContinued, self[node].kind == .string {
            append(document.text(of: value), to: node)
        } else if let value {
            copy(document, value, into: node)
        } else if !isContinued {
            clear(node)
        }
        if goesOn { set(.string, path, state) } else { clear(state) }
    }

    /// The node at a path, added if it is the next of its container; nil if the path leads nowhere.
    private mutating func follow(_ steps: [Step]?, from arguments: Int32) -> Int32? {
        guard let steps, case .member = steps.first else { return nil }
        var node = arguments
        for step in steps {
            switch step {
            case .member(let name):
                guard self[node].kind == .object || self[node].kind == .null else { return nil }
                become(.object, node)
                node = member(name, of: node)
            case .element(let number):
                guard self[node].kind == .array || self[node].kind == .null else { return nil }
                let count = self[node].children.count
                guard number <= count else { return nil }
                become(.array, node)
                node = number < count ? self[node].children[number] : add(key: [], to: node)
            }
        }
        return node
    }

    /// The steps of a path such as `$.a.b[0]['c d']`; nil for another, or one that is too long.
    private static func steps(_ path: [UInt8]) -> [Step]? {
        guard path.count <= mostPathBytes, path.first == UInt8(ascii: "$") else { return nil }
        var steps: [Step] = []
        var rest = path.dropFirst()
        while let first = rest.first {
            guard steps.count < mostSteps else { return nil }
            if first == UInt8(ascii: ".") {
                let name = rest.dropFirst().prefix { $0 != UInt8(ascii: ".") && $0 != UInt8(ascii: "[") }
                guard !name.isEmpty else { return nil }
                steps.append(.member(Array(name)))
                rest = rest.dropFirst(1 + name.count)
            } else {
                guard first == UInt8(ascii: "["), let step = bracket(rest.dropFirst()) else { return nil }
                steps.append(step.step)
                rest = step.rest
            }
        }
        return steps.isEmpty ? nil : steps
    }

    /// What follows a bracket: a number, or a name in quotes.
    private static func bracket(_ text: ArraySlice<UInt8>) -> (step: Step, rest: ArraySlice<UInt8>)? {
        let end = UInt8(ascii: "]")
        if let quote = text.first, quote == UInt8(ascii: "'") || quote == UInt8(ascii: "\"") {
            let name = text.dropFirst().prefix { $0 != quote }
            let rest = text.dropFirst(name.count + 2)
            guard rest.first == end else { return nil }
            return (.member(Array(name)), rest.dropFirst())
        }
        let digits = text.prefix { $0 >= 0x30 && $0 <= 0x39 }
        guard !digits.isEmpty, digits.count < 10, text.dropFirst(digits.count).first == end else { return nil }
        let number = digits.reduce(0) { $0 * 10 + Int($1 - 0x30) }
        return (.element(number), text.dropFirst(digits.count + 1))
    }
}
