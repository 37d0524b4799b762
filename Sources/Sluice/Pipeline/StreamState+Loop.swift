internal import CSluiceSimdjson

// Reads frames into deltas, a bounded number at a time.

extension StreamState {
    /// The maximum number of records of one refill, unless a single event has more.
    static var recordsPerRefill: Int { 256 }
    /// A refill stops with more records than this: the next event that matches a template might not fit.
    static var mostRecords: Int { recordsPerRefill - CaptureParser.leastRoom }

    /// As `refill`, with a fast path: a chunk that was read completely ends at once.
    @inline(__always)
    mutating func readOn(_ work: inout EngineWork) throws(SluiceError) -> Bool {
        if rest == .nothing {
            leaveRead()
            return false
        }
        return try refill(&work)
    }

    /// Begins a page. Invalidates all earlier slices.
    @inline(__always)
    private mutating func beginPage(_ work: inout EngineWork) {
        work.reclaim()
        work.bound(by: settings)
        framer.sse.reclaim()
        framer.sse.reportsStrayErrors = true
    }

    /// Fills `work.records` with the next deltas of the chunk; false when there are no more.
    /// Invalidates all earlier slices.
    mutating func refill(_ work: inout EngineWork) throws(SluiceError) -> Bool {
        if rest.isAhead && !input.isLast {
            work.records.removeAll()
            return try leaveChunk(&work)
        }
        beginPage(&work)
        return try readPage(&work)
    }

    /// The loop: reads frames until there are enough records, or the chunk ends.
    @inline(__always)
    private mutating func readPage(_ work: inout EngineWork) throws(SluiceError) -> Bool {
        while work.records.count <= Self.mostRecords {
            let step: FrameStep
            switch phase {
            case .detectingFraming: step = .needMore
            case .detectingFormat: step = takeUnknown(&work)
            // Not retained: once the format is known, it does not change.
            case .reading: step = format.map { Lent($0) }?.with { takeEvents($0, &work) } ?? .needMore
            case .over(let ending):
                // Records read before a failure are returned first; the next refill throws.
                if !work.records.isEmpty { return count(&work) }
                try close(ending)
                return false
            }
            switch step {
            case .frame: continue
            case .problem: takeProblem(&work)
            case .needMore:
                if !work.records.isEmpty { return count(&work) }
                if case .problem = framer.checkUnfinished(&input, limit: limits.maxEventBytes) {
                    takeProblem(&work)
                } else {
                    return input.isLast ? try finishInput(&work) : try leaveChunk(&work)
                }
            }
        }
        return count(&work)
    }

    /// Nothing more is read. Throws the error that has ended the stream.
    @inline(never)
    private mutating func close(_ ending: Ending) throws(SluiceError) {
        switch ending {
        case .ended: input.leave()
        case .abandoned: throw abandonment()
        case .failed(let error, let atEnd):
            // All received bytes were read, in a ring too.
            if atEnd { input.leave() }
            throw error
        }
    }

    /// Counts the records, if there are any, and makes the page refer to their memory. Both are inout, because a borrow
    /// through a class would copy them.
    private mutating func count(_ work: inout EngineWork) -> Bool {
        if work.records.isEmpty { return false }
        work.page.set(.chunk, input.chunk)
        work.page.set(.carry, input.carried)
        work.page.set(.joined, joined)
        work.page.set(.scratch, work.decoder.bytes)
        work.page.set(.document, work.documents.bytes)
        work.page.set(.kept, work.kept.bytes)
        progress.deltas += UInt64(work.records.count)
        if work.page.hasProblems {
            for index in 0..<work.records.count where work.records[index].kind == DeltaKind.malformed.rawValue {
                progress.deltas -= 1
            }
        }
        return true
    }

    @inline(never)
    private mutating func leaveChunk(_ work: inout EngineWork) throws(SluiceError) -> Bool {
        try endChunk(&work)
        return false
    }

    // MARK: One frame

