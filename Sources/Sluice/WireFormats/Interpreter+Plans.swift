internal import CSluiceSimdjson

// Recording compiled programs (`Plan`) while rules are applied, executing them instead of the rules, and using them for event
// templates.

extension Interpreter {
    // MARK: Making

    mutating func note(
        _ record: DeltaRecord, _ kind: DeltaKind, _ context: Context, _ captures: Span<Capture>, _ payload: Window,
        _ source: Source, _ format: CompiledFormat
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
        let tool = kind == .toolArguments ? number(entry.tool) : Plan.noCapture
        if tool != Plan.noCapture { draftTerms.hasToolNumber = true }
        draft.append(
            Plan.Step(
                capture: capture, choiceCapture: number(entry.choice), toolCapture: tool, choice: record.choice,
                tool: record.tool, kind: kind, flags: record.flags))
    }

    /// Token counts can be part of a program if they are plain digits, which is checked for every payload that it is
    /// executed for.
    mutating func noted(_ capture: Capture, _ index: Int, _ payload: Window) -> UInt16 {
        if let number = UInt16(exactly: index), tokens(capture, payload) != nil { return number }
        isDrafting = false
        return Plan.noCapture
    }

    /// Token counts and the stream's event numbers are a program's last step.
    mutating func noteNumbers(_ format: CompiledFormat) {
        let hasUsage = draftInput != Plan.noCapture || draftOutput != Plan.noCapture
        let isNumbered = draftPosition != Plan.noCapture || draftTotal != Plan.noCapture
        guard hasUsage || isNumbered else { return }
        guard draft.count < Plan.maxSteps, !(hasUsage && isNumbered) else {
            isDrafting = false
            return
        }
        if isNumbered {
            draft.append(
                Plan.Step(
                    capture: Plan.noCapture, choiceCapture: draftPosition, toolCapture: draftTotal, choice: -1,
                    tool: -1, kind: .usage, isNumbers: true))
            return
        }
        var record = DeltaRecord(kind: .usage)
        record.isWhole = format.tellsUsageWhole
        draft.append(
            Plan.Step(
                capture: Plan.noCapture, choiceCapture: draftInput, toolCapture: draftOutput, choice: -1, tool: -1,
                kind: .usage, flags: record.flags))
    }

    mutating func noteTerminal() {
        guard draft.count < Plan.maxSteps else {
            isDrafting = false
            return
        }
        draft.append(Plan.Step(capture: Plan.noCapture, isTerminal: true))
    }

    /// A number in the most frequent form: at most nine digits.
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

