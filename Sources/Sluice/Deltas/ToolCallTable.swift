// The tool calls of one stream: which call an id, a name or arguments belong to, and what a call still lacks.
// docs/READING.md has the rules. Each change can be undone, because an event that fails halfway leaves no trace.

/// A class, so that a stream without tool calls holds one word, and changes copy nothing. Only its stream refers to it. What is
/// asked for every event is beside the list, because an access to the list costs more.
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

        /// Bytes of held arguments.
        var heldBytes: Int { held.count + (partial?.heldBytes ?? 0) }

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

    /// A block of a stream, which calls are numbered with.
    struct Block: Hashable {
        var choice: Int32
        /// -1 if the stream does not number blocks.
        var number: Int32
    }

    private var list: ToolCallList
    /// The types with which blocks began, as hashes, if conditions ask for them. At most ``Limits/maxToolCalls``.
    var blocks: [Block: UInt64] = [:]
    /// Calls that get arguments at the next finish reason: events are not matched with templates meanwhile.
    private(set) var openCount = 0
    private var hasChanges = false

    static var mostHeldBytes: Int { 16 << 20 }

    /// The maximum number of calls of all choices together, if the limits allow more.
    private static var mostCalls: Int { 65_536 }

    init(choices: Int, tools: Int) {
        let (product, overflow) = choices.multipliedReportingOverflow(by: tools)
        list = ToolCallList(capacity: overflow ? Self.mostCalls : min(product, Self.mostCalls))
    }

    convenience init(_ limits: Limits) { self.init(choices: limits.maxChoices, tools: limits.maxToolCalls) }

    var calls: [Call] { list.calls }
    var isFull: Bool { list.isFull }
    var heldBytes: Int { list.heldBytes }

    subscript(place: Int) -> Call { list.calls[place] }

    /// The number of the call that later events of the choice go on with; nil for none.
    func continuing(_ choice: Int32) -> Int32? { list.continuing(choice) }

    /// The place of the last call with this number.
    func place(_ choice: Int32, _ number: Int32) -> Int? { list.place(choice, number) }

    /// The number of the call with this id; nil for none.
    func number(_ choice: Int32, id: UInt64) -> Int32? { list.number(choice, id: id) }

    /// One more than the highest number of the choice's calls.
    func nextNumber(_ choice: Int32) -> Int32 { list.nextNumber(choice) }

    /// Begins an event.
    @inline(__always)
    func begin() {
        if hasChanges { forgetChanges() }
    }

    private func forgetChanges() {
        hasChanges = false
        list.forgetChanges()
    }

    /// Undoes the changes of the current event.
    func rollback() {
        hasChanges = false
        openCount = list.rollback()
    }

    /// Begins a call. It takes the place of an earlier one with its number; if there is none, the table must not be full.
    func add(_ call: Call) {
        hasChanges = true
        openCount = list.add(call)
    }

    /// Adds a call of which neither an id nor a name came yet; nil if the table is full.
    func addNameless(_ choice: Int32, _ number: Int32) -> Int? {
        if isFull { return nil }
        add(Call(choice: choice, number: number))
        return list.calls.count - 1
    }

    func change(_ place: Int, _ body: (inout Call) -> Void) {
        hasChanges = true
        openCount = list.change(place, body)
    }

    /// The calls of a choice get nothing more: the answer was cut.
    func abandon(ofChoice choice: Int32) {
        hasChanges = true
        openCount = list.abandon(ofChoice: choice)
    }

    /// A piece of arguments came.
    func noteArguments(_ choice: Int32, _ number: Int32) {
        if list.isLast(choice, number) { return }
        hasChanges = true
        openCount = list.noteArguments(choice, number)
    }

    /// The same for the records from `first` on.
    func noteArguments(from first: Int, _ records: borrowing RecordList) {
        hasChanges = true
        openCount = list.noteArguments(from: first, records)
    }

    /// Appends the calls of the next piece of a stream, which was read as if it began the stream.
    func add(_ next: ToolCallTable) {
        if !next.blocks.isEmpty { blocks.merge(next.blocks) { $1 } }
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

/// What a value says of the number of its call.
struct CallNumber {
    /// The number that the stream gives; -1 for none.
    var given: Int32
    /// The hash of the id; 0 for none.
    var id: UInt64
    /// A rule could give a number.
    var mayBeGiven: Bool

    /// A given number decides, whatever the id. An id that no call has continues the count if no rule could number calls.
    func resolved(_ choice: Int32, _ calls: ToolCallTable?) -> Int32 {
        if given >= 0 { return given }
        if id == 0 { return 0 }
        return calls?.number(choice, id: id) ?? (mayBeGiven ? 0 : calls?.nextNumber(choice) ?? 0)
    }
}