    /// Reads events until there are enough records, a problem, or no more bytes. The format is a parameter, so that it is not
    /// retained and released for every event.
    @inline(__always)
    private mutating func takeEvents(_ format: CompiledFormat, _ work: inout EngineWork) -> FrameStep {
        repeat {
            switch takeByTemplates(format, &work) {
            case .all: return .needMore
            case .some: break
            case .none:
                let step = takeFrames(format, &work)
                guard case .frame = step else { return step }
            }
        } while work.records.count <= Self.mostRecords && !ending.hasFailed
        return .frame
    }

    /// Reads the next frame by its program or the rules; plain ones together, if they need not be compared with templates one by
    /// one.
    @inline(never)
    private mutating func takeFrames(_ format: CompiledFormat, _ work: inout EngineWork) -> FrameStep {
        if work.run.left == 0 && (format.isPlainText || !comparesNext(format, work)) { findRun(&work) }
        guard work.run.left > 0 else {
            work.isOfRun = false
            let step = framer.next(&input, &work.scanner, limit: limits.maxEventBytes)
            guard case .frame = step else { return step }
            if input.frame.payload.region == .chunk { work.templates.parsedOther() }
            takeFrame(format, &work, .notYet)
            return .frame
        }
        let walk = format.isText || work.mostOfRun == 0 || kinds.hasPayloads ? .notYet : takeRun(format, &work)
        if work.run.left > 0 && work.records.count <= Self.mostRecords {
            takeOfRun(&work)
            takeFrame(format, &work, walk)
        }
        return .frame
    }

    /// Finds the run of plain frames that begins here, if there is one.
    @inline(__always)
    private mutating func findRun(_ work: inout EngineWork) {
        var run = PlainFrames()
        guard let start = framer.findPlain(&run, &input, &work.scanner, work.plainFrames, limits) else { return }
        work.run = run
        work.runStart = start
        work.mostOfRun = .max
    }

    /// Stores the next frame of the run in the input.
    @inline(__always)
    private mutating func takeOfRun(_ work: inout EngineWork) {
        work.isOfRun = true
        let plain = work.run.take()
        let start = work.runStart
        input.take(
            payload: Slice(region: .chunk, offset: start + plain.payloadStart, length: plain.payloadLength),
            event: Slice(region: .chunk, offset: start + plain.eventStart, length: plain.eventLength),
            at: start + plain.start)
    }

    /// Reads the frames of the run that have programs, up to the first that has none. Returns whether that one was walked.
    private mutating func takeRun(_ format: CompiledFormat, _ work: inout EngineWork) -> Walk {
        let first = work.records.count
        let start = work.runStart
        let source = CaptureParser.Source(
            window: input.chunk.from(start), position: start, streamOffset: input.chunkOffset &+ UInt64(start),
            kinds: kinds, reads: progress.reads)
        while work.mostOfRun > 0 {
            let read = work.parser.read(
                work.run, most: work.mostOfRun, of: source, stops: keepAliveLengths, format.table,
                room: Self.recordsPerRefill - first, &work.records)
            if read.frames == 0 { return read.isWalked ? .done(read.failure) : .notYet }
            if let bad = settle(read.run, from: first, input.chunk, .empty, format, &work) {
                // The events before the one that cannot be read are read again; the rules say why it cannot. The rest of the run is
                // read one by one: it may have many such events, and would be walked anew after each.
                work.mostOfRun = work.run.count(before: Int(work.records[bad].event - source.streamOffset))
                work.records.removeAll(from: first)
                continue
            }
            noteRun(read.run, from: first, work.records)
            progress.events += UInt64(read.frames)
            progress.frames += UInt64(read.frames)
            work.templates.parsed(events: read.frames, bytes: read.payloadBytes)
            if read.frames == work.run.left { learnLast(format, &work) }
            work.run.drop(read.frames)
            work.mostOfRun -= read.frames
            return read.isWalked ? .done(read.failure) : .notYet
        }
        return .notYet
    }

