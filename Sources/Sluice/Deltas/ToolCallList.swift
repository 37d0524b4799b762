internal import CSluiceSimdjson

/// The calls of a ``ToolCallTable``. What changes them returns the number of open calls.
struct ToolCallList {
    typealias Call = ToolCallTable.Call

    private struct Key: Hashable {
        var choice: Int32
        var number: Int32
    }

    private struct IDKey: Hashable {
        var choice: Int32
        var id: UInt64
    }

    private(set) var calls: [Call] = []
    private var places = FewKeys<Key, Int>()
    /// By id, the number of the call that took it last, while that call is the last one with its number.
    private var numbers = FewKeys<IDKey, Int32>()
    private var highest = FewKeys<Int32, Int32>()
    private var continued = FewKeys<Int32, Int32>()
    private var openCount = 0
    private(set) var heldBytes = 0
    /// The call whose arguments came last.
    private var last = Key(choice: -1, number: -1)
    /// The calls as they were before the current event, the first change first; nil for a new one.
    private var journal: [(place: Int, before: Call?)] = []
    /// The numbers that ids had before the current event, the first change first.
    private var idJournal: [(id: IDKey, before: Int32?)] = []
    /// The maximum number of calls.
    private let capacity: Int

    init(capacity: Int) { self.capacity = capacity }

    var isFull: Bool { calls.count >= capacity }

    func continuing(_ choice: Int32) -> Int32? { continued[choice] }

    func place(_ choice: Int32, _ number: Int32) -> Int? { places[Key(choice: choice, number: number)] }

    func number(_ choice: Int32, id: UInt64) -> Int32? {
        id == 0 ? nil : numbers[IDKey(choice: choice, id: id)]
    }

    func nextNumber(_ choice: Int32) -> Int32 { (highest[choice] ?? -1) &+ 1 }

    mutating func forgetChanges() {
        journal.removeAll(keepingCapacity: true)
        if !idJournal.isEmpty { idJournal.removeAll(keepingCapacity: true) }
    }

    mutating func rollback() -> Int {
        for change in journal.reversed() {
            let now = calls[change.place]
            uncount(change.place)
            if let before = change.before {
                calls[change.place] = before
                count(change.place)
            } else {
                calls.removeLast()
                places[Key(choice: now.choice, number: now.number)] = nil
                highest[now.choice] = calls.lazy.filter { $0.choice == now.choice }.map(\.number).max()
            }
        }
        for change in idJournal.reversed() { numbers[change.id] = change.before }
        forgetChanges()
        last = Key(choice: -1, number: -1)
        return openCount
    }

    mutating func add(_ call: Call) -> Int {
        let key = Key(choice: call.choice, number: call.number)
        if let place = places[key] {
            _ = change(place) { $0 = call }
        } else {
            places[key] = calls.count
            highest[call.choice] = max(call.number, highest[call.choice] ?? -1)
            journal.append((calls.count, nil))
            calls.append(call)
            count(calls.count - 1)
            changeID(of: calls.count - 1, from: 0)
        }
        if last == key { last = Key(choice: -1, number: -1) }
        return openCount
    }

    mutating func abandon(ofChoice choice: Int32) -> Int {
        for place in calls.indices {
            guard calls[place].choice == choice, calls[place].isOpen else { continue }
            _ = change(place) {
                $0.isSettled = true
                $0.held = []
                $0.isContinuing = false
                $0.partial = nil
            }
        }
        return openCount
    }

    @inline(__always)
    mutating func change(_ place: Int, _ body: (inout Call) -> Void) -> Int {
        journal.append((place, calls[place]))
        uncount(place)
        let (id, isBegun) = (calls[place].id, calls[place].isBegun)
        body(&calls[place])
        if calls[place].isBegun != isBegun { last = Key(choice: -1, number: -1) }
        count(place)
        changeID(of: place, from: id)
        return openCount
    }

    @inline(__always)
    private mutating func changeID(of place: Int, from before: UInt64) {
        if calls[place].id != before { noteIDs(of: place, from: before) }
    }

    private mutating func noteIDs(of place: Int, from before: UInt64) {
        let call = calls[place]
        if number(call.choice, id: before) == call.number { set(nil, IDKey(choice: call.choice, id: before)) }
        if call.id != 0 { set(call.number, IDKey(choice: call.choice, id: call.id)) }
    }

    private mutating func set(_ number: Int32?, _ id: IDKey) {
        idJournal.append((id, numbers[id]))
        numbers[id] = number
    }

    private mutating func count(_ place: Int) {
        heldBytes += calls[place].heldBytes
        if calls[place].isOpen { openCount += 1 }
        if calls[place].isContinuing { continued[calls[place].choice] = calls[place].number }
    }

    private mutating func uncount(_ place: Int) {
        heldBytes -= calls[place].heldBytes
        if calls[place].isOpen { openCount -= 1 }
        if calls[place].isContinuing { continued[calls[place].choice] = nil }
    }

    mutating func noteArguments(from first: Int, _ records: borrowing RecordList) -> Int {
        for index in first..<records.count where records[index].kind == DeltaKind.toolArguments.rawValue {
            _ = noteArguments(records[index].choice, records[index].tool)
        }
        return openCount
    }

    /// Whether the arguments that came last were this call's.
    func isLast(_ choice: Int32, _ number: Int32) -> Bool { last.choice == choice && last.number == number }

    mutating func noteArguments(_ choice: Int32, _ number: Int32) -> Int {
        if isLast(choice, number) { return openCount }
        let key = Key(choice: choice, number: number)
        last = key
        guard let place = places[key] else {
            if isFull { return openCount }
            var call = Call(choice: key.choice, number: key.number)
            call.hasArguments = true
            call.isSettled = true
            return add(call)
        }
        if calls[place].hasOwnArguments || calls[place].hasArguments && !calls[place].isBegun { return openCount }
        return change(place) {
            $0.hasArguments = true
            $0.hasOwnArguments = $0.isBegun
            $0.isSettled = true
            $0.held = []
        }
    }
}
