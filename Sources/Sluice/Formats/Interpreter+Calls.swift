internal import CSluiceSimdjson

// Tool calls: which call a value belongs to, when a call begins, and what it gets if it has no arguments. docs/READING.md has
// the rules.

/// What one payload says of the end of calls; it is carried out behind the payload's other deltas.
struct CallEnds {
    /// Choices that end, and why.
    var finishes: [(choice: Int32, reason: Window)] = []
    /// Calls that end.
    var ends: [(choice: Int32, number: CallNumber)] = []
    /// The stream ends.
    var endsAll = false
    /// The number of calls before this payload, if the format counts them.
    var firstCounted: Int32 = 0
    /// The first record of this payload.
    var firstRecord = 0

    @inline(__always)
    mutating func removeAll() {
        if !finishes.isEmpty { finishes.removeAll(keepingCapacity: true) }
        if !ends.isEmpty { ends.removeAll(keepingCapacity: true) }
        endsAll = false
    }
}

extension Interpreter {
    /// Applies a rule for a tool call's id, name, arguments or end.
    mutating func applyTool(
        _ context: Context, _ captures: Span<Capture>, _ payload: Window, _ source: Source, _ format: CompiledFormat,
        _ stream: inout StreamProgress, _ decoder: inout StringDecoder, _ records: inout RecordList
    ) -> Bool {
        if context.field == .toolEnd {
            return endCall(context, captures, payload, source, format, &stream, &decoder)
        }
        let capture = captures[context.index]
        if !isSameElement(toolElement, context.index, captures, Int(context.entry.levels)) {
            guard beginElement(context, captures, payload, source, format, &stream, &decoder, &records) else {
                return false
            }
        }
        var record = elementRecord
        record.kind = DeltaKind.toolArguments.rawValue
        record.origin = 0
        record.other = Slice()
        switch context.field {
        case .heldArguments:
            hasRead = true
            return hold(capture, payload, source, record, &stream, &decoder)
        case .partialArguments:
            hasRead = true
            return addPartial(capture, payload, record, &stream, &decoder, &records)
        case .toolContinues:
            hasRead = true
            if capture.kind == C_SLUICE_TRUE { continueCall(record, &stream) }
            return true
        case .toolArguments: hasRead = true
        default: return true
        }
        if context.whole != nil {
            hasProgram = false
            if let calls = stream.calls, let place = calls.place(record.choice, record.tool),
                calls[place].hasArguments
            {
                return true
            }
        }
        record.isWhole = capture.kind == C_SLUICE_CONTAINER
        if record.isWhole && context.whole == nil { beginNextWhole(stream, payload, source, decoder, &records) }
        if hasProgram {
            if isPieceOfCall(context, captures, payload, source, format) {
                note(record, .toolArguments, context, captures, payload, source, format)
            } else {
                hasProgram = false
            }
        }
        if capture.length > 0 { noteArguments(record, &stream) }
        return emit(&record, capture, payload, source.payload, &stream, &decoder, &records)
    }

    /// Whether two captures lie in the same elements of the first `levels` arrays.
    private func isSameElement(_ first: Int, _ second: Int, _ captures: Span<Capture>, _ levels: Int) -> Bool {
        first >= 0 && compare(captures[first], captures[second], levels) == 0
    }

    func noteArguments(_ record: DeltaRecord, _ stream: inout StreamProgress) {
        let calls = stream.calls ?? ToolCallTable(choices: Int(maxChoices), tools: Int(maxTools))
        stream.calls = calls
        calls.noteArguments(record.choice, record.tool)
    }

    // MARK: Beginning

