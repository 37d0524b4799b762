internal import CSluiceSimdjson

// Reads one payload into deltas: a terminal marker, plain text, or a document that simdjson parses and the format's rules read.

extension StreamState {
    mutating func read(
        _ frame: RawFrame, _ payload: Window, event: Window, number: UInt64, _ format: CompiledFormat,
        _ work: inout EngineWork, _ walk: Walk = .notYet
    ) {
        if framing == .ndjson && payload.count > 0 && payload[0] != 0x7B {
            // Server-Sent Events whose first line was a document.
            if payload.begins("data:") { return readField(frame, payload, number: number, format, &work) }
            if isFieldLine(payload) { return }
        }
        readData(frame, payload, event: event, number: number, format, &work, walk)
    }

    private mutating func readData(
        _ frame: RawFrame, _ payload: Window, event: Window, number: UInt64, _ format: CompiledFormat,
        _ work: inout EngineWork, _ walk: Walk
    ) {
        let isQuiet = !frame.isError && isKeepAliveKind(event)
        let bare = format.isText ? payload : trimmed(payload)
        if bare.count == 0 || bare[0] != 0x7B || format.isText {
            // A terminal payload ends the stream whatever its event is called.
            if isTerminal(bare, format) {
                if kinds.hasPayloads { appendPayload(frame.payload, frame, event, isJSON: false, &work) }
                return readTerminal(frame.payload, format, &work)
            }
            if isQuiet { return }
            if format.isText { return readText(frame, payload, event, number: number, format, &work) }
            if isKeepAlive(bare) && !frame.isError { return }
        } else if isQuiet || bare.count <= 2 && isKeepAlive(bare) && !frame.isError {
            return
        }
        readDocument(frame, payload, event: event, number: number, format, &work, walk)
    }

    /// Reads the value of a `data:` line in NDJSON.
    private mutating func readField(
        _ frame: RawFrame, _ line: Window, number: UInt64, _ format: CompiledFormat, _ work: inout EngineWork
    ) {
        let start = line.count > 5 && line[5] == 0x20 ? 6 : 5
        var inner = frame
        inner.payload = frame.payload.part(start, line.count - start)
        readData(inner, line.from(start), event: .empty, number: number, format, &work, .notYet)
    }

    private mutating func readTerminal(_ payload: Slice, _ format: CompiledFormat, _ work: inout EngineWork) {
        progress.calls?.begin()
        settleCalls(&work.interpreter, &work.decoder, &work.records)
        progress.sawTerminal = true
        // A payload that was buffered until the format was known is not the one at hand.
        if payload.region != .kept { learn(.marker, format, &work) }
    }

    private mutating func settleCalls(
        _ interpreter: inout Interpreter, _ decoder: inout StringDecoder, _ records: inout RecordList
    ) {
        interpreter.settleAllCalls(progress, &decoder, &records)
    }

    // Mutating, because a borrow of the stream's state would copy it.
    @inline(__always)
    private mutating func source(
        _ frame: RawFrame, _ event: Window, _ work: inout EngineWork
    ) -> Interpreter.Source {
        Interpreter.Source(
            payload: frame.payload, event: event,
            eventSlice: frame.isError ? text(frame.event, event, &work) : frame.event,
            isError: frame.isError, isErrorNamed: frame.isError && framing == .awsEventStream)
    }

    private mutating func readDocument(
        _ frame: RawFrame, _ payload: Window, event: Window, number: UInt64, _ format: CompiledFormat,
        _ work: inout EngineWork, _ walk: Walk
    ) {
        let source = source(frame, event, &work)
        let before = work.records.count
        if kinds.hasPayloads { appendPayload(frame.payload, frame, event, &work) }
        let checkpoint = progress.checkpoint
        let code = readDocument(source, payload, frame, number: number, format, &work, walk)
        guard let code else { return }
        // An event that fails halfway leaves nothing but its error.
        work.records.removeAll(from: before)
        progress.restore(checkpoint)
        progress.sawContent = true
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
        let event = input.frame.event
        if format.terminalLengths >> UInt64(min(payload.count, 63)) & 1 != 0 && isTerminal(payload, format) {
            progress.sawTerminal = true
            if kinds.hasPayloads { appendPayload(place, input.frame, window(of: event), isJSON: false, &work) }
            return
        }
        if event.length > 0 && isKeepAliveKind(window(of: event)) { return }
        guard payload.count > 0 else { return }
        progress.sawContent = true
        if kinds & (DeltaKind.text.bit | DeltaKind.payload.bit) == 0 { return }
        var record = DeltaRecord(kind: .text)
        // A line in the chunk is followed by more bytes.
        record.bytes = text(place, place.region == .chunk ? input.chunk.from(place.offset) : payload, &work)
        if kinds.hasPayloads { appendPayload(record.bytes, input.frame, window(of: event), isJSON: false, &work) }
        if kinds & DeltaKind.text.bit == 0 { return }
        record.event = input.frame.offset
        work.records.append(record)
        if work.run.left == 0 { learn(.text, format, &work) }
    }

