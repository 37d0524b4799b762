internal import CSluiceSimdjson

// From the captures of one payload to deltas, by the format's rules. Knows no provider and reads no JSON.
//
// Captures come in document order. Numbers of choices and tool calls, ids, names and the values of conditions may stand
// before or behind what they belong to, in the same array element; a cursor for each such path moves forward only, so
// a payload costs its captures times the format's lookups, however the document is made.

struct Interpreter: ~Copyable {
    var cursors = [24 of Int](repeating: 0)
    private var input = -1
    private var output = -1
    private var errorType = Slice()
    private var errorMessage = Slice()
    private var errorWhole = Slice()
    private var hasError = false
    private var plans = PlanStore()
    /// What the payload at hand has come to so far, as long as it may become a plan.
    private var draft: [Plan.Step] = []
    private var isDrafting = false
    /// The captures that told the tokens of the payload at hand.
    private var draftInput = Plan.noCapture
    private var draftOutput = Plan.noCapture
    /// The capture that began the tool element whose call was handed on last.
    private var toolElement = -1

    enum Outcome {
        case done
        case failed(SluiceError.Code)
        case document(Capture)
    }

    /// What one payload is read with.
    struct Source {
        var payload: Slice
        var event: Window
        var eventSlice = Slice()
        var isError: Bool
        /// The event's type says what kind of error it is.
        var isErrorNamed = false
    }

    mutating func begin(_ format: CompiledFormat) {
        for index in 0..<format.cursorCount { cursors[index] = 0 }
        input = -1
        output = -1
        hasError = false
        errorType = Slice()
        errorMessage = Slice()
        errorWhole = Slice()
        toolElement = -1
    }

    mutating func read(
        _ captures: Span<Capture>, shape: UInt32, _ payload: Window, _ source: Source, _ format: CompiledFormat,
        _ stream: inout StreamProgress, _ decoder: inout StringDecoder, _ records: inout [DeltaRecord]
    ) -> Outcome {
        if !source.isError,
            let outcome = follow(shape, captures, payload, source.payload, &stream, &decoder, &records)
        {
            return outcome
        }
        begin(format)
        isDrafting = shape != 0 && !source.isError
        draft.removeAll(keepingCapacity: true)
        draftInput = Plan.noCapture
        draftOutput = Plan.noCapture
        for index in captures.indices {
            let capture = captures[index]
            let entry = format.paths[Int(capture.path)]
            for rule in entry.rules.start..<entry.rules.end {
                let bound = format.rules[rule]
                if !bound.conditions.isEmpty {
                    isDrafting = isDrafting && dependsOnShapeOnly(bound.conditions, format)
                    if !holds(bound.conditions, index, captures, payload, source, format) { continue }
                }
                if bound.field == .document { return .document(capture) }
                let context = Context(field: bound.field, index: index, entry: entry)
                let done = apply(context, captures, payload, source, format, &stream, &decoder, &records)
                if !done { return .failed(.invalidEscape) }
            }
        }
        finishPayload(source, format, &stream, &records)
        if isDrafting { noteUsage(format) }
        if isDrafting { plans.keep(draft, for: shape) }
        return .done
    }

    /// The plan of a shape, as skeletons take it; nil if there is none.
    func lesson(for shape: UInt32) -> [c_sluice_step]? {
        guard let slot = plans.slot(of: shape) else { return nil }
        return (0..<plans.stepCount(slot)).map { number in
            let step = plans.step(slot, number)
            return c_sluice_step(
                capture: step.capture, choice_capture: step.choiceCapture, tool_capture: step.toolCapture,
                choice: step.choice, tool: step.tool,
                tag: UInt16(step.kind.rawValue) | (step.isPlan ? 0x100 : 0))
        }
    }