    /// Reads the current frame by its program or the rules.
    @inline(__always)
    private mutating func takeFrame(_ format: CompiledFormat, _ work: inout EngineWork, _ walked: Walk) {
        progress.events += 1
        progress.frames += 1
        work.templates.parsed(events: 1, bytes: format.isText ? 0 : input.frame.payload.length)
        if format.isPlainText && !input.frame.isError { return takeText(format, &work) }
        let before = work.records.count
        var walk = walked
        if case .notYet = walk, takeByProgram(format, &work, &walk) { return }
        let payload = window(of: input.frame.payload)
        let event = window(of: input.frame.event)
        read(input.frame, payload, event: event, number: progress.events, format, &work, walk)
        if format.isNumbered { checkNumbers(from: before, offset: input.frame.offset, progress.events, &work) }
        Self.stamp(input.frame.offset, from: before, kinds, &work)
    }

    /// Sets the event offset of the records from `first` on, and removes those of kinds that are not selected. Static,
    /// because a borrow of the stream's state would copy it.
    @inline(__always)
    static func stamp(_ event: UInt64, from first: Int, _ kinds: KindBits, _ work: inout EngineWork) {
        for index in first..<work.records.count { work.records[index].event = event }
        if kinds.omitsAnswers { work.records.keep(from: first) { kinds >> KindBits($0.kind) & 1 != 0 } }
    }

    /// Reads one frame while the format is not known.
    @inline(never)
    private mutating func takeUnknown(_ work: inout EngineWork) -> FrameStep {
        let step = framer.next(&input, &work.scanner, limit: limits.maxEventBytes)
        if case .frame = step { detectFrame(&work) }
        return step
    }

    private mutating func detectFrame(_ work: inout EngineWork) {
        progress.events += 1
        progress.frames += 1
        detect(input.frame, window(of: input.frame.payload), window(of: input.frame.event), &work)
    }

    /// Whether the current payload was parsed already, with which result; the captures are still in the parser.
    enum Walk {
        case notYet
        case done(CaptureParser.Failure?)
    }

    /// Reads the current frame if it is a document with a program. False if it is not, or cannot be read; `walk` then says what
    /// was done.
    private mutating func takeByProgram(
        _ format: CompiledFormat, _ work: inout EngineWork, _ walk: inout Walk
    ) -> Bool {
        let place = input.frame.payload
        guard !input.frame.isError, !format.isText, place.length > 0, !isKeepAliveKind(window(of: input.frame.event))
        else { return false }
        let window = ahead(of: place, &work) ?? window(of: place)
        guard window[0] == 0x7B else { return false }
        let before = work.records.count
        if kinds.hasPayloads { appendPayload(place, input.frame, self.window(of: input.frame.event), &work) }
        let first = work.records.count
        let source = CaptureParser.Source(
            window: window, position: place.offset, streamOffset: input.frame.offset, kinds: kinds,
            reads: progress.reads)
        let read = work.parser.read(
            length: place.length, of: source, format.table, room: CaptureParser.leastRoom, &work.records)
        walk = read.isWalked ? .done(read.failure) : .notYet
        guard read.frames == 1 else {
            work.records.removeAll(from: before)
            return false
        }
        if settle(read.run, from: first, region(of: place), .empty, format, &work) != nil {
            work.records.removeAll(from: before)
            walk = .done(work.parser.walkLast())
            return false
        }
        if place.region != .chunk {
            for index in first..<work.records.count where work.records[index].region == Region.chunk.rawValue {
                work.records[index].region = place.region.rawValue
            }
        }
        noteRun(read.run, from: first, work.records)
        learn(.document, format, &work)
        return true
    }

    /// The bytes of a frame's slice, which is in a region of the framers.
    @inline(__always)
    func window(of slice: Slice) -> Window {
        if slice.length == 0 { return .empty }
        return region(of: slice).slice(slice.offset, slice.length)
    }

    /// The bytes of the region that a frame's slice is in.
    @inline(__always)
    private func region(of slice: Slice) -> Window {
        switch slice.region {
        case .chunk: input.chunk
        case .carry: input.carried
        default: joined
        }
    }

