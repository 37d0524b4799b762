import Sluice

// One payload to deltas, by the rules of a table: docs/READING.md. Deltas come in the document's order, a call that a value ends
// before that value's; behind them what the event's end ends, usage, and the error.

struct ReferenceReading {
    private(set) var deltas: [ReferenceDelta] = []
    var memory: ReferenceMemory
    /// A rule has read something that is more than a number or a name of nothing.
    var wasRead = false
    var hadDetail = false
    /// Blocks that begin in this event, by choice and number.
    var begun: [(key: [Int], type: [UInt8])] = []
    /// It says nothing and leaves no trace.
    private(set) var isKeepAlive = false
    /// What it is called, if nothing in it was read and it should not go unnoticed.
    private(set) var unreadName: String?

    private(set) var frame: ReferenceFrame
    let table: ReferenceTable
    let limits: Limits
    private let isError: Bool
    var root = ReferenceValue(kind: .null, range: 0..<0)
    private var input: Int?
    private var output: Int?
    /// The event's own number, and how many the stream says it had.
    private(set) var position: Int?
    private(set) var total: Int?
    private var message: [UInt8] = []
    private var type: [UInt8] = []
    private var sawError = false
    /// The error that a rule has read as a whole.
    private var subject: ReferenceValue?
    /// That of the last tool call of this payload.
    var element: ReferenceCallElement?
    /// Values that end a tool call, at the end of the event; `open` is the call that was kept open when they came.
    private(set) var toolEnds: [(path: Int, positions: [Int], open: Int?)] = []
    /// Choices that end, and why, as it was sent.
    private(set) var finishes: [(choice: Int, reason: [UInt8])] = []
    private(set) var endsAll = false
    /// The event is an error, so what it ends may have been cut.
    var isFailing: Bool { isError || sawError || memory.sawError }
    /// Pieces and whole values of this event.
    private var pieces: [ReferencePieces.Entry] = []
    let detailsBefore: Set<Field>

    init(_ frame: ReferenceFrame, _ table: ReferenceTable, _ memory: ReferenceMemory, _ limits: Limits) {
        self.limits = limits
        self.frame = frame
        self.table = table
        self.memory = memory
        detailsBefore = memory.details
        isError = frame.isError
    }

    enum Stop: String, Error {
        case badEscape = "invalid-escape"
        case choices = "too-many-choices"
        case calls = "too-many-tool-calls"
        case badBase64 = "invalid-base64"
        case badPath = "malformed-payload"
    }

    /// Reads a document; what may be said to be wrong with it is what a string that a rule asks for is wrong with, or a
    /// number that passes a limit.
    mutating func read(_ document: ReferenceValue, isEmbedded: Bool = false) -> Set<String> {
        root = document
        do throws(Stop) {
            for (path, place) in table.places(in: root) {
                for rule in table.rules[path] where applies(rule, place) {
                    if table.entries[rule].field == .document {
                        wasRead = true
                        return isEmbedded ? [] : try readEmbedded(place.value)
                    }
                    try apply(rule, path, place)
                }
            }
            try endCalls()
            try rememberBlocks()
        } catch {
            return [error.rawValue]
        }
        if !wasRead && !isError && ReferenceSilence.isKeepAlive(root, in: frame.payload) {
            isKeepAlive = true
            return []
        }
        finish()
        if !wasRead && !hadDetail && !isDetailed && !deltas.contains(where: { $0.kind == .error })
            && !ReferenceSilence.isSilent(root, frame, table.format)
        {
            unreadName = ReferenceSilence.name(root, frame)
        }
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
        isKeepAlive = inner.isKeepAlive
        unreadName = inner.unreadName
        return codes
    }

    /// Reads plain text, which the rules know as `$`.
    mutating func readText() {
        if !isError && ReferenceSilence.isKeepAlive(type: frame.event) {
            isKeepAlive = true
            return
        }
        let text = Array(String(decoding: frame.payload, as: UTF8.self).utf8)
        // No data says nothing, but its event type may.
        isKeepAlive = text.isEmpty && !isError
        for entry in table.entries where entry.tests.allSatisfy({ holds($0, [], entry.path) }) {
            wasRead = true
            switch entry.field {
            case .text: append(ReferenceDelta(kind: .text, bytes: text))
            case .finish:
                if ReferenceSilence.isKeepAlive(data: text) { continue }
                memory.sawFinish = true
                append(ReferenceDelta(kind: .finish, bytes: text))
            case .terminal:
                memory.sawTerminal = true
                isKeepAlive = false
            case .errorMessage:
                sawError = true
                isKeepAlive = false
                message = text
            default: fatalError("no built-in text format has a rule for \(entry.field)")
            }
        }
        if sawError || isError {
            append(textError(sawError ? message : text))
        } else if !wasRead && !isKeepAlive && !isSilentText {
            unreadName = ReferenceSilence.name(ofText: frame)
        }
    }

