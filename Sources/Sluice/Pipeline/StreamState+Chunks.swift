// The beginning and the end of a chunk, borrowed or in the ring. The unfinished frame at its end is carried.

extension StreamState {
    /// Begins to read `chunk`. False if there is nothing to read: the chunk ends no line of a carried event, and was
    /// carried too, as most chunks of a few bytes are.
    @inline(__always)
    mutating func begin(_ chunk: Window, _ work: inout EngineWork) -> Bool {
        guard buffers.ring.count == 0, !isOver, framer.hasLines, buffers.prefix.count == 0 else {
            beginAny(chunk, &work)
            return true
        }
        if progress.frames == 0 { detection.firstBytes.note(chunk) }
        if rest == .framed && input.holdsCarry && input.carriedCount + chunk.count <= limits.maxEventBytes {
            work.scanner.reset()
            if input.carryOn(chunk, &work.scanner, framing == .sse ? .lineEnds : .lineFeeds) { return false }
            // The scanner has found the chunk's first marks already.
            work.forgetChunk()
        } else {
            work.beginChunk()
            input.begin(chunk, scanned: 0)
        }
        beginRead(owner: .caller)
        return true
    }

    /// A chunk of this owner begins.
    @inline(__always)
    private mutating func beginRead(owner: ChunkBuffers.Owner) {
        input.isLast = false
        if rest == .nothing { rest = .framed }
        buffers.owner = owner
    }

    /// Begins to read `chunk`, together with first bytes that were buffered for the detection of the framing.
    @inline(never)
    private mutating func beginAny(_ chunk: Window, _ work: inout EngineWork) {
        // Bytes that were filled in and not read yet come first.
        if buffers.ring.count > 0 && !isOver {
            noteFirstBytes(chunk)
            guard buffers.ring.append(chunk) else { return fail(ringTooSmall(chunk.count)) }
            return beginRing(&work)
        }
        noteFirstBytes(chunk)
        beginLent(chunk, .caller, &work)
    }

    private mutating func beginLent(_ chunk: Window, _ owner: ChunkBuffers.Owner, _ work: inout EngineWork) {
        work.beginChunk()
        beginRead(owner: owner)
        if isOver { return input.begin(.empty, scanned: 0) }
        // The chunk alone is nearly always enough, and need not be copied.
        if framing == nil && buffers.prefix.count == 0 { framer.framing = framing(shownBy: chunk) }
        guard framing == nil else { return input.begin(chunk, scanned: 0) }
        guard buffers.prefix.append(chunk) else {
            let detail = "allocation failed for the first \(buffers.prefix.count) bytes"
            return fail(SluiceError(.outOfMemory, detail: detail))
        }
        findFraming(in: buffers.prefix.readable)
        input.begin(framing == nil ? .empty : buffers.prefix.readable, scanned: 0)
        if framing != nil { buffers.prefix.removeAll() }
    }

    /// Begins to read the bytes that `fill` has written.
    mutating func beginRing(_ work: inout EngineWork) {
        if isOver { return beginLent(.empty, .caller, &work) }
        if input.holdsCarry || buffers.prefix.count > 0 {
            return beginLent(buffers.ring.readable, .ringBehindCarry, &work)
        }
        work.beginChunk()
        beginRead(owner: .ring)
        if framing == nil { findFraming(in: buffers.ring.readable) }
        let isKnown = framing != nil
        input.begin(isKnown ? buffers.ring.readable : .empty, scanned: isKnown ? buffers.ringScanned : 0)
    }

    /// Begins to read the remaining bytes after the end of the input.
    mutating func beginEnd(_ work: inout EngineWork) {
        let ring = buffers.ring.readable
        if framing == nil { endFraming(ring.count > 0 ? ring : buffers.prefix.readable) }
        if ring.count > 0 {
            beginRing(&work)
        } else if buffers.prefix.count > 0 {
            work.beginChunk()
            beginRead(owner: .caller)
            input.begin(buffers.prefix.readable, scanned: 0)
            buffers.prefix.removeAll()
        } else {
            beginLent(.empty, .caller, &work)
        }
        input.isLast = true
    }

    /// Carries the unfinished frame, or skips it; called after every slice of the chunk was read.
    mutating func endChunk(_ work: inout EngineWork) throws(SluiceError) {
        defer { buffers.releaseRingBehindCarry() }
        guard framing != nil else { return }
        if isOver { return input.leave() }
        let start = framer.frameStart
        if framer.isSkipping {
            rest = .framed
            framer.rebase(to: input.end)
            if buffers.owner == .ring { buffers.ring.removeAll() }
            buffers.ringScanned = 0
            return input.leave()
        }
        if buffers.owner == .ring {
            let unread = input.end - start
            buffers.ring.consume(start)
            input.leave()
            input.rewind(by: unread)
            buffers.ringScanned = framing == .awsEventStream || rest.isAhead ? 0 : unread
        } else {
            let offset = input.streamOffset(of: start)
            guard input.suspend(from: start) else {
                throw SluiceError(
                    .outOfMemory, offset: offset, event: progress.events + 1,
                    detail: "allocation failed for the unfinished event")
            }
        }
        framer.rebase(to: start)
        rest = rest.inNextChunk
    }

    /// As `endChunk`, for a chunk that ends with an event that matches a template.
    @inline(__always)
    mutating func leaveRead() {
        if buffers.owner == .ring { buffers.ring.consume(framer.nextEventStart) }
        buffers.releaseRingBehindCarry()
        buffers.ringScanned = 0
        input.leave()
        framer.jump(to: 0)
        rest = .framed
    }

    private mutating func noteFirstBytes(_ chunk: Window) {
        if progress.frames == 0 { detection.firstBytes.note(chunk) }
    }

    mutating func fill(_ chunk: Window) throws(SluiceError) {
        if isOver { return buffers.ring.removeAll() }
        noteFirstBytes(chunk)
        guard buffers.ring.append(chunk) else { throw ringTooSmall(chunk.count) }
    }

    @unsafe
    mutating func fill<Failure: Error>(
        _ bytes: Int, _ producer: (UnsafeMutableRawBufferPointer) throws(Failure) -> Int
    ) throws(Failure) -> Int {
        if isOver { buffers.ring.removeAll() }
        let before = buffers.ring.count
        guard let written = unsafe try buffers.ring.fill(bytes, producer) else {
            fail(ringTooSmall(bytes))
            return 0
        }
        noteFirstBytes(buffers.ring.readable.from(before))
        return written
    }

    private func ringTooSmall(_ bytes: Int) -> SluiceError {
        SluiceError(
            .outOfMemory, offset: bytesRead, event: progress.events + 1,
            detail: "allocation failed for \(bytes) more bytes in the ring")
    }

    // MARK: The framing

    /// Detects the framing from all bytes received. What shows nothing is not read again for each chunk, which would have
    /// quadratic cost.
    private mutating func findFraming(in bytes: Window) {
        detection.undecidedBytes = tellingLine(bytes, from: detection.undecidedBytes)
        framer.framing = framing(shownBy: bytes)
    }

    /// Sets the framing if the input ends before its bytes have shown it.
    private mutating func endFraming(_ bytes: Window) {
        framer.framing = framing(shownBy: bytes) ?? format?.format.framing ?? framingOfShort(bytes)
    }

    private func framing(shownBy bytes: Window) -> Framing? {
        let start = detection.undecidedBytes
        return format.map { $0.framing(of: bytes, from: start) } ?? detectFraming(bytes, from: start)
    }
}
