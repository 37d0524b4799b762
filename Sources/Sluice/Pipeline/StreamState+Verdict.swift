internal import CSluiceSimdjson

// What becomes of a document behind its format's rules: an error, a keep-alive, silent, or unread. docs/READING.md has the rules.

extension StreamState {
    /// Judges the document that the interpreter has read last.
    @inline(__always)
    mutating func judge(
        _ source: Interpreter.Source, _ payload: Window, _ offset: UInt64, _ number: UInt64, _ format: CompiledFormat,
        _ work: inout EngineWork
    ) {
        if work.interpreter.hasRead && !work.interpreter.hasError && !source.isError {
            progress.sawContent = true
        } else {
            judgeOther(source, payload, offset, number, format, &work)
        }
    }

    @inline(never)
    private mutating func judgeOther(
        _ source: Interpreter.Source, _ payload: Window, _ offset: UInt64, _ number: UInt64, _ format: CompiledFormat,
        _ work: inout EngineWork
    ) {
        if work.interpreter.hasError || source.isError {
            progress.sawContent = true
            let subject = work.interpreter.errorWhole
            let isFound = subject != nil || source.isError
            let found =
                isFound ? work.findError(payload, subject: subject, isMarked: source.isError, isWalked: true) : nil
            let hasText = work.interpreter.errorMessage.length > 0 || work.interpreter.errorType.length > 0
            // An array whose first element is falsy.
            if found == nil && subject != nil && !hasText && !source.isError { return }
            return appendError(found, source, payload, offset, &work)
        }
        work.looked(at: payload.count)
        let hasDetail = work.interpreter.hasDetail
        let scan = EventScan(payload)
        let type = payload.slice(scan.type.lowerBound, scan.type.count)
        if isKeepAliveType(type) || scan.keyCount == 0 { return }
        progress.sawContent = true
        let kind = Self.kind(scan, payload, source.event)
        let isEscaped = (0..<kind.count).contains { kind[$0] == 0x5C }
        if scan.mayBeError, let found = work.findError(payload, subject: nil, isMarked: false, isWalked: true) {
            return appendError(found, source, payload, offset, &work)
        }
        let isSilent = format.silentEvents.contains { equals(kind, isEscaped: isEscaped, $0) }
        if isSilent || !scan.hasNews {
            // Events with its template have the same keys, and the same type if conditions compare it.
            let isConstant = isSilent ? type.count > 0 && format.comparesType : !scan.dependsOnEmpty
            let isLearnable = isConstant && !scan.hasErrorKey && !scan.mayBeError
            if isLearnable && work.interpreter.isEmptyProgram { learn(.silent, format, &work) }
            return
        }
        if hasDetail || isDetailed(source, payload, format, &work) { return }
        var name = UnreadName()
        scan.write(kind, to: &name)
        noteUnread(name, offset, number)
    }

    /// Whether details would have been read, if they were asked for.
    private func isDetailed(
        _ source: Interpreter.Source, _ payload: Window, _ format: CompiledFormat, _ work: inout EngineWork
    ) -> Bool {
        guard let detailed = try? format.detailed?.table(), work.parser.walkAgain(payload, detailed.table) == nil else {
            return false
        }
        return Self.hasDetail(
            work.parser, &work.interpreter, payload, source, detailed, &work.decoder, &work.records)
    }

    /// Static, because the parts of the work are accessed at once.
    private static func hasDetail(
        _ parser: borrowing CaptureParser, _ interpreter: inout Interpreter, _ payload: Window,
        _ source: Interpreter.Source, _ format: CompiledFormat, _ decoder: inout StringDecoder,
        _ records: inout RecordList
    ) -> Bool {
        let before = records.count
        // What these rules make of the event is not told.
        var unused = StreamProgress()
        _ = interpreter.read(parser.captures, payload, source, format, &unused, &decoder, &records)
        records.removeAll(from: before)
        return interpreter.hasDetail
    }

    /// An event's `type`, or else its `event_type`, SSE event type, or `object`.
    private static func kind(_ scan: EventScan, _ payload: Window, _ event: Window) -> Window {
        if !scan.type.isEmpty { return payload.slice(scan.type.lowerBound, scan.type.count) }
        if !scan.eventType.isEmpty { return payload.slice(scan.eventType.lowerBound, scan.eventType.count) }
        return event.count > 0 ? event : payload.slice(scan.object.lowerBound, scan.object.count)
    }

    mutating func noteUnread(_ name: UnreadName, _ offset: UInt64, _ number: UInt64) {
        let unread = progress.unread ?? UnreadEvents()
        unread.add(name, offset: offset, event: number)
        progress.unread = unread
    }

    /// Emits an error: what rules read of it, and what was found beside that.
    mutating func appendError(
        _ found: FoundError?, _ source: Interpreter.Source, _ payload: Window, _ offset: UInt64,
        _ work: inout EngineWork, isText: Bool = false
    ) {
        let rules = (message: work.interpreter.errorMessage, type: work.interpreter.errorType)
        let isRead = work.interpreter.hasError
        var record = DeltaRecord(kind: .error)
        if rules.message.length > 0 && !(isText && found != nil) {
            record.bytes = rules.message
        } else if let found {
            record.bytes = Self.text(of: found.message, payload, source, &work)
        } else {
            record.bytes = isRead ? Slice() : isText ? source.payload : Self.trimmed(source.payload, payload)
        }
        record.other = rules.type
        if rules.type.length == 0, let name = found?.name, !name.isEmpty {
            record.other = work.decoder.append(name.utf8) ?? Slice()
        }
        if record.other.length == 0 && source.isErrorNamed { record.other = source.eventSlice }
        if let details = found?.details, details != ErrorDetails() { work.page.add(details, event: offset) }
        work.records.append(record)
        progress.sawError = true
    }

    /// A document without the white space around it.
    private static func trimmed(_ place: Slice, _ payload: Window) -> Slice {
        let start = (0..<payload.count).first { !isSpace(payload[$0]) } ?? 0
        return place.part(start, Sluice.trimmed(payload).count)
    }

    private static func text(
        of capture: Capture, _ payload: Window, _ source: Interpreter.Source, _ work: inout EngineWork
    ) -> Slice {
        let place = source.payload.part(Int(capture.offset), Int(capture.length))
        guard capture.kind == C_SLUICE_ESCAPED else { return place }
        let raw = payload.slice(Int(capture.offset), Int(capture.length))
        var high: UInt16 = 0
        // With an escape that JSON does not define, the string is shown as it was sent.
        guard work.decoder.reserve(raw.count + 6), let text = work.decoder.unescape(raw, pendingHigh: &high) else {
            return place
        }
        return high == 0 ? text : work.interpreter.endedByLoneHalf(text, &work.decoder)
    }
}