    /// Finds the call of the element that the capture lies in, and emits its id and name if they are new.
    private mutating func beginElement(
        _ context: Context, _ captures: Span<Capture>, _ payload: Window, _ source: Source, _ format: CompiledFormat,
        _ stream: inout StreamProgress, _ decoder: inout StringDecoder, _ records: inout RecordList
    ) -> Bool {
        toolElement = context.index
        elementRepeats = false
        var record = DeltaRecord(kind: .toolCall, choice: choice(context, captures, payload, source, format))
        let id = lookedUp(context.entry.toolID, context.index, captures, payload, source, format, &record)
        let name = lookedUp(context.entry.toolName, context.index, captures, payload, source, format, &record)
        guard let idText = text(of: id, captures, payload, source, &decoder),
            let nameText = text(of: name, captures, payload, source, &decoder)
        else { return false }
        let idHash = ToolCallTable.hash(window(of: idText, payload, source, decoder))
        if format.countsTools, let open = stream.calls?.continuing(record.choice) {
            if idText.length == 0 && nameText.length == 0 {
                elementRecord = record
                elementRecord.tool = open
                elementRecord.isCounted = true
                hasRead = true
                return true
            }
            if let calls = stream.calls, let place = calls.place(record.choice, open) {
                settle(place, calls, &decoder, &records)
            }
        }
        if format.countsTools {
            stream.toolCount &+= 1
            record.tool = max(0, stream.toolCount &- 1)
            record.isCounted = true
        } else {
            let number = callNumber(context, id: idHash, captures, payload, source, format)
            record.tool = number.resolved(record.choice, stream.calls)
        }
        excess = excess(of: record, isTool: true)
        if excess != nil { return false }
        record.bytes = idText
        record.other = nameText
        elementRecord = record
        guard idText.length > 0 || nameText.length > 0 else {
            if let calls = stream.calls, let place = calls.place(record.choice, record.tool), calls[place].isBegun {
                hasRead = true
            }
            return true
        }
        hasRead = true
        return begin(
            record, id: idHash, name: window(of: nameText, payload, source, decoder), &stream, &decoder, &records)
    }

    private mutating func callNumber(
        _ context: Context, id: UInt64, _ captures: Span<Capture>, _ payload: Window, _ source: Source,
        _ format: CompiledFormat
    ) -> CallNumber {
        let found = lookedUp(context.entry.tool, context.index, captures, payload, source, format)
        let given = found.flatMap { integer(captures[$0], payload) }.map { Int32(clamping: $0) } ?? -1
        return CallNumber(given: given, id: id, mayBeGiven: !context.entry.tool.isEmpty)
    }

    /// Emits a call, or what is new of a known one.
    private mutating func begin(
        _ record: DeltaRecord, id: UInt64, name: Window, _ stream: inout StreamProgress,
        _ decoder: inout StringDecoder, _ records: inout RecordList
    ) -> Bool {
        let calls = stream.calls ?? ToolCallTable(choices: Int(maxChoices), tools: Int(maxTools))
        stream.calls = calls
        var record = record
        let place = calls.place(record.choice, record.tool)
        if let place, case let known = calls[place], !known.isSucceeded(by: id, name) {
            let isNewID = known.id == 0 && id != 0
            let isPiece =
                name.count > 0 && (known.name == 0 || !known.hasOwnArguments)
                && ToolCallTable.hash(name) != known.name
            elementRepeats = !isNewID && !isPiece
            if elementRepeats { return true }
            if !isNewID { record.bytes = Slice() }
            if !isPiece { record.other = Slice() }
            record.isContinuation = known.isBegun
            record.origin = known.isBegun ? known.origin : record.origin
            calls.change(place) {
                $0.begin(record.origin)
                if isNewID { $0.id = id }
                if isPiece { $0.name = ToolCallTable.hash(name, after: $0.name) }
            }
            append(record, &records)
            return true
        }
        if let place {
            settle(place, calls, &decoder, &records)
        } else if calls.isFull {
            excess = .tooManyToolCalls
            return false
        }
        var call = ToolCallTable.Call(choice: record.choice, number: record.tool, id: id)
        call.isCounted = record.isCounted
        call.name = ToolCallTable.hash(name)
        call.begin(record.origin)
        calls.add(call)
        append(record, &records)
        return true
    }

    func append(_ record: DeltaRecord, _ records: inout RecordList) {
        if kinds >> KindBits(record.kind) & 1 != 0 { records.append(record) }
    }

