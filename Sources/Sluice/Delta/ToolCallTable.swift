// The tool calls of one stream: which call an id, a name or arguments belong to, and what a call still lacks.
// docs/READING.md has the rules. Each change can be undone, because an event that fails halfway leaves no trace.

/// A class, so that a stream without tool calls holds one word, and changes copy nothing. Only its stream refers to it.
final class ToolCallTable {
    /// One call: the last one with its number.
    struct Call {
        var choice: Int32
        var number: Int32
        /// The hash of the id, and of the name so far; 0 for none.
        var id: UInt64 = 0
        var name: UInt64 = 0
        var hasArguments = false
        /// Arguments came after it began.
        var hasOwnArguments = false
        /// The call has ended, or has got its arguments: nothing is missing.
        var isSettled = false
        /// The client runs it, so it gets `{}` if it has no arguments.
        var needsArguments = false
        /// All arguments, as the call's first event had them, and whether they are JSON rather than its text in a string.
        var held: [UInt8] = []
        var isHeldWhole = false
        /// An id or a name has come.
        var isBegun = false
        var origin: UInt8 = 0
        var isCounted = false
        /// Later events go on with it.
        var isContinuing = false
        /// Arguments that come value by value.
        var partial: PartialArguments?

        /// Something is emitted when it ends.
        var isOpen: Bool {
            isContinuing || partial != nil || !isSettled && (needsArguments || !held.isEmpty)
        }

        mutating func begin(_ origin: UInt8) {
            if isBegun { return }
            isBegun = true
            self.origin = origin
            needsArguments = origin == ToolOrigin.client.rawValue || origin == ToolOrigin.approval.rawValue
        }
    }

    private struct Key: Hashable {
        var choice: Int32
        var number: Int32
    }

    private struct IDKey: Hashable {
        var choice: Int32
        var id: UInt64
    }

    private(set) var calls: [Call] = []
    private var places: [Key: Int] = [:]
    private var numbers: [IDKey: Int32] = [:]
    private var highest: [Int32: Int32] = [:]
    private var continued: [Int32: Int32] = [:]
    /// Calls that get arguments at the next finish reason: events are not matched with templates meanwhile.
    private(set) var openCount = 0
    /// The call whose arguments came last.
    private var last = Key(choice: -1, number: -1)
    /// The calls as they were before the current event, the first change first; nil for a new one.
    private var journal: [(place: Int, before: Call?)] = []
    /// Whether the journal has changes: asking the journal itself is slower.
    private var hasChanges = false

    /// Bytes of held arguments.
    private(set) var heldBytes = 0
    static var mostHeldBytes: Int { 16 << 20 }
    /// The maximum number of calls.
    private let capacity: Int

    /// The maximum number of calls of all choices together, if the limits allow more.
    private static var mostCalls: Int { 65_536 }

    init(choices: Int, tools: Int) {
        let (product, overflow) = choices.multipliedReportingOverflow(by: tools)
        capacity = overflow ? Self.mostCalls : min(product, Self.mostCalls)
    }

    convenience init(_ limits: Limits) { self.init(choices: limits.maxChoices, tools: limits.maxToolCalls) }

    var isFull: Bool { calls.count >= capacity }

    /// The number of the call that later events of the choice go on with; nil for none.
    func continuing(_ choice: Int32) -> Int32? { continued[choice] }

    /// Begins an event.
    @inline(__always)
    func begin() {
        if hasChanges { forgetChanges() }
    }

    private func forgetChanges() {
        hasChanges = false
        journal.removeAll(keepingCapacity: true)
    }

    private func record(_ place: Int, _ before: Call?) {
        hasChanges = true
        journal.append((place, before))
    }

    /// Undoes the changes of the current event.
    func rollback() {
        for change in journal.reversed() {
            let now = calls[change.place]
            uncount(now)
            forget(now)
            if let before = change.before {
                calls[change.place] = before
                count(before)
                note(before)
            } else {
                calls.removeLast()
                places[Key(choice: now.choice, number: now.number)] = nil
                highest[now.choice] = calls.lazy.filter { $0.choice == now.choice }.map(\.number).max()
            }
        }
        forgetChanges()
        last = Key(choice: -1, number: -1)
    }

