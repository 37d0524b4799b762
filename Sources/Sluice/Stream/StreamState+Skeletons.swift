internal import CSluiceSimdjson

// Events that match templates: compared instead of framed and parsed (see skeletons.hpp).

/// The result of matching events with templates.
enum Known {
    case some
    /// The same, and the next event was not compared, because a tool call got its arguments.
    case someUpToArguments
    case none
    /// The bytes are the beginning of an event that matches so far.
    case cut
    /// Some events may have been read; the next one matches a template, but cannot be read.
    case unreadable
}

extension StreamState {
    /// Where to match events with templates, if one may begin here; nil if that is not worthwhile. An event whose beginning was
    /// scanned with an earlier chunk is compared once, when it is complete (`takeKnownSplit`), not again with every chunk.
    @inline(__always)
    func startOfKnown(_ work: inout EngineWork) -> Int? {
        guard let start = boundary, start >= input.scannedBefore, mayHoldKnown(from: start, &work) else {
            return nil
        }
        return start
    }

    /// Whether to compare the bytes from `start` with templates. The end of a small chunk is not compared if it is shorter
    /// than the minimum size of the last match; but a whole chunk may belong to another stream, with shorter events.
    @inline(__always)
    func mayHoldKnown(from start: Int, _ work: inout EngineWork) -> Bool {
        let count = input.chunk.count
        let isEnd = Self.isSmall(count, work.leastKnown) && (start > 0 || count < Self.leastEvent)
        work.wasTooShort = isEnd && count - start < work.leastKnown
        return !work.wasTooShort
    }

    /// The maximum size of an id in a line before a matching event, so that neither the id nor its line exceeds a limit;
    /// less than 0 if the framing has no such lines.
    @inline(__always)
    private var maxKnownIDBytes: Int {
        framing == .sse ? min(limits.maxIDBytes, limits.maxEventBytes - 4) : -1
    }

    /// Reads the events from `start` on that match templates. If an event is carried, it comes first, and no other is read
    /// without it.
    mutating func takeKnown(
        from start: Int, upTo end: Int, behind carried: Window, _ format: CompiledFormat, _ work: inout EngineWork
    ) -> Known {
        let source = CaptureParser.Source(
            window: input.chunk.slice(start, end - start), position: start,
            streamOffset: input.chunkOffset &+ UInt64(start), kinds: kinds, maxEventBytes: limits.maxEventBytes,
            isLines: framing == .ndjson, maxIDBytes: maxKnownIDBytes, scanned: max(0, input.scanned - start),
            carried: carried,
            carriedBefore: carried.count > 0 ? input.carriedBefore : 0, reads: progress.reads)
        let wasOpen = source.reads & StreamProgress.settled == 0
        if wasOpen && !showsArguments { return .none }
        let first = work.records.count
        // While a tool call lacks arguments, events that may end it match no template: a run ends with the next arguments.
        let run = work.parser.readKnown(source, format.table, room: Self.recordsPerRefill - first, &work.records)
        work.leastKnown = run.least
        work.pause = run.pause
        guard run.events > 0 else {
            // The first event cannot be read.
            if end < input.chunk.count { return .unreadable }
            if carried.count > 0 { return run.isCut ? .cut : .none }
            if run.isCut { noteCut(at: start, leastKnown: run.least) }
            if cut == .ahead { jump(to: start, &work.scanner) }
            return .none
        }
        if let bad = settle(run, from: first, carried, format, &work) {
            let event = discard(from: first, bad: bad, &work)
            // The run is cut before the unreadable event, and the events before it are read again.
            if event > source.streamOffset {
                return takeKnown(from: start, upTo: Int(event - input.chunkOffset), behind: carried, format, &work)
            }
            return .unreadable
        }
        progress.events += UInt64(run.events)
        progress.frames += UInt64(run.events)
        noteRun(run, from: first, work.records)
        if carried.count > 0 { input.releaseUnframed() }
        jump(to: start + run.bytes, &work.scanner)
        if limits.maxSkeletons > 0 { work.lookahead = 0 }
        cut = .none
        if end < input.chunk.count { return .unreadable }
        if run.isCut { noteCut(at: start + run.bytes, leastKnown: run.least) }
        if wasOpen && run.reads & UInt64(DeltaKind.toolArguments.bit) != 0 { return .someUpToArguments }
        return .some
    }

