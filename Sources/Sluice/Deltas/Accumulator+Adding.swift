// Adding deltas, and what happens if they exceed limits.

/// A placeholder for a missing sink. It holds a byte so that it has a unique address: an empty value passed as `inout` has one
/// address in all threads, which the thread sanitizer reports as a race.
struct NoSink: SpillSink {
    private var place: UInt8 = 0

    mutating func take(_ bytes: RawSpan, of part: Accumulator.Part) throws(SluiceError) {}
}

extension Accumulator.Choice {
    /// Adds a call, and returns its position.
    @discardableResult
    fileprivate mutating func append(_ call: Accumulator.ToolCall) -> Int {
        numbered[call.number, default: Numbered()].call = toolCalls.count
        toolCalls.append(call)
        return toolCalls.count - 1
    }

    /// Adds bytes to a text. Returns whether a block has begun.
    fileprivate mutating func append(
        _ bytes: RawSpan, to field: Accumulator.Part.Field, _ number: Int?, _ mayBegin: Bool
    ) -> Bool {
        let window = Window(lending: bytes)
        switch field {
        case .text: window.append(to: &textBytes)
        case .reasoning: window.append(to: &reasoningBytes)
        case .toolPlan: window.append(to: &toolPlanBytes)
        case .refusal: window.append(to: &refusalBytes)
        case .arguments(let call): window.append(to: &toolCalls[call].argumentBytes)
        }
        return extend(field, number, by: bytes.byteCount, mayBegin: mayBegin)
    }
}

extension Accumulator {
    mutating func add<Sink: SpillSink & ~Copyable>(
        _ delta: borrowing some DeltaContent & ~Escapable, _ sink: inout Sink, hasSink: Bool
    ) throws(SluiceError) {
        switch delta.kind {
        case .text: try append(delta, to: .text, &sink, hasSink)
        case .reasoning: try append(delta, to: delta.isToolPlan ? .toolPlan : .reasoning, &sink, hasSink)
        case .refusal: try append(delta, to: .refusal, &sink, hasSink)
        case .finish: try finish(delta)
        case .toolCall: try beginCall(delta)
        case .toolArguments: try appendArguments(delta, &sink, hasSink)
        case .usage:
            var counts = usage ?? Usage(input: nil, output: nil)
            counts.take(input: delta.inputTokens, output: delta.outputTokens, isWhole: delta.isWhole)
            usage = counts
        case .partial: if try hold(delta.bytes.byteCount, delta) { partial = (partial ?? "") + delta.string }
        case .error:
            error = StreamError(
                type: delta.errorTypeString, message: delta.string, details: delta.errorDetails)
        case .malformed: if let problem = delta.problem { note(problem) }
        case .detail: try addDetail(delta)
        case .payload: break
        }
    }

    private mutating func note(_ problem: SluiceError) {
        problemCount += 1
        if problems.count < limits.maxProblems { problems.append(problem) }
    }

    // MARK: Text

    private mutating func append<Sink: SpillSink & ~Copyable>(
        _ delta: borrowing some DeltaContent & ~Escapable, to field: Part.Field, _ sink: inout Sink, _ hasSink: Bool
    ) throws(SluiceError) {
        guard try open(delta) else { return }
        try append(delta.bytes, to: Part(choice: delta.choice, field: field), delta, &sink, hasSink)
    }

    private mutating func append<Sink: SpillSink & ~Copyable>(
        _ bytes: RawSpan, to part: Part, _ delta: borrowing some DeltaContent & ~Escapable, _ sink: inout Sink,
        _ hasSink: Bool
    ) throws(SluiceError) {
        if dropsText {
            droppedBytes += UInt64(bytes.byteCount)
            return
        }
        if heldBytes + bytes.byteCount > limits.maxAccumulatedBytes {
            guard hasSink else {
                dropsText = try drop(.answerTooLarge, delta)
                return
            }
            try spill(to: &sink)
            if bytes.byteCount > limits.maxAccumulatedBytes {
                try sink.take(bytes, of: part)
                extend(part, delta.block, by: bytes.byteCount)
                spilledBytes += UInt64(bytes.byteCount)
                return
            }
        }
        heldBytes += bytes.byteCount
        let mayBegin = blockCount < Self.mostBlocks
        let hasBegun = choices[part.choice, default: Choice()].append(bytes, to: part.field, delta.block, mayBegin)
        if hasBegun { blockCount += 1 }
    }