    /// The error that a text is: a document may say more.
    private func textError(_ text: [UInt8]) -> ReferenceDelta {
        let plain = ReferenceDelta(kind: .error, bytes: text, other: errorName)
        guard frame.payload.first == UInt8(ascii: "{"),
            case (let root?, _) = ReferenceDocument.read(frame.payload, maxDepth: limits.maxNestingDepth)
        else { return plain }
        let found = ReferenceErrors(frame.payload, root).anyForm()
        return delta(of: found, message: found.message)
    }

    private func delta(of found: ReferenceError, message: [UInt8]) -> ReferenceDelta {
        let name = [type, Array(found.name.utf8), errorName].first { !$0.isEmpty } ?? []
        return ReferenceDelta(
            kind: .error, bytes: message, other: name, details: found.details == ErrorDetails() ? nil : found.details)
    }

    private var isSilentText: Bool { table.format.silentEvents.contains { Array($0.utf8) == frame.event } }

    /// Moves the finish reasons behind the deltas from `start` on, if there are any.
    mutating func moveFinishes(before start: Int) {
        guard deltas.count > start else { return }
        let finishes = deltas[..<start].filter { $0.kind == .finish }
        deltas = deltas[..<start].filter { $0.kind != .finish } + deltas[start...] + finishes
    }

    /// Calls that end together come by choice, then by number.
    mutating func sortCalls(from start: Int) {
        deltas[start...].sort { ($0.choice, $0.tool) < ($1.choice, $1.tool) }
    }

    mutating func append(_ delta: ReferenceDelta) {
        var delta = delta
        delta.offset = frame.offset
        if delta.kind == .usage || delta.kind == .error || !delta.bytes.isEmpty || !delta.other.isEmpty {
            deltas.append(delta)
        }
    }

    // MARK: Conditions

    func raw(_ value: ReferenceValue) -> ArraySlice<UInt8> { frame.payload[value.range] }

    /// Whether a rule's conditions hold for a value that it may read.
    func applies(_ rule: Int, _ place: ReferencePlace) -> Bool {
        table.takes(place.value, by: rule)
            && table.entries[rule].tests.allSatisfy {
                holds($0, place.positions, table.entries[rule].path)
            }
    }