    private mutating func lookedUp(
        _ part: CompiledFormat.Part, _ index: Int, _ captures: Span<Capture>, _ payload: Window, _ source: Source,
        _ format: CompiledFormat, _ record: inout DeltaRecord
    ) -> Int? {
        for candidate in part.start..<part.end {
            let lookup = format.lookups[candidate]
            guard let found = find(lookup, index, captures) else { continue }
            guard lookup.conditions.isEmpty || holds(lookup.conditions, found, captures, payload, source, format) else {
                continue
            }
            if lookup.origin != .client && captures[found].length > 0 { record.origin = lookup.origin.rawValue }
            return found
        }
        return nil
    }

    private func text(
        of index: Int?, _ captures: Span<Capture>, _ payload: Window, _ source: Source, _ decoder: inout StringDecoder
    ) -> Slice? {
        guard let index else { return Slice() }
        return decoded(captures[index], payload, source, &decoder)
    }

    /// The bytes of a slice of the payload, or of the scratch.
    func window(
        of slice: Slice, _ payload: Window, _ source: Source, _ decoder: borrowing StringDecoder
    ) -> Window {
        if slice.length == 0 { return .empty }
        return slice.region == .scratch
            ? decoder.bytes.slice(slice.offset, slice.length)
            : payload.slice(slice.offset - source.payload.offset, slice.length)
    }

    // MARK: Held and missing arguments

    private mutating func hold(
        _ capture: Capture, _ payload: Window, _ source: Source, _ record: DeltaRecord,
        _ stream: inout StreamProgress, _ decoder: inout StringDecoder
    ) -> Bool {
        guard let slice = decoded(capture, payload, source, &decoder) else { return false }
        if capture.length == 0 || isFalsy(capture, payload) { return true }
        let bytes = window(of: slice, payload, source, decoder)
        if bytes.isText("{}") { return true }
        let calls = stream.calls ?? ToolCallTable(choices: Int(maxChoices), tools: Int(maxTools))
        stream.calls = calls
        guard let place = calls.place(record.choice, record.tool) ?? calls.addNameless(record.choice, record.tool)
        else { return true }
        if calls[place].hasArguments || calls[place].isSettled { return true }
        if calls.heldBytes + bytes.count > ToolCallTable.mostHeldBytes {
            excess = .tooManyToolCalls
            return false
        }
        calls.change(place) {
            $0.held = bytes.copy()
            $0.isHeldWhole = capture.kind == C_SLUICE_CONTAINER
        }
        return true
    }

    private mutating func endCall(
        _ context: Context, _ captures: Span<Capture>, _ payload: Window, _ source: Source, _ format: CompiledFormat,
        _ stream: inout StreamProgress, _ decoder: inout StringDecoder
    ) -> Bool {
        hasRead = true
        program.endsCalls()
        var record = DeltaRecord(kind: .toolCall, choice: choice(context, captures, payload, source, format))
        let id = lookedUp(context.entry.toolID, context.index, captures, payload, source, format, &record)
        hasProgram = hasProgram && id == nil && dependOnCapturesOnly(lookups: context.entry.toolID, format)
        guard let idText = text(of: id, captures, payload, source, &decoder) else { return false }
        if format.countsTools {
            // An element with an id or a name is a call of its own, which ends with the event.
            let name = lookedUp(context.entry.toolName, context.index, captures, payload, source, format, &record)
            let isNameless = name.map { captures[$0].length == 0 } ?? true
            guard idText.length == 0, isNameless, let open = stream.calls?.continuing(record.choice) else {
                return true
            }
            calls.ends.append((record.choice, CallNumber(given: open, id: 0, mayBeGiven: true)))
            return true
        }
        let hash = ToolCallTable.hash(window(of: idText, payload, source, decoder))
        let number = callNumber(context, id: hash, captures, payload, source, format)
        calls.ends.append((record.choice, number))
        return true
    }

    // MARK: The end of a payload