    /// Hands on a piece of text of an event that was read by its skeleton; false where it has a malformed escape.
    @inline(__always)
    mutating func take(
        _ delta: c_sluice_delta, _ chunk: Window, at start: Int, _ stream: inout StreamProgress,
        _ decoder: inout StringDecoder, _ records: inout [DeltaRecord]
    ) -> Bool {
        guard let kind = DeltaKind(rawValue: UInt8(truncatingIfNeeded: delta.tag)) else { return false }
        if kind == .usage {
            var record = DeltaRecord(kind: kind)
            record.input = Int(delta.choice)
            record.output = Int(delta.tool)
            record.isWhole = delta.tag & 0x100 != 0
            records.append(record)
            return true
        }
        var record = DeltaRecord(kind: kind, choice: delta.choice, tool: delta.tool)
        record.isPlan = delta.tag & 0x100 != 0
        let offset = start + Int(delta.offset)
        if !delta.is_escaped && stream.pendingSurrogates.isEmpty {
            record.bytes = Slice(region: .chunk, offset: offset, length: Int(delta.length))
            records.append(record)
            return true
        }
        var high = stream.takePendingSurrogate(of: record)
        guard decoder.reserve(Int(delta.length) + 6),
            let bytes = decoder.unescape(chunk.slice(offset, Int(delta.length)), pendingHigh: &high)
        else { return false }
        if high != 0 { stream.keepPendingSurrogate(high, of: record) }
        record.bytes = bytes
        if record.bytes.length > 0 { records.append(record) }
        return true
    }

    private func dependsOnShapeOnly(_ conditions: CompiledFormat.Part, _ format: CompiledFormat) -> Bool {
        for number in conditions.start..<conditions.end {
            switch format.conditions[number].test {
            case .equals, .differs, .present, .isTrue, .isNotTrue: continue
            case .empty, .notEmpty, .event, .errorEvent, .notErrorEvent: return false
            }
        }
        return true
    }

    /// Does with this payload what was done with the first of its shape; nil if no plan was made of that.
    @inline(__always)
    mutating func follow(
        _ shape: UInt32, _ captures: Span<Capture>, _ payload: Window, _ place: Slice, _ stream: inout StreamProgress,
        _ decoder: inout StringDecoder, _ records: inout [DeltaRecord]
    ) -> Outcome? {
        guard let slot = plans.slot(of: shape) else { return nil }
        let count = plans.stepCount(slot)
        var told: DeltaRecord?
        if count > 0, case let last = plans.step(slot, count - 1), last.kind == .usage {
            told = usage(last, captures, payload)
            if told == nil { return nil }
        }
        for number in 0..<(told == nil ? count : count - 1) {
            let step = plans.step(slot, number)
            var record = DeltaRecord(kind: step.kind, choice: step.choice)
            record.isPlan = step.isPlan
            record.tool = step.tool
            if step.choiceCapture != Plan.noCapture {
                record.choice = smallNumber(captures[Int(step.choiceCapture)], payload)
            }
            if step.toolCapture != Plan.noCapture {
                record.tool = smallNumber(captures[Int(step.toolCapture)], payload)
            }
            let capture = captures[Int(step.capture)]
            if !emit(&record, capture, payload, place, &stream, &decoder, &records) { return .failed(.invalidEscape) }
        }
        if let told { records.append(told) }
        return .done
    }

    /// Applies a text format's rules to a whole payload.
    mutating func readText(
        _ source: Source, _ format: CompiledFormat, _ stream: inout StreamProgress, _ records: inout [DeltaRecord]
    ) {
        begin(format)
        for rule in format.payloadRules.start..<format.payloadRules.end {
            let bound = format.rules[rule]
            if !holds(bound.conditions, 0, Span(), .empty, source, format) { continue }
            switch bound.field {
            case .text, .reasoning, .toolPlan, .refusal, .finish:
                var record = DeltaRecord(kind: Self.kind(of: bound.field))
                record.bytes = source.payload
                if record.bytes.length > 0 { records.append(record) }
            case .terminal: stream.sawTerminal = true
            case .errorMessage, .error:
                hasError = true
                errorMessage = source.payload
            default: break
            }
        }
        finishPayload(source, format, &stream, &records)
    }