    private mutating func extend(_ part: Part, _ number: Int?, by count: Int) {
        let mayBegin = blockCount < Self.mostBlocks
        let hasBegun = choices[part.choice, default: Choice()].extend(part.field, number, by: count, mayBegin: mayBegin)
        if hasBegun { blockCount += 1 }
    }

    mutating func spill<Sink: SpillSink & ~Copyable>(
        _ choice: Int, _ field: Part.Field, _ bytes: WritableKeyPath<Choice, [UInt8]>, _ sink: inout Sink
    ) throws(SluiceError) {
        guard let held = choices[choice]?[keyPath: bytes], !held.isEmpty else { return }
        try sink.take(held.span.rawBytes, of: Part(choice: choice, field: field))
        choices[choice]?[keyPath: bytes] = []
        heldBytes -= held.count
        spilledBytes += UInt64(held.count)
    }

    // MARK: Calls

    private mutating func beginCall(_ delta: borrowing some DeltaContent & ~Escapable) throws(SluiceError) {
        guard try open(delta) else { return }
        let id = delta.toolIDString
        let name = delta.toolNameString
        let number = delta.tool
        if let known = choices[delta.choice]?.numbered[number]?.call,
            let call = choices[delta.choice]?.toolCalls[known],
            delta.isContinuation || (call.id == nil && call.name == nil)
        {
            let isNewID = call.id == nil && !id.isEmpty
            guard try hold((isNewID ? id.utf8.count : 0) + name.utf8.count, delta) else { return }
            if isNewID { choices[delta.choice]?.toolCalls[known].id = id }
            if !name.isEmpty { choices[delta.choice]?.toolCalls[known].name = (call.name ?? "") + name }
            return
        }
        guard try hold(id.utf8.count + name.utf8.count, delta), try countCall(delta) else {
            dropsCalls = true
            return
        }
        append(
            ToolCall(
                index: delta.isToolCounted ? nil : number, id: id.isEmpty ? nil : id,
                name: name.isEmpty ? nil : name, origin: delta.toolOrigin, number: number),
            toChoice: delta.choice)
    }

    private mutating func appendArguments<Sink: SpillSink & ~Copyable>(
        _ delta: borrowing some DeltaContent & ~Escapable, _ sink: inout Sink, _ hasSink: Bool
    ) throws(SluiceError) {
        guard try open(delta) else { return }
        if dropsCalls {
            droppedBytes += UInt64(delta.bytes.byteCount)
            return
        }
        let number = delta.tool
        var position = choices[delta.choice]?.numbered[number]?.call
        if position == nil {
            guard try countCall(delta) else {
                dropsCalls = true
                return
            }
            position = append(
                ToolCall(index: delta.isToolCounted ? nil : number, number: number), toChoice: delta.choice)
        }
        let part = Part(choice: delta.choice, field: .arguments(toolCall: position ?? 0))
        if delta.isWhole, let form = CanonicalJSON.form(of: Window(lending: delta.bytes).copy()) {
            try append(form.span.rawBytes, to: part, delta, &sink, hasSink)
        } else {
            try append(delta.bytes, to: part, delta, &sink, hasSink)
        }
    }

    /// Adds a call, and returns its position.
    @discardableResult
    private mutating func append(_ call: ToolCall, toChoice choice: Int) -> Int {
        let mayBegin = blockCount < Self.mostBlocks
        let position = choices[choice]?.append(call) ?? 0
        let hasBegun = choices[choice]?.extend(toCall: position, call.index, mayBegin: mayBegin) ?? false
        if hasBegun { blockCount += 1 }
        return position
    }

