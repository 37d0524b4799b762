// Frames one by one, for those who want no deltas.

extension StreamState {
    /// The chunk's next frame, or nil at its end; `flush` is nil but for the end of the input.
    mutating func nextRawFrame(_ work: inout EngineWork, flush: Bool?) throws(SluiceError) -> RawFrame? {
        reclaim()
        if let failure { throw failure }
        var step = nextFrame(&work.scanner)
        if case .needMore = step { step = checkUnfinished() }
        if case .needMore = step, let flush, !isFinished {
            markFinished()
            step = lastFrame(flush: flush)
            if case .needMore = step { input.leave() }
        }
        switch step {
        case .frame:
            progress.events += 1
            progress.frames += 1
            return input.frame
        case .problem:
            guard let problem = input.problem else { return nil }
            progress.events += 1
            let error = SluiceError(
                problem.code, offset: problem.offset, event: progress.events,
                excerpt: printable(window(of: problem.excerpt)),
                detail: SluiceError.detail(of: problem.code, limits))
            if problem.code == .eventTooLarge && limits.oversize == .fail { fail(error) }
            throw error
        case .needMore:
            if flush == nil { try endChunk(&work) }
            return nil
        }
    }
}
