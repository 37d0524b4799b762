// Detection of the format: events are buffered until one of them shows it.

extension StreamState {
    mutating func detect(
        _ frame: RawFrame, _ payload: Window, _ event: Window, _ work: inout EngineWork
    ) {
        keepUndetected(
            UndetectedFrame(payload: payload.copy(), event: event.copy(), frame: frame, number: progress.events))
        if isKeepAlive(payload) && !frame.isError && frame.event.length == 0 {
            // Keep-alives never show the format, not even that the text is raw.
            if hasKeptTooMuch { fail(unknownFormat(takeUndetected().first)) }
            return
        }
        do throws(SluiceError) {
            let found = try work.detect(payload, event: event, isError: frame.isError, framing ?? .sse)
            if let found { return try settle(found, &work) }
        } catch {
            return fail(error)
        }
        if hasKeptTooMuch { fail(unknownFormat(takeUndetected().first)) }
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

    /// At the end of the input no payload has shown the format: it may be an error in a form common to many formats, or
    /// unknown.
    mutating func settleAtEnd(_ work: inout EngineWork) throws(SluiceError) {
        let before = work.records.count
        let first = firstUndetected
        try settle(.openAIChat, &work)
        guard work.records.count == before && !progress.sawTerminal else { return }
        var error = unknownFormat(first)
        if let first, progress.frames == 1, framing == .ndjson || framing == .jsonArray {
            error.detail += "; " + SluiceError.hint(forDocument: first.payload)
        }
        fail(error)
    }
}
