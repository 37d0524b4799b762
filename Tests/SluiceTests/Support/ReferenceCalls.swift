import Sluice

// Tool calls: which call a value belongs to, when one begins and ends, and what one has that ends without arguments.
// docs/READING.md, section 3.

/// A tool call, or what belongs to one that neither an id nor a name has begun yet.
struct ReferenceCall {
    var choice: Int
    var tool: Int
    var isCounted: Bool
    var id: [UInt8] = []
    var name: [UInt8] = []
    var origin = ToolOrigin.client
    /// An id or a name has come.
    var isBegun = false
    /// A piece of its arguments has come that is not empty, or `{}` or held arguments were emitted.
    var hasArguments = false
    /// The same, after it began.
    var hasOwnArguments = false
    var held: [UInt8] = []
    /// They are JSON rather than its text in a string.
    var isHeldWhole = false
    var isEnded = false
    /// Later events go on with it.
    var isContinuing = false
    var partial: ReferencePartialArguments?

    /// More than a number has come of it.
    var isKnown: Bool { isBegun || hasArguments || !held.isEmpty || partial != nil || isContinuing }

    mutating func noteArguments() {
        hasArguments = true
        hasOwnArguments = hasOwnArguments || isBegun
    }

    /// Its end says something.
    var isOpen: Bool { isContinuing || partial != nil || !lastArguments.isEmpty }

    /// What it has when it ends, if nothing else came.
    var lastArguments: [UInt8] {
        if let ending = partial?.ending, !ending.isEmpty { return ending }
        if isEnded || hasArguments { return [] }
        if !held.isEmpty { return held }
        return isBegun && [.client, .approval].contains(origin) ? Array("{}".utf8) : []
    }
}

/// What one element says of a call beside its arguments.
struct ReferenceCallName {
    var id: [UInt8] = []
    var name: [UInt8] = []
    var origin = ToolOrigin.client

    var isEmpty: Bool { id.isEmpty && name.isEmpty }

    /// Whether arguments that are an object are those of another call of that name.
    func isOfNextWhole(after call: ReferenceCall) -> Bool {
        let isRun = [.client, .approval].contains(call.origin)
        return !name.isEmpty && call.hasOwnArguments && isRun && (id.isEmpty || call.id.isEmpty)
    }

    /// Whether it is of the call behind `call`, under the same number.
    func begins(after call: ReferenceCall) -> Bool {
        if !id.isEmpty && !call.id.isEmpty && id != call.id { return !name.isEmpty }
        let isNameless = name.isEmpty || call.name.isEmpty || name == call.name
        return !isNameless && call.hasOwnArguments && (id.isEmpty || call.id.isEmpty)
    }
}

/// The elements that a tool call's values lie in, and what the first of them has shown.
struct ReferenceCallElement {
    var positions: [Int]
    var choice: Int
    var tool: Int
    var said: ReferenceCallName
    /// Its id and name say nothing new.
    var repeatsCall: Bool
}

/// The calls of a stream; of a choice and number only the last.
struct ReferenceCalls {
    private(set) var all: [ReferenceCall] = []
    /// Every id that a call took, the latest last.
    private var taken: [(choice: Int, id: [UInt8], tool: Int)] = []

    subscript(_ index: Int) -> ReferenceCall {
        get { all[index] }
        set { all[index] = newValue }
    }

    func index(_ choice: Int, _ tool: Int) -> Int? {
        all.firstIndex { $0.choice == choice && $0.tool == tool }
    }

    mutating func noteID(_ choice: Int, _ id: [UInt8], _ tool: Int) { taken.append((choice, id, tool)) }

    /// The number of the call that took that id last; nil if another call has its number since.
    func number(_ choice: Int, id: [UInt8]) -> Int? {
        guard let last = taken.last(where: { $0.choice == choice && $0.id == id }) else { return nil }
        return all.contains { $0.choice == choice && $0.tool == last.tool && $0.id == id } ? last.tool : nil
    }

    /// The highest number of a choice's calls; -1 for none.
    func highest(_ choice: Int) -> Int {
        all.filter { $0.choice == choice && $0.isKnown }.map(\.tool).max() ?? -1
    }

    /// The open calls of a choice get nothing more.
    mutating func abandon(_ choice: Int) {
        for index in all.indices where all[index].choice == choice && all[index].isOpen {
            all[index].isEnded = true
            all[index].isContinuing = false
            all[index].partial = nil
        }
    }

    /// The call that later events of the choice go on with.
    func continuing(_ choice: Int) -> Int? { all.firstIndex { $0.choice == choice && $0.isContinuing } }