    private func holds(_ test: ReferenceTable.Test, _ positions: [Int], _ path: Int) -> Bool {
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
        case .block(let type): return memory.blocks[blockKey(path, positions)] == Array(type.utf8)
        case .errorEvent: return isError
        case .notErrorEvent: return !isError
        case .hasPrefix, .hasOnly: fatalError("only signatures have this condition")
        }
    }

    /// Numbers and literals are compared as they are written.
    private func isText(_ value: ReferenceValue, _ text: String) -> Bool {
        let found = value.kind == .string ? ReferenceText.whole(raw(value)) : Array(raw(value))
        return found == Array(text.utf8)
    }

    // MARK: Values

    func text(_ value: ReferenceValue) throws(Stop) -> [UInt8] {
        guard value.kind == .string else { return Array(raw(value)) }
        guard let text = ReferenceText.closed(raw(value)) else { throw .badEscape }
        return text
    }

    /// The number without its fraction; nil past 64 bits, or with an exponent.
    func integer(_ value: ReferenceValue) -> Int? {
        guard value.kind == .number else { return nil }
        let digits = String(decoding: raw(value), as: UTF8.self)
        return digits.contains { $0 == "e" || $0 == "E" } ? nil : Int(digits.prefix { $0 != "." })
    }

    /// What stands beside a value: the first of those that may say it and whose own conditions hold.
    func speaker(_ field: Field, _ path: Int, _ positions: [Int]) -> (value: ReferenceValue, rule: Int)? {
        for rule in table.speakers[path][field] ?? [] {
            let entry = table.entries[rule]
            guard let value = table.value(entry.path, beside: positions, in: root) else { continue }
            if entry.tests.allSatisfy({ holds($0, positions, entry.path) }) { return (value, rule) }
        }
        return nil
    }

    func beside(_ field: Field, _ path: Int, _ positions: [Int]) -> ReferenceValue? {
        speaker(field, path, positions)?.value
    }

    private func clamped(_ value: ReferenceValue) -> Int { Int(Int32(clamping: integer(value) ?? 0)) }

    func choice(_ path: Int, _ positions: [Int]) throws(Stop) -> Int {
        let number = saidChoice(path, positions)
        guard (0..<limits.maxChoices).contains(number) else { throw .choices }
        return number
    }

    /// The choice's number, or where nothing says it the position of the element that it would stand in.
    func saidChoice(_ path: Int, _ positions: [Int]) -> Int {
        if let value = beside(.choice, path, positions) { return clamped(value) }
        guard let speaker = table.speakers[path][.choice]?.first else { return 0 }
        let level = table.paths[table.entries[speaker].path].levels
        return level == 0 ? 0 : positions[level - 1]
    }

    // MARK: Rules

    private mutating func apply(_ rule: Int, _ path: Int, _ place: ReferencePlace) throws(Stop) {
        let entry = table.entries[rule]
        switch entry.field {
        case .toolID, .toolName, .toolArguments, .heldArguments, .partialArguments, .toolContinues:
            return try tool(rule, path, place)
        case .choice, .tool: return
        case let field where ReferenceTable.isDetail(field): hadDetail = true
        default: wasRead = true
        }
        switch entry.field {
        case .text: try tell(.text, entry, path, place)
        case .reasoning, .toolPlan: try tell(.reasoning, entry, path, place)
        case .refusal: try tell(.refusal, entry, path, place)
        case .partial: try tell(.partial, entry, path, place)
        case .finish: try finish(entry, path, place)
        case .toolEnd: toolEnds.append((path, place.positions, openCall(saidChoice(path, place.positions))))
        case .inputTokens: input = integer(place.value) ?? input
        case .outputTokens: output = integer(place.value) ?? output
        case .position: position = integer(place.value) ?? position
        case .total: total = integer(place.value) ?? total
        case .terminal:
            endsAll = true
            memory.sawTerminal = true
        case .errorType, .errorMessage, .error: try error(entry.field, path, place)
        case .choice, .tool, .toolID, .toolName, .toolArguments, .heldArguments, .partialArguments, .toolContinues,
            .ignored:
            break
        case .encodedText:
            let choice = try choice(path, place.positions)
            guard let bytes = ReferenceBase64.decode(try text(place.value)) else { throw .badBase64 }
            let said = Array(String(decoding: bytes, as: UTF8.self).utf8)
            if !said.isEmpty { pieces.append(.init(kind: .text)) }
            append(ReferenceDelta(kind: .text, choice: choice, bytes: said))
        case .document: fatalError("a document takes the place of the one that holds it")
        default: try detail(entry, path, place)
        }
    }

    private mutating func finish(_ entry: ReferenceTable.Entry, _ path: Int, _ place: ReferencePlace) throws(Stop) {
        let choice = try choice(path, place.positions)
        if !raw(place.value).isEmpty {
            finishes.append((choice, ReferenceText.whole(raw(place.value)) ?? Array(raw(place.value))))
            memory.sawFinish = true
        }
        try tell(.finish, entry, path, place)
    }

    /// What is falsy is read, but no error.
    private mutating func error(_ field: Field, _ path: Int, _ place: ReferencePlace) throws(Stop) {
        let errors = ReferenceErrors(frame.payload, root)
        let text = try text(place.value)
        guard let value = errors.resolved(place.value) else { return }
        sawError = true
        switch field {
        case .error: subject = value
        case .errorMessage: message = text
        default: type = text
        }
    }

    private mutating func tell(
        _ kind: DeltaKind, _ entry: ReferenceTable.Entry, _ path: Int, _ place: ReferencePlace
    ) throws(Stop) {
        var delta = ReferenceDelta(kind: kind, choice: try choice(path, place.positions))
        delta.isToolPlan = entry.field == .toolPlan
        if [.text, .reasoning, .refusal].contains(kind) {
            let isMissing = entry.whole.map { memory.pieces.lacks(kind, $0) } ?? true
            // An emitted whole value is a piece for those that are larger.
            if isMissing && !raw(place.value).isEmpty { pieces.append(.init(kind: kind)) }
            if let whole = entry.whole { pieces.append(.init(kind: kind, whole: whole)) }
            if !isMissing { return }
            delta.block = block(path, place.positions)
        }
        try tell(&delta, place.value)
    }

    /// Hands a text on, behind the half of a pair that the one before it ended with.
    mutating func tell(_ delta: inout ReferenceDelta, _ value: ReferenceValue) throws(Stop) {
        // Nothing is no piece of a text.
        if raw(value).isEmpty { return append(delta) }
        let (kind, choice, tool, isToolPlan) = (delta.kind, delta.choice, delta.tool, delta.isToolPlan)
        let block = delta.block
        let known = memory.halves.firstIndex {
            $0.kind == kind && $0.choice == choice && $0.tool == tool && $0.isToolPlan == isToolPlan
                && $0.block == block
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
                        isToolCounted: delta.isToolCounted, block: block, unit: half))
            }
        }
        append(delta)
    }

    // MARK: What is told once

    private mutating func finish() {
        for piece in pieces { memory.pieces.add(piece) }
        let told = (input.flatMap { $0 < 0 ? nil : $0 }, output.flatMap { $0 < 0 ? nil : $0 })
        if told.0 != nil || told.1 != nil {
            append(
                ReferenceDelta(kind: .usage, input: told.0, output: told.1, isWhole: table.format.tellsUsageWhole))
        }
        guard let found = foundError else { return }
        append(delta(of: found, message: message.isEmpty ? found.message : message))
    }

    private var foundError: ReferenceError? {
        let errors = ReferenceErrors(frame.payload, root)
        if let subject {
            let isTop = root.members.contains {
                $0.value.range == subject.range || $0.value.elements.first?.range == subject.range
            }
            return errors.error(subject, in: isTop ? root : nil)
        }
        if isError { return errors.anyForm() }
        if sawError { return ReferenceError() }
        return wasRead ? nil : errors.commonForm()
    }

    /// What kind of error, where the framing says that.
    private var errorName: [UInt8] { Array(String(decoding: frame.errorName, as: UTF8.self).utf8) }
}