    private mutating func readText(
        _ frame: RawFrame, _ payload: Window, _ event: Window, number: UInt64, _ format: CompiledFormat,
        _ work: inout EngineWork
    ) {
        var valid = source(frame, event, &work)
        valid.payload = text(frame.payload, payload, &work)
        if kinds.hasPayloads { appendPayload(valid.payload, frame, event, isJSON: false, &work) }
        let wasTerminal = progress.sawTerminal
        progress.sawTerminal = false
        let isEmpty = isKeepAlive(trimmed(payload))
        work.interpreter.readText(valid, isEmpty: isEmpty, format, &progress, &work.records)
        let isContent = payload.count > 0 || frame.isError || progress.sawTerminal
        if isContent { progress.sawContent = true }
        progress.sawTerminal = progress.sawTerminal || wasTerminal
        if work.interpreter.hasError || frame.isError {
            let isDocument = payload.count > 0 && payload[0] == 0x7B
            let found = isDocument ? work.findError(payload, subject: nil, isMarked: true) : nil
            appendError(found, valid, payload, frame.offset, &work, isText: true)
        } else if !work.interpreter.hasRead && payload.count > 0 {
            if format.silentEvents.contains(where: { equals(event, isEscaped: false, $0) }) { return }
            var name = UnreadName()
            if event.count > 0 { name.append(event) } else { name.append("message") }
            noteUnread(name, frame.offset, number)
        }
    }

    /// Appends the payload of an event, which has to be valid UTF-8 unless it is dropped again.
    mutating func appendPayload(
        _ payload: Slice, _ frame: RawFrame, _ event: Window, isJSON: Bool = true, _ work: inout EngineWork
    ) {
        var record = DeltaRecord(kind: .payload)
        record.bytes = payload
        record.other = text(frame.event, event, &work)
        record.isWhole = isJSON
        record.event = frame.offset
        work.records.append(record)
    }

    /// The first bytes of `bytes` as text: validated as UTF-8, and a repaired copy if they are invalid.
    @inline(__always)
    private func text(_ slice: Slice, _ bytes: Window, _ work: inout EngineWork) -> Slice {
        work.otherLooks &+= UInt64(slice.length)
        return isUTF8(bytes, slice.length) ? slice : repaired(slice, bytes.slice(0, slice.length), &work)
    }

    private func repaired(_ slice: Slice, _ bytes: Window, _ work: inout EngineWork) -> Slice {
        guard let repaired = work.documents.append(repairedUTF8(bytes).utf8) else { return slice }
        return Slice(region: .document, offset: repaired.offset, length: repaired.length)
    }

    /// Parses one document and reads it by the format's rules; returns nil on success.
    private mutating func readDocument(
        _ source: Interpreter.Source, _ payload: Window, _ frame: RawFrame, number: UInt64, _ format: CompiledFormat,
        _ work: inout EngineWork, _ walk: Walk
    ) -> SluiceError.Code? {
        if let failure = failure(of: walk, source, payload, format, &work) {
            return SluiceError.code(of: failure.status)
        }
        let outcome = interpret(
            work.parser, &work.interpreter, payload, source, format, &work.decoder, &work.records)
        switch outcome {
        case .done:
            if work.keepsPrograms && work.interpreter.isKept {
                work.parser.keep(work.interpreter.program, format.table)
            }
            judge(source, payload, frame.offset, number, format, &work)
            return nil
        case .failed(let code): return code
        case .document(let capture):
            let text = payload.slice(Int(capture.offset), Int(capture.length))
            return readEmbedded(
                text, isEscaped: capture.kind == C_SLUICE_ESCAPED, source, frame, number: number, format, &work)
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
        guard payload.region == .chunk, payload.length > 0, framer.hasLines else { return nil }
        let rest = input.chunk.from(payload.offset)
        return rest.slice(0, work.templates.indexable(payload.length, of: rest.count, work.parser))
    }

    private mutating func interpret(
        _ parser: borrowing CaptureParser, _ interpreter: inout Interpreter, _ payload: Window,
        _ source: Interpreter.Source, _ format: CompiledFormat, _ decoder: inout StringDecoder,
        _ records: inout RecordList
    ) -> Interpreter.Outcome {
        interpreter.read(
            parser.captures, payload, source, format, &progress, &decoder, &records)
    }

    /// Reads a base64 document inside another: decodes it, then reads it by the same rules.
    private mutating func readEmbedded(
        _ string: Window, isEscaped: Bool, _ outer: Interpreter.Source, _ frame: RawFrame, number: UInt64,
        _ format: CompiledFormat, _ work: inout EngineWork
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
        judge(inner, document, frame.offset, number, format, &work)
        return nil
    }

    func isTerminal(_ payload: Window, _ format: CompiledFormat) -> Bool {
        for marker in format.terminalPayloads where equals(payload, isEscaped: false, marker) { return true }
        return false
    }
}
