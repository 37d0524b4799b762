internal import CSluiceSimdjson

// Detection of the format: events are buffered until one of them shows it, or several are plain text.

extension StreamState {
    /// The number of events of text after which a stream is plain text.
    private static var enoughTexts: Int { 3 }

    mutating func detect(
        _ frame: RawFrame, _ payload: Window, _ event: Window, _ work: inout EngineWork
    ) {
        let quietBefore = detection.kinds.quiet
        detection.keep(
            Detection.BufferedFrame(payload: payload.copy(), event: event.copy(), frame: frame, number: progress.events)
        )
        do throws(SluiceError) {
            if let found = try formatShown(by: frame, payload, event, &work) { return try settle(found, &work) }
        } catch {
            return fail(error)
        }
        if detection.kinds.quiet > quietBefore {
            // Keep-alives without end leave room for the event that shows the format.
            if detection.kinds.quiet > Self.mostQuiet { detection.dropLast() }
        } else if detection.isFull {
            fail(unknownFormat(detection.take().first))
        }
    }

    /// The number of keep-alives that are buffered, because they may turn out to be text.
    private static var mostQuiet: Int { 8 }

    private mutating func formatShown(
        by frame: RawFrame, _ payload: Window, _ event: Window, _ work: inout EngineWork
    ) throws(SluiceError) -> WireFormat? {
        var bare = trimmed(payload)
        if framing == .ndjson && bare.begins("data:") { bare = trimmed(bare.from(5)) }
        if !frame.isError && (isKeepAliveKind(event) || isKeepAlive(bare)) {
            // Keep-alives never show the format. A terminal payload ends the wait for more text.
            let isMarker = bare.isText("[DONE]")
            // A repeated marker says nothing new.
            if !isMarker || detection.kinds.sawMarker { detection.kinds.quiet += 1 }
            detection.kinds.sawMarker = detection.kinds.sawMarker || isMarker
            return isMarker && detection.kinds.texts > 0 && detection.kinds.documents == 0 ? .rawText : nil
        }
        if let found = try work.detect(
            bare, event: event, isError: frame.isError, framing ?? .sse, by: settings.detector)
        {
            return found
        }
        if bare.count > 0 && bare[0] == 0x7B {
            // What begins like a document, but is none, shows nothing.
            guard work.isDocument(bare) else { return nil }
            let scan = EventScan(bare)
            if !frame.isError && isKeepAliveType(bare.slice(scan.type.lowerBound, scan.type.count)) {
                detection.kinds.quiet += 1
                return nil
            }
            detection.kinds.documents += 1
        } else if framing != .sse {
            detection.kinds.documents += 1
        } else if !frame.isError {
            detection.kinds.texts += 1
        }
        let isText = detection.kinds.documents == 0 && detection.kinds.texts >= Self.enoughTexts
        return isText ? .rawText : nil
    }

    private func unknownFormat(_ first: Detection.BufferedFrame?) -> SluiceError {
        SluiceError(
            .unknownFormat, offset: first?.frame.offset ?? 0, event: first?.number ?? 0,
            excerpt: first.map { printableBytes($0.payload) } ?? "",
            detail: SluiceError.detail(of: .unknownFormat, limits))
    }

    /// Sets the detected format, and reads the buffered events first.
    private mutating func settle(_ found: WireFormat, _ work: inout EngineWork) throws(SluiceError) {
        let compiled = try CompiledFormat.of(found, kinds)
        format = compiled
        try readUndetected(compiled, &work)
    }

    private mutating func readUndetected(
        _ compiled: CompiledFormat, _ work: inout EngineWork
    ) throws(SluiceError) {
        for kept in detection.take() where !ending.hasFailed {
            var frame = kept.frame
            guard let payload = work.kept.append(kept.payload), let event = work.kept.append(kept.event) else {
                throw SluiceError(.outOfMemory)
            }
            frame.payload = Slice(region: .kept, offset: payload.offset, length: payload.length)
            frame.event = Slice(region: .kept, offset: event.offset, length: event.length)
            let bytes = work.kept.bytes
            let before = work.records.count
            read(
                frame, bytes.slice(payload.offset, payload.length), event: bytes.slice(event.offset, event.length),
                number: kept.number, compiled, &work)
            if compiled.isNumbered { checkNumbers(from: before, offset: kept.frame.offset, kept.number, &work) }
            Self.stamp(kept.frame.offset, from: before, kinds, &work)
        }
    }

    /// At the end of the input no payload has shown the format: it may be a short text, an error in a form common to many
    /// formats, nothing but keep-alives, or unknown.
    mutating func settleAtEnd(_ work: inout EngineWork) throws(SluiceError) {
        let found = detection.kinds
        if found.documents == 0 && found.texts > 0 { return try settle(.rawText, &work) }
        let first = detection.frames.first
        try readUndetected(CompiledFormat.none, &work)
        if progress.sawError || ending.hasFailed || found.documents + found.texts == 0 { return }
        var error = unknownFormat(first)
        if let first, progress.frames == 1, framing == .ndjson || framing == .jsonArray {
            error.detail += "; " + SluiceError.hint(forDocument: first.payload)
        }
        fail(error)
    }
}