    struct Context {
        var field: Field
        var index: Int
        var entry: CompiledFormat.PathEntry
    }

    /// Applies one rule to one capture; false where a string has a malformed escape.
    private mutating func apply(
        _ context: Context, _ captures: Span<Capture>, _ payload: Window, _ source: Source, _ format: CompiledFormat,
        _ stream: inout StreamProgress, _ decoder: inout StringDecoder, _ records: inout [DeltaRecord]
    ) -> Bool {
        let capture = captures[context.index]
        switch context.field {
        case .text, .reasoning, .toolPlan, .refusal, .finish, .choice, .tool, .toolArguments, .inputTokens,
            .outputTokens:
            break
        default: isDrafting = false
        }
        switch context.field {
        case .text, .reasoning, .toolPlan, .refusal, .finish:
            let kind = Self.kind(of: context.field)
            var record = DeltaRecord(kind: kind, choice: choice(context, captures, payload, source, format))
            record.isPlan = context.field == .toolPlan
            if isDrafting { note(record, context, captures, payload, source, format) }
            return emit(&record, capture, payload, source.payload, &stream, &decoder, &records)
        case .toolID, .toolName, .toolArguments:
            return applyTool(context, captures, payload, source, format, &stream, &decoder, &records)
        case .inputTokens:
            input = integer(capture, payload).map(Int.init) ?? input
            if isDrafting { draftInput = noted(capture, context.index, payload) }
        case .outputTokens:
            output = integer(capture, payload).map(Int.init) ?? output
            if isDrafting { draftOutput = noted(capture, context.index, payload) }
        case .errorType, .errorMessage, .error:
            hasError = true
            guard let bytes = decoded(capture, payload, source, &decoder) else { return false }
            if context.field == .errorType { errorType = bytes }
            if context.field == .errorMessage { errorMessage = bytes }
            if context.field == .error { errorWhole = bytes }
        case .terminal: stream.sawTerminal = true
        case .choice, .tool, .document: break
        }
        return true
    }

    private mutating func note(
        _ record: DeltaRecord, _ context: Context, _ captures: Span<Capture>, _ payload: Window, _ source: Source,
        _ format: CompiledFormat
    ) {
        let entry = context.entry
        guard let capture = UInt16(exactly: context.index), draft.count < Plan.maxSteps,
            dependsOnShapeOnly(lookups: entry.choice, format), dependsOnShapeOnly(lookups: entry.tool, format)
        else {
            isDrafting = false
            return
        }
        func number(_ part: CompiledFormat.Part) -> UInt16 {
            let found = lookedUp(part, context.index, captures, payload, source, format)
            return found.map { UInt16(truncatingIfNeeded: $0) } ?? Plan.noCapture
        }
        let tool = record.kind == .toolArguments ? number(entry.tool) : Plan.noCapture
        draft.append(
            Plan.Step(
                capture: capture, choiceCapture: number(entry.choice), toolCapture: tool, choice: record.choice,
                tool: record.tool, kind: record.kind, isPlan: record.isPlan))
    }

    /// Tokens make a plan where they are plain digits, which is asked of every payload that the plan is followed for.
    private mutating func noted(_ capture: Capture, _ index: Int, _ payload: Window) -> UInt16 {
        if let number = UInt16(exactly: index), tokens(capture, payload) != nil { return number }
        isDrafting = false
        return Plan.noCapture
    }

    private mutating func noteUsage(_ format: CompiledFormat) {
        guard draftInput != Plan.noCapture || draftOutput != Plan.noCapture else { return }
        guard draft.count < Plan.maxSteps else {
            isDrafting = false
            return
        }
        draft.append(
            Plan.Step(
                capture: Plan.noCapture, choiceCapture: draftInput, toolCapture: draftOutput, choice: -1, tool: -1,
                kind: .usage, isPlan: format.tellsUsageWhole))
    }

