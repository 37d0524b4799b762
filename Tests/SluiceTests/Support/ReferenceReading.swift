import Sluice

// One payload to deltas, by the rules of a table. Deltas come in the document's order; usage and errors are told once, behind
// them.

struct ReferenceReading {
    private(set) var deltas: [ReferenceDelta] = []
    private(set) var memory: ReferenceMemory

    private var frame: ReferenceFrame
    private let table: ReferenceTable
    private let limits: Limits
    private let isError: Bool
    private var root = ReferenceValue(kind: .null, range: 0..<0)
    private var input: Int?
    private var output: Int?
    /// The event's own number, and how many the stream says it had.
    private(set) var position: Int?
    private(set) var total: Int?
    private var message: [UInt8] = []
    private var whole: [UInt8]?
    private var type: [UInt8] = []
    private var sawError = false
    /// The elements that the last tool call of this payload lies in.
    private var call: [Int]?

    init(_ frame: ReferenceFrame, _ table: ReferenceTable, _ memory: ReferenceMemory, _ limits: Limits) {
        self.limits = limits
        self.frame = frame
        self.table = table
        self.memory = memory
        isError = frame.isError
    }

    private enum Stop: String, Error {
        case badEscape = "invalid-escape"
        case choices = "too-many-choices"
        case calls = "too-many-tool-calls"
    }

    /// Reads a document; what may be said to be wrong with it is what a string that a rule asks for is wrong with, or a
    /// number that passes a limit.
    mutating func read(_ document: ReferenceValue, isEmbedded: Bool = false) -> Set<String> {
        root = document
        do throws(Stop) {
            for (path, place) in table.places(in: root) {
                for rule in table.rules[path] where table.entries[rule].tests.allSatisfy({ holds($0, place.positions) })
                {
                    let field = table.entries[rule].field
                    if field == .document { return isEmbedded ? [] : try readEmbedded(place.value) }
                    try apply(field, path, place)
                }
            }
        } catch {
            return [error.rawValue]
        }
        finish()
        return []
    }

    /// Reads a document that another holds in base64, in the place of that one.
    private mutating func readEmbedded(_ value: ReferenceValue) throws(Stop) -> Set<String> {
        guard let bytes = ReferenceBase64.decode(try text(value)) else { return ["invalid-base64"] }
        let (root, faults) = ReferenceDocument.read(bytes, maxDepth: limits.maxNestingDepth)
        guard let root else { return Set(faults.map(\.rawValue)) }
        var inner = ReferenceReading(frame, table, memory, limits)
        inner.frame.payload = bytes
        let codes = inner.read(root, isEmbedded: true)
        deltas += inner.deltas
        memory = inner.memory
        return codes
    }

    /// Reads plain text, which the rules know as `$`.
    mutating func readText() {
        let text = Array(String(decoding: frame.payload, as: UTF8.self).utf8)
        for entry in table.entries where entry.tests.allSatisfy({ holds($0, []) }) {
            switch entry.field {
            case .text, .finish: append(ReferenceDelta(kind: entry.field == .text ? .text : .finish, bytes: text))
            case .terminal: memory.sawTerminal = true
            case .errorMessage:
                sawError = true
                message = text
            default: fatalError("no built-in text format has a rule for \(entry.field)")
            }
        }
        finish()
    }

    private mutating func append(_ delta: ReferenceDelta) {
        var delta = delta
        delta.offset = frame.offset
        if delta.kind == .usage || delta.kind == .error || !delta.bytes.isEmpty || !delta.other.isEmpty {
            deltas.append(delta)
        }
    }

    // MARK: Conditions

    private func raw(_ value: ReferenceValue) -> ArraySlice<UInt8> { frame.payload[value.range] }

    private func holds(_ test: ReferenceTable.Test, _ positions: [Int]) -> Bool {
        let value = test.path.flatMap { table.value($0, beside: positions, in: root) }
        switch test.condition {
        case .equals(_, let text): return value.map { isText($0, text) } ?? false
        case .differs(_, let text): return value.map { !isText($0, text) } ?? false
        case .present: return value != nil
        case .empty: return value.map { $0.range.isEmpty } ?? true
        case .notEmpty: return value.map { !$0.range.isEmpty } ?? false
        case .isTrue: return value?.kind == .yes
        case .isNotTrue: return value?.kind != .yes
        case .event(let type): return frame.event == Array(type.utf8)
        case .errorEvent: return isError
        case .notErrorEvent: return !isError
        }
    }

    /// Numbers and literals are compared as they are written.
    private func isText(_ value: ReferenceValue, _ text: String) -> Bool {
        let found = value.kind == .string ? ReferenceText.whole(raw(value)) : Array(raw(value))
        return found == Array(text.utf8)
    }

    // MARK: Values

    private func text(_ value: ReferenceValue) throws(Stop) -> [UInt8] {
        guard value.kind == .string else { return Array(raw(value)) }
        guard let text = ReferenceText.closed(raw(value)) else { throw .badEscape }
        return text
    }

    /// The number without its fraction; nil past 64 bits, or with an exponent.
    private func integer(_ value: ReferenceValue) -> Int? {
        guard value.kind == .number else { return nil }
        let digits = String(decoding: raw(value), as: UTF8.self)
        return digits.contains { $0 == "e" || $0 == "E" } ? nil : Int(digits.prefix { $0 != "." })
    }

    /// What stands beside a value: the first of those that may say it and whose own conditions hold.
    private func beside(_ field: Field, _ path: Int, _ positions: [Int]) -> ReferenceValue? {
        for rule in table.speakers[path][field] ?? [] {
            let entry = table.entries[rule]
            guard let value = table.value(entry.path, beside: positions, in: root) else { continue }
            if entry.tests.allSatisfy({ holds($0, positions) }) { return value }
        }
        return nil
    }

