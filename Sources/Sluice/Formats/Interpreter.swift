internal import CSluiceSimdjson

// Turns the captures of one payload into deltas, by the format's rules. Contains nothing about providers or JSON.
//
// Captures are in document order. The numbers of choices and tool calls, ids, names and the values of conditions may be before
// or after the values that they belong to, in the same array element. The cursor of each such path only moves forward, so the
// cost of a payload is at most its captures times the format's lookups.

struct Interpreter: ~Copyable {
    var cursors = [64 of UInt32](repeating: 0)
    private var input = -1
    private var output = -1
    private var position = -1
    private var total = -1
    /// What rules read of an error; docs/READING.md says what else is looked for.
    private(set) var errorType = Slice()
    private(set) var errorMessage = Slice()
    /// The error itself: a string, number, object or array of the current payload.
    private(set) var errorWhole: Capture?
    private(set) var hasError = false
    /// A rule read something of the current payload.
    var hasRead = false
    /// A rule of a detail applied, which alone does not make an event one that says what the format is for.
    var hasDetail = false
    /// The types of blocks that began in earlier events, and those that begin in the current one.
    var blocks: ToolCallTable?
    var begun: [(block: ToolCallTable.Block, type: UInt64)] = []
    /// The pieces that came before the current payload, and the whole values in it: bits as of `StreamProgress.came`.
    var cameBefore: UInt16 = 0
    private var ended: UInt16 = 0
    /// The details that came before it: `StreamProgress.reads`.
    var readsBefore: UInt64 = 0
    /// The program of the current payload, as long as it may have one.
    var program = Program()
    var hasProgram = false
    /// Whether the current payload ends a tool call depends on more than its captures.
    private var mayEndCall = false
    /// The captures of the current payload's numbers.
    var numbers = NumberCaptures()
    /// The capture that began the tool element whose call was emitted last, and its record.
    var toolElement = -1
    var elementRecord = DeltaRecord(kind: .toolArguments)
    /// The id and name of that element say nothing new of its call.
    var elementRepeats = false
    /// What the current payload ends, and whether a call has got what it lacked.
    var calls = CallEnds()
    var hasSettled = false
    private(set) var maxChoices = UInt32.max
    private(set) var maxTools = UInt32.max
    /// The delta kinds to emit.
    private(set) var kinds = KindBits.max
    /// The limit that the current payload exceeds, if that is why a rule failed.
    var excess: SluiceError.Code?

    enum Outcome {
        case done
        case failed(SluiceError.Code)
        case document(Capture)
    }

    /// The properties of the frame with which its payload is read.
    struct Source {
        var payload: Slice
        var event: Window
        var eventSlice = Slice()
        var isError: Bool
        /// Whether the event's type is the error's type.
        var isErrorNamed = false
    }

    /// Sets the limits of choice and tool call numbers, and the kinds to emit.
    mutating func bound(by limits: Limits, _ kinds: KindBits) {
        self.kinds = kinds
        maxChoices = UInt32(clamping: limits.maxChoices)
        maxTools = UInt32(clamping: limits.maxToolCalls)
    }

    /// The limit that a delta's number exceeds; negative numbers exceed each.
    @inline(__always)
    func excess(of record: DeltaRecord, isTool: Bool) -> SluiceError.Code? {
        if UInt32(bitPattern: record.choice) >= maxChoices { return .tooManyChoices }
        if isTool && UInt32(bitPattern: record.tool) >= maxTools { return .tooManyToolCalls }
        return nil
    }

    mutating func begin() {
        cursors = [64 of UInt32](repeating: 0)
        input = -1
        output = -1
        position = -1
        total = -1
        hasError = false
        errorType = Slice()
        errorMessage = Slice()
        errorWhole = nil
        calls.removeAll()
        toolElement = -1
        excess = nil
        hasRead = false
        hasDetail = false
        ended = 0
        if !begun.isEmpty { begun.removeAll(keepingCapacity: true) }
    }

