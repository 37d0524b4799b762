internal import CSluiceSimdjson

// Events that are known by their bytes: neither framed nor parsed, but compared (see skeletons.hpp).

/// What came of asking for known events.
enum Known {
    case some
    case none
    /// What is there is the beginning of one.
    case cut
    /// Maybe some; the next is one, but cannot be read.
    case unreadable
}

extension StreamState {
    /// Asks for known events where one may begin; nil where that is not worth it. An event whose beginning was looked at for
    /// delimiters with an earlier chunk is compared when it is whole (`takeKnownSplit`), not again with every chunk.
    @inline(__always)
    mutating func takeKnown(_ format: CompiledFormat, _ work: inout EngineWork) -> Known? {
        guard let start = boundary, start >= input.scannedBefore, mayHoldKnown(from: start, &work) else { return nil }
        return takeKnown(from: start, upTo: input.chunk.count, behind: .empty, format, &work)
    }

    /// Whether the bytes from `start` on can be a known event, or the beginning of one that is put by. What a small chunk
    /// ends with is not compared where it is shorter than what was known last; but a whole chunk may be another's, which is
    /// of shorter events.
    @inline(__always)
    func mayHoldKnown(from start: Int, _ work: inout EngineWork) -> Bool {
        let count = input.chunk.count
        let isEnd = Self.isSmall(count, work.leastKnown) && (start > 0 || count < Self.leastEvent)
        work.wasTooShort = isEnd && count - start < work.leastKnown
        return !work.wasTooShort
    }

    /// Bytes that an id may have whose line is passed over before a known event: so few that neither it nor its line passes a
    /// limit; less than 0 where there are no such lines.
    @inline(__always)
    private var maxKnownIDBytes: Int {
        framing == .sse ? min(limits.maxIDBytes, limits.maxEventBytes - 4) : -1
    }

    /// Reads the events from `start` on that have known skeletons; before them the one that `carried` has, if there is any,
    /// and none without it.
    mutating func takeKnown(
        from start: Int, upTo end: Int, behind carried: Window, _ format: CompiledFormat, _ work: inout EngineWork
    ) -> Known {
        let source = CaptureParser.Source(
            window: input.chunk.slice(start, end - start), position: start,
            streamOffset: input.chunkOffset &+ UInt64(start), kinds: kinds, maxEventBytes: limits.maxEventBytes,
            isLines: framing == .ndjson, maxIDBytes: maxKnownIDBytes, scanned: max(0, input.scanned - start),
            carried: carried,
            carriedBefore: carried.count > 0 ? input.carriedBefore : 0)
        let first = work.records.count
        let run = work.parser.readKnown(
            source, format.table, room: Self.recordsPerRefill - first, &work.records)
        work.leastKnown = run.least
        work.pause = run.pause
        guard run.events > 0 else {
            // Not even the first can be read.
            if end < input.chunk.count { return .unreadable }
            if carried.count > 0 { return run.isCut ? .cut : .none }
            if run.isCut { noteCut(at: start, leastKnown: run.least) }
            if cut == .ahead { jump(to: start, &work.scanner) }
            return .none
        }
        let checkpoint = format.isNumbered ? progress.checkpoint : nil
        var bad = decode(from: first, run, input.chunk, carried, &work)
        // So too where the stream's numbers do not fit: the event's own number is part of what is told.
        if bad == nil && format.isNumbered { bad = settleNumbers(from: first, &work) }
        if let bad {
            let event = work.records[bad].event
            work.records.removeAll(from: first)
            work.parser.discardRun()
            if let checkpoint { progress.restore(checkpoint) }
            // The run is cut before the event that cannot be read, and only what is before it read again.
            if event > source.streamOffset {
                return takeKnown(from: start, upTo: Int(event - input.chunkOffset), behind: carried, format, &work)
            }
            return .unreadable
        }
        progress.events += UInt64(run.events)
        progress.frames += UInt64(run.events)
        if run.isTerminal { progress.sawTerminal = true }
        if carried.count > 0 { input.releaseUnframed() }
        jump(to: start + run.bytes, &work.scanner)
        if limits.maxSkeletons > 0 { work.lookahead = 0 }
        cut = .none
        if end < input.chunk.count { return .unreadable }
        if run.isCut { noteCut(at: start + run.bytes, leastKnown: run.least) }
        return .some
    }

