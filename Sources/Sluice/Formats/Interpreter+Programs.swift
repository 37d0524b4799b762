internal import CSluiceSimdjson

// Recording programs while rules are applied: see program.hpp. If the result of the rules depends on more than the event's captures,
// or consists of more than text and numbers, there is no program.

/// The captures of a payload's token counts and event numbers.
struct NumberCaptures {
    var input = Program.noCapture
    var output = Program.noCapture
    var position = Program.noCapture
    var total = Program.noCapture
}

extension Program {
    /// In place of a capture.
    static var noCapture: UInt16 { .max }
    /// The maximum number of steps; an event with more has no program.
    static var maxSteps: Int { Int(C_SLUICE_STEPS) }

    var isEmpty: Bool { count == 0 }

    mutating func clear() { self = Program() }

    /// The event may end tool calls, so the program does not apply while one lacks arguments.
    mutating func endsCalls() { required |= StreamProgress.settled }

    /// The event repeats the pieces of these bits of `StreamProgress.came`, so the program applies only while all have come; and
    /// which bits end with it.
    mutating func repeats(_ pieces: UInt16, ended: UInt16) {
        required |= UInt64(pieces) << C_SLUICE_READS_PIECES
        self.ended = UInt64(ended) << C_SLUICE_READS_PIECES
    }
}

extension Interpreter {
    mutating func note(
        _ record: DeltaRecord, _ kind: DeltaKind, _ context: Context, _ captures: Span<Capture>, _ payload: Window,
        _ source: Source, _ format: CompiledFormat
    ) {
        let entry = context.entry
        guard let capture = UInt16(exactly: context.index), capture != Program.noCapture,
            dependOnCapturesOnly(lookups: entry.choice, format), dependOnCapturesOnly(lookups: entry.tool, format)
        else {
            hasProgram = false
            return
        }
        func number(_ part: CompiledFormat.Part) -> UInt16 {
            let found = lookedUp(part, context.index, captures, payload, source, format)
            return found.map { UInt16(truncatingIfNeeded: $0) } ?? Program.noCapture
        }
        let isTool = kind == .toolArguments
        add(
            c_sluice_step(
                capture: capture, choice_capture: number(entry.choice),
                tool_capture: isTool || record.hasBlock ? number(entry.tool) : Program.noCapture, choice: record.choice,
                tool: record.tool,
                tag: UInt16(kind.rawValue) | UInt16(record.flags) << C_SLUICE_TAG_FLAGS
                    | (isTool ? UInt16(C_SLUICE_TAG_TOOL) : 0)))
    }

    private mutating func add(_ step: c_sluice_step) {
        if program.count < Program.maxSteps { program.append(step) } else { hasProgram = false }
    }

    /// Numbers can be part of a program if they are plain digits, which is checked for every payload that it is executed for.
    mutating func noted(_ capture: Capture, _ index: Int, _ payload: Window) -> UInt16 {
        if let number = UInt16(exactly: index), hasFewDigits(capture, payload) { return number }
        hasProgram = false
        return Program.noCapture
    }

    /// A number in the most frequent form: at most nine digits.
    private func hasFewDigits(_ capture: Capture, _ payload: Window) -> Bool {
        guard capture.kind == C_SLUICE_NUMBER, capture.length <= 9 else { return false }
        return (0..<Int(capture.length)).allSatisfy { payload[Int(capture.offset) + $0] &- 0x30 < 10 }
    }

    /// Token counts and the stream's event numbers are a program's last step.
    mutating func noteNumbers(_ format: CompiledFormat) {
        let hasUsage = numbers.input != Program.noCapture || numbers.output != Program.noCapture
        let isNumbered = numbers.position != Program.noCapture || numbers.total != Program.noCapture
        guard hasUsage || isNumbered else { return }
        if hasUsage && isNumbered { hasProgram = false }
        var step = c_sluice_step()
        step.capture = Program.noCapture
        step.choice = -1
        step.tool = -1
        if isNumbered {
            step.choice_capture = numbers.position
            step.tool_capture = numbers.total
            step.tag = UInt16(DeltaRecord.numbers)
        } else {
            var record = DeltaRecord(kind: .usage)
            record.isWhole = format.tellsUsageWhole
            step.choice_capture = numbers.input
            step.tool_capture = numbers.output
            step.tag = UInt16(record.kind) | UInt16(record.flags) << C_SLUICE_TAG_FLAGS
        }
        add(step)
    }

    mutating func noteTerminal() {
        var step = c_sluice_step()
        step.capture = Program.noCapture
        step.tag = UInt16(C_SLUICE_TAG_TERMINAL)
        add(step)
    }

    func dependOnCapturesOnly(lookups part: CompiledFormat.Part, _ format: CompiledFormat) -> Bool {
        (part.start..<part.end).allSatisfy { dependOnCapturesOnly(format.lookups[$0].conditions, format) }
    }

    /// Whether arguments in payloads with these captures are pieces of an earlier call, at a number that is given.
    mutating func isPieceOfCall(
        _ context: Context, _ captures: Span<Capture>, _ payload: Window, _ source: Source, _ format: CompiledFormat
    ) -> Bool {
        let entry = context.entry
        guard !format.countsTools, captures[context.index].kind != C_SLUICE_CONTAINER,
            dependOnCapturesOnly(lookups: entry.toolID, format), dependOnCapturesOnly(lookups: entry.toolName, format)
        else { return false }
        return lookedUp(entry.toolID, context.index, captures, payload, source, format) == nil
            && lookedUp(entry.toolName, context.index, captures, payload, source, format) == nil
    }

    func dependOnCapturesOnly(_ conditions: CompiledFormat.Part, _ format: CompiledFormat) -> Bool {
        for number in conditions.start..<conditions.end {
            switch format.conditions[number].test {
            case .equals, .differs, .present, .isTrue, .isNotTrue: continue
            case .empty, .notEmpty, .event, .block, .errorEvent, .notErrorEvent: return false
            }
        }
        return true
    }

    /// Whether the conditions have the same result in all payloads with these captures.
    mutating func isForeseen(
        _ conditions: CompiledFormat.Part, _ index: Int, _ captures: Span<Capture>, _ payload: Window,
        _ format: CompiledFormat
    ) -> Bool {
        if dependOnCapturesOnly(conditions, format) { return true }
        var isForeseen = true
        for number in conditions.start..<conditions.end {
            let condition = format.conditions[number]
            switch condition.test {
            case .event, .block, .errorEvent, .notErrorEvent: isForeseen = false
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

    /// Decodes the bytes of a record of an event with a program, as `emit` does; false if they have an invalid escape.
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