    mutating func read(
        _ captures: Span<Capture>, _ payload: Window, _ source: Source, _ format: CompiledFormat,
        _ stream: inout StreamProgress, _ decoder: inout StringDecoder, _ records: inout RecordList
    ) -> Outcome {
        begin()
        cameBefore = stream.came
        readsBefore = stream.reads
        if format.remembersBlocks { blocks = stream.calls }
        calls.firstCounted = stream.toolCount
        calls.firstRecord = records.count
        hasProgram = !source.isError
        program.clear()
        mayEndCall = false
        numbers = NumberCaptures()
        for index in captures.indices {
            let capture = captures[index]
            let entry = format.paths[Int(capture.path)]
            for rule in entry.rules.start..<entry.rules.end {
                let bound = format.rules[rule]
                // Other rules may have asked for it as a whole.
                if capture.kind == C_SLUICE_CONTAINER && !bound.field.takesContainers { continue }
                if !bound.conditions.isEmpty {
                    if hasProgram && !isForeseen(bound.conditions, index, captures, payload, format) {
                        noteConditions(of: bound.field)
                    }
                    if !holds(bound.conditions, index, captures, payload, source, format) { continue }
                }
                if bound.field == .document { return .document(capture) }
                let context = Context(
                    field: bound.field, index: index, entry: entry, whole: bound.whole, detail: bound.detail)
                let done = apply(context, captures, payload, source, format, &stream, &decoder, &records)
                if !done { return .failed(excess ?? .invalidEscape) }
            }
        }
        if stream.calls != nil { settleCalls(isError: hasError || source.isError, &stream, &decoder, &records) }
        if !begun.isEmpty && !rememberBlocks(&stream) { return .failed(.tooManyToolCalls) }
        stream.came &= ~ended
        finishPayload(source, format, &stream, &records)
        if hasProgram { noteNumbers(format) }
        return .done
    }

    /// Whether payloads with the captures of this one, from which no rule read anything, carry nothing for the rules either.
    var isEmptyProgram: Bool { hasProgram && program.isEmpty && !mayEndCall && !hasDetail }

    /// Whether the program may be kept. What an event without deltas carries is decided outside of the rules.
    var isKept: Bool { hasProgram && hasRead && !(mayEndCall && program.isEmpty) }

    /// A condition of a rule depends on more than the captures. Ends of calls need not be foreseen: the program does
    /// not apply while there is a call to end.
    private mutating func noteConditions(of field: Field.Meaning) {
        if field != .toolEnd {
            hasProgram = false
            return
        }
        program.endsCalls()
        mayEndCall = true
    }

