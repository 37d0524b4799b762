import Sluice

// What the events of a stream leave to those behind them.

struct ReferenceMemory {
    /// Half a pair that a text ended with, for the next text of the same kind, choice and tool call.
    struct Half {
        var kind: DeltaKind
        var choice: Int
        var tool: Int
        var isToolPlan: Bool
        var isToolCounted: Bool
        var block: Int?
        var unit: UInt16
    }

    var halves: [Half] = []
    /// Tool calls so far, where the format leaves them to be counted.
    var toolCalls = 0
    var calls = ReferenceCalls()
    var pieces = ReferencePieces()
    var sawTerminal = false
    var sawError = false
    /// A choice has ended with a reason that is not empty.
    var sawFinish = false
    var numbers = ReferenceNumbers()
    /// The details that have come.
    var details: Set<Field> = []
    /// The types with which blocks have begun, by choice and number.
    var blocks: [[Int]: [UInt8]] = [:]
}

/// The pieces and whole values that have come, in order: whether a whole value says what no piece has said.
struct ReferencePieces {
    struct Entry: Equatable {
        var kind: DeltaKind
        /// Nil: a piece that is not empty.
        var whole: Rule.Whole?
    }

    private var entries: [Entry] = []

    /// A piece directly behind another says nothing more.
    mutating func add(_ entry: Entry) {
        let last = entries.last { $0.kind == entry.kind }
        if entry.whole != nil || last != entry { entries.append(entry) }
    }

    /// Whether no piece has come since the last whole value of the same or a larger extent.
    func lacks(_ kind: DeltaKind, _ extent: Rule.Whole) -> Bool {
        for entry in entries.reversed() where entry.kind == kind {
            guard let whole = entry.whole else { return false }
            if whole.rawValue >= extent.rawValue { return true }
        }
        return true
    }
}

/// The numbers that a stream has given its events since it began to count.
struct ReferenceNumbers {
    private var seen: [Int] = []
    private(set) var missing = 0

    /// Whether the next event's number, and its count of events, are what they should be; -1: it has none.
    mutating func fit(_ position: Int, total: Int) -> Bool {
        var fits = true
        if position >= 0 {
            let number = min(position, Int(Int32.max) - 1)
            if number == 0 { seen = [] }
            let isFromOne = number == 1 && seen.isEmpty
            let wanted = seen.max().map { $0 + 1 } ?? (isFromOne ? 1 : 0)
            if number > wanted { missing += number - wanted }
            fits = number == wanted
            // Where the first are missing, the count is taken to begin at 0.
            if number > wanted && seen.isEmpty { seen.append(0) }
            seen.append(number)
        }
        guard total >= 0 else { return fits }
        if let first = seen.first, let last = seen.max() {
            let count = last - first + 1
            if total > count && fits { missing += total - count }
            if total > count || total < (position >= 0 ? count - 1 : count) { fits = false }
        }
        seen = []
        return fits
    }
}
