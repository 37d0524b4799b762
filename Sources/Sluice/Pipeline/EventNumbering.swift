// The stream's own event numbers, if a format has rules for them: the fields `position` and `total`.
//
// Numbers count from 0 or 1, and start again with each answer of a stream. The last event of an answer may carry the total,
// with or without itself, and ends the count.

struct EventNumbering {
    /// An inconsistency that the numbers of one event show.
    enum Finding {
        case missing(Int, position: Int, wanted: Int)
        case late(position: Int)
        case short(Int, total: Int, seen: Int)
        case long(total: Int, seen: Int)
    }

    /// The expected number of the next event; -1 at the beginning of a count.
    private var next: Int32 = -1
    /// The first number of the count; -1 if it is unknown.
    private var first: Int32 = -1
    /// The previous events are unknown, because the stream is read in pieces.
    private var isOpen = false
    /// With `isOpen`, the first number in the piece, and whether the result depends on more of the previous pieces than that.
    private var entry: Int32 = -1
    private var needsPast = false
    /// The number of events that are certainly missing.
    private(set) var missing: UInt64 = 0

    /// The numbering of a piece that begins in the middle of a stream.
    static var open: EventNumbering {
        var numbering = EventNumbering()
        numbering.isOpen = true
        return numbering
    }

    /// Checks an event's number and total, each -1 if it has none.
    mutating func take(position: Int, total: Int) -> Finding? {
        var finding: Finding?
        if position >= 0 { finding = take(Int32(clamping: min(position, Int(Int32.max) - 1))) }
        if total >= 0 {
            let counted = check(total, isCounted: position >= 0)
            if finding == nil { finding = counted }
            next = -1
            first = -1
            isOpen = false
        }
        switch finding {
        case .missing(let count, _, _), .short(let count, _, _): missing += UInt64(count)
        default: break
        }
        return finding
    }

    private mutating func take(_ position: Int32) -> Finding? {
        let wanted = next
        if position == 0 || (position == 1 && wanted < 0 && !isOpen) {
            if isOpen && entry < 0 { entry = position }
            isOpen = false
            first = position
            next = position + 1
            return nil
        }
        next = max(next, position + 1)
        if wanted < 0 {
            if isOpen {
                entry = position
                return nil
            }
            first = 0
            return .missing(Int(position), position: Int(position), wanted: 0)
        }
        if position == wanted { return nil }
        if position < wanted { return .late(position: Int(position)) }
        return .missing(Int(position - wanted), position: Int(position), wanted: Int(wanted))
    }

    private mutating func check(_ total: Int, isCounted: Bool) -> Finding? {
        guard next >= 0 else {
            needsPast = needsPast || isOpen
            return nil
        }
        guard first >= 0 else {
            needsPast = true
            return nil
        }
        let seen = Int(next - first)
        let least = isCounted ? seen - 1 : seen
        if total > seen { return .short(total - seen, total: total, seen: seen) }
        if total < least { return .long(total: total, seen: seen) }
        return nil
    }

    // MARK: Pieces

    /// Whether a piece that was read from the middle may have other results after `before`.
    func depends(on before: EventNumbering) -> Bool {
        needsPast || (entry > 0 && (before.isOpen || entry != before.next))
    }

    /// Appends the numbering of the next piece.
    mutating func add(_ piece: EventNumbering) {
        let sum = missing + piece.missing
        let begun = first
        let isUntouched = piece.isOpen && piece.entry < 0
        if !isUntouched {
            self = piece
            if piece.isOpen {
                first = begun
                isOpen = false
            }
        }
        missing = sum
    }
}

extension StreamState {
    /// Removes the numbers of events that match templates from the records at `first` and later, and checks them. Returns
    /// the record index of the first inconsistency, without changing anything.
    mutating func settleNumbers(from first: Int, _ work: inout EngineWork) -> Int? {
        var numbering = progress.numbering
        for index in first..<work.records.count where work.records[index].isNumbers {
            let record = work.records[index]
            if numbering.take(position: record.input, total: record.output) != nil { return index }
        }
        progress.numbering = numbering
        work.records.keep(from: first) { !$0.isNumbers }
        return nil
    }

    /// The same for one parsed event: an inconsistency is reported after its deltas.
    mutating func checkNumbers(from first: Int, offset: UInt64, _ event: UInt64, _ work: inout EngineWork) {
        var finding: EventNumbering.Finding?
        for index in first..<work.records.count where work.records[index].isNumbers {
            let record = work.records[index]
            finding = progress.numbering.take(position: record.input, total: record.output)
        }
        work.records.keep(from: first) { !$0.isNumbers }
        guard let finding else { return }
        report(SluiceError(.misnumberedEvent, offset: offset, event: event, detail: finding.detail), &work)
    }
}

extension EventNumbering.Finding {
    /// The error message.
    var detail: String {
        switch self {
        case .missing(let count, let position, let wanted):
            "the stream numbers this event \(position), but \(wanted) was expected: \(Self.count(count)) missing"
        case .late(let position):
            "the stream numbers this event \(position) after a later number: it is repeated or late"
        case .short(let count, let total, let seen):
            "the stream announces \(total) events, but \(seen) were received: \(Self.count(count)) missing"
        case .long(let total, let seen): "the stream announces \(total) events, but \(seen) were received"
        }
    }

    private static func count(_ count: Int) -> String { count == 1 ? "1 is" : "\(count) are" }
}