    /// Adds a call, in the place of the one that has its number.
    mutating func add(_ call: ReferenceCall) -> Int {
        if let index = index(call.choice, call.tool) {
            all[index] = call
            return index
        }
        all.append(call)
        return all.count - 1
    }

    /// Ends calls, and returns the arguments of those that have come to none.
    mutating func end(where isMeant: (ReferenceCall) -> Bool) -> [ReferenceDelta] {
        let order = all.indices.sorted { (all[$0].choice, all[$0].tool) < (all[$1].choice, all[$1].tool) }
        var deltas: [ReferenceDelta] = []
        for index in order where isMeant(all[index]) {
            let call = all[index]
            all[index].isContinuing = false
            guard !call.lastArguments.isEmpty else { continue }
            all[index].isEnded = true
            all[index].partial = nil
            all[index].hasArguments = true
            all[index].hasOwnArguments = true
            deltas.append(
                ReferenceDelta(
                    kind: .toolArguments, choice: call.choice, tool: call.tool, bytes: call.lastArguments,
                    isWhole: (call.partial?.ending.isEmpty ?? true) && (call.held.isEmpty || call.isHeldWhole),
                    isToolCounted: call.isCounted))
        }
        return deltas
    }

    /// Counted calls are those of one event.
    mutating func forgetCounted() { all.removeAll { $0.isCounted && !$0.isContinuing } }
}

extension ReferenceReading {
    /// Reads an id, a name, arguments or held arguments. With the first of them that an element has, its id and name are
    /// told; the others are of the same call.
    mutating func tool(_ rule: Int, _ path: Int, _ place: ReferencePlace) throws(Stop) {
        let entry = table.entries[rule]
        if element?.positions != place.positions { try begin(path, place.positions) }
        guard let element, let own = memory.calls.index(element.choice, element.tool) else { return }
        switch entry.field {
        case .toolArguments:
            wasRead = true
            try arguments(entry, place.value, own, element.said)
        case .partialArguments:
            wasRead = true
            try partial(place.value, own)
        case .toolContinues:
            wasRead = true
            if place.value.kind == .yes { memory.calls[own].isContinuing = true }
        case .heldArguments:
            wasRead = true
            let held = try text(place.value)
            if ReferenceErrors(frame.payload, root).isFalsy(place.value) { return }
            let isEmpty = place.value.isContainer && place.value.members.isEmpty && place.value.elements.isEmpty
            if !held.isEmpty && !isEmpty && held != Array("{}".utf8) && !memory.calls[own].isEnded {
                memory.calls[own].held = held
                memory.calls[own].isHeldWhole = place.value.isContainer
            }
        default: wasRead = wasRead || memory.calls[own].isBegun
        }
    }

    private mutating func begin(_ path: Int, _ positions: [Int]) throws(Stop) {
        let said = try callName(path, positions)
        let choice = try choice(path, positions)
        let isCounted = table.format.toolNumbering == .counted
        let number = isCounted ? count(choice, said) : callNumber(choice, said.id, path, positions)
        guard (0..<limits.maxToolCalls).contains(number) else { throw .calls }
        let blank = ReferenceCall(choice: choice, tool: number, isCounted: isCounted)
        let index = memory.calls.index(choice, number) ?? memory.calls.add(blank)
        let isNew = identify(said, index)
        element = ReferenceCallElement(
            positions: positions, choice: choice, tool: number, said: said, repeatsCall: !isNew)
    }

    /// The number of a counted element's call: the one that it goes on with, or the next.
    private mutating func count(_ choice: Int, _ said: ReferenceCallName) -> Int {
        if let open = openCall(choice) {
            wasRead = true
            if said.isEmpty { return open }
            end { $0.choice == choice && $0.tool == open }
        }
        memory.toolCalls += 1
        return memory.toolCalls - 1
    }

    /// The number of the call that later elements of the choice go on with.
    func openCall(_ choice: Int) -> Int? { memory.calls.continuing(choice).map { memory.calls[$0].tool } }

    private func callName(_ path: Int, _ positions: [Int]) throws(Stop) -> ReferenceCallName {
        var said = ReferenceCallName()
        let (id, name) = (speaker(.toolID, path, positions), speaker(.toolName, path, positions))
        if let id {
            said.id = try text(id.value)
            if !said.id.isEmpty { said.origin = table.entries[id.rule].origin }
        }
        if let name {
            said.name = try text(name.value)
            let origin = table.entries[name.rule].origin
            if origin != .client && !said.name.isEmpty { said.origin = origin }
        }
        return said
    }

