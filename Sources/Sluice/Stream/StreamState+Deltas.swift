internal import CSluiceSimdjson

// Reads frames into deltas, a bounded number at a time.

extension StreamState {
    /// The maximum number of records of one refill, unless a single event has more.
    static var recordsPerRefill: Int { 256 }
    /// A refill stops with more records than this: the next event that matches a template might not fit.
    static var mostRecords: Int { recordsPerRefill - CaptureParser.leastRoom }

    /// As `refill`, with two fast paths: a chunk that was read completely ends at once, and a chunk that continues like
    /// the last one is compared with templates first.
    @inline(__always)
    mutating func readOn(_ work: inout EngineWork) throws(SluiceError) -> Bool {
        if hasReadAll {
            leaveRead()
            return false
        }
        return expectsKnown ? try readExpected(&work) : try refill(&work)
    }

    /// Reads the beginning of a chunk if the last chunk ended with matching events, one of which may be unfinished.
    private mutating func readExpected(_ work: inout EngineWork) throws(SluiceError) -> Bool {
        expectsKnown = false
        beginPage(&work)
        work.wasTooShort = false
        if work.pause == 0, input.chunk.count >= Self.leastEvent, let known = format.map({ Lent($0) }) {
            let isTaken = known.with {
                cut == .before
                    ? takeCut($0, &work)
                    : takeKnown(from: 0, upTo: input.chunk.count, behind: .empty, $0, &work) != .unreadable
            }
            if isTaken && hasTakenAll() && !work.records.isEmpty { return count(&work) }
        }
        return try readFrames(&work)
    }

    /// Begins a page. Invalidates all earlier slices.
    @inline(__always)
    private mutating func beginPage(_ work: inout EngineWork) {
        work.reclaim()
        work.bound(by: settings)
        reclaim()
        reportStrayErrors()
    }

    /// Fills `work.records` with the next deltas of the chunk; false when there are no more.
    /// Invalidates all earlier slices.
    mutating func refill(_ work: inout EngineWork) throws(SluiceError) -> Bool {
        if cut == .ahead && !isLast {
            work.records.removeAll()
            return try leaveChunk(&work)
        }
        beginPage(&work)
        if hasFailed, let failure {
            // All received bytes were read, in a ring too.
            if isFinished { input.leave() }
            throw failure
        }
        if isAbandoned { throw abandonment() }
        return try readFrames(&work)
    }