    /// Applies a text format's rules to a whole payload.
    /// `isEmpty`: the text is nothing, or `{}`, which is no finish reason.
    mutating func readText(
        _ source: Source, isEmpty: Bool, _ format: CompiledFormat, _ stream: inout StreamProgress,
        _ records: inout RecordList
    ) {
        begin()
        for rule in format.payloadRules.start..<format.payloadRules.end {
            let bound = format.rules[rule]
            if !holds(bound.conditions, 0, Span(), .empty, source, format) { continue }
            hasRead = true
            if bound.field == .finish {
                if isEmpty { continue }
                stream.sawFinish = true
            }
            switch bound.field {
            case .text, .reasoning, .toolPlan, .refusal, .finish, .partial:
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
        var field: Field.Meaning
        var index: Int
        var entry: CompiledFormat.PathEntry
        var whole: Rule.Whole?
        var detail: UInt16
    }

    /// Applies one rule to one capture; false if a string has an invalid escape, or a number exceeds a limit.
    private mutating func apply(
        _ context: Context, _ captures: Span<Capture>, _ payload: Window, _ source: Source, _ format: CompiledFormat,
        _ stream: inout StreamProgress, _ decoder: inout StringDecoder, _ records: inout RecordList
    ) -> Bool {
        let capture = captures[context.index]
        switch context.field {
        case .text, .reasoning, .toolPlan, .refusal, .finish, .choice, .tool, .toolArguments, .inputTokens,
            .outputTokens, .position, .total, .terminal, .ignored, .toolEnd, .detail:
            break
        default: hasProgram = false
        }
        switch context.field {
        case .encodedText:
            return applyEncodedText(context, captures, payload, source, format, &stream, &decoder, &records)
        case .text, .reasoning, .toolPlan, .refusal, .finish, .partial:
            return applyText(context, captures, payload, source, format, &stream, &decoder, &records)
        case .toolID, .toolName, .toolArguments, .heldArguments, .partialArguments, .toolContinues, .toolEnd:
            return applyTool(context, captures, payload, source, format, &stream, &decoder, &records)
        case .detail:
            return applyDetail(context, captures, payload, source, format, &stream, &decoder, &records)
        case .choice, .tool, .document: return true
        default: hasRead = true
        }
        switch context.field {
        case .inputTokens:
            input = integer(capture, payload).map(Int.init) ?? input
            if hasProgram { numbers.input = noted(capture, context.index, payload) }
        case .outputTokens:
            output = integer(capture, payload).map(Int.init) ?? output
            if hasProgram { numbers.output = noted(capture, context.index, payload) }
        case .position:
            position = integer(capture, payload).map(Int.init) ?? position
            if hasProgram { numbers.position = noted(capture, context.index, payload) }
        case .total:
            total = integer(capture, payload).map(Int.init) ?? total
            if hasProgram { numbers.total = noted(capture, context.index, payload) }
        case .errorType, .errorMessage, .error:
            if isFalsy(capture, payload) { return true }
            guard let bytes = decoded(capture, payload, source, &decoder) else { return false }
            hasError = true
            if context.field == .error { errorWhole = capture }
            if context.field == .errorType { errorType = bytes }
            if context.field == .errorMessage { errorMessage = bytes }
        case .terminal:
            calls.endsAll = true
            program.endsCalls()
            stream.sawTerminal = true
            if hasProgram { noteTerminal() }
        default: break
        }
        return true
    }

    /// Applies a rule for text, reasoning, a refusal or a finish reason.
    private mutating func applyText(
        _ context: Context, _ captures: Span<Capture>, _ payload: Window, _ source: Source, _ format: CompiledFormat,
        _ stream: inout StreamProgress, _ decoder: inout StringDecoder, _ records: inout RecordList
    ) -> Bool {
        let capture = captures[context.index]
        let kind = Self.kind(of: context.field)
        var record = DeltaRecord(kind: kind, choice: choice(context, captures, payload, source, format))
        record.isPlan = context.field == .toolPlan
        excess = excess(of: record, isTool: false)
        if excess != nil { return false }
        hasRead = true
        if format.hasDetails { setBlock(of: &record, context, captures, payload, source, format) }
        if kind == .finish { program.endsCalls() }
        if capture.length > 0 && kind == .finish {
            calls.finishes.append((record.choice, payload.slice(Int(capture.offset), Int(capture.length))))
            stream.sawFinish = true
        } else if record.kind <= DeltaKind.refusal.rawValue {
            if let whole = context.whole {
                stream.sawWhole = true
                if isRepeated(whole, record.kind, context.entry) { return true }
            }
            if capture.length > 0 { stream.came |= StreamProgress.pieces(of: record.kind) }
        }
        if hasProgram { note(record, kind, context, captures, payload, source, format) }
        return emit(&record, capture, payload, source.payload, &stream, &decoder, &records)
    }

    /// Whether a whole value repeats pieces that came before the current payload.
    private mutating func isRepeated(
        _ whole: Rule.Whole, _ kind: UInt8, _ entry: CompiledFormat.PathEntry
    ) -> Bool {
        let bit: UInt16 = 1 << (UInt16(kind) * 4 + UInt16(whole.rawValue))
        ended |= ((2 << UInt16(whole.rawValue)) - 1) << (UInt16(kind) * 4)
        let isRepeated = cameBefore & bit != 0
        program.repeats(bit, ended: ended)
        // A program emits no value, and does not check its choice's number.
        hasProgram = hasProgram && isRepeated && entry.choice.isEmpty && entry.choiceLevel < 0
        return isRepeated
    }

    private static func kind(of field: Field.Meaning) -> DeltaKind {
        switch field {
        case .reasoning, .toolPlan: .reasoning
        case .refusal: .refusal
        case .finish: .finish
        case .partial: .partial
        default: .text
        }
    }

    /// Emits one text-like capture, unless it is empty. Text of kinds that are not selected is neither decoded nor
    /// checked, as in events that match templates.
    mutating func emit(
        _ record: inout DeltaRecord, _ capture: Capture, _ payload: Window, _ place: Slice,
        _ stream: inout StreamProgress, _ decoder: inout StringDecoder, _ records: inout RecordList
    ) -> Bool {
        // An empty string is not a piece of text: a pending surrogate stays pending.
        if capture.length == 0 || kinds >> KindBits(record.kind) & 1 == 0 { return true }
        let isEscaped = capture.kind == C_SLUICE_ESCAPED
        // An object or array is emitted unchanged, even if a surrogate is pending.
        if capture.kind == C_SLUICE_CONTAINER || (!isEscaped && stream.pendingSurrogates.isEmpty) {
            record.bytes = place.part(Int(capture.offset), Int(capture.length))
        } else {
            var high = stream.takePendingSurrogate(of: record)
            guard let bytes = decoded(capture, payload, &decoder, pendingHigh: &high) else { return false }
            let isAlone = high != 0 && !stream.keepPendingSurrogate(high, of: record)
            record.bytes = isAlone ? endedByLoneHalf(bytes, &decoder) : bytes
        }
        if record.bytes.length > 0 { records.append(record) }
        return true
    }

    // MARK: Values

    @inline(__always)
    func smallNumber(_ capture: Capture, _ payload: Window) -> Int32 {
        if capture.kind == C_SLUICE_NUMBER && capture.length == 1 {
            return Int32(payload[Int(capture.offset)]) - 0x30
        }
        return Int32(clamping: integer(capture, payload) ?? 0)
    }

    func integer(_ capture: Capture, _ payload: Window) -> Int64? {
        guard capture.kind == C_SLUICE_NUMBER else { return nil }
        return parseInteger(payload, Int(capture.offset), Int(capture.length))
    }

    func decoded(
        _ capture: Capture, _ payload: Window, _ source: Source, _ decoder: inout StringDecoder
    ) -> Slice? {
        guard capture.kind == C_SLUICE_ESCAPED else {
            return source.payload.part(Int(capture.offset), Int(capture.length))
        }
        var none: UInt16 = 0
        guard let bytes = decoded(capture, payload, &decoder, pendingHigh: &none) else { return nil }
        return none == 0 ? bytes : endedByLoneHalf(bytes, &decoder)
    }

    /// The latest decoded text, followed by U+FFFD for an unpaired surrogate.
    func endedByLoneHalf(_ bytes: Slice, _ decoder: inout StringDecoder) -> Slice {
        guard let rest = decoder.append("\u{FFFD}".utf8) else { return bytes }
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
        _ source: Source, _ format: CompiledFormat, _ stream: inout StreamProgress, _ records: inout RecordList
    ) {
        if input >= 0 || output >= 0 {
            var record = DeltaRecord(kind: .usage)
            record.input = input
            record.output = output
            record.isWhole = format.tellsUsageWhole
            records.append(record)
        }
        if position >= 0 || total >= 0 {
            var record = DeltaRecord(kind: .usage)
            record.kind = DeltaRecord.numbers
            record.input = position
            record.output = total
            records.append(record)
        }
    }
}
