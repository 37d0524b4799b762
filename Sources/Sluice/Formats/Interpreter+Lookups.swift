internal import CSluiceSimdjson

// Lookups of values that belong to a capture: numbers, ids, names, and the values of conditions. Each path has a cursor that
// only moves forward, because lookups are in document order.

extension Interpreter {
    mutating func choice(
        _ context: Context, _ captures: Span<Capture>, _ payload: Window, _ source: Source, _ format: CompiledFormat
    ) -> Int32 {
        guard !context.entry.choice.isEmpty else { return 0 }
        if let found = lookedUp(context.entry.choice, context.index, captures, payload, source, format) {
            return Int32(clamping: integer(captures[found], payload) ?? 0)
        }
        let level = Int(context.entry.choiceLevel)
        return level < 0 ? 0 : Int32(clamping: position(captures[context.index], level))
    }

    func position(_ capture: Capture, _ level: Int) -> UInt32 {
        level == 0 ? capture.positions.0 : level == 1 ? capture.positions.1 : capture.positions.2
    }

    /// The order of two captures in the first `levels` arrays: before, in the same elements, or after.
    func compare(_ first: Capture, _ second: Capture, _ levels: Int) -> Int {
        for level in 0..<levels {
            let left = position(first, level)
            let right = position(second, level)
            if left != right { return left < right ? -1 : 1 }
        }
        return 0
    }

    mutating func lookedUp(
        _ part: CompiledFormat.Part, _ index: Int, _ captures: Span<Capture>, _ payload: Window, _ source: Source,
        _ format: CompiledFormat
    ) -> Int? {
        for candidate in part.start..<part.end {
            let lookup = format.lookups[candidate]
            guard let found = find(lookup, index, captures) else { continue }
            if lookup.conditions.isEmpty { return found }
            if holds(lookup.conditions, found, captures, payload, source, format) { return found }
        }
        return nil
    }

    mutating func find(_ lookup: CompiledFormat.Lookup, _ index: Int, _ captures: Span<Capture>) -> Int? {
        let cursor = Int(lookup.cursor)
        var at = Int(cursors[cursor])
        while at < captures.count {
            if captures[at].path == lookup.path {
                let order = compare(captures[at], captures[index], Int(lookup.levels))
                if order >= 0 {
                    cursors[cursor] = UInt32(truncatingIfNeeded: at)
                    return order == 0 ? at : nil
                }
            }
            at += 1
        }
        cursors[cursor] = UInt32(truncatingIfNeeded: at)
        return nil
    }

    mutating func holds(
        _ conditions: CompiledFormat.Part, _ index: Int, _ captures: Span<Capture>, _ payload: Window, _ source: Source,
        _ format: CompiledFormat
    ) -> Bool {
        for number in conditions.start..<conditions.end {
            let condition = format.conditions[number]
            switch condition.test {
            case .event:
                let wanted = format.values[Int(condition.value)]
                if !equals(source.event, isEscaped: false, wanted) { return false }
                continue
            case .block:
                if blockType(index, captures, payload, source, format) != condition.hash { return false }
                continue
            case .errorEvent:
                if !source.isError { return false }
                continue
            case .notErrorEvent:
                if source.isError { return false }
                continue
            default: break
            }
            let found = find(condition.lookup, index, captures)
            if !holds(condition, found.map { captures[$0] }, payload, format) { return false }
        }
        return true
    }

    func holds(
        _ condition: CompiledFormat.BoundCondition, _ found: Capture?, _ payload: Window, _ format: CompiledFormat
    ) -> Bool {
        switch condition.test {
        case .present: return found != nil
        case .empty: return found.map { $0.length == 0 } ?? true
        case .notEmpty: return found.map { $0.length > 0 } ?? false
        case .isTrue: return found.map { Int32($0.kind) == Int32(C_SLUICE_TRUE) } ?? false
        case .isNotTrue: return found.map { Int32($0.kind) != Int32(C_SLUICE_TRUE) } ?? true
        case .equals: return found.map { isValue($0, condition.value, payload, format) } ?? false
        case .differs: return found.map { !isValue($0, condition.value, payload, format) } ?? false
        case .event, .block, .errorEvent, .notErrorEvent: return true
        }
    }

    func isValue(_ capture: Capture, _ value: UInt16, _ payload: Window, _ format: CompiledFormat) -> Bool {
        let text = payload.slice(Int(capture.offset), Int(capture.length))
        return equals(text, isEscaped: capture.kind == C_SLUICE_ESCAPED, format.values[Int(value)])
    }
}

/// The integer part of a JSON number; nil if it exceeds 64 bits, or has an exponent.
func parseInteger(_ window: Window, _ start: Int, _ length: Int) -> Int64? {
    var value: Int64 = 0
    var index = start
    let end = start + length
    let isNegative = index < end && window[index] == 0x2D
    if isNegative { index += 1 }
    while index < end, case let digit = window[index] &- 0x30, digit < 10 {
        let (scaled, overflow) = value.multipliedReportingOverflow(by: 10)
        let (sum, overflow2) = scaled.addingReportingOverflow(Int64(digit))
        if overflow || overflow2 { return nil }
        value = sum
        index += 1
    }
    for rest in index..<end where window[rest] | 0x20 == 0x65 { return nil }
    return isNegative ? -value : value
}