    /// Whether the current frame began in an earlier chunk: it is in the carry, or at the beginning of the ring.
    @inline(__always)
    var isFrameSplit: Bool {
        if input.frame.payload.region == .carry { return true }
        return input.scannedBefore > 0
            && input.frame.offset < input.chunkOffset &+ UInt64(truncatingIfNeeded: input.scannedBefore)
    }

    /// Reads the current frame, which was split between chunks, if it matches a template. It is framed, but need not be parsed.
    mutating func takeKnownSplit(_ format: CompiledFormat, _ work: inout EngineWork) -> Bool {
        let isCarried = input.frame.payload.region == .carry
        guard framing == .sse || framing == .ndjson, !format.isText, work.pause == 0,
            showsArguments || !progress.hasOpenCalls, !input.frame.isUnterminated,
            let event = isCarried ? (input.carried, 0) : eventAtHand(around: input.frame.payload, work)
        else { return false }
        let bytes = event.bytes
        let first = work.records.count
        let source = CaptureParser.Source(
            window: bytes, position: event.start, streamOffset: input.frame.offset, kinds: kinds,
            maxEventBytes: limits.maxEventBytes, isLines: framing == .ndjson, maxIDBytes: -1, scanned: bytes.count,
            reads: progress.reads)
        // Enough records for one event.
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
        noteRun(run, from: first, work.records)
        return true
    }

    /// Whether records show that a tool call has got arguments: otherwise events are not matched while it lacks them.
    @inline(__always)
    var showsArguments: Bool { kinds & DeltaKind.toolArguments.bit != 0 }

    /// Notes what the events of a run have read.
    @inline(__always)
    private mutating func noteRun(_ run: CaptureParser.Run, from first: Int, _ records: borrowing RecordList) {
        if run.isTerminal { progress.sawTerminal = true }
        let reads = run.reads
        progress.note(reads)
        if reads & UInt64(DeltaKind.toolArguments.bit) != 0 { noteArguments(from: first, records) }
    }

    @inline(never)
    private mutating func noteArguments(from first: Int, _ records: borrowing RecordList) {
        let calls = progress.calls ?? ToolCallTable(limits)
        progress.calls = calls
        calls.noteArguments(from: first, records)
    }

    /// Decodes the escapes of a run's records, and checks the stream's numbers, whose errors contain the event's number. If an
    /// event cannot be read, restores the stream's state and returns the index of one of its records.
    @inline(__always)
    private mutating func settle(
        _ run: CaptureParser.Run, from first: Int, _ carried: Window, _ format: CompiledFormat, _ work: inout EngineWork
    ) -> Int? {
        if format.isNumbered { return settleNumbered(run, from: first, carried, &work) }
        if run.escapedCount == 0 && progress.pendingSurrogates.isEmpty { return nil }
        return decode(from: first, run, input.chunk, carried, &work)
    }

    @inline(never)
    private mutating func settleNumbered(
        _ run: CaptureParser.Run, from first: Int, _ carried: Window, _ work: inout EngineWork
    ) -> Int? {
        let checkpoint = progress.checkpoint
        let bad = decode(from: first, run, input.chunk, carried, &work) ?? settleNumbers(from: first, &work)
        if bad != nil { progress.restore(checkpoint) }
        return bad
    }

    /// Discards a run, and returns the offset of its event that cannot be read.
    @inline(never)
    private func discard(from first: Int, bad: Int, _ work: inout EngineWork) -> UInt64 {
        let event = work.records[bad].event
        work.records.removeAll(from: first)
        work.parser.discardRun()
        return event
    }