    /// A number of tokens as nearly all are written: at most nine digits.
    private func tokens(_ capture: Capture, _ payload: Window) -> Int32? {
        guard capture.kind == C_SLUICE_NUMBER, capture.length <= 9 else { return nil }
        var value: Int32 = 0
        for index in 0..<Int(capture.length) {
            let digit = payload[Int(capture.offset) + index] &- 0x30
            guard digit < 10 else { return nil }
            value = value * 10 + Int32(digit)
        }
        return value
    }

    /// The record of a plan's usage step, or nil where a number is written otherwise.
    private func usage(_ step: Plan.Step, _ captures: Span<Capture>, _ payload: Window) -> DeltaRecord? {
        var record = DeltaRecord(kind: .usage)
        record.input = -1
        record.output = -1
        record.isWhole = step.isPlan
        if step.choiceCapture != Plan.noCapture {
            guard let input = tokens(captures[Int(step.choiceCapture)], payload) else { return nil }
            record.input = Int(input)
        }
        if step.toolCapture != Plan.noCapture {
            guard let output = tokens(captures[Int(step.toolCapture)], payload) else { return nil }
            record.output = Int(output)
        }
        return record
    }

    private func dependsOnShapeOnly(lookups part: CompiledFormat.Part, _ format: CompiledFormat) -> Bool {
        (part.start..<part.end).allSatisfy { dependsOnShapeOnly(format.lookups[$0].conditions, format) }
    }

    /// Whether arguments in payloads of this shape are pieces of a call that was told before, in a place that is given.
    private mutating func isPieceOfCall(
        _ context: Context, _ captures: Span<Capture>, _ payload: Window, _ source: Source, _ format: CompiledFormat
    ) -> Bool {
        let entry = context.entry
        guard !format.countsTools, captures[context.index].kind != C_SLUICE_CONTAINER,
            dependsOnShapeOnly(lookups: entry.toolID, format), dependsOnShapeOnly(lookups: entry.toolName, format)
        else { return false }
        return lookedUp(entry.toolID, context.index, captures, payload, source, format) == nil
            && lookedUp(entry.toolName, context.index, captures, payload, source, format) == nil
    }

    private static func kind(of field: Field) -> DeltaKind {
        switch field {
        case .reasoning, .toolPlan: .reasoning
        case .refusal: .refusal
        case .finish: .finish
        default: .text
        }
    }

    /// Hands one text-like capture on, unless it is empty.
    private mutating func emit(
        _ record: inout DeltaRecord, _ capture: Capture, _ payload: Window, _ place: Slice,
        _ stream: inout StreamProgress, _ decoder: inout StringDecoder, _ records: inout [DeltaRecord]
    ) -> Bool {
        let isEscaped = capture.kind == C_SLUICE_ESCAPED
        if !isEscaped && stream.pendingSurrogates.isEmpty {
            record.bytes = place.part(Int(capture.offset), Int(capture.length))
        } else {
            var high = stream.takePendingSurrogate(of: record)
            guard let bytes = decoded(capture, payload, &decoder, pendingHigh: &high) else { return false }
            if high != 0 { stream.keepPendingSurrogate(high, of: record) }
            record.bytes = bytes
        }
        if record.bytes.length > 0 { records.append(record) }
        return true
    }

    // MARK: Tool calls

