internal import CSluiceSimdjson

// Arguments that are more than a piece: an object for a call that has its arguments, and values with JSON paths.
// docs/READING.md has the rules.

extension Interpreter {
    /// Begins the next call with the element's number, if the element names a call that has got its arguments: those that come
    /// now are an object, and so another call's.
    mutating func beginNextWhole(
        _ stream: StreamProgress, _ payload: Window, _ source: Source, _ decoder: borrowing StringDecoder,
        _ records: inout RecordList
    ) {
        let record = elementRecord
        guard record.other.length > 0 else { return }
        hasProgram = false
        guard let calls = stream.calls, let place = calls.place(record.choice, record.tool),
            elementRepeats, calls[place].hasOwnArguments, calls[place].needsArguments,
            record.bytes.length == 0 || calls[place].id == 0
        else { return }
        var call = ToolCallTable.Call(choice: record.choice, number: record.tool)
        call.id = ToolCallTable.hash(window(of: record.bytes, payload, source, decoder))
        call.name = ToolCallTable.hash(window(of: record.other, payload, source, decoder))
        call.isCounted = record.isCounted
        call.begin(record.origin)
        calls.add(call)
        elementRepeats = false
        append(record, &records)
    }

    mutating func addPartial(
        _ capture: Capture, _ payload: Window, _ record: DeltaRecord, _ stream: inout StreamProgress,
        _ decoder: inout StringDecoder, _ records: inout RecordList
    ) -> Bool {
        let calls = stream.calls ?? ToolCallTable(choices: Int(maxChoices), tools: Int(maxTools))
        stream.calls = calls
        guard let place = calls.place(record.choice, record.tool) ?? calls.addNameless(record.choice, record.tool)
        else { return true }
        var partial = calls[place].partial ?? PartialArguments()
        guard let text = partial.add(payload.slice(Int(capture.offset), Int(capture.length))) else {
            excess = .malformedPayload
            return false
        }
        if calls.heldBytes + partial.heldBytes > ToolCallTable.mostHeldBytes {
            excess = .tooManyToolCalls
            return false
        }
        calls.change(place) {
            $0.partial = partial
            $0.isCounted = record.isCounted
            if !text.isEmpty {
                $0.hasArguments = true
                $0.hasOwnArguments = $0.isBegun
                $0.isSettled = true
            }
        }
        if !text.isEmpty { appendArguments(text, calls[place], &decoder, &records) }
        return true
    }

    func continueCall(_ record: DeltaRecord, _ stream: inout StreamProgress) {
        let calls = stream.calls ?? ToolCallTable(choices: Int(maxChoices), tools: Int(maxTools))
        stream.calls = calls
        guard let place = calls.place(record.choice, record.tool) ?? calls.addNameless(record.choice, record.tool)
        else { return }
        calls.change(place) {
            $0.isContinuing = true
            $0.isCounted = record.isCounted
        }
    }

    /// Ends a call that went on, and returns what its arguments lack.
    func endPartial(_ place: Int, _ calls: ToolCallTable) -> [UInt8] {
        var text: [UInt8] = []
        calls.change(place) {
            text = $0.partial?.end() ?? []
            $0.partial = nil
            $0.isContinuing = false
        }
        return text
    }

    func appendArguments(
        _ text: [UInt8], _ call: ToolCallTable.Call, _ decoder: inout StringDecoder, _ records: inout RecordList
    ) {
        guard kinds & DeltaKind.toolArguments.bit != 0, let bytes = decoder.append(text) else { return }
        var record = DeltaRecord(kind: .toolArguments, choice: call.choice, tool: call.number)
        record.isCounted = call.isCounted
        record.bytes = bytes
        records.append(record)
    }
}
