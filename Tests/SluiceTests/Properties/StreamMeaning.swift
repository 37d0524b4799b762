@testable import Sluice
@testable import SluiceTestSupport

// What a generated stream means, as the generator put it in: an oracle that neither the engine nor the reference had a hand
// in. It is compared with what an `Accumulator` has collected.

/// One thing that a stream says.
enum StreamAct: Sendable {
    case text(choice: Int, [UInt16])
    /// All of a text, for those who have heard nothing of it.
    case whole(String, [UInt16])
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
    /// Something that the format has no rule for.
    case unread
    /// An event that cannot be read.
    case bad
    /// A line beside the framing that looks like an error.
    case stray
}

extension StreamAct {
    /// Nothing that is read.
    fileprivate var isUnread: Bool {
        switch self {
        case .silence, .unread: true
        default: false
        }
    }
}

struct StreamMeaning {
    struct Call: Equatable {
        var index: Int?
        var id: [UInt8] = []
        var name: [UInt8] = []
        var arguments: [UInt8] = []
        fileprivate var units: [UInt16] = []
        fileprivate var number = 0
        fileprivate var isBegun = false
        /// Arguments came after it began.
        fileprivate var hasOwnArguments = false
        /// Nothing is added to it for want of arguments.
        fileprivate var isEnded = false

        fileprivate var hasArguments: Bool { !arguments.isEmpty || !units.isEmpty }
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
    private(set) var unread = 0
    private(set) var status = StreamEnd.Status.truncated
    private var isStray = false
    private var isComplete = false
    private var wholeCalls = 0
    /// Kinds of texts of which pieces came, and none as a whole since.
    private var pieces: Set<String> = []
    private let format: WireFormat

    init(_ stream: GeneratedStream) {
        format = stream.format
        for event in stream.events { take(event.acts) }
        let isWhole = !isStray
        let isFinished = choices.values.contains { $0.finish != nil } && unreadable == 0 && !stream.endsInsideEvent
        let isIdle = unreadable == 0 && stream.events.allSatisfy(\.isIdle) && !stream.endsInsideEvent
        if error != nil {
            status = .failed
        } else if isWhole && isIdle && (!stream.events.isEmpty || stream.isSilentWithoutEvents) {
            status = .empty
        } else if isWhole {
            status = isComplete ? .complete : isFinished ? .finished : .truncated
        }
        for number in choices.keys { finishCalls(number) }
    }

    /// Takes one event. What it ends, it ends last.
    private mutating func take(_ acts: [StreamAct]) {
        let before = pieces
        var wholes: Set<String> = []
        for act in acts {
            // What several acts of one event say of the whole, it says once.
            if case .whole(let kind, _) = act, !wholes.insert(kind).inserted { continue }
            take(act, before)
        }
        for case .whole(let kind, _) in acts { pieces.remove(kind) }
        // What is read of an event makes up for the rest.
        let isNews = acts.contains { if case .unread = $0 { true } else { false } }
        if isNews && acts.allSatisfy(\.isUnread) { unread += 1 }
        guard error == nil else { return }
        for case .finish(let choice, let units) in acts where !units.isEmpty {
            let isCut = ["length", "max_tokens", "MAX_TOKENS", "max_output_tokens"].contains(units.decoded)
            endCalls(choice, isCut: isCut)
        }
        guard acts.contains(where: { if case .terminal = $0 { true } else { false } }) else { return }
        for choice in choices.keys { endCalls(choice, isCut: false) }
    }

