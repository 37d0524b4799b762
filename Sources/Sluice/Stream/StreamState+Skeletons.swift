internal import CSluiceSimdjson

// Events that are known by their bytes: neither framed nor parsed, but compared (see skeletons.hpp).

extension StreamState {
    /// Reads the events from `start` on that have known skeletons; false where the next is one of them, but cannot be
    /// read.
    mutating func takeKnown(from start: Int, _ format: CompiledFormat, _ work: inout EngineWork) -> Bool {
        takeKnown(from: start, upTo: input.chunk.count, format, &work)
    }

    /// Whether the bytes from `start` on can be a known event, or the beginning of one that is put by. What a small chunk
    /// ends with is not compared where it is shorter than what was known last; but a whole chunk may be another's, which is
    /// of shorter events.
    @inline(__always)
    func mayHoldKnown(from start: Int, _ work: inout EngineWork) -> Bool {
        let count = input.chunk.count
        let isEnd = count < Self.leastChunk && (start > 0 || count < Self.leastEvent)
        work.wasTooShort = isEnd && count - start < work.leastKnown
        return !work.wasTooShort
    }
    /// Hardly any event has fewer bytes.
    private static var leastEvent: Int { 48 }

    private mutating func takeKnown(
        from start: Int, upTo end: Int, _ format: CompiledFormat, _ work: inout EngineWork
    ) -> Bool {
        let offset = input.streamOffset(of: start)
        let source = CaptureParser.Source(
            window: input.chunk.slice(start, end - start), position: start, streamOffset: offset, kinds: kinds,
            maxEventBytes: limits.maxEventBytes)
        let first = work.records.count
        let run = work.parser.readKnown(
            source, format.table, room: Self.recordsPerRefill - first, &work.records)
        work.leastKnown = run.least
        work.pause = run.pause
        guard run.events > 0 else {
            if run.isCut { noteCut(at: start) }
            if cut == .ahead { jump(to: start, &work.scanner) }
            return true
        }
        let checkpoint = format.isNumbered ? progress.checkpoint : nil
        if run.escapedCount > 0 || !progress.pendingSurrogates.isEmpty {
            if let bad = decode(from: first, run, in: input.chunk, &work) {
                // The run is cut before the event that cannot be read, and only what is before it read again.
                let cut = start + Int(work.records[bad].event - offset)
                work.records.removeAll(from: first)
                if cut > start { _ = takeKnown(from: start, upTo: cut, format, &work) }
                return false
            }
        }
        if format.isNumbered, let bad = settleNumbers(from: first, &work) {
            // So too where the stream's numbers do not fit: the event's own number is part of what is told.
            let cut = start + Int(work.records[bad].event - offset)
            work.records.removeAll(from: first)
            if let checkpoint { progress.restore(checkpoint) }
            if cut > start { _ = takeKnown(from: start, upTo: cut, format, &work) }
            return false
        }
        progress.events += UInt64(run.events)
        progress.frames += UInt64(run.events)
        if run.isTerminal { progress.sawTerminal = true }
        jump(to: start + run.bytes, &work.scanner)
        if limits.maxSkeletons > 0 { work.lookahead = 0 }
        cut = .none
        if run.isCut && end == input.chunk.count { noteCut(at: start + run.bytes) }
        return true
    }

    /// Reads the frame at hand, which was cut and carried, if it has a known skeleton. Its delimiters have been found, but
    /// it need not be parsed.
    mutating func takeKnownCarried(_ format: CompiledFormat, _ work: inout EngineWork) -> Bool {
        guard framing == .sse || framing == .ndjson, !format.isText, work.pause == 0,
            !input.frame.isUnterminated
        else { return false }
        return readCarried(input.carried, at: input.frame.offset, isOne: true, format, &work).events == 1
    }