    private mutating func applyTool(
        _ context: Context, _ captures: Span<Capture>, _ payload: Window, _ source: Source, _ format: CompiledFormat,
        _ stream: inout StreamProgress, _ decoder: inout StringDecoder, _ records: inout [DeltaRecord]
    ) -> Bool {
        let capture = captures[context.index]
        var record = DeltaRecord(kind: .toolArguments, choice: choice(context, captures, payload, source, format))
        let isNew = !isSameElement(toolElement, context.index, captures, Int(context.entry.levels))
        if format.countsTools {
            if isNew { stream.toolCount += 1 }
            record.tool = max(0, stream.toolCount - 1)
            record.isCounted = true
        } else if let number = lookedUp(context.entry.tool, context.index, captures, payload, source, format) {
            record.tool = Int32(clamping: integer(captures[number], payload) ?? 0)
        }
        if isNew {
            toolElement = context.index
            var call = record
            call.kind = .toolCall
            let id = lookedUp(context.entry.toolID, context.index, captures, payload, source, format)
            let name = lookedUp(context.entry.toolName, context.index, captures, payload, source, format)
            if let id {
                guard let bytes = decoded(captures[id], payload, source, &decoder) else { return false }
                call.bytes = bytes
            }
            if let name {
                guard let bytes = decoded(captures[name], payload, source, &decoder) else { return false }
                call.other = bytes
            }
            if call.bytes.length > 0 || call.other.length > 0 { records.append(call) }
        }
        guard context.field == .toolArguments else { return true }
        record.isWhole = capture.kind == C_SLUICE_CONTAINER
        if isDrafting {
            if isPieceOfCall(context, captures, payload, source, format) {
                note(record, context, captures, payload, source, format)
            } else {
                isDrafting = false
            }
        }
        return emit(&record, capture, payload, source.payload, &stream, &decoder, &records)
    }

    /// Whether two captures lie in the same elements of the first `levels` arrays.
    private func isSameElement(_ first: Int, _ second: Int, _ captures: Span<Capture>, _ levels: Int) -> Bool {
        first >= 0 && compare(captures[first], captures[second], levels) == 0
    }

    // MARK: Values

    @inline(__always)
    private func smallNumber(_ capture: Capture, _ payload: Window) -> Int32 {
        if capture.kind == C_SLUICE_NUMBER && capture.length == 1 {
            return Int32(payload[Int(capture.offset)]) - 0x30
        }
        return Int32(clamping: integer(capture, payload) ?? 0)
    }

    func integer(_ capture: Capture, _ payload: Window) -> Int64? {
        guard capture.kind == C_SLUICE_NUMBER else { return nil }
        return parseInteger(payload, Int(capture.offset), Int(capture.length))
    }

    private func decoded(
        _ capture: Capture, _ payload: Window, _ source: Source, _ decoder: inout StringDecoder
    ) -> Slice? {
        guard capture.kind == C_SLUICE_ESCAPED else {
            return source.payload.part(Int(capture.offset), Int(capture.length))
        }
        var none: UInt16 = 0
        guard let bytes = decoded(capture, payload, &decoder, pendingHigh: &none) else { return nil }
        guard none != 0, let rest = decoder.append("\u{FFFD}".utf8) else { return bytes }
        return Slice(region: .scratch, offset: bytes.offset, length: bytes.length + rest.length)
    }

    private func decoded(
        _ capture: Capture, _ payload: Window, _ decoder: inout StringDecoder, pendingHigh: inout UInt16
    ) -> Slice? {
        let length = Int(capture.length)
        guard decoder.reserve(length + 6) else { return nil }
        return decoder.unescape(payload.slice(Int(capture.offset), length), pendingHigh: &pendingHigh)
    }

    private mutating func finishPayload(
        _ source: Source, _ format: CompiledFormat, _ stream: inout StreamProgress, _ records: inout [DeltaRecord]
    ) {
        if input >= 0 || output >= 0 {
            var record = DeltaRecord(kind: .usage)
            record.input = input
            record.output = output
            record.isWhole = format.tellsUsageWhole
            records.append(record)
        }
        guard hasError || source.isError else { return }
        var record = DeltaRecord(kind: .error)
        record.bytes = errorMessage.length > 0 ? errorMessage : hasError ? errorWhole : source.payload
        record.other = errorType.length == 0 && source.isErrorNamed ? source.eventSlice : errorType
        records.append(record)
        stream.sawError = true
    }
}

/// The integer that a JSON number stands for, its fraction cut off; nil past 64 bits, or with an exponent.
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