    @inline(never)
    private mutating func takeProblem(_ work: inout EngineWork) {
        guard let problem = input.problem else { return }
        progress.events += 1
        let shown = window(of: problem.excerpt)
        let error = SluiceError(
            problem.code, offset: problem.offset, event: progress.events, excerpt: printable(shown),
            detail: detail(of: problem.code, shown, number: progress.events))
        if problem.isBesideFraming { progress.sawStrayError = true }
        report(error, &work)
    }

    /// The error of an event; for the first one, also a hint what the whole input may be instead of a stream.
    func detail(of code: SluiceError.Code, _ bytes: Window, number: UInt64) -> String {
        let detail = SluiceError.detail(of: code, limits)
        let isUnreadable =
            code == .malformedPayload || code == .checksumMismatch || code == .incompleteEvent
            || code == .invalidUTF8 || code == .unexpectedPayload
        if framing == .sse && isUnreadable && SluiceError.hasDocumentLines(bytes) {
            return "\(detail); \(SluiceError.blankLineHint)"
        }
        // A document is not binary, and an AWS message begins with zeros like UTF-16.
        guard number == 1, isUnreadable, bytes.count > 0, bytes[0] != 0x7B, framing != .awsEventStream || bytes[0] != 0
        else { return detail }
        let isSize = framing == .ndjson && isChunkSize(bytes)
        let hint = isSize ? SluiceError.chunkedHint : SluiceError.recognised(bytes.slice(0, min(32, bytes.count)))
        return hint.map { "\(detail); \($0)" } ?? detail
    }

    /// Reports an event that could not be read, or ends the stream with its error if the limits say so.
    mutating func report(_ error: SluiceError, _ work: inout EngineWork) {
        if ends(with: error.code) { return fail(error) }
        progress.malformed += 1
        var record = DeltaRecord(kind: .malformed)
        record.input = work.page.add(error)
        record.event = error.offset
        work.records.append(record)
    }

    // MARK: The end of the input

    /// Dispatches the remaining frames; called until it returns false.
    @inline(never)
    private mutating func finishInput(_ work: inout EngineWork) throws(SluiceError) -> Bool {
        var openLine: UInt64?
        noteUnfinishedEvent()
        last: while !ending.hasFailed {
            switch framer.last(&input, flush: true) {
            case .frame:
                openLine = framing == .ndjson && input.frame.isUnterminated ? progress.events + 1 : nil
                if let format { takeFrame(format, &work, .notYet) } else { detectFrame(&work) }
            case .problem: takeProblem(&work)
            case .needMore: break last
            }
        }
        markEnded()
        if format == nil && !detection.isEmpty { try settleAtEnd(&work) }
        releasePendingSurrogates(&work)
        if isNoStream { fail(noStream()) }
        // A document that is whole needs no line end.
        if let openLine, !work.page.hasProblem(ofEvent: openLine) { progress.endedInsideEvent = false }
        guard work.records.isEmpty else { return count(&work) }
        input.leave()
        if let failure { throw failure }
        return false
    }

    /// Notes whether the input ends inside an event.
    mutating func noteUnfinishedEvent() {
        if framer.hasUnfinishedEvent(input) { progress.endedInsideEvent = true }
    }

    private mutating func releasePendingSurrogates(_ work: inout EngineWork) {
        for pending in progress.pendingSurrogates {
            let kind = DeltaKind(rawValue: pending.kind) ?? .text
            if kinds & kind.bit == 0 { continue }
            var record = DeltaRecord(kind: kind, choice: pending.choice, tool: pending.tool)
            record.flags = pending.flags
            // The end of the input: the bytes of an unfinished event in a ring count as the chunk.
            record.event = input.chunkOffset + UInt64(input.chunk.count)
            guard let slice = work.decoder.append("\u{FFFD}".utf8) else { continue }
            record.bytes = slice
            work.records.append(record)
        }
        progress.pendingSurrogates.removeAll()
    }
}
