/// Follows the events of one response, and reports those that come out of order.
struct OrderCheck {
    private let order: EventOrder
    /// Names that messages may need.
    let tree: FactTree
    private var states: Set<String> = []
    private var isEnded = false
    private var hasFailed = false
    private var saidBehind = false
    private var number: Double?

    /// Things that can be open at once; a stream that opens more is not followed further.
    private static var stateCount: Int { 4096 }

    init(_ order: EventOrder) {
        self.order = order
        tree = FactTree(order.paths + ["type", "error"])
    }

    /// The payload is one that the format knows beside its documents, such as `[DONE]`.
    func isTerminal(_ payload: [UInt8]) -> Bool {
        order.terminalPayloads.contains { payload.elementsEqual($0.utf8) }
    }

    /// Takes a payload that ends the stream.
    mutating func takeTerminal(_ payload: [UInt8], _ report: (Severity, String, String, String) -> Void) {
        if states.contains("terminal") {
            reportBehind("a second '\(String(decoding: payload, as: UTF8.self))'", report)
        }
        states.insert("terminal")
        isEnded = true
    }

    /// Takes the event whose document says `facts`.
    mutating func take(
        _ facts: Fact, event: String, isError: Bool, _ report: (Severity, String, String, String) -> Void
    ) {
        if isEnded { return reportBehind("an event", report) }
        if isError || EventOrder.errorMatches.contains(where: { Self.matches($0, facts, event) }) { hasFailed = true }
        if let path = order.number, case .number(let position)? = facts[path] { count(position, path, report) }
        if order.repeatsType, !event.isEmpty, case .text(let type)? = facts["type"], type != event {
            report(
                .warning, "event-type-differs", "the event '\(event)' with the type '\(type)'", "the same name in both")
        }
        for rule in order.rules {
            guard let path = rule.each else {
                apply(rule, facts, event, report)
                continue
            }
            guard case .list(let elements)? = facts[path] else { continue }
            for element in elements { apply(rule, element, event, report) }
        }
        isEnded = states.contains("#ended")
    }

    /// The input has ended.
    mutating func finish(_ report: (Severity, String, String, String) -> Void) {
        guard !hasFailed else { return }
        let missing = order.ends.filter { !states.contains($0.state) }
        if let need = missing.first {
            // One of two signs that all has come makes the other a formality.
            let severity = missing.count < order.ends.count ? .warning : need.severity
            report(severity, "terminal-missing", "the stream ends", need.expected)
        }
        for need in order.open where states.contains(need.state) && !states.contains("stopped") {
            report(need.severity, "terminal-missing", "the stream ends", need.expected)
        }
    }

    // MARK: Rules

    private mutating func apply(
        _ rule: EventRule, _ facts: Fact, _ event: String, _ report: (Severity, String, String, String) -> Void
    ) {
        guard rule.when.allSatisfy({ Self.matches($0, facts, event) }) else { return }
        let key = rule.keys.map { Self.key(facts[$0]) }.joined(separator: ",")
        let name = rule.name + (rule.keys.isEmpty ? "" : " (\(rule.keys.joined(separator: ", ")) \(key))")
        for need in rule.needs where !has(need.state, key) {
            report(need.severity, "out-of-order", name, need.expected)
            break
        }
        for need in rule.forbids where has(need.state, key) {
            report(need.severity, "out-of-order", name, need.expected)
            break
        }
        for state in rule.clears { states.remove(Self.keyed(state, key)) }
        guard states.count + rule.sets.count <= Self.stateCount else { return }
        for state in rule.sets { states.insert(Self.keyed(state, key)) }
        if rule.isTerminal { states.insert("#ended") }
    }

    private func has(_ state: String, _ key: String) -> Bool {
        guard state.hasSuffix("*") else { return states.contains(Self.keyed(state, key)) }
        let head = state.dropLast()
        return states.contains { $0.hasPrefix(head) }
    }

    private static func keyed(_ state: String, _ key: String) -> String { state.hasSuffix("#") ? state + key : state }

    private static func key(_ fact: Fact?) -> String {
        guard case .number(let number)? = fact else { return "0" }
        return number == number.rounded() && abs(number) < 1e15 ? "\(Int(number))" : "\(number)"
    }

    private static func matches(_ match: EventMatch, _ facts: Fact, _ event: String) -> Bool {
        switch match {
        case .equals(let path, let text): facts[path] == .text(text)
        case .filled(let path): facts.hasFilled(path)
        case .unfilled(let path): !facts.hasFilled(path)
        case .isTrue(let path): facts[path] == .bool(true)
        case .empty(let path): facts[path] == nil || facts[path] == .list([])
        case .event(let name): event == name
        }
    }

    /// One mistake is one finding: what comes behind the end is not followed.
    private mutating func reportBehind(_ what: String, _ report: (Severity, String, String, String) -> Void) {
        guard !saidBehind else { return }
        saidBehind = true
        report(order.behindTerminal, "behind-terminal", "\(what) behind the terminal marker", "nothing behind it")
    }

    private mutating func count(
        _ position: Double, _ path: String, _ report: (Severity, String, String, String) -> Void
    ) {
        if let number, position != number + 1 {
            report(
                .error, "misnumbered", "\(path) \(Self.key(.number(position))) behind \(Self.key(.number(number)))",
                "\(Self.key(.number(number + 1)))")
        }
        number = position
    }
}

extension Fact {
    /// Whether the path has a value that is neither null nor empty, in one of the elements where it leads through arrays.
    func hasFilled(_ path: String) -> Bool { hasFilled(path.split(separator: ".")[...]) }

    private func hasFilled(_ path: ArraySlice<Substring>) -> Bool {
        if case .list(let elements) = self { return elements.contains { $0.hasFilled(path) } }
        guard let name = path.first else { return isFilled }
        guard case .object(let members) = self, let next = members[String(name)] else { return false }
        return next.hasFilled(path.dropFirst())
    }
}
