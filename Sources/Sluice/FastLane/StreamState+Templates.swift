internal import CSluiceSimdjson

// The fast lane: events that match templates are compared instead of framed and parsed (see event_template.hpp). The loop calls
// `takeByTemplates` before each event; what the slow lane has read is learned by `learn`. Without this folder the answers are
// the same.

/// The result of matching events with templates.
enum Match {
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
    /// Whether events of this format are compared with templates.
    @inline(__always)
    private func usesTemplates(_ format: CompiledFormat) -> Bool {
        limits.maxTemplates > 0 && (!format.isText || format.isPlainText)
    }

    /// Whether the next event would be compared, if it began here.
    @inline(__always)
    func comparesNext(_ format: CompiledFormat, _ work: borrowing EngineWork) -> Bool {
        work.templates.pause == 0 && usesTemplates(format)
    }

    /// Reads the following events while they match templates.
    @inline(__always)
    mutating func takeByTemplates(_ format: CompiledFormat, _ work: inout EngineWork) -> TemplateStep {
        if rest.isAhead { return .all }
        var isUpToArguments = false
        if !rest.isBefore || !takeCut(format, &work) {
            guard work.run.left == 0, comparesNext(format, work), let start = startOfMatch(&work) else { return .none }
            let found = match(from: start, upTo: input.chunk.count, behind: .empty, format, &work)
            isUpToArguments = found == .someUpToArguments
        }
        if hasTakenAll() { return .all }
        return isUpToArguments || work.records.count > Self.mostRecords ? .some : .none
    }

    /// Whether nothing is left of the chunk, or only the beginning of an event, which is to be carried.
    @inline(__always)
    private mutating func hasTakenAll() -> Bool {
        if rest.isAhead { return true }
        guard framer.nextEventStart == input.chunk.count && !input.isLast else { return false }
        rest = .nothing
        return true
    }

    /// Where to compare events with templates, if one may begin here; nil if that is not worthwhile. An event whose beginning was
    /// scanned with an earlier chunk is not compared again with every chunk.
    @inline(__always)
    private func startOfMatch(_ work: inout EngineWork) -> Int? {
        guard let start = framer.boundary(in: input), start >= input.scannedBefore else { return nil }
        // The end of a small chunk is not compared if it is shorter than the minimum size of the last match; but a whole chunk may
        // belong to another stream, with shorter events.
        let count = input.chunk.count
        let isEnd = Self.isSmall(count, work.templates.least) && (start > 0 || count < Self.leastEvent)
        work.templates.wasTooShort = isEnd && count - start < work.templates.least
        return work.templates.wasTooShort ? nil : start
    }

    /// Continues at `position`: the events before it were read without the framer.
    @inline(__always)
    private mutating func jump(to position: Int, _ scanner: inout Scanner) {
        framer.jump(to: position)
        input.jump(to: position, &scanner)
    }

    /// The maximum size of an id in a line before a matching event, so that neither the id nor its line exceeds a limit;
    /// less than 0 if the framing has no such lines.
    @inline(__always)
    private var mostIDBytes: Int {
        framing == .sse ? min(limits.maxIDBytes, limits.maxEventBytes - 4) : -1
    }

