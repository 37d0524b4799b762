internal import CSluiceSimdjson

// Reads one payload into deltas: a terminal marker, plain text, or a document that simdjson parses and the format's rules read.

extension StreamState {
    mutating func read(
        _ frame: RawFrame, _ payload: Window, event: Window, number: UInt64, _ format: CompiledFormat,
        _ work: inout EngineWork, _ walk: Walk = .notYet
    ) {
        let source = Interpreter.Source(
            payload: frame.payload, event: event,
            eventSlice: frame.isError ? text(frame.event, event, &work) : frame.event,
            isError: frame.isError, isErrorNamed: frame.isError && framing == .awsEventStream)
        let first = payload.count > 0 ? payload[0] : 0
        if first != 0x7B || format.isText {
            if isTerminal(payload, format) {
                progress.sawTerminal = true
                teachMarker(source.payload, format, &work)
                return
            }
            if format.isText { return readText(source, payload, format, &work) }
            if isKeepAlive(payload) && !frame.isError { return }
        }
        let before = work.records.count
        let checkpoint = progress.checkpoint
        let code = readDocument(source, payload, format, &work, walk)
        guard let code else { return }
        // An event that fails halfway leaves nothing but its error.
        work.records.removeAll(from: before)
        progress.restore(checkpoint)
        if frame.isError {
            // An error event whose data is not a document of the format: the data is the message.
            var record = DeltaRecord(kind: .error)
            record.bytes = text(frame.payload, payload, &work)
            work.records.append(record)
            progress.sawError = true
            return
        }
        let actual = frame.isUnterminated && !code.isOfLimit ? SluiceError.Code.incompleteEvent : code
        let excerpt = printable(payload)
        report(
            SluiceError(
                actual, offset: frame.offset, event: number, excerpt: excerpt,
                detail: detail(of: actual, payload, number: number)), &work)
    }

    /// Reads the current frame, whose payload is plain text: the fast path of `read`.
    mutating func takeText(_ format: CompiledFormat, _ work: inout EngineWork) {
        let place = input.frame.payload
        let payload = window(of: place)
        if format.terminalLengths >> UInt64(min(payload.count, 63)) & 1 != 0 && isTerminal(payload, format) {
            progress.sawTerminal = true
            return
        }
        guard payload.count > 0, kinds & DeltaKind.text.bit != 0 else { return }
        var record = DeltaRecord(kind: .text)
        // A line in the chunk is followed by more bytes.
        record.bytes = text(place, place.region == .chunk ? input.chunk.from(place.offset) : payload, &work)
        record.event = input.frame.offset
        work.records.append(record)
        if work.run.left == 0 && limits.maxSkeletons > 0 { teachText(format, &work) }
    }

    private mutating func readText(
        _ source: Interpreter.Source, _ payload: Window, _ format: CompiledFormat, _ work: inout EngineWork
    ) {
        var valid = source
        valid.payload = text(source.payload, payload, &work)
        work.interpreter.readText(valid, format, &progress, &work.records)
    }

    /// The first bytes of `bytes` as text: validated as UTF-8, and a repaired copy if they are invalid.
    @inline(__always)
    private func text(_ slice: Slice, _ bytes: Window, _ work: inout EngineWork) -> Slice {
        work.textLooks &+= UInt64(slice.length)
        return isUTF8(bytes, slice.length) ? slice : repaired(slice, bytes.slice(0, slice.length), &work)
    }

    private func repaired(_ slice: Slice, _ bytes: Window, _ work: inout EngineWork) -> Slice {
        guard let repaired = work.documents.append(repairedUTF8(bytes).utf8) else { return slice }
        return Slice(region: .document, offset: repaired.offset, length: repaired.length)
    }

    /// Parses one document and reads it by the format's rules; returns nil on success.
    private mutating func readDocument(
        _ source: Interpreter.Source, _ payload: Window, _ format: CompiledFormat, _ work: inout EngineWork,
        _ walk: Walk
    ) -> SluiceError.Code? {
        if let failure = failure(of: walk, source, payload, format, &work) {
            return SluiceError.code(of: failure.status)
        }
        let outcome = interpret(
            work.parser, &work.interpreter, payload, source, format, &work.decoder, &work.records)
        switch outcome {
        case .done: return nil
        case .failed(let code): return code
        case .document(let capture):
            let text = payload.slice(Int(capture.offset), Int(capture.length))
            return readEmbedded(text, isEscaped: capture.kind == C_SLUICE_ESCAPED, source, format, &work)
        }
    }

    private func failure(
        of walk: Walk, _ source: Interpreter.Source, _ payload: Window, _ format: CompiledFormat,
        _ work: inout EngineWork
    ) -> CaptureParser.Failure? {
        if case .done(let failure) = walk { return failure }
        let window = ahead(of: source.payload, &work) ?? payload
        return work.parser.walk(window, length: payload.count, format.table)
    }

    /// The payload and all lines after it in the chunk, if each payload is a line.
    @inline(__always)
    func ahead(of payload: Slice, _ work: inout EngineWork) -> Window? {
        guard payload.region == .chunk, payload.length > 0, framing == .sse || framing == .ndjson else { return nil }
        let rest = input.chunk.from(payload.offset)
        if work.lookahead >= EngineWork.largestLookahead { return rest }
        let count = min(rest.count, payload.length + work.lookahead)
        work.lookahead = work.lookahead * 2 + 512
        return rest.slice(0, count)
    }

    private mutating func interpret(
        _ parser: borrowing CaptureParser, _ interpreter: inout Interpreter, _ payload: Window,
        _ source: Interpreter.Source, _ format: CompiledFormat, _ decoder: inout StringDecoder,
        _ records: inout RecordList
    ) -> Interpreter.Outcome {
        interpreter.read(
            parser.captures, shape: parser.shape, payload, source, format, &progress, &decoder, &records)
    }

    /// Reads a base64 document inside another: decodes it, then reads it by the same rules.
    private mutating func readEmbedded(
        _ string: Window, isEscaped: Bool, _ outer: Interpreter.Source, _ format: CompiledFormat,
        _ work: inout EngineWork
    ) -> SluiceError.Code? {
        var text = string
        if isEscaped {
            // Writers that escape every solidus do so in base64 too.
            var high: UInt16 = 0
            guard work.decoder.reserve(string.count + 3) else { return .outOfMemory }
            guard let plain = work.decoder.unescape(string, pendingHigh: &high) else { return .invalidEscape }
            text = work.decoder.bytes.slice(plain.offset, plain.length)
        }
        guard work.documents.reserve(text.count + 3) else { return .outOfMemory }
        guard let slice = work.documents.decodeBase64(text) else { return .invalidBase64 }
        let document = work.documents.bytes.slice(slice.offset, slice.length)
        if let failure = work.parser.walk(document, length: document.count, format.table) {
            return SluiceError.code(of: failure.status)
        }
        var inner = outer
        inner.payload = Slice(region: .document, offset: slice.offset, length: slice.length)
        let outcome = interpret(
            work.parser, &work.interpreter, document, inner, format, &work.decoder, &work.records)
        if case .failed(let code) = outcome { return code }
        return nil
    }

    func isTerminal(_ payload: Window, _ format: CompiledFormat) -> Bool {
        for marker in format.terminalPayloads where equals(payload, isEscaped: false, marker) { return true }
        return false
    }

    /// Whether the data is a keep-alive or empty.
    func isKeepAlive(_ payload: Window) -> Bool {
        payload.count == 0 || payload[0] == 0x3A || payload.matches(0, payload.count, "\"\"")
            || payload.matches(0, payload.count, "[DONE]")
    }
}
