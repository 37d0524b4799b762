@testable import Sluice
@testable import SluiceTestSupport

// What a generated stream means, as the generator put it in: an oracle that neither the engine nor the reference had a hand
// in. It is compared with what an `Accumulator` has collected.

/// One thing that a stream says.
enum StreamAct: Sendable {
    case text(choice: Int, [UInt16])
    case reasoning(choice: Int, [UInt16])
    case toolPlan([UInt16])
    case refusal(choice: Int, [UInt16])
    /// Where the format counts tool calls itself, the number is that of arrival.
    case toolCall(choice: Int, tool: Int, id: [UInt16], name: [UInt16])
    case toolArguments(choice: Int, tool: Int, [UInt16])
    /// A call that comes whole, its arguments an object.
    case wholeCall(choice: Int, id: [UInt16], name: [UInt16], JSONTree)
    case finish(choice: Int, [UInt16])
    case usage(input: Int?, output: Int?)
    case error(type: String, [UInt16])
    case terminal
    /// Nothing.
    case silence
    /// An event that cannot be read.
    case bad
    /// A line beside the framing that looks like an error.
    case stray
}

struct StreamMeaning {
    struct Call: Equatable {
        var index: Int?
        var id: [UInt8]?
        var name: [UInt8]?
        var arguments: [UInt8] = []
        fileprivate var units: [UInt16] = []
        fileprivate var number = 0
    }

    struct Choice: Equatable {
        var texts: [String: [UInt16]] = [:]
        var calls: [Call] = []
        var finish: [UInt8]?
    }

    private(set) var choices: [Int: Choice] = [:]
    private(set) var usage: Accumulator.Usage?
    private(set) var error: (type: String, message: String)?
    private(set) var unreadable = 0
    private(set) var status = StreamEnd.Status.truncated
    private var isStray = false
    private var wholeCalls = 0
    private let format: WireFormat

    init(_ acts: [StreamAct], _ format: WireFormat) {
        self.format = format
        var isComplete = false
        for act in acts {
            if case .terminal = act { isComplete = true }
            take(act)
        }
        status = error != nil ? .failed : isComplete && !isStray ? .complete : .truncated
        for number in choices.keys { finishCalls(number) }
    }

    private mutating func take(_ act: StreamAct) {
        switch act {
        case .text(let choice, let units): append(units, "text", choice)
        case .reasoning(let choice, let units): append(units, "reasoning", choice)
        case .toolPlan(let units): append(units, "plan", 0)
        case .refusal(let choice, let units): append(units, "refusal", choice)
        case .toolCall(let choice, let tool, let id, let name): begin(choice, tool, id, name)
        case .toolArguments(let choice, let tool, let units):
            if units.isEmpty { return }
            if call(choice, tool) == nil { add(choice, tool) }
            if let known = call(choice, tool) { choices[choice]?.calls[known].units += units }
        case .wholeCall(let choice, let id, let name, let arguments):
            wholeCalls += 1
            add(choice, wholeCalls - 1)
            begin(choice, wholeCalls - 1, id, name)
            if let known = call(choice, wholeCalls - 1) {
                choices[choice]?.calls[known].arguments = Array(arguments.canonical.utf8)
            }
        case .finish(let choice, let units):
            if !units.isEmpty { choices[choice, default: Choice()].finish = Array(units.decoded.utf8) }
        case .usage(let input, let output):
            let known = format.tellsUsageWhole ? nil : usage
            guard input != nil || output != nil else { return }
            usage = Accumulator.Usage(input: input ?? known?.input, output: output ?? known?.output)
        case .error(let type, let message): error = (type, message.decoded)
        case .terminal, .silence: break
        case .bad: unreadable += 1
        case .stray:
            // Told once.
            if !isStray { unreadable += 1 }
            isStray = true
        }
    }

    private mutating func append(_ units: [UInt16], _ kind: String, _ choice: Int) {
        if !units.isEmpty { choices[choice, default: Choice()].texts[kind, default: []] += units }
    }

    private func call(_ choice: Int, _ tool: Int) -> Int? {
        choices[choice]?.calls.lastIndex { $0.number == tool }
    }

    private mutating func add(_ choice: Int, _ tool: Int) {
        let index = format.toolNumbering == .given ? tool : nil
        choices[choice, default: Choice()].calls.append(Call(index: index, number: tool))
    }

