internal import CSluiceSimdjson

// Detection of the format: events are buffered until one of them shows it, or several are plain text.

/// What the buffered events have in common, if none shows the format.
struct Undetected {
    /// Events with data that begins like no document.
    var texts = 0
    /// Events with documents.
    var documents = 0
    /// Keep-alives and terminal payloads.
    var quiet = 0
    var sawMarker = false
}

extension StreamState {
    /// The number of events of text after which a stream is plain text.
    private static var enoughTexts: Int { 3 }

    mutating func detect(
        _ frame: RawFrame, _ payload: Window, _ event: Window, _ work: inout EngineWork
    ) {
        let quietBefore = undetectedKinds.quiet
        keepUndetected(
            UndetectedFrame(payload: payload.copy(), event: event.copy(), frame: frame, number: progress.events))
        do throws(SluiceError) {
            if let found = try formatShown(by: frame, payload, event, &work) { return try settle(found, &work) }
        } catch {
            return fail(error)
        }
        if undetectedKinds.quiet > quietBefore {
            // Keep-alives without end leave room for the event that shows the format.
            if undetectedKinds.quiet > Self.mostQuiet { dropLastUndetected() }
        } else if hasKeptTooMuch {
            fail(unknownFormat(takeUndetected().first))
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
            if !isMarker || undetectedKinds.sawMarker { undetectedKinds.quiet += 1 }
            undetectedKinds.sawMarker = undetectedKinds.sawMarker || isMarker
            return isMarker && undetectedKinds.texts > 0 && undetectedKinds.documents == 0 ? .rawText : nil
        }
        if let found = try work.detect(bare, event: event, isError: frame.isError, framing ?? .sse) { return found }
        if bare.count > 0 && bare[0] == 0x7B {
            // What begins like a document, but is none, shows nothing.
            guard work.isDocument(bare) else { return nil }
            let scan = EventScan(bare)
            if !frame.isError && isKeepAliveType(bare.slice(scan.type.lowerBound, scan.type.count)) {
                undetectedKinds.quiet += 1
                return nil
            }
            undetectedKinds.documents += 1
        } else if framing != .sse {
            undetectedKinds.documents += 1
        } else if !frame.isError {
            undetectedKinds.texts += 1
        }
        let isText = undetectedKinds.documents == 0 && undetectedKinds.texts >= Self.enoughTexts
        return isText ? .rawText : nil
    }

    private func unknownFormat(_ first: UndetectedFrame?) -> SluiceError {
        SluiceError(
            .unknownFormat, offset: first?.frame.offset ?? 0, event: first?.number ?? 0,
            excerpt: first.map { printableBytes($0.payload) } ?? "",
            detail: SluiceError.detail(of: .unknownFormat, limits))
    }

    /// Sets the detected format, and reads the buffered events first.
    private mutating func settle(_ found: WireFormat, _ work: inout EngineWork) throws(SluiceError) {
        let compiled = try CompiledFormat.of(found)
        format = compiled
        try readUndetected(compiled, &work)
    }

    private mutating func readUndetected(
        _ compiled: CompiledFormat, _ work: inout EngineWork
    ) throws(SluiceError) {
        for kept in takeUndetected() where !hasFailed {
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
        let found = undetectedKinds
        if found.documents == 0 && found.texts > 0 { return try settle(.rawText, &work) }
        let first = firstUndetected
        try readUndetected(CompiledFormat.none, &work)
        if progress.sawError || hasFailed || found.documents + found.texts == 0 { return }
        var error = unknownFormat(first)
        if let first, progress.frames == 1, framing == .ndjson || framing == .jsonArray {
            error.detail += "; " + SluiceError.hint(forDocument: first.payload)
        }
        fail(error)
    }
}