    /// The place of the last call with this number.
    func place(_ choice: Int32, _ number: Int32) -> Int? { places[Key(choice: choice, number: number)] }

    /// The number of the call with this id; nil for none.
    func number(_ choice: Int32, id: UInt64) -> Int32? {
        id == 0 ? nil : numbers[IDKey(choice: choice, id: id)]
    }

    subscript(place: Int) -> Call { calls[place] }

    /// Begins a call. It takes the place of an earlier one with its number; if there is none, the table must not be full.
    func add(_ call: Call) {
        let key = Key(choice: call.choice, number: call.number)
        if let place = places[key] {
            change(place) { $0 = call }
        } else {
            places[key] = calls.count
            highest[call.choice] = max(call.number, highest[call.choice] ?? -1)
            record(calls.count, nil)
            calls.append(call)
            count(call)
        }
        note(call)
        if last == key { last = Key(choice: -1, number: -1) }
    }

    /// Adds a call of which neither an id nor a name came yet; nil if the table is full.
    func addNameless(_ choice: Int32, _ number: Int32) -> Int? {
        if isFull { return nil }
        add(Call(choice: choice, number: number))
        return calls.count - 1
    }

    /// One more than the highest number of the choice's calls.
    func nextNumber(_ choice: Int32) -> Int32 { (highest[choice] ?? -1) &+ 1 }

    /// The calls of a choice get nothing more: the answer was cut.
    func abandon(ofChoice choice: Int32) {
        for place in calls.indices
        where calls[place].choice == choice && (calls[place].isOpen || !calls[place].isSettled) {
            change(place) {
                $0.isSettled = true
                $0.held = []
                $0.isContinuing = false
                $0.partial = nil
            }
        }
    }

    func change(_ place: Int, _ body: (inout Call) -> Void) {
        let before = calls[place]
        record(place, before)
        uncount(before)
        var call = before
        body(&call)
        calls[place] = call
        count(call)
        if before.id != call.id { forget(before) }
        if before.isBegun != call.isBegun { last = Key(choice: -1, number: -1) }
        note(call)
    }

    private func forget(_ call: Call) {
        guard number(call.choice, id: call.id) == call.number else { return }
        numbers[IDKey(choice: call.choice, id: call.id)] = nil
    }

    private func note(_ call: Call) {
        if call.id != 0 { numbers[IDKey(choice: call.choice, id: call.id)] = call.number }
    }

    private func count(_ call: Call) {
        heldBytes += call.held.count + (call.partial?.heldBytes ?? 0)
        if call.isOpen { openCount += 1 }
        if call.isContinuing { continued[call.choice] = call.number }
    }

    private func uncount(_ call: Call) {
        heldBytes -= call.held.count + (call.partial?.heldBytes ?? 0)
        if call.isOpen { openCount -= 1 }
        if call.isContinuing { continued[call.choice] = nil }
    }

    /// A piece of arguments came.
    @inline(__always)
    func noteArguments(_ choice: Int32, _ number: Int32) {
        if last.choice == choice && last.number == number { return }
        addArguments(Key(choice: choice, number: number))
    }

    private func addArguments(_ key: Key) {
        last = key
        guard let place = places[key] else {
            if isFull { return }
            var call = Call(choice: key.choice, number: key.number)
            call.hasArguments = true
            call.isSettled = true
            return add(call)
        }
        if calls[place].hasOwnArguments || calls[place].hasArguments && !calls[place].isBegun { return }
        change(place) {
            $0.hasArguments = true
            $0.hasOwnArguments = $0.isBegun
            $0.isSettled = true
            $0.held = []
        }
        last = key
    }

    /// Appends the calls of the next piece of a stream, which was read as if it began the stream.
    func add(_ next: ToolCallTable) {
        for call in next.calls where !isFull || place(call.choice, call.number) != nil { add(call) }
        begin()
    }

    /// The hash of an id, or of a name: FNV-1a, which can be continued with the next piece of a name.
    static func hash(_ bytes: Window, after before: UInt64 = 0) -> UInt64 {
        var hash = before == 0 ? 0xCBF2_9CE4_8422_2325 : before
        for index in 0..<bytes.count { hash = (hash ^ UInt64(bytes[index])) &* 0x100_0000_01B3 }
        return bytes.count == 0 ? before : max(hash, 1)
    }
}