    private mutating func take(_ act: StreamAct, _ before: Set<String>) {
        switch act {
        case .text(let choice, let units): append(units, "text", choice)
        case .whole(let kind, let units): if !before.contains(kind) { append(units, kind, 0) }
        case .reasoning(let choice, let units): append(units, "reasoning", choice)
        case .toolPlan(let units): append(units, "plan", 0)
        case .refusal(let choice, let units): append(units, "refusal", choice)
        case .toolCall(let choice, let tool, let id, let name): identify(choice, tool, id, name)
        case .toolArguments(let choice, let tool, let units):
            if units.isEmpty { return }
            let known = call(choice, tool) ?? add(choice, tool)
            choices[choice]?.calls[known].units += units
            if choices[choice]?.calls[known].isBegun == true { choices[choice]?.calls[known].hasOwnArguments = true }
        case .wholeCall(let choice, let id, let name, let arguments):
            wholeCalls += 1
            let known = add(choice, wholeCalls - 1)
            identify(choice, wholeCalls - 1, id, name)
            choices[choice]?.calls[known].arguments = Array(arguments.canonical.utf8)
        case .finish(let choice, let units):
            if !units.isEmpty { choices[choice, default: Choice()].finish = Array(units.decoded.utf8) }
        case .usage(let input, let output):
            let known = format.tellsUsageWhole ? nil : usage
            guard input != nil || output != nil else { return }
            usage = Accumulator.Usage(input: input ?? known?.input, output: output ?? known?.output)
        case .error(let type, let message): error = (type, message.decoded)
        case .terminal: isComplete = true
        case .silence, .unread: break
        case .bad: unreadable += 1
        case .stray:
            // Told once.
            if !isStray { unreadable += 1 }
            isStray = true
        }
    }

    private mutating func append(_ units: [UInt16], _ kind: String, _ choice: Int) {
        guard !units.isEmpty else { return }
        choices[choice, default: Choice()].texts[kind, default: []] += units
        pieces.insert(kind)
    }

    // MARK: Calls

    private func call(_ choice: Int, _ tool: Int) -> Int? {
        choices[choice]?.calls.lastIndex { $0.number == tool }
    }

    private mutating func add(_ choice: Int, _ tool: Int) -> Int {
        let index = format.toolNumbering == .given ? tool : nil
        choices[choice, default: Choice()].calls.append(Call(index: index, number: tool))
        return (choices[choice]?.calls.count ?? 1) - 1
    }

    /// The rules of docs/READING.md for calls of one number.
    private mutating func identify(_ choice: Int, _ tool: Int, _ idUnits: [UInt16], _ nameUnits: [UInt16]) {
        let (id, name) = (Array(idUnits.decoded.utf8), Array(nameUnits.decoded.utf8))
        if id.isEmpty && name.isEmpty { return }
        var at = call(choice, tool) ?? add(choice, tool)
        if let known = choices[choice]?.calls[at], known.isBegun {
            let isOtherID = !id.isEmpty && !known.id.isEmpty && id != known.id
            let isOtherName = !name.isEmpty && !known.name.isEmpty && name != known.name
            let isNamedAnew = isOtherName && known.hasOwnArguments && (id.isEmpty || known.id.isEmpty)
            if isOtherID ? !name.isEmpty : isNamedAnew {
                if error == nil { endCall(choice, at) }
                at = add(choice, tool)
            }
        }
        guard var call = choices[choice]?.calls[at] else { return }
        if call.id.isEmpty { call.id = id }
        let mayAddName = !call.hasOwnArguments || call.name.isEmpty || !call.isBegun
        if mayAddName && name != call.name { call.name += name }
        call.isBegun = true
        choices[choice]?.calls[at] = call
    }

    private mutating func endCalls(_ choice: Int, isCut: Bool) {
        for at in choices[choice]?.calls.indices ?? 0..<0 {
            if !isCut { endCall(choice, at) }
            choices[choice]?.calls[at].isEnded = true
        }
    }

    /// A call without arguments is called with none.
    private mutating func endCall(_ choice: Int, _ at: Int) {
        guard let call = choices[choice]?.calls[at], call.isBegun, !call.isEnded, !call.hasArguments else { return }
        choices[choice]?.calls[at].units = Array("{}".utf16)
        choices[choice]?.calls[at].hasOwnArguments = true
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
        if end.unreadEvents != unread {
            return "\(end.unreadEvents) unread events instead of \(unread): \(end.unreadKinds)"
        }
        return end.status == status ? nil : "\(end.status) instead of \(status)"
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
            let (id, name) = (Array((call.id ?? "").utf8), Array((call.name ?? "").utf8))
            if id != wanted.id { return Self.difference("id", id, wanted.id) }
            if name != wanted.name { return Self.difference("name", name, wanted.name) }
            let arguments = Array(call.arguments.utf8)
            if arguments != wanted.arguments { return Self.difference("arguments", arguments, wanted.arguments) }
        }
        return nil
    }

    private static func difference(_ what: String, _ found: [UInt8], _ wanted: [UInt8]) -> String {
        "\(what) \"\(VisibleBytes.write(found))\" instead of \"\(VisibleBytes.write(wanted))\""
    }
}