    /// A call whose number comes again with another id is a new one.
    private mutating func begin(_ choice: Int, _ tool: Int, _ id: [UInt16], _ name: [UInt16]) {
        if id.isEmpty && name.isEmpty { return }
        let idBytes = Array(id.decoded.utf8)
        let known = call(choice, tool).flatMap { choices[choice]?.calls[$0] }
        if known == nil || known?.id != nil && !id.isEmpty && known?.id != idBytes { add(choice, tool) }
        guard let at = call(choice, tool), var call = choices[choice]?.calls[at] else { return }
        if call.id == nil && !id.isEmpty { call.id = idBytes }
        if call.name == nil && !name.isEmpty { call.name = Array(name.decoded.utf8) }
        choices[choice]?.calls[at] = call
    }

    private mutating func finishCalls(_ choice: Int) {
        guard var changed = choices[choice] else { return }
        for index in changed.calls.indices where !changed.calls[index].units.isEmpty {
            changed.calls[index].arguments += changed.calls[index].units.decoded.utf8
        }
        choices[choice] = changed
    }
}

extension StreamMeaning {
    /// How what was read differs from what was meant; nil where it does not. Texts are compared byte by byte: to Swift,
    /// strings are equal that are written differently.
    func difference(from reading: PropertyReading) -> String? {
        let answer = reading.answer
        if let failure = reading.failure { return "failure \(failure)" }
        let numbers = (found: answer.choices.keys.sorted(), wanted: choices.keys.sorted())
        if numbers.found != numbers.wanted { return "choices \(numbers.found) instead of \(numbers.wanted)" }
        for (number, wanted) in choices {
            guard let found = answer.choices[number] else { continue }
            if let text = wanted.difference(from: found) { return "choice \(number): \(text)" }
        }
        if answer.usage != usage { return "usage \(answer.usage as Any) instead of \(usage as Any)" }
        let error = [answer.error?.type, answer.error?.message].map { $0.map { Array($0.utf8) } }
        if error != [self.error?.type, self.error?.message].map({ $0.map { Array($0.utf8) } }) {
            return "error \(answer.error as Any) instead of \(self.error as Any)"
        }
        if answer.problems.count != unreadable {
            return "\(answer.problems.count) unreadable events instead of \(unreadable): \(answer.problems)"
        }
        guard let end = reading.end else { return "no end" }
        // Nothing that was meant may still be some bytes, comments for example.
        let wanted = end.bytes == 0 && status == .truncated ? .empty : status
        return end.status == wanted ? nil : "\(end.status) instead of \(wanted)"
    }
}

extension StreamMeaning.Choice {
    fileprivate func difference(from found: Accumulator.Choice) -> String? {
        let pairs = [
            ("text", found.text), ("reasoning", found.reasoning), ("plan", found.toolPlan), ("refusal", found.refusal),
        ]
        for (kind, text) in pairs {
            let wanted = Array((texts[kind] ?? []).decoded.utf8)
            if Array(text.utf8) != wanted { return Self.difference(kind, Array(text.utf8), wanted) }
        }
        if found.finishReason.map({ Array($0.utf8) }) != finish {
            return "finish \(found.finishReason ?? "none") instead of \(String(decoding: finish ?? [], as: UTF8.self))"
        }
        if found.toolCalls.count != calls.count {
            return "\(found.toolCalls.count) tool calls instead of \(calls.count)"
        }
        for (call, wanted) in zip(found.toolCalls, calls) {
            if call.index != wanted.index { return "tool \(call.index ?? -1) instead of \(wanted.index ?? -1)" }
            let id = call.id.map { Array($0.utf8) }
            if id != wanted.id { return Self.difference("id", id ?? [], wanted.id ?? []) }
            let name = call.name.map { Array($0.utf8) }
            if name != wanted.name { return Self.difference("name", name ?? [], wanted.name ?? []) }
            let arguments = Array(call.arguments.utf8)
            if arguments != wanted.arguments { return Self.difference("arguments", arguments, wanted.arguments) }
        }
        return nil
    }

    private static func difference(_ what: String, _ found: [UInt8], _ wanted: [UInt8]) -> String {
        "\(what) \"\(VisibleBytes.write(found))\" instead of \"\(VisibleBytes.write(wanted))\""
    }
}