    /// Reads frames until there are enough records, or the chunk ends.
    private mutating func readFrames(_ work: inout EngineWork) throws(SluiceError) -> Bool {
        while work.records.count <= Self.mostRecords && !hasFailed {
            // Not retained: once the format is known, it does not change.
            let known = format.map { Lent($0) }
            let step = known?.with { takeFrames($0, &work) } ?? takeUnknown(&work)
            switch step {
            case .frame: continue
            case .problem: takeProblem(&work)
            case .needMore:
                if !work.records.isEmpty { return count(&work) }
                if case .problem = checkUnfinished() {
                    takeProblem(&work)
                } else {
                    return isLast ? try finishInput(&work) : try leaveChunk(&work)
                }
            }
        }
        // Records read before a failure are returned first; the next refill throws.
        if work.records.isEmpty, let failure { throw failure }
        return count(&work)
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

    private mutating func leaveChunk(_ work: inout EngineWork) throws(SluiceError) -> Bool {
        try endChunk(&work)
        return false
    }

    // MARK: One frame

    /// Reads frames until there are enough records, a problem, or no more bytes. The format is a parameter, so that it is not
    /// retained and released for every frame.
    @inline(never)
    private mutating func takeFrames(_ format: CompiledFormat, _ work: inout EngineWork) -> FrameStep {
        let usesSkeletons = !format.isText || (format.isPlainText && limits.maxSkeletons > 0)
        var mayBeKnown = usesSkeletons
        if cut == .ahead { return .needMore }
        if cut == .before && takeCut(format, &work) {
            if hasTakenAll() { return .needMore }
            mayBeKnown = false
        }
        while work.records.count <= Self.mostRecords && !hasFailed {
            if work.pause > 0 || !usesSkeletons || work.run.left > 0 {
                if work.pause > 0 { work.pause -= 1 }
                work.isOfRun = takeOfRun(&work)
                if work.isOfRun {
                    takeFrame(format, &work)
                    continue
                }
            } else if mayBeKnown, let start = startOfKnown(&work) {
                let known = takeKnown(from: start, upTo: input.chunk.count, behind: .empty, format, &work)
                mayBeKnown = known != .unreadable
                if hasTakenAll() { return .needMore }
                if work.records.count > Self.mostRecords { break }
                if known == .someUpToArguments { continue }
            }
            // An event that matches no template is framed; plain text together with all plain frames after it.
            work.isOfRun = format.isPlainText && takeOfRun(&work)
            if work.isOfRun {
                takeFrame(format, &work)
                mayBeKnown = usesSkeletons
                continue
            }
            let step = nextFrame(&work.scanner)
            guard case .frame = step else { return step }
            // This event is shorter than the minimum, so shorter events occur: the next one is compared again.
            if input.frame.payload.region == .chunk { work.leastKnown = 0 }
            takeFrame(format, &work)
            mayBeKnown = usesSkeletons
        }
        return .frame
    }

    /// Whether nothing is left of the chunk, or only the beginning of an event, which is to be carried.
    @inline(__always)
    private mutating func hasTakenAll() -> Bool {
        if cut == .ahead { return true }
        cut = .none
        hasReadAll = nextEventStart == input.chunk.count && !isLast
        return hasReadAll
    }

    /// Stores the next plain frame in the input, from the current run or from one that begins here; false if there is none.
    @inline(__always)
    private mutating func takeOfRun(_ work: inout EngineWork) -> Bool {
        if work.run.left == 0 {
            var run = PlainFrames()
            guard let start = takePlain(&run, &work) else { return false }
            work.run = run
            work.runStart = start
        }
        let plain = work.run.take()
        let start = work.runStart
        input.take(
            payload: Slice(region: .chunk, offset: start + plain.payloadStart, length: plain.payloadLength),
            event: Slice(region: .chunk, offset: start + plain.eventStart, length: plain.eventLength),
            at: start + plain.start)
        return true
    }

    @inline(__always)
    private mutating func takeFrame(_ format: CompiledFormat, _ work: inout EngineWork) {
        progress.events += 1
        progress.frames += 1
        if format.isPlainText && !input.frame.isError { return takeText(format, &work) }
        let before = work.records.count
        if isFrameSplit && takeKnownSplit(format, &work) { return }
        var walk = Walk.notYet
        if !takePlanned(format, &work, &walk) {
            let payload = window(of: input.frame.payload)
            let event = window(of: input.frame.event)
            read(input.frame, payload, event: event, number: progress.events, format, &work, walk)
        }
        if format.isNumbered { checkNumbers(from: before, offset: input.frame.offset, progress.events, &work) }
        Self.stamp(input.frame.offset, from: before, kinds, &work)
    }

    /// Sets the event offset of the records from `first` on, and removes those of kinds that are not selected. Static,
    /// because a borrow of the stream's state would copy it.
    @inline(__always)
    static func stamp(_ event: UInt64, from first: Int, _ kinds: KindBits, _ work: inout EngineWork) {
        for index in first..<work.records.count { work.records[index].event = event }
        if kinds != .max { work.records.keep(from: first) { kinds >> KindBits($0.kind) & 1 != 0 } }
    }

    /// Reads one frame while the format is not known.
    private mutating func takeUnknown(_ work: inout EngineWork) -> FrameStep {
        let step = nextFrame(&work.scanner)
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

    /// Reads the current frame if it is of the most frequent type: a document in a line of the chunk, with a token
    /// signature that has a compiled program. False if it is not, or fails; `walk` then says what was done.
    @inline(__always)
    private mutating func takePlanned(
        _ format: CompiledFormat, _ work: inout EngineWork, _ walk: inout Walk
    ) -> Bool {
        let place = input.frame.payload
        let event = input.frame.event
        guard !input.frame.isError, !format.isText, place.length > 0,
            !mayBeKeepAliveKind(event.length) || !isKeepAliveKind(window(of: event))
        else { return false }
        let window = ahead(of: place, &work) ?? window(of: place)
        guard window[0] == 0x7B else { return false }
        let failure = work.parser.walk(window, length: place.length, format.table)
        walk = .done(failure)
        guard failure == nil, work.parser.shape != 0 else { return false }
        let before = work.records.count
        let checkpoint = progress.checkpoint
        switch follow(work.parser, &work.interpreter, window, place, &work.decoder, &work.records) {
        case .done?:
            teach(place, format, &work)
            return true
        case nil: return false
        default:
            work.records.removeAll(from: before)
            progress.restore(checkpoint)
            return false
        }
    }

    @inline(__always)
    private mutating func follow(
        _ parser: borrowing CaptureParser, _ interpreter: inout Interpreter, _ payload: Window, _ place: Slice,
        _ decoder: inout StringDecoder, _ records: inout RecordList
    ) -> Interpreter.Outcome? {
        interpreter.follow(parser.shape, parser.captures, payload, place, &progress, &decoder, &records)
    }

    /// The bytes of a frame's slice, which is in a region of the framers.
    @inline(__always)
    func window(of slice: Slice) -> Window {
        if slice.length == 0 { return .empty }
        let region =
            switch slice.region {
            case .chunk: input.chunk
            case .carry: input.carried
            default: joined
            }
        return region.slice(slice.offset, slice.length)
    }

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
    private mutating func finishInput(_ work: inout EngineWork) throws(SluiceError) -> Bool {
        guard !isFinished else {
            input.leave()
            return false
        }
        let malformed = progress.malformed
        var hasOpenLine = false
        last: while !hasFailed {
            switch lastFrame(flush: true) {
            case .frame:
                hasOpenLine = framing == .ndjson && input.frame.isUnterminated
                if let format { takeFrame(format, &work) } else { detectFrame(&work) }
            case .problem: takeProblem(&work)
            case .needMore: break last
            }
        }
        markFinished()
        if format == nil && hasUndetected { try settleAtEnd(&work) }
        releasePendingSurrogates(&work)
        if isNoStream { fail(noStream()) }
        // A document that is whole needs no line end.
        if hasOpenLine && progress.malformed == malformed { progress.endedInsideEvent = false }
        guard work.records.isEmpty else { return count(&work) }
        input.leave()
        if let failure { throw failure }
        return false
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