    /// Emits what the calls lack that end with this payload. A finish reason then comes last.
    mutating func settleCalls(
        isError: Bool, _ stream: inout StreamProgress, _ decoder: inout StringDecoder, _ records: inout RecordList
    ) {
        guard let table = stream.calls, table.openCount > 0 else { return }
        let first = records.count
        hasSettled = false
        for end in calls.ends {
            let number = end.number.resolved(end.choice, table)
            if let place = table.place(end.choice, number) { settle(place, table, &decoder, &records) }
        }
        if stream.toolCount != calls.firstCounted && elementRecord.isCounted {
            settle(table, &decoder, &records) { $0.isCounted && !$0.isContinuing }
        }
        if !isError && !stream.sawError {
            for finish in calls.finishes {
                if Self.isCut(finish.reason) {
                    table.abandon(ofChoice: finish.choice)
                } else {
                    settle(table, &decoder, &records) { $0.choice == finish.choice }
                }
            }
            if calls.endsAll { settle(table, &decoder, &records) { _ in true } }
        }
        records.sortByCall(from: first)
        // Also if arguments are not among the kinds to emit.
        if hasSettled { moveFinishes(from: calls.firstRecord, to: first, &records) }
    }

    /// Emits what all calls lack: the stream ends.
    mutating func settleAllCalls(
        _ stream: StreamProgress, _ decoder: inout StringDecoder, _ records: inout RecordList
    ) {
        guard let table = stream.calls, table.openCount > 0, !stream.sawError else { return }
        let first = records.count
        settle(table, &decoder, &records) { _ in true }
        records.sortByCall(from: first)
    }

    /// Whether an answer ended by this reason may have been cut inside a call.
    private static func isCut(_ reason: Window) -> Bool {
        let cuts: [StaticString] = ["length", "max_tokens", "MAX_TOKENS", "max_output_tokens"]
        return cuts.contains { reason.isKey($0) }
    }

    private func moveFinishes(from start: Int, to end: Int, _ records: inout RecordList) {
        for index in start..<end where records[index].kind == DeltaKind.finish.rawValue {
            records.append(records[index])
            records[index].length = 0
            records[index].kind = DeltaRecord.removed
        }
        records.keep(from: start) { $0.kind != DeltaRecord.removed }
    }

    private mutating func settle(
        _ table: ToolCallTable, _ decoder: inout StringDecoder, _ records: inout RecordList,
        where isMeant: (ToolCallTable.Call) -> Bool
    ) {
        for place in table.calls.indices where isMeant(table.calls[place]) {
            settle(place, table, &decoder, &records)
        }
    }

    private mutating func settle(
        _ place: Int, _ calls: ToolCallTable, _ decoder: inout StringDecoder, _ records: inout RecordList
    ) {
        let call = calls[place]
        if call.isContinuing || call.partial != nil {
            let end = endPartial(place, calls)
            if !end.isEmpty {
                hasSettled = true
                return appendArguments(end, call, &decoder, &records)
            }
        }
        if call.isSettled { return }
        guard !call.hasArguments, call.needsArguments || !call.held.isEmpty else { return }
        hasSettled = true
        calls.change(place) {
            $0.isSettled = true
            $0.hasArguments = true
            $0.hasOwnArguments = true
            $0.held = []
        }
        guard kinds & DeltaKind.toolArguments.bit != 0 else { return }
        var record = DeltaRecord(kind: .toolArguments, choice: call.choice, tool: call.number)
        record.isWhole = call.held.isEmpty || call.isHeldWhole
        record.isCounted = call.isCounted
        let bytes = call.held.isEmpty ? decoder.append("{}".utf8) : call.held.withWindow { decoder.append($0) }
        guard let bytes else { return }
        record.bytes = bytes
        records.append(record)
    }
}

extension ToolCallTable.Call {
    /// Whether an event with this id and name begins the next call with the same number.
    func isSucceeded(by id: UInt64, _ name: Window) -> Bool {
        if name.count == 0 { return false }
        if id != 0 && self.id != 0 { return id != self.id }
        return hasOwnArguments && self.name != 0 && ToolCallTable.hash(name) != self.name
    }
}