    /// Reads the events from `start` on that match templates. If an event is carried, it comes first, and no other is read
    /// without it.
    mutating func match(
        from start: Int, upTo end: Int, behind carried: Window, _ format: CompiledFormat, _ work: inout EngineWork
    ) -> Match {
        let source = CaptureParser.Source(
            window: input.chunk.slice(start, end - start), position: start,
            streamOffset: input.chunkOffset &+ UInt64(start), kinds: kinds, reads: progress.reads)
        let place = EventTemplates.Place(
            maxEventBytes: limits.maxEventBytes, isLines: framing == .ndjson, maxIDBytes: mostIDBytes,
            scanned: max(0, input.scanned - start), carried: carried,
            carriedBefore: carried.count > 0 ? input.carriedBefore : 0)
        let wasOpen = source.reads & StreamProgress.settled == 0
        if wasOpen && kinds & DeltaKind.toolArguments.bit == 0 { return .none }
        let first = work.records.count
        // While a tool call lacks arguments, events that may end it match no template: a run ends with the next arguments.
        let read = work.templates.read(
            source, place, format.table, work.parser, room: Self.recordsPerRefill - first, &work.records)
        guard let run = read else { return .none }
        guard run.events > 0 else {
            // The first event cannot be read.
            if end < input.chunk.count { return .unreadable }
            if carried.count > 0 { return run.isCut ? .cut : .none }
            if run.isCut { noteCut(at: start, least: work.templates.least) }
            if rest.isAhead { jump(to: start, &work.scanner) }
            return .none
        }
        if let bad = settle(run, from: first, input.chunk, carried, format, &work) {
            let event = work.records[bad].event
            work.records.removeAll(from: first)
            work.templates.discardRun()
            // The run is cut before the unreadable event, and the events before it are read again.
            if event > source.streamOffset {
                return match(from: start, upTo: Int(event - input.chunkOffset), behind: carried, format, &work)
            }
            return .unreadable
        }
        progress.events += UInt64(run.events)
        progress.frames += UInt64(run.events)
        noteRun(run, from: first, work.records)
        if carried.count > 0 { input.releaseUnframed() }
        jump(to: start + run.bytes, &work.scanner)
        if end < input.chunk.count { return .unreadable }
        if run.isCut { noteCut(at: start + run.bytes, least: work.templates.least) }
        if wasOpen && run.reads & UInt64(DeltaKind.toolArguments.bit) != 0 { return .someUpToArguments }
        return .some
    }

    // MARK: Learning

    /// Learns a template from the current frame, which the slow lane has read, if that is worthwhile.
    @inline(__always)
    mutating func learn(_ lesson: EventTemplates.Lesson, _ format: CompiledFormat, _ work: inout EngineWork) {
        // Frames that were framed together are not compared: of them, the last one is learned.
        guard usesTemplates(format), framer.hasLines, work.run.left == 0 else { return }
        learnFrame(lesson, format, &work)
    }

    @inline(never)
    private mutating func learnFrame(
        _ lesson: EventTemplates.Lesson, _ format: CompiledFormat, _ work: inout EngineWork
    ) {
        guard work.templates.wantLearning, let event = eventAtHand(work) else { return }
        let payload = input.frame.payload
        work.templates.learn(
            event.bytes, payload: payload.offset - event.start, length: payload.length, lesson, format.table,
            work.parser)
    }

    /// Learns a template from the last frame of the run, which its program has read.
    mutating func learnLast(_ format: CompiledFormat, _ work: inout EngineWork) {
        guard usesTemplates(format), !work.templates.wasTooShort, work.templates.wantLearning else { return }
        let (frame, next) = work.run.frame(at: work.run.left - 1)
        let event = input.chunk.slice(work.runStart + frame.start, next - frame.start)
        work.templates.learn(
            event, payload: frame.payloadStart - frame.start, length: frame.payloadLength, .document, format.table,
            work.parser)
    }

    /// The event of the current frame, and where it begins in the chunk or the carry; nil if it is in neither, or if it was not
    /// compared with templates.
    private func eventAtHand(_ work: borrowing EngineWork) -> (bytes: Window, start: Int)? {
        let payload = input.frame.payload
        if payload.region == .carry { return work.templates.pause == 0 ? (input.carried, 0) : nil }
        guard payload.region == .chunk, !work.templates.wasTooShort else { return nil }
        let start = Int(clamping: Int64(input.frame.offset) - Int64(input.chunkOffset))
        var end = work.isOfRun ? work.runStart + work.run.nextStart : framer.nextEventStart
        // The line feed after a carriage return was not read yet, but belongs to the event.
        if end < input.chunk.count && end > start && input.chunk[end] == 0x0A && input.chunk[end - 1] == 0x0D {
            end += 1
        }
        guard start >= 0, start <= payload.offset, end <= input.chunk.count else { return nil }
        return (input.chunk.slice(start, end - start), start)
    }
}