    /// Decodes the escapes of the records from `first` on. If one cannot be decoded, restores the stream's state and
    /// returns the record's index.
    private mutating func decode(
        from first: Int, _ run: CaptureParser.Run, _ chunk: Window, _ carried: Window, _ work: inout EngineWork
    ) -> Int? {
        if run.escapedCount == 0 && progress.pendingSurrogates.isEmpty { return nil }
        var index = 0
        if progress.pendingSurrogates.isEmpty {
            index = work.parser.decode(
                &work.records, from: first, chunk, carried, bytes: run.bytes + carried.count, &work.decoder)
            if index == run.escapedCount { return nil }
        }
        return decode(from: first, escaped: index, run, chunk, carried, &work)
    }

    /// The same one by one, from the `index`th record with escapes, because a surrogate pair is split between records.
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
            // A high surrogate is pending, and its bytes alone do not determine its other half.
            isPending = isPending || !progress.pendingSurrogates.isEmpty
        }
        if hasEmpty {
            work.records.keep(from: first) { $0.length > 0 || $0.hasNumbers }
        }
        return nil
    }

    /// Learns a template from the current frame, which a compiled program has read, if that is worthwhile.
    @inline(__always)
    mutating func teach(_ payload: Slice, _ format: CompiledFormat, _ work: inout EngineWork) {
        if framing == .sse || framing == .ndjson { learn(payload, format, &work) }
    }

    @inline(never)
    private mutating func learn(_ payload: Slice, _ format: CompiledFormat, _ work: inout EngineWork) {
        // Frames that were framed together are not compared: of them, the last one is learned.
        guard work.learnsSkeletons, work.run.left == 0, work.parser.wantsLearning,
            let steps = work.interpreter.lesson(for: work.parser.shape), let event = eventAtHand(around: payload, work)
        else { return }
        work.pause = 0
        work.parser.learn(event.bytes, payload: payload.offset - event.start, steps, format.table)
    }

    /// Learns a template from the current frame, which is a terminal marker.
    mutating func teachMarker(_ payload: Slice, _ format: CompiledFormat, _ work: inout EngineWork) {
        guard work.learnsSkeletons, !format.isText, work.parser.wantsLearning,
            let event = eventAtHand(around: payload, work)
        else { return }
        work.parser.learnMarker(
            event.bytes, payload: payload.offset - event.start, length: payload.length, format.table)
    }

    /// Learns a template from the current frame, whose payload is plain text: the bytes around the text are constant.
    mutating func teachText(_ format: CompiledFormat, _ work: inout EngineWork) {
        let payload = input.frame.payload
        guard work.learnsSkeletons, work.parser.wantsLearning, let event = eventAtHand(around: payload, work) else {
            return
        }
        work.pause = 0
        work.parser.learnText(
            event.bytes, payload: payload.offset - event.start, length: payload.length, format.table)
    }

    /// The event of the current frame, and where it begins in the chunk or the carry; nil if it is in neither, or if it was not
    /// compared with templates.
    private func eventAtHand(around payload: Slice, _ work: borrowing EngineWork) -> (bytes: Window, start: Int)? {
        guard framing == .sse || framing == .ndjson else { return nil }
        if payload.region == .carry { return work.pause == 0 ? (input.carried, 0) : nil }
        guard payload.region == .chunk, !work.wasTooShort else { return nil }
        let start = Int(clamping: Int64(input.frame.offset) - Int64(input.chunkOffset))
        var end = work.isOfRun ? work.runStart + work.run.nextStart : nextEventStart
        // The line feed after a carriage return was not read yet, but belongs to the event.
        if end < input.chunk.count && end > start && input.chunk[end] == 0x0A && input.chunk[end - 1] == 0x0D {
            end += 1
        }
        guard start >= 0, start <= payload.offset, end <= input.chunk.count else { return nil }
        return (input.chunk.slice(start, end - start), start)
    }
}
