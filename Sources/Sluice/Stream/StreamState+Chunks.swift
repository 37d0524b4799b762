// The beginning and the end of a chunk, borrowed or in the ring. The unfinished frame at its end is carried.

extension StreamState {
    /// Begins to read `chunk`. False if there is nothing to read: the chunk ends no line of a carried event, and was
    /// carried too, as most chunks of a few bytes are.
    @inline(__always)
    mutating func begin(_ chunk: Window, _ work: inout EngineWork) -> Bool {
        // Bytes that were filled in and not read yet come first.
        let isFirst = ring.count == 0 && !isOver
        if isFirst && expectsKnown {
            work.beginChunk()
            isLast = false
            hasReadAll = false
            input.begin(chunk, scanned: 0)
            return true
        }
        guard isFirst, input.holdsCarry, cut == .none, mode == .borrowed, !isRingBorrowed,
            framing == .sse || framing == .ndjson, input.carriedCount + chunk.count <= limits.maxEventBytes
        else {
            beginAny(chunk, &work)
            return true
        }
        if progress.frames == 0 { firstBytes.note(chunk) }
        work.scanner.reset()
        if input.carryOn(chunk, &work.scanner, framing == .sse ? .lineEnds : .lineFeeds) { return false }
        isLast = false
        hasReadAll = false
        // The scanner has found the chunk's first marks already.
        work.forgetChunk()
        return true
    }

    /// Begins to read `chunk`, together with first bytes that were buffered for the detection of the framing.
    @inline(never)
    private mutating func beginAny(_ chunk: Window, _ work: inout EngineWork) {
        work.beginChunk()
        isLast = false
        hasReadAll = false
        expectsKnown = false
        if isOver { return input.begin(.empty, scanned: 0) }
        if !isRingBorrowed { noteFirstBytes(chunk) }
        if ring.count > 0 && !isRingBorrowed {
            guard ring.append(chunk) else { return fail(ringTooSmall(chunk.count)) }
            return beginRing(&work)
        }
        mode = .borrowed
        // The chunk alone is nearly always enough, and need not be copied.
        if framing == nil && prefix.count == 0 { framing = framing(shownBy: chunk) }
        guard framing == nil else { return input.begin(chunk, scanned: 0) }
        guard prefix.append(chunk) else {
            return fail(SluiceError(.outOfMemory, detail: "allocation failed for the first \(prefix.count) bytes"))
        }
        findFraming(in: prefix.readable)
        input.begin(framing == nil ? .empty : prefix.readable, scanned: 0)
        if framing != nil { prefix.removeAll() }
    }

    /// Begins to read the bytes that `fill` has written.
    mutating func beginRing(_ work: inout EngineWork) {
        work.beginChunk()
        isLast = false
        hasReadAll = false
        expectsKnown = false
        if isOver { return input.begin(.empty, scanned: 0) }
        if input.holdsCarry || prefix.count > 0 {
            isRingBorrowed = true
            return beginAny(ring.readable, &work)
        }
        if framing == nil { findFraming(in: ring.readable) }
        mode = .owned
        input.begin(framing == nil ? .empty : ring.readable, scanned: framing == nil ? 0 : ringScanned)
    }

    /// Begins to read the remaining bytes after the end of the input.
    mutating func beginEnd(_ work: inout EngineWork) {
        expectsKnown = false
        if framing == nil { endFraming(ring.count > 0 ? ring.readable : prefix.readable) }
        if mode == .owned || ring.count > 0 {
            beginRing(&work)
        } else if prefix.count > 0 {
            input.begin(prefix.readable, scanned: 0)
            prefix.removeAll()
            work.beginChunk()
        } else {
            beginAny(.empty, &work)
        }
        isLast = true
    }

    /// Carries the unfinished frame, or skips it; called after every slice of the chunk was read.
    mutating func endChunk(_ work: inout EngineWork) throws(SluiceError) {
        defer {
            if isRingBorrowed {
                ring.removeAll()
                isRingBorrowed = false
            }
        }
        guard framing != nil else { return }
        if isOver { return input.leave() }
        let start = frameStart
        if isSkipping {
            cut = .none
            rebase(to: input.end)
            if mode == .owned { ring.removeAll() }
            ringScanned = 0
            return input.leave()
        }
        if mode == .owned {
            let unread = input.end - start
            ring.consume(start)
            input.leave()
            input.rewind(by: unread)
            ringScanned = framing == .awsEventStream || cut == .ahead ? 0 : unread
        } else {
            let offset = input.streamOffset(of: start)
            guard input.suspend(from: start) else {
                throw SluiceError(
                    .outOfMemory, offset: offset, event: progress.events + 1,
                    detail: "allocation failed for the unfinished event")
            }
        }
        rebase(to: start)
        cut = cut == .ahead ? .before : .none
        expectsKnown = cut == .before && mode == .borrowed
    }

    /// As `endChunk`, for a chunk that ends with an event that matches a template.
    mutating func leaveRead() {
        expectsKnown = mode == .borrowed
        if mode == .owned { ring.consume(nextEventStart) }
        if isRingBorrowed {
            ring.removeAll()
            isRingBorrowed = false
        }
        ringScanned = 0
        input.leave()
        if framing == .sse { sse.jump(to: 0) } else { ndjson.jump(to: 0) }
    }

    private mutating func noteFirstBytes(_ chunk: Window) {
        if progress.frames == 0 { firstBytes.note(chunk) }
    }

    mutating func fill(_ chunk: Window) throws(SluiceError) {
        if isOver { return ring.removeAll() }
        noteFirstBytes(chunk)
        guard ring.append(chunk) else { throw ringTooSmall(chunk.count) }
    }

    @unsafe
    mutating func fill<Failure: Error>(
        _ bytes: Int, _ producer: (UnsafeMutableRawBufferPointer) throws(Failure) -> Int
    ) throws(Failure) -> Int {
        if isOver { ring.removeAll() }
        let before = ring.count
        guard let written = unsafe try ring.fill(bytes, producer) else {
            fail(ringTooSmall(bytes))
            return 0
        }
        noteFirstBytes(ring.readable.from(before))
        return written
    }

    private func ringTooSmall(_ bytes: Int) -> SluiceError {
        SluiceError(
            .outOfMemory, offset: bytesRead, event: progress.events + 1,
            detail: "allocation failed for \(bytes) more bytes in the ring")
    }

    /// Marks the stream as abandoned, because a reader was dropped before the end of its chunk: nothing more is read, and the
    /// unfinished event is released at once. The chunk may not exist any more.
    mutating func abandon() {
        isAbandoned = true
        expectsKnown = false
        cut = .none
        hasReadAll = false
        input.forget()
        ring.removeAll()
        isRingBorrowed = false
    }

    /// The error that every read throws after a reader was dropped.
    func abandonment() -> SluiceError {
        SluiceError(
            .abandoned, offset: bytesRead, event: progress.events,
            detail:
                "a reader was dropped before it returned nil, and the rest of its chunk, which begins here, is lost; "
                + "read each chunk to its end, or use a new parser")
    }
}