    /// The frame at hand began in an earlier chunk: it lies in the carry, or at the beginning of the ring.
    @inline(__always)
    var isFrameSplit: Bool {
        if input.frame.payload.region == .carry { return true }
        return input.scannedBefore > 0
            && input.frame.offset < input.chunkOffset &+ UInt64(truncatingIfNeeded: input.scannedBefore)
    }

    /// Reads the frame at hand, which was split between chunks, if it has a known skeleton. Its delimiters have been found, but
    /// it need not be parsed.
    mutating func takeKnownSplit(_ format: CompiledFormat, _ work: inout EngineWork) -> Bool {
        let isCarried = input.frame.payload.region == .carry
        guard framing == .sse || framing == .ndjson, !format.isText, work.pause == 0, !input.frame.isUnterminated,
            let event = isCarried ? (input.carried, 0) : eventAtHand(around: input.frame.payload, work)
        else { return false }
        let bytes = event.bytes
        let first = work.records.count
        let source = CaptureParser.Source(
            window: bytes, position: event.start, streamOffset: input.frame.offset, kinds: kinds,
            maxEventBytes: limits.maxEventBytes, isLines: framing == .ndjson, maxIDBytes: -1, scanned: bytes.count)
        // Room for one event.
        let run = work.parser.readKnown(source, format.table, room: CaptureParser.leastRoom, &work.records)
        work.leastKnown = run.least
        if isCarried {
            for index in first..<work.records.count { work.records[index].region = Region.carry.rawValue }
        }
        let checkpoint = progress.checkpoint
        guard run.events == 1, run.bytes == bytes.count,
            decode(from: first, run, isCarried ? .empty : input.chunk, isCarried ? bytes : .empty, &work) == nil,
            !format.isNumbered || settleNumbers(from: first, &work) == nil
        else {
            work.records.removeAll(from: first)
            work.parser.discardRun()
            progress.restore(checkpoint)
            return false
        }
        if run.isTerminal { progress.sawTerminal = true }
        return true
    }

    /// Decodes what has escapes among the records from `first` on. Returns the number of the record that cannot be decoded,
    /// with the stream as it was.
    @inline(__always)
    private mutating func decode(
        from first: Int, _ run: CaptureParser.Run, _ chunk: Window, _ carried: Window, _ work: inout EngineWork
    ) -> Int? {
        if run.escapedCount == 0 && progress.pendingSurrogates.isEmpty { return nil }
        return decodeEscaped(from: first, run, chunk, carried, &work)
    }

    private mutating func decodeEscaped(
        from first: Int, _ run: CaptureParser.Run, _ chunk: Window, _ carried: Window, _ work: inout EngineWork
    ) -> Int? {
        var index = 0
        if progress.pendingSurrogates.isEmpty {
            index = work.parser.decode(
                &work.records, from: first, chunk, carried, bytes: run.bytes + carried.count, &work.decoder)
            if index == run.escapedCount { return nil }
        }
        return decode(from: first, escaped: index, run, chunk, carried, &work)
    }

    /// The same one by one, from the `index`th that has escapes on: pairs of surrogates are cut over records.
    private mutating func decode(
        from first: Int, escaped index: Int, _ run: CaptureParser.Run, _ chunk: Window, _ carried: Window,
        _ work: inout EngineWork
    ) -> Int? {
        let checkpoint = progress.checkpoint
        var index = index
        var hasEmpty = false
        var isPending = !progress.pendingSurrogates.isEmpty
        var next = first
        while isPending ? next < work.records.count : index < run.escapedCount {
            if !isPending {
                next = first + run.escaped(index)
                index += 1
            }
            if !work.records[next].hasNumbers {
                let window = work.records[next].region == Region.carry.rawValue ? carried : chunk
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

    /// The frame at hand is text as it stands: others like it are known by what stands around it.
    mutating func teachText(_ format: CompiledFormat, _ work: inout EngineWork) {
        let payload = input.frame.payload
        guard work.learnsSkeletons, work.parser.wantsLearning, let event = eventAtHand(around: payload, work) else {
            return
        }
        work.pause = 0
        work.parser.learnText(
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