    /// The number that the stream gives, or of the call with that id, or 0.
    func callNumber(_ choice: Int, _ id: [UInt8], _ path: Int, _ positions: [Int]) -> Int {
        if let given = beside(.tool, path, positions).flatMap({ integer($0) }), given >= 0 {
            return Int(Int32(clamping: given))
        }
        if let known = memory.calls.number(choice, id: id) { return known }
        // Where no rule could number calls, those with an id of their own are counted.
        let isNumberless = (table.speakers[path][.tool] ?? []).isEmpty && !id.isEmpty
        return isNumberless ? memory.calls.highest(choice) + 1 : 0
    }

    /// Tells what an element says of the call at `index`: that it begins, that another begins in its place, or more of its
    /// id or name. Returns whether that is new.
    private mutating func identify(_ said: ReferenceCallName, _ index: Int) -> Bool {
        if said.isEmpty { return false }
        var call = memory.calls[index]
        var delta = ReferenceDelta(
            kind: .toolCall, choice: call.choice, tool: call.tool, isToolCounted: call.isCounted, origin: said.origin)
        if call.isBegun && said.begins(after: call) {
            end { $0.choice == call.choice && $0.tool == call.tool }
            call = ReferenceCall(choice: call.choice, tool: call.tool, isCounted: false)
            _ = memory.calls.add(call)
        }
        delta.isContinuation = call.isBegun
        if call.id.isEmpty { delta.bytes = said.id }
        let isNamePiece = !call.hasOwnArguments || call.name.isEmpty || !call.isBegun
        if isNamePiece && said.name != call.name { delta.other = said.name }
        if !call.isBegun { call.origin = said.origin }
        delta.origin = call.origin
        call.isBegun = true
        if !delta.bytes.isEmpty { memory.calls.noteID(call.choice, delta.bytes, call.tool) }
        call.id += delta.bytes
        call.name += delta.other
        if let own = memory.calls.index(call.choice, call.tool) { memory.calls[own] = call }
        append(delta)
        return !delta.isContinuation || !delta.bytes.isEmpty || !delta.other.isEmpty
    }

    private mutating func arguments(
        _ entry: ReferenceTable.Entry, _ value: ReferenceValue, _ known: Int, _ said: ReferenceCallName
    ) throws(Stop) {
        var index = known
        if entry.whole != nil && memory.calls[index].hasArguments { return }
        let mayBeNext = entry.whole == nil && value.isContainer && element?.repeatsCall == true
        if mayBeNext && said.isOfNextWhole(after: memory.calls[index]) {
            let call = memory.calls[index]
            index = memory.calls.add(
                ReferenceCall(choice: call.choice, tool: call.tool, isCounted: call.isCounted))
            let isNew = identify(said, index)
            element?.repeatsCall = !isNew
        }
        let call = memory.calls[index]
        if !raw(value).isEmpty { memory.calls[index].noteArguments() }
        var delta = ReferenceDelta(
            kind: .toolArguments, choice: call.choice, tool: call.tool,
            isWhole: value.isContainer, isToolCounted: call.isCounted)
        try tell(&delta, value)
    }

    private mutating func partial(_ list: ReferenceValue, _ index: Int) throws(Stop) {
        var partial = memory.calls[index].partial ?? ReferencePartialArguments()
        guard let text = partial.add(list, frame.payload) else { throw .badPath }
        memory.calls[index].partial = partial
        if text.isEmpty { return }
        memory.calls[index].noteArguments()
        let call = memory.calls[index]
        append(
            ReferenceDelta(
                kind: .toolArguments, choice: call.choice, tool: call.tool, bytes: text, isToolCounted: call.isCounted))
    }

    /// Ends calls, at this event.
    mutating func end(where isMeant: (ReferenceCall) -> Bool) {
        for delta in memory.calls.end(where: isMeant) { append(delta) }
    }

    /// What the end of an event ends: the calls that its rules say so of, those of its choices that finish, and all that are
    /// counted. What they get stands before the reasons.
    mutating func endCalls() throws(Stop) {
        let start = deltas.count
        for place in toolEnds {
            let choice = saidChoice(place.path, place.positions)
            let said = try callName(place.path, place.positions)
            if table.format.toolNumbering == .counted {
                if let open = place.open, said.isEmpty { end { $0.choice == choice && $0.tool == open } }
            } else {
                let number = callNumber(choice, said.id, place.path, place.positions)
                end { $0.choice == choice && $0.tool == number }
            }
        }
        end { $0.isCounted && !$0.isContinuing }
        if !isFailing {
            for finish in finishes {
                if ["length", "max_tokens", "MAX_TOKENS", "max_output_tokens"].contains(
                    String(decoding: finish.reason, as: UTF8.self))
                {
                    memory.calls.abandon(finish.choice)
                } else {
                    end { $0.choice == finish.choice }
                }
            }
            if endsAll { end { _ in true } }
        }
        memory.calls.forgetCounted()
        sortCalls(from: start)
        moveFinishes(before: start)
    }
}
