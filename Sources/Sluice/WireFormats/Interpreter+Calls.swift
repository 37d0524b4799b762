internal import CSluiceSimdjson

// Tool calls: which call a value belongs to, when a call begins, and what it gets if it has no arguments. docs/READING.md has
// the rules.

extension Interpreter {
    /// Applies a rule for a tool call's id, name, arguments or end.
    mutating func applyTool(
        _ context: Context, _ captures: Span<Capture>, _ payload: Window, _ source: Source, _ format: CompiledFormat,
        _ stream: inout StreamProgress, _ decoder: inout StringDecoder, _ records: inout RecordList
    ) -> Bool {
        if context.field == .toolEnd {
            return endCall(context, captures, payload, source, format, &stream, &decoder, &records)
        }
        let capture = captures[context.index]
        if !isSameElement(toolElement, context.index, captures, Int(context.entry.levels)) {
            guard beginElement(context, captures, payload, source, format, &stream, &decoder, &records) else {
                return false
            }
        }
        var record = elementRecord
        record.kind = DeltaKind.toolArguments.rawValue
        switch context.field {
        case .heldArguments:
            hasRead = true
            hold(capture, payload, record, &stream)
            return true
        case .toolArguments: hasRead = true
        default: return true
        }
        if context.whole != nil {
            isDrafting = false
            if let calls = stream.calls, let place = calls.place(record.choice, record.tool),
                calls[place].hasArguments || calls[place].isSettled && calls[place].needsArguments
            {
                return true
            }
        }
        record.isWhole = capture.kind == C_SLUICE_CONTAINER
        if isDrafting {
            if isPieceOfCall(context, captures, payload, source, format) {
                note(record, .toolArguments, context, captures, payload, source, format)
            } else {
                isDrafting = false
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
        let calls = stream.calls ?? ToolCallTable(capacity: Int(maxTools))
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
        var record = DeltaRecord(kind: .toolCall, choice: choice(context, captures, payload, source, format))
        let id = lookedUp(context.entry.toolID, context.index, captures, payload, source, format, &record)
        let name = lookedUp(context.entry.toolName, context.index, captures, payload, source, format, &record)
        guard let idText = text(of: id, captures, payload, source, &decoder),
            let nameText = text(of: name, captures, payload, source, &decoder)
        else { return false }
        let idHash = ToolCallTable.hash(window(of: idText, payload, source, decoder))
        if format.countsTools {
            stream.toolCount &+= 1
            record.tool = max(0, stream.toolCount &- 1)
            record.isCounted = true
        } else {
            let number = lookedUp(context.entry.tool, context.index, captures, payload, source, format)
            record.tool = number.map { Int32(clamping: integer(captures[$0], payload) ?? 0) } ?? -1
            if record.tool < 0 { record.tool = stream.calls?.number(record.choice, id: idHash) ?? 0 }
        }
        excess = excess(of: record, isTool: true)
        if excess != nil { return false }
        record.bytes = idText
        record.other = nameText
        elementRecord = record
        guard idText.length > 0 || nameText.length > 0 else { return true }
        hasRead = true
        return begin(
            record, id: idHash, name: window(of: nameText, payload, source, decoder), &stream, &decoder, &records)
    }

    /// Emits a call, or what is new of a known one.
    private mutating func begin(
        _ record: DeltaRecord, id: UInt64, name: Window, _ stream: inout StreamProgress,
        _ decoder: inout StringDecoder, _ records: inout RecordList
    ) -> Bool {
        let calls = stream.calls ?? ToolCallTable(capacity: Int(maxTools))
        stream.calls = calls
        var record = record
        if let place = calls.place(record.choice, record.tool), !calls[place].isSucceeded(by: id, name) {
            let known = calls[place]
            let isNewID = known.id == 0 && id != 0
            let isPiece =
                name.count > 0 && (known.name == 0 || !known.hasArguments)
                && ToolCallTable.hash(name) != known.name
            if !isNewID && !isPiece { return true }
            if !isNewID { record.bytes = Slice() }
            if !isPiece { record.other = Slice() }
            record.isContinuation = true
            calls.change(place) {
                if isNewID { $0.id = id }
                if isPiece { $0.name = ToolCallTable.hash(name, after: $0.name) }
            }
            append(record, &records)
            return true
        }
        if let place = calls.place(record.choice, record.tool) {
            settle(place, calls, event: record, &decoder, &records)
        } else if calls.isFull {
            excess = .tooManyToolCalls
            return false
        }
        var call = ToolCallTable.Call(choice: record.choice, number: record.tool, id: id)
        call.name = ToolCallTable.hash(name)
        call.needsArguments =
            record.origin == ToolOrigin.client.rawValue || record.origin == ToolOrigin.approval.rawValue
        calls.add(call)
        append(record, &records)
        return true
    }

    private func append(_ record: DeltaRecord, _ records: inout RecordList) {
        if kinds >> DeltaKinds(record.kind) & 1 != 0 { records.append(record) }
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
            if lookup.origin != .client { record.origin = lookup.origin.rawValue }
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
    private func window(
        of slice: Slice, _ payload: Window, _ source: Source, _ decoder: borrowing StringDecoder
    ) -> Window {
        if slice.length == 0 { return .empty }
        return slice.region == .scratch
            ? decoder.bytes.slice(slice.offset, slice.length)
            : payload.slice(slice.offset - source.payload.offset, slice.length)
    }

    // MARK: Held and missing arguments

    private func hold(_ capture: Capture, _ payload: Window, _ record: DeltaRecord, _ stream: inout StreamProgress) {
        let bytes = payload.slice(Int(capture.offset), Int(capture.length))
        guard let calls = stream.calls, let place = calls.place(record.choice, record.tool),
            !calls[place].hasArguments, !calls[place].isSettled, !isFalsy(capture, payload)
        else { return }
        calls.change(place) { $0.held = bytes.copy() }
    }

    /// The calls that began in this payload are whole.
    mutating func settleCounted(
        _ stream: inout StreamProgress, _ decoder: inout StringDecoder, _ records: inout RecordList
    ) {
        guard let calls = stream.calls, calls.openCount > 0 else { return }
        for number in firstCounted..<stream.toolCount {
            for place in calls.calls.indices.reversed() where calls[place].number == number {
                settle(place, calls, event: elementRecord, &decoder, &records)
                break
            }
        }
    }

    private mutating func endCall(
        _ context: Context, _ captures: Span<Capture>, _ payload: Window, _ source: Source, _ format: CompiledFormat,
        _ stream: inout StreamProgress, _ decoder: inout StringDecoder, _ records: inout RecordList
    ) -> Bool {
        guard let calls = stream.calls else { return true }
        let choice = choice(context, captures, payload, source, format)
        let number = lookedUp(context.entry.tool, context.index, captures, payload, source, format)
        let tool = number.map { Int32(clamping: integer(captures[$0], payload) ?? 0) } ?? 0
        guard let place = calls.place(choice, tool) else { return true }
        hasRead = true
        isDrafting = false
        settle(place, calls, event: elementRecord, &decoder, &records)
        return true
    }

    /// The choice ends: its calls get what they lack, unless the answer was cut short.
    mutating func settleCalls(
        atFinish reason: Window, _ choice: Int32, _ stream: inout StreamProgress, _ decoder: inout StringDecoder,
        _ records: inout RecordList
    ) {
        guard let calls = stream.calls, calls.openCount > 0 else { return }
        let cuts: [StaticString] = ["length", "max_tokens", "MAX_TOKENS", "max_output_tokens"]
        if cuts.contains(where: { reason.matches(0, reason.count, $0) }) {
            for place in calls.calls.indices where calls[place].choice == choice && !calls[place].isSettled {
                calls.change(place) { $0.isSettled = true }
            }
        } else {
            settleCalls(ofChoice: choice, &stream, &decoder, &records)
        }
    }

    /// Emits what the calls of a choice lack, or with nil those of all choices.
    mutating func settleCalls(
        ofChoice choice: Int32?, _ stream: inout StreamProgress, _ decoder: inout StringDecoder,
        _ records: inout RecordList
    ) {
        guard let calls = stream.calls, calls.openCount > 0, !stream.sawError else { return }
        for place in calls.calls.indices where choice == nil || calls[place].choice == choice {
            settle(place, calls, event: elementRecord, &decoder, &records)
        }
    }

    private mutating func settle(
        _ place: Int, _ calls: ToolCallTable, event: DeltaRecord, _ decoder: inout StringDecoder,
        _ records: inout RecordList
    ) {
        let call = calls[place]
        if call.isSettled { return }
        calls.change(place) {
            $0.isSettled = true
            $0.held = []
        }
        guard !call.hasArguments, call.needsArguments || !call.held.isEmpty,
            kinds & DeltaKind.toolArguments.bit != 0
        else { return }
        var record = DeltaRecord(kind: .toolArguments, choice: call.choice, tool: call.number)
        record.isWhole = true
        record.isCounted = event.isCounted
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
        return hasArguments && self.name != 0 && ToolCallTable.hash(name) != self.name
    }
}