    /// Whether another call may be stored.
    private mutating func countCall(_ delta: borrowing some DeltaContent & ~Escapable) throws(SluiceError) -> Bool {
        if callCount >= limits.maxToolCalls { return try !drop(.tooManyToolCalls, delta) }
        callCount += 1
        return true
    }

    // MARK: Details

    private mutating func addDetail(_ delta: borrowing some DeltaContent & ~Escapable) throws(SluiceError) {
        let name = delta.nameString
        let value = delta.string
        var counts = usage ?? Usage(input: nil, output: nil)
        if counts.set(name, value) {
            usage = counts
            return
        }
        let detail = Detail(name: name, value: value, isJSON: delta.isJSON)
        if Self.isLatest(name), let place = details.firstIndex(where: { $0.name == name }) {
            guard try hold(value.utf8.count - details[place].value.utf8.count, delta) else { return }
            details[place] = detail
            return
        }
        guard try hold(name.utf8.count + value.utf8.count, delta) else { return }
        if Self.isOfAnswer(name) || Self.isLatest(name) { return details.append(detail) }
        guard try open(delta) else { return }
        let mayBegin = blockCount < Self.mostBlocks
        let hasBegun = choices[delta.choice]?.add(detail, delta.block, mayBegin: mayBegin) ?? false
        if hasBegun { blockCount += 1 }
    }

    /// Whether the last value of a detail counts.
    private static func isLatest(_ name: String) -> Bool { name == Field.usage.rawValue || name == Field.cost.rawValue }

    /// Whether a detail belongs to the whole answer rather than to a block.
    private static func isOfAnswer(_ name: String) -> Bool { Field.onceDetails.contains { $0.rawValue == name } }

    // MARK: Choices

    private mutating func finish(_ delta: borrowing some DeltaContent & ~Escapable) throws(SluiceError) {
        let reason = delta.string
        guard try open(delta) else { return }
        let before = choices[delta.choice]?.finishReason?.utf8.count ?? 0
        guard try hold(reason.utf8.count - before, delta) else { return }
        choices[delta.choice]?.finishReason = reason
    }

    /// Adds the delta's choice if it is new; false if there are too many.
    private mutating func open(_ delta: borrowing some DeltaContent & ~Escapable) throws(SluiceError) -> Bool {
        if choices.index(forKey: delta.choice) != nil { return true }
        if choices.count >= limits.maxChoices { return try !drop(.tooManyChoices, delta) }
        choices[delta.choice] = Choice()
        return true
    }

    /// Whether this many more bytes of ids, names and reasons may be stored.
    private mutating func hold(_ bytes: Int, _ delta: borrowing some DeltaContent & ~Escapable) throws(SluiceError)
        -> Bool
    {
        if nameBytes + bytes > limits.maxAccumulatedBytes { return try !drop(.answerTooLarge, delta) }
        nameBytes += bytes
        return true
    }

    /// Drops a delta and reports it, or throws if the limits say so. Always returns true.
    private mutating func drop(_ code: SluiceError.Code, _ delta: borrowing some DeltaContent & ~Escapable)
        throws(SluiceError) -> Bool
    {
        let excess =
            switch code {
            case .tooManyChoices: "the answer has more choices than maxChoices, \(limits.maxChoices)"
            case .tooManyToolCalls: "the answer has more tool calls than maxToolCalls, \(limits.maxToolCalls)"
            default: "the answer is larger than maxAccumulatedBytes, \(limits.maxAccumulatedBytes) bytes"
            }
        let isSkipped = limits.whenExceeded == .skip
        let error = SluiceError(
            code, offset: delta.eventOffset, detail: excess + (isSkipped ? "; the rest was dropped" : ""))
        guard isSkipped else { throw error }
        if [.text, .reasoning, .refusal, .toolArguments].contains(delta.kind) {
            droppedBytes += UInt64(delta.bytes.byteCount)
        }
        note(error)
        return true
    }
}