    /// Reads the event of a known skeleton at the beginning of what is carried; where `isOne` says so, only if it is all of
    /// it. The deltas come with the result: a result without events has none.
    mutating func readCarried(
        _ bytes: Window, at offset: UInt64, isOne: Bool = false, _ format: CompiledFormat, _ work: inout EngineWork
    ) -> CaptureParser.Run {
        let first = work.records.count
        let source = CaptureParser.Source(
            window: bytes, position: 0, streamOffset: offset, kinds: kinds, maxEventBytes: limits.maxEventBytes)
        // Room for one event: what is behind it has a longer way to go where it lies in the chunk.
        var run = work.parser.readKnown(source, format.table, room: CaptureParser.leastRoom, &work.records)
        work.leastKnown = run.least
        let isFit = isOne ? run.events == 1 && run.bytes == bytes.count : run.events > 0
        let checkpoint = format.isNumbered ? progress.checkpoint : nil
        let isDecoded = isFit && (run.escapedCount == 0 && progress.pendingSurrogates.isEmpty)
        guard isDecoded || (isFit && decode(from: first, run, in: bytes, &work) == nil) else {
            work.records.removeAll(from: first)
            run.events = 0
            return run
        }
        if format.isNumbered, settleNumbers(from: first, &work) != nil {
            work.records.removeAll(from: first)
            if let checkpoint { progress.restore(checkpoint) }
            run.events = 0
            return run
        }
        for index in first..<work.records.count where work.records[index].region == Region.chunk.rawValue {
            work.records[index].region = Region.carry.rawValue
        }
        if run.isTerminal { progress.sawTerminal = true }
        return run
    }

    /// Decodes what has escapes among the records from `first` on. Returns the number of the record that cannot be decoded,
    /// with the stream as it was.
    private mutating func decode(
        from first: Int, _ run: CaptureParser.Run, in window: Window, _ work: inout EngineWork
    ) -> Int? {
        var index = 0
        if progress.pendingSurrogates.isEmpty {
            index = work.parser.decode(&work.records, from: first, window, bytes: run.bytes, &work.decoder)
            if index == run.escapedCount { return nil }
        }
        return decode(from: first, escaped: index, run, in: window, &work)
    }

    /// The same one by one, from the `index`th that has escapes on: pairs of surrogates are cut over records.
    private mutating func decode(
        from first: Int, escaped index: Int, _ run: CaptureParser.Run, in window: Window, _ work: inout EngineWork
    ) -> Int? {
        let checkpoint = progress.checkpoint
        var index = index
        var hasEmpty = false
        var isPending = !progress.pendingSurrogates.isEmpty
        var next = first
        while isPending ? next < work.records.count : index < run.escapedCount {
            if !isPending {
                next = first + work.parser.escaped(index)
                index += 1
            }
            if !work.records[next].hasNumbers {
                guard work.interpreter.decode(&work.records[next], window, &progress, &work.decoder) else {
                    progress.restore(checkpoint)
                    return next
                }
                if work.records[next].length == 0 { hasEmpty = true }
            }
            next += 1
            // A half of a pair waits for the other: no telling whose it is by its bytes alone.
            isPending = isPending || !progress.pendingSurrogates.isEmpty
        }
        if hasEmpty {
            work.records.keep(from: first) { $0.length > 0 || $0.hasNumbers }
        }
        return nil
    }

    /// The frame at hand was read by a plan: maybe it is remembered, and the next like it need not be framed nor parsed.
    mutating func teach(_ payload: Slice, _ format: CompiledFormat, _ work: inout EngineWork) {
        guard work.learnsSkeletons, work.parser.wantsLearning,
            let steps = work.interpreter.lesson(for: work.parser.shape), let event = eventAtHand(around: payload, work)
        else { return }
        work.pause = 0
        work.parser.learn(event.bytes, payload: payload.offset - event.start, steps, format.table)
    }

    /// The frame at hand is a marker: so will others be.
    mutating func teachMarker(_ payload: Slice, _ format: CompiledFormat, _ work: inout EngineWork) {
        guard work.learnsSkeletons, !format.isText, work.parser.wantsLearning,
            let event = eventAtHand(around: payload, work)
        else { return }
        work.parser.learnMarker(
            event.bytes, payload: payload.offset - event.start, length: payload.length, format.table)
    }

    /// The event of the frame at hand, and where it begins in the chunk or the carry; nil where it lies in neither, and where
    /// it was not asked for among those that are known.
    private func eventAtHand(around payload: Slice, _ work: borrowing EngineWork) -> (bytes: Window, start: Int)? {
        guard framing == .sse || framing == .ndjson else { return nil }
        if payload.region == .carry { return work.pause == 0 ? (input.carried, 0) : nil }
        guard payload.region == .chunk, !work.wasTooShort else { return nil }
        let start = Int(clamping: Int64(input.frame.offset) - Int64(input.chunkOffset))
        var end = work.isOfRun ? work.runStart + work.run.nextStart : nextEventStart
        // The line feed behind a carriage return has not been read yet, but is the event's.
        if end < input.chunk.count && end > start && input.chunk[end] == 0x0A && input.chunk[end - 1] == 0x0D {
            end += 1
        }
        guard start >= 0, start <= payload.offset, end <= input.chunk.count else { return nil }
        return (input.chunk.slice(start, end - start), start)
    }
}
