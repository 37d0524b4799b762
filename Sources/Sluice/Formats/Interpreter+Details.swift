internal import CSluiceSimdjson

// Details: what a stream says beside text, calls, usage and errors. docs/READING.md has the rules.

extension Interpreter {
    /// Applies a rule of a detail: emits its value, unless it is empty, or one that came before.
    mutating func applyDetail(
        _ context: Context, _ captures: Span<Capture>, _ payload: Window, _ source: Source, _ format: CompiledFormat,
        _ stream: inout StreamProgress, _ decoder: inout StringDecoder, _ records: inout RecordList
    ) -> Bool {
        hasDetail = true
        let capture = captures[context.index]
        let detail = format.details[Int(context.detail)]
        if detail.isBlock && format.remembersBlocks {
            guard beginBlock(context, captures, payload, source, format, &decoder) else { return false }
            if !format.hasDetails {
                hasProgram = false
                return true
            }
        }
        if context.whole != nil { stream.sawWhole = true }
        if detail.isOnce || context.whole != nil {
            // A program emits no detail, so it applies once they have come.
            program.required |= detail.cameBit
            let before = detail.isOnce ? stream.details : readsBefore
            if before & detail.cameBit != 0 { return true }
        }
        hasProgram = false
        let isContainer = capture.kind == C_SLUICE_CONTAINER
        if capture.length == 0 || isContainer && isFalsy(capture, payload) { return true }
        var record = DeltaRecord(kind: .detail, choice: choice(context, captures, payload, source, format))
        excess = excess(of: record, isTool: false)
        if excess != nil { return false }
        record.isWhole = capture.kind != C_SLUICE_STRING && capture.kind != C_SLUICE_ESCAPED
        guard let bytes = decoded(capture, payload, source, &decoder), let name = decoder.append(detail.name) else {
            return false
        }
        record.bytes = bytes
        record.other = name
        if !detail.isOnce { setBlock(of: &record, context, captures, payload, source, format) }
        stream.details |= detail.cameBit
        records.append(record)
        return true
    }

    // MARK: Types of blocks

    /// The block that a capture belongs to.
    private mutating func block(
        _ index: Int, _ captures: Span<Capture>, _ payload: Window, _ source: Source, _ format: CompiledFormat
    ) -> ToolCallTable.Block {
        let entry = format.paths[Int(captures[index].path)]
        let context = Context(field: .detail, index: index, entry: entry, whole: nil, detail: 0)
        let choice = choice(context, captures, payload, source, format)
        let found = lookedUp(entry.tool, index, captures, payload, source, format)
        let number = found.flatMap { integer(captures[$0], payload) } ?? -1
        return ToolCallTable.Block(choice: choice, number: Int32(clamping: max(-1, number)))
    }

    /// The type with which a capture's block began in an earlier event; 0 for none.
    mutating func blockType(
        _ index: Int, _ captures: Span<Capture>, _ payload: Window, _ source: Source, _ format: CompiledFormat
    ) -> UInt64 {
        guard let blocks else { return 0 }
        return blocks.blocks[block(index, captures, payload, source, format)] ?? 0
    }

    /// Notes that a block begins; false if its type has an invalid escape.
    private mutating func beginBlock(
        _ context: Context, _ captures: Span<Capture>, _ payload: Window, _ source: Source, _ format: CompiledFormat,
        _ decoder: inout StringDecoder
    ) -> Bool {
        guard let type = decoded(captures[context.index], payload, source, &decoder) else { return false }
        let block = block(context.index, captures, payload, source, format)
        begun.append((block, ToolCallTable.hash(window(of: type, payload, source, decoder))))
        return true
    }

    /// Remembers the blocks that have begun; false if there are too many.
    mutating func rememberBlocks(_ stream: inout StreamProgress) -> Bool {
        let known = stream.calls ?? ToolCallTable(choices: Int(maxChoices), tools: Int(maxTools))
        for (block, type) in begun {
            if known.blocks[block] == nil && known.blocks.count >= Int(maxTools) { return false }
            known.blocks[block] = type
        }
        stream.calls = known
        return true
    }

    /// Sets the number of the block that a text or detail belongs to, if the stream numbers blocks.
    mutating func setBlock(
        of record: inout DeltaRecord, _ context: Context, _ captures: Span<Capture>, _ payload: Window,
        _ source: Source, _ format: CompiledFormat
    ) {
        guard record.kind != DeltaKind.finish.rawValue, record.kind != DeltaKind.partial.rawValue,
            let found = lookedUp(context.entry.tool, context.index, captures, payload, source, format)
        else { return }
        guard let number = integer(captures[found], payload), let block = Int32(exactly: number), block >= 0 else {
            // A program would take a number that it can read.
            hasProgram = false
            return
        }
        record.tool = block
        record.hasBlock = true
    }
}