    /// The record of a program's step with numbers; nil if a number has another form.
    private func usage(_ step: Plan.Step, _ captures: Span<Capture>, _ payload: Window) -> DeltaRecord? {
        var record = DeltaRecord(kind: .usage)
        if step.isNumbers { record.kind = DeltaRecord.numbers }
        record.input = -1
        record.output = -1
        record.flags = step.flags
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

    func dependsOnShapeOnly(lookups part: CompiledFormat.Part, _ format: CompiledFormat) -> Bool {
        (part.start..<part.end).allSatisfy { dependsOnShapeOnly(format.lookups[$0].conditions, format) }
    }

    /// Whether arguments in payloads with this token signature are pieces of an earlier call, at a number that is given.
    mutating func isPieceOfCall(
        _ context: Context, _ captures: Span<Capture>, _ payload: Window, _ source: Source, _ format: CompiledFormat
    ) -> Bool {
        let entry = context.entry
        guard !format.countsTools, captures[context.index].kind != C_SLUICE_CONTAINER,
            dependsOnShapeOnly(lookups: entry.toolID, format), dependsOnShapeOnly(lookups: entry.toolName, format)
        else { return false }
        return lookedUp(entry.toolID, context.index, captures, payload, source, format) == nil
            && lookedUp(entry.toolName, context.index, captures, payload, source, format) == nil
    }

    func dependsOnShapeOnly(_ conditions: CompiledFormat.Part, _ format: CompiledFormat) -> Bool {
        for number in conditions.start..<conditions.end {
            switch format.conditions[number].test {
            case .equals, .differs, .present, .isTrue, .isNotTrue: continue
            case .empty, .notEmpty, .event, .errorEvent, .notErrorEvent: return false
            }
        }
        return true
    }

    /// Whether the conditions have the same result in all payloads with this token signature.
    mutating func isForeseen(
        _ conditions: CompiledFormat.Part, _ index: Int, _ captures: Span<Capture>, _ payload: Window,
        _ format: CompiledFormat
    ) -> Bool {
        if dependsOnShapeOnly(conditions, format) { return true }
        var isForeseen = true
        for number in conditions.start..<conditions.end {
            let condition = format.conditions[number]
            switch condition.test {
            case .event, .errorEvent, .notErrorEvent: isForeseen = false
            case .empty, .notEmpty:
                if find(condition.lookup, index, captures) != nil {
                    isForeseen = false
                } else if condition.test == .notEmpty {
                    return true
                }
            default:
                let found = find(condition.lookup, index, captures)
                if !holds(condition, found.map { captures[$0] }, payload, format) { return true }
            }
        }
        return isForeseen
    }

    // MARK: Following

    /// Executes the program of the payload's token signature; nil if there is none.
    @inline(__always)
    mutating func follow(
        _ shape: UInt32, _ captures: Span<Capture>, _ payload: Window, _ place: Slice, _ stream: inout StreamProgress,
        _ decoder: inout StringDecoder, _ records: inout RecordList
    ) -> Outcome? {
        guard let slot = plans.slot(of: shape) else { return nil }
        let terms = plans.terms(slot)
        if terms.endsCalls && stream.hasOpenCalls { return nil }
        if terms.repeated & ~stream.came != 0 { return nil }
        let count = plans.stepCount(slot)
        var told: DeltaRecord?
        if count > 0, case let last = plans.step(slot, count - 1), last.kind == .usage {
            told = usage(last, captures, payload)
            if told == nil { return nil }
        }
        if terms.hasToolNumber && !areNumbered(slot, captures, payload) { return nil }
        for number in 0..<(told == nil ? count : count - 1) {
            let step = plans.step(slot, number)
            if step.isTerminal {
                stream.sawTerminal = true
                continue
            }
            var record = DeltaRecord(kind: step.kind, choice: step.choice)
            record.flags = step.flags
            record.tool = step.tool
            if step.choiceCapture != Plan.noCapture {
                record.choice = smallNumber(captures[Int(step.choiceCapture)], payload)
            }
            if step.toolCapture != Plan.noCapture {
                record.tool = smallNumber(captures[Int(step.toolCapture)], payload)
            }
            if let excess = excess(of: record, isTool: step.kind == .toolArguments) { return .failed(excess) }
            let capture = captures[Int(step.capture)]
            if step.kind == .toolArguments {
                if capture.length > 0 { noteArguments(record, &stream) }
            } else if capture.length > 0 {
                stream.note(step.kind)
            }
            if !emit(&record, capture, payload, place, &stream, &decoder, &records) { return .failed(.invalidEscape) }
        }
        if let told { records.append(told) }
        stream.sawContent = true
        if terms.ended != 0 {
            stream.sawWhole = true
            stream.came &= ~terms.ended
        }
        return .done
    }

    /// False if a tool call has a number below 0, which counts as missing.
    private func areNumbered(_ slot: Int, _ captures: Span<Capture>, _ payload: Window) -> Bool {
        for number in 0..<plans.stepCount(slot) {
            let step = plans.step(slot, number)
            if step.kind != .toolArguments || step.toolCapture == Plan.noCapture { continue }
            if smallNumber(captures[Int(step.toolCapture)], payload) < 0 { return false }
        }
        return true
    }

    // MARK: Skeletons

    /// The program of a token signature in the form that event templates use; nil if there is none.
    func lesson(for shape: UInt32) -> CaptureParser.Steps? {
        guard let slot = plans.slot(of: shape) else { return nil }
        let terms = plans.terms(slot)
        var steps = CaptureParser.Steps()
        steps.required = UInt64(terms.repeated) << C_SLUICE_READS_PIECES
        steps.ended = UInt64(terms.ended) << C_SLUICE_READS_PIECES
        if terms.endsCalls { steps.required |= StreamProgress.settled }
        for number in 0..<plans.stepCount(slot) {
            let step = plans.step(slot, number)
            let told = c_sluice_step(
                capture: step.capture, choice_capture: step.choiceCapture, tool_capture: step.toolCapture,
                choice: step.choice, tool: step.tool,
                tag: step.isTerminal
                    ? UInt16(C_SLUICE_TAG_TERMINAL)
                    : UInt16(step.isNumbers ? DeltaRecord.numbers : step.kind.rawValue) | UInt16(step.flags)
                        << C_SLUICE_TAG_FLAGS
                        | (step.kind == .toolArguments ? UInt16(C_SLUICE_TAG_TOOL) : 0))
            steps.append(told)
        }
        return steps
    }

    /// Decodes the bytes of a record of an event that matched a template, as `emit` does; false if they have an invalid escape.
    /// The result may be empty.
    mutating func decode(
        _ record: inout DeltaRecord, _ chunk: Window, _ stream: inout StreamProgress, _ decoder: inout StringDecoder
    ) -> Bool {
        var high = stream.pendingSurrogates.isEmpty ? 0 : stream.takePendingSurrogate(of: record)
        let place = record.bytes
        guard decoder.reserve(place.length + 6),
            let bytes = decoder.unescape(chunk.slice(place.offset, place.length), pendingHigh: &high)
        else { return false }
        let isAlone = high != 0 && !stream.keepPendingSurrogate(high, of: record)
        record.bytes = isAlone ? endedByLoneHalf(bytes, &decoder) : bytes
        return true
    }
}