    private func clamped(_ value: ReferenceValue) -> Int { Int(Int32(clamping: integer(value) ?? 0)) }

    private func choice(_ path: Int, _ positions: [Int]) throws(Stop) -> Int {
        let number = saidChoice(path, positions)
        guard (0..<limits.maxChoices).contains(number) else { throw .choices }
        return number
    }

    /// The choice's number, or where nothing says it the position of the element that it would stand in.
    private func saidChoice(_ path: Int, _ positions: [Int]) -> Int {
        if let value = beside(.choice, path, positions) { return clamped(value) }
        guard let speaker = table.speakers[path][.choice]?.first else { return 0 }
        let level = table.paths[table.entries[speaker].path].levels
        return level == 0 ? 0 : positions[level - 1]
    }

    // MARK: Rules

    private mutating func apply(_ field: Field, _ path: Int, _ place: ReferencePlace) throws(Stop) {
        switch field {
        case .text: try tell(.text, path, place)
        case .reasoning, .toolPlan: try tell(.reasoning, path, place, isToolPlan: field == .toolPlan)
        case .refusal: try tell(.refusal, path, place)
        case .finish: try tell(.finish, path, place)
        case .toolID, .toolName, .toolArguments: try tool(field, path, place)
        case .inputTokens: input = integer(place.value) ?? input
        case .outputTokens: output = integer(place.value) ?? output
        case .partial: try tell(.partial, path, place)
        case .position: position = integer(place.value) ?? position
        case .total: total = integer(place.value) ?? total
        case .terminal: memory.sawTerminal = true
        case .errorType:
            sawError = true
            type = try text(place.value)
        case .errorMessage:
            sawError = true
            message = try text(place.value)
        case .error:
            sawError = true
            whole = try text(place.value)
        case .choice, .tool: break
        case .document: fatalError("a document takes the place of the one that holds it")
        }
    }

    private mutating func tell(
        _ kind: DeltaKind, _ path: Int, _ place: ReferencePlace, isToolPlan: Bool = false
    ) throws(Stop) {
        var delta = ReferenceDelta(kind: kind, choice: try choice(path, place.positions))
        delta.isToolPlan = isToolPlan
        try tell(&delta, place.value)
    }

    /// Hands a text on, behind the half of a pair that the one before it ended with.
    private mutating func tell(_ delta: inout ReferenceDelta, _ value: ReferenceValue) throws(Stop) {
        // Nothing is no piece of a text.
        if raw(value).isEmpty { return append(delta) }
        let (kind, choice, tool, isToolPlan) = (delta.kind, delta.choice, delta.tool, delta.isToolPlan)
        let known = memory.halves.firstIndex {
            $0.kind == kind && $0.choice == choice && $0.tool == tool && $0.isToolPlan == isToolPlan
        }
        if value.isContainer || (known == nil && !raw(value).contains(0x5C)) {
            delta.bytes = Array(raw(value))
        } else {
            let before = known.map { memory.halves.remove(at: $0).unit }
            guard let (text, half) = ReferenceText.decode(raw(value), after: before) else { throw .badEscape }
            delta.bytes = text
            // Of so many at once that no honest stream has them, the last are not waited for.
            if half != nil && memory.halves.count == 64 { delta.bytes += Array("\u{FFFD}".utf8) }
            if let half, memory.halves.count < 64 {
                memory.halves.append(
                    .init(
                        kind: kind, choice: choice, tool: tool, isToolPlan: isToolPlan,
                        isToolCounted: delta.isToolCounted, unit: half))
            }
        }
        append(delta)
    }

    /// Of a tool call its id and name are told with the first thing that is said of it in this payload.
    private mutating func tool(_ field: Field, _ path: Int, _ place: ReferencePlace) throws(Stop) {
        var delta = ReferenceDelta(kind: .toolArguments, choice: try choice(path, place.positions))
        let isNew = call != place.positions
        call = place.positions
        if table.format.toolNumbering == .counted {
            if isNew { memory.toolCalls += 1 }
            delta.tool = max(0, memory.toolCalls - 1)
            delta.isToolCounted = true
        } else {
            delta.tool = beside(.tool, path, place.positions).map { clamped($0) } ?? 0
        }
        guard (0..<limits.maxToolCalls).contains(delta.tool) else { throw .calls }
        if isNew {
            var begun = delta
            begun.kind = .toolCall
            if let id = beside(.toolID, path, place.positions) { begun.bytes = try text(id) }
            if let name = beside(.toolName, path, place.positions) { begun.other = try text(name) }
            append(begun)
        }
        guard field == .toolArguments else { return }
        delta.isWhole = place.value.isContainer
        try tell(&delta, place.value)
    }

    // MARK: What is told once

    private mutating func finish() {
        let told = (input.flatMap { $0 < 0 ? nil : $0 }, output.flatMap { $0 < 0 ? nil : $0 })
        if told.0 != nil || told.1 != nil {
            append(
                ReferenceDelta(kind: .usage, input: told.0, output: told.1, isWhole: table.format.tellsUsageWhole))
        }
        guard sawError || isError else { return }
        let rest = sawError ? whole ?? [] : frame.payload
        let name = type.isEmpty ? Array(String(decoding: frame.errorName, as: UTF8.self).utf8) : type
        append(ReferenceDelta(kind: .error, bytes: message.isEmpty ? rest : message, other: name))
    }
}
