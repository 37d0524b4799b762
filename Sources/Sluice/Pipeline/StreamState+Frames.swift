// Frames without deltas: plain ones in runs, all others one by one.

/// The frames that a reader has found and not returned yet: a run of plain frames, or another frame.
///
/// A frame is assembled in the caller's loop, where only the properties that are used are computed: returned from here, it
/// would be written and copied in pieces of several sizes, which stalls the processor.
@usableFromInline
struct FoundFrames {
    @usableFromInline var plain = PlainFrames()
    @usableFromInline var lastEventID = Window.empty
    /// Offset in the stream of the run's first frame, or of the other frame.
    @usableFromInline var offset: UInt64 = 0
    /// Number of the frame that is returned next.
    @usableFromInline var number: UInt64 = 0
    @usableFromInline var payload = Window.empty
    @usableFromInline var event = Window.empty
    /// -1 for none.
    @usableFromInline var retryMilliseconds = -1
    @usableFromInline var isUnterminated = false
    @usableFromInline var isError = false

    @usableFromInline
    init() {}

    /// Returns the next frame of the run. There has to be one.
    @inlinable
    @inline(__always)
    @_lifetime(immortal)
    mutating func takePlain() -> Frame {
        let frame = plain.take()
        let number = self.number
        self.number &+= 1
        return Frame(
            payload: plain.bytes.span(frame.payloadStart, frame.payloadLength),
            event: plain.bytes.span(frame.eventStart, frame.eventLength),
            lastEventID: lastEventID.span(0, lastEventID.count),
            retryMilliseconds: nil, offset: offset &+ UInt64(truncatingIfNeeded: frame.start), number: number,
            isUnterminated: false, isError: false)
    }

    /// Returns the frame that is not in a run.
    @inlinable
    @inline(__always)
    @_lifetime(immortal)
    func other() -> Frame {
        Frame(
            payload: payload.span(0, payload.count), event: event.span(0, event.count),
            lastEventID: lastEventID.span(0, lastEventID.count),
            retryMilliseconds: retryMilliseconds < 0 ? nil : retryMilliseconds, offset: offset, number: number,
            isUnterminated: isUnterminated, isError: isError)
    }
}

extension StreamState {
    /// Finds the chunk's next frames; false at its end. `flush` is nil except at the end of the input.
    mutating func find(_ found: inout FoundFrames, _ work: inout EngineWork, flush: Bool?) throws(SluiceError) -> Bool {
        framer.sse.reclaim()
        if let failure { throw failure }
        if ending.isAbandoned { throw abandonment() }
        if let start = framer.findPlain(&found.plain, &input, &work.scanner, work.plainFrames, limits) {
            found.offset = input.streamOffset(of: start)
            found.number = progress.events + 1
            found.lastEventID = lastEventID
            progress.events += UInt64(found.plain.left)
            progress.frames += UInt64(found.plain.left)
            return true
        }
        guard try findOther(&work, flush: flush) else { return false }
        found.payload = window(of: input.frame.payload)
        found.event = window(of: input.frame.event)
        found.lastEventID = lastEventID
        found.retryMilliseconds = input.frame.retryMilliseconds
        found.offset = input.frame.offset
        found.number = progress.events
        found.isUnterminated = input.frame.isUnterminated
        found.isError = input.frame.isError
        return true
    }

    /// Stores the next frame in the input; false at the end of the chunk.
    private mutating func findOther(_ work: inout EngineWork, flush: Bool?) throws(SluiceError) -> Bool {
        var step = framer.next(&input, &work.scanner, limit: limits.maxEventBytes)
        if case .needMore = step { step = framer.checkUnfinished(&input, limit: limits.maxEventBytes) }
        if case .needMore = step, let flush, !isOver {
            markEnded()
            noteUnfinishedEvent()
            step = framer.last(&input, flush: flush)
            if case .needMore = step { input.leave() }
        }
        switch step {
        case .frame:
            progress.events += 1
            progress.frames += 1
            return true
        case .problem:
            guard let problem = input.problem else { return false }
            progress.events += 1
            let error = SluiceError(
                problem.code, offset: problem.offset, event: progress.events,
                excerpt: printable(window(of: problem.excerpt)),
                detail: SluiceError.detail(of: problem.code, limits))
            if ends(with: problem.code) { fail(error) }
            throw error
        case .needMore:
            if flush == nil { try endChunk(&work) }
            return false
        }
    }
}
